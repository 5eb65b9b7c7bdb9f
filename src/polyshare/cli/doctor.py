"""`polyshare doctor`: looks an installation over and says what is wrong and what would be right."""

import json
import os
import shutil
import socket
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from polyshare.cli.options import FAILED, Failure, file_of, finish, setting
from polyshare.cli.serving import address, check_exposure
from polyshare.domain.errors import PolyshareError, Unavailable
from polyshare.engine import collecting
from polyshare.engine.world import read_world
from polyshare.files.opening import open_bytes
from polyshare.opening import LEASE_S, now_us, open_rows
from polyshare.settings import (
    FILE_VARIABLE,
    Settings,
    WrongSetting,
    files_keys,
    files_place,
    load_settings,
    without_password,
)
from polyshare.store import health, node_search
from polyshare.store.database import Database
from polyshare.store.ids import PROCESSES
from polyshare.store.migrations import SchemaState, State, schema_state
from polyshare.store.sqlite_file import check_library

OLDEST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 256 * 1024 * 1024
CLOCKS_APART_US = 2_000_000
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `right` says what to do when it is not ok."""

    what: str
    ok: bool
    found: str
    right: str = ""


@click.command()
@click.option(
    "--settings", "settings_file", metavar="FILE", help="A TOML file with settings; also POLYSHARE_SETTINGS."
)
@setting("database")
@setting("host")
@setting("port")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(settings_file: str | None, as_json: bool, **given: str | None) -> None:
    """
    Say what is wrong with this installation, and what would be right.

    Looks at Python, the SQLite library, the settings, the database and its schema, file permissions, disk space, the
    files' bytes, process numbers, clocks, the world file and the port. Changes nothing, and may run beside a server.

    Exit code: 0 if all is well, 1 if anything is wrong.

    \b
    Examples:
      polyshare doctor
      polyshare doctor --port 8400
      polyshare doctor --settings /etc/polyshare.toml --json
    """
    findings = finish(_look(settings_file, given))
    if as_json:
        click.echo(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        for each in findings:
            click.echo(f"{'ok   ' if each.ok else 'WRONG'}  {each.what:<12} {each.found}")
            if not each.ok:
                click.echo(f"       {'':<12} -> {each.right}")
    if not all(each.ok for each in findings):
        raise click.exceptions.Exit(FAILED)


async def _look(settings_file: str | None, given: Mapping[str, str | None]) -> list[Finding]:
    findings = [*_machine()]
    try:
        settings = load_settings(settings_file, overrides=given)
    except WrongSetting as error:
        return [
            *findings,
            Finding("settings", False, str(error), "correct this setting; docs/settings.md lists them all"),
        ]
    source = settings_file or os.environ.get(FILE_VARIABLE)
    findings.append(Finding("settings", True, str(source or "environment and defaults")))
    findings += [*_exposure(settings), *_files(settings, source), *_space(settings)]
    findings += [each async for each in _database(settings)]
    findings += [*_world(settings), *_port(settings)]
    return findings


def _machine() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info[:2] >= OLDEST_PYTHON, python, "use Python 3.11 or newer")
    try:
        check_library()
        yield Finding("sqlite", True, f"library {health.library_version()}")
    except PolyshareError as error:
        yield Finding(
            "sqlite", False, error.message, "install the apsw release that this release of Polyshare names"
        )


def _exposure(settings: Settings) -> Iterator[Finding]:
    try:
        check_exposure(settings)
    except Failure as error:
        yield Finding("listening", False, f"{settings.host}:{settings.port}", error.message)
    else:
        yield Finding("listening", True, address(settings))


def _files(settings: Settings, source: str | None) -> Iterator[Finding]:
    """Who may read what holds secrets, and whether the database's folder can be written."""
    if (file := file_of(settings)) is not None:
        yield (
            _private("database", file)
            if file.exists()
            else Finding("permissions", True, f"{file} is not made yet")
        )
        folder = next(each for each in file.parents if each.exists())
        writable = os.access(folder, os.W_OK | os.X_OK) and (not file.exists() or os.access(file, os.W_OK))
        yield Finding("folder", writable, str(folder), f"let this user write there: {_user()}")
    for name, secret in (("tls_key", settings.tls_key), ("settings", source or "")):
        if secret and Path(secret).exists():
            yield _private(name, Path(secret))


def _private(what: str, file: Path) -> Finding:
    mode = stat.S_IMODE(file.stat().st_mode)
    others = mode & (stat.S_IRWXO | stat.S_IWGRP | (0 if what in ("tls_key", "settings") else stat.S_IRGRP))
    return Finding(
        "permissions", not others, f"{file} has mode {mode:03o}", f"chmod o=,g-w {file}" if others else ""
    )


def _user() -> str:
    return f"user number {os.getuid()}"


