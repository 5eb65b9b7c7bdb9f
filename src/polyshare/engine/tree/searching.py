"""Searching the file tree: names, descriptions and owners' names, among what one person reaches."""

from polyshare.domain.nodes import Node, NodeOrder, NodeSeen, Reach, folded_name
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Slice, Window
from polyshare.engine.tree.browsing import ALL, Held, find_home, seen_by
from polyshare.engine.work import Work
from polyshare.store.tree import held, node_search
from polyshare.store.tree.node_search import SHORTEST, Root


async def search(
    work: Work,
    person: int,
    words: str,
    within: Reach | None = None,
    *,
    order: NodeOrder = NodeOrder.NAME,
    descending: bool = False,
    window: Window,
) -> Slice[NodeSeen]:
    """
    Live nodes in whose name, description or owner's display name all words occur, upper and lower case being the same.

    A fixed number of statements. Words of three letters and more are found by index; shorter ones, and those in an
    owner's name, by reading what the person reaches there.

    Args:
        words: Parted by blanks; without any, nothing is found.
        within: Only what lies below this folder; None: the person's drives and all that is shared with it.
        window: `after` is not used.
    """
    asked = tuple(dict.fromkeys(folded_name(words).split()))
    if not asked:
        return Slice([], 0)
    tops = await held.tops(work.rows, person)
    if within is not None:
        reached = await node_search.root_at(work.rows, within.node.id)
    else:
        reached = [(node.id, node.drive, owner) for node, _, owner in tops]
        reached += await node_search.own_roots(work.rows, person)
    by_index = any(len(word) >= SHORTEST for word in asked) and await node_search.has_index(work.rows)
    indexed: list[Root] = []
    read: list[Root] = []
    for node, drive, owner in reached:
        left = tuple(word for word in asked if word not in folded_name(owner))
        (indexed if by_index and left == asked else read).append(Root(node, drive, left))
    if not indexed and not read:
        return Slice([], 0)
    besides = within.node.id if within is not None else 0
    ordered, stretch = (order, descending), (window.skip, window.limit)
    found, total = await node_search.find(work.rows, indexed, read, ordered, stretch, besides)
    if not found and (window.skip or window.limit == 0):
        _, total = await node_search.find(work.rows, indexed, read, ordered, (0, 1), besides)
    if within is not None and not within.owner:
        tops = [(within.node, within.permissions, "")]
    return Slice(await _seen(work, person, found, tops, within), total)


async def _seen(
    work: Work,
    person: int,
    found: list[Node],
    tops: list[tuple[Node, Permission, str]],
    within: Reach | None,
) -> list[NodeSeen]:
    """The nodes as the person sees them, with the best that the grants on and above each give."""
    home = await find_home(work, person)
    foreign = [node.id for node in found if node.owner != person]
    given = await held.above(work.rows, person, foreign) if foreign else {}
    at_top = {node.id for node, _, _ in tops}
    listed = []
    for node in found:
        owner = node.owner == person
        permissions = ALL if owner else given.get(node.id, Permission(0))
        if within is not None:
            permissions |= within.permissions
        top = home is not None and node.parent == home.root if owner else node.id in at_top
        listed.append(Held(node, permissions, owner, top))
    return await seen_by(work, listed)
