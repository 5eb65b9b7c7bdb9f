"""Looking at the file tree: a node, a folder's children, and what stands at the top for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polyshare.domain.errors import WrongState
from polyshare.domain.nodes import Drive, Node, NodeKind, NodeOrder, NodeSeen, Reach, folded_name
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Slice, Window
from polyshare.engine.work import Work
from polyshare.store.tree import assets, drives, file_pages, held, node_pages, nodes

ALL = Permission.MANAGE.closed


@dataclass(frozen=True, slots=True)
class Held:
    """A node beside what its viewer may do with it, and whether it stands in the viewer's home."""

    node: Node
    permissions: Permission
    owner: bool
    at_top: bool


async def find_home(work: Work, person: int) -> Drive | None:
    """The person's first drive; None while there is none, which `filing.home` mends."""
    return await drives.first_of(work.rows, person)


async def show(work: Work, reach: Reach) -> NodeSeen:
    """A node as the actor sees it, with who made, changed and owns it."""
    at_top = reach.top
    if reach.owner and reach.node.parent is not None:
        home = await find_home(work, reach.node.owner)
        at_top = home is not None and home.root == reach.node.parent
    [seen] = await seen_by(work, [Held(reach.node, reach.permissions, reach.owner, at_top)])
    return seen


async def children(
    work: Work,
    reach: Reach,
    *,
    name: str | None = None,
    order: NodeOrder = NodeOrder.NAME,
    descending: bool = False,
    window: Window,
) -> Slice[NodeSeen]:
    """
    One stretch of a folder's live children, or of the files that a collection holds, in a fixed number of statements.

    `window.after` is not used for a collection.

    Args:
        name: Only those with this name, upper and lower case being the same.
        order: NAME, CREATED or MODIFIED.

    Returns:
        The total is that of all children, or of those with the name; `last` is where the next stretch goes on.
    """
    folder = reach.node
    folded = None if name is None else folded_name(name)
    if folder.kind is NodeKind.COLLECTION:
        return await _assets(work, reach, folded, (order, descending), window)
    if folded is None:
        fresh = await nodes.one(work.rows, folder.id)
        total = fresh.children if fresh is not None else 0
    else:
        total = await node_pages.count_named(work.rows, folder.id, folded)
    found, last = await node_pages.children(work.rows, folder.id, folded, (order, descending), window, total)
    at_top = False
    given: Mapping[int, Permission] = {}
    if reach.owner:
        home = await find_home(work, folder.owner)
        at_top = home is not None and home.root == folder.id
    elif work.actor is not None:
        given = await held.on(work.rows, work.actor.id, [node.id for node in found])
    here = reach.permissions
    listed = [
        Held(node, here | given[node.id] if node.id in given else here, reach.owner, at_top) for node in found
    ]
    return Slice(await seen_by(work, listed), 0 if window.after is not None else total, last)


async def _assets(
    work: Work, reach: Reach, name: str | None, order: tuple[NodeOrder, bool], window: Window
) -> Slice[NodeSeen]:
    """Who has a collection only sees its files without the folders that they lie in."""
    found, total = await assets.page(work.rows, reach.node.id, name, order, window)
    given: Mapping[int, Permission] = {}
    if not reach.owner and work.actor is not None:
        given = await held.on(work.rows, work.actor.id, [node.id for node in found])
    listed = [
        Held(node, reach.permissions | given.get(node.id, Permission(0)), reach.owner, not reach.owner)
        for node in found
    ]
    return Slice(await seen_by(work, listed), total)


async def page(
    work: Work,
    reach: Reach,
    order: NodeOrder,
    *,
    descending: bool,
    limit: int,
    skip: int = 0,
    after: tuple[int | str, int] | None = None,
    hidden: bool = True,
) -> tuple[Sequence[Node], tuple[int | str, int] | None]:
    """
    One page of a folder's live children, with nobody beside them; one statement.

    Args:
        order: NAME, CREATED, MODIFIED or SIZE.
        hidden: Whether those whose names begin with a dot are listed, too.

    Returns:
        The nodes, and where the next page goes on; None where nothing follows.

    Raises:
        WrongState: It is no folder.
    """
    if reach.node.kind is not NodeKind.FOLDER:
        raise WrongState("Only a folder has something in it; name a folder.")
    window = Window(skip, limit + 1, after)
    found = await file_pages.children(work.rows, reach.node.id, (order, descending), window, hidden=hidden)
    rows = found[:limit]
    return [node for node, _ in rows], (rows[-1][1], rows[-1][0].id) if len(found) > limit else None


