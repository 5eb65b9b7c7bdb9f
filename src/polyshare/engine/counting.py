"""Counting how often links are opened: in this process's memory, and from there to their rows now and then."""

from typing import TYPE_CHECKING

from polyshare.domain.errors import PolyshareError
from polyshare.store import link_doors
from polyshare.store.database import Rows

if TYPE_CHECKING:
    from polyshare.engine.work import House


class Openings:
    """How often links were opened since the last flush, and when last; by the link's id."""

    __slots__ = ("_by_link",)

    def __init__(self) -> None:
        self._by_link: dict[int, tuple[int, int]] = {}

    def count(self, link: int, now: int) -> None:
        """Note an opening at *now*, in microseconds."""
        times, _ = self._by_link.get(link, (0, 0))
        self._by_link[link] = times + 1, now

    def take(self) -> dict[int, tuple[int, int]]:
        """What was counted, link by link as (times, last at); counting begins anew."""
        taken, self._by_link = self._by_link, {}
        return taken

    def put_back(self, taken: dict[int, tuple[int, int]]) -> None:
        """Count what could not be written again."""
        for link, (times, at) in taken.items():
            more, later = self._by_link.get(link, (0, 0))
            self._by_link[link] = times + more, max(at, later)


async def flush(house: "House") -> None:
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
