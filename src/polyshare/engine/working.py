"""The worker's loop: one round after another while there is work, asleep until the next is due or a commit wakes it."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from polyshare.domain.errors import Unavailable
from polyshare.engine import aligning, collecting, delivering, mailing, providing, sweeping, tidying
from polyshare.engine.work import House
from polyshare.store import deliveries
from polyshare.store.database import Rows

T = TypeVar("T")

log = structlog.get_logger(__name__)

BATCH = 100
PATIENCE_S = 0.5
"""How long a round waits for its providers before the next is begun beside it, so that a slow one holds nobody up."""

ROUNDS = 8
"""Rounds whose providers are being asked at one time; together they have up to eight batches in hand."""

MAIL = "mail"
"""Name of the task in which mails are sent; one at a time, so that a mail server that hangs takes no provider's place."""


async def run(house: House, stopping: asyncio.Event) -> None:
    """Work until *stopping* is set; what is under way then is finished first. A database that is away is waited for."""
    asking: set[asyncio.Task[int]] = set()
    try:
        while not stopping.is_set():
            house.woken.clear()
            pause = house.settings.poll_interval_s
            if await _guarded(_round(house, asking)):
                due = await _guarded(_until_due(house))
                pause = due if due is not None else pause
            if pause:
                await _sleep(house, stopping, pause)
        while asking:
            await _guarded(_hear(asking, None))
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


async def _round(house: House, asking: set[asyncio.Task[int]]) -> bool:
    """Everything that is due now, a batch of each; grants whose providers take their time stay in *asking*."""
    await providing.refresh(house)
    grants_at, shares_at, realignments_at, mails_at = await _waiting(house)
    now = house.clock()
    if grants_at is not None and grants_at <= now and len(asking) < ROUNDS:
        asking.add(asyncio.create_task(delivering.deliver_due(house, BATCH)))
    if mails_at is not None and mails_at <= now and not any(task.get_name() == MAIL for task in asking):
        asking.add(asyncio.create_task(mailing.mail_due(house), name=MAIL))
    if asking:
        await _hear(asking, PATIENCE_S)
    if shares_at is not None and shares_at <= now:
        await aligning.settle_shares(house)
    if realignments_at is not None:
        await aligning.realign_next(house)
    await tidying.tidy(house)
    await sweeping.sweep(house)
    await collecting.collect(house)
    return True


async def _hear(asking: set[asyncio.Task[int]], patience_s: float | None) -> None:
    """Wait for the first of the rounds under way to end, but not longer than that; raises what one broke with."""
    done, _ = await asyncio.wait(asking, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    asking -= done
    for task in done:
        task.result()


async def _waiting(house: House) -> tuple[int | None, int | None, int | None, int | None]:
    """When the next grant, share, realignment and mail are due, in microseconds; one statement."""

    async def job(rows: Rows) -> tuple[int | None, int | None, int | None, int | None]:
        row = await rows.one(deliveries.WAITING)
        if row is None:
            return None, None, None, None
        return row[0], row[1], row[2], row[3] if house.settings.smtp_url else None

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
