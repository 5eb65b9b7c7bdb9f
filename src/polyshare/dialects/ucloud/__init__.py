"""
UCloud's shares with both of their sides: users, who offer folders and approve, and providers, who keep the files.

    theirs                      ours
    drive, collection           drive; one that lies at its provider: remote drive
    file                        node of the file tree
    share                       share of one folder with one user's grant
    mount drive                 the grant, as a root over the folder; at its provider a remote drive
    PENDING, APPROVED, REJECTED consent of the grant: awaited, given, refused
    READ, EDIT                  permissions DOWNLOAD, EDIT, kept as asked
    share link                  link that joins
    provider                    provider of kind files (built in) or ucloud
    project                     principal of kind project
"""

from typing import Any

from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Dialect
from polyshare.dialects.base.routing import can_be_an_id
from polyshare.dialects.ucloud.credentials import authenticate
from polyshare.dialects.ucloud.errors import ERRORS, JSON, refuse
from polyshare.dialects.ucloud.routes import ROUTES


def answer(call: Call, result: Any) -> Answer:
    """What a handler returned, as JSON."""
    return Answer(call.route.status, encode(result), media=JSON)


DIALECT = Dialect(
    name="ucloud",
    prefixes=("",),
    routes=ROUTES,
    authenticate=authenticate,
    admit=None,
    is_id=can_be_an_id,
    errors=ERRORS,
    answer=answer,
    refuse=refuse,
    folds_slashes=True,
)
