"""Asking people to have folders: each becomes a share of its own that waits for their approval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import AlreadyThere, Invalid, Taken
from polyshare.domain.events import What
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Actor, Kind
from polyshare.domain.shares import NODE, Grant, Share
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine import granting, memberships, notifying, shelving
from polyshare.engine.beginnings import new_grant, new_item, new_share
from polyshare.engine.screening import Screened, Sharer, screen
from polyshare.engine.work import House, Work
from polyshare.store import claims, consents, items, listing, path_claims, shares

TERMS = Terms(Consent.AWAITED, frozenset({Kind.USER}), Permission.DOWNLOAD)
CLAIMED = frozenset({"claim_pkey", "path_claim_pkey"})
"""The rules that keep a folder from being shared with somebody twice."""


@dataclass(frozen=True, slots=True)
class Made:
    """A share that was written for a folder."""

    screened: Screened
    share: Share
    grant: Grant


async def ask(
    house: House, actor: Actor, new: Sequence[NewFolderShare], *, actor_project: str | None = None
) -> list[int]:
    """
    Share folders of the actor's with users, who approve or not: all of them or none.

    Args:
        actor_project: For which project the actor acts.

    Returns:
        Ids of the shares, in order.

    Raises:
        Invalid: The actor acts for a project; or as `screening.screen`.
        Denied, OwnersPlace, AlreadyThere, NoAllocation, ProviderUnknown: As `screening.screen`.
    """
    if actor_project is not None:
        raise Invalid("Folders are shared from one's own workspace; leave the project for that.", "project")

    async def job(work: Work) -> list[int]:
        made = await offer(work, Sharer(actor.id, actor.login), new)
        return [one.share.id for one in made]

    try:
        return await house.write(actor, job)
    except Taken as taken:
        raise already_there(taken) from taken


def already_there(taken: Taken) -> AlreadyThere | Taken:
    """What it means that something unique is in use: somebody shared the folder with the same user just before."""
    if taken.constraint in CLAIMED:
        return AlreadyThere("This folder is shared with this user already.")
    return taken


async def offer(
    work: Work,
    sharer: Sharer,
    new: Sequence[NewFolderShare],
    *,
    told: bool = True,
    fixed: Sequence[int] = (),
) -> list[Made]:
    """
    Write shares of folders, in the lists of both sides; what was declined before is replaced.

    Args:
        told: Whether recipients are notified.
        fixed: Ids that the first shares are to have.

    Raises:
        As `screening.screen`. Taken: One of CLAIMED, where somebody else was quicker.
    """
    made = await _write(work, sharer, await screen(work, sharer, new), fixed)
    await _open(work, made, told=told)
    return made


async def _write(
    work: Work, sharer: Sharer, screened: Sequence[Screened], fixed: Sequence[int] = ()
) -> list[Made]:
    """Write shares, held back: nobody is told of them."""
    made = []
    for one, id_ in zip_longest(screened, fixed[: len(screened)]):
        share = replace(new_share(work, sharer.id, one.name), product=one.product)
        share = share if id_ is None else replace(share, id=id_)
        made.append(Made(one, share, new_grant(work, share.id, one.recipient, TERMS, instant=False)))
    await memberships.note_all(work, What.SHARE_ASKED, [(one.share.id, one.grant.id) for one in made])
    await shares.add_all(work.rows, [one.share for one in made], memberships.caller(work), TERMS)
    new = [
        new_item(
            work,
            one.share.id,
            sharer.id,
            NewItem(one.screened.kind, one.screened.key, "{}"),
            node=None if one.screened.node is None else one.screened.node.id,
        )
        for one in made
    ]
    await items.add(work.rows, new)
    await work.rows.many(consents.ASK, [_grant_row(one) for one in made])
    await _claim(work, made)
    return made


def _grant_row(one: Made) -> dict[str, Any]:
    grant, new = one.grant, one.screened.new
    return {
        "id": grant.id,
        "public_id": grant.public_id,
        "share": grant.share,
        "principal": grant.principal,
        "permissions": int(new.permissions),
        "consent": grant.consent,
        "delivery": grant.delivery,
        "now": grant.created_at,
        "asked": new.asked,
        "location": None,
        "provider_ref": None,
    }


async def _claim(work: Work, made: Sequence[Made]) -> None:
    """See to it that nobody else shares the same with the same."""
    here = [
        {"node": one.screened.node.id, "principal": one.grant.principal, "share": one.share.id}
        for one in made
        if one.screened.node is not None
    ]
    elsewhere = [
        {
            "provider": one.screened.kind.partition(":")[2],
            "path": one.screened.key,
            "principal": one.grant.principal,
            "share": one.share.id,
        }
        for one in made
        if one.screened.kind != NODE
    ]
    if here:
        await work.rows.many(claims.ADD, here)
    if elsewhere:
        await work.rows.many(path_claims.ADD, elsewhere)


async def _open(work: Work, made: Sequence[Made], *, told: bool) -> None:
    """Show shares to both sides, in the place of what was declined before."""
    ids = [one.share.id for one in made]
    replaced = sorted({share for one in made for share in one.screened.replaced})
    if replaced:
        await granting.withdraw_shares(work, replaced)
    await listing.add_new(work.rows, ids)
    if told:
        requests = [(one.grant.principal, _node_id(one), one.screened.name) for one in made]
        await notifying.tell_each(work, Told.REQUEST, requests)
    await shelving.refresh(work, [*ids, *replaced])


def _node_id(one: Made) -> int | None:
    return None if one.screened.node is None else one.screened.node.id
