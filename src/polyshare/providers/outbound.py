"""The way out of the house: HTTP calls that cannot be led to inner addresses, elsewhere, or on for ever."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpcore

from polyshare.domain.errors import Invalid, Unavailable
from polyshare.providers.base import NoTurn
from polyshare.providers.guard import GuardedNetwork, Network, Resolver, resolve

ANSWER_LIMIT_BYTES = 64 * 1024
CONNECTIONS = 20
_KEEPALIVE_S = 5.0
_TOO_BUSY = frozenset({429, 503})
_LONGEST_NUMBER = 9  # digits of a number of seconds, which is some thirty years


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go, taken apart once; made by `endpoint`."""

    secure: bool
    host: str
    port: int
    target: str
    authority: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is None when it is longer than was allowed; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None

    def retry_after_s(self, now_s: float) -> float | None:
        """
        How long one that is too busy asks to be left alone, in seconds of 0 or more; None: it does not say, or is not busy.

        Args:
            now_s: Seconds since the epoch.
        """
        text = self.headers.get("retry-after", "").strip()
        if self.status not in _TOO_BUSY or not text:
            return None
        if text.isascii() and text.isdecimal():
            return float(text[:_LONGEST_NUMBER])
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
        except (ValueError, OverflowError):
            return None


def endpoint(url: str) -> Endpoint:
    """
    Take a configured URL apart.

    Raises:
        Invalid: It is no plain http or https URL: one with a user's name, a fragment, or anything but visible ASCII.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Invalid(
            "A URL is made of visible ASCII; write other letters as xn--… in the host and %XX in the path."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid("This URL can't be read; use https://host/path or https://host:port/path.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid("A URL to be called is https://host/path or http://host/path.")
    if "@" in parts.netloc or parts.fragment:
        raise Invalid("A URL to be called carries no user, password or #fragment.")
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(secure, parts.hostname, port or (443 if secure else 80), target, parts.netloc)


class Outbound:
    """
    Calls one endpoint and what lies below it, CONNECTIONS calls at a time; more wait for their turn.

    No redirect is followed, no proxy is taken from the environment, and a call ends within `timeout_s` seconds of its turn.
    """

    def __init__(
        self,
        to: Endpoint,
        let_past: Iterable[Network] = (),
        timeout_s: float = 10.0,
        *,
        wait_s: float = 10.0,
        answer_limit_bytes: int = ANSWER_LIMIT_BYTES,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`wait_s` is the longest wait for a turn; `tls` replaces the certificates that the system and certifi trust."""
        self._to = to
        self.timeout_s = timeout_s
        self._answer_limit_bytes = answer_limit_bytes
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=(tls or httpcore.default_ssl_context()) if to.secure else None,
            max_connections=CONNECTIONS,
            keepalive_expiry=_KEEPALIVE_S,
            network_backend=GuardedNetwork(let_past, resolver),
        )
        self._wait_s = wait_s
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """
        Send *body* and read the answer, whatever its status.

        Raises:
            NoTurn, NotLetOut, Unavailable: As `get`.
        """
        return await self.call("POST", self._to.target, headers, body)

    async def get(self, headers: Mapping[str, str]) -> Answer:
        """
        Ask for what is there and read the answer, whatever its status.

        Raises:
            NoTurn: Others kept the endpoint busy for `wait_s` seconds.
            NotLetOut: The guard keeps the call from the endpoint's address.
            Unavailable: No answer came, or none in time; the message tells neither host nor address.
        """
        return await self.call("GET", self._to.target, headers)

    def below(self, path: str) -> str:
        """The target of *path*, which begins with a slash and needs no quoting, below the endpoint's own path."""
        return self._to.target.rstrip("/") + path

    async def call(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """
        Make a call to *target* at the endpoint's host, and read the answer, whatever its status.

        Raises:
            NoTurn, NotLetOut, Unavailable: As `get`.
        """
        async with self._counted(), self._turn():
            try:
                async with asyncio.timeout(self.timeout_s):
                    return await self._answered(method, target, headers, body)
            except (TimeoutError, httpcore.TimeoutException) as error:
                raise Unavailable(f"The endpoint did not answer within {self.timeout_s:g} s.") from error
            except httpcore.ConnectError as error:
                raise Unavailable("The endpoint could not be reached.") from error
            except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
                raise Unavailable("The endpoint broke off before its answer was complete.") from error

    async def close(self) -> None:
        """Take no more calls, let those under way finish, and close the connections."""
        self._closed = True
        await self._idle.wait()
        await self._pool.aclose()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """Counts a call as under way, so that closing waits for it."""
        if self._closed:
            raise Unavailable(
                "The connection to this endpoint was closed, as its settings changed or the server stops."
            )
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Waits for a turn, apart from the call's own time: a queue of ours is no slowness of theirs."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turns.acquire()
        except TimeoutError as error:
            raise NoTurn("Earlier calls keep the endpoint busy; this one did not get its turn.") from error
        try:
            yield
        finally:
            self._turns.release()

    async def _answered(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        url = httpcore.URL(
            scheme=b"https" if self._to.secure else b"http",
            host=self._to.host.encode(),
            port=self._to.port,
            target=target.encode(),
        )
        limits = {"connect": self.timeout_s}
        every = {"host": self._to.authority, "accept-encoding": "identity", **headers}
        async with self._pool.stream(
            method,
            url,
            headers=[(name.encode(), value.encode()) for name, value in every.items()],
            content=body,
            extensions={"timeout": limits},
        ) as response:
            read, most = bytearray(), self._answer_limit_bytes
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) > most:
                    break
            whole = None if len(read) > most else bytes(read)
            named = {
                name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers
            }
            return Answer(response.status, named, whole)
