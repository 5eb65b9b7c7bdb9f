"""Keepers are told now and then of all their shares, if somebody wants that."""

import msgspec

from polyshare.engine.sharing import recounting
from polyshare.providers.instant import Instant
from polyshare.providers.registry import Providers


class Keeper:
    name = "example"
    delay_s = 0.0

    def __init__(self):
        self.told = []

    async def verify(self, asked):
        self.told.append([share.id for share in asked.shares])

    async def close(self):
        pass


def kept(house, *keepers, hours=24.0):
    house.settings = msgspec.structs.replace(house.settings, verify_hours=hours)
    house.providers = Providers({}, Instant("files"), keepers={keeper.name: keeper for keeper in keepers})


async def test_nobody_is_told_unless_somebody_wants_it(sqlite_house, clock):
    kept(sqlite_house, Keeper(), hours=0)

    clock.pass_s(10 * 365 * 86_400)

    assert not recounting.is_due(sqlite_house)


async def test_a_house_without_keepers_has_nothing_to_tell(sqlite_house, clock):
    kept(sqlite_house)
    clock.pass_s(10 * 86_400)

    assert not recounting.is_due(sqlite_house)


async def test_it_is_time_once_in_each_interval(sqlite_house, clock):
    kept(sqlite_house, Keeper())
    seen = []

    for hours in (0, 23, 1, 0, 24):
        clock.pass_s(hours * 3600)
        due = recounting.is_due(sqlite_house)
        seen.append(due)
        if due:
            await recounting.recount(sqlite_house)

    assert seen == [False, False, True, False, True]


async def test_a_keeper_without_shares_is_told_nothing(sqlite_house):
    keeper = Keeper()
    kept(sqlite_house, keeper)

    assert await recounting.recount(sqlite_house) == 0
    assert keeper.told == []
