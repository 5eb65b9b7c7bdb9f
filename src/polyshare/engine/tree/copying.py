"""Copying a node with everything below it, in short transactions; nobody sees a copy before it is whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from polyshare.domain.errors import NotFound, WrongState
from polyshare.domain.events import What
from polyshare.domain.nodes import Node, NodeKind, Reach, Taken
from polyshare.domain.principals import Actor
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import giving_way, merging
from polyshare.engine.tree.placing import (
    Place,
    check_depth,
    check_folder,
    locked,
    locked_anywhere,
    new_node,
)
from polyshare.engine.work import House, Work
from polyshare.store.content import sweeps
from polyshare.store.tree import copies, nodes

BATCH = 500
"""About how many nodes one transaction copies."""

GRACE_US = 3_600 * 1_000_000
"""A copy at which nobody has gone on for this long was left behind, and is swept away."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens when the name is in use, whether upper and lower case are the same, and the copy's name; None: its own."""

    taken: Taken
    folded: bool
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose children are to be copied: source and copy, folders above the copy, how many children it had."""

    source: int
    copy: int
    depth: int
    children: int


async def copy(
    house: House,
    actor: Actor | None,
    source: Reach,
    into: Reach,
    *,
    name: str | None = None,
    taken: Taken = Taken.NUMBER,
    folded: bool = True,
) -> Node:
    """
    Copy a node with everything live below it into a folder; for STEPS, with nothing open.

    A copy has no shares, no links and only the current version of each file, whose bytes it shares. A folder is copied
    beneath a top that lies in the trash until the last step, so that a copy that is broken off is never seen.

    Args:
        name: The name that the copy gets; None: that of the source.

    Returns:
        The copy; if it was merged with the folder there, that one.

    Raises:
        NotFound: Source or target went into the trash meanwhile.
        WrongState: The target is no folder, or the source is a collection.
        AlreadyThere: The name is in use and *taken* is REFUSE.
        LimitReached: Too deep.
    """
    rule = Rule(taken, folded, name)
    begun = await house.write(actor, lambda work: _begin(work, source.node, into.node, rule))
    if begun.kind is NodeKind.FILE:
        return begun
    try:
        depth = await house.read(actor, lambda work: _depth(work, begun.id))
        left = [Folder(source.node.id, begun.id, depth, source.node.children)]
        while left:
            left = await _go_on(house, actor, begun.id, left)
        return await house.write(actor, lambda work: _end(work, begun.id, source.node, into.node, rule))
    except Exception:
        await house.write(None, lambda work: _give_up(work, begun.id))
        raise


async def _begin(work: Work, source: Node, into: Node, rule: Rule) -> Node:
    """Copy a file, or begin the copy of a folder out of sight."""
    id_ = work.new_id()
    await work.note(What.NODE_COPIED, facts=facts(node=id_, source=source.id, parent=into.id))
    copied, target = await locked(work, source.id, into.id)
    check_folder(target)
    if copied.node.kind is NodeKind.COLLECTION:
        raise WrongState("A collection can't be copied; copy its assets.")
    if copied.node.kind is NodeKind.FOLDER:
        return await _begin_folder(work, copied.node, target, id_)
    name, _ = await giving_way.room_for(
        work,
        target,
        rule.name or copied.node.name,
        NodeKind.FILE,
        rule.taken,
        folded=rule.folded,
        source=copied,
    )
    made = replace(_twin(work, copied.node, target.node, target.node.id, id_), name=name)
    await nodes.add(work.rows, [made])
    await copies.add_versions(work.rows, [(copied.node.id, id_)], made.created_by, work.now)
    await nodes.grow(work.rows, target.node.id, made.size, 1)
    return made


async def _begin_folder(work: Work, source: Node, target: Place, id_: int) -> Node:
    check_depth(len(target.above) + 2 + await nodes.height(work.rows, source.id))
    top = replace(_twin(work, source, target.node, target.node.id, id_), trashed_at=work.now)
    await nodes.add(work.rows, [top])
    await sweeps.add(work.rows, [id_], 0, work.now + GRACE_US)
    return top


async def _depth(work: Work, node: int) -> int:
    return len((await nodes.ways_up(work.rows, [node]))[node]) - 1


async def _go_on(house: House, actor: Actor | None, top: int, left: list[Folder]) -> list[Folder]:
    """Copy what lies in the next folders, and return the folders that are left after that."""
    count, children = 0, 0
    while count < len(left) and (count == 0 or children + left[count].children <= BATCH) and count < BATCH:
        children += left[count].children
        count += 1
    if count > 1 or children <= BATCH:
        taken = left[:count]
        made = await house.write(actor, lambda work: _copy_children(work, top, taken, None))
        return left[count:] + made[0]
    rest, after = left[1:], 0
    while True:
        made = await house.write(actor, partial(_copy_children, top=top, folders=left[:1], after=after))
        rest += made[0]
        if made[1] is None:
            return rest
        after = made[1]


async def _copy_children(
    work: Work, top: int, folders: Sequence[Folder], after: int | None
) -> tuple[list[Folder], int | None]:
    """
    Copy what lies in these folders, or in one big folder a batch after the id *after*.

    Returns:
        Folders among the copies, whose children are to be copied, and the id after which a big folder goes on.
    """
    await work.note(What.NODE_COPIED, facts=facts(node=top, folders=len(folders)))
    [above] = await locked_anywhere(work, top)
    if not await sweeps.put_off(work.rows, top, work.now, work.now + GRACE_US):
        raise NotFound("item")
    if after is None:
        found = await copies.children_of(work.rows, [folder.source for folder in folders])
    else:
        found = await copies.children_after(work.rows, folders[0].source, after, BATCH)
    into = {folder.source: folder for folder in folders}
    made = [(source, into[source.parent or 0], work.new_id()) for source in found]
    if not made:
        return [], None
    deeper = [
        Folder(source.id, id_, folder.depth + 1, source.children)
        for source, folder, id_ in made
        if source.kind is NodeKind.FOLDER
    ]
    if deeper:
        check_depth(max(folder.depth for folder in deeper) + 1)
    twins = [_twin(work, source, above, folder.copy, id_) for source, folder, id_ in made]
    await nodes.add(work.rows, twins)
    files = [(source.id, id_) for source, _, id_ in made if source.kind is NodeKind.FILE]
    if files:
        await copies.add_versions(work.rows, files, twins[0].created_by, work.now)
    more = [
        (folder.copy, sum(twin.size for twin in inside), len(inside))
        for folder in folders
        if (inside := [twin for twin in twins if twin.parent == folder.copy])
    ]
    await nodes.grow_all(work.rows, more)
    return deeper, found[-1].id if after is not None and len(found) == BATCH else None


async def _end(work: Work, top: int, source: Node, into: Node, rule: Rule) -> Node:
    """Let the copy be seen, now that it is whole, or what is in it lie in the folder of its name."""
    await work.note(What.NODE_COPIED, facts=facts(node=top, parent=into.id))
    made, _ = await locked_anywhere(work, top, into.id)
    [target] = await locked(work, into.id)
    ways = await nodes.ways_up(work.rows, [source.id])
    copied = Place(source, tuple(step.id for step in ways.get(source.id, [])[1:]))
    name, there = await giving_way.room_for(
        work,
        target,
        rule.name or made.name,
        NodeKind.FOLDER,
        rule.taken,
        folded=rule.folded,
        source=copied,
    )
    if there is not None:
        if not await sweeps.put_off(work.rows, top, work.now, work.now):
            raise NotFound("item")
        await merging.merge(work, made, there, folded=rule.folded)
        work.due()
        return there
    if not await sweeps.take_back(work.rows, top, work.now):
        raise NotFound("item")
    whole = replace(made, name=name, trashed_at=None)
    await nodes.put(work.rows, whole)
    await nodes.grow(work.rows, target.node.id, made.size, 1)
    return whole


async def _give_up(work: Work, top: int) -> None:
    """Let what was copied so far be swept away, if it is still there and not seen yet."""
    await work.note(What.NODE_COPIED, facts=facts(node=top, given_up=True))
    if await sweeps.put_off(work.rows, top, work.now, work.now):
        work.due()


def _twin(work: Work, source: Node, drive: Node, parent: int, id_: int) -> Node:
    """The copy of one node: empty if it is a folder, at its first version if it is a file."""
    is_file = source.kind is NodeKind.FILE
    return replace(
        new_node(work, drive, parent, id_, source.kind, source.name),
        description=source.description,
        mime=source.mime,
        size=source.size if is_file else 0,
        version=1 if is_file else 0,
    )
