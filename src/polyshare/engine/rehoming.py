"""What changes hands when a tree comes into another drive: its nodes, and what is shared of them."""

from dataclasses import replace

from polyshare.domain.nodes import Node
from polyshare.engine.work import Work
from polyshare.store import node_shares, nodes


async def to_drive(work: Work, moved: Node, target: Node) -> Node:
    """Let a node with everything below it belong to the drive that *target* lies in; both drives are locked."""
    if moved.drive == target.drive:
        return moved
    await work.rows.run(nodes.TO_DRIVE, node=moved.id, drive=target.drive)
    if moved.owner != target.owner:
        await node_shares.give(work.rows, moved.id, moved.owner, target.owner, work.now)
    return replace(moved, drive=target.drive, owner=target.owner)
