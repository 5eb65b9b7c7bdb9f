"""Statements on one SQLite connection, and SQLite's errors in our words."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import apsw

from polyshare.domain.errors import PolyshareError, Taken, Unavailable
from polyshare.store.database import ForeignAwait, Row, Rows
from polyshare.store.statements import Statement

T = TypeVar("T")

PASSING = (
    apsw.BusyError,
    apsw.LockedError,
    apsw.IOError,
    apsw.FullError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.NoMemError,
    apsw.InterruptError,
    apsw.ProtocolError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.ConnectionClosedError,
)
_UNIQUE = {apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_ROWID}
_NAMED = re.compile(r"\bconstraint\s+(\w+)\s+(?:unique|primary\s+key)\s*\(([^)]*)\)", re.IGNORECASE)


class SqliteRows:
    """The `Rows` of one SQLite connection; used by one thread at a time."""

    __slots__ = ("connection", "count", "failure")

    alone = True

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self.count = 0
        self.failure: Exception | None = None

    async def one(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        cursor = self._execute(statement, values)
        try:
            row: Row | None = cursor.fetchone()
        except apsw.Error as error:
            self._fail(statement, error)
        cursor.close()
        return row

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """All rows."""
        cursor = self._execute(statement, values)
        try:
            return cursor.fetchall()
        except apsw.Error as error:
            self._fail(statement, error)

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Insert, update or delete; how many rows were changed."""
        cursor = self._execute(statement, values)
        try:
            cursor.fetchall()
        except apsw.Error as error:
            self._fail(statement, error)
        return self.connection.changes()

    async def many(self, statement: Statement, values: Sequence[Mapping[str, Any]], /) -> None:
        """The same statement for each of *values*."""
        if not values:
            return
        if self.failure is not None:
            raise RuntimeError(
                f"statement {statement.name!r} after one that failed: the job has ended"
            ) from self.failure
        self.count += 1
        rows = [self._bound(statement, each) for each in values]
        try:
            self.connection.executemany(statement.sqlite, rows).fetchall()
        except apsw.Error as error:
            self._fail(statement, error)

    def _execute(self, statement: Statement, values: Mapping[str, Any]) -> apsw.Cursor:
        if self.failure is not None:
            raise RuntimeError(
                f"statement {statement.name!r} after one that failed: the job has ended"
            ) from self.failure
        self.count += 1
        bound = self._bound(statement, values)
        try:
            return self.connection.execute(statement.sqlite, bound)
        except apsw.Error as error:
            self._fail(statement, error)

    @staticmethod
    def _bound(statement: Statement, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if len(values) != len(statement.parameters):
            raise statement.misfit(values)
        try:
            return statement.for_sqlite(values)
        except KeyError:
            raise statement.misfit(values) from None

    def _fail(self, statement: Statement, error: apsw.Error) -> NoReturn:
        """Note that the job has ended, and raise *error* in our words."""
        self.failure = error
        if (ours := translated(error, self.connection)) is not None:
            raise ours from error
        error.add_note(f"in statement {statement.name!r}")
        raise error


def translated(error: apsw.Error, connection: apsw.Connection) -> PolyshareError | None:
    """The error in our words, or None when it is a fault of the program."""
    if isinstance(error, apsw.ConstraintError) and getattr(error, "extendedresult", 0) in _UNIQUE:
        return Taken(constraint_named(connection, str(error)))
    if isinstance(error, PASSING):
        return Unavailable(f"The database did not answer: {error}.")
    return None


def constraint_named(connection: apsw.Connection, message: str) -> str:
    """The name that PostgreSQL would give to the rule in `UNIQUE constraint failed: table.a, table.b`."""
    places = message.split(": ", 1)[-1]
    if places.startswith("index '"):
        return places.removeprefix("index '").rstrip("'")
    columns = [place.rpartition(".")[2] for place in places.split(", ")]
    table = places.split(".", 1)[0]
    made_by = connection.execute("select sql from sqlite_schema where name = ?", (table,)).fetchone()
    for name, named in _NAMED.findall(made_by[0] if made_by else ""):
        if [column.strip() for column in named.split(",")] == columns:
            return str(name)
    keys = connection.execute(
        "select name from pragma_table_info(?) where pk > 0 order by pk", (table,)
    ).fetchall()
    if [name for (name,) in keys] == columns:
        return f"{table}_pkey"
    for (name,) in connection.execute(
        "select name from pragma_index_list(?) where [unique] and origin = 'c'", (table,)
    ).fetchall():
        covers = connection.execute(
            "select name from pragma_index_info(?) order by seqno", (name,)
        ).fetchall()
        if [column for (column,) in covers] == columns:
            return str(name)
    return f"{table}_{'_'.join(columns)}_key"


def drive(job: Callable[[Rows], Awaitable[T]], rows: SqliteRows) -> T:
    """
    Run *job* to its end, here and now: every await on *rows* answers at once.

    Raises:
        ForeignAwait: The job awaited something else.
    """
    steps = job(rows).__await__()
    try:
        next(steps)
    except StopIteration as end:
        if rows.failure is not None:
            raise RuntimeError(
                "a job went on after a statement that failed; nothing of it was kept"
            ) from rows.failure
        answer: T = end.value
        return answer
    steps.close()
    raise ForeignAwait(
        "a job awaited something that is not its store; do that before or after the transaction"
    )
