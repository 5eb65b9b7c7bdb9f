"""Packing files and folders into one zip archive that is made while it is sent, its length known beforehand."""

import contextlib
import struct
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from zipstream import ZipStream  # type: ignore[import-untyped] # it has no types

from polyshare.domain.errors import LimitReached, NotFound, WrongState
from polyshare.domain.nodes import NodeKind, Reach, folded_name, split_name, without_turns
from polyshare.domain.principals import Actor
from polyshare.engine.tree import deeds
from polyshare.engine.work import House
from polyshare.files.bytes import CHUNK_BYTES
from polyshare.store.content import packing_lists
from polyshare.store.content.packing_lists import Packed

MOST_ENTRIES = 100_000
"""Each is a few hundred bytes in memory until the archive is sent."""

BATCH = 500
SEVERAL = "files"
LOCAL_HEADER, CENTRAL_HEADER = b"PK\x03\x04", b"PK\x01\x02"
STAMPS = {LOCAL_HEADER: 10, CENTRAL_HEADER: 12}
"""Where time and date stand in a header, two bytes each."""

UNWRITABLE = ("Cc", "Cs", "Zl", "Zp")
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)

# At exactly this many entries the library adds the larger end record, but does not count it.
UNCOUNTED_AT, UNCOUNTED_BYTES = 65_535, 76


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry of an archive: a file, or a folder, whose path ends in a slash and whose `key` is None.

    `key` and `size` are those of the bytes; `at` is the time that it bears, in microseconds.
    """

    path: str
    key: str | None
    size: int
    at: int


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive to be sent: its name, how many bytes `chunks` yields, and what makes them; call it once."""

    name: str
    size: int
    chunks: Callable[[], AsyncIterator[bytes]]


async def archive(
    house: House, actor: Actor | None, tops: Sequence[Reach], name: str | None = None
) -> Archive:
    """
    Make ready an archive of these nodes, each at its top under its own name; for STEPS, with nothing open.

    Folders come with everything live below them. Names that are in use get ` (1)`, upper and lower case being the same;
    what a name could lead elsewhere with is replaced. Bytes are read only while `chunks` runs, which holds no more than
    a chunk of them.

    Args:
        tops: Repeated ones are packed once.
        name: Of the archive, without its ending; None: that of the only node, or "files".

    Raises:
        Insufficient: One of them may not be downloaded; nothing was read then.
        NotFound: One of them is gone meanwhile.
        WrongState: One of them is a collection.
        LimitReached: More than MOST_ENTRIES files and folders.
    """
    for reach in tops:
        deeds.allow_reading(reach)
        if reach.node.kind is NodeKind.COLLECTION:
            raise WrongState("A collection can't be packed; name its files.")
    entries = await _Listing(house, actor).entries([reach.node.id for reach in tops])
    if name is None:
        name = tops[0].node.name if len({reach.node.id for reach in tops}) == 1 else SEVERAL
    return packed(house, name, entries)


def packed(house: House, name: str, entries: Sequence[Entry]) -> Archive:
    """An archive of these entries, whose paths differ."""
    feed = _Feed()
    zipped = ZipStream(sized=True)
    for entry in entries:
        if entry.key is None:
            zipped.mkdir(entry.path)
        else:
            zipped.add(feed, entry.path, size=entry.size)
    size = len(zipped) + (UNCOUNTED_BYTES if len(entries) == UNCOUNTED_AT else 0)
    return Archive(f"{name}.zip", size, lambda: _gathered(_chunks(house, zipped, feed, entries)))


def safe_name(name: str) -> str:
    """A node's name as it can stand in an archive: no part of a path, on no system."""
    spelled = "".join(
        "_" if char in "/\\:" or unicodedata.category(char) in UNWRITABLE else char
        for char in without_turns(name)
    )
    return spelled if spelled.strip(". ") else "_" * max(len(spelled), 1)


