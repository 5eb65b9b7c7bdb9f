"""One long file up and down, and many in an archive: how fast next to servers that do nothing else, and how much memory it takes at the most."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.benching import servers, static, tree
from tools.benching.load import HOST, WrongAnswer, drain, request
from tools.benching.servers import Server

LOOK_S = 0.02  # how often memory is looked at
LONGEST_S = 900.0
CHUNK = bytes(1 << 18)
BOUNDARY = "long-file"


@dataclass(frozen=True, slots=True)
class Long:
    """What moves: a file of *size* bytes and smaller ones of *parts* in all, kept by the measured server below *folder*."""

    size: int
    parts: int
    folder: Path
    kind: str  # of ASGI server


async def measured(server: Server, bare_server: Server, long: Long) -> list[dict[str, Any]]:
    """
    Move one long file by our server, and an archive, and by those it is compared with, one after another.

    Returns:
        Each with its name, megabytes, seconds, seconds of CPU time, and megabytes of memory before, at the most, after.
    """
    stored = max(_files(long.folder / "files"), key=lambda path: path.stat().st_size)
    at = stored.relative_to(long.folder).as_posix()
    port = servers.free_port()
    words, environment = ["tools.benching.static", long.kind, str(port)], {static.FOLDER: str(long.folder)}
    found = []
    with servers.serving(words, port, long.folder, environment) as other:
        servers.stay_on(servers.cores()[1])
        downloads = [
            ("download", server, _get(f"/documents/api/1.2/files/{tree.HUGE}/data", tree.MEMBER), long.size),
            ("download, Starlette's static files", other, _get(f"{static.BY_ASGI}/{at}"), long.size),
            ("download, bytes from memory", bare_server, _get(f"/bytes/{long.size}"), long.size),
            (f"archive of {tree.PARTS} files", server, _get(f"/l/{tree.PARTS_LINK}/zip"), long.parts),
        ]
        if long.kind == "granian":
            asked = _get(f"{static.BY_SERVER}/{at}")
            downloads.insert(2, ("download, Granian's static files", other, asked, long.size))
        for name, one, wanted, size in downloads:

            async def download(port: int = one.port, wanted: bytes = wanted, size: int = size) -> None:
                got, _ = await drain(port, wanted, LONGEST_S)
                if got < size:
                    raise WrongAnswer(f"{got} bytes instead of {size}")

            found.append(await _watched(name, one, size, download))
        uploads = [
            ("upload", server, "/documents/api/1.2/files/data"),
            ("upload, only written", other, "/"),
        ]
        for name, one, target in uploads:

            async def send(port: int = one.port, target: str = target) -> None:
                await upload(port, target, long.size)

            found.append(await _watched(name, one, long.size, send))
    return found


def _get(target: str, token: str = "") -> bytes:
    return request("GET", target, [("Authorization", f"Bearer {token}")] if token else [])


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def upload(port: int, target: str, size: int) -> None:
    """
    Send a form with a file of *size* bytes, as clients of the Documents API do.

    Raises:
        WrongAnswer: It was not answered with 201.
        TimeoutError: It took too long.
    """
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    before = f'{part}"jsonInputParameters"\r\n\r\n{{"parentID":"{tree.SHARED}"}}\r\n'
    before += f'{part}"primaryFile"; filename="long.bin"\r\n\r\n'
    after = f"\r\n--{BOUNDARY}--\r\n"
    head = f"POST {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nAuthorization: Bearer {tree.OWNER}\r\n"
    head += f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
    head += f"Content-Length: {len(before) + size + len(after)}\r\n\r\n"
    async with asyncio.timeout(LONGEST_S):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write((head + before).encode())
        for left in range(size, 0, -len(CHUNK)):
            writer.write(CHUNK[:left])
            await writer.drain()
        writer.write(after.encode())
        answer = await reader.read()
        writer.close()
    if not answer.startswith(b"HTTP/1.1 201 "):
        raise WrongAnswer(answer[:500].decode("latin-1"))


async def _watched(
    name: str, server: Server, size: int, move: Callable[[], Awaitable[None]]
) -> dict[str, Any]:
    before, cpu_s = server.rss_mb(), server.cpu_s()
    began = time.perf_counter()
    async with _peak(server) as seen:
        await move()
        seconds = time.perf_counter() - began
    return {
        "name": name,
        "megabytes": size / 1e6,
        "seconds": seconds,
        "cpu_s": server.cpu_s() - cpu_s,
        "before_mb": before,
        "peak_mb": max(seen),
        "after_mb": server.rss_mb(),
    }


@contextlib.asynccontextmanager
async def _peak(server: Server) -> AsyncIterator[list[float]]:
    """The megabytes of memory that *server* had, looked at again and again until the block ends."""
    seen = [server.rss_mb()]

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            seen.append(server.rss_mb())

    looking = asyncio.create_task(look())
    try:
        yield seen
        seen.append(server.rss_mb())
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
