"""The reconciler: claims grants that are due, has providers carry them out with nothing open, records what came of it."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import structlog

from polyshare.domain.delivery import Delivery
from polyshare.domain.errors import Unavailable
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.domain.views import ItemSeen
from polyshare.engine.grants.settling import Carried, settle
from polyshare.engine.work import House, Work
from polyshare.providers.base import Entry, Errand, NoTurn, Outcome, Refusal
from polyshare.store.database import Row
from polyshare.store.shares import cells, deliveries, items
from polyshare.store.tree import remote_drives

log = structlog.get_logger(__name__)

ENOUGH = 50
"""
Grants under way at one provider from which on no more of its grants are claimed; with the last batch they may be more.

More than a provider carries out at a time, so that the next ones wait there; few enough that a slow one holds little.
"""


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed grant: what is to be carried out, and how often that was tried."""

    errand: Errand
    share: int
    attempts: int
    claim: int
    refused: tuple[Refusal, ...]
    """Final refusals that stand: their entries have no new version, so nobody is asked again."""
    providers: frozenset[str]
    """Names of those that have a part in it."""


async def deliver_due(house: House, limit: int = 100) -> int:
    """
    Carry out up to *limit* grants whose time has come.

    Returns:
        How many grants were claimed; as many as *limit* means that there may be more.
    """
    tasks = await claim_due(house, limit)
    await carry_out(house, tasks)
    return len(tasks)


def busy(house: House) -> list[str]:
    """The resource kinds whose providers have enough under way; the one for unclaimed kinds answers at once and never has."""
    return house.providers.kinds_of(name for name, number in house.under_way.items() if number >= ENOUGH)


async def claim_due(house: House, limit: int) -> list[Task]:
    """
    Claim up to *limit* grants whose time has come, but for those that a busy provider has a part in.

    They count as under way until `carry_out`, which must follow, is through with them.
    """
    claimed = await _claim(house, limit)
    tasks = await _tasks(house, claimed) if claimed else []
    for task in tasks:
        house.under_way.update(task.providers)
    return tasks


async def carry_out(house: House, tasks: Sequence[Task]) -> None:
    """Have providers carry out what was claimed; what is through early is recorded without waiting for the rest."""
    pending = {asyncio.ensure_future(_carry_out(house, task)): task for task in tasks}
    try:
        while pending:
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            try:
                await settle(house, [carrying.result() for carrying in done])
            finally:
                _through(house, [pending.pop(carrying) for carrying in done])
    finally:
        for carrying in pending:
            carrying.cancel()
        _through(house, list(pending.values()))


def _through(house: House, tasks: Sequence[Task]) -> None:
    """Count grants as under way no longer, and wake the worker for a provider that was busy until now."""
    before = busy(house)
    for task in tasks:
        house.under_way.subtract(task.providers)
    house.under_way += Counter()  # forgets those with nothing under way
    if busy(house) != before:
        house.woken.set()


async def _claim(house: House, limit: int) -> dict[int, int]:
    """Until when each claimed grant is ours, in microseconds."""
    lease = int(house.settings.claim_s * 1_000_000)
    full = busy(house)

    async def job(work: Work) -> dict[int, int]:
        until = work.now + lease
        found = await work.rows.all(deliveries.CLAIM, now=work.now, until=until, limit=limit, full=full)
        return dict.fromkeys(sorted(row[0] for row in found), until)

    return await house.write(None, job)


async def _tasks(house: House, claimed: Mapping[int, int]) -> list[Task]:
    """What is to be carried out for the claimed grants: three statements, four with such as a keeper shows."""

    async def job(work: Work) -> list[Task]:
        rows = await work.rows.all(deliveries.ERRANDS, grants=list(claimed))
        shares = sorted({row[2] for row in rows})
        kept = await work.rows.all(cells.OF, grants=[row[0] for row in rows])
        found = await work.rows.all(items.LIVE_OF, shares=shares)
        mounts = await remote_drives.mounts(work.rows, [row[14] for row in rows])
        # made once for a share, whatever number of its grants is due
        live = {
            share: [_entry(one) for one in of]
            for share, of in groupby(map(items.item_of, found), key=lambda one: one.item.share)
        }
        differing: dict[int, dict[int, Row]] = {}
        for cell in kept:
            differing.setdefault(cell[0], {})[cell[1]] = cell
        return [
            _task(
                house,
                _errand(row, mounts.get(row[14])),
                (row[2], row[7], claimed[row[0]]),
                live.get(row[2], []),
                differing.get(row[0], {}),
            )
            for row in rows
        ]

    return await house.read(None, job)


