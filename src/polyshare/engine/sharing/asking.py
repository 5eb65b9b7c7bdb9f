"""Asking people to have folders: each becomes a share of its own that waits for their approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import AlreadyThere, Invalid, PolyshareError, Taken, WrongState
from polyshare.domain.events import What
from polyshare.domain.folder_shares import ELSEWHERE, NewFolderShare
from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Actor, Kind
from polyshare.domain.shares import Grant, Share
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine.directory import notifying
from polyshare.engine.grants import granting, shelving
from polyshare.engine.grants.beginnings import new_grant, new_item, new_share
from polyshare.engine.keepers import consulting
from polyshare.engine.sharing import drafting, memberships, partaking
from polyshare.engine.sharing.drafting import Held
from polyshare.engine.sharing.screening import Screened, Sharer, screen
from polyshare.engine.work import House, Work
from polyshare.store.shares import (
    claims,
    consents,
    drafts,
    folder_places,
    items,
    listing,
    path_claims,
    shares,
)
from polyshare.store.shares.drafts import Waiting

TERMS = Terms(Consent.AWAITED, frozenset({Kind.USER}), Permission.DOWNLOAD)
CLAIMED = frozenset({"claim_pkey", "path_claim_pkey"})
"""The rules that keep a folder from being shared with somebody twice."""


@dataclass(frozen=True, slots=True)
class Wish:
    """
    Folders that are to be shared together.

    Attributes:
        told: Whether recipients are notified.
        accepted: Whether recipients have accepted already.
        fixed: Ids that the first shares are to have.
        refs: A provider's own ids of them, where it is who wants them shared; then it is not asked.
    """

    sharer: Sharer
    new: Sequence[NewFolderShare]
    told: bool = True
    accepted: bool = False
    fixed: Sequence[int] = ()
    refs: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A share that was written for a folder."""

    screened: Screened
    share: Share
    grant: Grant

    @property
    def provider(self) -> str:
        """The name of who keeps the folder; empty for what lies here."""
        return self.screened.kind.removeprefix(ELSEWHERE) if self.screened.node is None else ""


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
        Invalid: The actor acts for a project; or as `offer`.
        Denied, OwnersPlace, AlreadyThere, NoAllocation, ProviderUnknown, ProviderRefused, ProviderAway: As `offer`.
    """
    if actor_project is not None:
        raise Invalid("Folders are shared from one's own workspace; leave the project for that.", "project")
    return await offer(house, actor, Wish(Sharer(actor.id, actor.login), new))


async def offer(house: House, actor: Actor, wish: Wish) -> list[int]:
    """
    Share folders, all of them or none; providers of those that lie elsewhere are asked first, with nothing open.

    Returns:
        Ids of the shares, in order.

    Raises:
        Denied, OwnersPlace, AlreadyThere, NoAllocation, Invalid, ProviderUnknown: As `screening.screen`.
        ProviderRefused, ProviderAway: A provider said no, or can't be reached.
        WrongState: It was to be accepted at once, but its provider did not say where it shows the folder.
    """
    try:
        made, held = await house.write(actor, lambda work: _begin(work, actor, wish))
    except Taken as taken:
        raise already_there(taken) from taken
    ids = [one.share.id for one in made]
    if held is None:
        return ids
    answers = await consulting.prepare(house, await consulting.told(house, ids), actor.login)
    error = consulting.first_error(answers, ids)
    if error is None:
        refs = {share: ref for one in answers for share, ref in one.refs.items()}
        try:
            await house.write(actor, lambda work: _go_on(work, wish, made, held, refs))
        except PolyshareError as refusal:
            error = refusal
    if error is not None:
        await drafting.undo(house, held, answers)
        raise error
    return ids


def already_there(taken: Taken) -> AlreadyThere | Taken:
    """What it means that something unique is in use: somebody shared the folder with the same user just before."""
    if taken.constraint in CLAIMED:
        return AlreadyThere("This folder is shared with this user already.")
    return taken


async def offer_here(work: Work, wish: Wish) -> list[Made]:
    """
    Share folders in the transaction that there is; nobody is asked first.

    Raises:
        As `screening.screen`. Taken: One of CLAIMED, where somebody else was quicker.
    """
    made = await _write(work, wish)
    await _open(work, wish, made, [share for one in made for share in one.screened.replaced])
    return made


async def _begin(work: Work, actor: Actor, wish: Wish) -> tuple[list[Made], Held | None]:
    """Share folders that lie here at once; if there are others, write drafts of all of them."""
    made = await _write(work, wish)
    if any(one.provider for one in made):
        waiting = [(one.share.id, one.provider) for one in made]
        return made, await drafting.hold(work, Waiting.BEGINNING, waiting, actor.login)
    await _open(work, wish, made, [share for one in made for share in one.screened.replaced])
    return made, None


async def _go_on(work: Work, wish: Wish, made: Sequence[Made], held: Held, refs: Mapping[int, str]) -> None:
    """Show shares whose providers made them ready."""
    await drafting.take(work, held)
    if await work.rows.all(drafts.LEAVING, shares=held.shares):
        raise Invalid("The folder is not there any more.", "path")
    await memberships.note_all(work, What.SHARE_OFFERED, [(one.share.id, one.grant.id) for one in made])
    await drafts.set_refs(work.rows, refs)
    await work.rows.run(drafts.DROP, shares=held.shares)
    await _open(work, wish, made, await _declined(work, made))


async def _write(work: Work, wish: Wish) -> list[Made]:
    """Write shares, held back: nobody is told of them."""
    screened = await screen(work, wish.sharer, wish.new)
    made = []
    for one, id_ in zip_longest(screened, wish.fixed):
        share = replace(new_share(work, wish.sharer.id, one.name), product=one.product)
        share = share if id_ is None else replace(share, id=id_)
        made.append(Made(one, share, new_grant(work, share.id, one.recipient, TERMS, instant=False)))
    await memberships.note_all(work, What.SHARE_ASKED, [(one.share.id, one.grant.id) for one in made])
    await shares.add_all(work.rows, [one.share for one in made], memberships.caller(work), TERMS)
    new = [
        new_item(
            work,
            one.share.id,
            wish.sharer.id,
            NewItem(one.screened.kind, one.screened.key, "{}"),
            node=None if one.screened.node is None else one.screened.node.id,
        )
        for one in made
    ]
    await items.add(work.rows, new)
    await work.rows.many(
        consents.ASK, [_grant_row(one, ref) for one, ref in zip_longest(made, wish.refs or ())]
    )
    await _claim(work, made)
    return made


def _grant_row(one: Made, ref: str | None) -> dict[str, Any]:
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
        "provider_ref": ref or None,
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
            "provider": one.provider,
            "path": one.screened.key,
            "principal": one.grant.principal,
            "share": one.share.id,
        }
        for one in made
        if one.provider
    ]
    if here:
        await work.rows.many(claims.ADD, here)
    if elsewhere:
        await work.rows.many(path_claims.ADD, elsewhere)


async def _open(work: Work, wish: Wish, made: Sequence[Made], replaced: Sequence[int]) -> None:
    """Show shares to both sides, in the place of what was declined before."""
    ids = [one.share.id for one in made]
    if replaced:
        await granting.withdraw_shares(work, sorted(set(replaced)))
    await listing.add_new(work.rows, ids)
    if wish.told:
        requests = [(one.grant.principal, _node_id(one), one.screened.name) for one in made]
        await notifying.tell_each(work, Told.REQUEST, requests)
    if wish.accepted:
        await _accept(work, ids)
    else:
        await shelving.refresh(work, ids)


async def _accept(work: Work, ids: Sequence[int]) -> None:
    """Have recipients accept what is shown to them."""
    those = list((await consents.some(work.rows, ids)).values())
    if any(one.location is None for one in those):
        raise WrongState("Its provider does not show the folder yet; try again in a moment.")
    await partaking.accept(work, those)


async def _declined(work: Work, made: Sequence[Made]) -> list[int]:
    """Shares of the same folders with the same users that were declined; two statements."""
    recipients = sorted({one.grant.principal for one in made})
    ids = sorted({one.screened.node.id for one in made if one.screened.node is not None})
    there = await folder_places.on_nodes(work.rows, ids, recipients)
    kinds = sorted({one.screened.kind for one in made if one.provider})
    keys = sorted({one.screened.key for one in made if one.provider})
    there += await folder_places.on_paths(work.rows, kinds, keys, recipients)
    pairs = {(_node_id(one) or one.screened.key, one.grant.principal) for one in made}
    return [one.share for one in there if one.consent is Consent.REFUSED and (one.on, one.principal) in pairs]


def _node_id(one: Made) -> int | None:
    return None if one.screened.node is None else one.screened.node.id
