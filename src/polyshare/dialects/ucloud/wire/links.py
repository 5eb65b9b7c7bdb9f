"""Share links: addresses by which people become recipients.  Source: UCloud's share links API, as its server in Go has it."""

from collections.abc import Sequence

from msgspec import Struct

from polyshare.dialects.ucloud.wire.common import Paged, PermissionName


class ShareLink(Struct):
    """ShareLink; `expires` is in milliseconds."""

    token: str
    expires: int
    permissions: Sequence[PermissionName]
    path: str
    sharedBy: str


class NewLink(Struct):
    """Body of POST /api/shares/links."""

    path: str


class LinksOf(Paged, kw_only=True):
    """Query of GET …/browse; the path may be left out where `next` leads on."""

    path: str | None = None


class Retrieve(Struct):
    """Query of GET …/retrieve."""

    token: str


class Retrieved(Struct):
    """Answer to GET …/retrieve; `sharePath` is where the caller has the folder already."""

    token: str
    path: str
    sharedBy: str
    sharePath: str | None


class ChangedLink(Struct):
    """Body of POST …/update; the path is not looked at, for the folder may have been moved."""

    token: str
    permissions: list[PermissionName]


class NamedLink(Struct):
    """Body of POST …/delete and of POST …/accept."""

    token: str
