"""Nodes that are shared with a person, itself or through groups."""

from collections.abc import Sequence

from polyshare.domain.nodes import DEEPEST, Node
from polyshare.domain.permissions import Permission
from polyshare.store.database import Rows
from polyshare.store.statements import statement
from polyshare.store.tree.access import HELD_IN_PLACE, HOLDERS, IN_PLACE
from polyshare.store.tree.nodes import COLUMNS, node_of

BELONGS = f"with recursive {HOLDERS}"
# SQLite joins in the order that "cross join" gives: from what is known to what is looked up, or it would read all items.
BY_PERSON = f"""from holder h cross join share_grant g cross join share s cross join item i
      where g.principal = h.id and g.gone_at is null and {IN_PLACE}"""
# PostgreSQL is given the holders as one list to look up: joined to all the grants on the nodes, they cost their product.
BY_NODE = f"""from item i cross join share s cross join share_grant g
      where g.principal {{sqlite: in (select id from holder)}}{{postgres: = any(array(select id from holder))}}
      and {HELD_IN_PLACE}"""  # noqa: S608 - a fragment of ours
HELD = f"held (node, permissions) as (select i.node, max(g.permissions) {BY_PERSON} and i.node is not null group by i.node)"
"""What each node's grants give at most: closed, the set with the highest flag holds the others."""

ON = statement(
    "held.on",
    f"{BELONGS} select i.node, max(g.permissions) {BY_NODE} and i.node in :nodes[] group by i.node",
)
ABOVE = statement(
    "held.above",
    f"""
    {BELONGS}, {HELD}, up (start, id, level) as (
      select n.id, n.id, 0 from node n where n.id in :nodes[]
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and u.level < {DEEPEST}
    )
    select u.start, max(h.permissions) from up u join held h on h.node = u.id group by u.start
    """,  # noqa: S608 - fragments of ours
)
TOPS = statement(
    "held.tops",
    f"""
    {BELONGS}, {HELD}, up (start, id, level) as (
      select node, node, 0 from held
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and u.level < {DEEPEST}
    ), hidden (start) as (
      select u.start from up u cross join node n
      where n.id = u.id and (n.trashed_at is not null or (u.level > 0 and u.id in (select node from held)))
    )
    select {COLUMNS}, h.permissions, o.name from held h join node n on n.id = h.node join drive d on d.id = n.drive
    join principal o on o.id = d.owner
    where d.owner <> :person and h.node not in (select start from hidden)
    """,  # noqa: S608 - fragments of ours
)


async def on(rows: Rows, person: int, nodes: Sequence[int]) -> dict[int, Permission]:
    """What the grants on these very nodes give a person, closed; one statement."""
    found = await rows.all(ON, person=person, nodes=list(nodes))
    return {node: Permission(permissions).closed for node, permissions in found}


async def above(rows: Rows, person: int, nodes: Sequence[int]) -> dict[int, Permission]:
    """What the grants on these nodes and above them give a person at most, closed; one statement."""
    found = await rows.all(ABOVE, person=person, nodes=list(nodes))
    return {node: Permission(permissions).closed for node, permissions in found}


async def tops(rows: Rows, person: int) -> list[tuple[Node, Permission, str]]:
    """
    What is shared with a person by others and has nothing above it that is: node, permissions, owner's display name.

    One statement: it walks up from what is shared, never down.
    """
    return [
        (node_of(row), Permission(row[16]).closed, row[17]) for row in await rows.all(TOPS, person=person)
    ]
