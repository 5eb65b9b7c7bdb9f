"""Rows of `sweep`: trees that are removed for good, and what is taken away with each node."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.store.database import Rows
from polyshare.store.shares import node_shares
from polyshare.store.statements import statement

ADD = statement(
    "sweep.add",
    """
    insert into sweep (node, depth, at) values (:node, :depth, :at)
    on conflict (node) do update set at = excluded.at
    """,
)
ADD_TRASHED = statement(
    "sweep.add_trashed",
    """
    insert into sweep (node, depth, at) select n.id, 0, :now from node n where n.drive = :drive and n.trashed_at is not null
    on conflict (node) do nothing
    """,
)
IS_THERE = statement("sweep.is_there", "select 1 from sweep where node = :node")
PUT_OFF = statement("sweep.put_off", "update sweep set at = :at where node = :node and at > :now")
TAKE_BACK = statement("sweep.take_back", "delete from sweep where node = :node and at > :now")
EXPIRED = statement(
    "sweep.expired",
    """
    select n.id from node n where n.trashed_at <= :before and not exists (select 1 from sweep s where s.node = n.id)
    order by n.trashed_at, n.id limit :limit
    """,
)
STILL_EXPIRED = statement(
    "sweep.still_expired", "select id from node where id in :nodes[] and trashed_at <= :before"
)
# The deepest first, so that few wait at a time: the folders above a node, and its siblings.
NEXT = statement(
    "sweep.next",
    """
    select node, depth, at from sweep where at <= :now order by depth desc, node limit 1
    {postgres: for update skip locked}
    """,
)
IS_DUE = statement("sweep.is_due", "select 1 from sweep where at <= :now limit 1")
BELOW = statement(
    "sweep.below",
    """
    select n.id, exists (select 1 from node c where c.parent = n.id) from node n where n.parent = :node
    order by n.id limit :limit
    """,
)
TO_COLLECT = statement(
    "sweep.to_collect",
    """
    update blob set collect_at = :now where id in (select v.blob from version v where v.node in :nodes[])
    """,
)
# Pieces of uploads that were on their way there.
TO_COLLECT_PIECES = statement(
    "sweep.to_collect_pieces",
    """
    update blob set collect_at = :now where id in (select p.blob from upload u join upload_part p on p.upload = u.id
      where u.parent in :nodes[] or u.node in :nodes[])
    """,
)
PURGE = [
    statement(f"sweep.purge_{n}", text)
    for n, text in enumerate(
        (
            "delete from claim where node in :nodes[]",
            "delete from link_reader where link in (select id from link where node in :nodes[])",
            "delete from link where node in :nodes[]",
            "delete from file_permission where node in :nodes[]",
            "delete from upload_part where upload in (select id from upload where parent in :nodes[] or node in :nodes[])",
            "delete from upload where parent in :nodes[] or node in :nodes[]",
            "delete from collection_asset where node in :nodes[]",
            "delete from collection_asset where collection in :nodes[]",
            "delete from metadata_value where node in :nodes[]",
            "delete from metadata_assignment where node in :nodes[]",
            "delete from node_alias where node in :nodes[]",
            "delete from version where node in :nodes[]",
            "delete from node_words where {sqlite: rowid}{postgres: node} in :nodes[]",
            "delete from sweep where node in :nodes[]",
            "delete from node where id in :nodes[]",
        )
    )
]


@dataclass(frozen=True, slots=True)
class Sweep:
    """A node that is removed with everything below it, from `at` on; the deeper ones first."""

    node: int
    depth: int
    at: int


async def add(rows: Rows, nodes: Sequence[int], depth: int, at: int) -> None:
    """Let these nodes be removed with everything below them, from *at* (microseconds) on."""
    await rows.many(ADD, [{"node": node, "depth": depth, "at": at} for node in nodes])


async def add_trashed(rows: Rows, drive: int, now: int) -> None:
    """Let whatever of a drive lies in the trash be removed from now on; one statement."""
    await rows.run(ADD_TRASHED, drive=drive, now=now)


async def is_there(rows: Rows, node: int) -> bool:
    """Whether a node is being removed for good, or is a copy that is not whole yet."""
    return await rows.one(IS_THERE, node=node) is not None


async def put_off(rows: Rows, node: int, now: int, at: int) -> bool:
    """Let a removal that has not begun begin later; whether it had not begun."""
    return await rows.run(PUT_OFF, node=node, now=now, at=at) == 1


async def take_back(rows: Rows, node: int, now: int) -> bool:
    """Call off a removal that has not begun; whether it had not begun."""
    return await rows.run(TAKE_BACK, node=node, now=now) == 1


async def expired(rows: Rows, before: int, limit: int) -> list[int]:
    """Nodes that went into the trash at *before* or earlier and are not being removed yet, the oldest first."""
    return [row[0] for row in await rows.all(EXPIRED, before=before, limit=limit)]


async def still_expired(rows: Rows, nodes: Sequence[int], before: int) -> list[int]:
    """Those of these nodes that are in the trash since *before*, read behind the locks of their drives."""
    return [row[0] for row in await rows.all(STILL_EXPIRED, nodes=list(nodes), before=before)]


async def is_due(rows: Rows, now: int) -> bool:
    """Whether anything is to be removed now."""
    return await rows.one(IS_DUE, now=now) is not None


async def next_due(rows: Rows, now: int) -> Sweep | None:
    """The deepest tree that is to be removed now, locked."""
    row = await rows.one(NEXT, now=now)
    return None if row is None else Sweep(*row)


async def below(rows: Rows, node: int, limit: int) -> list[tuple[int, bool]]:
    """Nodes right below, in the trash or not, and whether each has something below itself."""
    return [(row[0], bool(row[1])) for row in await rows.all(BELOW, node=node, limit=limit)]


async def purge(rows: Rows, nodes: Sequence[int], now: int) -> None:
    """
    Remove nodes that have nothing below them any more, with all that hangs on them.

    Shares that hold nothing else end at once; bytes that nothing else refers to are left to be collected.
    """
    await node_shares.leave(rows, nodes, now)
    await rows.run(TO_COLLECT, nodes=list(nodes), now=now)
    await rows.run(TO_COLLECT_PIECES, nodes=list(nodes), now=now)
    for step in PURGE:
        await rows.run(step, nodes=list(nodes))
