"""Lists of nodes: pages of a folder's children, and who and what stands beside nodes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from polyshare.domain.nodes import Node, NodeOrder, PersonSeen
from polyshare.domain.principals import Status
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.statements import Statement, statement
from polyshare.store.tree.nodes import COLUMNS, node_of

KEYS = {NodeOrder.NAME: "name_folded", NodeOrder.CREATED: "created_at", NodeOrder.MODIFIED: "modified_at"}

NAMED = statement(
    "node_page.count_named",
    "select count(*) from node where parent = :parent and name_folded = :name_folded and trashed_at is null",
)
# What is being removed for good, or is a copy that is not whole yet, is in nobody's trash.
TRASHED = """from node n join drive d on d.id = n.drive where d.owner = :owner and d.gone_at is null and n.trashed_at is not null
    and not exists (select 1 from sweep s where s.node = n.id)"""
COUNT_TRASHED = statement("node_page.count_trashed", f"select count(*) {TRASHED}")
# Signs turned round: PostgreSQL would go through everybody's trash, to have this in order (docs/decisions/0005-sql.md).
IN_TRASH = statement(
    "node_page.in_trash",
    f"select {COLUMNS} {TRASHED} order by -n.trashed_at, -n.id limit :limit offset :skip",
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
    limit, skip, backwards = window.most, window.skip, False
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


async def at_top(
    rows: Rows,
    root: int,
    name: str | None,
    order: tuple[NodeOrder, bool],
    window: Window,
    counted: tuple[int, Mapping[int, str | int]],
) -> list[Node]:
    """
    Live nodes in a home folder and others that stand beside them, sorted together; one statement.

    Args:
        counted: How many there are in all, and the sort keys of the others by id.
    """
    (by, descending), (total, others) = order, counted
    skip = window.skip
    limit = min(window.most, max(total - skip, 0))
    if limit == 0:
        return []
    backwards = skip > total // 2
    if backwards:
        skip = total - skip - limit
    values: dict[str, object] = {} if name is None else {"name_folded": name}
    found = await rows.all(
        _reading_top(KEYS[by], descending, backwards, name is not None),
        root=root,
        ids=list(others),
        keys=list(others.values()),
        upto=skip + limit,
        limit=limit,
        skip=skip,
        **values,
    )
    listed = [node_of(row) for row in found]
    return listed[::-1] if backwards else listed


@lru_cache(maxsize=64)
def _reading_top(key: str, descending: bool, backwards: bool, named: bool) -> Statement:
    """Own ones come first where keys are equal, whichever way the keys go."""
    way = "desc" if descending != backwards else "asc"
    own_way = "desc" if backwards else "asc"
    only = " and name_folded = :name_folded" if named else ""
    kind = "text" if key == "name_folded" else "bigint"
    return statement(
        "node_page.at_top",
        f"""
        select {COLUMNS} from (
          select * from (
            select id, {key} as key, 0 as other from node where parent = :root and trashed_at is null{only}
            order by {key} {way}, id {way} limit :upto
          ) own
          union all
          {{sqlite: select i.value, k.value, 1 from json_each(:ids[]) i join json_each(:keys[]) k on k.key = i.key}}
          {{postgres: select t.id, t.key, 1 from unnest(cast(:ids[] as bigint[]), cast(:keys[] as {kind}[])) t (id, key)}}
          order by key {way}, other {own_way}, id {way} limit :limit offset :skip
        ) c join node n on n.id = c.id join drive d on d.id = n.drive order by c.key {way}, c.other {own_way}, c.id {way}
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )


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
        ) c join node n on n.id = c.id join drive d on d.id = n.drive order by n.{key} {way}, n.id {way}
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )


async def in_trash(rows: Rows, owner: int, window: Window) -> tuple[list[Node], int]:
    """What lies in the trash of *owner*'s drives, the latest first, and how much there is in all; two statements."""
    counted = await rows.one(COUNT_TRASHED, owner=owner)
    found = await rows.all(IN_TRASH, owner=owner, limit=window.most, skip=window.skip)
    return [node_of(row) for row in found], int(counted[0]) if counted is not None else 0


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
