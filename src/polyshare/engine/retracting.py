"""Ending shares of one folder each, which their owners and their recipients may do."""

from collections.abc import Sequence

from polyshare.domain.events import What
from polyshare.domain.principals import Actor
from polyshare.engine import granting, memberships, shelving
from polyshare.engine.partaking import stake, stakes
from polyshare.engine.work import House, Work


async def end(house: House, actor: Actor, ids: Sequence[int]) -> None:
    """
    End shares that the actor sent or received: all of them or none; what was shared is untouched.

    Raises:
        NotFound: The actor sees no such share; `what` is "share".
    """

    async def job(work: Work) -> None:
        found = await stakes(work, ids)
        those = [stake(found, share) for share in dict.fromkeys(ids)]
        await memberships.note_all(work, What.SHARE_WITHDRAWN, [(one.share, one.grant) for one in those])
        await granting.withdraw_shares(work, [one.share for one in those])
        await shelving.refresh(work, [one.share for one in those])

    await house.write(actor, job)
