"""A house for tests: real rows in SQLite and in PostgreSQL, and a clock that stands still until it is moved."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from polyshare.domain.errors import Unavailable
from polyshare.engine.keepers import providing
from polyshare.engine.work import House
from polyshare.settings import Settings
from polyshare.store.database import Options
from polyshare.store.ids import Ids, Lease
from polyshare.store.migrations import prepare_schema
from polyshare.store.opening import open_database
from tests.postgres import Databases

# Test tools bring the standard sqlite3 module into the process; they never open our files with it.
OPTIONS = Options(guard_library=False, acquire_timeout_s=60)
QUICK = Settings(password_time_cost=1, password_memory_kib=8, password_parallelism=1)
NOON = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z, in microseconds


class Clock:
    """Microseconds that pass only when told."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def pass_s(self, seconds: float) -> None:
        """Let *seconds* go by."""
        self.now += round(seconds * 1_000_000)


@contextlib.asynccontextmanager
async def a_house(url: str, clock: Callable[[], int], **settings: object) -> AsyncIterator[House]:
    """A process's own view of the database at *url*; several may be open at once."""
    own = msgspec.structs.replace(QUICK, database=url, **settings)
    database = await open_database(url, OPTIONS)
    await prepare_schema(database)
    lease = Lease(database, clock, ttl_s=1_000_000_000)
    await lease.take()
    ids = Ids(lease, clock)
    house = House(database, ids, clock, own, await providing.load(database, own))
    try:
        yield house
    finally:
        await house.finish()
        await house.providers.close()
        await house.files.close()
        with contextlib.suppress(Unavailable):  # a test may have closed the database
            await ids.close()
        await database.close()


async def _fill(url: str) -> None:
    database = await open_database(url, OPTIONS)
    await prepare_schema(database)
    await database.close()


@cache
def _template(databases: Databases) -> str:
    """The name of a PostgreSQL database with our schema, from which those of tests are copied; it goes with the server."""
    name, url = databases.create()
    databases.wait(_fill(url))
    return name


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new database without rows of ours: a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/house.db"
        return
    databases = request.getfixturevalue("postgres_databases")
    name, url = databases.create(_template(databases))
    yield url
    databases.drop(name)


@pytest.fixture
async def house(database_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    """A house on a new, empty database of each engine, its bytes in a folder of the test's own."""
    async with a_house(database_url, clock, files=str(tmp_path / "files")) as made:
        yield made


@pytest.fixture
async def sqlite_house(tmp_path, clock: Clock) -> AsyncIterator[House]:
    """A house on a new, empty SQLite database, for what does not depend on the engine."""
    async with a_house(f"sqlite://{tmp_path}/house.db", clock) as made:
        yield made
