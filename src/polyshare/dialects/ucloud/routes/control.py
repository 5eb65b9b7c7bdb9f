"""What providers call: about shares of what they keep, and drives that they have.  Source: UCloud developer guide, "Provider APIs"."""

from collections.abc import Sequence

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.translate import control as translate
from polyshare.dialects.ucloud.translate import drives
from polyshare.dialects.ucloud.translate.drives import Drives
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import control as wire
from polyshare.dialects.ucloud.wire.common import FindById, Page, Responses
from polyshare.dialects.ucloud.wire.drives import DriveFlags
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.engine import mounting
from polyshare.providers.ucloud_wire import SYSTEM, Drive

# Drives


async def retrieve_drive(call: Call, _: None, asked: tuple[int, DriveFlags]) -> Drive:
    """GET …/files/collections/control/retrieve."""
    found = await mounting.show(call.work, call.actor.provider, asked[0])
    [told] = await _drives(call, [found], asked[1])
    return told


async def browse_drives(call: Call, _: None, listing: Listing[Drives]) -> Page:
    """GET …/files/collections/control/browse."""
    asked, after = listing.position.asked, listing.position.after
    stretch = (listing.skip, listing.size, 0 if after is None else after[1])
    wanted = drives.filter_from(asked.flags)
    found, last = await mounting.page(call.work, call.actor.provider, wanted, stretch, SYSTEM)
    following = None if last is None else (last, last)
    return listing.page(await _drives(call, found, asked.flags), following, "")


async def _drives(call: Call, found: Sequence[RemoteDrive], flags: DriveFlags) -> list[Drive]:
    if not flags.includeOthers:
        return [translate.drive_out(one, None) for one in found]
    holders = await mounting.holders(call.work, found)
    return [translate.drive_out(one, holders.get(one.id, ())) for one in found]


async def register_drives(call: Call, _: None, items: Sequence[wire.RegisteredDrive]) -> Responses:
    """POST …/files/collections/control/register."""
    made = await mounting.register(call.work, call.actor.provider, translate.drives_from(items))
    return Responses([FindById(str(drive)) for drive in made])


_DRIVES = "/api/files/collections/control"

ROUTES = (
    Route("GET", f"{_DRIVES}/retrieve", retrieve_drive, Doing.READ, drives.retrieved),
    Route("GET", f"{_DRIVES}/browse", browse_drives, Doing.READ, translate.drives_browsed),
    Route(
        "POST", f"{_DRIVES}/register", register_drives, Doing.WRITE, Bulk(wire.RegisteredDrive), has_body=True
    ),
)
