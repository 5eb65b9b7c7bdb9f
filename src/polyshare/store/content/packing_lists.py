"""What lies in a tree, as one needs it to pack it: names, sizes, and the bytes of each file's current version."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.nodes import NodeKind
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

COLUMNS = "n.id, n.parent, n.kind, n.name, n.children, n.modified_at, v.size, b.key, v.created_at"
JOINED = (
    "node n left join version v on v.node = n.id and v.number = n.version left join blob b on b.id = v.blob"
)

SOME = statement(
    "packing_list.some",
    f"select {COLUMNS} from {JOINED} where n.id in :nodes[]",  # noqa: S608 - columns of ours
)
CHILDREN_OF = statement(
    "packing_list.children_of",
    f"""
    select {COLUMNS} from {JOINED} where n.parent in :parents[] and n.trashed_at is null
    order by n.parent, n.name_folded, n.id
    """,  # noqa: S608 - columns of ours
)
CHILDREN_AFTER = statement(
    "packing_list.children_after",
    f"""
    select {COLUMNS} from {JOINED} where n.parent = :parent and n.id > :after and n.trashed_at is null
    order by n.id limit :limit
    """,  # noqa: S608 - columns of ours
)


@dataclass(frozen=True, slots=True)
class Packed:
    """
    A node to be packed; `key` is that of a file's bytes, None for what has none.

    Attributes:
        children: How many live nodes a folder has.
        at: When a file's version came, or a folder changed, in microseconds.
    """

    id: int
    parent: int | None
    kind: NodeKind
    name: str
    children: int
    size: int
    key: str | None
    at: int


def _packed(row: Row) -> Packed:
    id_, parent, kind, name, children, modified_at, size, key, came_at = row
    return Packed(
        id_, parent, NodeKind(kind), name, children, size or 0, key, modified_at if key is None else came_at
    )


async def some(rows: Rows, nodes: Sequence[int]) -> dict[int, Packed]:
    """Those of these nodes that there are, by id."""
    return {row[0]: _packed(row) for row in await rows.all(SOME, nodes=list(nodes))}


async def children_of(rows: Rows, parents: Sequence[int]) -> list[Packed]:
    """Everything live that lies right in these folders, sorted by folder and name."""
    return [_packed(row) for row in await rows.all(CHILDREN_OF, parents=list(parents))]


async def children_after(rows: Rows, parent: int, after: int, limit: int) -> list[Packed]:
    """What is live in one folder, at most *limit* in the order of ids after the id *after*."""
    found = await rows.all(CHILDREN_AFTER, parent=parent, after=after, limit=limit)
    return [_packed(row) for row in found]
