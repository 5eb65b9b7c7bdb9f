"""What goes back over the road: an answer whole in memory, or a long list or a file that is sent while it is read."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")

encode = msgspec.json.Encoder().encode

JSON = b"application/json"
STRETCH = 500  # rows that are fetched and sent at a time when a long list was asked for
HEAVY_STRETCH = 10  # the same for rows that bring others along, each of which may have luggage of 16 KiB


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: `body` is empty where the status forbids one; `headers` come beside type (`media`) and length."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    media: bytes = JSON


@dataclass(frozen=True, slots=True)
class Stream:
    """
    Bytes that are sent while they are read, such as a file's; no transaction is open meanwhile.

    Attributes:
        headers: Type, disposition, range; a length only where it is not `length`, as in the answer to HEAD.
        length: How many bytes `chunks` yields, no more and no less.
        chunks: Opens the source when the answer is sent; never called for HEAD, nor if there are no bytes.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    length: int
    chunks: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One stretch of a list in wire shapes, how many there are in all, and after what the next stretch goes on."""

    rows: Sequence[T]
    total: int
    last: tuple[int | str, int] | None = None


@dataclass(slots=True)
class Flow:
    """
    A list, whole or a page of it, that is longer than one stretch; the call's window was on the first.

    Attributes:
        head: What stands before the rows, up to and with the opening bracket.
        rows: The first stretch.
        last: After what the next one goes on; None where stretches are found by number.
        rest: How many more rows are wanted at most; None: all that there are.
        close: Makes what stands after the rows, from and with the closing bracket, out of how many were sent.
    """

    status: int
    head: bytes
    rows: Sequence[Any]
    close: Callable[[int], bytes]
    last: tuple[int | str, int] | None = None
    rest: int | None = None


def between_brackets(rows: Sequence[Any]) -> bytes:
    """Rows as JSON, parted by commas, without the brackets."""
    return encode(rows)[1:-1]
