"""Telling keepers now and then of every share that there is, so that they say which ones they do not know."""

import structlog

from polyshare.domain.errors import ProviderRefused, Unavailable
from polyshare.domain.folder_shares import FolderShare, FolderShareFilter
from polyshare.domain.views import Window
from polyshare.engine.sharing import surveying
from polyshare.engine.work import House, Work
from polyshare.providers.base import Asked, Keeper

log = structlog.get_logger(__name__)

BATCH = 50
HOUR_US = 3600 * 1_000_000
LIVE = FolderShareFilter(refused=False)

Place = tuple[int | str, int]


def is_due(house: House) -> bool:
    """Whether it is time again; the first time comes one interval after the start, so that starts do not gather calls."""
    hours = house.settings.verify_hours
    if not hours or not house.providers.keepers:
        return False
    house.recounted_at = house.recounted_at or house.clock()
    return house.clock() >= house.recounted_at + int(hours * HOUR_US)


async def recount(house: House) -> int:
    """Tell every keeper of its shares, a batch at a time with nothing open; how many were told."""
    house.recounted_at = house.clock()
    return sum([await _recount(house, keeper) for keeper in house.providers.keepers.values()])


async def _recount(house: House, keeper: Keeper) -> int:
    """A keeper that does not listen is told the next time."""
    told, after = 0, None
    while True:
        shares, after = await _page(house, keeper.name, after)
        live = [share for share in shares if share.begun]
        if live:
            try:
                await keeper.verify(Asked(live))
            except (ProviderRefused, Unavailable) as error:
                log.warning("keeper.not_verified", provider=keeper.name, reason=error.message)
                return told
        told += len(live)
        if after is None:
            return told


async def _page(house: House, provider: str, after: Place | None) -> tuple[list[FolderShare], Place | None]:
    async def job(work: Work) -> tuple[list[FolderShare], Place | None]:
        return await surveying.for_provider(work, provider, LIVE, Window(0, BATCH, after), updates=True)

    return await house.read(None, job)
