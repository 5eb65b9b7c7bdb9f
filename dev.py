#!/usr/bin/env python3
"""One command for everything that working on Polyshare needs; uses the standard library only."""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

# Both lines come before anything that an old Python or Windows would stumble over less politely.
if os.name == "nt":
    sys.exit(
        "Polyshare runs on Linux and macOS; on Windows use WSL (https://aka.ms/wsl) or a Linux container."
    )
if sys.version_info < (3, 11):  # noqa: UP036 -- this very file meets the older ones
    sys.exit("Polyshare needs Python 3.11 or newer; this is Python {}.{}.".format(*sys.version_info))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "polyshare.stamp"
REQUIREMENTS = ROOT / "requirements"
SYSTEM_PACKAGES = ROOT / ".ci" / "debian-packages.txt"
# A person's own settings of pip may not move packages out of the environment.
PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}

Command = Callable[[argparse.Namespace], None]

DESCRIPTION = """\
Work on Polyshare. Every command first prepares what it needs in .venv (seconds after the first time),
from the hash-pinned files in requirements/; nothing has to be installed by hand.
"""
EPILOG = """\
examples:
  python3 dev.py demo                  a server to play with, and its conversation as curl lines
  python3 dev.py test -k sharing -x    arguments after `test` go to pytest
  python3 dev.py check --fix           repair formatting and what lint can repair, then check

Each command answers --help. Exit code: that of what was run; 0 when all is well.
"""


class Failed(Exception):
    """Something that the reader can mend; its text is the whole message."""


def command(*words: str | Path, quiet: bool = False, cwd: Path = ROOT) -> None:
    """Run a program in the project's folder and raise `Failed`, naming it, if it does not exit with 0."""
    done = subprocess.run(  # noqa: S603 -- our own words, no shell
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **PIP_SETTINGS},
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n" + done.stdout.rstrip() if quiet and done.stdout else ""
        raise Failed(f"exit code {done.returncode}: {' '.join(str(word) for word in words)}{said}")


# Preparing


def _answers(*words: str) -> bool:
    return subprocess.run([sys.executable, *words], capture_output=True, check=False).returncode == 0  # noqa: S603


