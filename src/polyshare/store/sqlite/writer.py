"""The one thread of a process that writes to SQLite: takes the queued jobs in groups, commits once, then answers."""

import asyncio
import fcntl
import os
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from polyshare.domain.errors import Unavailable
from polyshare.store.database import Rows
from polyshare.store.sqlite.file import open_writer
from polyshare.store.sqlite.rows import SqliteRows, drive

GROUP = 128  # most jobs in one commit

Job = Callable[[Rows], Awaitable[Any]]


class Ticket:
    """A job that waits its turn, the caller's context, where its answer goes, and the answer once there is one."""

    __slots__ = ("answer", "context", "error", "future", "job", "loop", "started")

    def __init__(self, job: Job, loop: asyncio.AbstractEventLoop) -> None:
        self.job = job
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.context: Context = copy_context()
        self.answer: Any = None
        self.error: BaseException | None = None
        self.started = False  # from here on its answer is the commit's


class TransactionLost(Exception):
    """SQLite gave the whole transaction up, as it does when the disk is full or fails."""


class Writer:
    """The writing thread of one database file."""

    def __init__(self, path: Path, turn_timeout_s: float) -> None:
        self._turn_timeout_s = turn_timeout_s
        self._waits_since: float | None = None
        self._turn = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._turn, fcntl.LOCK_EX)
            self._connection = open_writer(path)
            fcntl.flock(self._turn, fcntl.LOCK_UN)
        except BaseException:
            os.close(self._turn)
            raise
        self._rows = SqliteRows(self._connection)
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._waiting: dict[asyncio.AbstractEventLoop, set[Ticket]] = {}
        self._thread = threading.Thread(target=self._work, name="polyshare-writer", daemon=True)
        self._thread.start()

    @property
    def statements(self) -> int:
        """How many statements jobs have run."""
        return self._rows.count

    @property
    def waited_s(self) -> float:
        """How long the thread has been waiting for another process to give up its turn; negative when it is not."""
        since = self._waits_since
        return -1.0 if since is None else monotonic() - since

    async def write(self, job: Job) -> Any:
        """
        Queue *job*; its answer comes when the commit that holds it is durable.

        Raises:
            Unavailable: The database is closed, or another process has kept its turn for too long.
        """
        if self.waited_s > self._turn_timeout_s:
            raise _kept_away()
        ticket = Ticket(job, asyncio.get_running_loop())
        with self._door:
            if self._closed:
                raise Unavailable("The database is closed.")
            self._queue.put(ticket)
        waiting = self._waiting.get(ticket.loop)
        if waiting is None:
            waiting = self._waiting[ticket.loop] = set()
            ticket.loop.call_later(self._turn_timeout_s, self._refuse_late, ticket.loop)
        waiting.add(ticket)
        try:
            return await ticket.future
        finally:
            waiting.discard(ticket)

    def _refuse_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """Refuse what this loop has waiting when the turn does not come, and look again while something waits."""
        waiting = self._waiting[loop]
        if self.waited_s > self._turn_timeout_s:
            with self._door:
                for ticket in waiting:
                    if not ticket.started and not ticket.future.done():
                        ticket.future.set_exception(_kept_away())
        if waiting:
            loop.call_later(max(self._turn_timeout_s / 4, 0.01), self._refuse_late, loop)
        else:
            del self._waiting[loop]

    async def close(self) -> None:
        """Carry out what is queued, then close."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        more = True
        while more:
            group, more = self._next_group()
            if group:
                self._carry_out(group)
                _answer(group)
        self._connection.close()
        os.close(self._turn)

    def _next_group(self) -> tuple[list[Ticket], bool]:
        """Wait for jobs and take those that are queued; False when none will follow."""
        group: list[Ticket] = []
        ticket = self._queue.get()
        while ticket is not None:
            if not ticket.future.done():  # a caller that has gone wants nothing written
                group.append(ticket)
            if len(group) == GROUP:
                return group, True
            try:
                ticket = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _carry_out(self, group: list[Ticket]) -> None:
        """Run the jobs in one transaction; should it not hold, no job of the group did."""
        try:
            # Processes take turns; SQLite's own waiting lets one starve.
            self._waits_since = monotonic()
            fcntl.flock(self._turn, fcntl.LOCK_EX)
            self._waits_since = None
            with self._door:  # who was refused meanwhile wants nothing written either
                group[:] = [ticket for ticket in group if not ticket.future.done()]
                for ticket in group:
                    ticket.started = True
            try:
                self._connection.execute("begin immediate")
                for ticket in group:
                    self._run(ticket)
                self._connection.execute("commit")
            finally:
                if not self._connection.get_autocommit():
                    self._connection.execute("rollback")
                fcntl.flock(self._turn, fcntl.LOCK_UN)
        except Exception as error:  # noqa: BLE001 - the thread lives on and every caller gets an answer
            for ticket in group:
                ticket.error = Unavailable(f"The database did not take the change: {error}.")
                ticket.error.__cause__ = error

    def _run(self, ticket: Ticket) -> None:
        """Run one job in a savepoint of its own; only what breaks the whole transaction is raised."""
        connection, rows = self._connection, self._rows
        connection.execute("savepoint job")
        rows.failure = None
        try:
            ticket.answer = ticket.context.run(drive, ticket.job, rows)
        except BaseException as error:
            ticket.error = error
            if connection.get_autocommit():
                raise TransactionLost(str(error)) from error
            connection.execute("rollback to job")
        connection.execute("release job")


def _kept_away() -> Unavailable:
    return Unavailable("Another process has kept the database to itself for too long.")


def _answer(group: list[Ticket]) -> None:
    """Hand every answer to its event loop, one call a loop."""
    loops: defaultdict[asyncio.AbstractEventLoop, list[Ticket]] = defaultdict(list)
    for ticket in group:
        loops[ticket.loop].append(ticket)
    for loop, tickets in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, tickets)
        except RuntimeError:
            continue  # that loop was closed: nobody waits


def _settle(tickets: list[Ticket]) -> None:
    for ticket in tickets:
        if ticket.future.done():
            continue  # the caller was cancelled
        if ticket.error is not None:
            ticket.future.set_exception(ticket.error)
        else:
            ticket.future.set_result(ticket.answer)