def _errand(row: Row, mount: RemoteDrive | None) -> Errand:
    """The errand about the grant in a row, before it is known about which items."""
    id_, public_id, _, delivery, generation, joined_at, permissions, attempts, *names = row
    share, share_name, owner, recipient, kind, login, _ = names
    return Errand(
        grant=id_,
        public_id=public_id,
        share=share,
        share_name=share_name,
        owner=owner,
        recipient=recipient,
        recipient_kind=Kind(kind),
        permissions=Permission(permissions),
        generation=generation,
        entries=(),
        withdraw=delivery == Delivery.RECALLED,
        login=login,
        mount=mount,
        joined=joined_at is not None,
        first=joined_at is None and attempts == 0 and generation == 1,
    )


def _task(
    house: House,
    errand: Errand,
    numbers: tuple[int, int, int],
    live: Sequence[Entry],
    differing: dict[int, Row],
) -> Task:
    """
    One task from its rows; *numbers* are the share, how often it was tried, and until when it is ours.

    A recipient that is in place is told what differs; a new one gets everything that stays, and what left meanwhile is
    taken back, since a call that was overtaken may have brought it. One that leaves gives everything back. A keeper holds
    the permissions themselves, so that it is told of every change of the grant.
    """
    kept = house.providers.keeps
    standing = {} if errand.withdraw else {item: cell for item, cell in differing.items() if cell[4]}
    entries = [
        one
        for one in live
        if errand.withdraw
        or (one.item in differing and one.item not in standing)
        or (not one.leaving and one.item not in standing and (not errand.joined or kept(one.kind)))
    ]
    refused = tuple(Refusal(item, cell[3], final=True) for item, cell in standing.items())
    providers = frozenset(house.providers.of(one.kind).name for one in entries)
    return Task(replace(errand, entries=tuple(entries)), *numbers, refused, providers)


def _entry(one: ItemSeen) -> Entry:
    item = one.item
    leaving = item.leaving_at is not None
    return Entry(item.id, item.public_id, item.kind, item.key, one.owner, item.meta, item.revision, leaving)


async def _carry_out(house: House, task: Task) -> Carried:
    """Ask each provider that has a part in it; one that does not answer refuses its part for now."""

    def carrier(entry: Entry) -> str:
        return house.providers.of(entry.kind).name

    parts = [tuple(part) for _, part in groupby(sorted(task.errand.entries, key=carrier), key=carrier)]
    # Side by side, so that the slowest provider alone decides how long the claim must hold.
    outcomes = await asyncio.gather(*(_ask(house, task.errand, part) for part in parts))
    heard = [outcome for outcome in outcomes if outcome is not None]
    refusals = (*task.refused, *(refusal for outcome in heard for refusal in outcome.refusals))
    turned_away = len(heard) < len(outcomes)
    wanted = [outcome.retry_after_s for outcome in heard if outcome.retry_after_s is not None]
    return Carried(
        task.errand,
        task.share,
        task.attempts,
        task.claim,
        refusals,
        turned_away,
        max(wanted, default=None),
    )


async def _ask(house: House, errand: Errand, entries: tuple[Entry, ...]) -> Outcome | None:
    """What one provider says; None when it was too busy to begin."""
    provider = house.providers.of(entries[0].kind)
    part = replace(errand, entries=entries)
    wanted_s = None
    try:
        return _heard(part, await (provider.withdraw(part) if errand.withdraw else provider.deliver(part)))
    except NoTurn:
        return None
    except Unavailable as error:
        message, wanted_s = error.message, error.retry_after_s
    except Exception:
        # A provider that breaks must not stop the others; the grant stays due and the log says why.
        log.exception("provider.broke", provider=provider.name, grant=errand.public_id)
        message = "The provider failed; it will be asked again."
    return Outcome(tuple(Refusal(entry.item, message, final=False) for entry in entries), wanted_s)


def _heard(errand: Errand, outcome: Outcome) -> Outcome:
    """What an outcome says of the entries asked for; what is to be taken back is never refused for good."""
    asked = {entry.item: entry for entry in errand.entries}
    refusals = tuple(
        replace(refusal, final=refusal.final and not errand.withdraw and not asked[refusal.item].leaving)
        for refusal in outcome.refusals
        if refusal.item in asked
    )
    return Outcome(refusals, outcome.retry_after_s)
