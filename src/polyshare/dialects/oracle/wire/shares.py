"""Shares of folders and their members."""

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.oracle.wire.outcomes import OK, MemberOutcome
from polyshare.dialects.oracle.wire.users import User


class ShareInput(Struct):
    """
    Who is to be given a role, in `userID` one or, in 1.2, many parted by commas.

    Source: docs.oracle.com, REST API for Documents, Shares > Share a Folder, Edit a User's Role.
    """

    userID: str | None = None
    role: str | None = None
    message: str | None = None


class RevokeInput(Struct):
    """
    From whom a folder is taken back; in the query or the body.

    Source: docs.oracle.com, REST API for Documents, Shares > Revoke User.
    """

    userID: str | None = None
    message: str | None = None


class UnshareInput(Struct):
    """What those are told from whom a folder is taken back; in the query or the body."""

    message: str | None = None


class MembersQuery(Struct):
    """Whether shares of folders above are left out; in the query or the body."""

    currentOnly: str | None = None


class Share(Struct, kw_only=True):
    """
    Answer of all calls that change shares; `role` and `user` where somebody was given one.

    Source: docs.oracle.com, REST API for Content Management 1.1 and REST API for Documents, Shares.
    """

    errorCode: str = OK
    id: str
    role: str | UnsetType = UNSET
    type: str = "share"
    user: User | UnsetType = UNSET
    members: list[MemberOutcome] | UnsetType = UNSET


class Member(Struct, kw_only=True):
    """One member of a folder; groups stand under `user` too."""

    type: str = "share"
    role: str
    user: User


class Members(Struct, kw_only=True):
    """
    Answer of GET shares/{id}/items.

    Source: docs.oracle.com, REST API for Documents, Shares > Get Shared Folder Users.
    """

    errorCode: str = OK
    count: str
    id: str
    type: str = "share"
    items: list[Member]
    ownedBy: User


class Link(Struct):
    """A call that the API catalog lists."""

    rel: str
    href: str
    method: str | UnsetType = UNSET


class Catalog(Struct, kw_only=True):
    """
    Answer of GET metadata-catalog/shares.

    Source: docs.oracle.com, REST API for Documents, Catalog > Get Shares API Catalog.
    """

    errorCode: str = OK
    type: str = "object"
    links: list[Link]
