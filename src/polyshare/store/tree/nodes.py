"""Rows of `node`: one, its way up, its place among its siblings, and the totals of the folders above it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polyshare.domain.nodes import DEEPEST, Node, NodeKind, folded_name, words_of
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

COLUMNS = """n.id, n.drive, n.parent, n.kind, n.name, n.description, n.mime, n.size, n.children, n.version, n.created_by,
      n.modified_by, n.created_at, n.modified_at, n.trashed_at, d.owner"""
KINDS = {kind.value: kind for kind in NodeKind}  # much quicker than calling the enumeration for each row
WORDS_ID = "{sqlite: rowid}{postgres: node}"

SOME = statement(
    "node.some",
    f"select {COLUMNS} from node n join drive d on d.id = n.drive where n.id in :nodes[]",  # noqa: S608 - columns of ours
)
ADD = statement(
    "node.add",
    """
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at, trashed_at)
    values (:id, :drive, :parent, :kind, :name, :name_folded, :description, :mime, :size, :children, :version,
      :created_by, :modified_by, :created_at, :modified_at, :trashed_at)
    """,
)
ADD_WORDS = statement(
    "node_words.add",
    f"insert into node_words ({WORDS_ID}, words) values (:node, :words)",  # noqa: S608 - a fragment of ours
)
CHANGE_WORDS = statement(
    "node_words.change",
    f"update node_words set words = :words where {WORDS_ID} = :node",  # noqa: S608 - a fragment of ours
)
WAY_UP = statement(
    "node.way_up",
    f"""
    with recursive up (start, id, level) as (
      select n.id, n.id, 0 from node n where n.id in :nodes[]
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and u.level < {DEEPEST}
    )
    select u.start, n.id, n.name, n.trashed_at from up u join node n on n.id = u.id order by u.start, u.level
    """,  # noqa: S608 - a number of ours
)
# The names of a path, one level after another: each is looked up among the live children of the one before.
# SQLite joins in the order that "cross join" gives, or it would read all children of each folder.
BY_PATH = statement(
    "node.by_path",
    f"""
    with recursive names (level, name) as (
      {{sqlite: select key + 1, value from json_each(:names[])}}
      {{postgres: select t.level, t.name from unnest(cast(:names[] as text[])) with ordinality as t (name, level)}}
    ), down (id, level) as (
      select cast(:root as bigint), cast(0 as bigint)
      union all select n.id, w.level + 1 from down w cross join names p cross join node n
      where p.level = w.level + 1 and n.parent = w.id and n.name = p.name and n.trashed_at is null
    )
    select {COLUMNS} from down w cross join node n cross join drive d
    where w.level = :depth and n.id = w.id and d.id = n.drive
    """,  # noqa: S608 - columns of ours
)
# How far the names of a path lead, one below the other.
DOWN_PATH = statement(
    "node.down_path",
    """
    with recursive names (level, name) as (
      {sqlite: select key + 1, value from json_each(:names[])}
      {postgres: select t.level, t.name from unnest(cast(:names[] as text[])) with ordinality as t (name, level)}
    ), down (id, level) as (
      select n.id, cast(0 as bigint) from node n where n.id = :root and n.trashed_at is null
      union all select n.id, w.level + 1 from down w cross join names p cross join node n
      where p.level = w.level + 1 and n.parent = w.id and n.name = p.name and n.trashed_at is null
    )
    select id from down order by level
    """,
)
# A name in use and the numbers that were put behind it: ")" is the letter after "(".
NEIGHBOURS = statement(
    "node.neighbours",
    """
    select name, name_folded from node where parent = :parent and trashed_at is null and id <> :besides
    and name_folded = :name_folded
    union all
    select name, name_folded from node where parent = :parent and trashed_at is null and id <> :besides
    and name_folded >= :low and name_folded < :high and name_folded <> :name_folded
    """,
)
BEARING = statement(
    "node.bearing",
    f"""
    select {COLUMNS} from node n join drive d on d.id = n.drive
    where n.parent in :parents[] and n.name_folded in :names[] and n.trashed_at is null
    """,  # noqa: S608 - columns of ours
)
# What grows below counts for every folder above, up to and with the first that lies in the trash.
GROW = statement(
    "node.grow",
    f"""
    with recursive given (id, size, children) as (
      {{sqlite: select p.value, s.value, c.value from json_each(:parents[]) p
        join json_each(:sizes[]) s on s.key = p.key join json_each(:counts[]) c on c.key = p.key}}
      {{postgres: select * from unnest(cast(:parents[] as bigint[]), cast(:sizes[] as bigint[]),
        cast(:counts[] as bigint[]))}}
    ), up (id, size, children, level) as (
      select id, size, children, 0 from given
      union all select n.parent, u.size, cast(0 as bigint), u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and n.trashed_at is null and u.size <> 0 and u.level < {DEEPEST}
    ), total (id, size, children) as (
      select id, cast(sum(size) as bigint), cast(sum(children) as bigint) from up group by id
    )
    update node set size = node.size + t.size, children = node.children + t.children
    from total t where t.id = node.id
    """,  # noqa: S608 - a number of ours
)
DESCRIBE = statement(
    "node.describe",
    """
    update node set name = :name, name_folded = :name_folded, description = :description, modified_by = :modified_by,
      modified_at = :modified_at
    where id = :id
    """,
)
PUT = statement(
    "node.put",
    """
    update node set parent = :parent, name = :name, name_folded = :name_folded, modified_by = :modified_by,
      modified_at = :modified_at, trashed_at = null, trashed_by = null
    where id = :id
    """,
)
TRASH = statement("node.trash", "update node set trashed_at = :now, trashed_by = :by where id = :id")
# How many folders lie beneath a folder, one below the other; in the trash or not, for they may come back.
HEIGHT = statement(
    "node.height",
    f"""
    with recursive down (id, level) as (
      select cast(:node as bigint), 0
      union all select n.id, w.level + 1 from down w join node n on n.parent = w.id and n.kind = 'folder'
      where w.level < {DEEPEST}
    ) select max(level) from down
    """,  # noqa: S608 - a number of ours
)
TO_DRIVE = statement(
    "node.to_drive",
    f"""
    with recursive down (id, level) as (
      select cast(:node as bigint), 0
      union all select n.id, w.level + 1 from down w join node n on n.parent = w.id where w.level < {DEEPEST}
    ) update node set drive = :drive where id in (select id from down)
    """,  # noqa: S608 - a number of ours
)


@dataclass(frozen=True, slots=True)
class Step:
    """One node on the way up."""

    id: int
    name: str
    trashed_at: int | None


def node_of(row: Row) -> Node:
    """The node in a row that begins with COLUMNS."""
    id_, drive, parent, kind, *rest = row[:16]
    return Node(id_, drive, parent, KINDS[kind], *rest)


async def some(rows: Rows, ids: Sequence[int]) -> dict[int, Node]:
    """Those of these nodes that there are, by id."""
    return {row[0]: node_of(row) for row in await rows.all(SOME, nodes=list(ids))}


async def one(rows: Rows, node: int) -> Node | None:
    """The node of that id, in the trash or not."""
    return (await some(rows, [node])).get(node)


async def ways_up(rows: Rows, ids: Sequence[int]) -> dict[int, list[Step]]:
    """Each of these nodes with everything above it, from itself up to its root; one statement."""
    ways: dict[int, list[Step]] = {}
    for start, *step in await rows.all(WAY_UP, nodes=list(ids)):
        ways.setdefault(start, []).append(Step(*step))
    return ways


async def by_path(rows: Rows, root: int, names: Sequence[str]) -> Node | None:
    """The live node that one comes to from *root* by these exact names; one statement."""
    row = await rows.one(BY_PATH, root=root, names=list(names), depth=len(names))
    return None if row is None else node_of(row)


async def down_path(rows: Rows, root: int, names: Sequence[str]) -> list[int]:
    """The live nodes on the way from *root* down these exact names, as far as they are there; one statement."""
    return [row[0] for row in await rows.all(DOWN_PATH, root=root, names=list(names))]


async def neighbours(rows: Rows, parent: int, name: str, stem: str, besides: int = 0) -> set[tuple[str, str]]:
    """Names and folded names in use in a folder: those folded like *name*, and those of *stem* with a number behind it."""
    low = f"{folded_name(stem)}("
    found = await rows.all(
        NEIGHBOURS,
        parent=parent,
        besides=besides,
        name_folded=folded_name(name),
        low=low,
        high=low[:-1] + ")",
    )
    return {(row[0], row[1]) for row in found}


async def add(rows: Rows, nodes: Sequence[Node]) -> None:
    """Write new nodes and what searches find them by; totals above them are not touched."""
    await rows.many(
        ADD,
        [
            {
                "id": node.id,
                "drive": node.drive,
                "parent": node.parent,
                "kind": node.kind,
                "name": node.name,
                "name_folded": folded_name(node.name),
                "description": node.description,
                "mime": node.mime,
                "size": node.size,
                "children": node.children,
                "version": node.version,
                "created_by": node.created_by,
                "modified_by": node.modified_by,
                "created_at": node.created_at,
                "modified_at": node.modified_at,
                "trashed_at": node.trashed_at,
            }
            for node in nodes
        ],
    )
    await rows.many(
        ADD_WORDS, [{"node": node.id, "words": words_of(node.name, node.description)} for node in nodes]
    )


async def grow(rows: Rows, parent: int, size: int, children: int) -> None:
    """A folder has *size* bytes and *children* live nodes more (or fewer); all above it have the bytes; one statement."""
    await grow_all(rows, [(parent, size, children)])


async def grow_all(rows: Rows, more: Iterable[tuple[int, int, int]]) -> None:
    """`grow` for several folders, as (folder, size, children); still one statement."""
    parents, sizes, counts = zip(*more, strict=True)
    await rows.run(GROW, parents=list(parents), sizes=list(sizes), counts=list(counts))


async def describe(rows: Rows, node: Node) -> None:
    """Write the name and description that a node has now, and who changed it."""
    await rows.run(
        DESCRIBE,
        id=node.id,
        name=node.name,
        name_folded=folded_name(node.name),
        description=node.description,
        modified_by=node.modified_by,
        modified_at=node.modified_at,
    )
    await rows.run(CHANGE_WORDS, node=node.id, words=words_of(node.name, node.description))


async def put(rows: Rows, node: Node) -> None:
    """Write the folder and name under which a node lies now, live; totals are not touched."""
    await rows.run(
        PUT,
        id=node.id,
        parent=node.parent,
        name=node.name,
        name_folded=folded_name(node.name),
        modified_by=node.modified_by,
        modified_at=node.modified_at,
    )
    await rows.run(CHANGE_WORDS, node=node.id, words=words_of(node.name, node.description))


async def put_all(rows: Rows, moved: Sequence[Node], *, renamed: bool = False) -> None:
    """`put` for several nodes; *renamed*: whether their names are other ones, too."""
    if not moved:
        return
    await rows.many(
        PUT,
        [
            {
                "id": node.id,
                "parent": node.parent,
                "name": node.name,
                "name_folded": folded_name(node.name),
                "modified_by": node.modified_by,
                "modified_at": node.modified_at,
            }
            for node in moved
        ],
    )
    if renamed:
        words = [{"node": node.id, "words": words_of(node.name, node.description)} for node in moved]
        await rows.many(CHANGE_WORDS, words)


async def bearing(rows: Rows, parents: Sequence[int], names: Sequence[str]) -> list[Node]:
    """What is live in any of these folders under any of these folded names; one statement."""
    found = await rows.all(BEARING, parents=list(parents), names=list(names))
    return [node_of(row) for row in found]


async def height(rows: Rows, folder: int) -> int:
    """How many folders lie beneath a folder, one below the other; one statement, which looks at folders only."""
    row = await rows.one(HEIGHT, node=folder)
    return int(row[0]) if row is not None else 0
