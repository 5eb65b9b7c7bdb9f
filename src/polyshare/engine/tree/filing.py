"""The verbs of the file tree: drives, folders, names and places, the trash and the way back out of it."""

import uuid
from dataclasses import replace

from polyshare.domain.errors import Hidden, NotFound, WrongState
from polyshare.domain.events import What
from polyshare.domain.nodes import Drive, Node, NodeKind, Reach, Taken, Trashed, checked_node_name
from polyshare.domain.permissions import Permission
from polyshare.engine.directory.directing import facts
from polyshare.engine.grants import shelving
from polyshare.engine.tree import giving_way
from polyshare.engine.tree.placing import (
    changed,
    check_depth,
    check_folder,
    check_not_root,
    locked,
    locked_anywhere,
    new_node,
    settled_name,
)
from polyshare.engine.work import Work
from polyshare.store.content import sweeps
from polyshare.store.tree import drives, nodes

HOME_TITLE = "Home"


async def home(work: Work, person: int) -> Drive:
    """The person's first drive; made if there is none, which needs a write."""
    found = await drives.first_of(work.rows, person)
    return found if found is not None else await add_drive(work, person, HOME_TITLE, only_first=True)


async def add_drive(
    work: Work,
    owner: int,
    title: str,
    *,
    id_: int | None = None,
    device: str | None = None,
    product: int | None = None,
    only_first: bool = False,
) -> Drive:
    """
    Make a drive with its root folder.

    Args:
        id_: A small number; None: the next one.
        device: A UUID; None: drawn.
        product: Id of what it is made of; None: the house's own.
        only_first: Give back the owner's first drive if there is one by now.

    Raises:
        Taken: The id or the device is another drive's.
    """
    root = work.new_id()
    device = str(uuid.UUID(hex=work.new_public_id(), version=4)) if device is None else device
    checked_node_name(title, "title")
    await work.note(What.DRIVE_ADDED, facts=facts(owner=owner, root=root))
    number = await drives.next_id(work.rows)
    if only_first and (found := await drives.first_of(work.rows, owner)) is not None:
        return found
    drive = Drive(number if id_ is None else id_, owner, root, title, device)
    await drives.add(work.rows, drive, work.now, product)
    await nodes.add(work.rows, [new_node(work, drive, None, root, NodeKind.FOLDER, title)])
    return drive


async def create_folder(
    work: Work,
    into: Reach,
    name: str,
    description: str = "",
    *,
    taken: Taken = Taken.NUMBER,
    folded: bool = True,
) -> Node:
    """
    Make a folder in a folder.

    Args:
        taken: What happens when the name is in use; MERGE gives back the folder that is there.
        folded: Whether upper and lower case are the same.

    Raises:
        Invalid: The name can't be one.
        AlreadyThere: The name is in use and *taken* is REFUSE.
        LimitReached: Too deep.
        WrongState: *into* is no folder.
        NotFound: *into* went into the trash meanwhile.
    """
    id_ = work.new_id()
    await work.note(What.NODE_ADDED, facts=facts(node=id_, parent=into.node.id))
    [place] = await locked(work, into.node.id)
    check_folder(place)
    check_depth(len(place.above) + 2)
    name, there = await giving_way.room_for(work, place, name, NodeKind.FOLDER, taken, folded=folded)
    if there is not None:
        return there
    node = replace(
        new_node(work, place.node, place.node.id, id_, NodeKind.FOLDER, name), description=description
    )
    await nodes.add(work.rows, [node])
    await nodes.grow(work.rows, place.node.id, 0, 1)
    return node


async def rename(
    work: Work,
    reach: Reach,
    name: str | None,
    description: str | None = None,
    *,
    taken: Taken = Taken.REFUSE,
    folded: bool = True,
) -> Node:
    """
    Give a node another name, description or both; None keeps. Its id stays.

    Raises:
        Invalid: The name can't be one.
        AlreadyThere: The name is in use and *taken* is REFUSE.
        WrongState: A drive's top folder has no other name.
        NotFound: The node went into the trash meanwhile.
    """
    await work.note(What.NODE_CHANGED, facts=facts(node=reach.node.id))
    [place] = await locked(work, reach.node.id)
    before = place.node
    if name is not None and name != before.name:
        check_not_root(before)
    else:
        name = before.name
    if before.parent is not None and name != before.name:
        name = await settled_name(work, before.parent, name, taken, folded=folded, besides=before.id)
    elif name != before.name:
        name = checked_node_name(name, "name")
    description = before.description if description is None else description
    if (name, description) == (before.name, before.description):
        return before
    after = changed(work, before, name=name, description=description)
    shares = await shelving.listed_below(work, before) if name != before.name else []
    await nodes.describe(work.rows, after)
    await shelving.refresh(work, shares)
    return after


