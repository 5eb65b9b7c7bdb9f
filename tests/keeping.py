"""
Keeping servers for a run of the tests: one of each kind, started by the first test that asks, gone when the run is.

Each server is held by a keeper, a process of its own that waits for a file lock which the run holds. The kernel drops
that lock however the run ends (done, Ctrl-C, kill -9); the keeper then stops its server, and the last one removes the
run's folder. A module with such a server is that keeper when it is run as a program.
"""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
START_S = 120.0  # longest wait for a server to start, or to end
SOCKET_PATH_LIMIT = 100  # bytes; the smallest that a supported system allows is 104

Holding = Callable[[Path], contextlib.AbstractContextManager[str]]
"""A server that runs within, its data in the folder given; gives the place where it is reached."""


class NoServer(Exception):
    """No server could be started; the text says what was tried and what would help."""


def temporary_folder() -> Path:
    """A new folder whose name leaves room for a socket's, which some systems' temporary folders do not."""
    folder = Path(tempfile.mkdtemp(prefix="polyshare-test-"))
    if len(os.fsencode(folder)) + len("/pg/.s.PGSQL.5432.lock") > SOCKET_PATH_LIMIT:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="polyshare-test-", dir="/tmp"))
    return folder


class Run:
    """One run of the tests, alive for as long as this object's lock is held."""

    def __init__(self) -> None:
        self.folder = temporary_folder()
        self._alive = (self.folder / "alive").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        self._keeper = (self.folder / "keeper").open("w")

    def close(self) -> None:
        """Let the keepers, if there are any, take everything down, and wait until they have."""
        self._alive.close()
        deadline = time.monotonic() + START_S
        while not _locks(self._keeper) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._keeper.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _locks(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def kept(run: Path, name: str, module: str) -> str:
    """
    The place of one of the run's servers, which the first of the run's processes to ask starts.

    Args:
        name: Of the server, and of its folder in the run's.
        module: The full name of the module that is its keeper.

    Raises:
        NoServer: It could not be started; everyone who asks hears the same reason.
    """
    answer, log = run / f"{name}.answer", run / f"{name}.log"
    with (run / f"{name}.starting").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not answer.exists():
            with log.open("wb") as said:
                subprocess.run(
                    [sys.executable, "-m", module, str(run)],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,
                    cwd="/",
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    check=True,
                )
            deadline = time.monotonic() + 2 * START_S
            while not answer.exists():
                if time.monotonic() > deadline:
                    raise NoServer(f"the server's keeper gave no answer: {log.read_text()}")
                time.sleep(0.01)
    place, why = json.loads(answer.read_text())
    if place is None:
        raise NoServer(why)
    return str(place)


def be_keeper(name: str, holding: Holding) -> None:
    """Keep a server for the run whose folder is this program's argument, in a process that nobody waits for."""
    if os.fork() == 0:  # nobody's child: whoever asked for the server may be gone long before the run is
        _keep(Path(sys.argv[1]), name, holding)


def _keep(run: Path, name: str, holding: Holding) -> None:
    """Start a server, hold it until the run is over, however it ends, and leave nothing of it."""
    with (run / "keeper").open("w") as mine, (run / "alive").open() as alive:
        fcntl.flock(mine, fcntl.LOCK_SH)
        try:
            with contextlib.ExitStack() as held:
                place, why = None, ""
                try:
                    (run / name).mkdir(mode=0o700)
                    place = held.enter_context(holding(run / name))
                except (NoServer, OSError, subprocess.SubprocessError) as error:
                    why = str(error)
                (run / f"{name}.new").write_text(json.dumps([place, why]))
                (run / f"{name}.new").rename(run / f"{name}.answer")
                fcntl.flock(alive, fcntl.LOCK_SH)
        finally:
            fcntl.flock(mine, fcntl.LOCK_UN)
            if _locks(mine):  # no other keeper has a server here
                shutil.rmtree(run, ignore_errors=True)
