"""The one road from HTTP to the engine: what a dialect declares, and what happens to each of its requests."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import structlog

from polyshare.dialects.base.answers import JSON, STRETCH, Answer, Flow, Listed, Stream, between_brackets
from polyshare.dialects.base.calls import Call, Receive, Scope, Send
from polyshare.dialects.base.refusals import AtTheDoor, BadHeader, ClientGone
from polyshare.dialects.base.routing import Table
from polyshare.dialects.base.sending import Outflow, send_whole, until_gone
from polyshare.domain.errors import Unavailable
from polyshare.domain.principals import Actor, Seat
from polyshare.domain.views import Window
from polyshare.engine.braking import Brakes
from polyshare.engine.work import House, Work
from polyshare.store import answered

log = structlog.get_logger()

HOUR_US = 3_600_000_000


class Doing(Enum):
    """
    What a call does to the rows.

    READ sees one consistent view, WRITE is one transaction with its answer. STEPS has nothing open while its handler
    runs, which opens short transactions itself: for bytes that come or go, for passwords, and for what others must do.
    """

    READ = "read"
    WRITE = "write"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Route:
    """
    One call of a dialect.

    Attributes:
        template: Path below the prefix, such as `/accounts/{account}/shares`.
        handler: Called with the call, its subject and what was given; translates, calls the engine once, translates back.
        given: Reads the query or the body, before anything is open; what it raises waits until the subject is found.
        subject: Finds what the path names, or raises what the caller is told when it is not there or not to be changed.
        has_body: Whether `given` reads the body.
        status: Of a success.
        is_open: Whether nobody need be known to call it; it then has no actor, is in STEPS, and decides for itself.
    """

    method: str
    template: str
    handler: Callable[[Call, Any, Any], Awaitable[Any]]
    doing: Doing
    given: Callable[[Call], Any] | None = None
    subject: Callable[[Call], Awaitable[Any]] | None = None
    has_body: bool = False
    status: int = 200
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """How a dialect tells an error: HTTP status, its own code, and a message where the error's own won't do."""

    status: int
    code: int | str
    message: str | None = None


_READY = (Answer, Stream)

Telling = Fault | Callable[[Any], Fault]


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    One outside API.

    Attributes:
        prefixes: Under each of these all routes are served; may be empty text.
        authenticate: Who calls, by the call's headers; raises Unauthenticated.
        admit: The seat that the call's path names, read in the call's transaction; raises Denied. None: there are none.
        is_id: Whether an identifier in a path has a form that one can have.
        errors: How each error is told, looked up along its class order; must have Exception.
        answer: Wraps what a handler returned, unless that is an Answer or a Stream already.
        refuse: Wraps an error.
        headers: What every answer has among its headers, whatever it is; None: nothing.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    authenticate: Callable[[Call], Awaitable[Actor]]
    admit: Callable[[Call], Awaitable[Seat]] | None
    is_id: Callable[[str], bool]
    errors: Mapping[type[Exception], Telling]
    answer: Callable[[Call, Any], Answer | Flow]
    refuse: Callable[[Call, Fault, Exception], Answer]
    headers: Callable[[Call], tuple[tuple[bytes, bytes], ...]] | None = None


def told(errors: Mapping[type[Exception], Telling], error: Exception) -> Fault:
    """How *errors* tells *error*: by the entry nearest to its class."""
    for kind in type(error).__mro__:
        telling = errors.get(kind)
        if telling is not None:
            return telling if isinstance(telling, Fault) else telling(error)
    raise KeyError(type(error))  # only what is no Exception gets here


class Road:
    """
    An ASGI application that speaks one dialect.

    What is wrong is told in this order: credential, route and identifiers, permission, existence, query or body, state.
    """

    def __init__(self, dialect: Dialect, house: House) -> None:
        self._dialect = dialect
        self._house = house
        self._find = Table(dialect.prefixes, dialect.routes, dialect.is_id).find
        self._admit = dialect.admit
        self._brakes = Brakes()
        self._per_minute = house.settings.requests_per_minute
        for route in dialect.routes:
            if route.is_open and route.doing is not Doing.STEPS:
                raise TypeError(f"{route.method} {route.template} is open to all and so must be in STEPS")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        call = Call(scope, self._house, receive)
        if self._dialect.headers is not None:
            send = _adding(self._dialect.headers(call), send)
        outflow: Outflow | None = None
        try:
            answer = await self._answer(call)
            if isinstance(answer, Stream):
                outflow = Outflow(answer)
                if scope["method"] != "HEAD":
                    await outflow.open()
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the last one who could: whatever it is gets an answer
            answer = self._refuse(call, error)
        if isinstance(answer, Answer):
            await send_whole(scope, answer, send)
        elif isinstance(answer, Flow):
            await self._pour(call, answer, receive, send)
        elif outflow is not None:
            await outflow.pour(receive, send)

    async def _answer(self, call: Call) -> Answer | Flow | Stream:
        try:
            route: Route
            route, call.path = self._find(call.scope)
        except AtTheDoor:
            await self._know(call)  # strangers do not even learn which calls there are
            raise
        call.route = route
        if not route.is_open:
            await self._know(call)
        call.scope["polyshare.route"] = route.template  # what metrics call this request
        writes = route.doing is Doing.WRITE
        try:
            if route.has_body or (writes and call.header(b"idempotency-key") is not None):
                await call.read_body()
            if route.given is not None:
                call.given = route.given(call)
        except AtTheDoor as fault:
            call.fault = fault
        if writes:
            return await self._house.write(call.actor, partial(self._write, call))
        if route.doing is Doing.STEPS:
            return await self._steps(call)
        return await self._house.read(call.actor, partial(self._read, call))

    async def _know(self, call: Call) -> None:
        """Who calls, and that he does not do so too often."""
        call.actor = await self._dialect.authenticate(call)
        if self._per_minute:
            self._brakes.take(call.actor.credential, self._per_minute, self._house.clock())

    async def _steps(self, call: Call) -> Answer | Flow | Stream:
        """The subject is found in a short transaction of its own; then nothing is open."""
        route, subject = call.route, None
        if route.subject is not None or (self._admit is not None and not route.is_open):
            subject = await call.read(partial(self._found, call))
            del call.work
        if call.fault is not None:
            raise call.fault
        return self._told(call, await route.handler(call, subject, call.given))

    async def _read(self, call: Call, work: Work) -> Answer | Flow | Stream:
        return self._told(call, await self._act(call, work))

    async def _act(self, call: Call, work: Work) -> Any:
        call.work = work
        if self._admit is not None:
            call.seat = await self._admit(call)
        return await self._handle(call)

    async def _handle(self, call: Call) -> Any:
        """What the handler returns; what was wrong with query or body is told only once the subject is there."""
        route = call.route
        subject = None if route.subject is None else await route.subject(call)
        if call.fault is not None:
            raise call.fault
        return await route.handler(call, subject, call.given)

    async def _found(self, call: Call, work: Work) -> Any:
        call.work = work
        route = call.route
        if self._admit is not None and not route.is_open:
            call.seat = await self._admit(call)
        return None if route.subject is None else await route.subject(call)

    async def _write(self, call: Call, work: Work) -> Answer:
        """The call, its encoded answer and, if it has a key, the memory of both: all of it or nothing."""
        key = call.header(b"idempotency-key")
        if key is None:
            return self._whole(call, await self._act(call, work))
        call.work = work
        if self._admit is not None:
            call.seat = await self._admit(call)
        request = _request(self._dialect.name, call, key)
        kept = await answered.begin(work.rows, request, work.now, self._forgotten_before(work.now))
        if kept is not None:
            media, *headers = ((name.encode(), value.encode()) for name, value in json.loads(kept.headers))
            return Answer(kept.status, kept.body, tuple(headers), media[1])
        answer = self._whole(call, await self._handle(call))
        headers_kept = ((b"content-type", answer.media), *answer.headers)
        headers_text = json.dumps([(name.decode(), value.decode()) for name, value in headers_kept])
        await answered.fill(work.rows, request, answered.Kept(answer.status, headers_text, answer.body))
        return answer

    def _told(self, call: Call, result: Any) -> Answer | Flow | Stream:
        return result if isinstance(result, _READY) else self._dialect.answer(call, result)

    def _whole(self, call: Call, result: Any) -> Answer:
        answer = self._told(call, result)
        if not isinstance(answer, Answer):
            raise TypeError(f"{call.route.method} {call.route.template} changes something and can't flow")
        return answer

    def _forgotten_before(self, now: int) -> int:
        return now - int(self._house.settings.idempotency_hours * HOUR_US)

    def _refuse(self, call: Call, error: Exception) -> Answer:
        fault = told(self._dialect.errors, error)
        if fault.status >= 500:
            self._log(call, error)
        return self._dialect.refuse(call, fault, error)

    def _log(self, call: Call, error: Exception) -> None:
        place = {"request_id": call.request_id, "method": call.scope["method"], "path": call.scope["path"]}
        if isinstance(error, Unavailable):
            log.warning("request could not be carried out", reason=error.message, **place)
        else:
            log.error("request failed", exc_info=error, **place)

    async def _pour(self, call: Call, flow: Flow, receive: Receive, send: Send) -> None:
        """
        Send a list stretch by stretch, each read for itself, so that memory stays flat however long it is.

        An error in the middle can't be told any more: it breaks the answer off, which every client notices, and goes on
        to whoever runs this application, who logs it.
        """
        gone = asyncio.ensure_future(until_gone(receive))
        start = {"type": "http.response.start", "status": flow.status, "headers": [(b"content-type", JSON)]}
        try:
            await send(start)
            body, rows, sent = flow.head + between_brackets(flow.rows), flow.rows, len(flow.rows)
            begin, stretch = call.window.skip, call.window.limit or STRETCH
            last, limit = flow.last, stretch
            while len(rows) == limit and not gone.done():
                limit = stretch if flow.rest is None else min(stretch, flow.rest + len(flow.rows) - sent)
                if limit == 0:
                    break
                await send({"type": "http.response.body", "body": body, "more_body": True})
                await asyncio.sleep(0)  # neither sending nor reading need have let anybody else have a turn
                call.window = Window(0 if last else begin + sent, limit, last)
                listed: Listed[Any] = await self._house.read(call.actor, partial(self._act, call))
                rows, sent, last = listed.rows, sent + len(listed.rows), listed.last
                body = b"," + between_brackets(rows) if rows else b""
            if not gone.done():
                await send({"type": "http.response.body", "body": body + flow.close(sent)})
        except OSError:  # how a server says that nobody listens any more
            return
        finally:
            gone.cancel()


def _adding(headers: tuple[tuple[bytes, bytes], ...], send: Send) -> Send:
    """Sends what it is given, with these headers."""

    async def adding(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return adding


def _request(dialect: str, call: Call, key: str) -> answered.Request:
    if not (1 <= len(key) <= 255 and all("!" <= char <= "~" for char in key)):
        raise BadHeader("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
    # Not the path as it was spelled: with another prefix or a slash at its end it is the same call.
    named = json.dumps(call.path, sort_keys=True)
    query = call.scope["query_string"].decode("latin-1")
    name = f"{dialect} {call.route.method} {call.route.template} {named} ?{query}"
    return answered.Request(call.actor.credential, name, key, hashlib.sha256(call.body).hexdigest())
