"""Links that join: made, shown, changed and removed by whose folder it is."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from polyshare.domain import paths
from polyshare.domain.errors import Denied, Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.folder_shares import demand_giveable
from polyshare.domain.join_links import LASTS_US, JoinLink
from polyshare.domain.nodes import Node, NodeKind, checked_node_name
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Window
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory.directing import facts
from polyshare.engine.sharing import memberships
from polyshare.engine.tree.placing import locked
from polyshare.engine.work import Work
from polyshare.store.links import join_links, links
from polyshare.store.statements import composed
from polyshare.store.tree import drives, nodes

MOST = 1000
"""Links in a stretch of a list where nobody says how many."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    What a path leads to in a drive of the actor's own.

    Attributes:
        path: As our own tree spells names, if it lies there.
        elsewhere: Whether the files lie at their provider, who alone knows what is there.
        node: What lies there in our own tree; None: nothing.
    """

    path: str
    elsewhere: bool
    node: Node | None


async def create(work: Work, path: str) -> JoinLink:
    """
    Make a link that lets whoever redeems it download from a folder of the actor's, for LASTS_US.

    Args:
        path: In normal form.

    Raises:
        Denied: The drive is not the actor's own, or there is no such drive.
        Invalid: There is no such folder.
    """
    place = await _own(work, path)
    if place is None:
        raise Denied("Only who owns a drive hands out links to its folders.")
    if not place.elsewhere and (place.node is None or place.node.kind is not NodeKind.FOLDER):
        raise Invalid("There is no such folder.", "path")
    if place.node is not None:
        await locked(work, place.node.id)
    link, token = work.new_id(), secrets.token_urlsafe(24)
    node = None if place.node is None else place.node.id
    await work.note(What.LINK_ADDED, facts=facts(link=link, node=node))
    await work.rows.run(
        join_links.ADD,
        id=link,
        public_id=work.new_public_id(),
        node=node,
        path=place.path if place.elsewhere else None,
        token=token,
        token_hash=digest_of(token),
        permissions=int(Permission.DOWNLOAD),
        asked=None,
        expires_at=work.now + LASTS_US,
        created_by=memberships.caller(work),
        now=work.now,
    )
    return await find(work, token)


async def page(work: Work, path: str, window: Window) -> tuple[Sequence[JoinLink], tuple[int, int] | None]:
    """
    A stretch of the links of a folder of the actor's that can still be redeemed, the one that ends last first.

    Args:
        path: In normal form.

    Returns:
        The links, and after what the next stretch goes on: when the last one ends, and its id; None: nothing follows.

    Raises:
        NotFound: The drive is not the actor's own, or there is no such drive; `what` is "drive".
    """
    place, key = await _listed(work, path)
    if not key:
        return (), None
    limit = MOST if window.limit is None else window.limit
    given: dict[str, Any] = {**key, "now": work.now, "limit": limit + 1, "skip": window.skip}
    if window.after is not None:
        given |= {"before": window.after[0], "link": window.after[1]}
    fragments = (join_links.BEHIND,) if window.after is not None else ()
    template = join_links.OF_PATH if place.elsewhere else join_links.OF_NODE
    asked = composed(f"join_link.of_{'path' if place.elsewhere else 'node'}", template, fragments)
    rows = await work.rows.all(asked, **given)
    found = [replace(join_links.join_link_of(row), path=place.path) for row in rows[:limit]]
    return found, (found[-1].expires_at, found[-1].id) if len(rows) > limit else None


async def stamp(work: Work, path: str) -> str:
    """
    What changes with the list of a folder's links.

    Raises:
        NotFound: As `page`.
    """
    place, key = await _listed(work, path)
    if not key:
        return "0"
    asked = join_links.STAMP_OF_PATH if place.elsewhere else join_links.STAMP_OF_NODE
    row = await work.rows.one(asked, **key, now=work.now)
    return "" if row is None else ".".join(str(int(one)) for one in row)


async def find(work: Work, token: str) -> JoinLink:
    """
    The link of that token, whoever asks, as long as it can be redeemed.

    Raises:
        NotFound: There is none, it has ended, who made it is not active or owns the folder no more, or the folder is in
            the trash; `what` is "link".
    """
    row = await work.rows.one(join_links.BY_TOKEN, token_hash=digest_of(token), now=work.now)
    if row is None:
        raise NotFound("link")
    found = join_links.join_link_of(row)
    return found if found.node is None else replace(found, path=await _path(work, found.node))


async def revise(work: Work, token: str, permissions: Permission, asked: str | None) -> None:
    """
    Have those who redeem a link of the actor's from now on get something else; what came of it before stays as it is.

    Args:
        asked: The permissions as they were sent, as JSON text.

    Raises:
        Invalid: Nothing is given, or what can't be.
        Denied: It is somebody else's, or there is none.
    """
    if Permission.DOWNLOAD not in permissions.closed:
        raise Invalid("Say what people may do with the folder.", "permissions")
    demand_giveable(permissions)
    link = await _made(work, token)
    await work.note(What.LINK_REVISED, facts=facts(link=link))
    await work.rows.run(join_links.REVISE, link=link, permissions=int(permissions), asked=asked, now=work.now)


async def remove(work: Work, token: str) -> None:
    """
    Take a link of the actor's away; what came of it before stays.

    Raises:
        Denied: It is somebody else's, or there is none.
    """
    link = await _made(work, token)
    await work.note(What.LINK_REMOVED, facts=facts(link=link))
    await work.rows.run(links.DROP, link=link)


async def forget_ended(work: Work, limit: int) -> int:
    """Remove links that joined and have ended, which nobody can tell from unknown ones; how many, at most *limit*."""
    return await work.rows.run(join_links.DROP_ENDED, before=work.now, limit=limit)


async def _listed(work: Work, path: str) -> tuple[Place, dict[str, int | str]]:
    """A place whose owner the actor is, and by what links lead there; nothing where nothing is. Raises NotFound."""
    place = await _own(work, path)
    if place is None:
        raise NotFound("drive")
    if place.elsewhere:
        return place, {"path": place.path}
    return place, {} if place.node is None else {"node": place.node.id}


async def _made(work: Work, token: str) -> int:
    """The id of a link that the actor made, whether it has ended or not; raises Denied."""
    row = await work.rows.one(
        join_links.MADE_BY, token_hash=digest_of(token), person=memberships.caller(work)
    )
    if row is None:
        raise Denied("Only who made a link changes it or takes it away.")
    return int(row[0])


async def _own(work: Work, path: str) -> Place | None:
    """What a path leads to in a drive of the actor's own; None: the drive is somebody else's, or there is none."""
    person, (number, names) = memberships.caller(work), paths.drive_and_names(path)
    drive = await drives.one(work.rows, number)
    if drive is None:
        remote = await work.rows.one(join_links.OWNS_REMOTE, drive=number, person=person)
        return None if remote is None else Place(path, elsewhere=True, node=None)
    if drive.owner != person:
        return None
    try:
        checked = [checked_node_name(name, "path") for name in names]
    except Invalid:
        return Place(path, elsewhere=False, node=None)
    spelled = "/".join(["", str(number), *checked])
    return Place(spelled, elsewhere=False, node=await nodes.by_path(work.rows, drive.root, checked))


async def _path(work: Work, node: int) -> str:
    """
    Where a node lies, by the number of its drive and the names from there.

    Raises:
        NotFound: It or what lies above is in the trash.
    """
    there = await nodes.one(work.rows, node)
    way = (await nodes.ways_up(work.rows, [node])).get(node, [])
    if there is None or any(step.trashed_at is not None for step in way):
        raise NotFound("link")
    return "/".join(["", str(there.drive), *(step.name for step in reversed(way[:-1]))])
