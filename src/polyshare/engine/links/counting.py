"""Writing how often links were opened from a process's memory to their rows, many at a time."""

from polyshare.domain.errors import PolyshareError
from polyshare.engine.work import House
from polyshare.store.database import Rows
from polyshare.store.links import link_doors


async def flush(house: House) -> None:
    """
    Write what was counted to the links' rows; nothing is lost if that fails.

    Raises:
        Unavailable: The database did not take it.
    """
    taken = house.openings.take()
    if not taken:
        return

    async def write(rows: Rows) -> None:
        await rows.many(
            link_doors.COUNT,
            [{"link": link, "times": times, "at": at} for link, (times, at) in sorted(taken.items())],
        )

    try:
        await house.database.write(write)
    except PolyshareError:
        house.openings.put_back(taken)
        raise
