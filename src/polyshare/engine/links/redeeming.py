"""Redeeming links that join: whoever has one becomes a recipient of the folder, with a share of its own."""

from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import AlreadyThere, Denied, Invalid, NotFound
from polyshare.domain.folder_shares import (
    ELSEWHERE,
    FolderShare,
    FolderShareFilter,
    NewFolderShare,
)
from polyshare.domain.join_links import JoinLink
from polyshare.domain.principals import Actor
from polyshare.domain.views import Window
from polyshare.engine.links import joining
from polyshare.engine.sharing import asking, consenting, memberships, partaking, surveying
from polyshare.engine.sharing.asking import Wish
from polyshare.engine.sharing.screening import Sharer
from polyshare.engine.tree.placing import locked_anywhere
from polyshare.engine.work import House, Work
from polyshare.store.shares import consents, folder_places, members

ATTEMPTS = 3
"""How often a link is taken up again because something else was quicker."""


async def accepted(work: Work, link: JoinLink) -> FolderShare | None:
    """The share by which the actor has the folder of a link already; None: it has none, or is yet to approve it."""
    person = memberships.caller(work)
    if person == link.owner:
        return None
    wanted = FolderShareFilter(received=True, refused=False, path=link.path)
    found, _ = await surveying.page(work, person, wanted, surveying.BY_PATH, Window(limit=1), updates=False)
    return next((one for one in found if one.consent is Consent.GIVEN), None)


async def redeem(house: House, actor: Actor, token: str) -> FolderShare:
    """
    Take a link up: the actor has the folder then, with a share of its own; nobody is told.

    What it has already stays as it is. What it was asked for and has not answered it gets, and no less than the link gives; what
    it declined, or left, it is given anew. Where the folder lies elsewhere its provider is asked first, with nothing open.

    Raises:
        NotFound: As `joining.find`.
        Invalid: It is the actor's own.
        AlreadyThere: Its provider is being asked for the same just now.
        WrongState: Its provider has not said where it shows the folder; nothing has changed.
        ProviderRefused, ProviderAway, ProviderUnknown: Its provider can't be asked, or said no; nothing has changed.
    """
    for attempt in range(ATTEMPTS):
        link = await house.read(actor, lambda work: joining.find(work, token))
        if link.owner == actor.id:
            raise Invalid("This is your own link; the folder is yours already.")
        share = await house.write(actor, lambda work: _take_up(work, actor, token))
        if share is not None:
            return await _seen(house, actor, share)
        try:
            [share] = await asking.offer(house, actor, _wish(link, actor))
            return await _seen(house, actor, share)
        except (AlreadyThere, Denied, Invalid):  # since we looked it was offered, or has gone elsewhere
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _wish(link: JoinLink, actor: Actor) -> Wish:
    """The folder of a link for the actor, who has accepted."""
    new = NewFolderShare(link.path, actor.login, link.permissions, link.asked, None)
    return Wish(Sharer(link.owner, link.owner_login), [new], told=False, accepted=True)


async def _seen(house: House, actor: Actor, share: int) -> FolderShare:
    all_of_them = FolderShareFilter()
    return await house.read(
        actor, lambda work: surveying.one(work, actor.id, share, all_of_them, updates=False)
    )


async def _take_up(work: Work, actor: Actor, token: str) -> int | None:
    """Let the actor have what it was offered of the folder of a link before; the share's id, None: there is nothing."""
    link = await joining.find(work, token)
    if link.node is not None:
        await locked_anywhere(work, link.node)
        link = await joining.find(work, token)  # as it is behind the lock
    held = await _held(work, link, actor.id)
    if held is not None:
        await _raise(work, link, actor.id, held)
        await consenting.accept(work, [held])
    return held


async def _held(work: Work, link: JoinLink, person: int) -> int | None:
    """The share of this very folder that a person was offered and has not declined; there is one at most."""
    if link.node is not None:
        there = await folder_places.on_nodes(work.rows, [link.node], [person])
    else:
        there = await folder_places.on_paths(work.rows, [await _kind(work, link.path)], [link.path], [person])
    return next((one.share for one in there if one.consent is not Consent.REFUSED), None)


async def _raise(work: Work, link: JoinLink, person: int, share: int) -> None:
    """Have what somebody was offered and has not answered give no less than the link; and what only lets look, too."""
    stake = (await consents.stakes(work.rows, person, [share])).get(share)
    if stake is None and link.node is not None:
        looking = await work.rows.all(members.IN_PLACE_OF, node=link.node, principals=[person])
        await memberships.revise(work, [row for row in looking if row[2] == share], link.permissions)
    elif stake is None:
        raise AlreadyThere("This folder is being shared with you just now; try again in a moment.")
    elif stake.consent is Consent.AWAITED and stake.permissions.closed < link.permissions.closed:
        await partaking.regrant(work, [stake], {share: (link.permissions, link.asked)})


async def _kind(work: Work, path: str) -> str:
    """Of what kind a folder is that lies elsewhere: of the provider of its drive. Raises NotFound."""
    number, _ = paths.drive_and_names(path)
    found = (await folder_places.drives(work.rows, [number])).get(number)
    if found is None:
        raise NotFound("link")
    return ELSEWHERE + found.product.provider
