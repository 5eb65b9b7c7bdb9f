"""What a viewer asks for and what it gets to see: filters, pages, and shares with their parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from polyshare.domain.shares import Crossing, Grant, Item, Share, Standing

T = TypeVar("T")

MOST = 1 << 61
"""More rows than any list has; two of it still fit a number of the database."""


class Side(StrEnum):
    """From which side a viewer sees a share."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class ShareFilter:
    """
    Which of the viewer's shares; None and empty mean no restriction, everything given is ANDed.

    Attributes:
        to_audience: True for shares with an audience, False for shares with named recipients.
        kinds: At least one item that is not gone is of one of these resource kinds.
        tags: Each a key and a value, or a key alone.
    """

    side: Side | None = None
    standing: Standing | None = None
    to_audience: bool | None = None
    kinds: tuple[str, ...] = ()
    tags: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted; ties are broken by id, in the same direction."""

    by: Literal["created", "name"] = "created"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Sorting(Generic[T]):
    """By what a list is sorted, of what there is for it; ties are broken by id, in the same direction."""

    by: T
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """
    Which stretch of a list: `limit` rows after `skip`; a limit of None is everything.

    `after` is the sort key and id of a row: the stretch begins behind it, and `skip` counts from there. A list that is
    read in pieces goes on this way at the same price anywhere.
    """

    skip: int = 0
    limit: int | None = None
    after: tuple[int | str, int] | None = None

    @property
    def most(self) -> int:
        """`limit` as a number."""
        return MOST if self.limit is None else self.limit

    def ahead(self) -> "Window":
        """The same with one row more, which tells whether anything follows."""
        return Window(min(self.skip, MOST), self.most + 1, self.after)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to see beside the shares themselves."""

    items: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """
    One stretch of a list, and how many rows match in all.

    A stretch that goes on after a row does not count again: its total is 0. `last` is where the next one goes on;
    None where a list is only read by number.
    """

    rows: Sequence[T]
    total: int
    last: tuple[int | str, int] | None = None


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """An item and the public id of the principal that owns its resource."""

    item: Item
    owner: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many recipients of a share are where on their way in and out, as far as the viewer may see them."""

    joining: int = 0
    joined: int = 0
    leaving: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class ShareSeen:
    """
    A share as one viewer sees it.

    Attributes:
        owner: Public id of the owner.
        organization: Public id of the owner's organization; empty when it has none.
        items: Those not gone, in the order they were added; None when not asked for.
        counts: None when not asked for.
    """

    share: Share
    side: Side
    owner: str
    owner_name: str
    organization: str
    items: Sequence[ItemSeen] | None = None
    counts: Counts | None = None


@dataclass(frozen=True, slots=True)
class GrantSeen:
    """A recipient: the grant, the public id of who holds it, and what it has of each item (None when not asked for)."""

    grant: Grant
    principal: str
    crossings: Sequence[Crossing] | None = None


@dataclass(frozen=True, slots=True)
class NewItem:
    """A resource to be put into a share: its kind and key at its provider, and its luggage as JSON text."""

    kind: str
    key: str
    meta: str


@dataclass(frozen=True, slots=True)
class NewOffer:
    """
    A share to be made.

    Attributes:
        to: Public ids of the recipients named, without repetition; empty when the audience is meant.
        to_audience: The owner's whole organization by rule, instead of named recipients.
        audience: Public id of the organization if the caller named it; it must be the owner's own.
    """

    name: str
    to: tuple[str, ...]
    to_audience: bool
    items: tuple[NewItem, ...]
    audience: str | None = None
    tags: dict[str, str] | None = None
