"""Nodes as file ids point at them: those that somebody fixed, and those that somebody reaches on a device."""

from collections.abc import Sequence

from polyshare.domain.nodes import DEEPEST
from polyshare.store.database import Rows
from polyshare.store.statements import composed, statement
from polyshare.store.tree.access import HELD_IN_PLACE, HOLDERS, TO_GRANTS

FIXED = statement(
    "pointer.fixed", "select value, node from node_alias where namespace = 'mycloud' and value in :values[]"
)
FIXED_OF = statement(
    "pointer.fixed_of", "select node, value from node_alias where namespace = 'mycloud' and node in :nodes[]"
)
_WITHIN_REACH = f"""
    with recursive {HOLDERS},
    line (origin, id, parent, owner, depth) as (
      select n.id, n.id, n.parent, d.owner, 0 from node n cross join drive d
      where n.id in :nodes[] and d.id = n.drive and n.trashed_at is null {{filters}}
      union all
      select l.origin, n.id, n.parent, l.owner, l.depth + 1 from line l cross join node n
      where n.id = l.parent and l.depth < {DEEPEST}
    )
    select distinct l.origin from line l where l.owner = :person or exists (
      select 1 from {TO_GRANTS} where i.node = l.id and {HELD_IN_PLACE} and g.principal in (select id from holder))
    """  # noqa: S608 - fragments of ours
WITHIN_REACH = composed("pointer.within_reach", _WITHIN_REACH)
WITHIN_REACH_ON = composed("pointer.within_reach_on", _WITHIN_REACH, ("d.device = :device",))


async def fixed(rows: Rows, values: Sequence[str]) -> dict[str, int]:
    """The nodes of these fixed ids, by the id as it is written."""
    return {value: node for value, node in await rows.all(FIXED, values=list(values))}  # noqa: C416 - rows are sequences


async def fixed_of(rows: Rows, nodes: Sequence[int]) -> dict[int, str]:
    """The ids that somebody fixed for these nodes."""
    return {node: value for node, value in await rows.all(FIXED_OF, nodes=list(nodes))}  # noqa: C416 - rows are sequences


async def within_reach(
    rows: Rows, person: int, nodes: Sequence[int], *, device: str | None = None
) -> set[int]:
    """Those of these nodes that are the person's, or shared with the person here or above; on one device, if it is given."""
    asked = {"person": person, "nodes": list(nodes)}
    if device is None:
        found = await rows.all(WITHIN_REACH, **asked)
    else:
        found = await rows.all(WITHIN_REACH_ON, device=device, **asked)
    return {row[0] for row in found}
