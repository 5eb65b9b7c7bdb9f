"""A server that is killed at random points loses nothing that it acknowledged, and finishes what it began."""

import asyncio
import random
import re
from pathlib import Path

import pytest

from polyshare.engine.worlds import loading
from polyshare.opening import now_us
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.durability.crowd import checked, killed_at_work, thrown, written
from tests.durability.load import Client
from tests.durability.server import Server
from tests.house import OPTIONS, Clock, a_house, database_url

__all__ = ["database_url"]

WORLD = Path(__file__).with_name("world.toml")
FINISH_S = 120.0
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
    dice = thrown()
    async with a_house(server.database, Clock(now_us())) as house:
        await loading.load(house, WORLD)
    crowd = [Client(server.url, f"client{n}", random.Random(dice.random())) for n in range(clients)]
    left = 0
    for _ in range(kills):
        await killed_at_work(server, crowd, dice, writes)
        left += await looked_at(server.database)
    await asyncio.to_thread(server.start)
    await checked(crowd)
    await finished(server.database)
    await checked(crowd)
    print(f"{kills} kills, {written(crowd)} acknowledged writes, {left} transitions unfinished at a kill")


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
