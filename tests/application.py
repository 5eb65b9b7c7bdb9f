"""The whole application in the test's own process: started as a server would, with a client that calls it directly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from polyshare.app import Application, create
from polyshare.settings import Settings


class StartRefused(Exception):
    """The application told its server that it can't start."""


def settings_in(folder: Path, **values: Any) -> Settings:
    """Settings with a database in *folder*."""
    return Settings(**{"database": f"sqlite://{folder / 'polyshare.db'}", "pool_wait_s": 60.0, **values})


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Application]:
    """The application between its startup and its shutdown."""
    app = create(settings, guard_library=False)
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[Any] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan"}, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    if (answer := await from_app.get())["type"] != "lifespan.startup.complete":
        await living
        raise StartRefused(answer["message"])
    try:
        yield app
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        assert (await from_app.get())["type"] == "lifespan.shutdown.complete"
        await living


def client_of(app: Application, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client at *address*; errors of the application come back as answers, not as exceptions."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")
