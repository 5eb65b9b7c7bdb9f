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
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import psutil

from tests import postgres
from tools.benching import rows, servers, tree
from tools.benching.load import Burst, burst, drain, request
from tools.benching.rows import Filled
from tools.benching.servers import Server, Watched

DESCRIPTION = """\
Measures `polyshare serve` with one worker on one core, while this process makes the requests from the other cores, over
loopback; the databases stand in a temporary folder and go afterwards. In every round all cases take turns with a bare
answer of the same ASGI server; of all rounds the least CPU time counts, since noise only adds.
"""
AUTHORIZED = [("Authorization", f"Bearer {rows.TOKEN}")]
TREE_MEMBER = [("Authorization", f"Bearer {tree.MEMBER}")]
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: worlds of these sizes, so many rounds, and the requests of a burst times a factor."""

    sizes: Sequence[int]
    rounds: int
    factor: float
    longest_s: float = 3600.0  # of the rounds in one world; three are made anyway
    huge_bytes: int = 0  # of the file that is downloaded from the smallest world


PLANS = {
    "short": Plan((1_000, 5_000), 7, 0.1, 9.0, 50_000_000),
    "usual": Plan((1_000, 100_000), 9, 1.0, huge_bytes=200_000_000),
    "full": Plan((1_000, 100_000, 1_000_000), 9, 1.0, huge_bytes=1_000_000_000),
}


@dataclass(slots=True)
class Case:
    """Something that is asked again and again: *requests* of a burst, and what each round took."""

    name: str
    requests: Sequence[bytes]
    status: int = 200
    bursts: list[Burst] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    database_cpu_us: list[float] = field(default_factory=list)

    def figures(self, bare_us: float) -> dict[str, float]:
        """The best of all rounds, each figure for itself."""
        cpu_us = min(self.cpu_us)
        return {
            "requests_per_s": max(one.per_second for one in self.bursts),
            "p50_ms": min(one.percentile(0.5) for one in self.bursts) * 1000,
            "p99_ms": min(one.percentile(0.99) for one in self.bursts) * 1000,
            "cpu_us": cpu_us,
            "database_cpu_us": min(self.database_cpu_us, default=0.0),
            "ratio": cpu_us / bare_us,
        }


async def take_turn(case: Case, server: Server, database: Watched | None) -> None:
    """One burst of a case, with the CPU time that server and database used meanwhile."""
    before = server.cpu_s(), database.cpu_s() if database else 0.0
    took = await burst(server.port, case.requests, case.status, CONNECTIONS)
    number = len(case.requests)
    case.cpu_us.append((server.cpu_s() - before[0]) / number * 1e6)
    if database:
        case.database_cpu_us.append((database.cpu_s() - before[1]) / number * 1e6)
    case.bursts.append(took)


# What is asked


def get(target: str) -> bytes:
    """A GET below the accounts."""
    return request("GET", f"/client/v4/accounts/{target}", AUTHORIZED)


def new_share(sender: str, receiver: str, number: int) -> bytes:
    """A POST of a share with one recipient and one resource."""
    body = {
        "name": f"Created {number}",
        "recipients": [{"recipient_account_id": receiver}],
        "resources": [
            {
                "resource_id": f"{number:032x}",
                "resource_type": "custom-ruleset",
                "resource_account_id": sender,
                "meta": {},
            }
        ],
    }
    return request("POST", f"/client/v4/accounts/{sender}/shares", AUTHORIZED, json.dumps(body).encode())


def some(number: int, factor: float, at_a_time: Sequence[bytes]) -> list[bytes]:
    """About *number* times *factor* requests, taken from a few in turn."""
    return [at_a_time[at % len(at_a_time)] for at in range(max(int(number * factor), CONNECTIONS))]


def speed_cases(filled: Filled, factor: float) -> list[Case]:
    """The cases that have an aim: one share, 50 of many, a new one."""
    shares = [get(f"{sender}/shares/{share}") for sender, share in filled.shares]
    pages = [get(f"{each}/shares?per_page=50") for each in filled.others]
    pairs = list(zip(filled.others, [*filled.others[1:], filled.others[0]], strict=True))
    numbers = count()
    made = [new_share(*pairs[at % len(pairs)], next(numbers)) for at in range(int(500 * factor))]
    return [
        Case("get a share", some(2000, factor, shares)),
        Case("list 50, accounts in turn", some(400, factor, pages)),
        Case("list 50, one account", some(400, factor, [get(f"{filled.one}/shares?per_page=50")])),
        Case("create a share", made, 201),
        *tree_cases(factor),
    ]


def tree_cases(factor: float) -> list[Case]:
    """The cases of the file tree, which has one size."""

    def asked(token: str, target: str) -> list[bytes]:
        return [request("GET", f"/documents/api/1.2{target}", [("Authorization", f"Bearer {token}")])]

    members = asked(tree.OWNER, f"/shares/{tree.SHARED}/items")
    items = asked(tree.MEMBER, f"/folders/{tree.FULL}/items?limit={tree.ITEMS}")
    large = asked(tree.MEMBER, f"/files/{tree.LARGE}/data")
    return [
        Case(f"list {tree.MEMBERS} members", some(400, factor, members)),
        Case(f"list {tree.ITEMS} items, by a group 3 above", some(200, factor, items)),
        Case("download 1 MB", some(200, factor, large)),
    ]


def flat_cases(filled: Filled) -> list[Case]:
    """What should cost the same however many shares the account has, and what is counted on the way."""
    last = filled.size // 50
    asked = {
        "first page": "per_page=50",
        "middle page": f"per_page=50&page={last // 2}",
        "last page": f"per_page=50&page={last}",
        "first page by name, descending": "per_page=50&order=name&direction=desc",
        "first page with resources": "per_page=50&include_resources=true",
        "first page with recipient counts": "per_page=50&include_recipient_counts=true",
        "totals (a page of 1)": "per_page=1",
        "tag=team=red (1 of 10), page of 1": "per_page=1&tag=team%3Dred",
        "resource_types (1 of 3), page of 1": f"per_page=1&resource_types={rows.KINDS[0]}",
    }
    return [Case(name, CONNECTIONS * [get(f"{filled.one}/shares?{query}")]) for name, query in asked.items()]


# One world


async def measured(url: str, size: int, database: Watched | None, options: Any) -> dict[str, Any]:
    """Fill a database with *size* shares twice over, and measure everything on it."""
    plan: Plan = options.plan
    began = time.monotonic()
    huge_bytes = plan.huge_bytes if size == plan.sizes[0] else 0
    filled = await rows.fill(url, size, options.folder, huge_bytes)
    say(f"{2 * size} shares written in {time.monotonic() - began:.1f} s")
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
            found["downloaded"] = await _download(huge_bytes, server, bare_server)
        return found


async def _rounds(
    filled: Filled, plan: Plan, server: Server, bare_server: Server, database: Watched | None
) -> dict[str, Any]:
    bare = Case("bare answer", some(2000, plan.factor, [request("GET", "/")]))
    speed, flat = speed_cases(filled, plan.factor), flat_cases(filled)
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


async def _download(size: int, server: Server, bare_server: Server) -> list[dict[str, Any]]:
    """One long file, from this server and as the bare one sends bytes from memory: time, and the memory afterwards."""
    ours = request("GET", f"/documents/api/1.2/files/{tree.HUGE}/data", TREE_MEMBER)
    found = []
    for name, one, asked in (
        ("download", server, ours),
        ("bare bytes", bare_server, request("GET", f"/bytes/{size}")),
    ):
        before, cpu_s = one.rss_mb(), one.cpu_s()
        _, seconds = await drain(one.port, asked)
        used = {"seconds": seconds, "cpu_s": one.cpu_s() - cpu_s}
        found.append(
            {"name": name, "megabytes": size / 1e6, **used, "before_mb": before, "after_mb": one.rss_mb()}
        )
    return found


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


# Tables


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table with its columns aligned; the first is text, the others are numbers."""
    widths = [max(len(line[at]) for line in [heads, *lines]) for at in range(len(heads))]

    def row(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        words = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"| {' | '.join(words)} |"

    rule = [f"{'-' * (width - (at > 0))}{':' if at else ''}" for at, width in enumerate(widths)]
    return "\n".join([row(heads), row(rule), *map(row, lines)])


def report(found: dict[str, Any]) -> str:
    """Everything as Markdown."""
    on = found["machine"]
    parts = [
        f"{on['cores']} cores of {on['cpu']}, {on['system']}, Python {on['python']}, {on['server']}, "
        f"SQLite {on['sqlite']}; the best of {on['rounds']} rounds, {on['connections']} connections; "
        f"{'server alone on one core' if on['pinned'] else 'not pinned to cores'}."
    ]
    for kind, worlds in found["engines"].items():
        parts += [f"## {kind}", _speed_table(kind, worlds), _flat_table(worlds), _stream_table(worlds)]
        parts.append(_download_table(worlds[0]["downloaded"]))
    return "\n\n".join(parts)


def _speed_table(kind: str, worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["case", "shares", "requests/s", "p50 ms", "p99 ms", "CPU us", "to bare"]
    heads += ["database CPU us"] if kind == "postgres" else []
    lines = []
    for name in worlds[0]["speed"]:
        for world in worlds:
            one = world["speed"][name]
            line = [name, str(world["shares"]), f"{one['requests_per_s']:.0f}", f"{one['p50_ms']:.2f}"]
            line += [f"{one['p99_ms']:.2f}", f"{one['cpu_us']:.0f}", f"{one['ratio']:.1f}"]
            lines.append(line + ([f"{one['database_cpu_us']:.0f}"] if kind == "postgres" else []))
    return table(heads, lines)


def _flat_table(worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["CPU us, server and database", *(f"{world['shares']} shares" for world in worlds)]
    lines = [
        [
            name,
            *(
                f"{world['flat'][name]['cpu_us'] + world['flat'][name]['database_cpu_us']:.0f}"
                for world in worlds
            ),
        ]
        for name in worlds[0]["flat"]
    ]
    return table(heads, lines)


def _stream_table(worlds: Sequence[dict[str, Any]]) -> str:
    heads = ["whole list in one answer", "MB sent", "seconds", "CPU s", "RSS MB before", "RSS MB after"]
    lines = []
    for world in worlds:
        one = world["streamed"]
        numbers = (one["megabytes"], one["seconds"], one["cpu_s"], one["rss_before_mb"], one["rss_after_mb"])
        lines.append([f"{one['shares']} shares", *(f"{number:.1f}" for number in numbers)])
    return table(heads, lines)


def _download_table(found: Sequence[dict[str, Any]]) -> str:
    heads = ["one file, one connection", "MB", "MB/s", "CPU s", "RSS MB before", "RSS MB after"]
    lines = []
    for one in found:
        speed = one["megabytes"] / one["seconds"]
        numbers = (one["megabytes"], speed, one["cpu_s"], one["before_mb"], one["after_mb"])
        lines.append([one["name"], *(f"{number:.1f}" for number in numbers)])
    return table(heads, lines)


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
