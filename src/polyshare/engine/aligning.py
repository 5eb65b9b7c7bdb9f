"""Bringing the recipients of shares with an audience in line with who belongs to it now."""

from collections.abc import Sequence
from itertools import groupby

from polyshare.domain.delivery import Consent
from polyshare.domain.events import What
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.terms import Terms
from polyshare.engine import granting
from polyshare.engine.work import House, Work
from polyshare.store import audiences, listing, shares
from polyshare.store.database import Row

BATCH = 20
"""Shares that one transaction brings in line."""


async def align(work: Work, followed: Sequence[int]) -> None:
    """Give grants to members of the audience who lack one, recall those of others, withdraw shares whose owner left."""
    strayed = [row[0] for row in await work.rows.all(shares.STRAYED, shares=followed)]
    await granting.withdraw_shares(work, strayed)
    surplus = [row[0] for row in await work.rows.all(audiences.SURPLUS, shares=followed)]
    await granting.recall(work, surplus, work.now)
    missing = await work.rows.all(audiences.MISSING, shares=followed)
    for id_, rows in groupby(missing, key=lambda row: row[0]):
        await _join(work, id_, list(rows))


async def _join(work: Work, share_id: int, missing: Sequence[Row]) -> None:
    """Offer one share to members who lack a live grant: (share, member, grant, grant gone, consent, permissions) each."""
    row = await work.rows.one(shares.BY_ID, share=share_id)
    if row is None:
        return
    share = shares.share_of(row)
    terms = Terms(Consent(row[10]), frozenset({Kind.ACCOUNT}), Permission(row[11]))
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
        leaver = kind == Kind.ACCOUNT
        finding = shares.LIVE_BY_OWNER if leaver else shares.BY_AUDIENCE
        found = await work.rows.all(
            finding, subject=subject, cursor=cursor, limit=BATCH, **({"at": at} if leaver else {})
        )
        batch = [one[0] for one in found]
        if not batch:
            await work.rows.run(audiences.DONE, subject=subject, at=at)
            return True
        await work.note(What.AUDIENCE_ALIGNED, facts=f'{{"shares":{len(batch)}}}')
        await work.rows.all(shares.LOCK, shares=batch)
        if leaver:
            await granting.withdraw_shares(work, batch)
        else:
            await align(work, batch)
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
            await work.rows.run(shares.SETTLED, shares=found)
            await align(work, found)
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
            await shares.purge(work.rows, found)
        return len(found)

    return await house.write(None, job)
