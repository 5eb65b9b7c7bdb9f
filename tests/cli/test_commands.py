"""The command line as a whole: its manual, its version, its exit codes."""

import asyncio
import subprocess
import sys

import asyncpg
import pytest
from click.testing import CliRunner

import polyshare
from polyshare.cli import polyshare as command
from tests.application import settings_in
from tools import commands


def ran(*arguments):
    return CliRunner().invoke(command, arguments)


def test_the_manual_is_what_the_commands_say():
    assert commands.PAGE.read_text("utf-8") == commands.page(), "run: python -m tools.commands"


def test_the_version_is_the_packages():
    result = ran("--version")

    assert (result.exit_code, result.output) == (0, f"polyshare {polyshare.__version__}\n")


def test_it_runs_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "polyshare", "--version"], capture_output=True, text=True, check=True
    )

    assert result.stdout == f"polyshare {polyshare.__version__}\n"


def test_help_tells_where_things_lie_and_what_exit_codes_mean():
    text = ran("--help").output

    for word in (
        "serve",
        "worker",
        "load",
        "migrate",
        "doctor",
        "polyshare.db",
        "POLYSHARE_SETTINGS",
        "Exit codes",
    ):
        assert word in text


def test_help_tells_where_settings_come_from_in_the_order_that_holds():
    text = ran("--help").output

    places = [
        text.index(place)
        for place in ("options; else", "else the environment", "else a TOML file", "else defaults")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["serve", "--nothing"], ["load"], ["doctor", "too", "many"]]
)
def test_wrong_use_is_exit_code_2(arguments):
    assert ran(*arguments).exit_code == 2


def test_loading_twice_changes_nothing_the_second_time(tmp_path):
    (tmp_path / "world.toml").write_text(
        '[[organizations]]\nid = "9a7806061c88ada191ed06f989cc3dac"\nname = "One"\n'
    )
    arguments = ["load", str(tmp_path / "world.toml"), "--database", settings_in(tmp_path).database]

    tried, first, second = ran(*arguments, "--dry-run"), ran(*arguments), ran(*arguments)

    assert [each.exit_code for each in (tried, first, second)] == [0, 0, 0]
    assert "9a7806061c88ada191ed06f989cc3dac" in tried.output
    assert "9a7806061c88ada191ed06f989cc3dac" in first.output
    assert second.output == "nothing to change\n"


def test_a_world_file_that_is_not_there_is_one_line(tmp_path):
    result = ran("load", str(tmp_path / "none.toml"), "--database", settings_in(tmp_path).database)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "none.toml" in result.output


@pytest.mark.parametrize("words", [("serve", "--port", "8399"), ("worker",), ("migrate",), ("users", "list")])
def test_a_database_that_does_not_answer_is_named_with_the_setting_to_correct(words):
    refused = ran(*words, "--database", "postgresql://me:secret@127.0.0.1:1/shares")

    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("polyshare: postgresql://me:…@127.0.0.1:1/shares: ")
    assert line.endswith("; start it, or correct setting 'database'")


def test_migrating_an_empty_database_says_what_was_applied(tmp_path):
    database = settings_in(tmp_path).database

    first, second = ran("migrate", "--database", database), ran("migrate", "--database", database)

    assert "applied 0001_" in first.output
    assert "applied" not in second.output
    assert second.output.endswith("the schema is current\n")


def test_an_older_postgresql_schema_is_migrated_only_when_told(postgres_url):
    ran("migrate", "--database", postgres_url)
    asyncio.run(forget_the_newest(postgres_url))

    refused = ran("load", "examples/world.toml", "--database", postgres_url)

    assert refused.exit_code == 1
    assert "run `polyshare migrate` first" in refused.output


async def forget_the_newest(url):
    rows = await asyncpg.connect(url)
    await rows.execute(
        "delete from schema_migration where number = (select max(number) from schema_migration)"
    )
    await rows.close()


def test_a_migration_takes_its_time_whatever_statements_of_calls_may_take(postgres_url, monkeypatch):
    monkeypatch.setenv("POLYSHARE_STATEMENT_TIMEOUT_S", "0.0001")

    assert "the schema is current" in ran("migrate", "--database", postgres_url).output


def test_a_backup_is_a_database_that_can_be_served(tmp_path):
    database = settings_in(tmp_path).database
    (tmp_path / "world.toml").write_text(
        '[[organizations]]\nid = "9a7806061c88ada191ed06f989cc3dac"\nname = "One"\n'
    )
    load = ["load", str(tmp_path / "world.toml"), "--database"]
    ran(*load, database)

    result = ran("backup", str(tmp_path / "copy.db"), "--database", database)

    assert result.exit_code == 0, result.output
    assert ran(*load, f"sqlite://{tmp_path / 'copy.db'}").output == "nothing to change\n"
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_a_backup_replaces_no_file(tmp_path):
    database = settings_in(tmp_path).database
    ran("migrate", "--database", database)
    (tmp_path / "copy.db").write_text("precious")

    result = ran("backup", str(tmp_path / "copy.db"), "--database", database)

    assert result.exit_code == 1
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize(("words", "code"), [(["--version"], 0), (["nonsense"], 2)])
def test_a_command_that_used_a_bucket_leaves_without_taking_the_interpreter_apart(words, code):
    """Threads of the bucket's library abort the process when they meet an interpreter that is going."""
    script = (
        "import atexit, sys, obstore\n"
        "from polyshare.cli import main\n"
        "atexit.register(print, 'taken apart', flush=True)\n"
        f"sys.argv[1:] = {words!r}\n"
        "main()\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert "taken apart" not in done.stdout
    assert done.stdout.startswith("polyshare") or "No such command" in done.stderr
