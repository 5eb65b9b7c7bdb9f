"""Lists of shares: which ones, in what order, from where on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.ucloud.translate import paging
from polyshare.dialects.ucloud.translate.filtering import filters
from polyshare.dialects.ucloud.translate.paging import Position
from polyshare.dialects.ucloud.translate.reading import Body, Query, id_from
from polyshare.dialects.ucloud.wire import shares as wire
from polyshare.dialects.ucloud.wire.common import Page, Paged
from polyshare.domain import paths
from polyshare.domain.errors import ListChanged
from polyshare.domain.folder_shares import FolderOrder, FolderShareFilter
from polyshare.domain.views import Sorting, Window

_ORDERS = {"createdAt": FolderOrder.CREATED, "createdBy": FolderOrder.CREATOR}

FLAGS: Query[wire.ShareFlags] = Query(wire.ShareFlags)
_RETRIEVED: Query[wire.Retrieved] = Query(wire.Retrieved)
_SORTED: Query[wire.Sorted] = Query(wire.Sorted)
_PAGED: Query[Paged] = Query(Paged)
_SEARCH: Body[wire.Search] = Body(wire.Search)


class Sized(Protocol):
    """What a list was asked for; `size` is how long its pages are."""

    size: int


T = TypeVar("T", bound=Sized)


class Shares(Struct):
    """What a list of shares was asked for; a token carries it."""

    flags: wire.ShareFlags
    sortBy: str | None
    descending: bool
    size: int
    words: str = ""

    @property
    def sorting(self) -> Sorting[FolderOrder]:
        """By what they are sorted."""
        return Sorting(_ORDERS.get(self.sortBy or "", FolderOrder.PATH), self.descending)


class Folders(Struct):
    """What a list of shared folders was asked for; a token carries it."""

    size: int


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """
    One page of a list.

    Attributes:
        size: Most rows that it has.
        whole: Whether all pages must be of one moment.
    """

    kind: str
    position: Position[T]
    size: int
    skip: int
    whole: bool

    def checked(self, stamp: str) -> str:
        """
        The stamp of a list as it is now, to go into the next token.

        Raises:
            ListChanged: It is not what it was when the first page was read, or nobody knows whether it is.
        """
        begun = self.position.after is None
        if self.whole and not begun and stamp != self.position.stamp:
            raise ListChanged
        return stamp

    @property
    def window(self) -> Window:
        """Which rows it has."""
        return Window(self.skip, self.size, self.position.after)

    def page(self, rows: Sequence[Any], last: tuple[int | str, int] | None, stamp: str) -> Page:
        """The page with these rows; `last` is None where nothing follows."""
        following = None
        if last is not None:
            following = paging.spelled(self.kind, Position(self.position.asked, last, stamp))
        return Page(self.size, rows, following)

    @property
    def empty(self) -> Page:
        """The page where there are no rows."""
        return Page(self.size, (), None)


def browsed(call: Call) -> Listing[Shares]:
    """What GET …/browse asks for; raises BadQuery."""
    read = _SORTED(call)
    return _shares("shares.browse", read, FLAGS(call))


def searched(call: Call) -> Listing[Shares]:
    """What POST …/search asks for; raises BadBody and BadQuery."""
    body = _SEARCH(call)
    return _shares("shares.search", body, body.flags, body.query)


def browsed_outgoing(call: Call) -> Listing[Folders]:
    """What GET …/browseOutgoing asks for; raises BadQuery."""
    paged = _PAGED(call)
    return listing("shares.browseOutgoing", paged, Folders(paging.size(paged)), lambda _: str)


def retrieved(call: Call) -> tuple[int, wire.ShareFlags]:
    """The share that GET …/retrieve names, and what shall be told; raises BadQuery."""
    return id_from(_RETRIEVED(call).id), FLAGS(call)


def _shares(kind: str, read: wire.Sorted, flags: wire.ShareFlags, query: str = "") -> Listing[Shares]:
    descending = read.sortDirection == "descending"
    asked = Shares(flags, read.sortBy, descending, paging.size(read), query)
    return listing(kind, read, asked, lambda of: int if of.sorting.by is FolderOrder.CREATED else str)


def listing(kind: str, paged: Paged, asked: T, key: Callable[[T], type]) -> Listing[T]:
    """
    Where a page of a list begins and how long it is; *asked* is what it asks for besides paging.

    Args:
        kind: Of the list; a token leads into lists of its own kind alone.
        key: Of what type the keys are that a list is sorted by.

    Raises:
        BadQuery: The token is none, or what shall be skipped is negative.
    """
    position = paging.read(kind, paged, asked)
    if position.after is not None and not isinstance(position.after[0], key(position.asked)):
        raise BadQuery("next", "next: this is no token of this list; begin again without it")
    given = paged.itemsPerPage is not None
    size = paging.size(paged) if given else paging.known_size(position.asked.size)
    whole = paged.consistency == "REQUIRE" or position.stamp != ""
    return Listing(kind, position, size, paging.skip(paged), whole)


def filter_from(flags: wire.ShareFlags, words: str = "", *, refused: bool | None = None) -> FolderShareFilter:
    """
    Which shares are meant.

    Args:
        words: That a search looks for.
        refused: What holds for rejected ones where the flags say nothing of them.
    """
    if flags.filterRejected is not None:
        refused = flags.filterRejected == "false"  # the flag's name is what it keeps away
    return FolderShareFilter(
        received=flags.filterIngoing,
        refused=refused,
        path=_path(flags.filterOriginalPath),
        **filters(flags, words),
    )


def _path(text: str | None) -> str | None:
    return None if text is None else paths.normal(text) or paths.NOWHERE
