"""One face for two places where bytes are kept: a folder of this machine, or a bucket that speaks S3."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from polyshare.domain.errors import TooLarge

T = TypeVar("T")

BLOCK_BYTES = 1024 * 1024
"""Incoming bytes are gathered to about this much before they are hashed and written."""

CHUNK_BYTES = 256 * 1024
"""Most bytes that a reader gets at a time."""

THREADS = 8
"""Disk operations and digests of one process at a time."""

_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are there to stay: `sha256` is our own digest of what came in, as hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies under a key, as the place itself tells; `modified_at` in microseconds."""

    key: str
    size: int
    modified_at: int


class Bytes(Protocol):
    """
    Bytes under random keys, written once and never changed.

    Raises:
        Unavailable: The disk or the bucket did not do what it was asked; the message has its reason.
    """

    async def put(self, key: str, stream: AsyncIterable[bytes], limit: int) -> Stored:
        """
        Store a stream under a key that is not in use, with no more than a few MB of it in memory.

        What is answered survives a power cut. A stream that breaks, is cancelled or is too long leaves nothing.

        Args:
            key: From `new_key()`.
            limit: Most bytes.

        Raises:
            TooLarge: The stream has more than *limit* bytes.
            Taken: There is something under this key.
        """

    def get(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from *start* up to and without *end*, in chunks of at most CHUNK_BYTES."""

    async def delete(self, key: str) -> None:
        """Remove what lies under a key; nothing there is fine too."""

    def everything(self) -> AsyncIterator[Kept]:
        """Everything that is there, in no order."""

    async def tidy(self) -> int:
        """Remove what dead processes left half-written; how many."""

    async def close(self) -> None:
        """Let go of threads and connections."""


def new_key() -> str:
    """A key nobody can guess: 128 random bits as hex."""
    return secrets.token_hex(16)


def checked_key(key: str) -> str:
    """The key; ValueError if it is none of ours, so that no key ever leads out of the place."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of the byte store")
    return key


class Intake:
    """What came in so far: its size, held against the limit, and its digest."""

    __slots__ = ("_digest", "_limit", "size")

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._digest = hashlib.sha256()

    def count(self, chunk: bytes) -> None:
        """Count a chunk; raises TooLarge."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooLarge(self._limit)

    def digest(self, block: bytes) -> None:
        """Take a block of what was counted into the digest."""
        self._digest.update(block)

    @property
    def sha256(self) -> str:
        """The digest as hex."""
        return self._digest.hexdigest()


async def blocks(stream: AsyncIterable[bytes], intake: Intake) -> AsyncGenerator[bytes, None]:
    """The stream, counted, in blocks of about BLOCK_BYTES; the last may be shorter."""
    gathered: list[bytes] = []
    length = 0
    async for chunk in stream:
        intake.count(chunk)
        gathered.append(chunk)
        length += len(chunk)
        if length >= BLOCK_BYTES:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)


async def in_thread(threads: ThreadPoolExecutor, job: Callable[..., T], *values: object) -> T:
    """
    Run *job* in a thread and wait until it is done, also when cancelled.

    A thread can't be stopped: to go on while it works would close files under its hands.
    """
    doing = asyncio.get_running_loop().run_in_executor(threads, job, *values)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await finished(doing)
        raise


async def finished(doing: "asyncio.Future[T]") -> None:
    """Wait until *doing* is done, whatever comes of it and however often this is cancelled."""
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            continue
    if not doing.cancelled():
        doing.exception()  # taken note of: whoever waits here is on the way out with another reason
