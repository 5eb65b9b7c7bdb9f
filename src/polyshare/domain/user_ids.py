"""Ids of users in the shape that My Cloud's clients know, spelled from our own numbers and read back without a table."""

import hashlib
import re

PREFIX = "auth0|"

_SPREAD = 0xD1342543DE82EF95  # odd, so that multiplying by it modulo 2**64 can be undone
_GATHER = pow(_SPREAD, -1, 1 << 64)
_FORM = re.compile(r"auth0\|([0-9a-f]{16})[0-9a-f]{8}")


def spelled(number: int, tail: str) -> str:
    """
    The id of the user who bears *number*: `auth0|` and 24 hex digits, the same for ever.

    Args:
        number: Our own id, up to 63 bits.
        tail: The installation's 20 upper-case hex digits.
    """
    spread = f"{(number * _SPREAD) % (1 << 64):016x}"
    check = hashlib.blake2s(f"user{number}".encode(), key=tail.encode(), digest_size=4).hexdigest()
    return f"{PREFIX}{spread}{check}"


def read(text: str, tail: str) -> int | None:
    """Whose id this is; None when this installation never spelled it so."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    number = (int(form[1], 16) * _GATHER) % (1 << 64)
    return number if number < 1 << 63 and spelled(number, tail) == text else None
