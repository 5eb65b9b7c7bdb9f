"""`polyshare import` and `export` as they are typed."""

import asyncio
import subprocess
import sys

import pytest

from polyshare.engine.tree import filing
from polyshare.opening import opened
from tests.application import settings_in
from tests.engine.tree import a_person


@pytest.fixture
def ran(tmp_path):
    """A function that runs a command on a database in which Ann has the drive 1."""

    async def prepare():
        async with opened(settings_in(tmp_path), guard_library=False) as home:
            ann = await a_person(home.house, "ann")
            await home.house.write(None, lambda work: filing.home(work, ann))

    asyncio.run(prepare())
    place = ("--database", f"sqlite://{tmp_path / 'polyshare.db'}", "--files", str(tmp_path / "files"))

    def run(name, *words):
        command = [sys.executable, "-m", "polyshare", name, *place, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_a_folder_comes_in_twice_and_goes_out(ran, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.txt").write_text("hello")

    first = ran("import", tmp_path / "in", "--into", "/1")
    second = ran("import", tmp_path / "in", "--into", "/1")
    out = ran("export", "/1/deep", tmp_path / "out")

    assert (first.returncode, second.returncode, out.returncode) == (0, 0, 0)
    assert first.stdout == "1 files (5 bytes) and 1 folders brought, 0 files unchanged, 0 left out\n"
    assert second.stdout == "0 files (0 bytes) and 0 folders brought, 1 files unchanged, 0 left out\n"
    assert (tmp_path / "out" / "a.txt").read_text() == "hello"


def test_what_was_left_out_is_told_and_the_returncode_says_so(ran, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to("/etc/passwd")

    result = ran("import", tmp_path / "in", "--into", "/1")

    assert result.returncode == 1
    assert "link: It is a symbolic link" in result.stderr
    assert "1 left out" in result.stdout


def test_what_is_told_of_odd_names_gives_the_terminal_no_orders(ran, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "red\x1b[31m\nline").write_text("x")

    result = ran("import", tmp_path / "in", "--into", "/1/new")

    assert result.stderr.count("\n") == 1
    assert "red\\x1b[31m\\nline: " in result.stderr


def test_a_path_that_leads_nowhere_is_one_line(ran, tmp_path):
    result = ran("import", tmp_path, "--into", "/7/x")

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "begins with no drive" in result.stderr
