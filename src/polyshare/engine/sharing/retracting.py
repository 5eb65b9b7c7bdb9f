"""Ending shares of one folder each, which their owners and their recipients may do."""

from collections.abc import Sequence

from polyshare.domain.errors import NotFound, ProviderAway
from polyshare.domain.events import What
from polyshare.domain.principals import Actor
from polyshare.engine.grants import granting
from polyshare.engine.keepers import consulting
from polyshare.engine.sharing import drafting, memberships
from polyshare.engine.sharing.drafting import Held
from polyshare.engine.sharing.partaking import provider_of, stake, stakes
from polyshare.engine.work import House, Work
from polyshare.store.shares import drafts
from polyshare.store.shares.consents import Stake
from polyshare.store.shares.drafts import Waiting


async def end(house: House, actor: Actor, ids: Sequence[int]) -> None:
    """
    End shares that the actor sent or received: all of them or none; what was shared is untouched.

    Providers of folders that lie elsewhere are asked to forget them first, with nothing open.

    Raises:
        NotFound: The actor sees no such share, or it is ending already; `what` is "share".
        ProviderRefused, ProviderAway: A provider said no, or can't be reached; the shares stay as they are.
    """
    ids = list(dict.fromkeys(ids))
    held = await house.write(actor, lambda work: _begin(work, actor, ids))
    if held is None:
        return
    answers = await consulting.forget(house, await consulting.told(house, held.shares), actor.login)
    error = consulting.first_error(answers, ids)
    if error is not None:
        await drafting.restore(house, held, answers)
        raise error
    await house.write(actor, lambda work: drafting.finish(work, held))


async def _begin(work: Work, actor: Actor, ids: Sequence[int]) -> Held | None:
    """End shares of what lies here; if there are others, whose providers are to be asked, only say so of all of them."""
    found = await stakes(work, ids)
    those = [_endable(work, stake(found, share)) for share in ids]
    waiting = [(one.share, provider_of(one)) for one in those]
    noted = [(one.share, one.grant) for one in those]
    if not any(provider for _, provider in waiting):
        await memberships.note_all(work, What.SHARE_WITHDRAWN, noted)
        await granting.withdraw_shares(work, ids)
        return None
    await memberships.note_all(work, What.SHARE_ENDING, noted)
    await work.rows.run(drafts.DROP, shares=ids)
    return await drafting.hold(work, Waiting.ENDING, waiting, actor.login)


def _endable(work: Work, one: Stake) -> Stake:
    if one.step == Waiting.ENDING:
        raise NotFound("share")
    if one.step and one.again_at > work.now:
        raise ProviderAway("Its provider is being asked about it; try again in a moment.")
    return one
