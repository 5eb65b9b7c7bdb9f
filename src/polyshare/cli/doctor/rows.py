"""What `polyshare doctor` looks at in the database, and the bytes that it says are there."""

from collections.abc import AsyncIterator

from polyshare.cli.doctor.finding import Finding, this_user
from polyshare.cli.options import file_of
from polyshare.domain.errors import PolyshareError, Unavailable
from polyshare.engine.content import collecting
from polyshare.engine.keepers import providing
from polyshare.files.opening import open_bytes
from polyshare.opening import LEASE_S, now_us, open_rows
from polyshare.settings import Settings, files_keys, files_place, without_password
from polyshare.store.database import Database
from polyshare.store.ids import PROCESSES
from polyshare.store.migrations import SchemaState, State, schema_state
from polyshare.store.process import health
from polyshare.store.shares import folder_pages
from polyshare.store.tree import node_search

CLOCKS_APART_US = 2_000_000
SECOND_US = 1_000_000


async def database(settings: Settings) -> AsyncIterator[Finding]:
    """Whether it answers, and what is in it if its schema is ours."""
    shown = without_password(settings.database)
    file = file_of(settings)
    if file is not None and not file.exists():
        yield Finding("database", True, f"{shown} is not there yet; `polyshare serve` makes it")
        return
    try:
        opened = await open_rows(settings)
    except PolyshareError as error:
        bare = (
            error.__cause__ if isinstance(error.__cause__, Unavailable) else error
        )  # address and advice stand here
        yield Finding(
            "database",
            False,
            f"{shown}: {bare.message}",
            "correct setting `database`, or start what it names",
        )
        return
    try:
        await opened.read(health.ping)
        yield Finding("database", True, f"{shown} answers")
        state = await schema_state(opened)
        yield _schema(state, opened.kind)
        if state.state is State.CURRENT:
            yield await _numbers(opened)
            yield await _clock(opened)
            yield await _bytes(settings, opened)
            yield await _search(opened)
            yield await _providers(settings, opened)
    except PolyshareError as error:
        yield Finding("database", False, error.message, "see the database's own log")
    finally:
        await opened.close()


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


async def _bytes(settings: Settings, database: Database) -> Finding:
    """Whether the files' bytes are where the database says, and whether others are."""
    place = files_place(settings)
    files = open_bytes(place, files_keys(settings))
    try:
        found = await collecting.compare(database, files)
    except Unavailable as error:
        return Finding(
            "files", False, error.message, f"correct setting `files`, or let {this_user()} use {place}"
        )
    finally:
        await files.close()
    if found.missing:
        right = "bring the files' bytes back from a backup as old as the database's, or newer"
        return Finding("files", False, f"{found.missing} files' bytes are missing or cut in {place}", right)
    extra = f"; {found.strays} more ({found.stray_bytes >> 20} MiB) that no row names" if found.strays else ""
    return Finding("files", True, f"all bytes are in {place}{extra}")


async def _search(database: Database) -> Finding:
    """Whether words in the file tree and of shared folders are found by index."""
    if await database.read(node_search.has_index) and await database.read(folder_pages.has_index):
        return Finding("search", True, "by index")
    made = "create index if not exists {0}_by_words on {0}_words using gin (words gin_trgm_ops)"
    steps = ["create extension if not exists pg_trgm", made.format("node"), made.format("folder_share")]
    right = f"have a superuser run: {'; '.join(steps)}"
    return Finding("search", False, "without pg_trgm searches read all that their caller may see", right)


async def _providers(settings: Settings, database: Database) -> Finding:
    """Whether every provider can be used as it is set up: its keys, its address, its bounds."""
    found = await providing.unusable(database, settings)
    if not found:
        return Finding("providers", True, "all can be used as they are set up")
    right = "correct them with `polyshare providers put`; what they are to carry out waits until then"
    return Finding("providers", False, "; ".join(f"{name}: {wrong}" for name, wrong in found), right)
