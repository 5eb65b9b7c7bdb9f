"""
What somebody may do with a node, read in one statement: the nodes above it, and the grants or the link on the way.

`cross join` keeps SQLite to the order written, from the few rows that are known to their neighbours by index. It knows
nothing of how few they are and would walk whole tables.
"""

from polyshare.domain.nodes import DEEPEST
from polyshare.store.nodes import COLUMNS as NODE
from polyshare.store.statements import statement

# The node and what lies above it, the node itself at depth 0. The bound ends the walk also in a tree that is broken.
LINE = f"""
    line (id, parent, depth, trashed_at) as (
      select n.id, n.parent, 0, n.trashed_at from node n where n.id = :node
      union
      select n.id, n.parent, l.depth + 1, n.trashed_at from line l join node n on n.id = l.parent
      where l.depth < {DEEPEST}
    )"""  # noqa: S608 - a number of ours

# The person and every group that it is in, as long as all on the way are active. UNION, so that a ring of groups ends.
HOLDERS = """
    holder (id) as (
      select p.id from principal p where p.id = :person and p.status = 'active'
      union
      select g.id from holder h cross join group_member m cross join principal g
      where m.member = h.id and g.id = m.group_id and g.kind = 'group' and g.status = 'active'
    )"""

# From a line of nodes, or from one node given, to the grants on them.
TO_GRANTS = "item i cross join share s cross join share_grant g"
IN_PLACE = """s.id = i.share and g.share = i.share
      and s.leaving_at is null and i.leaving_at is null and g.leaving_at is null
      and g.consent = 'given' and g.joined_at is not null and g.delivery not in ('recalled', 'withdrawn')"""
"""What `domain.access.opens` says of the TO_GRANTS that belong together; principals and trash stand elsewhere."""

# What is held of a collection is held of its files. The highest number says the same as the union: closed, a set is all that lies below its highest flag.
REACH = statement(
    "access.reach",
    f"""
    with recursive {LINE}, {HOLDERS},
    opened (depth, permissions) as materialized (
      select l.depth, g.permissions from line l cross join {TO_GRANTS}
      where i.node = l.id and {IN_PLACE} and g.principal in (select id from holder)
      union all
      select 0, g.permissions from collection_asset a cross join node c cross join {TO_GRANTS}
      where a.node = :node and c.id = a.collection and c.trashed_at is null
      and i.node = c.id and {IN_PLACE} and g.principal in (select id from holder)
    )
    select {NODE},
      case when exists (select 1 from line where trashed_at is not null) then 1 else 0 end,
      case when exists (select 1 from holder where id = d.owner and id = :person) then 1 else 0 end,
      coalesce((select max(permissions) from opened), 0),
      case when exists (select 1 from opened where depth > 0) then 1 else 0 end
    from node n join drive d on d.id = n.drive where n.id = :node
    """,  # noqa: S608 - fragments of ours
)
REACH_BY_LINK = statement(
    "access.reach_by_link",
    f"""
    with recursive {LINE},
    opened (depth, permissions) as (
      select l.depth, k.permissions from line l join link k on k.node = l.id
      where k.id = :link and (k.expires_at is null or k.expires_at > :now)
    )
    select {NODE},
      case when exists (select 1 from line where trashed_at is not null) then 1 else 0 end,
      0,
      coalesce((select max(permissions) from opened), 0),
      case when exists (select 1 from opened where depth > 0) then 1 else 0 end
    from node n join drive d on d.id = n.drive where n.id = :node
    """,  # noqa: S608 - fragments of ours
)
