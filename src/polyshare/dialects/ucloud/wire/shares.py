"""Shares: one folder, offered to one user.  Source: UCloud developer guide, "Shares"."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from polyshare.dialects.ucloud.wire.common import (
    AclEntity,
    AclEntry,
    Paged,
    PermissionName,
    ProductReference,
    ResourceFlags,
)
from polyshare.providers.ucloud_wire import Share, Spec, State, Status, Update

__all__ = [
    "NewAcl",
    "NewPermissions",
    "OutgoingShareGroup",
    "Retrieved",
    "Search",
    "Share",
    "ShareFlags",
    "SharePreview",
    "Sorted",
    "Spec",
    "State",
    "Status",
    "Update",
]


class SharePreview(Struct):
    """One share of a folder, as its owner sees it in the list of folders."""

    sharedWith: str
    permissions: Sequence[PermissionName]
    state: State
    shareId: str


class OutgoingShareGroup(Struct):
    """A folder that its owner shares, and with whom."""

    sourceFilePath: str
    storageProduct: ProductReference
    sharePreview: Sequence[SharePreview]


class ShareFlags(ResourceFlags, kw_only=True):
    """ShareFlags."""

    filterIngoing: bool | None = None
    filterOriginalPath: str | None = None
    filterRejected: Literal["true", "false"] | None = None  # "true" leaves rejected ones out


class Sorted(Paged, kw_only=True):
    """How a list is read and sorted; a key that nobody knows is as none."""

    sortBy: str | None = None
    sortDirection: Literal["ascending", "descending"] = "ascending"


class Retrieved(Struct):
    """Which one of GET …/retrieve."""

    id: str


class Search(Sorted, kw_only=True):
    """Body of POST …/search."""

    query: str
    flags: ShareFlags = field(default_factory=ShareFlags)


class NewPermissions(Struct):
    """Item of POST …/permissions."""

    id: str
    permissions: list[PermissionName]


class NewAcl(Struct):
    """Item of POST …/updateAcl."""

    id: str
    added: list[AclEntry]
    deleted: list[AclEntity]
