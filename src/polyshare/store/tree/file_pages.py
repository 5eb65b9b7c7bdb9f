"""Pages of a folder's children by key alone, which count nothing."""

from functools import lru_cache
from typing import Any

from polyshare.domain.nodes import Node, NodeOrder
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.statements import Statement, statement
from polyshare.store.tree.node_pages import KEYS as INDEXED
from polyshare.store.tree.nodes import COLUMNS, node_of

# No index has the sizes, which change with whatever lies below: a folder is sorted by them when it is asked for.
KEYS = {**INDEXED, NodeOrder.SIZE: "size"}

STAMP = statement(
    "file_page.stamp",
    """
    select count(*), max(modified_at), sum(modified_at % 1000003), sum(id % 1000003), sum(size % 1000003)
    from node where parent = :parent and trashed_at is null
    """,
)


async def children(
    rows: Rows, parent: int, order: tuple[NodeOrder, bool], window: Window, *, hidden: bool
) -> list[tuple[Node, int | str]]:
    """Live nodes in a folder, each with what it is sorted by; *hidden*: those named with a dot first, too. One statement."""
    by, descending = order
    values: dict[str, Any] = {}
    if window.after is not None:
        values["after_key"], values["after_id"] = window.after
    reading = _reading(KEYS[by], descending, window.after is not None, hidden)
    found = await rows.all(reading, parent=parent, limit=window.most, skip=window.skip, **values)
    return [(node_of(row), row[16]) for row in found]


async def stamp(rows: Rows, parent: int) -> str:
    """What changes with whatever a list of a folder's live children shows; one statement."""
    row = await rows.one(STAMP, parent=parent)
    return ".".join(str(part) for part in row or ())


@lru_cache(maxsize=64)
def _reading(key: str, descending: bool, after: bool, hidden: bool) -> Statement:
    way = "desc" if descending else "asc"
    beyond = f" and ({key}, id) {'<' if descending else '>'} (:after_key, :after_id)" if after else ""
    only = "" if hidden else " and name not like '.%'"
    return statement(
        "file_page.children",
        f"""
        select {COLUMNS}, n.{key} from (
          select id from node where parent = :parent and trashed_at is null{only}{beyond}
          order by {key} {way}, id {way} limit :limit offset :skip
        ) c join node n on n.id = c.id join drive d on d.id = n.drive order by n.{key} {way}, n.id {way}
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )
