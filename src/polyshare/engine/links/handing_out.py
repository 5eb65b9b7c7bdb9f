"""Links as people who make them deal with them: by paths, with readers by login, and one's own as a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.links import Link, LinkTerms, Reader
from polyshare.domain.nodes import Node, Reach, checked_node_name
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.engine.credentials import verifying
from polyshare.engine.directory import finding
from polyshare.engine.links import linking, publishing
from polyshare.engine.tree import access, browsing
from polyshare.engine.work import Work
from polyshare.store.directory import people
from polyshare.store.links import links
from polyshare.store.tree import drives, nodes, pointers

MOST_READERS = 100


@dataclass(frozen=True, slots=True)
class Made:
    """
    A link beside what it leads to.

    Attributes:
        node: Its node, or the first that its share holds; None: what the share holds first is not there for its owner.
        others: How many more things its share holds.
        share: The share's public id; None: the link leads to a node.
    """

    link: Link
    node: Node | None
    others: int = 0
    share: str | None = None


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
    known = await finding.by_logins(work, logins)
    found = []
    for at, text in enumerate(logins):
        id_ = known.get(text)
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
    """The links that a person made, the newest first, with ids lower than *before*: at most *limit*. Four statements."""
    rows = await work.rows.all(links.MADE_BY, person=person, before=before or 1 << 62, limit=limit)
    return await beside(work, links.links_of(rows))


async def beside(work: Work, listed: Sequence[Link]) -> list[Made]:
    """Links of one maker beside what they lead to; one whose node is gone is left out. At most three statements."""
    shares = {one.share: one.created_by for one in listed if one.share is not None}
    held = {row[0]: row[1:] for row in await work.rows.all(links.HELD, shares=list(shares))} if shares else {}
    first = [node for _, _, node in held.values() if node is not None]
    # What was taken from the owner of a share is not told to them any more: the name may be another by now.
    open_ = await pointers.within_reach(work.rows, min(shares.values()), first) if first else set()
    wanted = [one.node for one in listed if one.node is not None]
    there = await nodes.some(work.rows, [*wanted, *open_])
    made = []
    for one in listed:
        if one.share in held:
            public_id, count, node = held[one.share]
            made.append(Made(one, there.get(node), max(count - 1, 0), public_id))
        elif one.node in there:
            made.append(Made(one, there[one.node]))
    return made


async def one(work: Work, link: Link) -> Made:
    """
    A link beside what it leads to.

    Raises:
        NotFound: What it leads to is gone.
    """
    for found in await beside(work, [link]):
        return found
    raise NotFound("link")


async def find(work: Work, person: int, ident: str) -> Link:
    """
    A link by its public id, for who made the share that it leads to or manages its node.

    Raises:
        NotFound: There is none, it leads to somebody else's share, or its node is in the trash.
        Hidden, Insufficient: As `access.need` for its node.
    """
    found = await publishing.find(work, ident)
    if found.node is not None:
        await access.need(work, person, found.node, Permission.MANAGE)
    elif found.created_by != person:
        raise NotFound("link")
    return found


async def change(
    work: Work, person: int, link: Link, terms: LinkTerms, *, keep_code: bool, keep_uses: bool
) -> Link:
    """
    Have a link that was found to be the person's (`find`) be as *terms* say from now on.

    Raises:
        NotFound, Hidden, Insufficient: As `find`.
        Invalid, AlreadyThere: As `publishing.change`; or a share would give something else than download.
    """
    if link.share is None:
        return await publishing.change(work, person, link.id, terms, keep_code=keep_code, keep_uses=keep_uses)
    share = await linking.of_link(work, link.id)
    return await linking.revise_link(work, share, link, terms, keep_code=keep_code, keep_uses=keep_uses)


async def remove(work: Work, person: int, ident: str) -> None:
    """
    Take a link away; it opens nothing from now on. One of a share takes its share along.

    Raises:
        NotFound, Hidden, Insufficient: As `find`.
    """
    found = await find(work, person, ident)
    if found.share is None:
        await publishing.remove(work, person, found.id)
    else:
        await linking.withdraw(work, await linking.of_link(work, found.id))
