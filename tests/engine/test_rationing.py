"""Memory given out by the byte: in turn, never more than there is, and given back by who gives up."""

import asyncio

import pytest

from polyshare.engine.memory.rationing import Ration


async def waiting(ration, *sizes):
    """Tasks that wait for so many bytes, in this order."""
    tasks = [asyncio.create_task(ration.take(size)) for size in sizes]
    await asyncio.sleep(0)
    return tasks


async def test_what_is_left_is_taken_at_once_and_no_more():
    ration = Ration(10)

    await ration.take(6)
    [task] = await waiting(ration, 5)
    before = task.done()
    ration.give_back(6)
    await task

    assert not before


async def test_nobody_overtakes_who_needs_more():
    ration = Ration(10)
    await ration.take(8)

    large, small = await waiting(ration, 9, 1)
    overtaken = small.done()
    ration.give_back(8)
    await large
    await small

    assert not overtaken


async def test_who_gives_up_stands_in_nobodys_way_and_holds_nothing():
    ration = Ration(10)
    await ration.take(8)

    large, small = await waiting(ration, 9, 2)
    large.cancel()
    await small
    ration.give_back(10)
    await ration.take(10)

    with pytest.raises(asyncio.CancelledError):
        await large


async def test_who_gives_up_when_its_turn_has_come_gives_back():
    ration = Ration(10)
    await ration.take(8)

    [task] = await waiting(ration, 9)
    ration.give_back(8)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await ration.take(10)


async def test_more_than_there_is_is_refused_instead_of_waited_for():
    with pytest.raises(ValueError, match="never"):
        await Ration(10).take(11)
