"""Bringing the recipients of shares with an audience in line with who belongs to it now."""

from collections.abc import Sequence
from itertools import groupby

from polyshare.domain.delivery import Consent
from polyshare.domain.events import What
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.terms import Terms
from polyshare.engine.grants import granting
from polyshare.engine.work import House, Work
from polyshare.store.database import Row
from polyshare.store.links import link_shares
from polyshare.store.shares import audiences, listing, shares

BATCH = 20
"""Shares that one transaction looks at."""

GRANTS = 200
"""Grants that one transaction touches: those of a share that is withdrawn go together, however many they are."""


async def align(work: Work, followed: Sequence[int]) -> bool:
    """
    Withdraw shares whose owner left their organization, recall the grants of who left it or the audience, and give
    grants to members of the audience who lack one.

    Returns:
        False when there may be more to do for these shares, in a transaction of its own.
    """
    strayed = await work.rows.all(shares.STRAYED, shares=followed)
    ending: list[int] = []
    room = GRANTS
    for share, held in strayed:
        if ending and held > room:
            break
        ending.append(share)
        room -= held
    await granting.withdraw_shares(work, ending)
    if len(ending) < len(strayed):
        return False
    if room > 0:
        surplus = [row[0] for row in await work.rows.all(audiences.SURPLUS, shares=followed, limit=room)]
        await granting.recall(work, surplus, work.now)
        room -= len(surplus)
    if room > 0:
        missing = await work.rows.all(audiences.MISSING, shares=followed, limit=room)
        for id_, rows in groupby(missing, key=lambda row: row[0]):
            await _join(work, id_, list(rows))
        room -= len(missing)
    return room > 0


async def _join(work: Work, share_id: int, missing: Sequence[Row]) -> None:
    """Offer one share to members who lack a live grant: (share, member, grant, grant gone, consent, permissions) each."""
    row = await work.rows.one(shares.BY_ID, share=share_id)
    if row is None:
        return
    share = shares.share_of(row)
    terms = Terms(Consent(row[11]), frozenset({Kind.ORGANIZATION}), Permission(row[12]))
    seen_by = [share.audience] if share.audience is not None else []
    back = [(grant, member) for _, member, grant, *_ in missing if grant is not None]
    fresh = [member for _, member, grant, *_ in missing if grant is None]
    due = await granting.due_for(work, share.id)
    await granting.revive(work, share, seen_by, back, terms, due)
    await granting.give(work, share, seen_by, fresh, terms, due)


async def realign_next(house: House) -> bool:
    """
    Bring the next batch of shares in line that follow from a changed membership.

    Returns:
        False when no change is waiting.
    """

    async def job(work: Work) -> bool:
        row = await work.rows.one(audiences.NEXT)
        if row is None:
            return False
        subject, at, cursor, kind = row
        finding = shares.SENT_OR_HELD if kind == Kind.ACCOUNT else shares.BY_AUDIENCE
        found = await work.rows.all(finding, subject=subject, cursor=cursor, limit=BATCH)
        batch = [one[0] for one in found]
        if not batch:
            await work.rows.run(audiences.DONE, subject=subject, at=at)
            return True
        await work.note(What.AUDIENCE_ALIGNED, facts=f'{{"shares":{len(batch)}}}')
        await work.rows.all(shares.LOCK, shares=batch)
        if await align(work, batch):
            await work.rows.run(audiences.ADVANCE, subject=subject, at=at, cursor=batch[-1])
        return True

    return await house.write(None, job)


async def settle_shares(house: House, limit: int = BATCH) -> int:
    """
    Look again at shares that asked for it: align their audience, let finished parts go.

    Returns:
        How many shares were looked at.
    """

    async def job(work: Work) -> int:
        found = [row[0] for row in await work.rows.all(shares.TO_SETTLE, now=work.now, limit=limit)]
        if found:
            await work.note(What.SHARE_SETTLED, facts=f'{{"shares":{len(found)}}}')
            if await align(work, found):
                await work.rows.run(shares.SETTLED, shares=found)
            await granting.finish(work, found)
        return len(found)

    return await house.write(None, job)


async def purge(house: House, limit: int = BATCH) -> int:
    """
    Remove shares that have been gone for the retention time.

    Returns:
        How many were removed; as many as *limit* means that there may be more.
    """
    keep = house.settings.retention_days * 24 * 3600 * 1_000_000

    async def job(work: Work) -> int:
        found = [row[0] for row in await work.rows.all(shares.EXPIRED, before=work.now - keep, limit=limit)]
        if found:
            await work.note(What.SHARES_PURGED, facts=f'{{"shares":{len(found)}}}')
            await listing.drop(work.rows, found)
            links = await link_shares.links_of(work.rows, found)
            await shares.purge(work.rows, found)
            await link_shares.drop_links(work.rows, links)
        return len(found)

    return await house.write(None, job)
