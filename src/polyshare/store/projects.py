"""Rows of `project_member`: who is in which project; a project itself is a principal."""

from collections.abc import Sequence

from polyshare.domain.projects import Part, Project, ProjectMember
from polyshare.store.database import Rows
from polyshare.store.statements import statement

_OF = (
    "select p.id, p.public_id, p.name, m.role from project_member m join principal p on p.id = m.project"
    " where m.person = :person and p.status = 'active'"
)
ONE_OF = statement("project.one_of", f"{_OF} and p.kind = 'project' and p.public_id = :public_id")
BY_PUBLIC_ID = statement(
    "project.by_public_id",
    """
    select public_id, id from principal where kind = 'project' and status = 'active' and public_id in :public_ids[]
    """,
)
ALL_OF = statement("project.all_of", f"{_OF} order by p.public_id limit :limit")
MEMBERS = statement(
    "project.members",
    """
    select m.person, u.login, p.name, m.role from project_member m join person u on u.principal = m.person
    join principal p on p.id = m.person where m.project = :project order by u.login
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
    return None if row is None else Project(row[0], row[1], row[2], Part(row[3]))


async def by_public_id(rows: Rows, public_ids: Sequence[str]) -> dict[str, int]:
    """Ids of active projects, by those that are known outside."""
    return {row[0]: row[1] for row in await rows.all(BY_PUBLIC_ID, public_ids=public_ids)}


async def all_of(rows: Rows, person: int, limit: int) -> list[Project]:
    """At most *limit* active projects of a person, in the order of ids."""
    found = await rows.all(ALL_OF, person=person, limit=limit)
    return [Project(ident, public_id, title, Part(part)) for ident, public_id, title, part in found]


async def members(rows: Rows, project: int) -> list[ProjectMember]:
    """Who is in a project, in the order of logins."""
    found = await rows.all(MEMBERS, project=project)
    return [ProjectMember(person, login, name, Part(part)) for person, login, name, part in found]
