"""What changes hands when a tree comes into another drive: its nodes, and what is shared of them."""

from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.nodes import Node
from polyshare.engine.grants import granting
from polyshare.engine.work import Work
from polyshare.store.shares import folder_shares, node_shares
from polyshare.store.tree import nodes


async def to_drive(work: Work, moved: Node, target: Node) -> Node:
    """Let a node with everything below it belong to the drive that *target* lies in; both drives are locked."""
    if moved.drive == target.drive:
        return moved
    await work.rows.run(nodes.TO_DRIVE, node=moved.id, drive=target.drive)
    if moved.owner != target.owner:
        await node_shares.give(work.rows, moved.id, moved.owner, target.owner, work.now)
    return replace(moved, drive=target.drive, owner=target.owner)


async def end_unlisted(work: Work, shares: Sequence[int]) -> None:
    """
    End those of *shares*, which stood in lists of folders for approval, that their new owner has in no such list.

    Folders for approval are people's: what comes into a project's drive is its members' business. A share that neither its
    owner nor its recipient can see any more must not go on giving access.
    """
    left = await folder_shares.unlisted(work.rows, shares)
    if left:
        await granting.withdraw_noted(work, left)
