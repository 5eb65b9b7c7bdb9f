"""The desk at which the tests of this dialect talk to the application."""

import pytest

from tests.dialects.cloudflare.desk import a_desk


@pytest.fixture
def database(request, tmp_path):
    """The address of a new, empty database; SQLite unless a test is parametrised otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite://{tmp_path / 'polyshare.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def desk(database):
    """The whole application with the tests' world, a held clock and a worker that the test steps."""
    async with a_desk(database) as opened:
        yield opened
