"""
Shares that wait for their providers' word to begin or to end: each step is written down before a provider is called, so
that the worker finishes or undoes whatever a request left.

Nothing is open while providers are called, for they call back. Whoever sees to drafts holds them until a moment that
nobody else has put there; once that has passed, they are the worker's.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace

import structlog

from polyshare.domain.errors import ProviderAway, Unavailable
from polyshare.domain.events import What
from polyshare.engine.directory.directing import facts
from polyshare.engine.grants import granting
from polyshare.engine.grants.settling import pause_s
from polyshare.engine.keepers import consulting
from polyshare.engine.keepers.consulting import Answer
from polyshare.engine.sharing import memberships
from polyshare.engine.work import House, Work
from polyshare.store.shares import claims, consents, drafts, shares
from polyshare.store.shares.drafts import Waiting
from polyshare.store.tree import remote_drives

log = structlog.get_logger(__name__)

CALL_US = 60_000_000
"""How long drafts are held for one call of their providers, with room to spare: none takes as long."""

BATCHES = 20
"""Most drafts that one look of the worker begins with; what was asked for with them goes along."""

PATIENCE = 10
"""How often a provider is asked to forget what never began before it is left alone with it."""


@dataclass(frozen=True, slots=True)
class Held:
    """
    Drafts that somebody sees to.

    Attributes:
        shares: In the order in which they were asked for.
        until: How long they are held, in microseconds; so that nobody else takes them for theirs.
        by: Login of the user who wants it; empty: the worker sees to it.
        attempts: How often the worker has tried.
    """

    step: Waiting
    shares: tuple[int, ...]
    until: int
    by: str = ""
    attempts: int = 0


async def hold(work: Work, step: Waiting, waiting: Sequence[tuple[int, str]], by: str) -> Held:
    """Write drafts of shares, (share, name of its provider) each, which stand or fall together."""
    until = work.now + CALL_US
    await drafts.add(work.rows, step, work.new_id(), waiting, until)
    return Held(step, tuple(share for share, _ in waiting), until, by)


async def take(work: Work, held: Held) -> None:
    """
    Lock shares and their drafts, in order to go on with them.

    Raises:
        ProviderAway: They are held no more: it took too long, and the worker sees to them.
    """
    ids = sorted(held.shares)
    await work.note(What.DRAFTS_TAKEN, facts=facts(step=held.step, shares=held.shares))
    await work.rows.all(consents.LOCK_DRIVES_OF, shares=ids)
    await work.rows.all(shares.LOCK, shares=ids)
    if await drafts.held(work.rows, held.step, held.shares, held.until) != set(held.shares):
        raise ProviderAway("The provider took too long; look in a moment whether it is done.")


async def undo(house: House, held: Held, answers: Sequence[Answer]) -> None:
    """
    Take back what was to begin: what providers made ready, or may have, is forgotten, then nothing of it is left.

    Args:
        answers: What providers said when they were asked to prepare it. What they can't be told now the worker tells them.
    """
    told = [share for one in answers if not one.did_nothing for share in one.told]

    async def undoing() -> None:
        again = await house.write(None, lambda work: _held_anew(work, held))
        if again is None:
            log.warning("draft.began", shares=held.shares)
            return
        forgotten = await consulting.forget(house, told, again.by)
        if any(one.error is not None for one in forgotten):
            await _put_off(house, again, forgotten)
        else:
            await house.write(None, lambda work: _remove(work, again))

    await _unless_overtaken(undoing())


async def _held_anew(work: Work, held: Held) -> Held | None:
    """What was to begin, held as long as another call takes; None: it has begun, though whoever wrote that never heard of it."""
    await work.note(What.DRAFTS_TAKEN, facts=facts(step=held.step, shares=held.shares))
    await work.rows.all(shares.LOCK, shares=sorted(held.shares))
    if any(not one.step for one in (await consents.some(work.rows, held.shares)).values()):
        return None
    until = work.now + CALL_US
    await work.rows.run(drafts.PUT_OFF, shares=held.shares, until=held.until, again=until)
    return replace(held, until=until)


async def restore(house: House, held: Held, answers: Sequence[Answer]) -> None:
    """
    Let shares stay that were to end: what a provider forgot it prepares again, what it may have forgotten the worker sees to.

    Args:
        answers: What providers said when they were asked to forget them; at least one refused, or is away.
    """
    forgotten = tuple(share for one in answers if one.error is None for share in one.shares)
    unsure = tuple(
        share for one in answers if one.error is not None and not one.did_nothing for share in one.shares
    )
    restoring = {*forgotten, *unsure}

    async def keep(work: Work) -> Held:
        await take(work, held)
        await memberships.note_all(work, What.SHARE_KEPT, await _grants(work, held.shares))
        kept = [share for share in held.shares if share not in restoring]
        await work.rows.run(drafts.DROP, shares=kept)
        turned = replace(held, step=Waiting.RESTORING, until=work.now + CALL_US)
        await work.rows.run(
            drafts.TURN, shares=sorted(restoring), until=held.until, step=turned.step, again=turned.until
        )
        return turned

    async def restored() -> None:
        turned = await house.write(None, keep)
        if unsure:
            await _put_off(house, replace(turned, shares=unsure), answers)
        if forgotten:
            await _prepare_again(house, replace(turned, shares=forgotten))

    await _unless_overtaken(restored())


async def finish(work: Work, held: Held) -> None:
    """End shares that their providers have forgotten, and those with them; raises ProviderAway as `take` does."""
    await take(work, held)
    ending = (await consents.some(work.rows, held.shares)).values()
    await memberships.note_all(work, What.SHARE_WITHDRAWN, [(one.share, one.grant) for one in ending])
    here = [one.share for one in ending if one.node is not None]
    await granting.withdraw_shares(work, here)  # what lies here is gone at once
    await granting.withdraw_shares(work, [share for share in held.shares if share not in here])
    await work.rows.run(drafts.DROP, shares=held.shares)


async def see_to(house: House, limit: int = BATCHES) -> int:
    """
    Finish or undo what requests left behind, and try again what providers could not be told: what begins is undone, what
    ends is ended unless a provider refuses, what was forgotten and is to stay is prepared again.

    Returns:
        How many drafts' time had come, each with what was asked for together.
    """

    async def claim(work: Work) -> list[drafts.Claimed]:
        return await drafts.claim(work.rows, work.now, work.now + CALL_US, limit)

    claimed = await house.write(None, claim)
    ways = {
        Waiting.BEGINNING: _undo_again,
        Waiting.ENDING: _end_again,
        Waiting.RESTORING: _prepare_again,
        Waiting.FORGETTING: _forget_again,
    }
    doing = [
        ways[one.step](house, Held(one.step, one.shares, one.until, attempts=one.attempts)) for one in claimed
    ]
    await asyncio.gather(*map(_unless_overtaken, doing))
    return len(claimed)


async def _unless_overtaken(doing: Awaitable[None]) -> None:
    """Whoever holds drafts no more, or can't write down what came of them, leaves them to the worker."""
    try:
        await doing
    except Unavailable as error:
        log.warning("draft.left", reason=error.message)


