"""The one road from HTTP to the engine: what happens to each request of a dialect."""

import asyncio
import hashlib
import json
from functools import partial
from typing import Any

import structlog

from polyshare.dialects.base.answers import JSON, STRETCH, Answer, Flow, Listed, Stream, between_brackets
from polyshare.dialects.base.calls import Call, Doing, Receive, Route, Scope, Send
from polyshare.dialects.base.dialect import Dialect, told
from polyshare.dialects.base.refusals import AtTheDoor, BadBody, BadHeader, ClientGone
from polyshare.dialects.base.routing import Table
from polyshare.dialects.base.sending import Outflow, adding, send_whole, until_gone
from polyshare.domain.errors import Unavailable
from polyshare.domain.views import Window
from polyshare.engine.memory.braking import Brakes
from polyshare.engine.work import House, Work
from polyshare.store.process import answered

log = structlog.get_logger()

HOUR_US = 3_600_000_000


_READY = (Answer, Stream)


class Road:
    """
    An ASGI application that speaks one dialect.

    What is wrong is told in this order: credential, route and identifiers, permission, existence, query or body, state.
    """

    def __init__(self, dialect: Dialect, house: House) -> None:
        self._dialect = dialect
        self._house = house
        self._find = Table(
            dialect.prefixes, dialect.routes, dialect.is_id, folds_slashes=dialect.folds_slashes
        ).find
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
            send = adding(self._dialect.headers(call), send)
        outflow: Outflow | None = None
        try:
            answer = await self._answer(call)
            if isinstance(answer, Stream):
                outflow = Outflow(answer)
                if scope["method"] != "HEAD":
                    await outflow.open()
        except ClientGone:
            answer = self._refuse(call, BadBody("The request body broke off before its end."))
        except Exception as error:  # noqa: BLE001 - the last one who could: whatever it is gets an answer
            answer = self._refuse(call, error)
            await call.let_finish()
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


def _request(dialect: str, call: Call, key: str) -> answered.Request:
    if not (1 <= len(key) <= 255 and all("!" <= char <= "~" for char in key)):
        raise BadHeader("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
    # Not the path as it was spelled: with another prefix or a slash at its end it is the same call.
    named = json.dumps(call.path, sort_keys=True)
    query = call.scope["query_string"].decode("latin-1")
    name = f"{dialect} {call.route.method} {call.route.template} {named} ?{query}"
    return answered.Request(call.actor.credential, name, key, hashlib.sha256(call.body).hexdigest())
