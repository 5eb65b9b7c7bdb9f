"""Measures speed and flatness of a real server, next to a bare answer of the same ASGI server in the same run."""

import argparse
import asyncio
import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import psutil

from tests import postgres
from tools.benching import links, long, rows, servers, tree
from tools.benching.cases import (
    CONNECTIONS,
    Case,
    flat_cases,
    folder_cases,
    get,
    link_cases,
    some,
    speed_cases,
    take_turn,
)
from tools.benching.load import drain, request
from tools.benching.rows import Filled
from tools.benching.servers import Server, Watched
from tools.benching.tables import report

DESCRIPTION = """\
Measures `polyshare serve` with one worker on one core, while this process makes the requests from the other cores, over
loopback; the databases stand in a temporary folder and go afterwards. In every round all cases take turns with a bare
answer of the same ASGI server; of all rounds the least CPU time counts, since noise only adds.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: worlds of these sizes, so many rounds, and the requests of a burst times a factor."""

    sizes: Sequence[int]
    rounds: int
    factor: float
    longest_s: float = 3600.0  # of the rounds in one world; three are made anyway
    huge_bytes: int = 0  # of the file that goes down and up in the smallest world
    part_bytes: int = 0  # of each of the files that go into an archive there
    folders_shared: Sequence[int] = (100, 10_000)  # by somebody, for each sharer


PLANS = {
    "short": Plan((1_000, 5_000), 7, 0.1, 9.0, 64_000_000, 100_000, (100, 1_000)),
    "usual": Plan((1_000, 100_000), 9, 1.0, huge_bytes=1_000_000_000, part_bytes=1_000_000),
    "full": Plan((1_000, 100_000, 1_000_000), 9, 1.0, huge_bytes=1_000_000_000, part_bytes=1_000_000),
}


# One world


async def measured(url: str, size: int, database: Watched | None, options: Any) -> dict[str, Any]:
    """Fill a database with *size* shares twice over, and measure everything on it."""
    plan: Plan = options.plan
    began = time.monotonic()
    huge_bytes = plan.huge_bytes if size == plan.sizes[0] else 0
    filled = await rows.fill(url, size, options.folder, huge_bytes, plan.part_bytes, plan.folders_shared)
    say(f"{2 * size} shares and {size} links written in {time.monotonic() - began:.1f} s")
    environment = {
        "POLYSHARE_SHARES_PER_ACCOUNT": "1000000000",
        "POLYSHARE_FILES": str(options.folder / "files"),
    }
    with contextlib.ExitStack() as stack:
        port, bare_port = servers.free_port(), servers.free_port()
        # The background part would carry out the shares that are created while others are read: it stays off.
        words = ["polyshare", "serve", "--port", str(port), "--database", url, "--server", options.server]
        words += ["--no-background", "--log-level", "warning"]
        server = stack.enter_context(servers.serving(words, port, options.folder, environment))
        bare_words = ["tools.benching.bare", options.server, str(bare_port)]
        bare_server = stack.enter_context(servers.serving(bare_words, bare_port, options.folder, {}))
        stack.callback(servers.stay_on, servers.cores()[0] | servers.cores()[1])
        servers.stay_on(servers.cores()[1])
        found = await _rounds(filled, plan, server, bare_server, database)
        if huge_bytes:
            found["downloaded"] = await long.measured(
                server,
                bare_server,
                long.Long(huge_bytes, tree.PARTS * plan.part_bytes, options.folder, options.server),
            )
        return found


async def _rounds(
    filled: Filled, plan: Plan, server: Server, bare_server: Server, database: Watched | None
) -> dict[str, Any]:
    bare = Case("bare answer", some(2000, plan.factor, [request("GET", "/")]))
    speed = [
        *speed_cases(filled, plan.factor),
        *link_cases(filled.linked, links.share_token(server.port), plan.factor),
        *folder_cases(filled.sharers, plan.factor),
    ]
    flat = flat_cases(filled)
    await take_turn(Case("warming up", bare.requests), bare_server, None)
    for case in [*speed, *flat]:
        if case.status == 200:  # what is created twice is not the same
            await take_turn(Case("warming up", case.requests[:CONNECTIONS]), server, None)
    streamed = await _stream(filled, server)
    until = time.monotonic() + plan.longest_s
    for number in range(plan.rounds):
        if number >= 3 and time.monotonic() > until:
            say(f"only {number} rounds: this machine is busy or slow")
            break
        await take_turn(bare, bare_server, None)
        for case in [*flat, *speed]:
            await take_turn(case, server, database)
    bare_us = min(bare.cpu_us)
    return {
        "shares": filled.size,
        "speed": {case.name: case.figures(bare_us) for case in [bare, *speed]},
        "flat": {case.name: case.figures(bare_us) for case in flat},
        "streamed": streamed,
    }


async def _stream(filled: Filled, server: Server) -> dict[str, float]:
    """The whole list of one account in one answer: what it takes, and how much memory the server has then."""
    before, cpu_s = server.rss_mb(), server.cpu_s()
    size, seconds = await drain(server.port, get(f"{filled.one}/shares"))
    return {
        "shares": filled.size,
        "megabytes": size / 1e6,
        "seconds": seconds,
        "cpu_s": server.cpu_s() - cpu_s,
        "rss_before_mb": before,
        "rss_after_mb": server.rss_mb(),
    }


# Databases


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[Iterator[str], Watched | None]]:
    """Addresses of new, empty databases of one engine, and the process that is to be watched beside the server."""
    if kind == "sqlite":
        yield (f"sqlite://{folder}/bench{number}.db" for number in count()), None
        return
    with postgres.running() as server:
        made = postgres.Databases(server.folder, "bench")
        assert server.process is not None  # noqa: S101 - it was started
        try:
            yield iter(lambda: made.create()[1], None), Watched(psutil.Process(server.process.pid))
        finally:
            made.close()


def run(options: Any) -> dict[str, Any]:
    """Measure every engine at every size."""
    found: dict[str, Any] = {"machine": machine(options), "engines": {}}
    for kind in options.engines:
        with databases(kind, options.folder) as (urls, watched):
            worlds = found["engines"][kind] = []
            for size in options.plan.sizes:
                say(f"{kind}, {size} shares in one account and as many spread over {rows.ACCOUNTS}")
                worlds.append(asyncio.run(measured(next(urls), size, watched, options)))
    return found


def machine(options: Any) -> dict[str, Any]:
    """What it was measured on."""
    model = platform.processor()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), model)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "pinned": bool(servers.cores()[0]) and servers.cores()[0] != servers.cores()[1],
        "load_average": os.getloadavg(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "server": f"{options.server} {importlib.metadata.version(options.server)}",
        "sqlite": apsw.sqlite_lib_version(),
        "rounds": options.plan.rounds,
        "connections": CONNECTIONS,
    }


def say(text: str) -> None:
    """Tell on standard error how far we are."""
    print(text, file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=DESCRIPTION)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="smaller worlds and bursts; under 90 seconds")
    length.add_argument("--full", action="store_true", help="a million shares too")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), help="only this one")
    parser.add_argument("--server", choices=("granian", "uvicorn"), default="granian")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    options = parser.parse_args(words)
    options.plan = PLANS["short" if options.short else "full" if options.full else "usual"]
    options.engines = [options.engine] if options.engine else ["sqlite", "postgres"]
    options.folder = Path(tempfile.mkdtemp(prefix="polyshare-bench-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    try:
        found = run(options)
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    print(report(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
