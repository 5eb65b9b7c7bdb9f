"""Sending answers: whole ones, and bytes that flow from wherever they are kept."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

from polyshare.dialects.base.answers import Answer, Stream
from polyshare.dialects.base.calls import Receive, Scope, Send


async def send_whole(scope: Scope, answer: Answer, send: Send) -> None:
    """Send an answer that is in memory; to HEAD without its body."""
    body = answer.body
    headers = list(answer.headers)
    if answer.status != 204:
        headers += [(b"content-type", answer.media), (b"content-length", b"%d" % len(body))]
    if scope["method"] == "HEAD":
        body = b""
    if await _sent(send, {"type": "http.response.start", "status": answer.status, "headers": headers}):
        await _sent(send, {"type": "http.response.body", "body": body})


def adding(headers: tuple[tuple[bytes, bytes], ...], send: Send) -> Send:
    """Sends what it is given, with these headers."""

    async def send_more(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return send_more


class Outflow:
    """A stream whose first bytes are fetched before its answer begins, so that their failing can still be told."""

    __slots__ = ("_chunks", "_first", "_stream")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks: AsyncIterator[bytes] | None = None
        self._first = b""

    async def open(self) -> None:
        """Fetch the first bytes; raises what the source raises."""
        if self._stream.length:
            self._chunks = self._stream.chunks()
            try:
                self._first = await anext(self._chunks, b"")
            except BaseException:
                await self._close()
                raise

    async def pour(self, receive: Receive, send: Send) -> None:
        """
        Send everything, unless the client goes away first.

        An error in the middle can't be told any more: it breaks the answer off, which every client notices by its
        length, and goes on to whoever runs this application, who logs it.

        Raises:
            RuntimeError: The source had fewer or more bytes than it announced.
        """
        stream = self._stream
        gone = asyncio.ensure_future(until_gone(receive))
        headers = list(stream.headers)
        if stream.status not in (204, 304) and all(name != b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % stream.length))
        try:
            if not await _sent(
                send, {"type": "http.response.start", "status": stream.status, "headers": headers}
            ):
                return
            left = stream.length
            async for chunk in self._all():
                left -= len(chunk)
                if left < 0:
                    raise RuntimeError(f"the source of a stream of {stream.length} bytes has more")
                if gone.done() or not await _sent(
                    send, {"type": "http.response.body", "body": chunk, "more_body": True}
                ):
                    return
            if left and self._chunks is not None:
                raise RuntimeError(f"the source of a stream of {stream.length} bytes lacks {left}")
            await _sent(send, {"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await self._close()

    async def _all(self) -> AsyncIterator[bytes]:
        if self._chunks is None:  # asked by HEAD, or empty
            return
        yield self._first
        async for chunk in self._chunks:
            yield chunk

    async def _close(self) -> None:
        close = getattr(self._chunks, "aclose", None)
        if close is not None:
            await close()


async def until_gone(receive: Receive) -> None:
    """Return when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _sent(send: Send, message: MutableMapping[str, Any]) -> bool:
    """Send, and tell whether anybody listens: a server says that nobody does by an OSError."""
    try:
        await send(message)
    except OSError:
        return False
    return True
