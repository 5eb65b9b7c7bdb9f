"""Projects: who is in them, and in which one somebody acts in a call."""

from polyshare.domain.errors import Denied, Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.principals import Actor, Kind, Status
from polyshare.domain.projects import Part, Project, ProjectMember
from polyshare.domain.views import Window
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import Work
from polyshare.store.directory import projects

MOST = 1000
"""Projects in a stretch of a list where nobody says how many."""


async def project_of(work: Work, actor: Actor, public_id: str | None) -> Project | None:
    """
    The project in which an actor acts; None for none, which is the workspace of their own. One statement if one is named.

    Args:
        public_id: What the call names; nothing and empty text name none.

    Raises:
        Denied: There is no active project of that id, or the actor is not in it; nobody learns which.
    """
    if not public_id:
        return None
    found = await projects.of_person(work.rows, actor.id, public_id) if public_id.isprintable() else None
    if found is None:
        raise Denied("You are in no project of this id.")
    return found


async def all_of(work: Work, person: int, limit: int) -> list[Project]:
    """At most *limit* active projects that a person is in."""
    return await projects.all_of(work.rows, person, limit)


async def one(work: Work, person: int, public_id: str) -> Project:
    """
    An active project that a person is in.

    Raises:
        NotFound: There is none of that id, or the person is not in it; nobody learns which.
    """
    found = await projects.of_person(work.rows, person, public_id) if public_id.isprintable() else None
    if found is None:
        raise NotFound("project")
    return found


async def page(work: Work, person: int, window: Window) -> tuple[list[Project], str | None]:
    """
    A stretch of the active projects that a person is in, in the order of their ids.

    Args:
        window: Goes on after the public id that the stretch before it gave.

    Returns:
        The projects, and after which public id the next stretch goes on; None: nothing follows.
    """
    limit = MOST if window.limit is None else window.limit
    after = "" if window.after is None else str(window.after[0])
    found = await projects.page_of(work.rows, person, after, window.skip, limit + 1)
    return found[:limit], found[limit - 1].public_id if len(found) > limit else None


async def stamp(work: Work, person: int) -> str:
    """What changes with the list of a person's projects."""
    row = await work.rows.one(projects.STAMP_OF, person=person)
    return "" if row is None else ".".join(str(one) for one in row)


async def members(work: Work, public_id: str) -> list[ProjectMember]:
    """
    Who is in a project.

    Raises:
        NotFound: There is none of that id.
    """
    return await projects.members(work.rows, (await directing.show(work, Kind.PROJECT, public_id)).id)


async def put(work: Work, public_id: str, login: str, part: Part) -> bool:
    """
    Have a user be in a project, in that part.

    Returns:
        Whether it was otherwise before.

    Raises:
        NotFound: There is no such project.
        Invalid: There is no such user.
    """
    into = await directing.show(work, Kind.PROJECT, public_id, lock=True)
    if into.status is Status.DELETED:
        raise NotFound("project", "This project was removed.")
    try:
        person = await enrolling.show(work, login)
    except NotFound as error:
        raise Invalid(f"there is no user {login!r}; add the user first", "members", login) from error
    present = {one.person: one.part for one in await projects.members(work.rows, into.id)}
    if present.get(person.id) is part:
        return False
    await work.note(What.MEMBER_ADDED, facts=facts(project=public_id, member=person.login, part=part))
    await work.rows.run(projects.PUT, project=into.id, person=person.id, role=part.value)
    await bump(work)
    return True


async def take(work: Work, public_id: str, login: str) -> None:
    """
    Have a user be in a project no longer.

    Raises:
        NotFound: There is no such project or user, or the user is not in it.
    """
    out_of = await directing.show(work, Kind.PROJECT, public_id, lock=True)
    person = await enrolling.show(work, login)
    await work.note(What.MEMBER_REMOVED, facts=facts(project=public_id, member=person.login))
    if not await work.rows.run(projects.TAKE, project=out_of.id, person=person.id):
        raise NotFound("member", f"{login} is not in {public_id}.")
    await bump(work)
