"""Rows of `project_member`: who is in which project; a project itself is a principal."""

from collections.abc import Sequence

from polyshare.domain.projects import Part, Project, ProjectMember
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

_OF = (
    "select p.id, p.public_id, p.name, m.role, p.created_at, p.modified_at"
    " from project_member m join principal p on p.id = m.project where m.person = :person and p.status = 'active'"
)
ONE_OF = statement("project.one_of", f"{_OF} and p.kind = 'project' and p.public_id = :public_id")
BY_PUBLIC_ID = statement(
    "project.by_public_id",
    """
    select public_id, id from principal where kind = 'project' and status = 'active' and public_id in :public_ids[]
    """,
)
ALL_OF = statement("project.all_of", f"{_OF} order by p.public_id limit :limit")
PAGE_OF = statement(
    "project.page_of", f"{_OF} and p.public_id > :after order by p.public_id limit :limit offset :skip"
)
# What tells one state of the list from another; a remainder, for the sum of ids is more than a column holds.
STAMP_OF = statement(
    "project.stamp_of",
    """
    select count(*), coalesce(max(p.modified_at), 0), coalesce(sum(p.id % 1000003), 0), coalesce(min(m.role), ''),
      coalesce(max(m.role), '')
    from project_member m join principal p on p.id = m.project where m.person = :person and p.status = 'active'
    """,
)
# `|| ''`: PostgreSQL would go through everybody's logins, to have these in order (docs/decisions/0005-sql.md).
MEMBERS = statement(
    "project.members",
    """
    select m.person, u.login, p.name, m.role from project_member m join person u on u.principal = m.person
    join principal p on p.id = m.person where m.project = :project order by u.login || ''
    """,
)
PUT = statement(
    "project.put_member",
    """
    insert into project_member (project, person, role) values (:project, :person, :role)
    on conflict (project, person) do update set role = excluded.role
    """,
)
TAKE = statement(
    "project.take_member", "delete from project_member where project = :project and person = :person"
)
CLEAR = statement("project.clear", "delete from project_member where project = :project")
LEAVE_ALL = statement("project.leave_all", "delete from project_member where person = :person")


async def of_person(rows: Rows, person: int, public_id: str) -> Project | None:
    """The active project of that id, if the person is in it."""
    row = await rows.one(ONE_OF, person=person, public_id=public_id)
    return None if row is None else _project(row)


async def by_public_id(rows: Rows, public_ids: Sequence[str]) -> dict[str, int]:
    """Ids of active projects, by those that are known outside."""
    return {row[0]: row[1] for row in await rows.all(BY_PUBLIC_ID, public_ids=public_ids)}


async def all_of(rows: Rows, person: int, limit: int) -> list[Project]:
    """At most *limit* active projects of a person, in the order of ids."""
    found = await rows.all(ALL_OF, person=person, limit=limit)
    return [_project(row) for row in found]


async def page_of(rows: Rows, person: int, after: str, skip: int, limit: int) -> list[Project]:
    """At most *limit* active projects of a person whose ids come after that one, without the first *skip*."""
    found = await rows.all(PAGE_OF, person=person, after=after, skip=skip, limit=limit)
    return [_project(row) for row in found]


def _project(row: Row) -> Project:
    ident, public_id, title, part, created_at, modified_at = row
    return Project(ident, public_id, title, Part(part), created_at, modified_at)


async def members(rows: Rows, project: int) -> list[ProjectMember]:
    """Who is in a project, in the order of logins."""
    found = await rows.all(MEMBERS, project=project)
    return [ProjectMember(person, login, name, Part(part)) for person, login, name, part in found]
