"""`polyshare doctor` says what is wrong with an installation, and what would be right."""

import asyncio
import json
import socket
import time

import apsw
import asyncpg
import pytest
from click.testing import CliRunner

from polyshare.cli import polyshare
from polyshare.settings import Settings
from tests.application import running, settings_in
from tests.cli.test_commands import forget_the_newest
from tests.server import free_port, start


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A sound installation in a folder of its own: its database file."""
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("POLYSHARE_DATABASE", f"sqlite://{tmp_path / 'polyshare.db'}")
    monkeypatch.setenv("POLYSHARE_PORT", str(free_port()))
    asyncio.run(once_run(settings_in(tmp_path)))
    return tmp_path / "polyshare.db"


async def once_run(settings):
    async with running(settings):
        pass


@pytest.fixture
def change(installed):
    """A function that changes the database behind our back."""

    def run(text, *values):
        rows = apsw.Connection(str(installed))
        rows.execute(text, values)
        rows.close()

    return run


def looked(*options):
    """The exit code, and what was found wrong: {what: (found, right)}."""
    result = CliRunner().invoke(polyshare, ["doctor", "--json", *options])
    findings = json.loads(result.stdout)
    wrong = {each["what"]: (each["found"], each["right"]) for each in findings if not each["ok"]}
    assert all(right for _, right in wrong.values())
    assert result.exit_code == (1 if wrong else 0)
    return wrong


def test_a_sound_installation_has_nothing_wrong(installed):
    assert looked() == {}


def test_it_prints_a_line_for_each_part_it_looked_at(installed):
    result = CliRunner().invoke(polyshare, ["doctor"])

    parts = {line.split()[1] for line in result.stdout.splitlines()}
    assert {
        "python",
        "sqlite",
        "settings",
        "database",
        "schema",
        "disk",
        "clock",
        "port",
        "processes",
        "files",
    } <= parts
    assert all(line.startswith("ok ") for line in result.stdout.splitlines())


def test_it_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("POLYSHARE_PORT", str(free_port()))

    wrong = looked("--database", f"sqlite://{tmp_path}/not/there/yet.db")

    assert wrong == {}
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_does_not_exist(installed, monkeypatch):
    monkeypatch.setenv("POLYSHARE_PROT", "8400")

    assert "did you mean POLYSHARE_PORT" in looked()["settings"][0]


def test_a_host_that_would_send_credentials_in_plain_text(installed, monkeypatch):
    monkeypatch.setenv("POLYSHARE_HOST", "::")

    assert "tls_certificate" in looked()["listening"][1]


def test_a_port_that_something_else_listens_on(installed, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("POLYSHARE_PORT", str(other.getsockname()[1]))

        wrong = looked()

    assert "in use" in wrong["port"][0]


def test_the_port_to_look_at_can_be_given(installed):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        wrong = looked("--host", "127.0.0.1", "--port", port)

    assert port in wrong["port"][0]


def test_a_database_file_that_others_can_read(installed):
    installed.chmod(0o644)

    found, right = looked()["permissions"]

    assert "644" in found
    assert right.startswith("chmod ")


def test_a_database_that_is_none(installed):
    installed.write_text("This is a text.\n" * 100)
    for more in ("-wal", "-shm"):
        installed.with_name(installed.name + more).unlink(missing_ok=True)

    assert "is not a SQLite database" in looked()["database"][0]


def test_a_server_that_does_not_answer(installed):
    wrong = looked("--database", f"postgresql://somebody:a-password@127.0.0.1:{free_port()}/nothing")

    assert "database" in wrong
    assert "a-password" not in str(wrong)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://somebody@127.0.0.1:1/nothing?password=a-password",
        "postgresql://127.0.0.1:1/nothing?target_session_attrs=a-password",
        "postgresql://somebody:a-password",
        "postgresql://somebody:secret/a-password@127.0.0.1/nothing",
        "somebody:a-password@127.0.0.1",
    ],
)
@pytest.mark.parametrize("command", ["doctor", "migrate", "serve"])
def test_no_password_is_printed_and_no_trace(installed, command, url):
    result = CliRunner().invoke(polyshare, [command, "--database", url])

    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert "a-password" not in result.output
    if command != "doctor":
        [line] = result.stderr.splitlines()
        assert line.startswith("polyshare: ")


def test_an_older_schema_that_the_next_start_migrates_is_well(installed, change):
    change("delete from schema_migration where number = (select max(number) from schema_migration)")

    assert looked() == {}
    assert "serve migrates it, keeping a copy" in CliRunner().invoke(polyshare, ["doctor"]).stdout


def test_an_older_schema_on_postgresql_is_migrated_by_hand(installed, postgres_url):
    asyncio.run(once_run(Settings(database=postgres_url)))
    asyncio.run(forget_the_newest(postgres_url))

    found, right = looked("--database", postgres_url)["schema"]

    assert found.startswith("older")
    assert "polyshare migrate" in right


@pytest.mark.parametrize("index", ["node_by_words", "folder_share_by_words"])
def test_a_search_without_its_index_is_told_with_what_makes_it(installed, postgres_url, index):
    asyncio.run(once_run(Settings(database=postgres_url)))
    asyncio.run(done_by_hand(postgres_url, f"drop index {index}"))

    _, right = looked("--database", postgres_url)["search"]

    asyncio.run(done_by_hand(postgres_url, right.partition(": ")[2]))
    assert "search" not in looked("--database", postgres_url)


async def done_by_hand(url, text):
    """What somebody who administers PostgreSQL runs there."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(text)
    finally:
        await connection.close()


