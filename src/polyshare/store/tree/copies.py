"""What is read and written to copy nodes: their children, and versions that refer to the same bytes."""

from collections.abc import Sequence

from polyshare.domain.nodes import Node
from polyshare.store.database import Rows
from polyshare.store.statements import statement
from polyshare.store.tree.nodes import COLUMNS, node_of

CHILDREN_OF = statement(
    "copy.children_of",
    f"""
    select {COLUMNS} from node n join drive d on d.id = n.drive where n.parent in :parents[] and n.trashed_at is null
    """,  # noqa: S608 - columns of ours
)
CHILDREN_AFTER = statement(
    "copy.children_after",
    f"""
    select {COLUMNS} from node n join drive d on d.id = n.drive
    where n.parent = :parent and n.id > :after and n.trashed_at is null order by n.id limit :limit
    """,  # noqa: S608 - columns of ours
)
_PAIRS = """(
      {sqlite: select f.value as source, t.value as copy from json_each(:sources[]) f
        join json_each(:copies[]) t on t.key = f.key}
      {postgres: select * from unnest(cast(:sources[] as bigint[]), cast(:copies[] as bigint[])) as t (source, copy)}
    ) m join node n on n.id = m.source join version v on v.node = n.id and v.number = n.version"""
# The row of the bytes is written before a version refers to it: a collector that looks at it now waits, and finds it in use.
KEEP_BYTES = statement(
    "copy.keep_bytes",
    """
    update blob set collect_at = null
    where id in (select v.blob from node n join version v on v.node = n.id and v.number = n.version
      where n.id in :sources[])
    """,
)
ADD_VERSIONS = statement(
    "copy.add_versions",
    f"""
    insert into version (node, number, blob, size, mime, created_by, created_at)
    select m.copy, 1, v.blob, v.size, v.mime, cast(:by as bigint), cast(:now as bigint) from {_PAIRS}
    """,  # noqa: S608 - a fragment of ours
)


async def children_of(rows: Rows, parents: Sequence[int]) -> list[Node]:
    """Everything live that lies in these folders."""
    return [node_of(row) for row in await rows.all(CHILDREN_OF, parents=list(parents))]


async def children_after(rows: Rows, parent: int, after: int, limit: int) -> list[Node]:
    """What is live in one folder, at most *limit* in the order of ids after the id *after*."""
    found = await rows.all(CHILDREN_AFTER, parent=parent, after=after, limit=limit)
    return [node_of(row) for row in found]


async def add_versions(rows: Rows, copied: Sequence[tuple[int, int]], by: int, now: int) -> None:
    """Give the copy of each file, as (source, copy), a first version with the bytes of the source's current one."""
    sources, copies = [source for source, _ in copied], [copy for _, copy in copied]
    await rows.run(KEEP_BYTES, sources=sources)
    await rows.run(ADD_VERSIONS, sources=sources, copies=copies, by=by, now=now)
