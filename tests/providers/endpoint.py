"""An operator's endpoint for tests: a real HTTP server on loopback, in whose hands every byte of the answer lies."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwW5dCkFVbDRM="
NEXT_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDZpPLzJiU8Bs="


@dataclass(frozen=True)
class Heard:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self):
        return json.loads(self.body)["data"]


def http(status=200, body=b"", **headers):
    """An HTTP answer as bytes."""
    named = {
        "content-length": str(len(body)),
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {text}" for name, text in named.items()), "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Endpoint:
    """What it heard, and what it answers: bytes to send, or a coroutine that does with the connection as it likes."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    answer: bytes | Callable[[asyncio.StreamWriter], Awaitable[None]] = field(default_factory=http)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hooks"

    async def has_heard(self, calls):
        """Wait until that many calls have come in."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.heard) >= calls)

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode().strip().split("\r\n")
                headers = {
                    name.lower(): text.strip() for name, _, text in (one.partition(":") for one in rest)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.heard.append(Heard(line, headers, body))
                async with self.changed:
                    self.changed.notify_all()
                if not isinstance(self.answer, bytes):
                    await self.answer(writer)
                    break
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(tls=None):
    """An endpoint on a free port."""
    endpoint = Endpoint()
    tasks = set()

    def serve(reader, writer):
        task = asyncio.create_task(endpoint.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    endpoint.port = server.sockets[0].getsockname()[1]
    try:
        yield endpoint
    finally:
        endpoint.ending.set()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
