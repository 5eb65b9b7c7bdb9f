"""What lies where something is to go: it keeps its name, gives way, or takes in what comes."""

from polyshare.domain.errors import Invalid
from polyshare.domain.nodes import Node, NodeKind, Taken, Trashed, checked_node_name
from polyshare.engine.grants import granting, shelving
from polyshare.engine.tree.placing import Place, settled_name
from polyshare.engine.work import Work
from polyshare.store.content import versions
from polyshare.store.links import join_links
from polyshare.store.shares import node_shares
from polyshare.store.tree import nodes


async def room_for(
    work: Work,
    folder: Place,
    name: str,
    kind: NodeKind,
    taken: Taken,
    *,
    folded: bool,
    coming: Place | None = None,
    source: Place | None = None,
) -> tuple[str, Node | None]:
    """
    Make room under a name in a folder whose drive is locked.

    Args:
        kind: Of what is to lie there.
        folded: Whether upper and lower case are the same.
        coming: What is to lie there, if it is in the tree already.
        source: What is copied there; it is not replaced by its own copy.

    Returns:
        The name that it may have; and, where *taken* is MERGE, the folder of that name which its content is to go into.

    Raises:
        Invalid: No name for a node; or what is to give way holds what comes.
        AlreadyThere: The name is in use, and *taken* lets nothing be done about it.
    """
    besides = coming.node.id if coming is not None else 0
    if taken not in (Taken.REPLACE, Taken.MERGE):
        return await settled_name(work, folder.node.id, name, taken, folded=folded, besides=besides), None
    name = checked_node_name(name, "name")
    there = await versions.namesake(work.rows, folder.node.id, name, folded=folded)
    if there is None or there.id == besides:
        return name, None
    if taken is Taken.REPLACE and (source is None or there.id != source.node.id):
        if any(one is not None and there.id in one.above for one in (coming, source)):
            raise Invalid("What lies in a folder can't take its place; choose another name.", "name")
        await put_away(work, there, Trashed.WITHDRAW)
        return name, None
    if taken is Taken.MERGE and kind is NodeKind.FOLDER and there.kind is NodeKind.FOLDER:
        return name, there
    return await settled_name(work, folder.node.id, name, Taken.COUNT, folded=folded, besides=besides), None


async def put_away(work: Work, node: Node, shares: Trashed) -> None:
    """Put a node whose drive is locked into the trash; what becomes of its shares is as for `filing.trash`."""
    by = work.actor.id if work.actor else node.owner
    listed = await shelving.listed_below(work, node)
    await work.rows.run(nodes.TRASH, id=node.id, now=work.now, by=by)
    if node.parent is not None:
        await nodes.grow(work.rows, node.parent, -node.size, -1)
    if shares is Trashed.WITHDRAW:
        await granting.withdraw_noted(work, await node_shares.within(work.rows, node.id))
        await work.rows.run(join_links.DROP_BELOW, node=node.id)
    await shelving.refresh(work, listed)
