"""Bytes in a folder: written beside, made durable, then put in place under a name that is theirs alone."""

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from polyshare.domain.errors import Taken, Unavailable
from polyshare.files.bytes import CHUNK_BYTES, THREADS, Intake, Kept, Stored, blocks, checked_key, in_thread

T = TypeVar("T")

INCOMING = "incoming"
GONE = "The bytes of this file are not where files are kept; bring them back from a backup."
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LINKLESS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
LISTED = 1000  # keys that are read at a time


class LocalBytes:
    """
    A byte store in a folder, readable to its owner only.

    A file is written in `incoming/` under a lock that ends with its process, synced, and only then linked to where it
    is looked for: `ab/abcd…`. What a dead process left in `incoming/` has no lock and goes with the next `tidy()`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._threads = ThreadPoolExecutor(THREADS, "bytes")

    @classmethod
    def of(cls, place: str) -> "LocalBytes":
        """The byte store in the folder *place*, made when something is first put."""
        if not place or "\0" in place or "://" in place:
            raise ValueError(f"{place!r} is no folder; name one, or s3://bucket/prefix")
        return cls(Path(place).expanduser().absolute())

    async def put(self, key: str, stream: AsyncIterable[bytes], limit: int) -> Stored:
        """See `Bytes.put`."""
        target, intake = self._path(key), Intake(limit)
        part = _Part(self.root)
        try:
            await self._at_disk(part.begin)
            async with contextlib.aclosing(blocks(stream, intake)) as incoming:
                async for block in incoming:
                    await self._at_disk(part.write, block, intake)
            await self._at_disk(part.place, target)
        except BaseException:
            await self._at_disk(part.drop)
            raise
        return Stored(key, intake.size, intake.sha256)

    async def get(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See `Bytes.get`."""
        path = self._path(key)
        opened: list[int] = []  # filled by the thread: closed also when nobody waited for that
        try:
            if start >= end:
                await self._at_disk(_read, opened, path, 0, start)
            while start < end:
                chunk = await self._at_disk(_read, opened, path, min(CHUNK_BYTES, end - start), start)
                if not chunk:
                    raise Unavailable(f"The bytes {key} end at {start}; they should go on to {end}.")
                start += len(chunk)
                yield chunk
        finally:
            for file in opened:
                os.close(file)

    async def delete(self, key: str) -> None:
        """See `Bytes.delete`."""
        await self._at_disk(_remove, self._path(key))

    async def everything(self) -> AsyncIterator[Kept]:
        """See `Bytes.everything`."""
        walk = self._walk()
        while some := await self._at_disk(_some, walk):
            for each in some:
                yield each

    async def tidy(self) -> int:
        """See `Bytes.tidy`."""
        return await self._at_disk(_drop_dead, self.root / INCOMING)

    async def close(self) -> None:
        """See `Bytes.close`."""
        self._threads.shutdown(wait=False)

    async def _at_disk(self, job: Callable[..., T], *values: object) -> T:
        """Run *job* in a thread and turn what the system says into ours."""
        try:
            return await in_thread(self._threads, job, *values)
        except FileNotFoundError as error:
            raise Unavailable(GONE) from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "the disk is full" if full else error.strerror
            raise Unavailable(f"Files can't be read or written in {self.root}: {reason}.") from error

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)[:2] / key

    def _walk(self) -> Iterator[Kept]:
        for folder in sorted(self.root.iterdir()) if self.root.exists() else ():
            if len(folder.name) == 2 and folder.is_dir():
                for file in os.scandir(folder):
                    with contextlib.suppress(FileNotFoundError):
                        told = file.stat(follow_symlinks=False)
                        yield Kept(file.name, told.st_size, told.st_mtime_ns // 1000)


def _read(opened: list[int], path: Path, size: int, start: int) -> bytes:
    """Bytes of a file, which is opened first; in one go, since what a turn of a thread costs is more than small files do."""
    if not opened:
        opened.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    return os.pread(opened[0], size, start)


class _Part:
    """A file that is being written; every method runs in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root
        self._file = -1
        self._placed: Path | None = None

    def begin(self) -> None:
        """Make the file and lock it."""
        folder = self._root / INCOMING
        if not folder.is_dir():
            _make_private(folder)
        while True:
            self._path = folder / secrets.token_hex(16)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:  # else a tidy() took it for a dead one before it was locked
                self._file = file
                return
            os.close(file)

    def write(self, block: bytes, intake: Intake) -> None:
        """Add a block, and take it into the digest."""
        intake.digest(block)
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def place(self, target: Path) -> None:
        """Make what was written durable and give it its name, unless that is in use."""
        os.fsync(self._file)
        if not target.parent.is_dir():
            _make_private(target.parent)
        try:
            os.link(self._path, target)
        except FileExistsError as error:
            raise Taken("bytes_key") from error
        except OSError as error:
            if error.errno not in LINKLESS:
                raise
            self._rename(target)
        self._placed = target
        self._path.unlink(missing_ok=True)
        _sync_folder(target.parent)
        os.close(self._file)
        self._file = -1

    def _rename(self, target: Path) -> None:
        """What a file system without hard links can do: two who drew the same 128 bits at once are not told apart."""
        if target.exists():
            raise Taken("bytes_key")
        self._path.rename(target)

    def drop(self) -> None:
        """Leave nothing of it, also where it had its name already."""
        if self._placed is not None:
            self._placed.unlink(missing_ok=True)
        if self._file >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1


def _make_private(folder: Path) -> None:
    """Make a folder for its owner only, and its entry durable."""
    if not folder.parent.is_dir():
        _make_private(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(PRIVATE_FOLDER)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _drop_dead(folder: Path) -> int:
    """Remove parts that nobody holds the lock of."""
    dropped = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                dropped += 1
            finally:
                os.close(file)
    return dropped


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _some(walk: Iterator[Kept]) -> list[Kept]:
    return [each for _, each in zip(range(LISTED), walk, strict=False)]
