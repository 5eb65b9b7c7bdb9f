"""A server of files alone, and one that keeps what it is sent: what bytes cost without anything else, to compare with."""

import argparse
import os
from pathlib import Path

from starlette.staticfiles import StaticFiles

from tools.benching import bare
from tools.benching.bare import Receive, Scope, Send

FOLDER = "POLYSHARE_BENCH_FOLDER"
"""The environment's name for the folder with the files, which every process of the server is told."""

BY_ASGI = "/static"
BY_SERVER = "/native"
KEPT = "kept.bin"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Files below `/static`; the body of a POST is written to a file; the rest is the small answer."""
    if scope["type"] == "http" and scope["method"] == "POST":
        await _keep(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(f"{BY_ASGI}/"):
        below = {**scope, "root_path": BY_ASGI}
        await StaticFiles(directory=os.environ[FOLDER])(below, receive, send)
    else:
        await bare.app(scope, receive, send)


async def _keep(receive: Receive, send: Send) -> None:
    with (Path(os.environ[FOLDER]) / KEPT).open("wb") as file:
        more = True
        while more:
            message = await receive()
            file.write(message.get("body", b""))
            more = message.get("more_body", False)
        file.flush()
        os.fsync(file.fileno())
    await send({**bare.START, "status": 201})
    await send({"type": "http.response.body", "body": bare.BODY})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=("granian", "uvicorn"))
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    bare.serve(
        options.server, options.port, app, "tools.benching.static:app", {BY_SERVER: os.environ[FOLDER]}
    )
