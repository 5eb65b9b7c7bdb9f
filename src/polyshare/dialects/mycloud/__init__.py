"""
My Cloud Home's services for shares by link, as link downloaders and device clients speak them.

    theirs                      ours
    device                      drive
    file, folder                node of the file tree
    share                       share with one grant, which its link holds
    authId                      the link as a principal
    userIds                     the link's readers
    shareToken                  token of the link, for one reader
    file permission             file_permission of a link, of everyone or of whoever is signed in; a grant of a user
    owner                       who made the share
"""

from typing import Any

from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Dialect
from polyshare.dialects.base.routing import can_be_an_id
from polyshare.dialects.mycloud import cors
from polyshare.dialects.mycloud.credentials import authenticate
from polyshare.dialects.mycloud.errors import ERRORS, refuse
from polyshare.dialects.mycloud.routes import ROUTES


def answer(call: Call, result: Any) -> Answer:
    """What a handler returned, as JSON."""
    return Answer(call.route.status, encode(result))


DIALECT = Dialect(
    name="mycloud",
    prefixes=("",),
    routes=ROUTES,
    authenticate=authenticate,
    admit=None,
    is_id=can_be_an_id,
    errors=ERRORS,
    answer=answer,
    refuse=refuse,
    headers=cors.headers,
)
