"""Seeing shares and their parts: what a viewer may see, in a fixed number of statements whatever is listed."""

from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.errors import NotFound, NotYours
from polyshare.domain.principals import Kind, Seat
from polyshare.domain.shares import Crossing, Exclusion, Standing
from polyshare.domain.views import (
    Counts,
    GrantSeen,
    ItemSeen,
    Order,
    ShareFilter,
    ShareSeen,
    Side,
    Slice,
    Wanted,
    Window,
)
from polyshare.engine.work import Work
from polyshare.store.database import Row
from polyshare.store.shares import cells, grants, listing
from polyshare.store.shares import exclusions as exclusion_rows
from polyshare.store.shares import items as item_rows
from polyshare.store.shares import shares as share_rows

NOTHING_BESIDE = Wanted()


async def shares(
    work: Work, seat: Seat, wanted: ShareFilter, order: Order, window: Window, beside: Wanted
) -> Slice[ShareSeen]:
    """The shares that the seat's principal sent or received, and how many match in all."""
    viewer = seat.principal.id
    total = 0
    if window.after is not None:
        found = await listing.go_on(work.rows, viewer, wanted, order, window, window.after)
    else:
        counted = await listing.totals(work.rows, viewer, wanted)
        total = sum(counted.values())
        found = await listing.page(work.rows, viewer, wanted, order, window, counted)
    seen = [_seen(row) for row in found]
    return Slice(await _furnished(work, seat, seen, beside), total, _last(seen, order))


async def share(
    work: Work, seat: Seat, public_id: str, beside: Wanted = NOTHING_BESIDE, *, lock: bool = False
) -> ShareSeen:
    """
    One share as the seat's principal sees it.

    Args:
        lock: Keep others from changing the share until this transaction ends.

    Raises:
        NotFound: No share of that id, or none that this principal may see.
    """
    reading = share_rows.SEEN_LOCKED if lock else share_rows.SEEN
    row = await work.rows.one(reading, viewer=seat.principal.id, public_id=public_id)
    if row is None:
        raise NotFound("share")
    return (await _furnished(work, seat, [_seen(row)], beside))[0]


def own(seen: ShareSeen) -> None:
    """
    Let only the owner pass.

    Raises:
        NotYours: The share was received.
    """
    if seen.side is not Side.SENT:
        raise NotYours("A received share cannot be changed; only its owner can change it.")


async def recipients(
    work: Work, seat: Seat, seen: ShareSeen, window: Window, *, crossings: bool
) -> Slice[GrantSeen]:
    """The recipients of a share, oldest first; one who received it sees only itself."""
    only = _only(seat, seen)
    total = await work.rows.one(grants.COUNT, share=seen.share.id, only=only)
    found = await work.rows.all(
        grants.PAGE, share=seen.share.id, only=only, limit=window.most, skip=window.skip
    )
    listed = [grants.grant_of(row) for row in found]
    return Slice(await _crossed(work, seen, listed) if crossings else listed, total[0] if total else 0)


async def recipient(
    work: Work, seat: Seat, seen: ShareSeen, public_id: str, *, crossings: bool = False
) -> GrantSeen:
    """
    One recipient of a share.

    Raises:
        NotFound: The share has no such recipient, or not for this viewer to see.
    """
    row = await work.rows.one(grants.ONE, share=seen.share.id, public_id=public_id)
    only = _only(seat, seen)
    if row is None or (only is not None and row[3] != only):
        raise NotFound("recipient")
    grant = grants.grant_of(row)
    return (await _crossed(work, seen, [grant]))[0] if crossings else grant


async def items(
    work: Work, seen: ShareSeen, standing: Standing | None, kind: str | None, window: Window
) -> Slice[ItemSeen]:
    """The items of a share, oldest first."""
    wanted = {"share": seen.share.id, "standing": standing, "kind": kind}
    total = await work.rows.one(item_rows.COUNT, **wanted)
    found = await work.rows.all(item_rows.PAGE, limit=window.most, skip=window.skip, **wanted)
    return Slice([item_rows.item_of(row) for row in found], total[0] if total else 0)


