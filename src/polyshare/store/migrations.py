"""Bringing a database to this program's schema: numbered SQL files, applied under the write lock, remembered by checksum."""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from polyshare.domain.errors import Taken, Unavailable
from polyshare.store.database import Database, NotUsable, Rows
from polyshare.store.statements import Statement, statement, text_for

MIGRATIONS = Path(__file__).with_name("migrations")

_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_COMMENT = re.compile(r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*")|--[^\n]*""")
_TABLE = statement(
    "table of migrations",
    "create table if not exists schema_migration ("
    "  number bigint primary key, name text not null, checksum text not null, applied_at bigint not null)",
)
_LOCK = statement(
    "lock the migrations",
    "{sqlite: select 1}{postgres: lock table schema_migration in access exclusive mode}",
)
_HAS_TABLE = statement(
    "is there a table of migrations",
    "{sqlite: select name from sqlite_schema where type = 'table' and name = 'schema_migration'}"
    "{postgres: select 1 where to_regclass('schema_migration') is not null}",
)
_APPLIED = statement(
    "migrations applied", "select number, name, checksum from schema_migration order by number"
)
_REMEMBER = statement(
    "remember a migration",
    "insert into schema_migration (number, name, checksum, applied_at) values (:number, :name, :checksum, :applied_at)",
)


class SchemaRefused(NotUsable):
    """The schema is not one that this program works with; the message says what to do."""

    slug = "schema-refused"


