"""Rows of `drive`, and the one row of `installation`."""

from polyshare.domain.nodes import Drive
from polyshare.store.database import Row, Rows
from polyshare.store.statements import BY_ID, statement

COLUMNS = "d.id, d.owner, d.root, d.title, d.device"

FIRST_OF = statement(
    "drive.first_of",
    f"select {COLUMNS} from drive d where d.owner = :owner and d.gone_at is null order by d.id limit 1",  # noqa: S608 - columns of ours
)
ONE = statement("drive.one", f"select {COLUMNS} from drive d where d.id = :drive and d.gone_at is null")  # noqa: S608 - columns of ours
OF = statement(
    "drive.of",
    f"select {COLUMNS} from drive d where d.owner = :owner and d.gone_at is null order by d.id",  # noqa: S608 - columns of ours
)
ADD = statement(
    "drive.add",
    """
    insert into drive (id, owner, root, title, device, product, created_at, modified_at)
    values (:id, :owner, :root, :title, :device, :product, :now, :now)
    """,
)
RETITLE = statement(
    "drive.retitle", "update drive set title = :title, modified_at = :modified_at where id = :id"
)
SET_PRODUCT = statement("drive.set_product", "update drive set product = :product where id = :id")
PRODUCT_OF = statement("drive.product_of", "select product from drive where id = :id")
RETIRE = statement(
    "drive.retire", "update drive set gone_at = :now, modified_at = :now, product = null where id = :id"
)
COLLECTIONS = statement(
    "drive.collections",
    "select 1 from node where drive = :drive and parent is null and kind = 'collection' limit 1",
)
TAKE_COLLECTIONS = statement(
    "drive.take_collections",
    "update node set drive = :drive where drive = :before and parent is null and kind = 'collection'",
)
# Those that lie elsewhere are numbered with ours: paths begin with the number of either.
NEXT_ID = statement(
    "drive.next_id",
    """
    select coalesce(max(n.id), 0) + 1 from (
      select max(id) as id from drive union all select max(id) from remote_drive) n
    """,
)
# Drives get small ids one after another: who makes one holds this row until its transaction ends.
LOCK_NUMBERS = statement(
    "drive.lock_numbers", "select tail from installation where id = 1 {postgres: for update}"
)
LOCK_OF_NODES = statement(
    "drive.lock_of_nodes",
    f"""
    select d.id from drive d where d.id in (select n.drive from node n where n.id in :nodes[])
    order by d.{BY_ID} {{postgres: for no key update}}
    """,  # noqa: S608 - a word of ours
)
TAIL = statement("installation.tail", "select tail, link_secret from installation where id = 1")


def drive_of(row: Row) -> Drive:
    """The drive in a row of COLUMNS."""
    return Drive(*row[:5])


async def first_of(rows: Rows, owner: int) -> Drive | None:
    """The drive of *owner* with the lowest id: the home."""
    row = await rows.one(FIRST_OF, owner=owner)
    return None if row is None else drive_of(row)


async def one(rows: Rows, drive: int) -> Drive | None:
    """The drive of that id."""
    row = await rows.one(ONE, drive=drive)
    return None if row is None else drive_of(row)


async def add(rows: Rows, drive: Drive, now: int, product: int | None = None) -> None:
    """Write a new drive, made of that product; its root is written after it."""
    await rows.run(
        ADD,
        id=drive.id,
        owner=drive.owner,
        root=drive.root,
        title=drive.title,
        device=drive.device,
        product=product,
        now=now,
    )


async def retitle(rows: Rows, drive: int, title: str, modified_at: int) -> None:
    """Write the title that a drive has now."""
    await rows.run(RETITLE, id=drive, title=title, modified_at=modified_at)


async def retire(rows: Rows, drive: int, now: int) -> None:
    """Let a drive be seen by nobody any more; its nodes stay until they are swept."""
    await rows.run(RETIRE, id=drive, now=now)


async def has_collections(rows: Rows, drive: int) -> bool:
    """Whether collections lie in a drive, which no folder holds."""
    return await rows.one(COLLECTIONS, drive=drive) is not None


async def take_collections(rows: Rows, before: int, drive: int) -> None:
    """Let the collections of one drive lie in another."""
    await rows.run(TAKE_COLLECTIONS, before=before, drive=drive)


async def set_product(rows: Rows, drive: int, product: int | None) -> None:
    """Write of which product a drive is; None: the house's own."""
    await rows.run(SET_PRODUCT, id=drive, product=product)


async def product_of(rows: Rows, drive: int) -> int | None:
    """The id of the product that a drive is of; None: the house's own."""
    row = await rows.one(PRODUCT_OF, id=drive)
    return None if row is None else row[0]


async def next_id(rows: Rows) -> int:
    """The next small id, and all beyond it, which nobody else gets while this transaction lasts."""
    await rows.one(LOCK_NUMBERS)
    row = await rows.one(NEXT_ID)
    assert row is not None  # noqa: S101 - an aggregate always gives a row
    return int(row[0])


async def lock_between(rows: Rows) -> None:
    """
    Wait until nobody else moves something from one drive to another; before any drive is locked.

    Whoever waits for a drive finds what it came for in another one after such a move. If many moved at once, each would
    hold one drive and want the other's.
    """
    await rows.one(LOCK_NUMBERS)


async def lock_of(rows: Rows, nodes: list[int]) -> set[int]:
    """Lock the drives of these nodes, in the order of ids; their ids."""
    return {row[0] for row in await rows.all(LOCK_OF_NODES, nodes=nodes)}


async def tail(rows: Rows) -> str:
    """The 20 hex digits on which this installation's vendor-shaped ids end."""
    return (await tail_and_link_secret(rows))[0]


async def tail_and_link_secret(rows: Rows) -> tuple[str, str]:
    """The tail, and what the ids of public links are spelled with; the second is shown to nobody."""
    row = await rows.one(TAIL)
    assert row is not None  # noqa: S101 - the migration wrote it
    return str(row[0]), str(row[1])
