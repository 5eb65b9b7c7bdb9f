"""What providers call: about shares of what they keep, and drives that they have.  Source: UCloud developer guide, "Provider APIs"."""

from collections.abc import Mapping, Sequence

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.translate import control as translate
from polyshare.dialects.ucloud.translate import drives, share_lists, shares
from polyshare.dialects.ucloud.translate.drives import Drives
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.translate.share_lists import Listing, Shares
from polyshare.dialects.ucloud.wire import control as wire
from polyshare.dialects.ucloud.wire.common import FindById, Nothing, Page, Responses
from polyshare.dialects.ucloud.wire.drives import DriveFlags
from polyshare.dialects.ucloud.wire.shares import Share, ShareFlags
from polyshare.domain.folder_shares import FolderShare
from polyshare.domain.products import Product, ProductRef
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.engine.directory import products
from polyshare.engine.keepers import mounting
from polyshare.engine.sharing import reporting, surveying
from polyshare.providers.ucloud_wire import Drive

# Shares


async def retrieve(call: Call, _: None, asked: tuple[int, ShareFlags]) -> Share:
    """GET …/shares/control/retrieve: also while the provider is asked to prepare it."""
    share, flags = asked
    wanted = share_lists.filter_from(flags)
    found = await surveying.one_for_provider(
        call.work, call.actor.provider, share, wanted, updates=flags.includeUpdates
    )
    [told] = await _shares(call, [found], flags)
    return told


async def browse(call: Call, _: None, listing: Listing[Shares]) -> Page:
    """GET …/shares/control/browse."""
    provider, asked = call.actor.provider, listing.position.asked
    stamp = listing.checked(await surveying.stamp_for_provider(call.work, provider)) if listing.whole else ""
    found, last = await surveying.for_provider(
        call.work,
        provider,
        share_lists.filter_from(asked.flags),
        listing.window,
        updates=asked.flags.includeUpdates,
    )
    return listing.page(await _shares(call, found, asked.flags), last, stamp)


async def _shares(call: Call, found: Sequence[FolderShare], flags: ShareFlags) -> list[Share]:
    known: Mapping[ProductRef, Product] = {}
    if found and (flags.includeProduct or flags.includeSupport):
        known = await products.known(call.work, {share.product for share in found}, products.NOBODY)
    beside = shares.Beside(flags.includeOthers, flags.includeUpdates, known, flags.includeSupport)
    return [shares.share_out(share, shares.Eye.PROVIDER, beside) for share in found]


async def update(call: Call, _: None, items: Sequence[wire.ShareReport]) -> Nothing:
    """POST …/shares/control/update: what befell shares, all of it or nothing."""
    await reporting.report(call.work, call.actor.provider, translate.reports_from(items))
    return Nothing()


async def register(call: Call, _: None, items: Sequence[wire.RegisteredShare]) -> Responses:
    """POST …/shares/control/register: shares that the provider has already."""
    made = await reporting.register(call.work, call.actor.provider, translate.shares_from(items))
    return Responses([FindById(str(share)) for share in made])


async def charge(call: Call, _: None, items: Sequence[wire.Charge]) -> wire.Charged:
    """POST …/shares/control/chargeCredits; nothing is billed."""
    return await _charged(call, items, keep=True)


async def check_charge(call: Call, _: None, items: Sequence[wire.Charge]) -> wire.Charged:
    """POST …/shares/control/checkCredits: as chargeCredits, but nothing is remembered."""
    return await _charged(call, items, keep=False)


async def _charged(call: Call, items: Sequence[wire.Charge], *, keep: bool) -> wire.Charged:
    charged = translate.charges_from(items)
    twice = await reporting.charge(call.work, call.actor.provider, charged, keep=keep)
    return wire.Charged([], [FindById(str(share)) for share in twice])


# Drives


async def retrieve_drive(call: Call, _: None, asked: tuple[int, DriveFlags]) -> Drive:
    """GET …/files/collections/control/retrieve."""
    found = await mounting.show(call.work, call.actor.provider, asked[0])
    [told] = await _drives(call, [found], asked[1])
    return told


async def browse_drives(call: Call, _: None, listing: Listing[Drives]) -> Page:
    """GET …/files/collections/control/browse."""
    asked = listing.position.asked
    wanted = drives.filter_from(asked.flags)
    found, last = await mounting.page(call.work, call.actor.provider, wanted, listing.window)
    return listing.page(await _drives(call, found, asked.flags), last, "")


async def _drives(call: Call, found: Sequence[RemoteDrive], flags: DriveFlags) -> list[Drive]:
    if not flags.includeOthers:
        return [translate.drive_out(one, None) for one in found]
    holders = await mounting.holders(call.work, found)
    return [translate.drive_out(one, holders.get(one.id, ())) for one in found]


async def register_drives(call: Call, _: None, items: Sequence[wire.RegisteredDrive]) -> Responses:
    """POST …/files/collections/control/register."""
    made = await mounting.register(call.work, call.actor.provider, translate.drives_from(items))
    return Responses([FindById(str(drive)) for drive in made])


_SHARES = "/api/shares/control"
_DRIVES = "/api/files/collections/control"

ROUTES = (
    Route("GET", f"{_SHARES}/retrieve", retrieve, Doing.READ, share_lists.retrieved),
    Route("GET", f"{_SHARES}/browse", browse, Doing.READ, translate.shares_browsed),
    Route("POST", f"{_SHARES}/update", update, Doing.WRITE, Bulk(wire.ShareReport), has_body=True),
    Route("POST", f"{_SHARES}/register", register, Doing.WRITE, Bulk(wire.RegisteredShare), has_body=True),
    Route("POST", f"{_SHARES}/chargeCredits", charge, Doing.WRITE, Bulk(wire.Charge), has_body=True),
    Route("POST", f"{_SHARES}/checkCredits", check_charge, Doing.WRITE, Bulk(wire.Charge), has_body=True),
    Route("GET", f"{_DRIVES}/retrieve", retrieve_drive, Doing.READ, drives.retrieved),
    Route("GET", f"{_DRIVES}/browse", browse_drives, Doing.READ, translate.drives_browsed),
    Route(
        "POST", f"{_DRIVES}/register", register_drives, Doing.WRITE, Bulk(wire.RegisteredDrive), has_body=True
    ),
)
