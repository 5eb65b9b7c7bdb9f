"""One request, read lazily: nothing is parsed before somebody asks for it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from polyshare.dialects.base.refusals import BadQuery, ClientGone, TooLarge, TooSlow
from polyshare.domain.principals import Actor, Seat
from polyshare.domain.views import Window
from polyshare.engine.work import House, Work

if TYPE_CHECKING:
    from polyshare.dialects.base.road import Route

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST = 2**63 - 1  # what a column holds


class Call:
    """
    One request on its way.

    `actor` is set once the credential is checked; `route` and `path` (identifiers by name) once the call is found;
    `given` once query or body are read, or `fault`, which waits for its turn; `work`, `seat` and the subject while its transaction is open. `window` is the
    stretch of a list that its handler fetches.
    """

    __slots__ = (
        "_headers",
        "_query",
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

    def __init__(self, scope: Scope, house: House) -> None:
        self.scope = scope
        self.house = house
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
            query = self._query = _parsed(self.scope["query_string"])
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

    async def read_body(self, receive: Receive) -> None:
        """
        Read the whole body into `body`.

        Raises:
            TooLarge: It is over the limit; the rest is left unread.
            TooSlow: It did not all arrive in time.
            ClientGone: The client hung up.
        """
        most_s = self.house.settings.body_timeout_s
        try:
            async with asyncio.timeout(most_s):
                await self._read_body(receive)
        except TimeoutError:
            raise TooSlow(most_s) from None

    async def _read_body(self, receive: Receive) -> None:
        limit = self.house.settings.body_limit_bytes
        announced = self.header(b"content-length")
        if announced is not None and announced.isdecimal() and int(announced[:20]) > limit:
            raise TooLarge(limit)
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise TooLarge(limit)
            parts.append(part)
            if not message.get("more_body", False):
                break
        self.body = parts[0] if len(parts) == 1 else b"".join(parts)


def _parsed(query: bytes) -> dict[str, list[str]]:
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