async def _undo_again(house: House, held: Held) -> None:
    answers = await consulting.forget(house, await consulting.told(house, held.shares), held.by)
    if all(one.error is None for one in answers):
        await house.write(None, lambda work: _remove(work, held))
    elif held.attempts >= PATIENCE and all(one.error is None or one.refused for one in answers):
        log.warning("draft.not_forgotten", shares=held.shares)
        await house.write(None, lambda work: _remove(work, held))
    else:
        await _put_off(house, held, answers)


async def _end_again(house: House, held: Held) -> None:
    answers = await consulting.forget(house, await consulting.told(house, held.shares), held.by)
    if all(one.error is None for one in answers):
        await house.write(None, lambda work: finish(work, held))
    elif any(one.refused for one in answers):
        await restore(house, held, answers)
    else:
        await _put_off(house, held, answers)


async def _forget_again(house: House, held: Held) -> None:
    """Tell providers of what has ended; that they refuse changes nothing, for nobody has access any more."""
    answers = await consulting.forget(house, await consulting.told(house, held.shares), held.by)
    if all(one.error is None or one.refused for one in answers):
        await house.write(None, lambda work: work.rows.run(drafts.DROP, shares=held.shares))
    else:
        await _put_off(house, held, answers)


async def _prepare_again(house: House, held: Held) -> None:
    """Have providers prepare what they forgot and what is to stay; one that refuses has its way, and the share none of it."""
    answers = await consulting.prepare(house, await consulting.told(house, held.shares), held.by)
    told = {share for one in answers for share in one.shares}
    refused = [share for one in answers if one.refused for share in one.shares]
    if refused:
        log.warning("draft.not_restored", shares=refused)
    waiting = {share for one in answers if one.error is not None and not one.refused for share in one.shares}

    async def record(work: Work) -> None:
        await take(work, held)
        through = [share for share in held.shares if share not in waiting]
        await drafts.set_refs(work.rows, {share: ref for one in answers for share, ref in one.refs.items()})
        await work.rows.run(drafts.DROP, shares=through)

    await house.write(None, record)
    if left := tuple(share for share in held.shares if share in waiting & told):
        await _put_off(house, replace(held, shares=left), answers)


async def _remove(work: Work, held: Held) -> None:
    """Leave nothing of shares that never began."""
    await take(work, held)
    await memberships.note_all(work, What.SHARE_FORGOTTEN, await _grants(work, held.shares))
    await work.rows.run(claims.FREE, shares=held.shares)
    await remote_drives.close(work.rows, held.shares, work.now)
    await shares.purge(work.rows, held.shares)


async def _put_off(house: House, held: Held, answers: Sequence[Answer]) -> None:
    """Leave drafts to the worker, after a pause that doubles, or as long as providers asked for."""
    wanted = [one.retry_after_s for one in answers if one.retry_after_s is not None]
    pause_us = int(pause_s(house, held.attempts, max(wanted, default=None)) * 1_000_000)

    async def job(work: Work) -> None:
        again = work.now + pause_us
        await work.rows.run(drafts.PUT_OFF, shares=held.shares, until=held.until, again=again)

    await house.write(None, job)


async def _grants(work: Work, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Each of these shares that is live, with its grant."""
    return [(one.share, one.grant) for one in (await consents.some(work.rows, ids)).values()]
