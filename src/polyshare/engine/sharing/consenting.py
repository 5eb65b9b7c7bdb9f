"""Consenting to folders that wait for approval: accepting and declining them, and what their owners change meanwhile."""

from collections.abc import Sequence

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Denied, Invalid, WrongState
from polyshare.domain.folder_shares import demand_giveable
from polyshare.domain.permissions import Permission
from polyshare.engine.sharing import memberships, partaking
from polyshare.engine.sharing.partaking import stake, stakes
from polyshare.engine.work import Work
from polyshare.store.shares.consents import Stake


async def accept(work: Work, ids: Sequence[int]) -> None:
    """
    Take what is offered to the actor: all of these shares or none; what it holds already stays as it is.

    Args:
        ids: Of shares; the same one twice counts once.

    Raises:
        NotFound: The actor sees no such share; `what` is "share".
        Denied: It is the actor's own, or was declined: its owner may offer it anew.
        WrongState: Its provider has not said yet where it shows the folder.
    """
    found = await stakes(work, ids)
    waiting = []
    for share in dict.fromkeys(ids):
        one = stake(found, share)
        _check_recipient(work, one)
        if one.consent is Consent.REFUSED:
            raise Denied("This was declined; ask its owner to share it again.")
        if one.consent is Consent.AWAITED:
            if one.location is None:
                raise WrongState("Its provider does not show the folder yet; try again in a moment.")
            waiting.append(one)
    if waiting:
        await partaking.accept(work, waiting)


async def decline(work: Work, ids: Sequence[int]) -> None:
    """
    Refuse what is offered to the actor, or leave what it had accepted: all of these shares or none.

    Raises:
        NotFound: The actor sees no such share; `what` is "share".
        Denied: It is the actor's own.
    """
    found = await stakes(work, ids)
    for share in dict.fromkeys(ids):
        _check_recipient(work, stake(found, share))
    going = [found[share] for share in dict.fromkeys(ids) if found[share].consent is not Consent.REFUSED]
    if going:
        await partaking.decline(work, going)


async def regrant(work: Work, wanted: Sequence[tuple[int, Permission, str | None]]) -> None:
    """
    Have the actor's shares give something else, at once where they were accepted: all of them or none.

    Args:
        wanted: Share, permissions as they count, and as they were sent; of several for one share the last one counts.

    Raises:
        NotFound: The actor sees no such share; `what` is "share".
        Denied: It is another's.
        Invalid: Nothing is given, or what can't be.
        WrongState: It was declined.
    """
    found = await stakes(work, [share for share, *_ in wanted])
    for share, permissions, _ in wanted:
        one = stake(found, share)
        if one.owner != memberships.caller(work):
            raise Denied("Only who shares a folder says what may be done with it.")
        if not permissions:
            raise Invalid("Say what may be done with the folder.")
        demand_giveable(permissions)
        if one.consent is Consent.REFUSED:
            raise WrongState("This was declined; share the folder again instead.")
    last = {share: (permissions, asked) for share, permissions, asked in wanted}
    await partaking.regrant(work, [found[share] for share in last], last)


def _check_recipient(work: Work, one: Stake) -> None:
    if one.recipient != memberships.caller(work):
        raise Denied("Only who a folder is offered to accepts or declines it.")