async def names_below(work: Work, reach: Reach, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names that lead from a folder down to each of these nodes below it; one statement."""
    ways = await nodes.ways_up(work.rows, ids) if ids else {}
    found = {}
    for id_, way in ways.items():
        above = next((at for at, step in enumerate(way) if step.id == reach.node.id), len(way))
        found[id_] = [step.name for step in reversed(way[:above])]
    return found


async def stamp(work: Work, reach: Reach) -> str:
    """What changes with whatever a list of a folder's children shows. One statement, which looks at all of them."""
    return await file_pages.stamp(work.rows, reach.node.id)


async def at_top(
    work: Work,
    person: int,
    *,
    name: str | None = None,
    order: NodeOrder = NodeOrder.NAME,
    descending: bool = False,
    window: Window,
) -> Slice[NodeSeen]:
    """
    One stretch of what stands in a person's home: the home folder's children, and what others share with the person.

    Of what is shared, only that shows which has nothing above it that is shared with the person too. Both kinds are
    sorted together, own ones first where the sort key is the same; `window.after` is not used.
    """
    folded = None if name is None else folded_name(name)
    home = await find_home(work, person)
    own_total = 0
    if home is not None and folded is not None:
        own_total = await node_pages.count_named(work.rows, home.root, folded)
    elif home is not None:
        root = await nodes.one(work.rows, home.root)
        own_total = root.children if root is not None else 0
    shared: dict[int, tuple[Node, Permission]] = {}
    keys: dict[int, str | int] = {}
    for node, permissions, owner_name in await held.tops(work.rows, person):
        shown_as = folded_name(owner_name if is_root(node) else node.name)
        if folded in (None, shown_as):
            shared[node.id] = node, permissions
            keys[node.id] = sort_key(node, shown_as, order)
    total = own_total + len(shared)
    found = await node_pages.at_top(
        work.rows, home.root if home is not None else 0, folded, (order, descending), window, (total, keys)
    )
    listed = [
        Held(node, shared[node.id][1] if node.id in shared else ALL, node.id not in shared, True)
        for node in found
    ]
    return Slice(await seen_by(work, listed), total)


async def in_trash(work: Work, person: int, *, window: Window) -> Slice[NodeSeen]:
    """
    One stretch of what a person can take out of the trash, the latest first; `window.after` is not used.

    What was put there by itself shows by itself, also where a folder above it followed; what lies in it does not.
    """
    found, total = await node_pages.in_trash(work.rows, person, window)
    return Slice(await seen_by(work, [Held(node, ALL, owner=True, at_top=False) for node in found]), total)


def is_root(node: Node) -> bool:
    """Whether a node is the top folder of its drive."""
    return node.parent is None and node.kind is NodeKind.FOLDER


def sort_key(node: Node, folded: str, order: NodeOrder) -> str | int:
    """By what a node is sorted that is shown under the name *folded*."""
    return {NodeOrder.CREATED: node.created_at, NodeOrder.MODIFIED: node.modified_at}.get(order, folded)


async def seen_by(work: Work, listed: Sequence[Held]) -> list[NodeSeen]:
    """These nodes with their people and fixed ids; two statements for any number."""
    if not listed:
        return []
    everybody = {id_ for one in listed for id_ in (one.node.created_by, one.node.modified_by, one.node.owner)}
    people = await node_pages.people(work.rows, sorted(everybody))
    around = {id_ for one in listed for id_ in (one.node.id, one.node.parent) if id_ is not None}
    fixed = await node_pages.aliases(work.rows, sorted(around))
    seen = []
    for one in listed:
        owner = people[one.node.owner]
        seen.append(
            NodeSeen(
                node=one.node,
                name=owner.name if is_root(one.node) and not one.owner else one.node.name,
                created_by=people.get(one.node.created_by, owner),
                modified_by=people.get(one.node.modified_by, owner),
                owned_by=owner,
                permissions=one.permissions,
                owner=one.owner,
                at_top=one.at_top,
                aliases=fixed.get(one.node.id, {}),
                parent_aliases=fixed.get(one.node.parent or 0, {}),
            )
        )
    return seen
