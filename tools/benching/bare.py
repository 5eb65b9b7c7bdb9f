"""A server that gives every request the same small answer: what the ASGI server alone costs, to compare with."""

import argparse
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

BODY = b'{"success":true,"errors":[],"messages":[],"result":"%b"}' % (b"-" * 320)  # as long as one share
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))],
}

CHUNK = bytes(1 << 18)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, whatever is asked."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"].startswith("/bytes/"):
        await stream(send, int(scope["path"].removeprefix("/bytes/")))
        return
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


async def stream(send: Send, size: int) -> None:
    """An answer of *size* bytes, from memory."""
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for left in range(size, 0, -len(CHUNK)):
        await send({"type": "http.response.body", "body": CHUNK[:left], "more_body": left > len(CHUNK)})


def serve(
    server: str,
    port: int,
    served: App = app,
    target: str = "tools.benching.bare:app",
    folders: Mapping[str, str] | None = None,
) -> None:
    """
    Serve as `polyshare serve` does: the same server, one worker, the same options.

    Args:
        target: How the application *served* is imported.
        folders: By path, folders with files that the server gives out itself, if it can.
    """
    logging.disable(logging.INFO)
    if server == "uvicorn":
        import uvicorn

        uvicorn.run(served, port=port, ws="none", access_log=False, server_header=False, proxy_headers=False)
        return
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    Server(
        target,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=30_000),
        static_path_route=list(folders or ()),
        static_path_mount=[Path(folder) for folder in (folders or {}).values()],
    ).serve()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=("granian", "uvicorn"))
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    serve(options.server, options.port)
