"""Recording what providers did: grants move on, cells catch up, and parts that nothing holds any more are gone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.delivery import UNSETTLED, Delivery, Step, moved
from polyshare.domain.events import What
from polyshare.engine.grants import granting
from polyshare.engine.work import House, Work
from polyshare.providers.base import Errand, Refusal
from polyshare.store.database import Row
from polyshare.store.process import events
from polyshare.store.shares import cells, deliveries, listing, shares


@dataclass(frozen=True, slots=True)
class Carried:
    """
    What came of one errand.

    Attributes:
        share: Id of the share.
        attempts: How often it was tried before.
        claim: Until when the grant was claimed for this errand, in microseconds.
        refusals: Entries that were not carried out, now or for good before.
        turned_away: A provider was too busy to begin.
        retry_after_s: How long a provider asks to be left alone, in seconds; None: none does.
    """

    errand: Errand
    share: int
    attempts: int
    claim: int
    refusals: tuple[Refusal, ...]
    turned_away: bool = False
    retry_after_s: float | None = None


async def settle(house: House, carried: Sequence[Carried]) -> None:
    """
    Record outcomes in one transaction; one that speaks of an older generation of its grant moves nothing.

    One whose claim was lost is not recorded at all: who took the grant over is asking for it again.
    """
    pauses = {one.errand.grant: pause_s(house, one.attempts, one.retry_after_s) for one in carried}

    async def job(work: Work) -> None:
        await work.note(What.DELIVERIES_SETTLED, facts=f'{{"grants":{len(carried)}}}')
        touched = sorted({one.share for one in carried})
        await work.rows.all(shares.LOCK, shares=touched)
        ids = sorted(one.errand.grant for one in carried)
        now = {row[0]: row for row in await work.rows.all(deliveries.STATES, grants=ids)}
        held = [one for one in carried if one.errand.grant in now and now[one.errand.grant][3] == one.claim]
        meant = [one for one in held if _still_meant(one, now[one.errand.grant])]
        valid = [one for one in meant if not one.turned_away]
        overtaken = [one for one in held if not _still_meant(one, now[one.errand.grant])]
        if overtaken:
            await _look_again(work, overtaken)
        if len(valid) < len(meant):
            await _put_back(work, [one for one in meant if one.turned_away])
        if valid:
            await _catch_up(work, valid, now)
            await _move(work, valid, now, pauses)
            await granting.finish(work, touched)

    await house.write(None, job)


def pause_s(house: House, attempts: int, wanted_s: float | None = None) -> float:
    """
    Seconds until the next try: doubling from the first pause to the longest, with jitter so that tries spread.

    Args:
        wanted_s: How long whoever is tried asks to be left alone; that counts instead, within the same bounds.
    """
    settings = house.settings
    if wanted_s is not None:
        return float(min(max(wanted_s, settings.retry_first_s), settings.retry_most_s))
    longest: float = min(settings.retry_first_s * 2 ** min(attempts, 30), settings.retry_most_s)
    return longest * (0.75 + random.random() / 4)  # noqa: S311 - spreads tries, guards nothing


def _still_meant(one: Carried, row: Row) -> bool:
    return row[2] == one.errand.generation and row[1] in UNSETTLED


async def _look_again(work: Work, overtaken: Sequence[Carried]) -> None:
    """What changed while its provider was asked is carried out next, as long after as the provider wants."""
    again = [
        {
            "grant": one.errand.grant,
            "again": granting.due_at(work, {entry.kind for entry in one.errand.entries}) or work.now,
        }
        for one in overtaken
    ]
    await work.rows.many(deliveries.OVERTAKEN, again)
    work.due()


async def _put_back(work: Work, turned_away: Sequence[Carried]) -> None:
    """What got no turn is as it was before it was claimed: no try is counted, and all of it is asked for again."""
    again = work.now + int(pause_s(work.house, 0) * 1_000_000)
    await work.rows.many(
        deliveries.PUT_BACK, [{"grant": one.errand.grant, "again": again} for one in turned_away]
    )


async def _catch_up(work: Work, valid: Sequence[Carried], now: dict[int, Row]) -> None:
    """
    Cells whose crossing no longer differs go; entries that were refused keep one with the reason.

    A grant that is not in place as a whole keeps one for what was applied, too: nothing else would tell of it.
    """
    await work.rows.run(cells.DROP_OPEN, grants=[one.errand.grant for one in valid])
    tried = []
    for one in valid:
        refused = {refusal.item: refusal for refusal in one.refusals}
        partly = bool(refused) and not one.errand.withdraw and now[one.errand.grant][4] is None
        tried += [
            {
                "share_grant": one.errand.grant,
                "item": entry.item,
                "revision": entry.revision,
                "error": refused[entry.item].message if entry.item in refused else "",
                "final": int(entry.item in refused and refused[entry.item].final),
            }
            for entry in one.errand.entries
            if entry.item in refused or (partly and not entry.leaving)
        ]
    if tried:
        await work.rows.many(cells.TRIED, tried)


async def _move(work: Work, valid: Sequence[Carried], now: dict[int, Row], pauses: dict[int, float]) -> None:
    """Move each grant along the table of moves, a statement for each way that it can go."""
    ways: dict[Delivery | None, list[Carried]] = {}
    for one in valid:
        step = _outcome(one)
        after = moved(Delivery(now[one.errand.grant][1]), step) if step is not None else None
        ways.setdefault(after, []).append(one)
    done, failed = ways.get(Delivery.DELIVERED, []), ways.get(Delivery.FAILED, [])
    withdrawn, refused = ways.get(Delivery.WITHDRAWN, []), ways.get(None, [])
    if done:
        await work.rows.run(deliveries.DONE, grants=_ids(done), now=work.now)
    if failed:
        await work.rows.many(
            deliveries.FAILED, [{"grant": one.errand.grant, "error": _error(one)} for one in failed]
        )
    if refused:
        again = [
            {
                "grant": one.errand.grant,
                "error": _error(one),
                "again": work.now + int(pauses[one.errand.grant] * 1_000_000),
            }
            for one in refused
        ]
        await work.rows.many(deliveries.REFUSED, again)
    if withdrawn:
        await work.rows.run(deliveries.WITHDRAWN, grants=_ids(withdrawn), now=work.now)
        await work.rows.run(cells.DROP, grants=_ids(withdrawn))
        await listing.drop_received(work.rows, sorted({one.share for one in withdrawn}))
    told = ((What.DELIVERY_DONE, done), (What.DELIVERY_FAILED, failed), (What.DELIVERY_WITHDRAWN, withdrawn))
    await events.append_all(
        work.rows,
        [
            (
                work.new_id(),
                work.now,
                None,
                what,
                one.share,
                one.errand.grant,
                f'{{"generation":{one.errand.generation}}}',
            )
            for what, moved_on in told
            for one in moved_on
        ],
    )


def _outcome(one: Carried) -> Step | None:
    """
    The step that an outcome means; None when it is to be tried again.

    What is taken back is tried until it is; an offer fails for good only when every entry left is refused for good.
    """
    if not one.refusals:
        return Step.DONE
    return Step.FAIL if all(refusal.final for refusal in one.refusals) else None


def _error(one: Carried) -> str:
    return "; ".join(dict.fromkeys(refusal.message for refusal in one.refusals))[:1000]


def _ids(carried: Sequence[Carried]) -> list[int]:
    return [one.errand.grant for one in carried]
