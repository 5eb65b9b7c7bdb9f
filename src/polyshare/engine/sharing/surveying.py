"""Seeing shares of one folder with one user: as their owners, their recipients and their providers have them in lists."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.folder_shares import FolderOrder, FolderShare, FolderShareFilter, SharedFolder
from polyshare.domain.nodes import folded_name
from polyshare.domain.views import Sorting, Window
from polyshare.engine.work import Work
from polyshare.store.shares import folder_groups, folder_pages, provider_pages
from polyshare.store.shares.folder_pages import MOST_BY_INDEX, SHORTEST, Restrictions
from polyshare.store.shares.folder_shares import MARKED, PARTED, RECEIVED, SENT

SAME = ("owner", "path", "provider", "category", "product", "not_provider", "not_category", "not_product")
GREATEST = (1 << 63) - 1
BY_PATH = Sorting(FolderOrder.PATH)


async def page(
    work: Work,
    viewer: int,
    wanted: FolderShareFilter,
    sorting: Sorting[FolderOrder],
    window: Window,
    *,
    updates: bool,
) -> tuple[list[FolderShare], tuple[int | str, int] | None]:
    """
    Shares that the viewer sent or received, one stretch of them in order; at most four statements, whatever is listed.

    Args:
        wanted: All of it must hold; words of three letters and more are found by index.
        updates: Tell also what befell each share.

    Returns:
        The shares, and the sort key and id of the last; None where nothing follows.

    Raises:
        Invalid: The window begins after what is no sort key of this order.
    """
    if window.after is not None and isinstance(window.after[0], str) is (sorting.by is FolderOrder.CREATED):
        raise Invalid("This is no place in a list of this order.", "after")
    shown = await _restrictions(work, viewer, wanted)
    if shown is None:
        return [], None
    found, keys = await folder_pages.page(work.rows, viewer, shown, sorting, window.ahead())
    limit = window.most
    last = (keys[limit - 1], found[limit - 1].id) if len(found) > limit else None
    return await _updated(work, found[:limit], updates), last


async def one(
    work: Work, viewer: int, share: int, wanted: FolderShareFilter, *, updates: bool
) -> FolderShare:
    """
    One share that the viewer sent or received, refused or not unless the filter says which; at most four statements.

    Raises:
        NotFound: There is none, the viewer has nothing to do with it, or the filter lets it not through.
    """
    refused = True if wanted.refused is None else wanted.refused
    ids = (share,) if wanted.ids is None or share in wanted.ids else ()
    only = replace(wanted, refused=refused, ids=ids)
    found, _ = await page(work, viewer, only, BY_PATH, Window(limit=1), updates=updates)
    if not found:
        raise NotFound("share")
    return found[0]


async def outgoing(
    work: Work, viewer: int, window: Window
) -> tuple[list[SharedFolder], tuple[str, int] | None]:
    """
    Folders that the viewer shares, in order of their paths, each with all of its shares; two statements.

    Returns:
        The folders, and the path of the last with a zero; None where nothing follows.
    """
    paths = await folder_groups.paths(work.rows, viewer, window.ahead())
    shares = await folder_groups.at_paths(work.rows, viewer, paths[: window.most])
    folders = []
    for path, group in groupby(shares, lambda share: share.path):
        own = list(group)
        folders.append(SharedFolder(path, own[0].product, own))
    return folders, (paths[window.most - 1], 0) if len(paths) > window.most else None


async def stamp(work: Work, viewer: int) -> str:
    """A text that is another one whenever anything that the viewer's lists show is; the same where all is as before."""
    return await folder_pages.stamp(work.rows, viewer)


async def for_provider(
    work: Work,
    provider: str,
    wanted: FolderShareFilter,
    window: Window,
    *,
    updates: bool,
) -> tuple[list[FolderShare], tuple[int | str, int] | None]:
    """
    Shares that a provider keeps, by id, whoever sent them and also those that wait for its word to begin.

    At most two statements. The side of *wanted* does not count, nor do its words; refused ones are there unless it says no.

    Returns:
        The shares, and twice the id of the last; None where nothing follows.
    """
    facets = (SENT,) if wanted.refused is False else (SENT, SENT + 1)
    picked = _ids(wanted.ids)
    shown = Restrictions(facets, _values(wanted), picked)
    found = await provider_pages.page(work.rows, provider, shown, window.ahead())
    limit = window.most
    last = found[limit - 1].id if len(found) > limit else None
    return await _updated(work, found[:limit], updates), None if last is None else (last, last)


async def one_for_provider(
    work: Work, provider: str, share: int, wanted: FolderShareFilter | None = None, *, updates: bool = False
) -> FolderShare:
    """
    One share that a provider keeps, also while it waits for its word to begin; at most two statements.

    Raises:
        NotFound: There is none, it is another's, or the filter lets it not through.
    """
    wanted = wanted or FolderShareFilter()
    ids = (share,) if wanted.ids is None or share in wanted.ids else ()
    only = replace(wanted, ids=ids)
    found, _ = await for_provider(work, provider, only, Window(limit=1), updates=updates)
    if not found:
        raise NotFound("share")
    return found[0]


async def stamp_for_provider(work: Work, provider: str) -> str:
    """`stamp` for all that a provider keeps."""
    return await provider_pages.stamp(work.rows, provider)


async def _restrictions(work: Work, viewer: int, wanted: FolderShareFilter) -> Restrictions | None:
    """What is admitted; None: nothing can be. Words may be looked for beforehand, so that few have to be read."""
    values, picked, words = _values(wanted), _ids(wanted.ids), folded_name(wanted.words)
    if any(sign in words for sign in (PARTED, MARKED, "\0")):
        return None
    if words:
        if picked is None and len(words) >= SHORTEST and await folder_pages.has_index(work.rows):
            hits = await folder_pages.hits(work.rows, viewer, words)
            picked = hits if len(hits) < MOST_BY_INDEX else None
        values |= {"words": words, "marked": MARKED}
    return Restrictions(_facets(wanted), values, picked)


def _facets(wanted: FolderShareFilter) -> tuple[int, ...]:
    """Refused ones are among those that were sent, but not among those that were received, unless somebody says."""
    facets = []
    if wanted.received is not True:
        facets += [SENT] if wanted.refused is False else [SENT, SENT + 1]
    if wanted.received is not False:
        facets += [RECEIVED, RECEIVED + 1] if wanted.refused else [RECEIVED]
    return tuple(facets)


def _values(wanted: FolderShareFilter) -> dict[str, object]:
    """The values of what restricts, by the name of the restriction."""
    values: dict[str, object] = {name: value for name in SAME if (value := getattr(wanted, name)) is not None}
    if wanted.created_from is not None:
        values["created_from"] = max(-GREATEST, min(wanted.created_from, GREATEST))
    if wanted.created_to is not None:
        values["created_to"] = max(-GREATEST, min(wanted.created_to, GREATEST))
    if wanted.refs is not None:
        values["refs"] = list(wanted.refs)
    return values


def _ids(ids: Sequence[int] | None) -> list[int] | None:
    return None if ids is None else [id_ for id_ in ids if 0 <= id_ <= GREATEST]


async def _updated(work: Work, found: Sequence[FolderShare], updates: bool) -> list[FolderShare]:
    """Shares with what befell them, where that is asked for: one statement, however many."""
    if not updates or not found:
        return list(found)
    told = await folder_pages.updates(work.rows, [share.id for share in found])
    return [replace(share, updates=told.get(share.id, ())) for share in found]