def test_a_newer_schema(installed, change):
    change("insert into schema_migration select max(number) + 1, 'later', 'x', 0 from schema_migration")

    assert looked()["schema"][0] == f"newer: {later(installed):04}_later"


def later(file):
    rows = apsw.Connection(str(file))
    [[number]] = rows.execute("select max(number) from schema_migration").fetchall()
    rows.close()
    return number


def test_events_from_the_future(installed, change):
    hour_ahead = time.time_ns() // 1000 + 3_600_000_000
    change("insert into event (id, at, what, facts) values (1, ?, 'x', '{}')", hour_ahead)

    found, right = looked()["clock"]

    assert "in the future" in found
    assert "NTP" in right


def test_a_lease_from_a_machine_whose_clock_is_ahead(installed, change):
    hour_ahead = time.time_ns() // 1000 + 3_600_000_000
    change("update process_lease set holder = 'elsewhere:1:x', until = ? where number = 7", hour_ahead)

    found, right = looked()["processes"]

    assert "elsewhere" in found
    assert "NTP" in right


def test_all_process_numbers_in_use(installed, change):
    soon = time.time_ns() // 1000 + 20_000_000
    change("update process_lease set holder = 'here:1:x', until = ?", soon)

    assert looked()["processes"][0].startswith("1024 of 1024")


def test_a_world_file_that_says_something_unknown(installed, tmp_path, monkeypatch):
    (tmp_path / "world.toml").write_text("[[userz]]\n")
    monkeypatch.setenv("POLYSHARE_WORLD", str(tmp_path / "world.toml"))

    assert "userz" in looked()["world"][0]


def test_a_running_server_holds_its_own_port(installed, tmp_path, monkeypatch):
    server = start(tmp_path, database=f"sqlite://{installed}", world=None)
    try:
        server.wait()
        monkeypatch.setenv("POLYSHARE_PORT", server.base_url.rpartition(":")[2])
        wrong = looked()
    finally:
        server.stop()

    assert wrong == {}


def test_missing_bytes_are_told(installed, change):
    change("insert into blob (id, key, size, sha256, created_at) values (1, ?, 5, 'x', 1)", "0" * 32)

    assert "1 files' bytes are missing" in looked()["files"][0]


def test_bytes_that_no_row_names_are_told_and_are_no_fault(installed):
    folder = installed.parent / "files" / "00"
    folder.mkdir(parents=True)
    (folder / ("0" * 32)).write_bytes(b"x" * 3_000_000)

    assert "1 more (2 MiB) that no row names" in CliRunner().invoke(polyshare, ["doctor"]).output


def test_a_provider_whose_key_cannot_be_used(installed, change):
    settings = json.dumps({"url": "https://storage.example.com/", "private_key": "no key at all"})
    change("insert into provider values ('storage', 'ucloud', ?, 5, 5)", settings)

    found, right = looked()["providers"]

    assert found.startswith("storage: ")
    assert "private_key" in found
    assert "no key at all" not in found
    assert "providers put" in right