def _pip_for(folder: Path) -> list[str | Path]:
    if _answers("-m", "pip", "--python", sys.executable, "--version"):
        return [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    if _answers("-c", "import ensurepip"):
        return [folder / "bin" / "python", "-m", "pip"]
    raise Failed(
        f"{sys.executable} has no pip (22.3 or newer); install one, on Debian: apt install python3-pip"
    )


def make_environment(folder: Path, pins: Path) -> list[str | Path]:
    """
    Make an empty virtual environment and fill it from a hash-pinned file.

    Debian's python3 comes without ensurepip and forbids pip to install beside its own packages; a pip from outside
    may still fill an environment that has none.

    Args:
        folder: Where the environment shall stand; what stands there is removed.
        pins: A requirements file with hashes.

    Returns:
        The words that run pip on that environment.
    """
    pip = _pip_for(folder)
    without = ["--without-pip"] if pip[0] == sys.executable else []
    command(sys.executable, "-m", "venv", "--clear", *without, folder, quiet=True)
    command(*pip, "install", "--quiet", "--require-hashes", "-r", pins, quiet=True)
    return pip


def _fingerprints() -> tuple[str, str]:
    """Of what the environment is made from, and of what the project in it is."""
    made_from = [(REQUIREMENTS / "dev.txt").read_bytes(), str(ROOT).encode(), sys.version.encode()]
    project = (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(b"\0".join(made_from)).hexdigest(), hashlib.sha256(project).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    import fcntl  # not on Windows, which must get as far as its message

    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache" / "dev.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """Bring .venv in line with the pins and the project; at once if it already is."""
    with _one_at_a_time():
        wanted = _fingerprints()
        stamped = STAMP.read_text().split() if STAMP.is_file() and PYTHON.exists() else []
        if stamped == [*wanted]:
            return
        print("Preparing .venv (about a minute the first time) ...", file=sys.stderr, flush=True)
        STAMP.unlink(missing_ok=True)
        if stamped[:1] == [wanted[0]]:
            pip = _pip_for(VENV)
        else:
            pip = make_environment(VENV, REQUIREMENTS / "dev.txt")
        command(*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT, quiet=True)
        STAMP.write_text("\n".join(wanted))


def become(*words: str) -> NoReturn:
    """Replace this process by the environment's Python, so that signals and the exit code are its own."""
    sys.stdout.flush()
    os.chdir(ROOT)
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execve(PYTHON, [str(PYTHON), *words], {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)})  # noqa: S606


# Commands


def run_tool(name: str) -> Command:
    """Make the command that hands everything to `tools/<name>.py`, its --help too."""

    def run(options: argparse.Namespace) -> None:
        prepare()
        if not (ROOT / "tools" / f"{name}.py").is_file():
            raise Failed(f"tools/{name}.py is not there")
        become("-m", f"tools.{name}", *options.rest)

    return run


def install_system_packages() -> None:
    """Install what .ci/debian-packages.txt lists and this Debian lacks; the one place that changes the system."""
    lines = SYSTEM_PACKAGES.read_text().splitlines()
    listed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    missing = [name for name in listed if not _is_installed(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise Failed(f"this system has no apt-get; install by its own means: {' '.join(missing)}")
    root = [] if os.geteuid() == 0 else ["sudo"]
    print(f"Installing {' '.join(missing)} ...", file=sys.stderr, flush=True)
    command(*root, "apt-get", "update", "--quiet", quiet=True)
    words = ["install", "--yes", "--quiet", "--no-install-recommends", *missing]
    command(*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *words, quiet=True)


def _is_installed(package: str) -> bool:
    if shutil.which(package) is not None:
        return True
    if shutil.which("dpkg-query") is None:
        return False
    words = ["dpkg-query", "--show", "--showformat", "${db:Status-Status}", package]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout == "installed"  # noqa: S603


def run_tests(options: argparse.Namespace) -> None:
    """All tests, on two processes unless the arguments say otherwise; also those that need PostgreSQL."""
    words = [word for word in options.rest if word != "--system"]
    if len(words) < len(options.rest):
        install_system_packages()
    prepare()
    spread = any(word.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for word in words)
    become("-m", "pytest", *([] if spread else ["-n", "2"]), *words)


def run_check(options: argparse.Namespace) -> None:
    """Formatting, lint, types and import rules; says everything that is wrong, not only the first."""
    prepare()
    if options.fix:
        command(PYTHON, "-m", "ruff", "check", "--fix", "--quiet", "--exit-zero", ".")
        command(PYTHON, "-m", "ruff", "format", "--quiet", ".")
    wrong = []
    for words in (
        ("ruff", "format", "--check", "."),
        ("ruff", "check", "."),
        ("mypy",),
        ("tools.architecture",),
    ):
        print(f"$ {' '.join(words)}", flush=True)
        try:
            command(PYTHON, "-m", *words)
        except Failed:
            wrong.append(words[0] if words[0] != "ruff" else " ".join(words[:2]))
    if wrong:
        raise Failed(f"not in order: {', '.join(wrong)} (python3 dev.py check --fix repairs what can be)")


def run_pin(options: argparse.Namespace) -> None:
    """Write requirements/*.txt anew from pyproject.toml, for every supported Python and system."""
    folder = ROOT / ".cache" / "pin"
    make_environment(folder, REQUIREMENTS / "pin.txt")
    common = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
    common += ["--upgrade"] if options.upgrade else []
    for name, words in {
        "runtime": ["pyproject.toml"],
        "dev": ["pyproject.toml", "--group", "pyproject.toml:dev", "-c", "requirements/runtime.txt"],
        "build": ["--group", "pyproject.toml:build", "-c", "requirements/dev.txt"],
        "pin": ["--group", "pyproject.toml:pin"],
    }.items():
        command(
            folder / "bin" / "uv",
            "pip",
            "compile",
            *words,
            *common,
            "-o",
            f"requirements/{name}.txt",
            quiet=True,
        )
        print(f"requirements/{name}.txt")


def run_clean(options: argparse.Namespace) -> None:
    """Remove what earlier runs left: caches, built files; the environment too with --all."""
    left = [
        "dist",
        "build",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        "src/polyshare.egg-info",
    ]
    left += [".venv", ".cache"] if options.all else []
    for name in left:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for top in ("src", "tests", "tools"):
        for folder in [*(ROOT / top).rglob("__pycache__")]:
            shutil.rmtree(folder, ignore_errors=True)
    for folder in Path(tempfile.gettempdir()).glob("polyshare-test-*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    # A run of the tests holds this lock for as long as it lives (tests/keeping.py); others' runs are left alone.
    import fcntl

    try:
        with (folder / "alive").open() as alive:
            fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def parser() -> argparse.ArgumentParser:
    """The command line: what `dev.py --help` shows."""
    plain = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="dev.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=plain
    )
    commands = top.add_subparsers(metavar="command", required=True)

    def add(name: str, run: Command, about: str, passes_on: bool = False) -> argparse.ArgumentParser:
        # What passes its arguments on has no --help of its own: the tool behind it has a better one.
        made = commands.add_parser(name, help=about, description=f"{about}.", add_help=not passes_on)
        made.set_defaults(run=run, passes_on=passes_on)
        return made

    add("demo", run_tool("demo"), "start a server with a demo world and play its conversation [--once]", True)
    add("test", run_tests, "run the tests [--system: install the browser first] [pytest arguments]", True)
    add("check", run_check, "check formatting, lint, types and import rules").add_argument(
        "--fix", action="store_true", help="repair what can be repaired first"
    )
    add("bench", run_tool("bench"), "measure speed next to a bare answer [--short]", True)
    add("build", run_tool("build"), "build wheel and sdist into dist/ and prove the wheel elsewhere", True)
    add("changelog", run_tool("changelog"), "show what the next release brings [--release]", True)
    add("pin", run_pin, "write requirements/*.txt anew from pyproject.toml").add_argument(
        "--upgrade",
        action="store_true",
        help="to the newest versions instead of keeping those that still fit",
    )
    add("clean", run_clean, "remove what earlier runs left").add_argument(
        "--all", action="store_true", help="the environment too"
    )
    return top


def main(words: list[str]) -> int:
    """Run one command; returns the exit code."""
    options, rest = parser().parse_known_args(words or ["--help"])
    if rest and not options.passes_on:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    # argparse drops a first `--` and reorders nothing else; what follows the command goes on as it was typed.
    options.rest = words[1:] if options.passes_on else []
    try:
        options.run(options)
    except Failed as reason:
        print(f"dev.py: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
