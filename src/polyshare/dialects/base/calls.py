"""A call, read lazily (nothing is parsed before somebody asks for it), and the routes by which calls are answered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from polyshare.dialects.base.addresses import address_of
from polyshare.dialects.base.refusals import BadBody, BadQuery, ClientGone, TooLarge, TooSlow
from polyshare.domain.principals import Actor, Seat
from polyshare.domain.views import Window
from polyshare.engine.work import House, Work

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

T = TypeVar("T")

LARGEST = 2**63 - 1  # what a column holds
LEFT_BYTES, LEFT_S = 1_048_576, 0.5
"""How much of a body that is not wanted any more is still taken, and for how long."""


async def _nobody() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


class Call:
    """
    One request on its way.

    `actor` is set once the credential is checked; `route` and `path` (identifiers by name) once the call is found;
    `given` once query or body are read, or `fault`, which waits for its turn; `work`, `seat` and the subject while its transaction is open. `window` is the
    stretch of a list that its handler fetches. The handler of a call in STEPS has no `work`: it opens short transactions
    by `read` and `write`, and reads a long body by `chunks`.
    """

    __slots__ = (
        "_ended",
        "_headers",
        "_query",
        "_receive",
        "actor",
        "body",
        "fault",
        "given",
        "house",
        "path",
        "route",
        "scope",
        "seat",
        "window",
        "work",
    )

    actor: Actor
    route: "Route"
    seat: Seat
    work: Work

    def __init__(self, scope: Scope, house: House, receive: Receive = _nobody) -> None:
        self.scope = scope
        self.house = house
        self._receive = receive
        self._ended = False  # whether nothing more of the body comes or is wanted
        self.path: dict[str, str] = {}
        self.body = b""
        self.given: Any = None
        self.fault: Exception | None = None
        self.window = Window()
        self._headers: dict[bytes, bytes] | None = None
        self._query: dict[str, list[str]] | None = None

    @property
    def request_id(self) -> str:
        """The id under which this request is logged; empty when nobody gave it one."""
        return str(self.scope.get("polyshare.request_id", ""))

    def header(self, name: bytes) -> str | None:
        """The value of the header *name* (lower case); the last one if it came several times, None if it did not."""
        headers = self._headers
        if headers is None:
            headers = self._headers = dict(self.scope["headers"])
        value = headers.get(name)
        return None if value is None else value.decode("latin-1")

    def values(self, name: str) -> list[str]:
        """
        All values of the query parameter *name*, in the order sent; none if it was not sent.

        Raises:
            BadQuery: A value holds U+0000 or is not UTF-8.
        """
        query = self._query
        if query is None:
            query = self._query = parsed_pairs(self.scope["query_string"])
        values = query.get(name)
        if values is None:
            return []
        for value in values:
            if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
                raise BadQuery(name, f"{name} is not UTF-8.")
            if "\0" in value:
                raise BadQuery(name, f"{name} holds U+0000, which is not allowed.")
        return values

    def value(self, name: str) -> str | None:
        """The query parameter *name*, the last one if it came several times, None if it did not; raises BadQuery."""
        if not self.scope["query_string"]:
            return None
        values = self.values(name)
        return values[-1] if values else None

    @property
    def address(self) -> str:
        """The address of the client, as a trusted proxy tells it if it came through one; empty if nobody knows."""
        return address_of(self.scope, self.header(b"x-forwarded-for"), self.house.settings.trusted_proxies)

    async def read(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* on one consistent view of the database; only in STEPS, where nothing is open."""
        return await self.house.read(getattr(self, "actor", None), job)

    async def write(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* in one transaction, which is durable on return; only in STEPS, where nothing is open."""
        return await self.house.write(getattr(self, "actor", None), job)

    async def read_body(self) -> None:
        """
        Read the whole body into `body`.

        Raises:
            TooLarge: It is over the limit; the rest is left unread.
            TooSlow: It did not all arrive in time.
            ClientGone: It broke off.
        """
        most_s = self.house.settings.body_timeout_s
        try:
            async with asyncio.timeout(most_s):
                await self._read_body()
        except TimeoutError:
            self._ended = True
            raise TooSlow(most_s) from None

    async def _read_body(self) -> None:
        limit, receive = self.house.settings.body_limit_bytes, self._receive
        announced = self._announced()
        if announced is not None and announced > limit:
            self._ended = True
            raise TooLarge(limit)
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self._ended = True
                raise ClientGone
            part: bytes = message.get("body", b"")
            size += len(part)
            self._ended = not message.get("more_body", False)
            if size > limit:
                self._ended = True
                raise TooLarge(limit)
            parts.append(part)
            if self._ended:
                break
        self.body = parts[0] if len(parts) == 1 else b"".join(parts)

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """
        The body as it arrives, for a call that does not have it read whole; with or without an announced length.

        Args:
            limit: Most bytes that it may have.

        Raises:
            TooLarge: It is over the limit; the rest is left unread.
            BadBody: It has another length than announced.
            ClientGone: It broke off.
            TooSlow: Nothing came for `settings.upload_idle_s`.
        """
        announced, size, idle_s = self._announced(), 0, self.house.settings.upload_idle_s
        if announced is not None and announced > limit:
            self._ended = True
            raise TooLarge(limit)
        more = True
        while more:
            try:
                async with asyncio.timeout(idle_s):
                    message = await self._receive()
            except TimeoutError:
                self._ended = True
                raise TooSlow(idle_s, idle=True) from None
            if message["type"] == "http.disconnect":
                self._ended = True
                raise ClientGone
            part: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            self._ended = not more
            size += len(part)
            if size > limit:
                self._ended = True
                raise TooLarge(limit)
            if part:
                yield part
        if announced is not None and size != announced:
            raise BadBody(f"The request body has {size} bytes, Content-Length says {announced}.")

    async def let_finish(self) -> None:
        """
        Take what is left of a short body, before a refusal.

        Clients that look for the answer only when they have sent everything would find the connection closed instead.
        """
        announced = self._announced()
        if self._ended or (announced or 0) > LEFT_BYTES:
            return
        if announced in (None, 0) and self.header(b"transfer-encoding") is None:
            return
        left = LEFT_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEFT_S):
                while left > 0:
                    message = await self._receive()
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return
                    left -= len(message.get("body", b""))

    def _announced(self) -> int | None:
        """How long the body says that it is; None if it does not, or comes in chunks, which say so themselves."""
        length = self.header(b"content-length")
        if length is None or not (length.isascii() and length.isdecimal()):
            return None
        return None if self.header(b"transfer-encoding") is not None else int(length[:20])


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


def parsed_pairs(query: bytes) -> dict[str, list[str]]:
    """The values of each parameter of a query string; what is no UTF-8 becomes lone surrogates."""
    if not query:
        return {}
    text = query.decode("utf-8", "surrogateescape")
    if "%" in text or "+" in text:
        pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    else:  # nothing is escaped, as in most queries: quicker by hand
        pairs = [(part[0], part[2]) for part in map(_at_equals, text.split("&"))]
    parsed: dict[str, list[str]] = {}
    for key, value in pairs:
        parsed.setdefault(key, []).append(value)
    return parsed


def _at_equals(part: str) -> tuple[str, str, str]:
    return part.partition("=")
