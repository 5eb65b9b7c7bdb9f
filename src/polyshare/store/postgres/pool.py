"""Connections to PostgreSQL: a small pool that hands out the one used last, and the server's errors in our words."""

import asyncio
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from polyshare.domain.errors import PolyshareError, Taken, Unavailable
from polyshare.store.database import NotUsable, Options
from polyshare.store.statements import Statement

PREPARED_LIMIT = 1000  # statements kept prepared on one connection
OLDEST_SERVER = 14

_COLLISIONS = {"40001", "40P01"}  # the transaction lost against another one; the connection is well
_LOST = {
    "57P01",
    "57P02",
    "57P03",
    "57P05",
    "25006",
    "53300",
}  # this server, or this connection, is not the one to ask
_NO_ANSWER = {"57014", "57P04"}
# Every statement of ours walks indexes and touches few rows. Left to itself the planner reads and sorts whole accounts while
# it has no statistics of a table, which is when a list that takes a millisecond takes seconds.
_INDEXES_ONLY = "; ".join(
    f"set enable_{way} = off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort")
)
# So its plan does not depend on values, and is made once on each connection. Left to itself the server plans anew at every
# call wherever a value lets it leave something out, such as the groups of nobody: that takes ten times as long as it saves.
_PLANNED_ONCE = "set plan_cache_mode = force_generic_plan"
# Before PostgreSQL 18 a step that it was told to avoid and has no way around counts as enormously dear, and what is dear is
# compiled: tenths of a second for what takes less than a millisecond.
# Nor is it shared out between processes, which takes longer than all the rest.
_AT_ONCE = "set jit = off; set max_parallel_workers_per_gather = 0"
_REFUSED = ("28", "3D")  # who we are, or which database: no use in asking again

ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class Passing(Unavailable):
    """A failure that may be gone when the job is run again; `lost` tells that the connection is of no more use."""

    def __init__(self, message: str, lost: bool) -> None:
        super().__init__(message)
        self.lost = lost


class Link:
    """
    One connection with what is prepared on it.

    `broken` says that it must not be used again, `lost` that the others of its generation are probably no better,
    `late` that it was cut because a statement, begun at `since`, took too long. Its plans are none older than `planned`.
    """

    __slots__ = ("born", "broken", "connection", "generation", "late", "lost", "planned", "prepared", "since")

    def __init__(self, connection: Any, generation: int) -> None:
        self.connection = connection
        self.prepared: dict[Statement, Any] = {}
        self.born = self.since = self.planned = monotonic()
        self.generation = generation
        self.broken = self.lost = self.late = False

    async def command(self, text: str) -> str:
        """Run a command without parameters (BEGIN, COMMIT); returns the server's word for it."""
        self.since = monotonic()
        try:
            return str(await self.connection.execute(text))
        except ERRORS as error:
            if (ours := self.translated(error)) is None:
                raise
            raise ours from error

    async def prepare(self, statement: Statement) -> Any:
        """Prepare *statement* on this connection, once."""
        if len(self.prepared) >= PREPARED_LIMIT:
            self.prepared.clear()
        prepared = await self.connection.prepare(statement.postgres)
        self.prepared[statement] = prepared
        return prepared

    async def plan_anew(self) -> None:
        """Have every statement planned again at its next use: nothing tells a connection of new statistics."""
        await self.command("DISCARD PLANS")
        self.planned = monotonic()

    def translated(self, error: Exception) -> PolyshareError | None:
        """The error in our words, or None when it is a fault of the program; notes whether the connection is done for."""
        if self.late:
            return Unavailable("The database did not answer in time.")
        ours = translated(error, self.connection.is_closed())
        if isinstance(ours, Passing) and ours.lost:
            self.broken = self.lost = True
        return ours


def translated(error: Exception, closed: bool) -> PolyshareError | None:
    """The error of a connection, *closed* or not, in our words; None when it is a fault of the program."""
    state = getattr(error, "sqlstate", None) or ""
    if isinstance(error, asyncpg.UniqueViolationError):
        return Taken(error.constraint_name or "")
    if state in _COLLISIONS:
        return Passing(f"The database could not serialise the change: {error}.", lost=False)
    if state in _LOST or state.startswith("08") or isinstance(error, asyncpg.InvalidCachedStatementError):
        return Passing(f"The database did not answer: {error}.", lost=True)
    if isinstance(error, TimeoutError):
        return Unavailable("The database did not answer in time.")
    if isinstance(error, OSError) or (closed and not state):
        return Passing(f"The connection to the database was lost: {error}.", lost=True)
    if state in _NO_ANSWER or state.startswith(("53", "58")):
        return Unavailable(f"The database did not answer: {error}.")
    return None


