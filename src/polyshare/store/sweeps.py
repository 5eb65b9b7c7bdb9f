"""Rows of `sweep`: trees that are removed for good, and what is taken away with each node."""

from collections.abc import Sequence

from polyshare.store.database import Rows
from polyshare.store.statements import statement

ADD = statement(
    "sweep.add",
    """
    insert into sweep (node, depth, at) values (:node, :depth, :at)
    on conflict (node) do update set at = excluded.at
    """,
)
IS_THERE = statement("sweep.is_there", "select 1 from sweep where node = :node")
DROP = statement("sweep.drop", "delete from sweep where node in :nodes[]")


async def add(rows: Rows, nodes: Sequence[int], depth: int, at: int) -> None:
    """Let these nodes be removed with everything below them, from *at* (microseconds) on."""
    await rows.many(ADD, [{"node": node, "depth": depth, "at": at} for node in nodes])


async def is_there(rows: Rows, node: int) -> bool:
    """Whether a node is being removed for good, or is a copy that is not whole yet."""
    return await rows.one(IS_THERE, node=node) is not None


async def drop(rows: Rows, nodes: Sequence[int]) -> None:
    """Remove these nodes no more."""
    await rows.run(DROP, nodes=list(nodes))
