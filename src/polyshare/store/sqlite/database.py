"""The SQLite engine: reads at once on the event loop's thread, writes through one thread in groups."""

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import apsw

from polyshare.domain.errors import Unavailable
from polyshare.store.database import NotUsable, Options, Rows, WritesInRead
from polyshare.store.sqlite.file import check_library, open_reader, prepare_file
from polyshare.store.sqlite.rows import SqliteRows, drive
from polyshare.store.sqlite.writer import Writer

T = TypeVar("T")


class SqliteDatabase:
    """A `Database` in one file; usable from several event loops and threads, each with a read connection of its own."""

    kind = "sqlite"

    def __init__(self, path: Path, turn_timeout_s: float, temporary: bool = False) -> None:
        self.path = path
        self._temporary = temporary
        self._writer = Writer(path, turn_timeout_s)
        self._readers: list[SqliteRows] = []
        self._mine = threading.local()
        self._closed = False

    @classmethod
    def open(cls, place: str, options: Options) -> "SqliteDatabase":
        """Open the file *place*, made if it is not there; `:memory:` is a temporary file that goes on closing."""
        if not place or "?" in place:
            raise NotUsable("A SQLite URL is sqlite:///absolute/path.db; it has no options.")
        if options.guard_library:
            check_library()
        temporary = place == ":memory:"
        path = (
            Path(tempfile.mkdtemp(prefix="polyshare-"), "memory.db")
            if temporary
            else Path(place).expanduser().absolute()
        )
        prepare_file(path)
        try:
            return cls(path, options.acquire_timeout_s, temporary)
        except apsw.NotADBError as error:
            raise NotUsable(f"File {path} is not a SQLite database.") from error
        except apsw.Error as error:
            raise Unavailable(f"Database file {path} can't be opened: {error}.") from error

    @property
    def statements(self) -> int:
        """How many statements have been run; `many` is one."""
        return self._writer.statements + sum(rows.count for rows in self._readers)

    async def read(self, job: Callable[[Rows], Awaitable[T]], *, snapshot: bool = True) -> T:
        """Run *job* on one consistent view, at once and without leaving this thread."""
        rows = self._reader()
        connection = rows.connection
        if not connection.get_autocommit():
            raise RuntimeError("a read inside a read: use the rows that the job was given")
        rows.failure = None
        connection.execute("begin")
        try:
            return drive(job, rows)
        except Unavailable as error:
            if isinstance(error.__cause__, apsw.ReadOnlyError):
                raise WritesInRead from error
            raise
        finally:
            if not connection.get_autocommit():
                connection.execute("rollback")

    async def write(self, job: Callable[[Rows], Awaitable[T]]) -> T:
        """Run *job* in the writing thread; its answer comes when the commit that holds it is durable."""
        answer: T = await self._writer.write(job)
        return answer

    def copy_aside(self, target: Path) -> None:
        """Write what is committed now to the file *target*, replacing it whole."""
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        prepare_file(part)
        try:
            with (
                contextlib.closing(open_reader(self.path)) as source,
                contextlib.closing(apsw.Connection(str(part))) as copy,
            ):
                with copy.backup("main", source, "main") as backup:
                    backup.step()
                copy.pragma("journal_mode", "delete")
        except apsw.Error as error:
            raise Unavailable(f"The database could not be copied to {target}: {error}.") from error
        part.replace(target)

    async def close(self) -> None:
        """Finish the writes that are queued, then close."""
        self._closed = True
        await self._writer.close()
        for rows in self._readers:
            rows.connection.close()
        if self._temporary:
            shutil.rmtree(self.path.parent, ignore_errors=True)

    def _reader(self) -> SqliteRows:
        """This thread's reading connection."""
        if self._closed:
            raise Unavailable("The database is closed.")
        rows: SqliteRows | None = getattr(self._mine, "rows", None)
        if rows is None:
            try:
                rows = SqliteRows(open_reader(self.path))
            except apsw.Error as error:
                raise Unavailable(f"The database did not open: {error}.") from error
            self._mine.rows = rows
            self._readers.append(rows)
        return rows
