"""Rows of collections and of the files that they hold, which lie where they lie."""

from collections.abc import Sequence
from functools import lru_cache

from polyshare.domain.nodes import DEEPEST, Node, NodeOrder
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.statements import Statement, statement
from polyshare.store.tree.node_pages import KEYS
from polyshare.store.tree.nodes import COLUMNS, node_of

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

# Of what a collection holds, that which can be reached: neither in the trash itself nor below something that is.
LIVE = f"""from collection_asset a join node n on n.id = a.node join drive d on d.id = n.drive
    where a.collection = :collection and n.trashed_at is null and not exists (
      with recursive up (id, depth) as (
        select n.parent, 1 union all select p.parent, u.depth + 1 from up u join node p on p.id = u.id where u.depth < {DEEPEST}
      )
      select 1 from up u join node t on t.id = u.id where t.trashed_at is not null
    )"""  # noqa: S608 - a number of ours


async def page(
    rows: Rows, collection: int, name: str | None, order: tuple[NodeOrder, bool], window: Window
) -> tuple[list[Node], int]:
    """
    Files that a collection holds, and how many there are in all; two statements.

    Args:
        name: Only those whose folded name is exactly this.
        order: By what (NAME, CREATED or MODIFIED), and whether descending.
    """
    values: dict[str, object] = {"collection": collection}
    if name is not None:
        values["name_folded"] = name
    counting, reading = _paging(KEYS[order[0]], order[1], name is not None)
    counted = await rows.one(counting, **values)
    found = await rows.all(reading, limit=window.most, skip=window.skip, **values)
    return [node_of(row) for row in found], int(counted[0]) if counted is not None else 0


@lru_cache(maxsize=16)
def _paging(key: str, descending: bool, named: bool) -> tuple[Statement, Statement]:
    way = "desc" if descending else "asc"
    live = LIVE + (" and n.name_folded = :name_folded" if named else "")
    return (
        statement("collection_asset.count_live", f"select count(*) {live}"),
        statement(
            "collection_asset.page",
            f"select {COLUMNS} {live} order by n.{key} {way}, n.id {way} limit :limit offset :skip",
        ),
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
