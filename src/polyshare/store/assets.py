"""Rows of collections and of the files that they hold, which lie where they lie."""

from collections.abc import Sequence

from polyshare.domain.nodes import Node
from polyshare.store.database import Rows
from polyshare.store.nodes import COLUMNS, node_of
from polyshare.store.statements import statement

OWNED = statement(
    "collection.owned",
    f"""
    select {COLUMNS} from node n join drive d on d.id = n.drive
    where d.owner = :person and n.kind = 'collection' and n.trashed_at is null order by n.name_folded, n.id
    """,  # noqa: S608 - columns of ours
)
HELD = statement(
    "collection_asset.held",
    "select node from collection_asset where collection = :collection and node in :nodes[]",
)
ADD = statement(
    "collection_asset.add",
    "insert into collection_asset (collection, node, added_at) values (:collection, :node, :now)",
)
REMOVE = statement(
    "collection_asset.remove",
    "delete from collection_asset where collection = :collection and node in :nodes[]",
)
COUNT = statement(
    "collection_asset.count",
    """
    update node set children = (
      select count(*) from collection_asset a join node f on f.id = a.node where a.collection = :collection
    ), modified_by = :by, modified_at = :now
    where id = :collection
    """,
)


async def owned(rows: Rows, person: int) -> list[Node]:
    """The collections in a person's drives, by name."""
    return [node_of(row) for row in await rows.all(OWNED, person=person)]


async def held(rows: Rows, collection: int, nodes: Sequence[int]) -> set[int]:
    """Which of these files a collection holds."""
    return {row[0] for row in await rows.all(HELD, collection=collection, nodes=list(nodes))}


async def add(rows: Rows, collection: int, nodes: Sequence[int], now: int) -> None:
    """Have a collection hold these files, which it does not hold yet."""
    if nodes:
        await rows.many(ADD, [{"collection": collection, "node": node, "now": now} for node in nodes])
