"""Lists of nodes: pages of a folder's children, and who and what stands beside nodes."""

from collections.abc import Sequence
from functools import lru_cache

from polyshare.domain.nodes import Node, NodeOrder, PersonSeen
from polyshare.domain.principals import Status
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.nodes import COLUMNS, SOURCE, node_of
from polyshare.store.statements import Statement, statement

KEYS = {NodeOrder.NAME: "name_folded", NodeOrder.CREATED: "created_at", NodeOrder.MODIFIED: "modified_at"}
EVERYTHING = (1 << 63) - 1

NAMED = statement(
    "node_page.count_named",
    "select count(*) from node where parent = :parent and name_folded = :name_folded and trashed_at is null",
)
PEOPLE = statement(
    "node_page.people",
    """
    select p.id, p.public_id, p.name, coalesce(u.login, ''), p.status, a.namespace, a.value
    from principal p left join person u on u.principal = p.id left join principal_alias a on a.principal = p.id
    where p.id in :people[]
    """,
)
ALIASES = statement(
    "node_page.aliases", "select node, namespace, value from node_alias where node in :nodes[]"
)


async def children(
    rows: Rows, parent: int, name: str | None, order: tuple[NodeOrder, bool], window: Window, total: int
) -> tuple[list[Node], tuple[int | str, int] | None]:
    """
    Live nodes in a folder, and where the list goes on after them; one statement.

    Args:
        name: Only those whose folded name is exactly this.
        order: By what (NAME, CREATED or MODIFIED), and whether descending.
        total: How many there are; a stretch in the second half is reached from the end.
    """
    by, descending = order
    values: dict[str, object] = {"parent": parent}
    if name is not None:
        values["name_folded"] = name
    limit, skip, backwards = EVERYTHING if window.limit is None else window.limit, window.skip, False
    if window.after is not None:
        values["after_key"], values["after_id"] = window.after
    else:
        limit = min(limit, max(total - skip, 0))
        if limit == 0:
            return [], None
        if skip > total // 2:
            skip, backwards = total - skip - limit, True
    reading = _reading(KEYS[by], descending != backwards, name is not None, window.after is not None)
    found = list(await rows.all(reading, limit=limit, skip=skip, **values))
    if backwards:
        found.reverse()
    last = (found[-1][16], found[-1][0]) if found else None
    return [node_of(row) for row in found], last


@lru_cache(maxsize=64)
def _reading(key: str, descending: bool, named: bool, after: bool) -> Statement:
    way = "desc" if descending else "asc"
    beyond = f" and ({key}, id) {'<' if descending else '>'} (:after_key, :after_id)" if after else ""
    only = " and name_folded = :name_folded" if named else ""
    return statement(
        "node_page.children",
        f"""
        select {COLUMNS}, n.{key} from (
          select id from node where parent = :parent and trashed_at is null{only}{beyond}
          order by {key} {way}, id {way} limit :limit offset :skip
        ) c join {SOURCE} on n.id = c.id order by n.{key} {way}, n.id {way}
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )


async def count_named(rows: Rows, parent: int, name: str) -> int:
    """How many live nodes in a folder have this folded name."""
    row = await rows.one(NAMED, parent=parent, name_folded=name)
    return int(row[0]) if row is not None else 0


async def people(rows: Rows, ids: Sequence[int]) -> dict[int, PersonSeen]:
    """These principals, as they are shown beside nodes; one statement."""
    seen: dict[int, PersonSeen] = {}
    aliases: dict[int, dict[str, str]] = {}
    for id_, public_id, name, login, status, namespace, value in await rows.all(PEOPLE, people=list(ids)):
        own = aliases.setdefault(id_, {})
        if namespace is not None:
            own[namespace] = value
        seen.setdefault(id_, PersonSeen(id_, public_id, name, login, Status(status), own))
    return seen


async def aliases(rows: Rows, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The ids that somebody fixed for these nodes, by node and namespace; one statement."""
    found: dict[int, dict[str, str]] = {}
    for node, namespace, value in await rows.all(ALIASES, nodes=list(ids)):
        found.setdefault(node, {})[namespace] = value
    return found
