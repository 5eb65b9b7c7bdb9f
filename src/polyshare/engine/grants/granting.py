"""Rows of the matrix come and go: grants given, revived, recalled; shares withdrawn; parts that are through with it."""

from collections.abc import Iterable, Sequence

from polyshare.domain.events import What
from polyshare.domain.folder_shares import ELSEWHERE, may_be_folder
from polyshare.domain.principals import Kind
from polyshare.domain.shares import Grant, Share
from polyshare.domain.terms import Terms
from polyshare.engine.grants.beginnings import new_grant
from polyshare.engine.work import Work
from polyshare.store.process import events
from polyshare.store.shares import (
    cells,
    claims,
    deliveries,
    drafts,
    folder_shares,
    grants,
    items,
    listing,
    path_claims,
    shares,
)
from polyshare.store.tree import remote_drives


def due_at(work: Work, kinds: Iterable[str]) -> int | None:
    """
    When the reconciler may first look at grants on these resource kinds: now plus their provider's delay.

    None: their providers are instant, so whatever changes is carried out in this very transaction.
    """
    delay_s = work.house.providers.delay_s(kinds)
    return None if delay_s is None else work.now + int(delay_s * 1_000_000)


async def due_for(work: Work, share: int) -> int | None:
    """`due_at` for everything that is in a share."""
    return due_at(work, [row[0] for row in await work.rows.all(items.KINDS_OF, share=share)])


async def give(
    work: Work,
    share: Share,
    seen_by: Sequence[int],
    principals: Sequence[int],
    terms: Terms,
    due: int | None,
    *,
    senders: Sequence[int] = (),
) -> list[Grant]:
    """
    Give each of *principals* a new grant on *share* and list the share with them.

    Args:
        seen_by: Who else sees the share as received: the owner's organization.
        senders: Who sees the share as sent, if it is a new one.
        due: When the reconciler may first look, in microseconds; None: nothing is left for it (`due_at`).
    """
    given = [new_grant(work, share.id, principal, terms, instant=due is None) for principal in principals]
    receivers = [*principals, *seen_by] if given else []
    if given:
        await grants.add(work.rows, given, terms.permissions, due)
        _leave_to_worker(work, due)
    if senders or receivers:
        to_audience = share.audience is not None
        await listing.add(work.rows, share.id, to_audience, senders=senders, receivers=receivers)
    await _shelve(work, share.id, terms)
    return given


async def revive(
    work: Work,
    share: Share,
    seen_by: Sequence[int],
    back: Sequence[tuple[int, int]],
    terms: Terms,
    due: int | None,
) -> None:
    """Offer again what was recalled: (grant, principal) each; ids and `created_at` stay, everything else starts anew."""
    if not back:
        return
    revived = [grant for grant, _ in back]
    await work.rows.run(
        grants.REVIVE,
        grants=revived,
        now=work.now,
        due=due,
        consent=terms.consent,
        permissions=int(terms.permissions),
    )
    await work.rows.run(cells.DROP_STAYING, grants=revived)
    receivers = [*(principal for _, principal in back), *seen_by]
    await listing.add(work.rows, share.id, share.audience is not None, receivers=receivers)
    if due is None:
        await work.rows.run(deliveries.INSTANT, grants=revived, now=work.now)
    await _shelve(work, share.id, terms)
    _leave_to_worker(work, due)


async def recall(work: Work, recalled: Sequence[int], due: int | None) -> None:
    """Take grants back; those on their way out already stay as they are."""
    if not recalled:
        return
    moved = await work.rows.all(grants.RECALL, grants=recalled, now=work.now, due=due)
    left = {row[0] for row in moved if row[1] is not None}
    await work.rows.run(claims.FREE_RECALLED, grants=recalled)
    if due is None:
        left |= {
            row[0] for row in await work.rows.all(deliveries.INSTANTLY_GONE, grants=recalled, now=work.now)
        }
        await work.rows.run(cells.DROP, grants=recalled)
    if due is None or left:
        await listing.drop_received(work.rows, sorted(left))
    _leave_to_worker(work, due)


async def revise(work: Work, share: int) -> int | None:
    """Have every live recipient brought up to date with what its share holds now; when, as `due_at` says it."""
    due = await due_for(work, share)
    await work.rows.run(grants.REVISE, share=share, due=due)
    if due is None:
        live = [row[0] for row in await work.rows.all(grants.LIVE_OF, shares=[share])]
        await work.rows.run(deliveries.INSTANT, grants=live, now=work.now)
        await work.rows.run(cells.DROP, grants=live)
        await finish(work, [share])
    _leave_to_worker(work, due)
    return due


async def withdraw_shares(work: Work, withdrawn: Sequence[int]) -> None:
    """Take shares back from everybody: their grants are recalled, their items leave; the reconciler does the rest."""
    if not withdrawn:
        return
    left = [row[0] for row in await work.rows.all(shares.LEAVE, shares=withdrawn, now=work.now)]
    if not left:
        return
    await work.rows.run(items.LEAVE_ALL, shares=left, now=work.now)
    live = [row[0] for row in await work.rows.all(grants.LIVE_OF, shares=left)]
    kinds = [row[0] for row in await work.rows.all(items.KINDS_OF_SHARES, shares=left)]
    due = due_at(work, kinds)
    await recall(work, live, due)
    await listing.advance(work.rows, left)
    if any(may_be_folder(kind) for kind in kinds):
        await work.rows.run(path_claims.FREE, shares=left)
        await remote_drives.close(work.rows, left, work.now)
        await folder_shares.drop(work.rows, left)
    if any(kind.startswith(ELSEWHERE) for kind in kinds):
        await work.rows.run(drafts.FORGET, shares=left, elsewhere=ELSEWHERE, now=work.now)
    if due is None:
        await finish(work, left)
        await work.rows.run(shares.SETTLED, shares=left)
    _leave_to_worker(work, due)


async def withdraw_noted(work: Work, withdrawn: Sequence[int]) -> None:
    """`withdraw_shares`, with an event for each."""
    actor = work.actor.id if work.actor is not None else None
    noted = [(work.new_id(), work.now, actor, What.SHARE_WITHDRAWN, share, None, "{}") for share in withdrawn]
    await events.append_all(work.rows, noted)
    await withdraw_shares(work, withdrawn)


async def finish(work: Work, touched: Sequence[int]) -> None:
    """Let parts of these shares be gone that nothing holds any more: a part is gone when its last grant or cell is."""
    gone = [row[0] for row in await work.rows.all(shares.FINISH, shares=touched, now=work.now)]
    await work.rows.run(items.FINISH, shares=touched, now=work.now)
    if gone:
        await listing.advance(work.rows, gone)


async def _shelve(work: Work, share: int, terms: Terms) -> None:
    """Let a share stand in the lists of folders, if it may go to a user and so may be of one."""
    if Kind.USER in terms.recipients:
        await folder_shares.refresh(work.rows, [share])


def _leave_to_worker(work: Work, due: int | None) -> None:
    if due is not None:
        work.due()
