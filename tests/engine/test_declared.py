"""Keepers are asked now and then which of their products can be shared, and those that are silent share nothing."""

import asyncio

import pytest

from polyshare.domain.errors import ProviderAway, ProviderRefused
from polyshare.domain.products import ProductRef
from polyshare.engine.memory.declared import KEPT_US, SILENT_US, Declared

SSD = ProductRef("ssd", "ssd", "example")


class Keeper:
    """Says what it shares, or fails."""

    name = "example"

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0
        self.ready = asyncio.Event()
        self.ready.set()

    async def supported(self):
        self.asked += 1
        answer = self.answers.pop(0)
        await self.ready.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def declared():
    return Declared()


async def told(declared, clock, keeper):
    return (await declared.by_all([keeper], clock))["example"]


async def test_a_keeper_is_asked_once_in_a_while(declared, clock):
    keeper = Keeper([SSD], [])

    assert await told(declared, clock, keeper) == {SSD}
    clock.now += KEPT_US - 1
    assert await told(declared, clock, keeper) == {SSD}
    clock.now += 1
    assert await told(declared, clock, keeper) == set()


async def test_many_who_ask_at_once_get_one_answer(declared, clock):
    keeper = Keeper([SSD])
    keeper.ready.clear()
    asking = [asyncio.create_task(told(declared, clock, keeper)) for _ in range(20)]
    await asyncio.sleep(0)
    asking.pop(0).cancel()
    keeper.ready.set()

    assert await asyncio.gather(*asking) == [{SSD}] * 19
    assert keeper.asked == 1


@pytest.mark.parametrize("failure", [ProviderAway("away"), ProviderRefused("no", 500)])
async def test_a_silent_keeper_shares_nothing_for_a_moment(declared, clock, failure):
    keeper = Keeper(failure, [SSD])

    assert await told(declared, clock, keeper) == set()
    clock.now += SILENT_US - 1
    assert await told(declared, clock, keeper) == set()
    clock.now += 1
    assert await told(declared, clock, keeper) == {SSD}


async def test_a_keeper_whose_settings_changed_is_asked_anew(declared, clock):
    await told(declared, clock, Keeper([]))

    assert await told(declared, clock, Keeper([SSD])) == {SSD}
