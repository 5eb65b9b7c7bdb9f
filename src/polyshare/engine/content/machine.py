"""Files and folders of this machine as they are brought in and out; links are never followed."""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

PIECE_BYTES = 1024 * 1024

Tell = Callable[[int], None]
"""Called with how many bytes more are done with."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Something in a folder; `kind` is "folder", "file" or what else it is.

    `modified_at` is when its content changed, as programs may set it; `changed_at` when the system last saw it touched, which
    none can set back. Both in microseconds.
    """

    path: Path
    kind: str
    size: int
    modified_at: int
    changed_at: int


def listed(folder: Path) -> Iterator[Entry]:
    """What lies in a folder, by name; links are told as such."""
    for path in sorted(folder.iterdir()):
        entry = entry_of(path)
        if entry is not None:
            yield entry


def entry_of(path: Path) -> Entry | None:
    """What lies at a path; None: nothing."""
    try:
        told = path.lstat()
    except FileNotFoundError:
        return None
    kinds = {stat.S_IFDIR: "folder", stat.S_IFREG: "file", stat.S_IFLNK: "symbolic link"}
    kind = kinds.get(stat.S_IFMT(told.st_mode), "device or socket")
    modified_at, changed_at = told.st_mtime_ns // 1000, told.st_ctime_ns // 1000
    return Entry(path, kind, told.st_size, modified_at, max(modified_at, changed_at))


def make_folder(path: Path) -> bool:
    """Make a folder for its owner alone, and those above it that are not there; a link in its place is none."""
    if (entry := entry_of(path)) is not None:
        if entry.kind == "folder":
            return False
        raise FileExistsError(17, f"it is a {entry.kind}; move it away")
    missing = [path, *takewhile(lambda above: not above.exists(), path.parents)]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=one != path)
    return True


def create(path: Path) -> int:
    """Open a new file for its owner alone, in place of one that is there."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def write_all(file: int, chunk: bytes) -> None:
    """Write all of a chunk, however often the system takes only a part."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(file, rest) :]


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def pieces(path: Path, tell: Tell) -> AsyncIterator[bytes]:
    """The content of a file, which is told as it is used up."""
    file = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while piece := await asyncio.to_thread(os.read, file, PIECE_BYTES):
            yield piece
            tell(len(piece))
    finally:
        os.close(file)


def shown(path: Path) -> str:
    """A path on one line, also where its bytes are no text or would give a terminal orders."""
    text = os.fspath(path).encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )
