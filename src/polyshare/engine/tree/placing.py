"""Where a node may lie: drives locked, nodes read anew behind the lock, free names, the depth of the tree, nodes as they begin."""

from dataclasses import dataclass, replace

from polyshare.domain.errors import AlreadyThere, LimitReached, NotFound, WrongState
from polyshare.domain.nodes import (
    DEEPEST,
    Drive,
    Node,
    NodeKind,
    Taken,
    checked_node_name,
    folded_name,
    numbered_name,
    split_name,
)
from polyshare.domain.shares import touched
from polyshare.engine.tree import access
from polyshare.engine.work import Work
from polyshare.store.tree import drives, nodes

ATTEMPTS = 5
"""How often drives are locked again because a node went to another drive just before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node as it is behind the lock, and the ids of the folders above it, the nearest first."""

    node: Node
    above: tuple[int, ...]


async def locked(work: Work, *ids: int) -> list[Place]:
    """
    Lock the drives that these nodes lie in, in the order of ids, and read the nodes anew.

    Every change of a tree begins so: what a reach said before may have changed until the lock was there.

    Raises:
        NotFound: One is gone, or is in the trash by now.
    """
    places = await locked_anywhere(work, *ids)
    ways = await nodes.ways_up(work.rows, ids)
    if any(step.trashed_at is not None for way in ways.values() for step in way):
        raise NotFound("item")
    return [Place(node, tuple(step.id for step in ways[node.id][1:])) for node in places]


async def locked_anywhere(work: Work, *ids: int) -> list[Node]:
    """
    Like `locked`, but what is in the trash is there too.

    Raises:
        NotFound: One is gone.
    """
    for _ in range(ATTEMPTS):
        held = await drives.lock_of(work.rows, list(ids))
        found = await nodes.some(work.rows, ids)
        if len(found) < len(set(ids)):
            break
        if all(node.drive in held for node in found.values()):
            await access.check_again(work, held)
            return [found[id_] for id_ in ids]
    raise NotFound("item")


async def settled_name(
    work: Work, folder: int, name: str, taken: Taken, *, folded: bool = True, besides: int = 0
) -> str:
    """
    The name under which something may lie in a folder whose drive is locked; one statement.

    Args:
        name: As asked; it is checked, and comes back in normal form C.
        folded: Whether upper and lower case are the same.
        besides: The node that is to have the name, if it lies there already.

    Raises:
        Invalid: No name for a node.
        AlreadyThere: The name is in use, and *taken* gives no numbers.
    """
    name = checked_node_name(name, "name")
    stem, _ = split_name(name)
    used = await nodes.neighbours(work.rows, folder, name, stem, besides)
    taken_names = {pair[folded] for pair in used}
    if (folded_name(name) if folded else name) not in taken_names:
        return name
    first = taken.first_number
    if first is None:
        raise AlreadyThere(f"The folder has something named {name!r} already; choose another name.")
    for number in range(first, first + len(used) + 1):
        numbered = numbered_name(name, number)
        if (folded_name(numbered) if folded else numbered) not in taken_names:
            return numbered
    raise AssertionError("among n + 1 numbers one is free")


def new_node(
    work: Work, drive: Drive | Node, parent: int | None, id_: int, kind: NodeKind, name: str
) -> Node:
    """A node as it begins: empty, made by the actor or, without one, by the owner of the drive."""
    by = work.actor.id if work.actor is not None else drive.owner
    return Node(
        id=id_,
        drive=drive.id if isinstance(drive, Drive) else drive.drive,
        parent=parent,
        kind=kind,
        name=name,
        description="",
        mime="",
        size=0,
        children=0,
        version=0,
        created_by=by,
        modified_by=by,
        created_at=work.now,
        modified_at=work.now,
        trashed_at=None,
        owner=drive.owner,
    )


def check_folder(place: Place) -> None:
    """Raise WrongState unless things can lie in it."""
    if place.node.kind is not NodeKind.FOLDER:
        raise WrongState("Only a folder can have something in it; name a folder.")


def check_depth(folders: int) -> None:
    """Raise LimitReached if that many folders would lie above one another."""
    if folders > DEEPEST:
        raise LimitReached("folders above one another", DEEPEST)


def check_not_root(node: Node) -> None:
    """Raise WrongState for the folder at the top of a drive."""
    if node.parent is None and node.kind is NodeKind.FOLDER:
        raise WrongState(
            "The folder at the top of a drive stays where and what it is; name something inside it."
        )


def changed(work: Work, node: Node, **fields: object) -> Node:
    """The node with other fields, changed now and by the actor."""
    by = work.actor.id if work.actor is not None else node.owner
    return replace(
        node,
        modified_by=by,
        modified_at=touched(work.now, node.modified_at),
        **fields,  # type: ignore[arg-type] # fields of Node, named by us
    )
