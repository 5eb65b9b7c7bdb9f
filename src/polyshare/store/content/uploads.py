"""Rows of `upload` and `upload_part`: files that come in pieces, and the bytes of each piece."""

from collections.abc import Sequence

from polyshare.domain.nodes import Taken
from polyshare.domain.uploads import Upload, UploadPart
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

COLUMNS = "id, person, parent, node, name, mime, taken, created_at, expires_at, via"

ADD = statement(
    "upload.add",
    f"""
    insert into upload ({COLUMNS})
    values (:id, :person, :parent, :node, :name, :mime, :taken, :created_at, :expires_at, :via)
    """,  # noqa: S608 - columns of ours
)
ONE = statement("upload.one", f"select {COLUMNS} from upload where id = :id")  # noqa: S608 - columns of ours
LOCK = statement(
    "upload.lock",
    f"select {COLUMNS} from upload where id = :id {{postgres: for update}}",  # noqa: S608 - columns of ours
)
OF_NODE = statement(
    "upload.of_node",
    f"""
    select {COLUMNS} from upload where node = :node and person = :person and expires_at > :now
    order by -id limit 1
    """,  # noqa: S608 - columns of ours
)
COUNT = statement("upload.count", "select count(*) from upload where person = :person")
PARTS = statement(
    "upload.parts",
    """
    select p.start, p.size, p.blob, b.key, b.size, b.sha256 from upload_part p join blob b on b.id = p.blob
    where p.upload = :upload order by p.start
    """,
)
ADD_PART = statement(
    "upload.add_part",
    "insert into upload_part (upload, start, size, blob) values (:upload, :start, :size, :blob)",
)
LET_GO_FROM = statement(
    "upload.let_go_from",
    """
    update blob set collect_at = :now
    where id in (select blob from upload_part where upload = :upload and start >= :start)
    """,
)
DROP_FROM = statement(
    "upload.drop_from", "delete from upload_part where upload = :upload and start >= :start"
)
CUT = statement("upload.cut", "update upload_part set size = :size where upload = :upload and start = :start")
BECOMES = statement("upload.becomes", "update upload set parent = null, node = :node where id = :id")
RENEW = statement("upload.renew", "update upload set expires_at = :expires_at where id = :id")
EXPIRED = statement(
    "upload.expired",
    """
    select id from upload where expires_at <= :now order by expires_at, id limit :limit
    {postgres: for update skip locked}
    """,
)
LET_GO = statement(
    "upload.let_go",
    """
    update blob set collect_at = :now where id in (select blob from upload_part where upload in :uploads[])
    """,
)
DROP_PARTS = statement("upload.drop_parts", "delete from upload_part where upload in :uploads[]")
DROP = statement("upload.drop", "delete from upload where id in :uploads[]")


def _upload(row: Row) -> Upload:
    id_, person, parent, node, name, mime, taken, *rest = row
    return Upload(id_, person, parent, node, name, mime, Taken(taken), *rest)


async def add(rows: Rows, upload: Upload) -> None:
    """Write a new upload."""
    await rows.run(
        ADD,
        id=upload.id,
        person=upload.person,
        parent=upload.parent,
        node=upload.node,
        name=upload.name,
        mime=upload.mime,
        taken=upload.taken.value,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        via=upload.via,
    )


async def one(rows: Rows, upload: int, *, lock: bool = False) -> Upload | None:
    """The upload of that id, expired or not; *lock*: for the rest of a write."""
    row = await rows.one(LOCK if lock else ONE, id=upload)
    return None if row is None else _upload(row)


async def of_node(rows: Rows, node: int, person: int, now: int) -> Upload | None:
    """The person's latest upload that is to become a version of this file."""
    row = await rows.one(OF_NODE, node=node, person=person, now=now)
    return None if row is None else _upload(row)


async def count(rows: Rows, person: int) -> int:
    """How many uploads a person has begun that are neither whole nor given up."""
    row = await rows.one(COUNT, person=person)
    return int(row[0]) if row is not None else 0


async def parts(rows: Rows, upload: int) -> list[UploadPart]:
    """The pieces that came, in the order of where they begin; none overlap and none is missing."""
    return [UploadPart(*row) for row in await rows.all(PARTS, upload=upload)]


async def cut(rows: Rows, upload: int, at: int, now: int, last: UploadPart | None) -> None:
    """Let go of everything from *at* on; *last* is the piece that lies across it, if there is one."""
    await rows.run(LET_GO_FROM, upload=upload, start=at, now=now)
    await rows.run(DROP_FROM, upload=upload, start=at)
    if last is not None:
        await rows.run(CUT, upload=upload, start=last.start, size=at - last.start)


async def add_part(rows: Rows, upload: int, start: int, size: int, blob: int) -> None:
    """Write a piece whose bytes were taken before."""
    await rows.run(ADD_PART, upload=upload, start=start, size=size, blob=blob)


async def becomes_version(rows: Rows, upload: int, node: int) -> None:
    """Let what more comes of an upload be for the next version of the file that it became."""
    await rows.run(BECOMES, id=upload, node=node)


async def renew(rows: Rows, upload: int, expires_at: int) -> None:
    """Keep an upload until then."""
    await rows.run(RENEW, id=upload, expires_at=expires_at)


async def expired(rows: Rows, now: int, limit: int) -> list[int]:
    """Uploads whose time is over, the oldest first."""
    return [row[0] for row in await rows.all(EXPIRED, now=now, limit=limit)]


async def drop(rows: Rows, uploads: Sequence[int], now: int, *, bytes_too: bool) -> None:
    """Remove uploads with their pieces; *bytes_too*: leave the bytes to the collector, for no version refers to them."""
    if bytes_too:
        await rows.run(LET_GO, uploads=list(uploads), now=now)
    await rows.run(DROP_PARTS, uploads=list(uploads))
    await rows.run(DROP, uploads=list(uploads))
