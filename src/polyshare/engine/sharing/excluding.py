"""Leaving accounts out of a share's audience, and letting them in again."""

from collections.abc import Sequence

from polyshare.domain.errors import AlreadyThere, Invalid, NotYours, WrongState
from polyshare.domain.events import What
from polyshare.domain.shares import Exclusion
from polyshare.domain.views import ShareSeen, Side
from polyshare.engine.grants import granting
from polyshare.engine.grants.bounds import active, within
from polyshare.engine.sharing import listing
from polyshare.engine.work import Work
from polyshare.store.shares import audiences, exclusions, grants, shares


async def exclude(work: Work, seen: ShareSeen, account: str) -> Exclusion:
    """
    Pass over one more account of the audience; what it holds already is recalled.

    Raises:
        WrongState: The share is not active, or has no audience.
        Invalid: The account is not of the audience, or is the owner.
        AlreadyThere: It is excluded already.
    """
    share_id = has_audience(seen)
    await work.note(What.EXCLUSION_ADDED, share=share_id)
    [principal] = await _members(work, seen, [account])
    known = {row[1] for row in await work.rows.all(exclusions.OF, share=share_id)}
    if principal in known:
        raise AlreadyThere("The account is excluded from this share already.")
    within(len(known) + 1, work.house.settings.recipients_per_share, "excluded recipients of a share")
    [exclusion] = await _add(work, share_id, [(principal, account)])
    await _recall(work, share_id, [principal])
    return exclusion


async def match_exclusions(work: Work, seen: ShareSeen, accounts: Sequence[str]) -> None:
    """
    Make *accounts* (public ids, without repetition) the ones passed over.

    Raises:
        WrongState: The share is not active, or has no audience.
        Invalid: An account is not of the audience, or is the owner; `where` is its place.
    """
    share_id = has_audience(seen)
    await work.note(What.EXCLUSIONS_MATCHED, share=share_id)
    within(len(accounts), work.house.settings.recipients_per_share, "excluded recipients of a share")
    wanted = await _members(work, seen, accounts)
    known = {principal: id_ for id_, principal in await work.rows.all(exclusions.OF, share=share_id)}
    dropped = [id_ for principal, id_ in known.items() if principal not in wanted]
    if dropped:
        await work.rows.run(exclusions.DROP, exclusions=dropped)
        await _look_again(work, share_id)
    added = [
        (principal, account)
        for principal, account in zip(wanted, accounts, strict=True)
        if principal not in known
    ]
    await _add(work, share_id, added)
    await _recall(work, share_id, [principal for principal, _ in added])


async def readmit(work: Work, seen: ShareSeen, public_id: str) -> Exclusion:
    """
    No longer pass an account over; the reconciler offers it the share at its next round.

    Args:
        public_id: Of the exclusion.

    Raises:
        WrongState: The share is not active, or has no audience.
        NotFound: The share has no such exclusion.
    """
    share_id = has_audience(seen)
    # Before the exclusion is looked for: should the commit of a first run have held, it is there no longer.
    await work.note(What.EXCLUSION_REMOVED, share=share_id)
    exclusion = await listing.exclusion(work, seen, public_id)
    await work.rows.run(exclusions.DROP, exclusions=[exclusion.id])
    await _look_again(work, share_id)
    return exclusion


def shown(seen: ShareSeen) -> None:
    """
    Let only who may see which accounts a share passes over pass.

    Raises:
        NotYours: The share was received.
        WrongState: It has no audience.
    """
    if seen.side is not Side.SENT:
        raise NotYours("Only the owner of a share sees which accounts it excludes.")
    if seen.share.audience is None:
        raise WrongState(
            "Only a share whose recipients are a whole organization excludes accounts; this one names its recipients."
        )


def has_audience(seen: ShareSeen) -> int:
    """
    The id of an active share with an audience.

    Raises:
        NotYours: The share was received.
        WrongState: The share is not active, or has no audience.
    """
    shown(seen)
    active(seen.share)
    return seen.share.id


async def _members(work: Work, seen: ShareSeen, accounts: Sequence[str]) -> list[int]:
    known = {row[1]: row for row in await work.rows.all(audiences.ACCOUNTS, public_ids=list(accounts))}
    found = []
    for place, account in enumerate(accounts):
        row = known.get(account)
        if row is None or row[2] != seen.share.audience or row[0] == seen.share.owner:
            raise Invalid(
                "The account is not another account of the owner's organization.", "recipients", place
            )
        found.append(row[0])
    return found


async def _add(work: Work, share: int, added: Sequence[tuple[int, str]]) -> list[Exclusion]:
    made = [
        (principal, Exclusion(work.new_id(), work.new_public_id(), share, account, work.now, work.now))
        for principal, account in added
    ]
    values = [
        {"id": one.id, "public_id": one.public_id, "share": share, "principal": principal, "now": work.now}
        for principal, one in made
    ]
    if values:
        await work.rows.many(exclusions.ADD, values)
    return [one for _, one in made]


async def _recall(work: Work, share: int, principals: Sequence[int]) -> None:
    if principals:
        held = await work.rows.all(grants.LIVE_HELD_BY, share=share, principals=principals)
        await granting.recall(work, [row[0] for row in held], await granting.due_for(work, share))


async def _look_again(work: Work, share: int) -> None:
    await work.rows.run(shares.SETTLE_SOON, share=share, now=work.now)
    work.due()
