"""Collecting bytes that nothing refers to, so that a crash at any point leaves nothing for good."""

from polyshare.domain.errors import Unavailable
from polyshare.engine.work import House, Work
from polyshare.store import blobs

BATCH = 100
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
