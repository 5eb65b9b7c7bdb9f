"""Devices of people: a device is a drive, and attached to it is its owner and whoever may download something in it."""

from polyshare.domain.errors import NotFound
from polyshare.domain.nodes import DriveSeen
from polyshare.engine.tree import browsing, filing
from polyshare.engine.work import House, Work
from polyshare.store.tree import attached

LONGEST_DEVICE = 255


async def devices(work: Work, person: int, limit: int, after: int | None = None) -> list[DriveSeen]:
    """A stretch of the drives to which a person is attached, those behind the number *after*. One statement."""
    return await attached.drives(work.rows, person, limit, after=after)


async def device(work: Work, person: int, text: str) -> DriveSeen:
    """
    The drive that is a device, for a person who is attached to it. One statement.

    Raises:
        NotFound: There is none, or the person is not attached; `what` is "device".
    """
    known = text.isprintable() and len(text) <= LONGEST_DEVICE
    found = await attached.drive(work.rows, person, text) if known else None
    if found is None:
        raise NotFound("device")
    return found


async def is_attached(work: Work, person: int, text: str) -> bool:
    """Whether a person is attached to a device. One statement."""
    try:
        await device(work, person, text)
    except NotFound:
        return False
    return True


async def give_first(house: House, person: int) -> None:
    """Make sure that a person has a drive; nothing may be open meanwhile."""
    if await house.read(None, lambda work: browsing.find_home(work, person)) is None:

        async def make(work: Work) -> None:
            await filing.home(work, person)

        await house.write(None, make)
