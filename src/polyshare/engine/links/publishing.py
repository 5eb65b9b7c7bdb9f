"""Public links: made, shown, changed and removed by who manages a node, and opened by who holds them."""

from polyshare.domain.access import not_expired
from polyshare.domain.errors import AlreadyThere, CodeNeeded, Invalid, LinkShut, NotFound
from polyshare.domain.events import What
from polyshare.domain.links import LONGEST_CODE, SHORTEST_CODE, Link, LinkTerms, checked_terms
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.domain.shares import touched
from polyshare.engine.credentials import hashing
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory.directing import facts
from polyshare.engine.grants.beginnings import new_link
from polyshare.engine.links import guessing
from polyshare.engine.tree import access
from polyshare.engine.tree.placing import locked_anywhere
from polyshare.engine.work import House, Work
from polyshare.store.database import Row, Rows
from polyshare.store.links import links


async def hash_code(house: House, code: str) -> str:
    """
    An access code's hash, for `LinkTerms`; made in a bounded pool, never inside a transaction.

    Raises:
        Invalid: It is too short or too long.
    """
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        raise Invalid(f"An access code has {SHORTEST_CODE} to {LONGEST_CODE} characters.", "code")
    hashed = await hashing.hash_password(house, code)
    guessing.remember(house, hashed, code)
    return hashed


async def create(work: Work, reached: Reach, terms: LinkTerms) -> Link:
    """
    Make a public link on a node; its maker is the actor, or who owns the node where nobody acts.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: The terms make no sense; `where` names the field.
        AlreadyThere: The node has a link without a name, and this one has none either.
    """
    access.allow(reached, Permission.MANAGE)
    checked_terms(terms)
    by = work.actor.id if work.actor is not None else reached.node.owner
    made = new_link(work, terms, by, node=reached.node.id)
    await work.note(What.LINK_ADDED, facts=facts(link=made.id, node=reached.node.id))
    await _keep_unnamed_single(work, reached.node.id, terms.name, 0)
    await links.add(work.rows, made, digest_of(made.token), terms.code_hash)
    return made


async def list_links(work: Work, reached: Reach) -> list[Link]:
    """
    The public links on a node, oldest first; those that have expired, too.

    Raises:
        Insufficient: The actor does not manage the node.
    """
    access.allow(reached, Permission.MANAGE)
    return links.links_of(await work.rows.all(links.OF_NODE, node=reached.node.id))


async def find(work: Work, link: int | str) -> Link:
    """
    A public link by its id or public id, whoever asks; its node is what access is then asked for.

    Raises:
        NotFound: There is none; `what` is "link".
    """
    if isinstance(link, int):
        rows = await work.rows.all(links.ONE, link=link)
    else:
        rows = await work.rows.all(links.BY_PUBLIC_ID, public_id=link) if link.isprintable() else []
    if not rows:
        raise NotFound("link")
    return links.links_of(rows)[0]


async def show(work: Work, person: int, link: int | str) -> Link:
    """
    A public link, for who manages its node.

    Raises:
        NotFound: There is none, or its node is in the trash.
        Hidden, Insufficient: As `access.need` for its node.
    """
    found, _ = await _managed(work, person, link)
    return found


async def change(
    work: Work,
    person: int,
    link: int | str,
    terms: LinkTerms,
    *,
    keep_code: bool,
    keep_uses: bool = True,
) -> Link:
    """
    Have a public link be as *terms* say from now on.

    Args:
        keep_code: Leave the access code, or that there is none, as it is.
        keep_uses: Leave as it is how often it can still be opened.

    Raises:
        NotFound, Hidden, Insufficient: As `show`.
        Invalid, AlreadyThere: As `create`.
    """
    found, node = await _managed(work, person, link)
    checked_terms(terms)
    await work.note(What.LINK_REVISED, facts=facts(link=found.id, node=node))
    await _keep_unnamed_single(work, node, terms.name, found.id)
    return await rewrite(work, found, terms, keep_code=keep_code, keep_uses=keep_uses)


async def rewrite(work: Work, link: Link, terms: LinkTerms, *, keep_code: bool, keep_uses: bool) -> Link:
    """Write that a link is as *terms* say from now on, whoever asks and whatever it leads to."""
    row = await work.rows.one(links.CODE_OF, link=link.id) if keep_code else None
    await work.rows.run(
        links.REVISE,
        id=link.id,
        name=terms.name,
        audience=terms.audience.value,
        permissions=int(terms.permissions),
        drops=int(terms.drops),
        code_hash=row[0] if row is not None else terms.code_hash,
        expires_at=terms.expires_at,
        uses=terms.uses,
        keep_uses=int(keep_uses),
        now=touched(work.now, link.modified_at),
    )
    await work.rows.run(links.DROP_READERS, link=link.id)
    await links.set_readers(work.rows, link.id, terms.readers)
    return await find(work, link.id)


async def remove(work: Work, person: int, link: int | str) -> Link:
    """
    Take a public link away; it opens nothing from now on. Returns it as it was.

    Raises:
        NotFound, Hidden, Insufficient: As `show`.
    """
    found, node = await _managed(work, person, link)
    await work.note(What.LINK_REMOVED, facts=facts(link=found.id, node=node))
    await work.rows.run(links.DROP_READERS, link=found.id)
    await work.rows.run(links.DROP, link=found.id)
    return found


async def open_link(
    house: House, link: int | str, code: str | None, person: int | None, address: str = ""
) -> int:
    """
    Open a public link: its id, to be handed to `access.reach(..., link=...)`. Nothing may be open while this is awaited.

    A code that was right once is remembered by this process, under a key of its own; the row is read each time. Guesses
    are braked, as `guessing.is_right` says.

    Args:
        link: Its id or public id.
        code: What was given as its access code; None: nothing.
        person: Who is signed in; None: nobody.
        address: Where the caller comes from; empty if nobody knows.

    Raises:
        LinkShut: It is unknown, has expired, or is not for this person.
        Braked: Too many wrong access codes came for this link.
        CodeNeeded: It asks for an access code, and this is none or a wrong one.
        Unavailable: The database did not answer.
    """
    asked = links.DOOR if isinstance(link, int) else links.DOOR_BY_PUBLIC_ID

    async def read(rows: Rows) -> Row | None:
        return await rows.one(asked, link=link, person=person)

    printable = isinstance(link, int) or link.isprintable()
    row = await house.database.read(read, snapshot=False) if printable else None
    if row is None or not not_expired(row[2], house.clock()) or not row[3]:
        raise LinkShut("This link does not exist, has expired, or is not for you; ask who gave it to you.")
    id_, code_hash = row[0], row[1]
    if code_hash is not None:
        given = code is not None and len(code) <= LONGEST_CODE
        if not given or not await guessing.is_right(house, id_, code_hash, code or "", address):
            raise CodeNeeded("This link asks for its access code.")
    return int(id_)


async def _managed(work: Work, person: int, link: int | str) -> tuple[Link, int]:
    """A link on a node that the person manages, and that node; what leads to a share is no such link."""
    found = await find(work, link)
    if found.node is None:
        raise NotFound("link")
    await access.need(work, person, found.node, Permission.MANAGE)
    return found, found.node


async def _keep_unnamed_single(work: Work, node: int, name: str, link: int) -> None:
    """Let at most one link of a node be without a name; who adds or changes links of one node takes turns."""
    await locked_anywhere(work, node)
    if not name and await work.rows.one(links.UNNAMED, node=node, other=link) is not None:
        raise AlreadyThere("There is a link without a name already; give this one a name.")
