"""Putting a node into another folder, of any drive, or under another name."""

from polyshare.domain.errors import Invalid, WrongState
from polyshare.domain.events import What
from polyshare.domain.nodes import Node, NodeKind, Reach, Taken, Trashed
from polyshare.engine.directory.directing import facts
from polyshare.engine.grants import shelving
from polyshare.engine.tree import giving_way, merging, rehoming
from polyshare.engine.tree.placing import (
    Place,
    changed,
    check_depth,
    check_folder,
    check_not_root,
    locked,
    locked_anywhere,
    settled_name,
)
from polyshare.engine.work import Work
from polyshare.store.tree import drives, nodes


async def move(
    work: Work,
    reach: Reach,
    into: Reach,
    *,
    name: str | None = None,
    taken: Taken = Taken.NUMBER,
    folded: bool = True,
) -> Node:
    """
    Put a node with everything below it into another folder, of any drive, or under another name; its id stays.

    What comes into a drive belongs to the drive's owner from then on.

    Args:
        name: The name that it gets; None: it keeps its own.

    Returns:
        The node as it is now; if it was merged with the folder there, that one, and it is in the trash, empty.

    Raises:
        WrongState: *into* is no folder, or the node is a drive's top.
        Invalid: *into* is the node itself or lies below it.
        AlreadyThere: The name is in use there and *taken* is REFUSE.
        LimitReached: Too deep.
        NotFound: One of them went into the trash meanwhile.
    """
    await work.note(What.NODE_MOVED, facts=facts(node=reach.node.id, parent=into.node.id))
    if reach.node.drive != into.node.drive:
        await drives.lock_between(work.rows)
    moved, target = await locked(work, reach.node.id, into.node.id)
    check_not_root(moved.node)
    check_folder(target)
    if moved.node.parent is None:
        raise WrongState("A collection lies in no folder; add its assets to another one instead.")
    if moved.node.id == target.node.id or moved.node.id in target.above:
        raise Invalid("A folder can't be moved into itself or below; choose another folder.", "into")
    name = moved.node.name if name is None else name
    if (moved.node.parent, moved.node.name) == (target.node.id, name):
        return moved.node
    await _check_depth_below(work, moved.node, target)
    name, there = await giving_way.room_for(
        work, target, name, moved.node.kind, taken, folded=folded, coming=moved
    )
    if there is not None:
        return await _move_into(work, moved, target, there, folded=folded)
    return await _put(work, moved.node, target, name)


async def _put(work: Work, moved: Node, target: Place, name: str) -> Node:
    """Let a node lie in a folder under a name that is free there."""
    after = changed(work, moved, name=name, parent=target.node.id)
    shares = await shelving.listed_below(work, moved)
    await nodes.put(work.rows, after)
    if moved.parent != target.node.id:
        await nodes.grow_all(
            work.rows,
            [(moved.parent or 0, -after.size, -1), (target.node.id, after.size, 1)],
        )
    rehomed = await rehoming.to_drive(work, after, target.node)
    await shelving.refresh(work, shares)
    if moved.owner != target.node.owner:
        await rehoming.end_unlisted(work, shares)
    return rehomed


async def _move_into(work: Work, moved: Place, target: Place, there: Node, *, folded: bool) -> Node:
    """Let what lies in a folder lie in another one that has its name; the empty one goes into the trash."""
    if there.id in moved.above:
        raise Invalid("A folder can't be merged with one that holds it; choose another folder.", "into")
    source = moved.node
    if source.drive != there.drive:  # it changes hands as a whole, beside the other one
        free = await settled_name(work, target.node.id, source.name, Taken.COUNT, folded=folded)
        source = await _put(work, source, target, free)
    shares = await shelving.listed_below(work, source)
    await merging.merge(work, source, there, folded=folded)
    await shelving.refresh(work, shares)
    [emptied] = await locked_anywhere(work, source.id)
    await giving_way.put_away(work, emptied, Trashed.WITHDRAW)
    return there


async def _check_depth_below(work: Work, moved: Node, target: Place) -> None:
    """Refuse to put *moved* where its folders would lie too deep."""
    if moved.kind is NodeKind.FOLDER:
        check_depth(len(target.above) + 2 + await nodes.height(work.rows, moved.id))
