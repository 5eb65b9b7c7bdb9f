"""One face for two database engines: rows in a transaction, transactions in a database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from polyshare.domain.errors import PolyshareError, Unavailable
from polyshare.store.statements import Statement

T = TypeVar("T")
Row = Sequence[Any]  # a tuple or an asyncpg Record: index or unpack it, never ask it by name


class NotUsable(PolyshareError):
    """The database can't be used as things stand; the message says what would be right."""

    slug = "database-not-usable"


class ForeignAwait(RuntimeError):
    """A job awaited something that is not its store."""


class WritesInRead(RuntimeError):
    """A job tried to change rows in a read."""

    def __init__(self) -> None:
        super().__init__("a job tried to change rows in a read; it belongs into a write")


class Outdated(Unavailable):
    """What a job decided by was changed by somebody else before it held its lock: it is to be run again from the start."""

    def __init__(self) -> None:
        super().__init__("Others are changing this at the same moment; try again.")


class Rows(Protocol):
    """
    Statements on one connection, inside the transaction that is open.

    `alone` tells that nobody else writes while a write is open, so that what it has read stays true without a lock.

    Values are given by name and must be exactly the statement's parameters (else TypeError). A statement that fails ends
    the job: whatever the job does then, nothing of it is kept, and further statements are refused.

    Raises:
        Unavailable: The database did not answer.
        Taken: A unique rule refused the row; `constraint` is the rule's name (`table_pkey` for a primary key).
    """

    @property
    def alone(self) -> bool:
        """Whether nobody else writes meanwhile."""

    async def one(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""

    async def all(self, statement: Statement, /, **values: Any) -> Sequence[Row]:
        """All rows."""

    async def run(self, statement: Statement, /, **values: Any) -> int:
        """Insert, update or delete; how many rows were changed."""

    async def many(self, statement: Statement, values: Sequence[Mapping[str, Any]], /) -> None:
        """The same statement for each of *values*; one round trip."""


class Database(Protocol):
    """
    A database, whichever engine; `kind` is "sqlite" or "postgres".

    `statements` counts statements run so far (`many` is one), for tests and metrics.
    """

    @property
    def kind(self) -> str:
        """Which engine this is: "sqlite" or "postgres"."""

    @property
    def statements(self) -> int:
        """How many statements have been run; `many` is one."""

    async def read(self, job: Callable[[Rows], Awaitable[T]], *, snapshot: bool = True) -> T:
        """
        Run *job* on one consistent view of the database.

        The job awaits nothing but its rows (ForeignAwait). It may be run again. With `snapshot=False` each statement may
        see a view of its own, which spares PostgreSQL two round trips: right for a job of one statement.
        """

    async def write(self, job: Callable[[Rows], Awaitable[T]]) -> T:
        """
        Run *job* in one transaction and return its answer once that is durable; if it raises, nothing is kept.

        The job awaits nothing but its rows (ForeignAwait). It may be run again after a passing failure, and is if it raises
        Outdated, so it changes nothing outside its rows, and its first insert is its event, with an id that is the same in
        each run.
        """

    async def close(self) -> None:
        """Finish the writes that are queued, then close."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to open a database; what does not fit the engine is not used."""

    max_connections: int = 8  # PostgreSQL: connections of this process; >= 1
    acquire_timeout_s: float = (
        5.0  # longest wait for a free connection; on SQLite for another process that writes
    )
    connect_timeout_s: float = 5.0  # PostgreSQL: longest wait for a new connection
    statement_timeout_s: float = 30.0  # PostgreSQL: longest wait for one statement
    max_age_s: float = 1800.0  # PostgreSQL: a connection older than this is replaced
    plans_s: float = 60.0  # PostgreSQL: statements are planned again after this
    attempts: int = 8  # PostgreSQL: runs of a job before a passing failure is reported; >= 1
    guard_library: bool = (
        True  # SQLite: refuse to start beside the standard sqlite3 module, which damages shared files
    )
