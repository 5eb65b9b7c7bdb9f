"""The application: opens the house, gives every request its id, and sends it to the room that its path names."""

import asyncio
import contextlib
import os
import random
import re
import signal
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from starlette.responses import JSONResponse, Response

from polyshare import doors, logs
from polyshare.domain.errors import PolyshareError
from polyshare.doors import Door, Receive, Scope, Send
from polyshare.engine.work import House
from polyshare.engine.worker import working
from polyshare.opening import Opened, opened
from polyshare.settings import Settings, load_settings
from polyshare.store.ids import Lease
from polyshare.web import links
from polyshare.web.operations import Meter, Station

SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
PARENT_LOOK_S = 0.5  # how often a server process sees whether the one that started it is still there

log = structlog.get_logger("polyshare")


def create(
    settings: Settings | None = None, parent: int | None = None, *, guard_library: bool = True
) -> "Application":
    """
    Make the application; what servers call in each of their processes.

    Args:
        settings: None: from the settings file and the environment.
        parent: Process id of whoever started this process and must outlive it; None: nobody.
        guard_library: Refuse to start beside a second SQLite library; test tools bring one that never opens our files.

    Raises:
        WrongSetting: A setting can't be used.
    """
    settings = settings or load_settings()
    logs.configure(settings.log_level)
    return Application(settings, parent, guard_library)


class Application:
    """An ASGI application; between startup and shutdown `house` is open, `lease` held, and `worker` runs unless switched off."""

    def __init__(self, settings: Settings, parent: int | None = None, guard_library: bool = True) -> None:
        self.settings = settings
        self._guard_library = guard_library
        self.meter = Meter()
        self.house: House | None = None
        self.lease: Lease | None = None
        self._parent = parent
        self._doors: Mapping[str, tuple[Door, ...]] = {}
        self._else: Door | None = None
        self.worker: asyncio.Task[None] | None = None
        self._under_way = 0
        self._idle = asyncio.Event()
        self._sample = settings.access_log_sample
        self._let_in = doors.let_in(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through startup and shutdown."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:  # a web socket: nobody here speaks it
            await send({"type": "websocket.close", "code": 1003})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request_id = _request_id(scope)
        scope["polyshare.request_id"] = request_id
        logs.request_id.set(request_id)
        header = (b"x-request-id", request_id.encode())
        door, status = self._door(scope), 0

        async def answer(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        self._under_way += 1
        try:
            await door.room(scope, receive, answer)
        except Exception:
            log.exception("request.failed", door=door.name, method=scope["method"])
            if status == 0:
                await _fault(request_id)(scope, receive, answer)
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                self._idle.set()
            seconds = time.perf_counter() - began
            route = scope.get("polyshare.route") or ""
            self.meter.answered(door.name, route, status, seconds)
            if self._sample and random.random() < self._sample:  # noqa: S311 - chooses log lines, nothing secret
                _log_access(scope, door.name, route, status, seconds)

    def _door(self, scope: Scope) -> Door:
        """Who answers: the longest prefix that the path lies beneath, else our own pages."""
        if self._let_in is not None and not self._let_in((scope.get("client") or ("",))[0]):
            return doors.STRANGER
        path: str = scope["path"]
        folded = path.startswith("//")
        if folded:
            path = f"/{path.lstrip('/')}"
        words = path.split("/", 3)
        for door in self._doors.get(words[1] if path.startswith("/") else "", ()):
            prefix = door.prefix
            if folded and not door.folds_slashes:
                continue
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return door
        if folded:
            return self._else or doors.STARTING
        if len(words) > 2:
            for door in self._doors.get(doors.ANY, ()):
                if door.prefix == f"/{doors.ANY}/{words[2]}":
                    return door
        return self._else or doors.STARTING

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with contextlib.AsyncExitStack() as closing:
                await self._start(closing)
                await send({"type": "lifespan.startup.complete"})
                await receive()
                await self._finish_requests()
        except Exception as error:
            reason = error.message if isinstance(error, PolyshareError) else repr(error)
            trace = None if isinstance(error, PolyshareError) else error
            log.critical("server.failed", reason=reason, exc_info=trace)
            kind = "startup" if self.house is None else "shutdown"
            await send({"type": f"lifespan.{kind}.failed", "message": logs.without_secrets(reason)})
            return
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self, closing: contextlib.AsyncExitStack) -> None:
        opening = opened(
            self.settings, refreshing=not self.settings.background, guard_library=self._guard_library
        )
        home = await closing.enter_async_context(opening)
        if self.settings.background:
            stopping = asyncio.Event()
            self.worker = asyncio.create_task(working.run(home.house, stopping), name="worker")
            closing.push_async_callback(self._stop_worker, stopping)
        if self._parent is not None:
            watching = asyncio.create_task(_end_with(self._parent))
            closing.callback(watching.cancel)
        self._furnish(home)
        self.house, self.lease = home.house, home.lease

    def _furnish(self, home: Opened) -> None:
        """Hang a door before every room."""
        station = Station(home.house, home.lease, self.meter, self._worker_runs)
        self._doors, self._else = doors.hung(home.house, station)

    def _worker_runs(self) -> bool | None:
        return None if self.worker is None else not self.worker.done()

    async def _finish_requests(self) -> None:
        """Wait until no request is under way, but not for ever."""
        self._idle.clear()
        if self._under_way:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.settings.shutdown_s):
                    await self._idle.wait()

    async def _stop_worker(self, stopping: asyncio.Event) -> None:
        """Let the worker finish the grant in its hands; one that does not end in time loses nothing but its claim."""
        stopping.set()
        assert self.worker is not None  # noqa: S101 - it was started
        done, _ = await asyncio.wait([self.worker], timeout=self.settings.shutdown_s)
        if not done:
            self.worker.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self.worker


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            if SANE_ID.fullmatch(value):
                return str(value, "ascii")
            break
    return f"{random.getrandbits(128):032x}"


def _log_access(scope: Scope, door: str, route: str, status: int, seconds: float) -> None:
    """A line without the query, in which a caller may have put a secret, and without a path that is one."""
    ms = round(seconds * 1000, 2)
    path = scope.get("polyshare.shown_path", scope["path"])
    mistyped = links.MISTYPED.match(path)
    path = path if mistyped is None else f"{mistyped[0]}{{link}}"
    named = scope.get(
        "polyshare.correlation_id"
    )  # the caller's own id of the request, if its dialect has one
    told = {} if named is None else {"correlation_id": named}
    log.info(
        "request", method=scope["method"], path=path, door=door, route=route, status=status, ms=ms, **told
    )


def _fault(request_id: str) -> Response:
    message = "Something went wrong on our side; the log has the reason under this request id."
    return JSONResponse({"error": message, "request_id": request_id}, 500)


async def _end_with(parent: int) -> None:
    """Stop this process in good order when the one that started it has gone, however it went."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the system tells nobody; one has to look
        await asyncio.sleep(PARENT_LOOK_S)
    log.warning("server.orphaned", reason="the process that started this one has gone")
    os.kill(os.getpid(), signal.SIGTERM)
