"""Links as people who make them deal with them: by paths, with readers by login, and one's own as a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.links import Link, Reader
from polyshare.domain.nodes import Node, Reach, checked_node_name
from polyshare.domain.principals import Kind
from polyshare.engine import access, browsing, finding, verifying
from polyshare.engine.work import Work
from polyshare.store import drives, links, nodes, people

MOST_READERS = 100


@dataclass(frozen=True, slots=True)
class Made:
    """A link beside what it leads to."""

    link: Link
    node: Node


async def at_path(work: Work, person: int, path: str) -> Reach:
    """
    What a person reaches at a path: names from the person's home on, or `/5123/docs` with the number of a drive.

    Raises:
        Invalid: A name in it can't be one.
        NotFound: There is nothing that the person may see.
    """
    names = [name for name in path.split("/") if name]
    drive = None
    if path.startswith("/") and names and names[0].isascii() and names[0].isdecimal() and len(names[0]) < 18:
        drive, names = await drives.one(work.rows, int(names[0])), names[1:]
    elif not path.startswith("/"):
        drive = await browsing.find_home(work, person)
    checked = [checked_node_name(name, "path") for name in names]
    node = None if drive is None else await nodes.by_path(work.rows, drive.root, checked)
    if node is None:
        raise NotFound("item", f"There is nothing of yours at {path!r}.")
    return await access.reach(work, person, node.id)


async def readers(work: Work, logins: Sequence[str]) -> tuple[Reader, ...]:
    """
    Whom a link is for, by logins, e-mail addresses or names of groups.

    Raises:
        Invalid: Nobody is known by one of them, or they are too many.
    """
    if len(logins) > MOST_READERS:
        raise Invalid(f"A link is for at most {MOST_READERS} people and groups.", "readers")
    known = await people.by_logins(work.rows, logins)
    found = []
    for at, text in enumerate(logins):
        id_ = known.get(text.lower())
        if id_ is None and "@" in text:
            id_ = next((one.id for one in await finding.by_email(work, text)), None)
        if id_ is None:
            try:
                id_ = (await finding.group(work, text)).id
            except NotFound:
                raise Invalid(f"Nobody is known as {text[:80]!r}.", "readers", at) from None
        found.append(Reader(id_, text))
    return tuple(found)


async def readers_of_share(work: Work, logins: Sequence[str]) -> tuple[Reader, ...]:
    """
    Whom the link of a share is for, by logins or e-mail addresses; each under the id by which My Cloud's clients know it.

    Raises:
        Invalid: As `readers`, or one is no user.
    """
    found = await readers(work, logins)
    known = {one.principal: one for one in found if one.principal is not None}
    there = await people.there(work.rows, list(known)) if known else {}
    for at, one in enumerate(found):
        if one.principal is None or there[one.principal][0] is not Kind.USER:
            raise Invalid(f"{one.named[:80]!r} is no user; a share names users.", "readers", at)
    subjects = await verifying.subjects_of(work, list(known))
    return tuple(Reader(person, subjects[person]) for person in known)


async def page(work: Work, person: int, before: int | None, limit: int) -> list[Made]:
    """The links on nodes that a person made, the newest first, with ids lower than *before*: at most *limit*."""
    rows = await work.rows.all(links.MADE_BY, person=person, before=before or 1 << 62, limit=limit)
    listed = links.links_of(rows)
    there = await nodes.some(work.rows, [one.node for one in listed if one.node is not None])
    return [Made(one, there[one.node]) for one in listed if one.node in there]


async def with_node(work: Work, link: Link) -> Made:
    """
    A link beside its node.

    Raises:
        NotFound: It leads to none.
    """
    node = None if link.node is None else await nodes.one(work.rows, link.node)
    if node is None:
        raise NotFound("link")
    return Made(link, node)
