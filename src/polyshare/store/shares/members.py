"""Who holds grants on a node or above it, read for many at once."""

from polyshare.domain.members import MemberSeen
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Principal, Status
from polyshare.store.database import Row
from polyshare.store.statements import BY_ID, statement
from polyshare.store.tree.access import HELD_IN_PLACE, LINE, TO_GRANTS

WHO = "p.id, p.kind, p.public_id, p.name, p.status, coalesce(u.login, '')"

WHO_IS = statement(
    "member.who_is",
    f"""
    select {WHO} from principal p left join person u on u.principal = p.id
    where p.id in :principals[]
    """,  # noqa: S608 - a list of columns of ours
)
HERE = statement(
    "member.here",
    f"""
    select {WHO}, max(g.permissions) from {TO_GRANTS} cross join principal p left join person u on u.principal = p.id
    where i.node = :node and {HELD_IN_PLACE} and p.id = g.principal and p.kind in ('user', 'group') and p.id <> :owner
    group by p.id, p.kind, p.public_id, p.name, p.status, u.login
    """,  # noqa: S608 - fragments of ours
)
HERE_AND_ABOVE = statement(
    "member.here_and_above",
    f"""
    with recursive {LINE}
    select {WHO}, max(g.permissions) from line l cross join {TO_GRANTS} cross join principal p
    left join person u on u.principal = p.id
    where i.node = l.id and {HELD_IN_PLACE} and p.id = g.principal and p.kind in ('user', 'group') and p.id <> :owner
    group by p.id, p.kind, p.public_id, p.name, p.status, u.login
    """,  # noqa: S608 - fragments of ours
)
# Grants on this very node, with how many live ones their shares have: the last one takes its share along.
GRANTS = f"""
    select g.principal, g.id, g.share, g.permissions,
      (select count(*) from share_grant o where o.share = g.share and o.leaving_at is null)
    from {TO_GRANTS} where i.node = :node and """  # noqa: S608 - a fragment of ours
IN_PLACE_OF = statement(
    "member.in_place_of",
    f"{GRANTS} {HELD_IN_PLACE} and g.principal in :principals[] order by g.{BY_ID}",
)
LIVE_ON = statement(
    "member.live_on",
    f"""
    {GRANTS} i.kind = 'node' and s.id = i.share and g.share = i.share
    and s.leaving_at is null and i.leaving_at is null and g.leaving_at is null
    and exists (select 1 from principal p where p.id = g.principal and p.kind in ('user', 'group')) order by g.{BY_ID}
    """,  # noqa: S608 - fragments of ours
)
# Which of many principals have access to a node: themselves or through groups, here or above. What they are does not
# count, for who can't log in now is a member all the same; a group on the way must be active.
REACHING = statement(
    "member.reaching",
    f"""
    with recursive {LINE},
    holder (origin, id) as (
      select p.id, p.id from principal p where p.id in :principals[]
      union
      select h.origin, g.id from holder h cross join group_member m cross join principal g
      where m.member = h.id and g.id = m.group_id and g.kind = 'group' and g.status = 'active'
    ),
    opened (principal) as (
      select g.principal from line l cross join {TO_GRANTS} where i.node = l.id and {HELD_IN_PLACE}
    )
    select distinct h.origin from holder h where h.id in (select principal from opened)
    """,  # noqa: S608 - fragments of ours
)
REVISE = statement(
    "member.revise",
    """
    update share_grant set permissions = :permissions, asked = null, generation = generation + 1,
      modified_at = {sqlite: max}{postgres: greatest}(:now, modified_at + 1000)
    where id in :grants[] and leaving_at is null
    """,
)


def member_of(row: Row, permissions: int) -> MemberSeen:
    """The user or group in the first six columns of a row."""
    id_, kind, public_id, name, status, login = row[:6]
    who = Principal(id_, Kind(kind), public_id, name, Status(status), None)
    return MemberSeen(who, login, Permission(permissions).closed)
