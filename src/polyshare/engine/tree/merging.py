"""Two folders become one: what lies in the first goes into the second, level by level."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.errors import LimitReached
from polyshare.domain.nodes import Node, NodeKind, folded_name, numbered_name
from polyshare.engine.work import Work
from polyshare.store.tree import copies, nodes

MOST = 10_000
"""Most things that go from one folder into another at once; a folder that goes as a whole is one."""


async def merge(work: Work, source: Node, target: Node, *, folded: bool) -> None:
    """
    Move what is live in one folder into another of the same drive, which is locked; the first is empty after that.

    A folder in both is merged likewise. What else has its name in use gets the next free number. As many statements as
    there are levels of folders in both, whatever lies in them.

    Args:
        folded: Whether upper and lower case are the same.

    Raises:
        LimitReached: Too much at once.
    """
    pairs = {source.id: target.id}
    grown: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    left = MOST - source.children
    while pairs:
        if left < 0:
            raise LimitReached("things merged at once", MOST)
        coming = await copies.children_of(work.rows, list(pairs))
        there = await _namesakes(work, [(pairs[one.parent or 0], one.name) for one in coming], folded=folded)
        deeper: dict[int, int] = {}
        going: list[Node] = []
        clashing: list[Node] = []
        for one in coming:
            into = pairs[one.parent or 0]
            found = there.get((into, _key(one.name, folded)))
            if found is not None and found.kind is one.kind is NodeKind.FOLDER:
                deeper[one.id] = found.id
                left -= one.children
                continue
            (going if found is None else clashing).append(replace(one, parent=into))
            for folder, sign in ((one.parent or 0, -1), (into, 1)):
                grown[folder][0] += sign * one.size
                grown[folder][1] += sign
        await nodes.put_all(work.rows, going)
        await nodes.put_all(work.rows, await _numbered(work, clashing, folded=folded), renamed=True)
        pairs = deeper
    if grown:
        await nodes.grow_all(work.rows, [(folder, size, count) for folder, (size, count) in grown.items()])


def _key(name: str, folded: bool) -> str:
    return folded_name(name) if folded else name


async def _namesakes(
    work: Work, wanted: Sequence[tuple[int, str]], *, folded: bool
) -> dict[tuple[int, str], Node]:
    """What has these names in these folders."""
    if not wanted:
        return {}
    found = await nodes.bearing(
        work.rows, sorted({folder for folder, _ in wanted}), sorted({folded_name(name) for _, name in wanted})
    )
    return {(node.parent or 0, _key(node.name, folded)): node for node in found}


async def _numbered(work: Work, clashing: Sequence[Node], *, folded: bool) -> list[Node]:
    """The same nodes under the next free names of the folders that they go into."""
    if not clashing:
        return []
    used = defaultdict(set)
    for node in await copies.children_of(work.rows, sorted({one.parent or 0 for one in clashing})):
        used[node.parent].add(_key(node.name, folded))
    named = []
    for one in clashing:
        number, taken = 1, used[one.parent]
        while _key(name := numbered_name(one.name, number), folded) in taken:
            number += 1
        taken.add(_key(name, folded))
        named.append(replace(one, name=name))
    return named
