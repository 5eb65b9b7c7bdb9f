"""Rows of `blob`: bytes in the byte store, from before they are there until after they are gone."""

from collections.abc import Sequence

from polyshare.store.database import Rows
from polyshare.store.statements import statement

# A digest that is empty means: not whole yet, or about to be deleted. Nothing may come to refer to such bytes.
ADD = statement(
    "blob.add",
    """
    insert into blob (id, key, size, sha256, created_at, collect_at) values (:id, :key, 0, '', :now, :until)
    on conflict (id) do nothing
    """,
)
HOLD = statement("blob.hold", "update blob set collect_at = :until where id = :id and collect_at is not null")
FILL = statement(
    "blob.fill",
    "update blob set size = :size, sha256 = :sha256, collect_at = :until where id = :id and collect_at is not null",
)
TAKE = statement("blob.take", "update blob set collect_at = null where id = :id and sha256 <> ''")
RELEASE = statement("blob.release", "update blob set collect_at = :now where id in :ids[]")
DUE = statement(
    "blob.due",
    """
    select b.id, b.key, b.collect_at, exists (select 1 from version v where v.blob = b.id) from blob b
    where b.collect_at <= :now order by b.collect_at, b.id limit :limit
    """,
)
# That the time is still the one that was read tells that nobody has let go of the bytes, or taken them, meanwhile.
IN_USE = statement("blob.in_use", "update blob set collect_at = null where id = :id and collect_at = :at")
DOOM = statement(
    "blob.doom",
    """
    update blob set sha256 = '', collect_at = :again where id = :id and collect_at = :at
    and not exists (select 1 from version v where v.blob = blob.id)
    """,
)
REMOVE = statement(
    "blob.remove",
    """
    delete from blob where id in :ids[] and sha256 = '' and collect_at is not null
    and not exists (select 1 from version v where v.blob = blob.id)
    """,
)
KNOWN = statement("blob.known", "select key from blob where key in :keys[]")
NEXT_KEYS = statement(
    "blob.next_keys",
    "select id, key, size from blob where id > :after and sha256 <> '' order by id limit :limit",
)


async def add(rows: Rows, blob: int, key: str, now: int, until: int) -> None:
    """Announce bytes that are about to be stored; from *until* on (microseconds) they may be collected."""
    await rows.run(ADD, id=blob, key=key, now=now, until=until)


async def hold(rows: Rows, blob: int, until: int) -> bool:
    """Keep announced bytes from being collected until then; False if they are gone."""
    return await rows.run(HOLD, id=blob, until=until) == 1


async def fill(rows: Rows, blob: int, size: int, sha256: str, until: int) -> bool:
    """Say that the bytes are there; False if they were collected meanwhile."""
    return await rows.run(FILL, id=blob, size=size, sha256=sha256, until=until) == 1


async def take(rows: Rows, blob: int) -> bool:
    """Keep bytes for good, for a version is about to refer to them; False if they were collected."""
    return await rows.run(TAKE, id=blob) == 1


async def release(rows: Rows, blobs: Sequence[int], now: int) -> None:
    """Let the collector look at bytes that one version less refers to; it finds out whether another one does."""
    await rows.run(RELEASE, ids=list(blobs), now=now)


async def due(rows: Rows, now: int, limit: int) -> list[tuple[int, str, int, bool]]:
    """What is to be looked at, the oldest first: id, key, since when, and whether a version refers to it."""
    return [(row[0], row[1], row[2], bool(row[3])) for row in await rows.all(DUE, now=now, limit=limit)]


async def sort_out(
    rows: Rows, blobs: Sequence[tuple[int, str, int, bool]], again: int
) -> list[tuple[int, str]]:
    """
    Leave those in use alone, and shut off those that are not, so that no version comes to refer to them.

    Returns:
        Ids and keys of what was shut off; it comes up again at *again* if it was not removed by then.
    """
    doomed = []
    for blob, key, at, used in blobs:
        if used:
            await rows.run(IN_USE, id=blob, at=at)
        elif await rows.run(DOOM, id=blob, at=at, again=again):
            doomed.append((blob, key))
    return doomed


async def remove(rows: Rows, blobs: Sequence[int]) -> None:
    """Remove the rows of bytes that are gone."""
    await rows.run(REMOVE, ids=list(blobs))


async def known(rows: Rows, keys: Sequence[str]) -> set[str]:
    """Those of these keys that have a row."""
    return {row[0] for row in await rows.all(KNOWN, keys=list(keys))}


async def next_keys(rows: Rows, after: int, limit: int) -> list[tuple[int, str, int]]:
    """Bytes that should be there, in the order of ids after *after*: id, key, size."""
    return [(row[0], row[1], row[2]) for row in await rows.all(NEXT_KEYS, after=after, limit=limit)]
