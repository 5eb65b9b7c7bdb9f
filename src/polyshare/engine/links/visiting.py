"""Looking at a device: what lies on it, for its owner, for people with whom something there is shared, and by a link's token."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.errors import NotFound
from polyshare.domain.link_shares import Bearer
from polyshare.domain.nodes import DriveSeen, Node, NodeKind, NodeOrder, NodeSeen, Reach, folded_name
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Slice, Window
from polyshare.engine.links import permitting
from polyshare.engine.tree import access, attaching, browsing, pointing
from polyshare.engine.tree.browsing import Held
from polyshare.engine.work import Work
from polyshare.store.content import versions
from polyshare.store.tree import covers, drives, held

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a device: a user, or whoever holds a link, or both in one who got its token; and the device's id."""

    device: str
    person: int | None
    bearer: Bearer | None = None


@dataclass(frozen=True, slots=True)
class Top:
    """The top of a device for somebody who does not own it: a folder that is nowhere, with what is shared in it."""

    drive: DriveSeen
    nodes: Sequence[tuple[Node, Permission]]


@dataclass(frozen=True, slots=True)
class Thing:
    """
    A node as a visitor sees it.

    Attributes:
        etag: A strong entity tag, with its quotes: of a file, that of its bytes.
        publicly, privately: Whether a share by link opens it to anyone, or to some; told to who manages it.
    """

    seen: NodeSeen
    etag: str
    publicly: bool = False
    privately: bool = False


async def reach(work: Work, visitor: Visitor, text: str) -> Reach:
    """
    What a file id means on a device, as far as the visitor may read it; a fixed number of statements.

    Args:
        text: A file id; `root` is the top of the device, for its owner.

    Raises:
        NotFound: There is nothing of that id on this device, or the visitor may not read it: nobody learns which.
    """
    node = await _root(work, visitor) if text == ROOT else await pointing.node(work, text)
    if node is None:
        raise NotFound("item")
    return await _readable(work, visitor, node)


async def _root(work: Work, visitor: Visitor) -> int | None:
    if visitor.bearer is not None or visitor.person is None:
        return None
    drive = await _drive(work, visitor.person, visitor.device)
    if drive.owner != visitor.person:
        return None
    found = await drives.one(work.rows, drive.id)
    return None if found is None else found.root


async def _drive(work: Work, person: int, device: str) -> DriveSeen:
    try:
        return await attaching.device(work, person, device)
    except NotFound as error:
        raise NotFound("item") from error


async def _readable(work: Work, visitor: Visitor, node: int) -> Reach:
    link = person = None
    if visitor.bearer is not None:
        link, person = await access.link_of(work, visitor.bearer), visitor.bearer.reader
    else:
        person = visitor.person
    reached = await access.reach(work, person, node, link=link)
    if Permission.DOWNLOAD not in reached.permissions:
        raise NotFound("item")
    await permitting.on_device(work, reached, visitor.device)
    return reached


async def top(work: Work, visitor: Visitor) -> Top | None:
    """What is shared on a device with a user who does not own it; None for its owner, who has its root. Two statements."""
    if visitor.bearer is not None or visitor.person is None:
        raise NotFound("item")
    drive = await _drive(work, visitor.person, visitor.device)
    if drive.owner == visitor.person:
        return None
    shared = [
        (node, permissions)
        for node, permissions, _ in await held.tops(work.rows, visitor.person)
        if node.drive == drive.id and Permission.DOWNLOAD in permissions and not _is_collection(node)
    ]
    return Top(drive, shared)


def _is_collection(node: Node) -> bool:
    return node.kind is NodeKind.COLLECTION


async def show(work: Work, reached: Sequence[Reach], *, sharing: bool) -> list[Thing]:
    """
    Nodes that were reached, with what is told of them; a fixed number of statements.

    Args:
        sharing: Whether it matters by which shares they are open to others.
    """
    listed = [Held(one.node, one.permissions, one.owner, one.top) for one in reached]
    return await _things(work, await browsing.seen_by(work, listed), sharing=sharing)


async def children(
    work: Work, reached: Reach, order: NodeOrder, window: Window, *, descending: bool, sharing: bool
) -> Slice[Thing]:
    """A stretch of what lies in a folder that was reached; a fixed number of statements."""
    found = await browsing.children(work, reached, order=order, descending=descending, window=window)
    return Slice(await _things(work, found.rows, sharing=sharing), found.total, found.last)


async def children_of_top(
    work: Work, found: Top, order: NodeOrder, window: Window, *, descending: bool, sharing: bool
) -> Slice[Thing]:
    """A stretch of what stands at the top of a device for one who does not own it; a fixed number of statements."""

    rows = sorted(found.nodes, key=lambda one: place_of(one[0], order), reverse=descending)
    if window.after is not None:
        behind = operator.lt if descending else operator.gt
        rows = [one for one in rows if behind(place_of(one[0], order), window.after)]
    rows = rows[window.skip :][: window.limit]
    listed = [Held(node, permissions, owner=False, at_top=True) for node, permissions in rows]
    things = await _things(work, await browsing.seen_by(work, listed), sharing=sharing)
    return Slice(things, 0, place_of(rows[-1][0], order) if rows else None)


def place_of(node: Node, order: NodeOrder) -> tuple[int | str, int]:
    """Where a node stands in a list, as `Window.after` takes it."""
    return browsing.sort_key(node, folded_name(node.name), order), node.id


async def named(work: Work, reached: Reach, name: str) -> int | None:
    """The node in a folder that has this very name. One statement."""
    found = await versions.namesake(work.rows, reached.node.id, name, folded=False)
    return None if found is None else found.id


async def _things(work: Work, seen: Sequence[NodeSeen], *, sharing: bool) -> list[Thing]:
    if not seen:
        return []
    files = [one.node.id for one in seen if one.node.kind is NodeKind.FILE]
    current = await versions.current_of(work.rows, files) if files else {}
    managed = [one.node.id for one in seen if sharing and Permission.MANAGE in one.permissions]
    publicly, privately = (
        await covers.covered(work.rows, managed, work.now) if managed else (set[int](), set[int]())
    )
    return [
        Thing(
            one,
            f'"{current[one.node.id].sha256}"' if one.node.id in current else f'"{one.node.modified_at:x}"',
            one.node.id in publicly,
            one.node.id in privately,
        )
        for one in seen
    ]
