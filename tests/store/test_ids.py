"""Ids: they grow, they never meet, and they end with the lease of the process number."""

import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polyshare.domain.errors import Unavailable
from polyshare.store.database import Database
from polyshare.store.ids import EPOCH_MS, Ids, Lease, new_public_id
from polyshare.store.migrations import prepare_schema
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS
from tests.store.test_database import asking

START = 1_790_000_000_000_000  # microseconds
SECOND = 1_000_000
NO_DATABASE = cast(Database, None)  # a lease that is neither taken nor renewed asks none


class Clock:
    """A clock that stands still until told; microseconds."""

    def __init__(self, now=START):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
async def house(database):
    await prepare_schema(database)
    return database


def parts(number):
    return (number >> 22) + EPOCH_MS, number >> 12 & 1023, number & 4095


async def drawing(database, clock):
    lease = Lease(database, clock)
    await lease.take()
    return lease, Ids(lease, clock)


async def test_an_id_carries_time_process_and_counter(house):
    clock = Clock()
    lease, ids = await drawing(house, clock)

    first, second = ids.new_id(), ids.new_id()

    assert parts(first) == (START // 1000, lease.number, 0)
    assert parts(second) == (START // 1000, lease.number, 1)
    assert 0 < second < 2**63


async def test_more_ids_than_a_millisecond_holds_still_grow(house):
    _, ids = await drawing(house, Clock())

    drawn = [ids.new_id() for _ in range(10_000)]

    assert drawn == sorted(set(drawn))
    assert parts(drawn[-1])[0] == START // 1000 + 2


@given(some.lists(some.integers(min_value=-5_000, max_value=5_000), max_size=200))
def test_ids_grow_however_the_clock_steps(steps):
    clock = Clock()
    lease = Lease(NO_DATABASE, clock)
    lease.number, lease.until = 5, START + 10**15
    ids = Ids(lease, clock)
    drawn = []

    for step in steps:
        clock.now += step
        drawn.append(ids.new_id())

    assert drawn == sorted(set(drawn))


async def test_processes_get_different_numbers(house, database_url):
    others = [await open_database(database_url, OPTIONS) for _ in range(3)]
    leases = [Lease(each, Clock()) for each in [house, *others] for _ in range(5)]

    numbers = await asyncio.gather(*(lease.take() for lease in leases))

    assert len(set(numbers)) == 20
    for other in others:
        await other.close()


async def test_no_id_is_drawn_without_a_lease(house):
    clock = Clock()

    with pytest.raises(Unavailable):
        Ids(Lease(house, clock), clock).new_id()


async def test_an_ended_lease_draws_no_ids(house):
    clock = Clock()
    lease, ids = await drawing(house, clock)
    clock.now = lease.until - 1
    ids.new_id()

    clock.now = lease.until

    assert not lease.held
    with pytest.raises(Unavailable, match="lost its number"):
        ids.new_id()


async def test_no_id_is_drawn_ahead_of_the_leases_end(house):
    clock = Clock()
    lease, ids = await drawing(house, clock)
    clock.now = lease.until - 1000

    drawn = [ids.new_id() for _ in range(4096)]

    assert max(parts(number)[0] for number in drawn) * 1000 == lease.until - 1000
    with pytest.raises(Unavailable):
        ids.new_id()


async def test_a_renewed_lease_keeps_its_number(house):
    clock = Clock()
    lease, ids = await drawing(house, clock)
    number, until = lease.number, lease.until

    clock.now += 10 * SECOND
    assert await lease.renew()

    assert (lease.number, lease.until) == (number, until + 10 * SECOND)
    clock.now = until
    assert parts(ids.new_id())[1] == number


async def test_a_clock_that_steps_back_does_not_shorten_a_lease(house):
    clock = Clock()
    lease, _ = await drawing(house, clock)
    until = lease.until

    clock.now -= 3600 * SECOND
    await lease.renew()

    assert lease.until == until


async def test_a_number_taken_by_another_process_is_lost_and_replaced(house):
    mine, theirs = Clock(), Clock()
    lease, ids = await drawing(house, mine)
    before = ids.new_id()
    taken = lease.number
    everything = statement("all others", "update process_lease set until = :until where number <> :number")
    await house.write(asking("run", everything, until=START + 10**12, number=taken))
    theirs.now = lease.until
    other, other_ids = await drawing(house, theirs)
    assert other.number == taken

    mine.now = lease.until  # awake again
    with pytest.raises(Unavailable):
        ids.new_id()
    await house.write(
        asking(
            "run",
            statement("free one", "update process_lease set until = 0 where number = :number"),
            number=(taken + 1) % 1024,
        )
    )
    assert not await lease.renew()

    assert lease.number != taken
    assert before < ids.new_id() != other_ids.new_id()


async def test_a_holder_whose_clock_was_ahead_is_never_met_again(house):
    ahead, behind = Clock(START + 20 * SECOND), Clock()
    lease, ids = await drawing(house, ahead)
    theirs = {ids.new_id() for _ in range(5000)}
    only = statement("only this", "update process_lease set until = :until where number <> :number")
    await house.write(asking("run", only, until=START + 10**12, number=lease.number))
    await house.write(
        asking(
            "run",
            statement("free", "update process_lease set until = 0 where number = :number"),
            number=lease.number,
        )
    )
    await house.write(
        asking(
            "run",
            statement("set", "update process_lease set until = :until where number = :number"),
            until=lease.until,
            number=lease.number,
        )
    )

    behind.now = lease.until
    next_lease, next_ids = await drawing(house, behind)
    behind.now = START  # and now its clock is put back by a minute

    assert next_lease.number == lease.number
    assert not theirs & {next_ids.new_id() for _ in range(5000)}


async def test_a_number_given_back_is_free_at_once_and_meets_no_old_id(house):
    clock = Clock()
    lease, ids = await drawing(house, clock)
    old = [ids.new_id() for _ in range(9000)]
    number = lease.number
    await ids.close()
    others = statement("only this", "update process_lease set until = :until where number <> :number")
    await house.write(asking("run", others, until=START + 10**12, number=number))

    clock.now += 10_000
    again, fresh = await drawing(house, clock)
    clock.now = START

    assert again.number == number
    assert fresh.new_id() > max(old)
    with pytest.raises(Unavailable):
        ids.new_id()


async def test_when_all_numbers_are_in_use_taking_one_is_unavailable(house):
    await house.write(
        asking("run", statement("all", "update process_lease set until = :until"), until=START + 1)
    )

    with pytest.raises(Unavailable, match="1024"):
        await Lease(house, Clock()).take()


async def test_the_epoch_is_one_row(house):
    epoch = statement("epoch", "select id, number from epoch")

    assert [tuple(row) for row in await house.read(asking("all", epoch))] == [(1, 0)]


def test_public_ids_are_32_hex_digits_and_differ():
    drawn = {new_public_id() for _ in range(1000)}

    assert len(drawn) == 1000
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in drawn)
