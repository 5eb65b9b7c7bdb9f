"""Collecting bytes that nothing refers to, so that a crash at any point leaves nothing for good."""

from dataclasses import dataclass
from functools import partial

from polyshare.domain.errors import Unavailable
from polyshare.engine.work import House, Work
from polyshare.files.bytes import Bytes
from polyshare.store.content import blobs
from polyshare.store.database import Database, Rows

BATCH = 100
PAGE = 1000
ROUNDS = 10
AGAIN_US = 60 * 1_000_000
"""When bytes that could not be deleted come up again."""


async def collect(house: House) -> int:
    """
    Delete bytes whose time has come and that no version refers to; how many.

    First their rows are shut off, so that nothing comes to refer to them, then the bytes go, then the rows: whoever dies
    in between leaves rows that come up again.
    """
    total = 0
    for _ in range(ROUNDS):
        found = await house.read(None, lambda work: blobs.due(work.rows, work.now, BATCH))
        if not found:
            break

        async def sort_out(
            work: Work, found: list[tuple[int, str, int, bool]] = found
        ) -> list[tuple[int, str]]:
            return await blobs.sort_out(work.rows, found, work.now + AGAIN_US)

        total += await _delete(house, await house.write(None, sort_out))
        if len(found) < BATCH:
            break
    return total


async def _delete(house: House, doomed: list[tuple[int, str]]) -> int:
    gone: list[int] = []
    failure: Unavailable | None = None
    for blob, key in doomed:
        try:
            await house.files.delete(key)
            gone.append(blob)
        except Unavailable as error:
            failure = error

    async def remove(work: Work) -> None:
        await blobs.remove(work.rows, gone)

    if gone:
        await house.write(None, remove)
    if failure is not None:
        raise failure
    return len(gone)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How rows and bytes differ: bytes without a row, how many they are in all, and rows whose bytes are not as they say."""

    strays: int
    stray_bytes: int
    missing: int


async def compare(database: Database, files: Bytes) -> Comparison:
    """
    Hold every row of bytes against the byte store; changes nothing.

    Bytes that come or go meanwhile may be counted: they are few, and another look tells.
    """
    sizes: dict[str, int] = {}
    after = 0
    while found := await database.read(partial(_next_keys, after)):
        sizes.update((key, size) for _, key, size in found)
        after = found[-1][0]
    unsure: dict[str, int] = {}
    cut = 0
    async for each in files.everything():
        size = sizes.pop(each.key, None)
        if size is None:
            unsure[each.key] = each.size
        elif size != each.size:
            cut += 1
    strays = stray_bytes = 0
    for at in range(0, len(unsure), PAGE):
        some = list(unsure)[at : at + PAGE]
        announced = await database.read(partial(_known, some))
        strays += len(some) - len(announced)
        stray_bytes += sum(unsure[key] for key in some if key not in announced)
    return Comparison(strays, stray_bytes, len(sizes) + cut)


async def _next_keys(after: int, rows: Rows) -> list[tuple[int, str, int]]:
    return await blobs.next_keys(rows, after, PAGE)


async def _known(keys: list[str], rows: Rows) -> set[str]:
    return await blobs.known(rows, keys)
