"""The one road from HTTP to the engine: what a dialect declares, and what happens to each of its requests."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

import structlog

from polyshare.dialects.base.answers import JSON, STRETCH, Answer, Flow, Listed, between_brackets
from polyshare.dialects.base.calls import Call, Receive, Scope, Send
from polyshare.dialects.base.refusals import AtTheDoor, BadHeader, ClientGone
from polyshare.dialects.base.routing import Table
from polyshare.domain.errors import Unavailable
from polyshare.domain.principals import Actor, Seat
from polyshare.domain.views import Window
from polyshare.engine.work import House, Work
from polyshare.store import answered

log = structlog.get_logger()

HOUR_US = 3_600_000_000


class Doing(Enum):
    """What a call does to the rows: READ sees one consistent view, WRITE is one transaction with its answer."""

    READ = "read"
    WRITE = "write"


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
    """

    method: str
    template: str
    handler: Callable[[Call, Any, Any], Awaitable[Any]]
    doing: Doing
    given: Callable[[Call], Any] | None = None
    subject: Callable[[Call], Awaitable[Any]] | None = None
    has_body: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """How a dialect tells an error: HTTP status, its own code, and a message where the error's own won't do."""

    status: int
    code: int | str
    message: str | None = None


Telling = Fault | Callable[[Any], Fault]


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    One outside API.

    Attributes:
        prefixes: Under each of these all routes are served; may be empty text.
        authenticate: Who calls, by the call's headers; raises Unauthenticated.
        admit: The seat that the call's path names, read in the call's transaction; raises Denied.
        is_id: Whether an identifier in a path has a form that one can have.
        errors: How each error is told, looked up along its class order; must have Exception.
        answer: Wraps what a handler returned.
        refuse: Wraps an error.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    authenticate: Callable[[Call], Awaitable[Actor]]
    admit: Callable[[Call], Awaitable[Seat]]
    is_id: Callable[[str], bool]
    errors: Mapping[type[Exception], Telling]
    answer: Callable[[Call, Any], Answer | Flow]
    refuse: Callable[[Call, Fault, Exception], Answer]


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        call = Call(scope, self._house)
        try:
            answer = await self._answer(call, receive)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the last one who could: whatever it is gets an answer
            answer = self._refuse(call, error)
        if isinstance(answer, Flow):
            await self._pour(call, answer, receive, send)
        else:
            await _send(scope, answer, send)

    async def _answer(self, call: Call, receive: Receive) -> Answer | Flow:
        call.actor = await self._dialect.authenticate(call)
        route: Route
        route, call.path = self._find(call.scope)
        call.route = route
        call.scope["polyshare.route"] = route.template  # what metrics call this request
        writes = route.doing is Doing.WRITE
        try:
            if route.has_body or (writes and call.header(b"idempotency-key") is not None):
                await call.read_body(receive)
            if route.given is not None:
                call.given = route.given(call)
        except AtTheDoor as fault:
            call.fault = fault
        if writes:
            return await self._house.write(call.actor, partial(self._write, call))
        return await self._house.read(call.actor, partial(self._read, call))

    async def _read(self, call: Call, work: Work) -> Answer | Flow:
        return self._dialect.answer(call, await self._act(call, work))

    async def _act(self, call: Call, work: Work) -> Any:
        call.work = work
        call.seat = await self._dialect.admit(call)
        return await self._handle(call)

    async def _handle(self, call: Call) -> Any:
        route = call.route
        subject = None if route.subject is None else await route.subject(call)
        if call.fault is not None:
            raise call.fault
        return await route.handler(call, subject, call.given)

    async def _write(self, call: Call, work: Work) -> Answer:
        """The call, its encoded answer and, if it has a key, the memory of both: all of it or nothing."""
        call.work = work
        call.seat = await self._dialect.admit(call)
        key = call.header(b"idempotency-key")
        if key is None:
            return self._whole(call, await self._handle(call))
        request = _request(self._dialect.name, call, key)
        kept = await answered.begin(work.rows, request, work.now, self._forgotten_before(work.now))
        if kept is not None:
            headers = tuple((name.encode(), value.encode()) for name, value in json.loads(kept.headers))
            return Answer(kept.status, kept.body, headers)
        answer = self._whole(call, await self._handle(call))
        headers_text = json.dumps([(name.decode(), value.decode()) for name, value in answer.headers])
        await answered.fill(work.rows, request, answered.Kept(answer.status, headers_text, answer.body))
        return answer

    def _whole(self, call: Call, result: Any) -> Answer:
        answer = self._dialect.answer(call, result)
        if isinstance(answer, Flow):
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
        gone = asyncio.ensure_future(_until_gone(receive))
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


def _request(dialect: str, call: Call, key: str) -> answered.Request:
    if not (1 <= len(key) <= 255 and all("!" <= char <= "~" for char in key)):
        raise BadHeader("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
    # Not the path as it was spelled: with another prefix or a slash at its end it is the same call.
    named = json.dumps(call.path, sort_keys=True)
    query = call.scope["query_string"].decode("latin-1")
    name = f"{dialect} {call.route.method} {call.route.template} {named} ?{query}"
    return answered.Request(call.actor.credential, name, key, hashlib.sha256(call.body).hexdigest())


async def _send(scope: Scope, answer: Answer, send: Send) -> None:
    body = answer.body
    headers = list(answer.headers)
    if answer.status != 204:
        headers += [(b"content-type", JSON), (b"content-length", b"%d" % len(body))]
    if scope["method"] == "HEAD":
        body = b""
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
    except OSError:  # how a server says that nobody listens any more
        return


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