class Pool:
    """At most `max_connections` links, handed out last in, first out; used by one event loop."""

    def __init__(self, url: str, options: Options) -> None:
        self.statements = 0
        self._url = url
        self._options = options
        self._turns = asyncio.Semaphore(options.max_connections)
        self._idle: list[Link] = []
        self._out: set[Link] = set()
        self._watch: asyncio.TimerHandle | None = None
        self._generation = 0
        self._closed = False

    async def acquire(self) -> Link:
        """
        A link of one's own until `release()`.

        Raises:
            Passing: No connection could be made.
            Unavailable: None was free in time, or the pool is closed.
        """
        await self._turn()
        try:
            link = self._last_used() or await self._connect()
        except BaseException:
            self._turns.release()
            raise
        link.since = monotonic()
        self._out.add(link)
        if self._watch is None:
            self._look_again_later()
        if link.since - link.planned > self._options.plans_s:
            try:
                await link.plan_anew()
            except BaseException:
                link.broken = True
                await self.release(link)
                raise
        return link

    async def release(self, link: Link) -> None:
        """Give a link back; one in the midst of a transaction is rolled back, one that is broken or old is let go."""
        try:
            if self._usable(link) and link.connection.is_in_transaction():
                await link.command("ROLLBACK")
        except BaseException as error:
            link.broken = True
            if not isinstance(error, Exception):
                raise
        finally:
            if link.lost and link.generation == self._generation:
                self._generation += 1
            if self._usable(link):
                self._idle.append(link)
            else:
                link.connection.terminate()
            self._out.discard(link)
            self._turns.release()

    async def close(self) -> None:
        """Wait for those who have a link or wait for one, then close all."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(self._options.statement_timeout_s):
                for _ in range(self._options.max_connections):
                    await self._turns.acquire()
        except TimeoutError:
            pass  # what is still out is terminated by the server when we are gone
        if self._watch is not None:
            self._watch.cancel()
        while self._idle:
            link = self._idle.pop()
            try:
                await link.connection.close(timeout=self._options.connect_timeout_s)
            except ERRORS:
                link.connection.terminate()

    def _last_used(self) -> Link | None:
        """The idle link that was used last, if there is one that may be used."""
        while self._idle:
            link = self._idle.pop()
            if self._usable(link):
                return link
            link.connection.terminate()
        return None

    def _look_again_later(self) -> None:
        # One timer for all: a timer for each statement costs as much as a third of the statement.
        self._watch = asyncio.get_running_loop().call_later(
            self._options.statement_timeout_s / 4, self._cut_late
        )

    def _cut_late(self) -> None:
        """Cut the links whose statement takes too long; the job that waits for one hears of it."""
        oldest = monotonic() - self._options.statement_timeout_s
        for link in self._out:
            if link.since < oldest:
                link.late = link.broken = True
                link.connection.terminate()
        self._watch = None
        if self._out:
            self._look_again_later()

    def _usable(self, link: Link) -> bool:
        return not (
            link.broken
            or link.generation != self._generation
            or link.connection.is_closed()
            or monotonic() - link.born > self._options.max_age_s
        )

    async def _turn(self) -> None:
        if self._closed:
            raise Unavailable("The database is closed.")
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(self._options.acquire_timeout_s):
                await self._turns.acquire()
        except TimeoutError as error:
            raise Unavailable("No connection to the database became free in time.") from error

    async def _connect(self) -> Link:
        options = self._options
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=options.connect_timeout_s,
                target_session_attrs=_session_wanted(self._url),
                server_settings={"application_name": "polyshare"},
            )
            await connection.execute(
                f"{_INDEXES_ONLY}; {_PLANNED_ONCE}; {_AT_ONCE}", timeout=options.connect_timeout_s
            )
        except TimeoutError as error:
            raise Passing("The database did not answer in time.", lost=True) from error
        except (ValueError, OverflowError):  # its message may quote the URL, and a password in it
            raise NotUsable(
                "The database URL has a part or a parameter that can't be used; write it as"
                " postgresql://user:password@host:port/name, with %XX for / ? # and @ in a password."
            ) from None
        except ERRORS as error:
            if (getattr(error, "sqlstate", None) or "").startswith(_REFUSED):
                raise NotUsable(
                    f"The database refuses us: {error}; put the URL or the server right."
                ) from error
            raise translated(error, closed=True) or Unavailable(
                f"The database did not answer: {error}."
            ) from error
        if connection.get_server_version().major < OLDEST_SERVER:
            connection.terminate()
            raise NotUsable(f"PostgreSQL {OLDEST_SERVER} or newer is needed.")
        return Link(connection, self._generation)


def _session_wanted(url: str) -> str | None:
    """With several hosts the one that takes writes, unless the URL says otherwise."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    hosts = parts.netloc + "".join(query.get("host", []))
    return "read-write" if "," in hosts and "target_session_attrs" not in query else None
