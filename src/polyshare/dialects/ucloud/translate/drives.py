"""Drives: from their words to ours and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import UNSET, Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.translate import paging
from polyshare.dialects.ucloud.translate.filtering import filters
from polyshare.dialects.ucloud.translate.products import product_out, reference_out
from polyshare.dialects.ucloud.translate.reading import NO_ID, Body, Query, id_from
from polyshare.dialects.ucloud.translate.share_lists import Listing, listing
from polyshare.dialects.ucloud.wire import drives as wire
from polyshare.dialects.ucloud.wire.common import AclEntity, AclEntry, Owner, PermissionName, Permissions
from polyshare.dialects.ucloud.wire.shares import Retrieved, Sorted
from polyshare.domain.drives import DriveFilter, DriveOrder, DriveShown
from polyshare.domain.permissions import Permission
from polyshare.domain.products import MOUNT, Product, ProductRef
from polyshare.domain.views import Sorting

THE_HOUSE = "_ucloud"
"""Who is told to have made what nobody made."""

_ORDERS = {"createdAt": DriveOrder.CREATED, "createdBy": DriveOrder.CREATOR}
_MEMBERS = {"SHOW_ONLY_MINE": False, "SHOW_ONLY_MEMBER_FILES": True}

FLAGS: Query[wire.DriveFlags] = Query(wire.DriveFlags)
_RETRIEVED: Query[Retrieved] = Query(Retrieved)
_SORTED: Query[Sorted] = Query(Sorted)
_SEARCH: Body[wire.DriveSearch] = Body(wire.DriveSearch)

# What our own tree knows of files: nothing of Unix, and not when they were read.
_STATS = wire.Stats(
    sizeInBytes=True,
    sizeIncludingChildrenInBytes=True,
    modifiedAt=True,
    createdAt=True,
    accessedAt=False,
    unixPermissions=False,
    unixOwner=False,
    unixGroup=False,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told beside drives; `products` are those that may be told of, where they were asked for."""

    others: bool = False
    support: bool = False
    products: Mapping[ProductRef, Product] = field(default_factory=dict)


NOTHING = Beside()


class Drives(Struct):
    """What a list of drives was asked for; a token carries it."""

    flags: wire.DriveFlags
    sortBy: str | None
    descending: bool
    size: int
    words: str = ""

    @property
    def sorting(self) -> Sorting[DriveOrder]:
        """By what they are sorted."""
        return Sorting(_ORDERS.get(self.sortBy or "", DriveOrder.TITLE), self.descending)


def drive_out(drive: DriveShown, beside: Beside = NOTHING) -> wire.Drive:
    """A drive as whoever has it sees it."""
    product = drive.product_among(beside.products)
    return wire.Drive(
        str(drive.id),
        wire.DriveSpec(drive.title, reference_out(drive.product)),
        drive.created_at // 1000,
        wire.DriveStatus(
            drive.first,
            support_out(product) if product is not None and beside.support else None,
            product_out(product) if product is not None else None,
        ),
        (),
        owner_out(drive),
        permissions_out(drive, others=beside.others),
        drive.ref or UNSET,
    )


def owner_out(drive: DriveShown) -> Owner:
    """Whose a drive is, and so everything in it."""
    return Owner(drive.created_by or THE_HOUSE, drive.project)


def permissions_out(drive: DriveShown, *, others: bool) -> Permissions:
    """What its viewer may do on a drive; a mount is open to nobody else."""
    mine = _mine(drive)
    given = [AclEntry(AclEntity("user", username=drive.recipient), mine)] if drive.is_mount else []
    return Permissions(mine, given if others else None)


def _mine(drive: DriveShown) -> Sequence[PermissionName]:
    """On a mount the list as it was granted; who may only write may read, too."""
    if not drive.is_mount:
        return ["ADMIN", "READ", "EDIT"]
    if drive.asked is None:
        return ["READ", "EDIT"] if Permission.EDIT in drive.permissions else ["READ"]
    asked = msgspec.json.decode(drive.asked, type=list[PermissionName])
    return asked if "READ" in asked else ["READ", *asked]


def support_out(product: Product) -> wire.ResolvedFSSupport:
    """What is possible on drives of a product; those that show what is shared are changed by their owners alone."""
    reference = reference_out(product.ref)
    own = product.ref.name != MOUNT
    collection = wire.CollectionSupport(
        aclModifiable=False, usersCanCreate=own, usersCanDelete=own, usersCanRename=own
    )
    files = wire.FileSupport(
        aclModifiable=False,
        trashSupported=True,
        isReadOnly=False,
        searchSupported=True,
        streamingSearchSupported=False,
        sharesSupported=own,
    )
    return wire.ResolvedFSSupport(product_out(product), wire.FSSupport(reference, _STATS, collection, files))


def supports_out(products: Iterable[Product]) -> wire.FSSupportByProvider:
    """What is possible on drives of these products, by their providers; each in order of category, priority and name."""
    by_provider: dict[str, list[wire.ResolvedFSSupport]] = {}
    for product in sorted(
        products, key=lambda one: (one.ref.provider, one.ref.category, one.priority, one.ref.name)
    ):
        by_provider.setdefault(product.ref.provider, []).append(support_out(product))
    return wire.FSSupportByProvider(by_provider)


def browsed(call: Call) -> Listing[Drives]:
    """What GET …/browse asks for; raises BadQuery."""
    return _drives("files.collections.browse", _SORTED(call), FLAGS(call))


def searched(call: Call) -> Listing[Drives]:
    """What POST …/search asks for; raises BadBody and BadQuery."""
    body = _SEARCH(call)
    return _drives("files.collections.search", body, body.flags, body.query)


def _drives(kind: str, read: Sorted, flags: wire.DriveFlags, query: str = "") -> Listing[Drives]:
    asked = Drives(flags, read.sortBy, read.sortDirection == "descending", paging.size(read), query)
    return listing(kind, read, asked, lambda of: int if of.sorting.by is DriveOrder.CREATED else str)


def retrieved(call: Call) -> tuple[int, wire.DriveFlags]:
    """The drive that GET …/retrieve names, and what shall be told; raises BadQuery."""
    return id_from(_RETRIEVED(call).id), FLAGS(call)


def filter_from(flags: wire.DriveFlags, words: str = "") -> DriveFilter:
    """Which drives are meant; *words* are what a search looks for."""
    owner = "" if flags.filterCreatedBy == THE_HOUSE else flags.filterCreatedBy or None
    given = filters(flags, words) | {"owner": owner}
    if flags.filterApplicationFiles == "application":  # no application makes drives here
        given["ids"] = (NO_ID,)
    return DriveFilter(members=_MEMBERS.get(flags.filterMemberFiles or ""), **given)