class State(StrEnum):
    """How a database's schema stands to this program's."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"  # a later release has changed it
    ALTERED = "altered"  # what was applied is not what this program carries


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file: its text for both engines and the checksum of that text."""

    number: int
    name: str
    text: str
    checksum: str

    def statements(self, kind: str) -> list[Statement]:
        """The file's statements for one engine, in order; parts that are empty there are left out."""
        text = _COMMENT.sub(lambda match: match["kept"] or "", text_for(kind, self.text))
        parts = (part.strip() for part in re.split(r";[ \t]*$", text, flags=re.MULTILINE))
        return [
            _plain(f"migration {self.number:04} part {at}", part) for at, part in enumerate(parts, 1) if part
        ]


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The state, what is pending (for EMPTY and OLDER), and what was found wrong (for NEWER and ALTERED)."""

    state: State
    pending: tuple[Migration, ...] = ()
    found: str = ""


def migrations_in(folder: Path = MIGRATIONS) -> tuple[Migration, ...]:
    """
    The migrations in *folder*, by number.

    Raises:
        ValueError: A name is not `0001_words.sql`, or the numbers are not 1, 2, 3 and so on.
    """
    files = sorted(folder.glob("*.sql"))
    made = []
    for number, file in enumerate(files, 1):
        match = _FILE.fullmatch(file.name)
        if match is None or int(match[1]) != number:
            raise ValueError(
                f"migration {file.name} should be number {number:04} and named {number:04}_words.sql"
            )
        text = file.read_text(encoding="utf-8")
        made.append(Migration(number, match[2], text, hashlib.sha256(text.encode()).hexdigest()))
    return tuple(made)


async def schema_state(database: Database, known: Sequence[Migration] | None = None) -> SchemaState:
    """How the schema stands to *known*, by default to the migrations that this program carries."""
    carried = migrations_in() if known is None else known

    async def look(rows: Rows) -> SchemaState:
        return await _state(rows, carried)

    return await database.read(look)


async def migrate(database: Database, known: Sequence[Migration] | None = None) -> tuple[Migration, ...]:
    """
    Apply what is pending, all of it or nothing; an older SQLite file is copied aside first.

    Any number of processes may do this at once: one does the work, the others find nothing pending.

    Returns:
        The migrations applied, by number; empty when the schema was current.

    Raises:
        SchemaRefused: The schema is newer or altered, or a migration failed.
    """
    carried = migrations_in() if known is None else known

    async def apply(rows: Rows) -> tuple[Migration, ...]:
        await rows.run(_TABLE)
        await rows.run(_LOCK)
        state = await _state(rows, carried)
        _refuse_foreign(state)
        if state.state is State.OLDER:
            _copy_aside(database, state.pending[0])
        for migration in state.pending:
            await _apply(rows, database.kind, migration)
        return state.pending

    for _ in range(3):
        try:
            return await database.write(apply)
        except Taken as error:
            if not error.constraint.startswith(
                "pg_"
            ):  # two processes made the first table at once: look again
                raise
    raise Unavailable(
        "The table of migrations could not be made; other processes kept making it at the same time."
    )


async def prepare_schema(
    database: Database, known: Sequence[Migration] | None = None, *, upgrade: bool | None = None
) -> SchemaState:
    """
    Make the schema ready at start: an empty database is filled, an older one is migrated or refused.

    Args:
        upgrade: Whether an older schema is migrated; by default it is on SQLite (copied aside first) and not on PostgreSQL,
            where other processes may be running.

    Returns:
        What was found before.

    Raises:
        SchemaRefused: The schema is newer or altered, or older and not to be migrated here.
    """
    found = await schema_state(database, known)
    _refuse_foreign(found)
    may_upgrade = database.kind == "sqlite" if upgrade is None else upgrade
    if found.state is State.OLDER and not may_upgrade:
        pending = ", ".join(f"{each.number:04}_{each.name}" for each in found.pending)
        raise SchemaRefused(
            f"The database's schema is older than this program (pending: {pending}); run `polyshare migrate` first."
        )
    if found.pending:
        await migrate(database, known)
    return found


async def _state(rows: Rows, known: Sequence[Migration]) -> SchemaState:
    if await rows.one(_HAS_TABLE) is None:
        return SchemaState(State.EMPTY, tuple(known))
    applied = [tuple(row) for row in await rows.all(_APPLIED)]
    if not applied:
        return SchemaState(State.EMPTY, tuple(known))
    for expected, (number, name, checksum) in enumerate(applied, 1):
        if number != expected:
            return SchemaState(
                State.ALTERED, found=f"migration {expected:04} was never applied, but {number:04} was"
            )
        if number <= len(known) and known[number - 1].checksum != checksum:
            return SchemaState(
                State.ALTERED, found=f"migration {number:04}_{name} was applied with another text"
            )
    if len(applied) > len(known):
        newer = ", ".join(f"{number:04}_{name}" for number, name, _ in applied[len(known) :])
        return SchemaState(State.NEWER, found=newer)
    pending = tuple(known[len(applied) :])
    return SchemaState(State.OLDER if pending else State.CURRENT, pending)


def _refuse_foreign(state: SchemaState) -> None:
    if state.state is State.NEWER:
        raise SchemaRefused(
            f"The database was changed by a newer release ({state.found}); start that release or a newer one."
        )
    if state.state is State.ALTERED:
        raise SchemaRefused(
            f"The database's schema is not this program's: {state.found}; restore a backup or the right release."
        )


async def _apply(rows: Rows, kind: str, migration: Migration) -> None:
    try:
        for each in migration.statements(kind):
            await rows.run(each)
    except Unavailable:
        raise
    except Exception as error:
        raise SchemaRefused(
            f"Migration {migration.number:04}_{migration.name} failed, nothing was changed: {error}"
        ) from error
    await rows.run(
        _REMEMBER,
        number=migration.number,
        name=migration.name,
        checksum=migration.checksum,
        applied_at=time.time_ns() // 1000,
    )


def _copy_aside(database: Database, first: Migration) -> None:
    """Copy an older SQLite file to `<file>.before-<number>.bak`; nobody writes meanwhile, this is called in a write."""
    from polyshare.store.sqlite.database import SqliteDatabase

    if isinstance(database, SqliteDatabase):
        database.copy_aside(database.path.with_name(f"{database.path.name}.before-{first.number:04}.bak"))


def _plain(name: str, text: str) -> Statement:
    """A statement without parameters, taken as it stands."""
    none: frozenset[str] = frozenset()
    return Statement(name, text, text, none, none, lambda _: (), lambda _: ())
