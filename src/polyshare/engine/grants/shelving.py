"""Keeping the lists of folders shared with one user in line with their shares: called in the transaction of each change."""

from collections.abc import Sequence

from polyshare.domain.nodes import Node, NodeKind
from polyshare.engine.work import House, Work
from polyshare.store.shares import folder_shares

BATCH = 200
"""Shares that one transaction looks at."""


async def refresh(work: Work, shares: Sequence[int]) -> None:
    """
    Let shares stand in the lists of their owners and recipients as they are now; to be called after a change.

    Shares that are none of one folder with one user, or are none any more, stand in no such list. At most seven statements
    for all of them; where nothing that is told of them has changed nothing is written.
    """
    await folder_shares.refresh(work.rows, shares)


async def refresh_below(work: Work, node: int) -> None:
    """`refresh` for all shares of a folder and of the folders below it, all of which are looked at."""
    await folder_shares.refresh(work.rows, await folder_shares.on_folders(work.rows, node))


async def listed_below(work: Work, node: Node) -> list[int]:
    """
    The shares whose paths change with that of *node*: asked before the change, handed to `refresh` after it.

    One statement that costs nothing where nothing is shared, and none for what is no folder.
    """
    if node.kind is not NodeKind.FOLDER:
        return []
    return await folder_shares.below(work.rows, node.id)


async def refresh_of(work: Work, person: int) -> None:
    """`refresh` for all that a person sent or received, whose login has changed."""
    await folder_shares.refresh(work.rows, await folder_shares.of_person(work.rows, person))


async def catch_up(house: House) -> int:
    """
    Look at shares whose rows a migration wrote.

    Returns:
        How many were looked at; as many as `BATCH` means that there may be more.
    """

    found = await house.read(None, lambda work: folder_shares.to_look_at(work.rows, BATCH))
    if found:
        await house.write(None, lambda work: refresh(work, found))
    return len(found)
