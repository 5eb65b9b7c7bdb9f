"""Collections: named sets of files that lie where they lie, shared as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polyshare.domain.errors import AlreadyThere, Insufficient, Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.nodes import Drive, Node, NodeKind, NodeSeen, Reach, checked_node_name
from polyshare.domain.permissions import Permission
from polyshare.domain.shares import touched
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import access, browsing
from polyshare.engine.tree.placing import locked, new_node
from polyshare.engine.work import Work
from polyshare.store.tree import assets, held, nodes

MOST_ASSETS = 1000
"""How many files one call adds or removes at most."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of one file that was to be added or removed."""

    node: int
    done: bool


async def create(work: Work, drive: Drive, name: str, description: str = "") -> Node:
    """
    Make an empty collection; it belongs to the drive's owner and lies in no folder.

    Raises:
        Invalid: The name can't be one.
    """
    id_ = work.new_id()
    await work.note(What.NODE_ADDED, facts=facts(node=id_, drive=drive.id))
    name = checked_node_name(name, "name")
    made = new_node(work, drive, None, id_, NodeKind.COLLECTION, name)
    made = replace(made, description=description)
    await nodes.add(work.rows, [made])
    return made


async def list_all(work: Work, person: int) -> tuple[Sequence[NodeSeen], Sequence[NodeSeen]]:
    """A person's own collections, and those that are shared with the person; a fixed number of statements."""
    own = await assets.owned(work.rows, person)
    shared = [one for one in await held.tops(work.rows, person) if one[0].kind is NodeKind.COLLECTION]
    everything = [browsing.Held(node, browsing.ALL, owner=True, at_top=True) for node in own] + [
        browsing.Held(node, permissions, owner=False, at_top=True) for node, permissions, _ in shared
    ]
    seen = await browsing.seen_by(work, everything)
    return seen[: len(own)], seen[len(own) :]


async def add(work: Work, collection: Reach, files: Sequence[Reach], *, skip: bool = False) -> list[Gathered]:
    """
    Put files into a collection, whose members then have them by the role that they have there.

    Args:
        skip: Pass over what the collection holds already, instead of refusing everything.

    Raises:
        Insufficient: The actor is no contributor of the collection, or does not manage a file.
        Invalid: It is no collection, something is no file, a file is another owner's than the collection, or too many.
        AlreadyThere: The collection holds one of them.
    """
    access.allow(collection, Permission.EDIT)
    _check(collection, files)
    for file in files:
        access.allow(file, Permission.MANAGE)
        if file.node.owner != collection.node.owner:
            raise Insufficient(file.node.id, "A collection holds files of its own owner only.")
    ids = list(dict.fromkeys(file.node.id for file in files))
    await work.note(What.ASSETS_ADDED, facts=facts(collection=collection.node.id, nodes=ids))
    await locked(work, collection.node.id)
    there = await assets.held(work.rows, collection.node.id, ids)
    if there and not skip:
        raise AlreadyThere("The collection holds one of these already.")
    await assets.add(work.rows, collection.node.id, [id_ for id_ in ids if id_ not in there], work.now)
    await _count(work, collection)
    return [Gathered(id_, id_ not in there) for id_ in ids]


async def remove(
    work: Work, collection: Reach, files: Sequence[int], *, skip: bool = False
) -> list[Gathered]:
    """
    Take files out of a collection; they stay where they lie.

    Args:
        skip: Pass over what the collection does not hold, instead of refusing everything.

    Raises:
        Insufficient: The actor is no contributor of the collection.
        Invalid: It is no collection, or too many.
        NotFound: The collection does not hold one of them.
    """
    access.allow(collection, Permission.EDIT)
    _check(collection, ())
    ids = list(dict.fromkeys(files))
    await work.note(What.ASSETS_REMOVED, facts=facts(collection=collection.node.id, nodes=ids))
    await locked(work, collection.node.id)
    there = await assets.held(work.rows, collection.node.id, ids)
    if len(there) < len(ids) and not skip:
        raise NotFound("asset", "The collection does not hold one of these.")
    await work.rows.run(assets.REMOVE, collection=collection.node.id, nodes=sorted(there))
    await _count(work, collection)
    return [Gathered(id_, id_ in there) for id_ in ids]


def _check(collection: Reach, files: Sequence[Reach]) -> None:
    if collection.node.kind is not NodeKind.COLLECTION:
        raise NotFound("collection")
    if len(files) > MOST_ASSETS:
        raise Invalid(f"At most {MOST_ASSETS} files can be named in one call.", "idList")
    if any(file.node.kind is not NodeKind.FILE for file in files):
        raise Invalid("Only files can be put into a collection.", "idList")


async def _count(work: Work, collection: Reach) -> None:
    by = work.actor.id if work.actor is not None else collection.node.owner
    now = touched(work.now, collection.node.modified_at)
    await work.rows.run(assets.COUNT, collection=collection.node.id, by=by, now=now)