class _Listing:
    """The entries of an archive, gathered level by level in short reads."""

    def __init__(self, house: House, actor: Actor | None) -> None:
        self._house = house
        self._actor = actor
        self._entries: list[Entry] = []
        self._used: set[str] = set()

    async def entries(self, tops: Sequence[int]) -> list[Entry]:
        """Those of *tops* and of everything below them, a folder before what lies in it."""
        found = await self._house.read(
            self._actor, lambda work: packing_lists.some(work.rows, list(dict.fromkeys(tops)))
        )
        if len(found) < len(set(tops)):
            raise NotFound("item")
        paths: dict[tuple[int, str], int] = {}
        for top in dict.fromkeys(tops):
            self._take(found[top], "", paths)
        while paths:
            paths = await self._below(paths)
        return sorted(self._entries, key=lambda entry: entry.path)

    async def _below(self, folders: dict[tuple[int, str], int]) -> dict[tuple[int, str], int]:
        """Take what lies in these folders, given with their paths and how many children each had; the folders among it."""
        deeper: dict[tuple[int, str], int] = {}
        some: dict[int, list[str]] = {}
        expected = 0
        for (folder, path), children in folders.items():
            if children > BATCH:
                await self._big(folder, path, deeper)
                continue
            if expected + children > BATCH or len(some) >= BATCH:
                await self._small(some, deeper)
                some, expected = {}, 0
            some.setdefault(folder, []).append(path)
            expected += children
        if some:
            await self._small(some, deeper)
        return deeper

    async def _small(self, folders: dict[int, list[str]], deeper: dict[tuple[int, str], int]) -> None:
        found = await self._house.read(
            self._actor, lambda work: packing_lists.children_of(work.rows, list(folders))
        )
        for node in found:
            for path in folders[node.parent or 0]:
                self._take(node, path, deeper)

    async def _big(self, folder: int, path: str, deeper: dict[tuple[int, str], int]) -> None:
        after = 0
        while True:
            found = await self._house.read(
                self._actor,
                lambda work, after=after: packing_lists.children_after(work.rows, folder, after, BATCH),  # type: ignore[misc] # bound now
            )
            for node in found:
                self._take(node, path, deeper)
            if len(found) < BATCH:
                return
            after = found[-1].id

    def _take(self, node: Packed, above: str, folders: dict[tuple[int, str], int]) -> None:
        path = self._free(above, node)
        if node.kind is NodeKind.FOLDER:
            folders[node.id, f"{path}/"] = node.children
            self._add(Entry(f"{path}/", None, 0, node.at))
        elif node.key is not None:
            self._add(Entry(path, node.key, node.size, node.at))

    def _add(self, entry: Entry) -> None:
        if len(self._entries) == MOST_ENTRIES:
            raise LimitReached("files and folders in an archive", MOST_ENTRIES)
        self._entries.append(entry)

    def _free(self, above: str, node: Packed) -> str:
        """The path of a node; a name that another one has there gets a number."""
        name = safe_name(node.name)
        stem, ending = split_name(name) if node.kind is NodeKind.FILE else (name, "")
        path, number = above + name, 0
        while folded_name(path) in self._used:
            number += 1
            path = f"{above}{stem} ({number}){ending}"
        self._used.add(folded_name(path))
        return path


class _Feed:
    """What the archive takes a file's bytes from: it asks for a chunk after each that was put in, and ends on an empty one."""

    def __init__(self) -> None:
        self.chunk = b""

    def __iter__(self) -> Iterator[bytes]:
        while self.chunk:
            yield self.chunk


async def _chunks(
    house: House, zipped: ZipStream, feed: _Feed, entries: Sequence[Entry]
) -> AsyncIterator[bytes]:
    """The archive in the pieces in which the library makes it; each header is one piece."""
    for entry in entries:
        pieces = zipped.file()
        yield _stamped(next(pieces), entry.at)
        if entry.key is not None:
            async with _closing(house.files.get(entry.key, 0, entry.size)) as source:
                async for chunk in source:
                    feed.chunk = chunk
                    yield next(pieces)
            feed.chunk = b""
        for piece in pieces:
            yield piece
    stamps = iter(entries)
    for piece in zipped.footer():
        yield _stamped(piece, next(stamps).at) if piece.startswith(CENTRAL_HEADER) else piece


async def _gathered(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces that are worth sending."""
    gathered = bytearray()
    async with _closing(pieces):
        async for piece in pieces:
            gathered += piece
            if len(gathered) >= CHUNK_BYTES:
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)


@contextlib.asynccontextmanager
async def _closing(source: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """Have a source let go of what it holds, also where nobody asks it for its end."""
    try:
        yield source
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def _stamped(header: bytes, at: int) -> bytes:
    """A header with the time *at* (microseconds) instead of the present: UTC, as the format knows no zones."""
    where = STAMPS[header[:4]]
    time = min(max(datetime.fromtimestamp(at // 1_000_000, UTC), EARLIEST), LATEST)
    date = (time.year - 1980) << 9 | time.month << 5 | time.day
    clock = time.hour << 11 | time.minute << 5 | time.second // 2
    return header[:where] + struct.pack("<HH", clock, date) + header[where + 4 :]
