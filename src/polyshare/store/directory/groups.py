"""Rows of group membership."""

from polyshare.domain.directory import Member
from polyshare.domain.principals import Kind
from polyshare.store.database import Rows
from polyshare.store.statements import statement

ADD = statement(
    "group_member.add",
    "insert into group_member (group_id, member) values (:group, :member) on conflict (group_id, member) do nothing",
)
IS_MEMBER = statement(
    "group_member.is", "select 1 from group_member where group_id = :group and member = :member"
)
REMOVE = statement(
    "group_member.remove", "delete from group_member where group_id = :group and member = :member"
)
CLEAR = statement("group_member.clear", "delete from group_member where group_id = :group or member = :group")
PAGE = statement(
    "group_member.list",
    """
    select p.id, p.kind, p.public_id, coalesce(u.login, ''), p.name
    from group_member m join principal p on p.id = m.member left join person u on u.principal = p.id
    where m.group_id = :group and m.member > :after order by m.member limit :limit
    """,
)
# UNION, so that a ring made by two changes at once ends too.
HOLDS = statement(
    "group_member.holds",
    """
    with recursive within (id) as (
      select cast(:group as bigint) union select m.member from group_member m join within w on m.group_id = w.id
    ) select 1 from within where id = :member
    """,
)


async def members(rows: Rows, group: int, after: int, limit: int) -> list[Member]:
    """At most *limit* members of a group after the id *after*, in the order of ids."""
    page = await rows.all(PAGE, group=group, after=after, limit=limit)
    return [Member(ident, Kind(kind), public_id, login, name) for ident, kind, public_id, login, name in page]


async def holds(rows: Rows, group: int, member: int) -> bool:
    """Whether *member* is the group itself or in it, through any number of groups."""
    return await rows.one(HOLDS, group=group, member=member) is not None
