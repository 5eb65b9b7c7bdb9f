"""The PostgreSQL engine: prepared statements on pooled connections, and jobs that are run again after passing failures."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import Any, NoReturn, TypeVar

import asyncpg

from polyshare.domain.errors import Taken, Unavailable
from polyshare.store.database import Options, Outdated, Row, Rows, WritesInRead
from polyshare.store.postgres.pool import ERRORS, Link, Passing, Pool
from polyshare.store.statements import Statement

T = TypeVar("T")

EVENT_KEY = "event_pkey"  # the rule that a re-run breaks when the commit before it had held
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 1.0


class PostgresRows:
    """The `Rows` of one PostgreSQL connection."""

    __slots__ = ("_link", "_pool", "failure")

    alone = False

    def __init__(self, pool: Pool, link: Link) -> None:
        self._pool = pool
        self._link = link
        self.failure: Exception | None = None

    async def one(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        bound = self._bound(statement, values)
        try:
            prepared = self._link.prepared.get(statement) or await self._link.prepare(statement)
            row: Row | None = await prepared.fetchrow(*bound)
            return row
        except ERRORS as error:
            self._fail(statement, error)

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """All rows."""
        bound = self._bound(statement, values)
        try:
            prepared = self._link.prepared.get(statement) or await self._link.prepare(statement)
            found: Sequence[Row] = await prepared.fetch(*bound)
            return found
        except ERRORS as error:
            self._fail(statement, error)

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Insert, update or delete; how many rows were changed."""
        bound = self._bound(statement, values)
        try:
            prepared = self._link.prepared.get(statement) or await self._link.prepare(statement)
            await prepared.fetch(*bound)
        except ERRORS as error:
            self._fail(statement, error)
        changed = prepared.get_statusmsg().rpartition(" ")[2]  # "UPDATE 3", "INSERT 0 3", "CREATE TABLE"
        return int(changed) if changed.isdigit() else 0

    async def many(self, statement: Statement, values: Sequence[Mapping[str, Any]], /) -> None:
        """The same statement for each of *values*, in one round trip."""
        if not values:
            return
        bound = [self._bound(statement, each, counted=0) for each in values]
        self._pool.statements += 1
        try:
            prepared = self._link.prepared.get(statement) or await self._link.prepare(statement)
            await prepared.executemany(bound)
        except ERRORS as error:
            self._fail(statement, error)

    def _bound(self, statement: Statement, values: Mapping[str, Any], counted: int = 1) -> tuple[Any, ...]:
        if self.failure is not None:
            raise RuntimeError(
                f"statement {statement.name!r} after one that failed: the job has ended"
            ) from self.failure
        if len(values) != len(statement.parameters):
            raise statement.misfit(values)
        self._pool.statements += counted
        self._link.since = monotonic()
        try:
            return statement.for_postgres(values)
        except KeyError:
            raise statement.misfit(values) from None

    def _fail(self, statement: Statement, error: Exception) -> NoReturn:
        """Note that the job has ended, and raise *error* in our words."""
        ours = self._link.translated(error)
        self.failure = ours or error
        if ours is not None:
            raise ours from error
        error.add_note(f"in statement {statement.name!r}")
        raise error


class PostgresDatabase:
    """A `Database` on a PostgreSQL server; used by one event loop."""

    kind = "postgres"

    def __init__(self, url: str, options: Options) -> None:
        self._pool = Pool(url, options)
        longest = (min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**at) for at in range(options.attempts - 1))
        self._pauses: tuple[float | None, ...] = (*longest, None)  # after each attempt; None after the last

    @classmethod
    async def open(cls, url: str, options: Options) -> "PostgresDatabase":
        """Open the database *url*, and make sure that it answers."""
        database = cls(url, options)

        async def nothing(_: Rows) -> None:
            return None

        await database.read(nothing, snapshot=False)
        return database

    @property
    def statements(self) -> int:
        """How many statements have been run; `many` is one."""
        return self._pool.statements

    async def read(self, job: Callable[[Rows], Awaitable[T]], *, snapshot: bool = True) -> T:
        """Run *job* on one consistent view, or each of its statements on its own (`snapshot=False`)."""
        for pause in self._pauses:
            try:
                return await self._once(job, READ if snapshot else None, [])
            except Passing as error:
                if isinstance(error.__cause__, asyncpg.ReadOnlySQLTransactionError):
                    raise WritesInRead from error
                await self._before_again(error, pause)
        raise AssertionError("the last attempt raises")

    async def write(self, job: Callable[[Rows], Awaitable[T]]) -> T:
        """
        Run *job* in one transaction, again after a passing failure and when it says that it was overtaken.

        If it is unknown whether a commit held, the next run tells: its event's key is taken if it did.
        """
        doubtful: list[T] = []
        for pause in self._pauses:
            try:
                return await self._once(job, WRITE, doubtful)
            except Taken as error:
                if doubtful and error.constraint == EVENT_KEY:
                    return doubtful[-1]
                raise
            except (Passing, Outdated) as error:
                await self._before_again(error, pause)
        raise AssertionError("the last attempt raises")

    async def close(self) -> None:
        """Wait for what is under way, then close."""
        await self._pool.close()

    async def _once(self, job: Callable[[Rows], Awaitable[T]], begin: str | None, doubtful: list[T]) -> T:
        """Run *job* once; an answer whose commit may or may not have held is put into *doubtful*."""
        link = await self._pool.acquire()
        try:
            if begin is not None:
                await link.command(begin)
            answer = await self._answer(job, link)
            if begin is not None:
                await _commit(link, answer, doubtful)
            return answer
        except BaseException as error:
            link.broken |= not isinstance(error, Exception)  # cancelled: it may be in mid-query
            raise
        finally:
            await self._pool.release(link)

    async def _answer(self, job: Callable[[Rows], Awaitable[T]], link: Link) -> T:
        rows = PostgresRows(self._pool, link)
        try:
            answer = await job(rows)
        except Exception as error:
            if isinstance(rows.failure, Passing) and error is not rows.failure:
                raise rows.failure from error
            raise
        if isinstance(rows.failure, Passing):
            raise rows.failure
        if rows.failure is not None:
            raise RuntimeError(
                "a job went on after a statement that failed; nothing of it was kept"
            ) from rows.failure
        return answer

    async def _before_again(self, error: Unavailable, pause: float | None) -> None:
        """Wait a while, never the same for two callers; after the last attempt raise *error*."""
        if pause is None:
            raise error
        await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - not a secret


async def _commit(link: Link, answer: T, doubtful: list[T]) -> None:
    try:
        word = await link.command("COMMIT")
    except Passing as error:
        if error.lost:
            doubtful.append(answer)
        raise
    if word != "COMMIT":
        raise Passing("The database rolled the change back.", lost=False)
