"""
What somebody may do with a node, read in one statement: the nodes above it, and the grants or the link on the way.

`cross join` keeps SQLite to the order written, from the few rows that are known to their neighbours by index. It knows
nothing of how few they are and would walk whole tables.
"""

from polyshare.domain.nodes import DEEPEST
from polyshare.domain.permissions import Permission
from polyshare.store.statements import statement
from polyshare.store.tree.nodes import COLUMNS as NODE

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

# Grants of people hang on items of the kind "node", those of links on items of the kind "file", and a file can lie in
# hundreds of shares by link: who asks for people names the kind, and reads nothing of these but the items.
HELD_IN_PLACE = f"i.kind = 'node' and {IN_PLACE}"

# A link of a share is a door while the share is offered and its owner could log in.
LINK_LIVES = (
    """s.leaving_at is null and o.status = 'active' and (k.expires_at is null or k.expires_at > :now)"""
)

# A link that makes whoever redeems it a recipient opens nothing itself: no door, page or list of doors looks at it.
IS_DOOR = "k.joins = 0"

# Whether the link of a share is for a person: anyone, whoever is signed in, or who is named; and always for the owner.
# A name that was nobody's counts for who bears it by now.
ADMITTED = """(k.audience = 'anyone' or exists (
        select 1 from holder h where h.id = :person and (h.id = s.owner or k.audience = 'signed_in' or exists (
          select 1 from link_reader r where r.link = k.id and k.audience = 'listed' and (
            r.principal in (select id from holder) or (r.principal is null and exists (
              select 1 from principal_alias a
              where a.namespace = 'mycloud' and a.value = r.named and a.principal = h.id)))))))"""

# Who leads a project owns what lies in its drives.
LEADS = """exists (
        select 1 from project_member m cross join principal j
        where m.project = d.owner and m.person = h.id and m.role in ('PI', 'ADMIN') and j.id = m.project
        and j.status = 'active')"""

# What is held of a collection is held of its files, and what everyone may is what a person may, too. The highest number
# says the same as the union: closed, a set is all that lies below its highest flag.
REACH = statement(
    "access.reach",
    f"""
    with recursive {LINE}, {HOLDERS},
    opened (depth, permissions) as materialized (
      select l.depth, g.permissions from line l cross join {TO_GRANTS}
      where i.node = l.id and {HELD_IN_PLACE} and g.principal in (select id from holder)
      union all
      select 0, g.permissions from collection_asset a cross join node c cross join {TO_GRANTS}
      where a.node = :node and c.id = a.collection and c.trashed_at is null
      and i.node = c.id and {HELD_IN_PLACE} and g.principal in (select id from holder)
      union all
      select l.depth, f.permissions from line l cross join file_permission f
      where f.node = l.id and f.entity in ('everyone', 'signed_in') and exists (select 1 from holder)
    )
    select {NODE},
      case when exists (select 1 from line where trashed_at is not null) then 1 else 0 end,
      case when exists (select 1 from holder h where h.id = :person and (h.id = d.owner or {LEADS})) then 1 else 0 end,
      coalesce((select max(permissions) from opened), 0),
      case when exists (select 1 from opened where depth > 0) then 1 else 0 end
    from node n join drive d on d.id = n.drive where n.id = :node
    """,  # noqa: S608 - fragments of ours
)
# One grant of the person's own alone: what is held otherwise does not count.
REACH_BY_GRANT = statement(
    "access.reach_by_grant",
    f"""
    with recursive {LINE},
    opened (depth, permissions) as (
      select l.depth, g.permissions from share_grant g cross join principal p cross join share s cross join item i
        cross join line l
      where g.id = :grant and g.principal = :person and p.id = g.principal and p.status = 'active'
      and s.id = g.share and i.node = l.id and {IN_PLACE}
    )
    select {NODE},
      case when exists (select 1 from line where trashed_at is not null) then 1 else 0 end,
      0,
      coalesce((select max(permissions) from opened), 0),
      case when exists (select 1 from opened where depth > 0) then 1 else 0 end
    from node n join drive d on d.id = n.drive where n.id = :node
    """,  # noqa: S608 - fragments of ours
)
# Whoever made the link's share, and the groups of theirs, as HOLDERS has it for a person.
SHARERS = """
    sharer (id) as (
      select s.owner from link k cross join share s where k.id = :link and s.id = k.share
      union
      select g.id from sharer h cross join group_member m cross join principal g
      where m.member = h.id and g.id = m.group_id and g.kind = 'group' and g.status = 'active'
    )"""

# Whether the owner of a share owns the node, or holds a grant to download it: what was taken from them their links don't give.
STILL_THEIRS = f"""(
        exists (select 1 from node n cross join drive d where n.id = :node and d.id = n.drive and d.owner = s.owner)
        or exists (select 1 from line l cross join {TO_GRANTS}
          where i.node = l.id and {HELD_IN_PLACE} and g.permissions > {int(Permission.VIEW)} and g.principal in (select id from sharer)))"""  # noqa: S608 - fragments of ours

# A link leads to one node, or to what its share holds; the latter opens only what a permission on the way opens as well.
REACH_BY_LINK = statement(
    "access.reach_by_link",
    f"""
    with recursive {LINE}, {HOLDERS}, {SHARERS},
    opened (depth, permissions) as (
      select l.depth, k.permissions from line l join link k on k.node = l.id
      where k.id = :link and {IS_DOOR} and (k.expires_at is null or k.expires_at > :now)
      union all
      select l.depth, g.permissions from link k cross join share s cross join share_grant g cross join principal o
        cross join principal p cross join line l cross join item i
      where k.id = :link and s.id = k.share and g.share = s.id and g.principal = k.id and o.id = s.owner and p.id = k.id
      and i.node = l.id and i.kind = 'file' and i.share = s.id and {IN_PLACE} and {LINK_LIVES} and {ADMITTED}
      and (s.gated = 0 or ({STILL_THEIRS} and exists (
        select 1 from line cross join file_permission f
        where f.node = line.id and f.entity in ('everyone', 'link') and f.named in ('', p.public_id))))
    )
    select {NODE},
      case when exists (select 1 from line where trashed_at is not null) then 1 else 0 end,
      0,
      coalesce((select max(permissions) from opened), 0),
      case when exists (select 1 from opened where depth > 0) then 1 else 0 end
    from node n join drive d on d.id = n.drive where n.id = :node
    """,  # noqa: S608 - fragments of ours
)
LINK_OF = statement(
    "access.link_of",
    f"""
    select k.id from principal p cross join link k cross join share s cross join principal o
    where p.kind = 'link' and p.public_id = :entity and k.id = p.id and s.id = k.share and s.public_id = :share
    and o.id = s.owner and {LINK_LIVES}
    """,  # noqa: S608 - a fragment of ours
)
