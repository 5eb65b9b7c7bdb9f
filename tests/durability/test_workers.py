"""Several workers on one database, and one that dies in the middle of a call."""

import asyncio
import contextlib
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from polyshare.domain.errors import AlreadyThere
from polyshare.engine.sharing import inviting, itemizing, listing, offering
from polyshare.opening import now_us
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.engine.world import EVERYTHING, TERMS, a_world, an_offer
from tests.house import a_house, database_url

__all__ = ["database_url"]

CLAIM_S = 1.0
CALL_S = 0.1
WAIT_S = 120.0
GRANTS = statement("grants and generations", "select id, generation from share_grant")


class Workers:
    """Worker processes, each with its name, and what they wrote down."""

    def __init__(self, url, folder):
        self.url, self.file = url, folder / "calls"
        self._processes = {}

    def start(self, name, call_s):
        """Start one whose calls take so long."""
        command = [
            sys.executable,
            "-m",
            "tests.durability.worker",
            self.url,
            str(self.file),
            name,
            str(call_s),
        ]
        self._processes[name] = subprocess.Popen(command, cwd=Path(__file__).parents[2])

    def kill(self, name):
        """End one by SIGKILL."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def close(self):
        """End all."""
        for name in list(self._processes):
            self.kill(name)

    def lines(self):
        """Each line that was written whole: time in ns, worker, what, grant, generation."""
        text = self.file.read_text() if self.file.exists() else ""
        rows = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [
            (int(at), who, what, int(grant), int(generation)) for at, who, what, grant, generation in rows
        ]

    def calls(self):
        """Calls by grant: begin, end or None, worker, generation, in the order that they began."""
        found = {}
        for at, who, what, grant, generation in self.lines():
            calls = found.setdefault(grant, [])
            if what == "begin":
                calls.append([at, None, who, generation])
            else:
                [open_one] = [call for call in calls if call[1:] == [None, who, generation]]
                open_one[1] = at
        return found


@pytest.fixture
def workers(database_url, tmp_path):
    with contextlib.closing(Workers(database_url, tmp_path)) as made:
        yield made


@pytest.fixture
async def world(database_url):
    async with a_house(database_url, now_us) as house:
        yield await a_world(house, now_us)


async def until(happened):
    """Wait for what other processes do."""
    async with asyncio.timeout(WAIT_S):
        while not await happened():
            await asyncio.sleep(0.02)


async def test_workers_never_call_for_one_grant_at_a_time_and_carry_everything_out(world, workers):
    dice = random.Random(7)
    shares = [
        await world.do(offering.offer, world.a, an_offer("b", name=f"share {n}"), TERMS) for n in range(12)
    ]
    for name in ("one", "two", "three"):
        workers.start(name, CALL_S)
    async with asyncio.timeout(WAIT_S):
        while len({who for _, who, *_ in workers.lines()}) < 2 or len(workers.lines()) < 200:
            await change(world, dice.choice(shares), dice)
            await asyncio.sleep(dice.uniform(0, 0.05))

    await until(lambda: _none(world))

    await all_carried_out(world, workers)
    for calls in workers.calls().values():
        for before, after in pairwise(calls):
            assert before[1] is not None
            assert before[1] <= after[0], "two calls for one grant at a time"


async def test_what_a_worker_died_over_is_completed_by_another_when_its_claim_ends(world, workers):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    workers.start("victim", 600)
    await until(lambda: _true(bool(workers.lines())))
    workers.start("heir", 0)
    workers.kill("victim")

    await until(lambda: _none(world))

    await all_carried_out(world, workers)
    [[first, second]] = workers.calls().values()
    assert (first[1:3], second[2]) == ([None, "victim"], "heir")
    assert second[0] - first[0] >= CLAIM_S * 0.9e9 - 0.5e9, "the claim was not waited for"
    assert (await world.recipients(seen))["b"].grant.joined_at is not None


async def change(world, seen, dice):
    """Something that raises the generation of a grant."""
    recipients = await world.see(listing.recipients, world.a, seen, EVERYTHING, crossings=False)
    what = dice.choice(["revise", "dismiss", "invite"])
    if what == "revise":
        await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], "{}")
    elif what == "dismiss":
        await world.do(inviting.dismiss, seen, recipients.rows[0])
    else:
        with contextlib.suppress(AlreadyThere):
            await world.do(inviting.invite, world.a, seen, "b", TERMS)


async def all_carried_out(world, workers):
    """Each grant's last generation was asked for and its call has ended."""
    grants = await world.house.database.read(lambda rows: rows.all(GRANTS))
    ended = {
        grant: max(generation for _, end, _, generation in calls if end is not None)
        for grant, calls in workers.calls().items()
    }
    assert ended == {row[0]: row[1] for row in grants}
    assert await broken_laws(world.house.database) == []


async def _true(value):
    return value


async def _none(world):
    return await unfinished(world.house.database) == 0
