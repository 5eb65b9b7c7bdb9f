"""Drives, which UCloud's API calls file collections.  Source: UCloud developer guide, "Drives" and "Resources"."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from polyshare.dialects.ucloud.wire.common import ProductReference, ResourceFlags
from polyshare.dialects.ucloud.wire.products import Storage
from polyshare.dialects.ucloud.wire.shares import Sorted
from polyshare.providers.ucloud_wire import Drive, DriveSpec, DriveStatus

__all__ = [
    "CollectionSupport",
    "Drive",
    "DriveFlags",
    "DriveSearch",
    "DriveSpec",
    "DriveStatus",
    "FSSupport",
    "FSSupportByProvider",
    "FileSupport",
    "MemberFiles",
    "NewTitle",
    "ResolvedFSSupport",
    "Stats",
]

MemberFiles = Literal["SHOW_ONLY_MINE", "SHOW_ONLY_MEMBER_FILES", "DONT_FILTER_COLLECTIONS"]
ApplicationFiles = Literal["ordinary", "application", "all"]


class Stats(Struct):
    """FSProductStatsSupport: what is known of files."""

    sizeInBytes: bool
    sizeIncludingChildrenInBytes: bool
    modifiedAt: bool
    createdAt: bool
    accessedAt: bool
    unixPermissions: bool
    unixOwner: bool
    unixGroup: bool


class CollectionSupport(Struct):
    """FSCollectionSupport: what users may do with drives."""

    aclModifiable: bool
    usersCanCreate: bool
    usersCanDelete: bool
    usersCanRename: bool


class FileSupport(Struct):
    """FSFileSupport: what users may do with files; `sharesSupported` lets clients offer to share."""

    aclModifiable: bool
    trashSupported: bool
    isReadOnly: bool
    searchSupported: bool
    streamingSearchSupported: bool
    sharesSupported: bool


class FSSupport(Struct):
    """FSSupport: what is possible on drives of a product."""

    product: ProductReference
    stats: Stats
    collection: CollectionSupport
    files: FileSupport


class ResolvedFSSupport(Struct):
    """A product, and what is possible on its drives."""

    product: Storage
    support: FSSupport
    features: Sequence[str] = ()


class FSSupportByProvider(Struct):
    """Answer to GET …/retrieveProducts."""

    productsByProvider: Mapping[str, Sequence[ResolvedFSSupport]]


class DriveFlags(ResourceFlags, kw_only=True):
    """FileCollectionIncludeFlags."""

    filterMemberFiles: MemberFiles | None = None
    filterApplicationFiles: ApplicationFiles | None = (
        None  # not in the guide; the web client asks for both kinds
    )


class DriveSearch(Sorted, kw_only=True):
    """Body of POST …/search."""

    query: str
    flags: DriveFlags = field(default_factory=DriveFlags)


class NewTitle(Struct):
    """Item of POST …/rename."""

    id: str
    newTitle: str
