"""Rows of `version`, and what a new version changes in its node."""

from polyshare.domain.nodes import Node, Version, folded_name
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement
from polyshare.store.tree.nodes import COLUMNS as NODE
from polyshare.store.tree.nodes import node_of

COLUMNS = "v.node, v.number, b.key, v.size, b.sha256, v.mime, v.created_by, v.created_at, b.created_at"
JOINED = "version v join blob b on b.id = v.blob"

ADD = statement(
    "version.add",
    """
    insert into version (node, number, blob, size, mime, created_by, created_at)
    values (:node, :number, :blob, :size, :mime, :by, :now)
    """,
)
ONE = statement(
    "version.one",
    f"select {COLUMNS} from {JOINED} where v.node = :node and v.number = :number",  # noqa: S608 - columns of ours
)
PAGE = statement(
    "version.page",
    f"""
    select {COLUMNS} from {JOINED} where v.node = :node and v.number < :below order by v.number desc limit :limit
    """,  # noqa: S608 - columns of ours
)
CAME_BY = statement(
    "version.came_by", "update version set upload = :upload where node = :node and number = :number"
)
# The first version of a file that an upload made needs no mark: the file has the upload's id.
OF_UPLOAD = statement(
    "version.of_upload",
    f"""
    select {COLUMNS} from {JOINED} where v.upload = :upload
    union all select {COLUMNS} from {JOINED} where v.node = :upload and v.number = 1
    """,  # noqa: S608 - columns of ours
)
CURRENT_OF = statement(
    "version.current_of",
    f"""
    select {COLUMNS} from node n join version v on v.node = n.id and v.number = n.version join blob b on b.id = v.blob
    where n.id in :nodes[]
    """,  # noqa: S608 - columns of ours
)
REVISE = statement(
    "version.revise",
    """
    update node set version = :version, size = :size, mime = :mime, modified_by = :modified_by, modified_at = :modified_at
    where id = :id
    """,
)
NAMESAKES = statement(
    "version.namesakes",
    f"""
    select {NODE} from node n join drive d on d.id = n.drive where n.parent = :parent and n.trashed_at is null and n.name_folded = :name_folded
    order by case when n.name = :name then 0 else 1 end, n.id limit 2
    """,  # noqa: S608 - columns of ours
)


def version_of(row: Row) -> Version:
    """The version in a row of COLUMNS."""
    return Version(*row[:9])


async def add(rows: Rows, version: Version, blob: int) -> None:
    """Write a new version that refers to the bytes *blob*, which were taken before."""
    await rows.run(
        ADD,
        node=version.node,
        number=version.number,
        blob=blob,
        size=version.size,
        mime=version.mime,
        by=version.created_by,
        now=version.created_at,
    )


async def one(rows: Rows, node: int, number: int) -> Version | None:
    """A file's version of that number."""
    row = await rows.one(ONE, node=node, number=number)
    return None if row is None else version_of(row)


async def came_by(rows: Rows, node: int, number: int, upload: int) -> None:
    """Note by which upload a version came."""
    await rows.run(CAME_BY, node=node, number=number, upload=upload)


async def of_upload(rows: Rows, upload: int) -> Version | None:
    """The version that an upload became."""
    row = await rows.one(OF_UPLOAD, upload=upload)
    return None if row is None else version_of(row)


async def page(rows: Rows, node: int, below: int, limit: int) -> list[Version]:
    """Versions of a file with lower numbers than *below*, the newest first."""
    return [version_of(row) for row in await rows.all(PAGE, node=node, below=below, limit=limit)]


async def current_of(rows: Rows, nodes: list[int]) -> dict[int, Version]:
    """The current versions of those of these nodes that are files, by node; one statement."""
    return {row[0]: version_of(row) for row in await rows.all(CURRENT_OF, nodes=nodes)}


async def revise(rows: Rows, node: Node) -> None:
    """Write the version, size and type that a file has now, and who changed it."""
    await rows.run(
        REVISE,
        id=node.id,
        version=node.version,
        size=node.size,
        mime=node.mime,
        modified_by=node.modified_by,
        modified_at=node.modified_at,
    )


async def namesake(rows: Rows, folder: int, name: str, *, folded: bool) -> Node | None:
    """What is live in a folder under this very name, else, if *folded*, under one that differs in case only."""
    found = await rows.all(NAMESAKES, parent=folder, name=name, name_folded=folded_name(name))
    nodes = [node_of(row) for row in found]
    return next((node for node in nodes if folded or node.name == name), None)
