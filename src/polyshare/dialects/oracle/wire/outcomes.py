"""How it went: what every answer begins with, and errors."""

from msgspec import UNSET, Struct, UnsetType

OK = "0"
"""The errorCode of a success."""

RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"


class MemberOutcome(Struct):
    """
    What came of a change for one who was named; `id` is as the caller spelled it.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, schema members.
    """

    displayName: str
    id: str
    isSuccessful: str
    provisioningStatus: str | UnsetType = UNSET
    type: str = "user"


class Done(Struct, kw_only=True):
    """
    Answer of calls that have nothing else to tell than what they were about.

    Source: docs.oracle.com, REST API for Documents, Folders > Delete Folder, Copy Folder.
    """

    errorCode: str = OK
    id: str
    version: str | UnsetType = UNSET
    type: str


class Acknowledged(Struct):
    """Answer of calls that only say that it was done."""

    errorCode: str = OK


class Failure(Struct, kw_only=True):
    """
    Every error; `name` where the request carried one, `members` where it named several.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, 400, 403 and 404 responses.
    """

    errorCode: str
    errorKey: str
    errorMessage: str
    errorType: str = "folder"
    id: str
    name: str | UnsetType = UNSET
    title: str
    type: str = RFC
    members: list[MemberOutcome] | UnsetType = UNSET