def _space(settings: Settings) -> Iterator[Finding]:
    file = file_of(settings)
    if file is not None:
        folder = next(each for each in file.parents if each.exists())
        free = shutil.disk_usage(folder).free
        right = f"at least {LEAST_FREE_BYTES >> 20} MiB should be free there, or writes will fail"
        yield Finding("disk", free >= LEAST_FREE_BYTES, f"{free >> 20} MiB free under {folder}", right)


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    shown = without_password(settings.database)
    file = file_of(settings)
    if file is not None and not file.exists():
        yield Finding("database", True, f"{shown} is not there yet; `polyshare serve` makes it")
        return
    try:
        database = await open_rows(settings)
    except PolyshareError as error:
        yield Finding(
            "database",
            False,
            f"{shown}: {error.message}",
            "correct setting `database`, or start what it names",
        )
        return
    try:
        await database.read(health.ping)
        yield Finding("database", True, f"{shown} answers")
        state = await schema_state(database)
        yield _schema(state, database.kind)
        if state.state is State.CURRENT:
            yield await _numbers(database)
            yield await _clock(database)
            yield await _bytes(settings, database)
            yield await _search(database)
    except PolyshareError as error:
        yield Finding("database", False, error.message, "see the database's own log")
    finally:
        await database.close()


def _schema(schema: SchemaState, kind: str) -> Finding:
    """An older schema is no fault where the next start migrates it by itself."""
    state, pending = schema.state, ", ".join(f"{each.number:04}_{each.name}" for each in schema.pending)
    if state is State.OLDER and kind == "sqlite":
        return Finding("schema", True, f"older: {pending} pending; serve migrates it, keeping a copy")
    right = {
        State.OLDER: "run `polyshare migrate`",
        State.NEWER: "start the newer release that changed it",
        State.ALTERED: "restore a backup, or start the release that made it",
    }
    detail = "" if state is State.EMPTY else schema.found or pending
    found = f"{state.value}: {detail}" if detail else state.value
    return Finding("schema", state in (State.CURRENT, State.EMPTY), found, right.get(state, ""))


async def _numbers(database: Database) -> Finding:
    """Whether process numbers for ids are free, and whether a clock elsewhere runs ahead."""
    now = now_us()
    held = await database.read(lambda rows: health.held_numbers(rows, now))
    ahead = [holder.rpartition(":")[0] for _, holder, until in held if until > now + 2 * LEASE_S * SECOND_US]
    if ahead:
        right = "set the clocks of these machines by NTP; their leases end in this machine's future"
        return Finding("processes", False, f"leases too far ahead: {', '.join(ahead)}", right)
    right = "stop processes that are not needed; a dead one's number is free after half a minute"
    return Finding("processes", len(held) < PROCESSES, f"{len(held)} of {PROCESSES} numbers in use", right)


async def _bytes(settings: Settings, database: Database) -> Finding:
    """Whether the files' bytes are where the database says, and whether others are."""
    place = files_place(settings)
    files = open_bytes(place, files_keys(settings))
    try:
        found = await collecting.compare(database, files)
    except Unavailable as error:
        return Finding(
            "files", False, error.message, f"correct setting `files`, or let {_user()} use {place}"
        )
    finally:
        await files.close()
    if found.missing:
        right = "bring the files' bytes back from a backup as old as the database's, or newer"
        return Finding("files", False, f"{found.missing} files' bytes are missing or cut in {place}", right)
    extra = f"; {found.strays} more ({found.stray_bytes >> 20} MiB) that no row names" if found.strays else ""
    return Finding("files", True, f"all bytes are in {place}{extra}")


async def _clock(database: Database) -> Finding:
    now = now_us()
    theirs = await database.read(health.its_clock)
    if theirs is not None and abs(theirs - now) > CLOCKS_APART_US:
        apart = f"the database's clock is {(theirs - now) / SECOND_US:+.1f} s from this machine's"
        return Finding("clock", False, apart, "set both by NTP")
    newest = await database.read(health.newest_event)
    if newest is not None and newest > now + CLOCKS_APART_US:
        ahead = f"the newest event lies {(newest - now) / SECOND_US:.0f} s in the future"
        return Finding(
            "clock", False, ahead, "set this machine's clock by NTP; it is behind, or was ahead before"
        )
    return Finding("clock", True, "agrees with what is stored")


async def _search(database: Database) -> Finding:
    """Whether words in the file tree are found by index."""
    right = "have a superuser run: create extension pg_trgm; create index node_by_words on node_words using gin (words gin_trgm_ops)"
    if await database.read(node_search.has_index):
        return Finding("search", True, "by index")
    return Finding("search", False, "without pg_trgm each search reads all that its caller may see", right)


def _world(settings: Settings) -> Iterator[Finding]:
    if settings.world:
        try:
            read_world(Path(settings.world))
        except PolyshareError as error:
            yield Finding("world", False, error.message, "correct the file, or leave the setting out")
        else:
            yield Finding("world", True, settings.world)


def _port(settings: Settings) -> Iterator[Finding]:
    place = f"{settings.host} port {settings.port}"
    try:
        family, kind, protocol, _, address_ = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address_)
    except OSError as error:
        if _ours_answers(settings):
            yield Finding("port", True, f"a Polyshare server answers on {place}")
        else:
            yield Finding(
                "port", False, f"{place}: {error.strerror}", "stop what listens there, or set another port"
            )
    else:
        yield Finding("port", True, f"{place} is free")


def _ours_answers(settings: Settings) -> bool:
    scheme = "https" if settings.tls_certificate else "http"
    try:
        with urllib.request.urlopen(f"{scheme}://{settings.host}:{settings.port}/livez", timeout=2) as answer:  # noqa: S310
            found = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
    return bool(found == {"status": "alive"})
