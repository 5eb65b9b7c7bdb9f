"""Which node a My Cloud file id means, and which id is shown for it: one that was fixed, else a spelled one."""

from collections.abc import Mapping, Sequence

from polyshare.domain import file_ids
from polyshare.domain.file_ids import Sort
from polyshare.engine.directory import naming
from polyshare.engine.work import Work
from polyshare.store.tree import pointers

MYCLOUD = "mycloud"
LONGEST = 255


def shown(node: int, aliases: Mapping[str, str], tail: str) -> str:
    """
    The file id of a node.

    Args:
        aliases: The ids that somebody fixed for it, by namespace.
        tail: From `naming.tail`.
    """
    return aliases.get(MYCLOUD) or file_ids.spelled(Sort.NODE, node, tail)


async def shown_for(work: Work, nodes: Sequence[int]) -> dict[int, str]:
    """The file ids of many nodes, by node; one statement."""
    fixed = await pointers.fixed_of(work.rows, nodes) if nodes else {}
    tail = await naming.tail(work)
    return {node: fixed.get(node) or file_ids.spelled(Sort.NODE, node, tail) for node in nodes}


async def node(work: Work, text: str) -> int | None:
    """The node that a file id means; None when it can mean none. Whether the node is there is not asked. One statement."""
    return (await nodes(work, [text])).get(text)


async def nodes(work: Work, texts: Sequence[str]) -> dict[str, int]:
    """The nodes that file ids mean, by the text as given; what means none is left out. One statement."""
    asked = [text for text in texts if text.isprintable() and len(text) <= LONGEST]
    fixed = await pointers.fixed(work.rows, asked) if asked else {}
    tail = await naming.tail(work)
    meant = {}
    for text in asked:
        found = fixed.get(text)
        if found is None:
            found = file_ids.read(Sort.NODE, text, tail)
        if found is not None:
            meant[text] = found
    return meant


async def within_reach(work: Work, person: int, device: str, texts: Sequence[str]) -> dict[str, int]:
    """
    Those of the nodes that file ids mean which lie on a device and which a person reaches, by the text as given.

    Two statements.
    """
    meant = await nodes(work, texts)
    if not meant or not device.isprintable():
        return {}
    there = await pointers.within_reach(work.rows, person, list(meant.values()), device=device)
    return {text: node for text, node in meant.items() if node in there}
