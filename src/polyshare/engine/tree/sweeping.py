"""Removing trees for good, a batch at a time: what was in the trash long enough, and what is to go now."""

from polyshare.domain.events import What
from polyshare.engine.directory.directing import facts
from polyshare.engine.work import House, Work
from polyshare.store.content import sweeps
from polyshare.store.tree import drives

BATCH = 500
"""Most nodes that one transaction removes."""

ROUNDS = 20
"""Most batches in one go, so that the worker comes to its other work in between."""

DAY_US = 86_400 * 1_000_000


async def sweep(house: House, rounds: int = ROUNDS) -> int:
    """Remove what is due, at most *rounds* batches; how many nodes went."""
    swept = 0
    for _ in range(rounds):
        if not await house.read(None, _is_due):
            break
        swept += await house.write(None, _batch)
    return swept


async def empty_trash(house: House) -> int:
    """Let go what has been in the trash for `trash_days`; how many things. 0 days keep it until somebody removes it."""
    if not house.settings.trash_days:
        return 0
    before = house.clock() - int(house.settings.trash_days * DAY_US)

    async def job(work: Work) -> int:
        found = await sweeps.expired(work.rows, before, BATCH)
        if not found:
            return 0
        await work.note(What.NODES_SWEPT, facts=facts(expired=len(found)))
        # Somebody may be restoring one of them: behind the locks it is sure what is still in the trash.
        await drives.lock_of(work.rows, found)
        expired = await sweeps.still_expired(work.rows, found, before)
        await sweeps.add(work.rows, expired, 0, work.now)
        return len(expired)

    let_go = 0
    for _ in range(ROUNDS):
        let_go += (now := await house.write(None, job))
        if now < BATCH:
            break
    return let_go


async def _is_due(work: Work) -> bool:
    return await sweeps.is_due(work.rows, work.now)


async def _batch(work: Work) -> int:
    """Remove one batch from the deepest tree that is due; folders that are not empty are taken up next."""
    due = await sweeps.next_due(work.rows, work.now)
    if due is None:
        return 0
    await work.note(What.NODES_SWEPT, facts=facts(node=due.node))
    await drives.lock_of(work.rows, [due.node])
    below = await sweeps.below(work.rows, due.node, BATCH)
    deeper = [node for node, has_more in below if has_more]
    leaves = [node for node, has_more in below if not has_more]
    if deeper:
        await sweeps.add(work.rows, deeper, due.depth + 1, due.at)
    elif len(below) < BATCH:
        leaves.append(due.node)
    if leaves:
        await sweeps.purge(work.rows, leaves, work.now)
    return len(leaves)
