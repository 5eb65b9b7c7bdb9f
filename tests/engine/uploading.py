"""Run as a program: uploads files for Ann without end, and prints each one once it is acknowledged."""

import asyncio
import hashlib
import sys
import time

import msgspec

from polyshare.engine.content import storing
from polyshare.engine.tree import filing
from polyshare.engine.work import House, Work
from polyshare.opening import opened
from polyshare.settings import Settings
from polyshare.store.tree import nodes
from tests.engine.tree import acting, owned

SIZE = 3_000_000


async def upload_for_ever(house: House, ann: int, hand: int) -> None:
    number = 0
    while True:
        number += 1
        content = f"{hand} {number} {time.time_ns()} ".encode() * (SIZE // 40)

        async def stream(content: bytes = content):
            for at in range(0, len(content), 50_000):
                yield content[at : at + 50_000]

        staged = await storing.stage(house, stream(), length=len(content))

        async def keep(work: Work, staged: storing.Staged = staged, name: str = f"{hand} {number}"):
            home = await filing.home(work, ann)
            return await storing.keep(work, await owned(work, home.root), name, staged, "text/plain")

        node = await house.write(acting(ann), keep)
        assert await house.read(None, lambda work, node=node: nodes.one(work.rows, node.id))  # type: ignore[misc]
        print(node.id, hashlib.sha256(content).hexdigest(), flush=True)


async def main(database: str, files: str, ann: int) -> None:
    settings = msgspec.structs.replace(Settings(), database=database, files=files)
    async with opened(settings) as home:
        await asyncio.gather(*(upload_for_ever(home.house, ann, hand) for hand in range(3)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
