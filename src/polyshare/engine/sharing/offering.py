"""Offering a share, revising and withdrawing it."""

import json
from dataclasses import replace

from polyshare.domain.errors import Invalid
from polyshare.domain.events import What
from polyshare.domain.principals import Kind, Seat
from polyshare.domain.shares import Standing, touched
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewOffer, ShareFilter, ShareSeen, Side
from polyshare.engine.grants import granting
from polyshare.engine.grants.beginnings import new_item, new_share
from polyshare.engine.grants.bounds import active, within
from polyshare.engine.sharing.inviting import named_accounts
from polyshare.engine.work import Work
from polyshare.store.directory import principals
from polyshare.store.shares import audiences, items, listing, shares

NEAR = 100
"""From how many shares below the limit on an account's offers are made one after the other."""


async def offer(work: Work, seat: Seat, new: NewOffer, terms: Terms) -> ShareSeen:
    """
    Make a share of the seat's account, with all its items and recipients or not at all.

    Raises:
        Invalid: A recipient that is unknown, foreign or the owner itself; `where` leads to it.
        LimitReached: Too many shares, recipients, items or tags.
    """
    owner = seat.principal
    share = new_share(
        work,
        owner.id,
        new.name,
        tags=_tags_text(new.tags),
        audience=owner.organization if new.to_audience else None,
        within=owner.organization,
    )
    await work.note(What.SHARE_OFFERED, share=share.id)
    await _check_limits(work, seat, new)
    recipients = await _recipients(work, seat, new, terms)
    await shares.add(work.rows, share, work.actor.id if work.actor else 0, terms)
    await items.add(work.rows, [new_item(work, share.id, owner.id, one) for one in new.items])
    organization = [owner.organization] if owner.organization is not None else []
    due = granting.due_at(work, {one.kind for one in new.items})
    senders = [owner.id, *organization]
    await granting.give(work, share, organization, recipients, terms, due, senders=senders)
    return ShareSeen(share, Side.SENT, owner.public_id, owner.name, seat.organization_public_id or "")


async def revise(work: Work, seen: ShareSeen, *, name: str, tags: dict[str, str] | None) -> ShareSeen:
    """
    Give a share another name and, unless *tags* is None, other tags.

    Raises:
        WrongState: The share is being withdrawn or is gone.
        LimitReached: Too many tags.
    """
    active(seen.share)
    await work.note(What.SHARE_REVISED, share=seen.share.id)
    within(len(tags or ()), work.house.settings.tags_per_share, "tags on a share")
    kept = seen.share.tags if tags is None else _tags_text(tags)
    share = replace(seen.share, name=name, tags=kept, modified_at=touched(work.now, seen.share.modified_at))
    await shares.revise(work.rows, share, retagged=tags is not None)
    if name != seen.share.name:
        await work.rows.run(listing.RENAME, share=share.id, name=name)
    return replace(seen, share=share)


async def withdraw(work: Work, seen: ShareSeen) -> ShareSeen:
    """Take a share back from everybody; one that is on its way out or gone stays as it is."""
    if seen.share.standing is not Standing.ACTIVE:
        return seen
    await work.note(What.SHARE_WITHDRAWN, share=seen.share.id)
    await granting.withdraw_shares(work, [seen.share.id])
    modified_at = touched(work.now, seen.share.modified_at)
    return replace(seen, share=replace(seen.share, leaving_at=work.now, modified_at=modified_at))


def _tags_text(tags: dict[str, str] | None) -> str | None:
    return json.dumps(tags, ensure_ascii=False) if tags else None


async def _check_limits(work: Work, seat: Seat, new: NewOffer) -> None:
    settings = work.house.settings
    within(len(new.items), settings.items_per_share, "resources in a share")
    within(len(new.to), settings.recipients_per_share, "recipients of a share")
    within(len(new.tags or ()), settings.tags_per_share, "tags on a share")
    if settings.shares_per_account:
        owner = seat.principal.id
        live = await _live(work, owner)
        if live + NEAR > settings.shares_per_account:
            # Others may be offering at this moment: from here on one by one, counting what they committed.
            await work.rows.one(principals.LOCK, id=owner)
            live = await _live(work, owner)
        within(live + 1, settings.shares_per_account, "shares of an account")


async def _live(work: Work, owner: int) -> int:
    """How many shares of an account are not gone."""
    sent = await listing.totals(work.rows, owner, ShareFilter(side=Side.SENT))
    return sum(n for number, n in sent.items() if number not in listing.GONE)


async def _recipients(work: Work, seat: Seat, new: NewOffer, terms: Terms) -> list[int]:
    """Ids of the accounts that will hold grants: those of the audience by rule, or those named."""
    owner = seat.principal
    if new.audience is not None and new.audience != seat.organization_public_id:
        raise Invalid("The organization is not the owner's own; a share never leaves it.", "audience")
    if not new.to_audience:
        return await named_accounts(work, owner.id, owner.organization, new.to, terms)
    members: list[int] = []
    if owner.organization is not None and Kind.ORGANIZATION in terms.recipients:
        found = await work.rows.all(audiences.MEMBERS, organization=owner.organization, owner=owner.id)
        members = [row[0] for row in found]
    if owner.id not in members:
        raise Invalid(
            "The account is in no active organization; there is nobody to share with.", "recipients", 0
        )
    members.remove(owner.id)
    within(len(members), work.house.settings.recipients_per_share, "recipients of a share")
    return members