async def item(work: Work, seen: ShareSeen, public_id: str) -> ItemSeen:
    """
    One item of a share.

    Raises:
        NotFound: The share has no such item.
    """
    row = await work.rows.one(item_rows.ONE, share=seen.share.id, public_id=public_id)
    if row is None:
        raise NotFound("resource")
    return item_rows.item_of(row)


async def exclusions(work: Work, seen: ShareSeen, window: Window) -> Slice[Exclusion]:
    """The accounts that a share's audience passes over, oldest first."""
    total = await work.rows.one(exclusion_rows.COUNT, share=seen.share.id)
    found = await work.rows.all(exclusion_rows.PAGE, share=seen.share.id, limit=window.most, skip=window.skip)
    return Slice([exclusion_rows.exclusion_of(row) for row in found], total[0] if total else 0)


async def exclusion(work: Work, seen: ShareSeen, public_id: str) -> Exclusion:
    """
    One exclusion.

    Raises:
        NotFound: The share has no such exclusion.
    """
    row = await work.rows.one(exclusion_rows.ONE, share=seen.share.id, public_id=public_id)
    if row is None:
        raise NotFound("excluded recipient")
    return exclusion_rows.exclusion_of(row)


def _seen(row: Row) -> ShareSeen:
    side = Side.RECEIVED if row[11] else Side.SENT
    return ShareSeen(share_rows.share_of(row), side, row[12], row[13], row[14])


def _last(seen: Sequence[ShareSeen], order: Order) -> tuple[int | str, int] | None:
    if not seen:
        return None
    share_ = seen[-1].share
    return (share_.name if order.by == "name" else share_.created_at), share_.id


def _only(seat: Seat, seen: ShareSeen) -> int | None:
    """Whose own record alone may be seen; None where all may."""
    received = seen.side is Side.RECEIVED and seat.principal.kind is not Kind.ORGANIZATION
    return seat.principal.id if received else None


async def _furnished(
    work: Work, seat: Seat, seen: Sequence[ShareSeen], beside: Wanted
) -> Sequence[ShareSeen]:
    """Shares with their items and counts, where asked for: a statement each, however many shares."""
    ids = [one.share.id for one in seen]
    if beside.items and seen:
        of: dict[int, list[ItemSeen]] = {id_: [] for id_ in ids}
        for row in await work.rows.all(item_rows.LIVE_OF, shares=ids):
            of[row[2]].append(item_rows.item_of(row))
        seen = [replace(one, items=of[one.share.id]) for one in seen]
    if beside.counts and seen:
        everything = int(seat.principal.kind is Kind.ORGANIZATION)
        rows = await work.rows.all(grants.COUNTS, shares=ids, viewer=seat.principal.id, all=everything)
        counted = {row[0]: Counts(*row[1:]) for row in rows}
        seen = [replace(one, counts=counted.get(one.share.id, Counts())) for one in seen]
    return seen


async def _crossed(work: Work, seen: ShareSeen, listed: Sequence[GrantSeen]) -> Sequence[GrantSeen]:
    """Recipients with what they have of each item that is not gone; a cell is there only where it differs."""
    live = await work.rows.all(item_rows.KEYS_OF, share=seen.share.id)
    kept = await work.rows.all(cells.OF, grants=[one.grant.id for one in listed])
    differing = {(grant, item_): (revision, error, final) for grant, item_, revision, error, final in kept}
    crossed = []
    for one in listed:
        in_place = one.grant.joined_at is not None
        crossings = []
        for item_, key, newest in live:
            cell = differing.get((one.grant.id, item_))
            revision, error, final = cell or (newest if in_place else 0, "", 0)
            crossings.append(Crossing(one.grant.id, key, revision, error, bool(final)))
        crossed.append(replace(one, crossings=crossings))
    return crossed
