"""Shares: one folder, offered to one user.  Source: UCloud developer guide, "Shares"."""

from collections.abc import Sequence
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from polyshare.dialects.base.bodies import Whole
from polyshare.dialects.ucloud.wire.common import (
    AclEntity,
    AclEntry,
    Owner,
    Paged,
    PermissionName,
    Permissions,
    ProductReference,
)
from polyshare.dialects.ucloud.wire.products import ResolvedSupport, Storage

State = Literal["APPROVED", "REJECTED", "PENDING"]


class Spec(Struct):
    """Share.Spec: what is asked for; all of it is needed."""

    sharedWith: str
    sourceFilePath: str
    permissions: list[PermissionName]
    product: ProductReference


class Status(Struct):
    """Share.Status; all four are always there."""

    shareAvailableAt: str | None
    state: State
    resolvedSupport: ResolvedSupport | None
    resolvedProduct: Storage | None


class Update(Struct):
    """Share.Update; `timestamp` is when we learned of it."""

    timestamp: int
    status: str | None
    newState: State
    shareAvailableAt: str | None


class Share(Struct):
    """Share; the provider's own id of it is left out where there is none."""

    id: str
    specification: Spec
    createdAt: int
    status: Status
    updates: Sequence[Update]
    owner: Owner
    permissions: Permissions
    providerGeneratedId: str | UnsetType = UNSET


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


class ShareFlags(Struct, kw_only=True):
    """ShareFlags: what is told beside a share, and which shares are meant; siblings of other parameters in a query."""

    includeOthers: bool = False
    includeUpdates: bool = False
    includeSupport: bool = False
    includeProduct: bool = False
    filterCreatedBy: str | None = None
    filterCreatedAfter: Whole | None = None  # milliseconds, inclusive, as is the next
    filterCreatedBefore: Whole | None = None
    filterProvider: str | None = None
    filterProductId: str | None = None
    filterProductCategory: str | None = None
    filterProviderIds: str | None = None  # parted by commas, as are filterIds
    filterIds: str | None = None
    filterIngoing: bool | None = None
    filterOriginalPath: str | None = None
    filterRejected: Literal["true", "false"] | None = None  # "true" leaves rejected ones out
    hideProvider: str | None = None
    hideProductId: str | None = None
    hideProductCategory: str | None = None


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
