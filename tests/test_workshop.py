"""A checkout can be worked on with Python, pip and git alone, and says so where it cannot."""

import ast
import fcntl
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / "dev.py"
PINS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)


def dev(*words, pretend=""):
    """Run dev.py in a process of its own, after *pretend*."""
    code = f"import os, sys, runpy, pathlib, subprocess; sys.argv[0] = {str(DEV)!r}; {pretend}\n"
    code += f"runpy.run_path({str(DEV)!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def pinned(name):
    return dict(PIN.findall((ROOT / "requirements" / name).read_text()))


def test_dev_needs_the_standard_library_only():
    nodes = ast.walk(ast.parse(DEV.read_text()))
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    nodes = ast.walk(ast.parse(DEV.read_text()))
    named += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]

    assert "argparse" in named
    assert [name for name in named if name.split(".")[0] not in sys.stdlib_module_names] == []


@pytest.mark.parametrize(
    ("pretend", "said"),
    [
        ("sys.version_info = (3, 10, 4)", "Polyshare needs Python 3.11 or newer; this is Python 3.10.\n"),
        (
            "import shutil, tempfile; os.name = 'nt'",
            "Polyshare runs on Linux and macOS; on Windows use WSL (https://aka.ms/wsl) or a Linux container.\n",
        ),
    ],
)
def test_where_it_cannot_run_it_says_so_in_one_line(pretend, said):
    done = dev("test", pretend=pretend)

    assert done.returncode == 1
    assert (done.stdout, done.stderr) == ("", said)


@pytest.mark.parametrize("words", [["--help"], []])
def test_help_names_every_command(words):
    done = dev(*words)

    assert done.returncode == 0
    for name in ("demo", "test", "check", "bench", "build", "changelog", "pin", "clean"):
        assert re.search(rf"^    {name}(?: |$)", done.stdout, re.MULTILINE), name


def test_a_wrong_argument_is_refused_before_anything_is_prepared():
    done = dev("check", "--fixx")

    assert done.returncode == 2
    assert "unrecognized arguments: --fixx" in done.stderr


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_pins_have_hashes_and_name_no_index(path):
    text = path.read_text()
    blocks = [block for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if not block.startswith("#")]
    wrong = [block.split()[0] for block in blocks if block.strip() and "--hash=sha256:" not in block]

    assert PIN.search(text)
    assert wrong == []
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.MULTILINE)


def test_what_is_declared_is_pinned_and_tests_run_on_the_pins_of_the_runtime():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = {re.split("[^A-Za-z0-9-]", line)[0].lower() for line in project["project"]["dependencies"]}
    groups = project["dependency-groups"]
    named = [*groups["build"], *(line for line in groups["dev"] if isinstance(line, str))]
    wanted = runtime | {re.split("[^A-Za-z0-9-]", line)[0].lower() for line in named}

    assert {path.name for path in PINS} == {"build.txt", "dev.txt", "pin.txt", "runtime.txt"}
    assert {"include-group": "build"} in groups["dev"]
    assert runtime - pinned("runtime.txt").keys() == set()
    assert wanted - pinned("dev.txt").keys() == set()
    assert pinned("runtime.txt").items() <= pinned("dev.txt").items()
    assert "hatchling" in pinned("build.txt")
    assert pinned("build.txt").items() <= pinned("dev.txt").items()


def test_clean_removes_what_a_dead_run_left_and_nothing_of_a_living_one(tmp_path):
    dead, living = tmp_path / "polyshare-test-dead", tmp_path / "polyshare-test-living"
    for folder in (dead, living):
        folder.mkdir()
        (folder / "alive").touch()
    project = tmp_path / "project"
    project.mkdir()
    (project / "dev.py").write_text(DEV.read_text())

    with (living / "alive").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "dev.py", "clean"],
            cwd=project,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            check=False,
        )

    assert done.returncode == 0
    assert not dead.exists()
    assert living.exists()
