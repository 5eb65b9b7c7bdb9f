"""A server that is killed at random points loses nothing that it acknowledged, and finishes what it began."""

import asyncio
import os
import random
import re
from pathlib import Path

import pytest

from polyshare.engine import loading
from polyshare.opening import now_us
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.durability.load import Client, checked
from tests.durability.server import Server
from tests.house import OPTIONS, Clock, a_house, database_url

__all__ = ["database_url"]

WORLD = Path(__file__).with_name("world.toml")
FINISH_S = 120.0
WORK_S = 120.0
WHOLE = statement(
    "whole shares",
    """
    select s.name, (select count(*) from share_grant g where g.share = s.id),
      (select count(*) from item i where i.share = s.id) from share s
    """,
)
NAMES = statement("names of shares", "select name from share")


@pytest.fixture
def server(database_url, tmp_path):
    made = Server(database_url, tmp_path, claim_s=1, poll_interval_s=0.2, applied_delay_s=0.05)
    yield made
    made.kill()


async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(server):
    await killed(server, kills=2, clients=4, writes=60)


@pytest.mark.heavy
async def test_nothing_acknowledged_is_lost_when_the_server_is_killed_many_times(server):
    await killed(server, kills=12, clients=6, writes=200)


async def killed(server, kills, clients, writes):
    number = int(os.environ.get("POLYSHARE_TEST_DICE", random.SystemRandom().randrange(2**32)))
    print(f"dice: POLYSHARE_TEST_DICE={number}")
    dice = random.Random(number)
    async with a_house(server.database, Clock(now_us())) as house:
        await loading.load(house, WORLD)
    crowd = [Client(server.url, f"client{n}", random.Random(dice.random())) for n in range(clients)]
    left = 0
    for _ in range(kills):
        await asyncio.to_thread(server.start)
        working = [asyncio.create_task(client.work()) for client in crowd]
        await some_writes(crowd, working, dice.randint(1, writes))
        await asyncio.sleep(dice.uniform(0, 0.02))
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*working)
        left += await looked_at(server.database)
    await asyncio.to_thread(server.start)
    await checked(server.url, crowd)
    await finished(server.database)
    await checked(server.url, crowd)
    print(f"{kills} kills, {written(crowd)} acknowledged writes, {left} transitions unfinished at a kill")


def written(crowd):
    """How many writes were acknowledged so far."""
    return sum(client.acknowledged for client in crowd)


async def some_writes(crowd, working, number):
    """Let the clients work until that many more writes are acknowledged."""
    enough = written(crowd) + number
    async with asyncio.timeout(WORK_S):
        while written(crowd) < enough and not any(task.done() for task in working):
            await asyncio.sleep(0.002)


async def looked_at(url):
    """Hold the database that a killed server left to its laws; how much was unfinished."""
    database = await open_database(url, OPTIONS)
    try:
        assert await broken_laws(database) == []
        for name, recipients, items in await database.read(lambda rows: rows.all(WHOLE)):
            [(given, kept)] = [(int(a), int(b)) for a, b in re.findall(r"-(\d+)x(\d+)$", name)]
            assert recipients >= given, f"{name} has {recipients} recipients"
            assert items >= kept, f"{name} has {items} entries"
        names = [row[0] for row in await database.read(lambda rows: rows.all(NAMES))]
        assert len(names) == len(set(names))
        return await unfinished(database)
    finally:
        await database.close()


async def finished(url):
    """Wait until the worker of the restarted server has finished what the killed ones began."""
    database = await open_database(url, OPTIONS)
    try:
        async with asyncio.timeout(FINISH_S):
            while await unfinished(database):
                await asyncio.sleep(0.1)
        assert await broken_laws(database) == []
    finally:
        await database.close()
