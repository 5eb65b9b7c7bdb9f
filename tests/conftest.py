"""What all tests share: the run and its PostgreSQL server, and asyncio as the loop of async tests."""

from pathlib import Path

import hypothesis
import pytest

from tests import keeping, postgres

# No test asserts a time, nor does a slow machine make one fail.
hypothesis.settings.register_profile("polyshare", deadline=None)
hypothesis.settings.load_profile("polyshare")

RUN = pytest.StashKey[keeping.Run]()
FOLDER = pytest.StashKey[Path]()


def pytest_configure(config):
    given = getattr(config, "workerinput", {}).get("polyshare_run")
    if given is None:
        config.stash[RUN] = keeping.Run()
    config.stash[FOLDER] = Path(given) if given else config.stash[RUN].folder


def pytest_collection_modifyitems(config, items):
    """Leave heavy tests out, counted as deselected, unless an expression of marks names them."""
    if "heavy" in config.option.markexpr:
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in heavy]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["polyshare_run"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config):
    if RUN in config.stash:
        config.stash[RUN].close()


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def run_folder(pytestconfig):
    """A folder that all processes of the run share; servers of the run end when its lock is let go."""
    return pytestconfig.stash[FOLDER]


@pytest.fixture(scope="session")
def postgres_databases(pytestconfig):
    """The run's PostgreSQL server, started by the first test that asks; fails if there is none."""
    worker = getattr(pytestconfig, "workerinput", {}).get("workerid", "main")
    databases = postgres.Databases(postgres.server_folder(pytestconfig.stash[FOLDER]), worker)
    yield databases
    databases.close()


@pytest.fixture
def postgres_url(postgres_databases):
    """The address of a new, empty database, gone after the test."""
    name, url = postgres_databases.create()
    yield url
    postgres_databases.drop(name)


@pytest.fixture
def private_postgres():
    """A server of the test's own, which it may `kill()` and `start()` again; it syncs as a real one does."""
    with postgres.running() as server:
        yield server
