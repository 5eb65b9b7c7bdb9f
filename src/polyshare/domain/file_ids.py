"""Ids of files, folders and permissions as My Cloud's devices give them: opaque, spelled from our own, read back without a table."""

import base64
import binascii
import hashlib
from enum import Enum

LENGTH = 24

_SPREAD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2**64 can be undone
_GATHER = pow(_SPREAD, -1, 1 << 64)
_NUMBER, _CHECK = 8, 7


class Sort(Enum):
    """What an id is one of; the id of one sort never reads as one of another."""

    NODE = b"node"
    GRANT = b"grant"


def spelled(sort: Sort, number: int, tail: str) -> str:
    """
    The id of what bears *number*: 24 small letters and digits.

    Args:
        number: Our own id, up to 63 bits.
        tail: The installation's 20 upper-case hex digits.
    """
    spread = ((number * _SPREAD) % (1 << 64)).to_bytes(_NUMBER, "big")
    return base64.b32encode(_check(sort, number, tail) + spread).decode().lower()


def read(sort: Sort, text: str, tail: str) -> int | None:
    """The number that an id stands for; None when this installation never spelled it so."""
    if len(text) != LENGTH or not text.isascii() or text != text.lower():
        return None
    try:
        raw = base64.b32decode(text.upper())
    except binascii.Error:
        return None
    number = (int.from_bytes(raw[_CHECK:], "big") * _GATHER) % (1 << 64)
    return number if number < 1 << 63 and raw[:_CHECK] == _check(sort, number, tail) else None


def _check(sort: Sort, number: int, tail: str) -> bytes:
    return hashlib.blake2s(b"%d" % number, digest_size=_CHECK, key=tail.encode(), person=sort.value).digest()
