"""
Pages of lists: how long one is, and tokens that say all that the next one needs, so that they never go out of date.

Source: UCloud developer guide, "Pagination"; that lists are read by key and not by offset is ours.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from polyshare.dialects.base.bodies import Whole, refuse_nul
from polyshare.dialects.base.refusals import BadBody, BadQuery
from polyshare.dialects.ucloud.wire.common import Paged

T = TypeVar("T")

_After = tuple[Whole | str, Whole] | None

SIZES = frozenset({10, 25, 50, 100, 250})
USUAL = 50
LONGEST_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class Position(Generic[T]):
    """
    Where a page begins.

    Attributes:
        asked: What the first page was asked for, which holds for all.
        after: Sort key and id of the row before it; None at the start.
        stamp: What the list looked like when its first page was read, if the pages must fit together; else empty.
    """

    asked: T
    after: tuple[int | str, int] | None = None
    stamp: str = ""


def size(paged: Paged) -> int:
    """How many items a page has: what was asked for if that is one of the sizes, else the usual one."""
    return known_size(paged.itemsPerPage)


def known_size(items: int | None) -> int:
    """One of the sizes that a page can have: *items*, or the usual one."""
    return items if items in SIZES else USUAL


def skip(paged: Paged) -> int:
    """
    How many items lie before the first page; nothing is skipped before any other.

    Raises:
        BadQuery: A negative number.
    """
    if (paged.itemsToSkip or 0) < 0:
        raise BadQuery("itemsToSkip", "itemsToSkip: use 0 or more")
    return 0 if paged.next else paged.itemsToSkip or 0


def spelled(kind: str, position: Position[Any]) -> str:
    """The token that leads to a position in a list of this kind."""
    text = msgspec.json.encode((kind, position.asked, position.after, position.stamp))
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def read(kind: str, paged: Paged, asked: T) -> Position[T]:
    """
    The position that a request names; *asked* is what it asks for besides, which a token takes the place of.

    Raises:
        BadQuery: The token is none, or leads into a list of another kind.
    """
    if not paged.next:
        return Position(asked)
    found = _found(kind, paged.next, type(asked))
    if found is None:
        raise BadQuery("next", "next: this is no token of this list; begin again without it")
    return found


def _found(kind: str, token: str, shape: type[T]) -> Position[T] | None:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        of, kept, after, stamp = msgspec.json.decode(text, type=tuple[str, msgspec.Raw, _After, str])
        position = Position(msgspec.json.decode(kept, type=shape), after, stamp)
        refuse_nul([position.asked, list(after or ())], ())
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, BadBody):
        return None
    return position if of == kind else None
