"""The processes that are measured: started on one core, watched for the CPU time and memory they use, ended by id."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from tools.benching.load import HOST

START_S = 30.0
SHOWN = 4000  # characters of what a server wrote


class DidNotStart(Exception):
    """A server did not answer in time."""


def cores() -> tuple[set[int], set[int]]:
    """The core for the measured server, and those for everything else; both empty where that can't be said."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    here = sorted(os.sched_getaffinity(0))
    return {here[0]}, set(here[1:]) or {here[0]}


def stay_on(wanted: set[int]) -> None:
    """Keep this process, and those that it starts from now on, on the cores *wanted*."""
    if wanted:
        os.sched_setaffinity(0, wanted)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as asked:
        asked.bind((HOST, 0))
        port: int = asked.getsockname()[1]
        return port


class Watched:
    """A process with everything it started."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._used: dict[int, float] = {}

    def cpu_s(self) -> float:
        """Seconds of CPU time, user and system, that all of it has used so far; what has ended meanwhile still counts."""
        for one in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                self._used[one.pid] = _cpu_s(one)
        return sum(self._used.values())

    def rss_mb(self) -> float:
        """Megabytes of memory that are resident now, in the largest of its processes."""
        return float(max(one.memory_info().rss for one in self._family())) / 1e6

    def _family(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    # The kernel's own ledger counts nanoseconds; what psutil reads counts hundredths of a second.
    total = 0
    try:
        for task in Path(f"/proc/{process.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except OSError:
        times = process.cpu_times()
        return float(times.user + times.system)
    return total / 1e9


class Server(Watched):
    """A server on a port of its own."""

    def __init__(self, process: psutil.Process, port: int) -> None:
        super().__init__(process)
        self.port = port


@contextlib.contextmanager
def serving(words: list[str], port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """
    Run `python -m *words*` on the measured core until the block ends.

    Args:
        folder: Where its output goes.
        environment: What it is told beyond our own environment.

    Raises:
        DidNotStart: It does not answer on *port*.

    What leaves the block with an error carries what the server wrote.
    """
    measured, rest = cores()
    said = folder / f"server-{port}.log"
    home = Path(__file__).parents[2]
    stay_on(measured)
    try:
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=home,
                env={**os.environ, **environment},
                start_new_session=True,
            )
    finally:
        stay_on(measured | rest)
    try:
        _wait(process, port)
        yield Server(psutil.Process(process.pid), port)
    except Exception as error:
        error.add_note(f"What the server on port {port} wrote:\n{said.read_text(errors='replace')[-SHOWN:]}")
        raise
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            asked = http.client.HTTPConnection(HOST, port, timeout=5)
            asked.request("GET", "/livez")  # a port that is only bound already answers nothing
            if asked.getresponse().status == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"The server on port {port} does not answer.")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; what has not after a while, children included, is killed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        for one in [*family, psutil.Process(process.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait(10)
