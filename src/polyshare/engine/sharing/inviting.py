"""Naming recipients of a share one by one or as a list, and dismissing them."""

from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.errors import AlreadyThere, Invalid, WrongState
from polyshare.domain.events import What
from polyshare.domain.principals import Kind, Seat, Status
from polyshare.domain.shares import Share
from polyshare.domain.terms import Terms
from polyshare.domain.views import GrantSeen, ShareSeen
from polyshare.engine.grants import granting
from polyshare.engine.grants.bounds import active, within
from polyshare.engine.work import Work
from polyshare.store.shares import audiences, grants


async def invite(work: Work, seat: Seat, seen: ShareSeen, account: str, terms: Terms) -> GrantSeen:
    """
    Make one more account a recipient; one that was dismissed comes back under its old id.

    Args:
        account: Public id of the account.

    Raises:
        WrongState: The share is not active, or its recipients follow from its audience.
        AlreadyThere: The account is a recipient.
        Invalid: The account is unknown, foreign or the owner itself.
        LimitReached: Too many recipients.
    """
    share = seen.share
    _named_recipients(share)
    await work.note(What.RECIPIENT_INVITED, share=share.id)
    organization = seat.principal.organization
    [principal] = await named_accounts(work, share.owner, organization, [account], terms)
    row = await work.rows.one(grants.OF, share=share.id, principal=principal)
    if row is not None and grants.grant_of(row).grant.leaving_at is None:
        raise AlreadyThere("The account is a recipient of this share already.")
    count = await work.rows.one(grants.OFFERED_COUNT, share=share.id)
    within((count[0] if count else 0) + 1, work.house.settings.recipients_per_share, "recipients of a share")
    due = await granting.due_for(work, share.id)
    seen_by = [organization] if organization is not None else []
    if row is None:
        await granting.give(work, share, seen_by, [principal], terms, due)
    else:
        await granting.revive(work, share, seen_by, [(row[0], principal)], terms, due)
    fresh = await work.rows.one(grants.OF, share=share.id, principal=principal)
    return grants.grant_of(fresh or ())


async def match_recipients(
    work: Work, seat: Seat, seen: ShareSeen, accounts: Sequence[str], terms: Terms
) -> None:
    """
    Make *accounts* (public ids, without repetition) the recipients: new ones join, others leave, the rest stay untouched.

    Raises:
        WrongState: The share is not active, or its recipients follow from its audience.
        Invalid: An account is unknown, foreign or the owner itself; `where` is its place.
        LimitReached: Too many recipients.
    """
    share = seen.share
    _named_recipients(share)
    await work.note(What.RECIPIENTS_MATCHED, share=share.id)
    within(len(accounts), work.house.settings.recipients_per_share, "recipients of a share")
    organization = seat.principal.organization
    wanted = await named_accounts(work, share.owner, organization, accounts, terms)
    known = {row[3]: grants.grant_of(row).grant for row in await work.rows.all(grants.ALL_OF, share=share.id)}
    due = await granting.due_for(work, share.id)
    seen_by = [organization] if organization is not None else []
    keep = set(wanted)
    leaving = [
        grant.id for grant in known.values() if grant.leaving_at is None and grant.principal not in keep
    ]
    back = [(known[one].id, one) for one in wanted if one in known and known[one].leaving_at is not None]
    await granting.recall(work, leaving, due)
    await granting.revive(work, share, seen_by, back, terms, due)
    await granting.give(work, share, seen_by, [one for one in wanted if one not in known], terms, due)


async def dismiss(work: Work, seen: ShareSeen, recipient: GrantSeen) -> GrantSeen:
    """
    Take a share back from one recipient; one that is on its way out or gone stays as it is.

    Raises:
        WrongState: The share is not active, or its recipients follow from its audience.
    """
    _named_recipients(seen.share)
    if recipient.grant.leaving_at is not None:
        return recipient
    await work.note(What.RECIPIENT_DISMISSED, share=seen.share.id, grant=recipient.grant.id)
    await granting.recall(work, [recipient.grant.id], await granting.due_for(work, seen.share.id))
    row = await work.rows.one(grants.OF, share=seen.share.id, principal=recipient.grant.principal)
    return replace(grants.grant_of(row), crossings=recipient.crossings) if row is not None else recipient


async def named_accounts(
    work: Work, owner: int, organization: int | None, public_ids: Sequence[str], terms: Terms
) -> list[int]:
    """
    Ids of accounts that may be recipients of a share of *owner*, in the order named; they stay such until the commit.

    Args:
        organization: The owner's; None where it has none, or none that is active.

    Raises:
        Invalid: One is unknown, the owner itself, outside the owner's organization, or no account may be named by these
            terms; `where` is its place.
    """
    rows = await work.rows.all(audiences.PARTIES, owner=owner, public_ids=list(public_ids))
    known = {row[1]: row for row in rows if row[0] == owner or row[3] == Status.ACTIVE}
    if all(row[2] != organization for row in rows if row[0] == owner):
        organization = None  # it left a moment ago
    found = []
    welcome = organization is not None and Kind.ACCOUNT in terms.recipients
    for place, public_id in enumerate(public_ids):
        row = known.get(public_id)
        if row is not None and row[0] == owner:
            raise Invalid("The recipient is the owner itself; name another account.", "recipients", place)
        if row is None or not welcome or row[2] != organization:
            raise Invalid("The recipient is not an account of the owner's organization.", "recipients", place)
        found.append(row[0])
    return found


def _named_recipients(share: Share) -> None:
    active(share)
    if share.audience is not None:
        raise WrongState(
            "The recipients of this share are a whole organization and follow from it; exclude accounts to leave them out."
        )
