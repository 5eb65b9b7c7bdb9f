"""
Oracle Content Management's Documents REST API, versions 1.1 and 1.2, as the vendor's toolkit and people's scripts speak it.

    theirs                      ours
    folder, file                node of the file tree
    self                        the top folder of the caller's first drive
    share, member               share of one item (the node) with one grant, in place at once
    role                        closed set of permissions: VIEW, DOWNLOAD, EDIT, MANAGE from viewer to manager
    ownedBy                     owner of the drive
    user, group                 principal
    message                     notification
    public link                 link
    collection                  node of kind collection, whose assets are files from anywhere
    metadata collection         metadata collection
"""

from typing import Any

from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Dialect
from polyshare.dialects.base.routing import can_be_an_id
from polyshare.dialects.oracle.credentials import authenticate
from polyshare.dialects.oracle.errors import ERRORS, refuse
from polyshare.dialects.oracle.routes import ROUTES
from polyshare.dialects.oracle.translate import formats


def answer(call: Call, result: Any) -> Answer:
    """What a handler returned, in the format asked for."""
    return formats.answered(call, call.route.status, result)


DIALECT = Dialect(
    name="oracle",
    prefixes=("",),
    routes=ROUTES,
    authenticate=authenticate,
    admit=None,
    is_id=can_be_an_id,
    errors=ERRORS,
    answer=answer,
    refuse=refuse,
)
