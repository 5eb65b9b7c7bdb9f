"""What store tests share: an empty database of each engine, and a table to write into."""

import pytest

from polyshare.store.database import Options
from polyshare.store.opening import open_database
from polyshare.store.statements import statement

# Test tools bring the standard sqlite3 module into the process; they never open our files with it.
OPTIONS = Options(guard_library=False, acquire_timeout_s=60)

TABLE = statement(
    "table of things",
    "create table thing (id {sqlite: integer}{postgres: bigint} primary key, name text, size bigint,"
    " constraint thing_name unique (name))",
)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, tmp_path):
    """The address of a new, empty database: a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/store.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url):
    """A new, empty database, closed after the test."""
    opened = await open_database(database_url, OPTIONS)
    yield opened
    await opened.close()


@pytest.fixture
async def things(database):
    """A database with the table `thing`."""

    async def make(rows):
        await rows.run(TABLE)

    await database.write(make)
    return database


@pytest.fixture
async def sqlite(tmp_path):
    """A new, empty SQLite database."""
    opened = await open_database(f"sqlite://{tmp_path}/store.db", OPTIONS)
    yield opened
    await opened.close()
