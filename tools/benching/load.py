"""Makes requests over kept-alive loopback connections and notes how long each took; costs a fraction of any HTTP client."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"
LONGEST_S = 120.0  # no burst and no answer takes longer
ENOUGH_S = 20.0  # after this a burst asks no more: what is slow is asked less often

LAST_CHUNK = b"0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class WrongAnswer(Exception):
    """A request got another status than it should, or the connection broke."""


@dataclass(frozen=True, slots=True)
class Burst:
    """What some requests took: seconds in all, and of each one."""

    seconds: float
    each: Sequence[float]

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return len(self.each) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which *share* of the requests, 0 to 1, were answered."""
        return sorted(self.each)[min(int(len(self.each) * share), len(self.each) - 1)]


def request(
    method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers)]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class _Line(asyncio.Protocol):
    """One connection that sends its next request when it has the answer to the last."""

    def __init__(self, requests: Iterator[bytes], status: int) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.each: list[float] = []
        self._requests = requests
        self._status = b"HTTP/1.1 %d " % status
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP connections have
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Note the time once the answer is whole."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(self._status):
            self._end(WrongAnswer((head + b"\r\n\r\n" + body[:500]).decode("latin-1")))
        elif _is_whole(head, body):
            self.each.append(time.perf_counter() - self._sent)
            self._buffer = b""
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        self._end(error or WrongAnswer("the server closed the connection"))

    def _next(self) -> None:
        try:
            following = next(self._requests)
        except StopIteration:
            self._end(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(following)

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


def _is_whole(head: bytes, body: bytes) -> bool:
    """Whether an answer has all arrived; one without a length comes in chunks, of which JSON never looks like the last."""
    length = _LENGTH.search(head)
    return body.endswith(LAST_CHUNK) if length is None else len(body) >= int(length[1])


async def burst(port: int, requests: Sequence[bytes], status: int = 200, connections: int = 16) -> Burst:
    """
    Make *requests* as fast as they are answered, at most *connections* at a time; no new one after ENOUGH_S.

    Raises:
        WrongAnswer: One was not answered with *status*.
        TimeoutError: They were not all answered in time.
    """
    loop, queue = asyncio.get_running_loop(), _for_a_time(requests)
    began = time.perf_counter()
    async with asyncio.timeout(LONGEST_S):
        lines = [
            (await loop.create_connection(lambda: _Line(queue, status), HOST, port))[1]
            for _ in range(min(connections, len(requests)))
        ]
        await asyncio.gather(*(line.done for line in lines))
    return Burst(time.perf_counter() - began, [took for line in lines for took in line.each])


def _for_a_time(requests: Sequence[bytes]) -> Iterator[bytes]:
    began = time.perf_counter()
    for each in requests:
        if time.perf_counter() - began > ENOUGH_S:
            return
        yield each


async def drain(port: int, asked: bytes, longest_s: float = LONGEST_S) -> tuple[int, float]:
    """Read one answer of any length to its end, keeping nothing: how many bytes came, and in how many seconds."""
    began = time.perf_counter()
    async with asyncio.timeout(longest_s):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        size, first = 0, b""
        while part := await reader.read(1 << 16):
            first = first or part
            size += len(part)
        writer.close()
    if not first.startswith(b"HTTP/1.1 200 "):
        raise WrongAnswer(first[:500].decode("latin-1"))
    return size, time.perf_counter() - began
