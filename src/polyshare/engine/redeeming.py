"""Redeeming links that join: whoever has one becomes a recipient of the folder, with a share of its own."""

from collections.abc import Sequence

from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.folder_shares import FolderOrder, FolderShare, FolderShareFilter, NewFolderShare
from polyshare.domain.join_links import JoinLink
from polyshare.domain.principals import Actor
from polyshare.engine import asking, consenting, joining, memberships, partaking, surveying
from polyshare.engine.placing import locked_anywhere
from polyshare.engine.screening import Sharer
from polyshare.engine.work import House, Work
from polyshare.providers.base import path_kind
from polyshare.store import consents, folder_places, members


async def accepted(work: Work, link: JoinLink) -> FolderShare | None:
    """The share by which the actor has the folder of a link already; None: it has none, or is yet to approve it."""
    person = memberships.caller(work)
    if person == link.owner:
        return None
    wanted = FolderShareFilter(received=True, refused=False, path=link.path)
    order = FolderOrder.PATH
    found, _ = await surveying.page(work, person, wanted, order, False, 1, 0, None, updates=False)
    return next((one for one in found if one.consent is Consent.GIVEN), None)


async def redeem(house: House, actor: Actor, token: str) -> FolderShare:
    """
    Take a link up: the actor has the folder then, with a share of its own; nobody is told.

    What it has already stays as it is. What it was asked for and has not answered it gets, and no less than the link gives; what
    it declined, or left, it is given anew.

    Raises:
        NotFound: As `joining.find`.
        Invalid: It is the actor's own.
        AlreadyThere: Its provider is being asked for the same just now.
        WrongState: Its provider has not said where it shows the folder; nothing has changed.
        ProviderRefused, ProviderAway, ProviderUnknown: Its provider can't be asked, or said no; nothing has changed.
    """
    link = await house.read(actor, lambda work: joining.find(work, token))
    if link.owner == actor.id:
        raise Invalid("This is your own link; the folder is yours already.")
    share = await house.write(actor, lambda work: _join(work, actor, token))
    nothing_left_out = FolderShareFilter()
    return await house.read(
        actor, lambda work: surveying.one(work, actor.id, share, nothing_left_out, updates=False)
    )


async def _join(work: Work, actor: Actor, token: str) -> int:
    """Let the actor have the folder of a link, in one transaction; the share's id."""
    link = await joining.find(work, token)
    if link.node is not None:
        await locked_anywhere(work, link.node)
        link = await joining.find(work, token)  # as it is behind the lock
    held = await _held(work, link, actor.id)
    if not held:
        new = NewFolderShare(link.path, actor.login, link.permissions, link.asked, None)
        [made] = await asking.offer(work, Sharer(link.owner, link.owner_login), [new], told=False)
        held = [made.share.id]
    else:
        await _raise(work, link, actor.id, held)
    await consenting.accept(work, held)
    return held[0]


async def _held(work: Work, link: JoinLink, person: int) -> list[int]:
    """The share of this very folder that a person was offered and has not declined, at most one."""
    if link.node is not None:
        there = await folder_places.on_nodes(work.rows, [link.node], [person])
    else:
        there = await folder_places.on_paths(work.rows, [await _kind(work, link.path)], [link.path], [person])
    return [one.share for one in there if one.consent is not Consent.REFUSED][:1]


async def _raise(work: Work, link: JoinLink, person: int, held: Sequence[int]) -> None:
    """Have what somebody was offered and has not answered give no less than the link; and what only lets look, too."""
    stakes = await consents.stakes(work.rows, person, held)
    if not stakes and link.node is not None:
        looking = await work.rows.all(members.IN_PLACE_OF, node=link.node, principals=[person])
        await memberships.revise(work, looking, link.permissions)
    for one in stakes.values():
        if one.consent is Consent.AWAITED and one.permissions.closed < link.permissions.closed:
            await partaking.regrant(work, [one], {one.share: (link.permissions, link.asked)})


async def _kind(work: Work, path: str) -> str:
    """Of what kind a folder is that lies elsewhere: of the provider of its drive. Raises NotFound."""
    number, _ = paths.drive_and_names(path)
    found = (await folder_places.drives(work.rows, [number])).get(number)
    if found is None:
        raise NotFound("link")
    return path_kind(found.product.provider)
