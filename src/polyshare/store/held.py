"""Nodes that are shared with a person, itself or through groups."""

from collections.abc import Sequence

from polyshare.domain.nodes import DEEPEST, Node
from polyshare.domain.permissions import Permission
from polyshare.store.database import Rows
from polyshare.store.nodes import COLUMNS, node_of
from polyshare.store.statements import statement

# UNION, so that a ring of groups ends too.
BELONGS = """with recursive belongs (id) as (
      select p.id from principal p where p.id = :person and p.status = 'active'
      union select g.id from belongs b join group_member m on m.member = b.id
      join principal g on g.id = m.group_id and g.status = 'active'
    )"""
IN_PLACE = """g.principal = b.id and g.gone_at is null and s.id = g.share and i.share = g.share
      and g.consent = 'given' and g.joined_at is not null and g.delivery not in ('recalled', 'withdrawn')
      and g.leaving_at is null and s.leaving_at is null and s.gone_at is null
      and i.leaving_at is null and i.gone_at is null"""
# SQLite joins in the order that "cross join" gives: from what is known to what is looked up, or it would read all items.
BY_PERSON = f"from belongs b cross join share_grant g cross join share s cross join item i where {IN_PLACE}"  # noqa: S608
BY_NODE = f"from item i cross join share_grant g cross join share s cross join belongs b where {IN_PLACE}"  # noqa: S608
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
