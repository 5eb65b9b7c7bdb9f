"""The worker's loop: one round after another while there is work, asleep until the next is due or a commit wakes it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine, Sequence
from typing import TypeVar

import structlog

from polyshare.domain.errors import Unavailable
from polyshare.engine.content import collecting
from polyshare.engine.keepers import providing
from polyshare.engine.sharing import aligning, delivering, drafting, recounting
from polyshare.engine.tree import sweeping
from polyshare.engine.work import House
from polyshare.engine.worker import mailing, tidying
from polyshare.store.database import Rows
from polyshare.store.shares import deliveries

T = TypeVar("T")

log = structlog.get_logger(__name__)

BATCH = 100

RECOUNT = "recount"
"""Under which name keepers are told of their shares; once at a time, beside everything else."""

MAIL = "mail"
"""Under which name the sending of mails counts as under way; one at a time, beside everything else."""
DRAFTS = "drafts"
"""The same of shares that wait for their providers' word."""


async def run(house: House, stopping: asyncio.Event) -> None:
    """Work until *stopping* is set; what is under way then is finished first. A database that is away is waited for."""
    asking: set[asyncio.Task[None]] = set()
    try:
        while not stopping.is_set():
            house.woken.clear()
            pause = house.settings.poll_interval_s
            if await _guarded(_round(house, asking)):
                due = await _guarded(_until_due(house))
                pause = due if due is not None else pause
            if pause:
                await _sleep(house, stopping, pause)
        if asking:
            await asyncio.wait(asking)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _guarded(doing: Awaitable[T]) -> T | None:
    """
    What *doing* gives, or None where it broke.

    One round that breaks must not end all that follow; the log says why, and the next round tries again.
    """
    try:
        return await doing
    except Unavailable as error:
        log.warning("worker.waits", reason=error.message)
    except Exception:
        log.exception("worker.broke")
    return None


async def _round(house: House, asking: set[asyncio.Task[None]]) -> bool:
    """
    Everything that is due now, a batch of each.

    No round waits for providers: grants that they are asked about stay in *asking*. A provider that has enough of them is
    passed over until it is through with some, so that a slow one holds nobody else's up.
    """
    await providing.refresh(house)
    grants_at, shares_at, realignments_at, mails_at, drafts_at = await _waiting(house)
    now = house.clock()
    if grants_at is not None and grants_at <= now:
        tasks = await delivering.claim_due(house, BATCH)
        _beside(asking, _carry_out(house, tasks))
    if mails_at is not None and mails_at <= now:
        house.under_way[MAIL] += 1
        _beside(asking, _alone(house, MAIL, mailing.mail_due(house)))
    if drafts_at is not None and drafts_at <= now:
        house.under_way[DRAFTS] += 1
        _beside(asking, _alone(house, DRAFTS, drafting.see_to(house)))
    if recounting.is_due(house) and not house.under_way[RECOUNT]:
        house.under_way[RECOUNT] += 1
        _beside(asking, _alone(house, RECOUNT, recounting.recount(house)))
    if shares_at is not None and shares_at <= now:
        await aligning.settle_shares(house)
    if realignments_at is not None:
        await aligning.realign_next(house)
    await tidying.tidy(house)
    await sweeping.sweep(house)
    await collecting.collect(house)
    return True


async def _carry_out(house: House, tasks: Sequence[delivering.Task]) -> None:
    await _guarded(delivering.carry_out(house, tasks))


def _beside(asking: set[asyncio.Task[None]], doing: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(doing)
    asking.add(task)
    task.add_done_callback(asking.discard)


async def _alone(house: House, name: str, doing: Coroutine[None, None, int]) -> None:
    """Do what goes on beside rounds, one of its name at a time."""
    try:
        await _guarded(doing)
    finally:
        house.under_way[name] -= 1
        house.woken.set()


async def _waiting(house: House) -> tuple[int | None, ...]:
    """
    When the next grant, share, realignment, mail and draft are due, in microseconds.

    Grants of a provider that is busy do not count, nor mails and drafts while some are being seen to.
    """
    full = delivering.busy(house)
    mailing_on = bool(house.settings.smtp_url) and not house.under_way[MAIL]

    async def job(rows: Rows) -> tuple[int | None, ...]:
        row = await rows.one(deliveries.WAITING, full=full)
        if row is None:
            return (None,) * 5
        return *row[:3], row[3] if mailing_on else None, None if house.under_way[DRAFTS] else row[4]

    return await house.database.read(job)


async def _until_due(house: House) -> float:
    """Seconds until something is due, at most the polling interval: what other processes commit wakes nobody here."""
    due = [at for at in await _waiting(house) if at is not None]
    if not due:
        return house.settings.poll_interval_s
    return min(max((min(due) - house.clock()) / 1_000_000, 0.0), house.settings.poll_interval_s)


async def _sleep(house: House, stopping: asyncio.Event, pause: float) -> None:
    waits = {asyncio.ensure_future(house.woken.wait()), asyncio.ensure_future(stopping.wait())}
    try:
        await asyncio.wait(waits, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*waits, return_exceptions=True)