async def trash(work: Work, reach: Reach, shares: Trashed = Trashed.KEEP) -> Node:
    """
    Put a node into the trash, and with it everything below.

    Args:
        shares: KEEP: its shares open nothing until it is restored. WITHDRAW: those that offer nothing else end, and links
            that join go, and do not come back with it; of others it is no part any more once it is removed for good.

    Raises:
        WrongState: A drive's top can't go.
        NotFound: It went into the trash meanwhile.
    """
    await work.note(What.NODE_TRASHED, facts=facts(node=reach.node.id, shares=shares.value))
    [place] = await locked(work, reach.node.id)
    node = place.node
    check_not_root(node)
    await giving_way.put_away(work, node, shares)
    return replace(node, trashed_at=work.now)


async def delete(work: Work, reach: Reach) -> None:
    """
    Remove a node for good that is not in the trash, with everything below it and all that is shared of it.

    Raises:
        WrongState: A drive's top can't go.
        NotFound: It went into the trash meanwhile.
    """
    node = await trash(work, reach, Trashed.WITHDRAW)
    await sweeps.add(work.rows, [node.id], 0, work.now)
    work.due()


async def in_trash(work: Work, person: int, node: int) -> Reach:
    """
    A node that was put into the trash, for the owner of its drive.

    Raises:
        NotFound: There is no such node, it is not in the trash, or it is being removed for good.
        Hidden: It is another's.
    """
    found = await nodes.one(work.rows, node)
    if found is None or found.trashed_at is None or await sweeps.is_there(work.rows, node):
        raise NotFound("item")
    if found.owner != person:
        raise Hidden("item")
    return Reach(found, Permission.MANAGE.closed, owner=True, top=False)


async def restore(work: Work, reach: Reach, *, taken: Taken = Taken.NUMBER, folded: bool = True) -> Node:
    """
    Take a node out of the trash, back into its folder or, if that is in the trash, the nearest above that is not.

    Args:
        reach: As `in_trash` gives it.

    Raises:
        AlreadyThere: Its name is in use there and *taken* is REFUSE.
        NotFound: It is not in the trash, or being removed for good.
    """
    await work.note(What.NODE_RESTORED, facts=facts(node=reach.node.id))
    [node] = await locked_anywhere(work, reach.node.id)
    if node.trashed_at is None or await sweeps.is_there(work.rows, node.id):
        raise NotFound("item")
    if node.parent is None:
        restored = replace(node, trashed_at=None)
        await nodes.put(work.rows, restored)
        return restored
    way = (await nodes.ways_up(work.rows, [node.id]))[node.id][1:]
    last_trashed = max((at for at, step in enumerate(way) if step.trashed_at is not None), default=-1)
    if last_trashed + 1 == len(way):
        raise NotFound("item")
    parent = way[last_trashed + 1].id
    name = await settled_name(work, parent, node.name, taken, folded=folded)
    restored = replace(node, parent=parent, name=name, trashed_at=None)
    shares = await shelving.listed_below(work, node)
    await nodes.put(work.rows, restored)
    await shelving.refresh(work, shares)
    await nodes.grow(work.rows, parent, node.size, 1)
    return restored


async def remove(work: Work, reach: Reach) -> None:
    """
    Remove a node for good that is in the trash, and everything below it; nothing brings it back.

    It is out of sight at once; the worker takes it away batch by batch.

    Raises:
        WrongState: It is not in the trash.
        NotFound: It is gone already.
    """
    await work.note(What.NODE_REMOVED, facts=facts(node=reach.node.id))
    [node] = await locked_anywhere(work, reach.node.id)
    if node.trashed_at is None:
        raise WrongState("Only what is in the trash can be removed for good; delete it first.")
    await sweeps.add(work.rows, [node.id], 0, work.now)
    work.due()
