"""Files and shared folders outlive a server that is killed at random points, and nothing half-done is left of the rest."""

import asyncio
import contextlib
import random

import pytest

from polyshare.engine.content import collecting
from polyshare.engine.content.storing import HOLD_US
from polyshare.engine.worlds import loading
from polyshare.files.local import INCOMING
from polyshare.opening import now_us
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.dialects.oracle.desk import WORLD
from tests.durability.crowd import checked, killed_at_work, thrown, written
from tests.durability.server import Server
from tests.durability.tree import HALF, LAWS, Filer, Halfway
from tests.house import OPTIONS, Clock, a_house, database_url

__all__ = ["database_url"]

NAMED = statement("test.named", "select distinct b.key from blob b join version v on v.blob = b.id")
ROWS = statement("test.rows_of_bytes", "select key from blob")


@pytest.fixture
def files(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def server(database_url, tmp_path, files):
    made = Server(database_url, tmp_path, files=files, poll_interval_s=0.2, upload_idle_s=3600)
    yield made
    made.kill()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_files_and_roles_acknowledged_outlive_a_server_that_is_killed(server, files):
    await killed(server, files, kills=2, clients=3, writes=40)


@pytest.mark.heavy
async def test_files_and_roles_acknowledged_outlive_a_server_that_is_killed_many_times(server, files):
    await killed(server, files, kills=12, clients=6, writes=150)


async def killed(server, files, kills, clients, writes):
    dice = thrown()
    async with a_house(server.database, Clock(now_us())) as house:
        await loading.load_world(house, WORLD)
    crowd = [Filer(server.url, f"filer{n}", random.Random(dice.random())) for n in range(clients)]
    crowd.append(Halfway(server.url, "halfway", random.Random(dice.random())))
    for _ in range(kills):
        await killed_at_work(server, crowd, dice, writes, lambda: half_there(files))
        assert half_there(files)
        await looked_at(server.database)
    await asyncio.to_thread(server.start)
    await checked(crowd)
    assert list((files / INCOMING).iterdir()) == []
    await asyncio.to_thread(server.kill)
    strays = await collected(server.database, files)
    assert strays >= kills
    await asyncio.to_thread(server.start)
    await checked(crowd)
    cut_off = kills + sum(filer.cut_off for filer in crowd[:clients])
    print(
        f"{kills} kills, {written(crowd)} acknowledged writes, {cut_off} uploads cut off, {strays} collected"
    )


def half_there(files):
    """Whether the part of a file lies where parts are written that is as large as only one that stops halfway becomes."""
    for path in (files / INCOMING).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > HALF * 3 // 4:
                return True
    return False


async def looked_at(url):
    """Hold the database that a killed server left to its laws."""
    database = await open_database(url, OPTIONS)
    try:
        assert await broken_laws(database) == []
        for law, asked in LAWS.items():
            broken = [tuple(row) for row in await database.read(lambda rows, asked=asked: rows.all(asked))]
            assert broken == [], law
    finally:
        await database.close()


async def collected(url, files):
    """Collect when everybody has had time to finish: bytes of versions are left, in row and file; how much went."""
    async with a_house(url, Clock(now_us() + 2 * HOLD_US), files=str(files)) as house:
        went = 0
        while now := await collecting.collect(house):
            went += now
        named, rows = [
            {row[0] for row in await house.database.read(lambda rows, asked=asked: rows.all(asked))}
            for asked in (NAMED, ROWS)
        ]
    lying = {path.name for path in files.rglob("*") if path.is_file()}
    assert (lying, rows) == (named, named)
    return went
