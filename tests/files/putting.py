"""Run as a program: puts SIZE bytes into PLACE; then reads them and prints the peak of its memory, or hangs midway."""

import asyncio
import resource
import sys

from polyshare.cli import leave
from polyshare.files.bytes import new_key
from polyshare.files.opening import open_bytes

PIECE = 64 * 1024


async def main(place: str, size: int, then: str) -> None:
    store = open_bytes(place)

    async def stream():
        left = size
        while left:
            yield bytes(min(PIECE, left))
            left -= min(PIECE, left)
        if then == "hang":
            print("hanging", flush=True)
            await asyncio.Event().wait()

    stored = await store.put(new_key(), stream(), size)
    if then == "read":
        read = 0
        async for chunk in store.get(stored.key, 0, size):
            read += len(chunk)
        assert read == size
        unit = 1 if sys.platform == "linux" else 1024  # KiB there, bytes on macOS
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
    leave(SystemExit(0))
