"""Memory given out by the byte: in turn, never more than there is, and given back by who gives up."""

import asyncio

import pytest

from polyshare.engine.allotting import Allotment


async def waiting(allotment, *sizes):
    """Tasks that wait for so many bytes, in this order."""
    tasks = [asyncio.create_task(allotment.take(size)) for size in sizes]
    await asyncio.sleep(0)
    return tasks


async def test_what_is_left_is_taken_at_once_and_no_more():
    allotment = Allotment(10)

    await allotment.take(6)
    [task] = await waiting(allotment, 5)
    before = task.done()
    allotment.give_back(6)
    await task

    assert not before


async def test_nobody_overtakes_who_needs_more():
    allotment = Allotment(10)
    await allotment.take(8)

    large, small = await waiting(allotment, 9, 1)
    overtaken = small.done()
    allotment.give_back(8)
    await large
    await small

    assert not overtaken


async def test_who_gives_up_stands_in_nobodys_way_and_holds_nothing():
    allotment = Allotment(10)
    await allotment.take(8)

    large, small = await waiting(allotment, 9, 2)
    large.cancel()
    await small
    allotment.give_back(10)
    await allotment.take(10)

    with pytest.raises(asyncio.CancelledError):
        await large


async def test_who_gives_up_when_its_turn_has_come_gives_back():
    allotment = Allotment(10)
    await allotment.take(8)

    [task] = await waiting(allotment, 9)
    allotment.give_back(8)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await allotment.take(10)


async def test_more_than_there_is_is_refused_instead_of_waited_for():
    with pytest.raises(ValueError, match="never"):
        await Allotment(10).take(11)
