"""
Ids in the shape that Oracle's clients know, spelled from our own and read back without a table.

Their check tells an id from a mistyped one and keeps nothing secret: what they name still asks who comes.
"""

import hashlib
from enum import StrEnum
from functools import lru_cache

TAIL = 20
PRINCIPAL_TAIL = 12
"""Users and groups end on the first part of the tail only."""

_SPREAD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2**64 can be undone
_GATHER = pow(_SPREAD, -1, 1 << 64)
_NUMBER, _CHECK = 16, 7
_SPELLED = 8192  # ids of a process's memory: a list shows the same people beside each of its items


class Letter(StrEnum):
    """What an id begins with."""

    FOLDER = "F"
    FILE = "D"
    USER = "U"
    GROUP = "G"

    @property
    def tail(self) -> int:
        """How many digits of the installation's tail follow."""
        return PRINCIPAL_TAIL if self in (Letter.USER, Letter.GROUP) else TAIL


@lru_cache(maxsize=_SPELLED)
def spelled(letter: Letter, number: int, tail: str) -> str:
    """
    The id of what bears *number*: the letter, 23 hex digits, and the tail.

    Args:
        number: Our own id, up to 63 bits.
        tail: The installation's 20 upper-case hex digits.
    """
    check = hashlib.blake2s(f"{letter}{number}".encode(), key=tail.encode()).hexdigest()[:_CHECK].upper()
    return f"{letter}{check}{(number * _SPREAD) % (1 << 64):016X}{tail[: letter.tail]}"


def read(text: str, tail: str) -> tuple[Letter, int] | None:
    """What an id, in any case, stands for; None when this installation never spelled it so."""
    text = text.upper()
    if not text or text[0] not in set(Letter) or not text.isascii():
        return None
    letter = Letter(text[0])
    digits = text[1 + _CHECK : 1 + _CHECK + _NUMBER]
    try:
        number = (int(digits, 16) * _GATHER) % (1 << 64)
    except ValueError:
        return None
    return (letter, number) if number < 1 << 63 and spelled(letter, number, tail) == text else None
