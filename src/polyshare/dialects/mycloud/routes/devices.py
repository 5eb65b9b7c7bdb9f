"""The registry of devices: those to which somebody is attached, and how they are reached."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud.translate import inward, outward
from polyshare.dialects.mycloud.wire.common import Envelope
from polyshare.domain.errors import UnknownCredential
from polyshare.engine import addressing
from polyshare.engine.credentials import verifying
from polyshare.engine.tree import attaching
from polyshare.engine.work import Work


async def list_devices(call: Call, _: None, page: tuple[int, int | None]) -> Envelope:
    """GET device/v1/user/{user}: one's own only."""
    me = call.actor.id
    limit, after = page
    if await call.read(lambda work: verifying.subject_of(work, me)) != call.path["user"]:
        raise UnknownCredential("jwt")
    await attaching.give_first(call.house, me)
    found = await call.read(lambda work: attaching.devices(work, me, limit + 1, after))
    root = addressing.root(call.house.settings)
    rows = [outward.device_out(one, me, root) for one in found[:limit]]
    following = str(found[limit - 1].id) if len(found) > limit else ""
    return Envelope(rows, "Devices retrieved successfully", pageToken=following)


async def show_device(call: Call, _: None, __: None) -> Envelope:
    """GET device/v1/device/{device}: for who is attached to it."""
    work: Work = call.work
    found = await attaching.device(work, call.actor.id, call.path["device"])
    root = addressing.root(call.house.settings)
    return Envelope(outward.device_out(found, call.actor.id, root), "Device retrieved successfully")


ROUTES = (
    Route("GET", "/device/v1/user/{user}", list_devices, Doing.STEPS, inward.page_query),
    Route("GET", "/device/v1/device/{device}", show_device, Doing.READ),
)
