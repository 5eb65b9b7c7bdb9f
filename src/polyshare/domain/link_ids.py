"""LinkIDs in the shape that Oracle's clients know; who has one can open the link, so nobody can make up another."""

import hashlib
import hmac

LETTER = "L"

_SPREAD = 0x9E3779B97F4A7C15  # odd, so that multiplying by it modulo 2**64 can be undone
_GATHER = pow(_SPREAD, -1, 1 << 64)
_FRONT, _NUMBER, _LENGTH = 7, 16, 44


def spelled(number: int, secret: str) -> str:
    """
    The id of the link that bears *number*: the letter and 43 hex digits, of which 27 can't be known without the secret.

    Other ids end on a tail that all of an installation's ids have in common. These don't: they are what lets somebody in.

    Args:
        number: Our own id, up to 63 bits.
        secret: The installation's secret for this and nothing else, at most 32 bytes in hex; it is never shown.
    """
    seal = hashlib.blake2s(b"%d" % number, key=bytes.fromhex(secret), person=b"link-id").hexdigest().upper()
    front, back = seal[:_FRONT], seal[_FRONT : _LENGTH - len(LETTER) - _NUMBER]
    return f"{LETTER}{front}{(number * _SPREAD) % (1 << 64):016X}{back}"


def read(text: str, secret: str) -> int | None:
    """The number of the link that an id, in any case, stands for; None when this installation never spelled it so."""
    text = text.upper()
    if len(text) != _LENGTH or not text.isascii():
        return None
    start = len(LETTER) + _FRONT
    try:
        number = (int(text[start : start + _NUMBER], 16) * _GATHER) % (1 << 64)
    except ValueError:
        return None
    right = hmac.compare_digest(spelled(number, secret).encode(), text.encode())
    return number if right and number < 1 << 63 else None
