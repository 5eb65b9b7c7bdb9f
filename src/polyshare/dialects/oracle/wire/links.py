"""Public links."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK
from polyshare.dialects.oracle.wire.users import User


class LinkInput(Struct):
    """
    What a public link is to be; the toolkit says `roleName` for `role`.

    Source: docs.oracle.com, REST API for Documents, Publiclinks > Create Folder Public Link.
    """

    assignedUsers: str | None = None
    role: str | None = None
    roleName: str | None = None
    expirationTime: str | None = None
    password: str | None = None
    linkName: str | None = None


class PublicLink(Struct, kw_only=True):
    """
    A public link; its access code is never told.

    Source: docs.oracle.com, REST API for Documents, Publiclinks > Create Folder Public Link.
    """

    errorCode: str | UnsetType = UNSET
    id: str
    linkID: str
    linkName: str | UnsetType = UNSET
    assignedUsers: str
    role: str
    type: str = "publiclink"
    createdTime: str
    lastModifiedTime: str
    expirationTime: str | UnsetType = UNSET
    ownedBy: User


class PublicLinks(Struct, kw_only=True):
    """Answer of GET publiclinks/folder/{id} and publiclinks/file/{id}; `type` is folder or file."""

    count: str
    errorCode: str = OK
    id: str
    type: str
    items: list[PublicLink]


class LinkGone(Struct, kw_only=True):
    """Answer of DELETE publiclinks/{linkID}."""

    errorCode: str = OK
    linkID: str
    type: str = "publiclink"
