"""Bytes in a bucket that speaks S3, through obstore."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from polyshare.domain.errors import Taken, Unavailable
from polyshare.files.bytes import (
    CHUNK_BYTES,
    THREADS,
    Intake,
    Kept,
    Stored,
    blocks,
    checked_key,
    finished,
    in_thread,
)

PART_BYTES = 8 * 1024 * 1024
MOST_PARTS = 9_000
"""S3 takes at most 10,000 parts; longer uploads get larger parts."""

PARTS_AT_ONCE = 2
WINDOW_BYTES = 4 * 1024 * 1024
"""What one request reads. Each is short, so that a slow reader never keeps one waiting until it is cut off."""

OPTIONS = ("endpoint", "region", "virtual_hosted_style_request")
GONE = "The bytes of this file are not in the bucket; bring them back from a backup."


class S3Bytes:
    """
    A byte store in a bucket.

    Nothing is to be seen in the bucket before it is whole: what is longer than one part goes up as a multipart upload,
    which is aborted when its stream breaks. An upload whose process was killed stays invisible; a lifecycle rule of the
    bucket for incomplete uploads frees its space.
    """

    def __init__(self, store: S3Store, name: str) -> None:
        self.name = name
        self._store = store
        self._threads = ThreadPoolExecutor(THREADS, "bytes")

    @classmethod
    def of(cls, url: str, credentials: tuple[str, str] | None) -> "S3Bytes":
        """The byte store that `s3://bucket/prefix?endpoint=…&region=…` names."""
        parts = urlsplit(url)
        options: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = sorted(set(options) - set(OPTIONS))
        if unknown or not parts.netloc or parts.fragment or "@" in parts.netloc:
            raise ValueError("name the bucket as s3://bucket/prefix?endpoint=https://…&region=…")
        options.setdefault("region", "us-east-1")
        if credentials is not None:
            options["access_key_id"], options["secret_access_key"] = credentials
        plain = str(options.get("endpoint", "")).startswith("http://")
        store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=options,  # type: ignore[arg-type] # names checked above
            client_options={"allow_http": plain, "timeout": "120s", "connect_timeout": "5s"},
            retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=30)},
        )
        return cls(store, f"s3://{parts.netloc}{parts.path}")

    async def put(self, key: str, stream: AsyncIterable[bytes], limit: int) -> Stored:
        """See `Bytes.put`."""
        checked_key(key)
        intake = Intake(limit)
        async with contextlib.aclosing(self._digested(stream, intake)) as incoming:
            head: list[bytes] = []
            async for block in incoming:
                head.append(block)
                if intake.size >= PART_BYTES:
                    await self._put_long(key, head, incoming, max(PART_BYTES, -(-limit // MOST_PARTS)))
                    return Stored(key, intake.size, intake.sha256)
        await self._send(key, b"".join(head))
        return Stored(key, intake.size, intake.sha256)

    async def _digested(self, stream: AsyncIterable[bytes], intake: Intake) -> AsyncGenerator[bytes, None]:
        async with contextlib.aclosing(blocks(stream, intake)) as incoming:
            async for block in incoming:
                await in_thread(self._threads, intake.digest, block)
                yield block

    async def _send(self, key: str, body: bytes) -> None:
        """One request; where this is cancelled meanwhile, what it wrote is removed again."""
        sending = asyncio.ensure_future(obstore.put_async(self._store, key, body, mode="create"))
        try:
            with _failing():
                await asyncio.shield(sending)
        except asyncio.CancelledError:
            await finished(sending)
            if sending.exception() is None:
                await self.delete(key)
            raise

    async def _put_long(
        self, key: str, head: list[bytes], rest: AsyncIterator[bytes], part_bytes: int
    ) -> None:
        """
        Send *head* and the *rest* as a multipart upload.

        The library pulls its source from threads of its own; blocks reach it through a queue, so that a stream that
        breaks or is cancelled here ends there as an error, upon which it aborts the upload.
        """
        queue: asyncio.Queue[bytes | _Broken | None] = asyncio.Queue(1)

        async def source() -> AsyncIterator[bytes]:
            while (block := await queue.get()) is not None:
                if isinstance(block, _Broken):
                    raise block
                yield block

        sending = asyncio.ensure_future(
            obstore.put_async(
                self._store,
                key,
                source(),
                use_multipart=True,
                chunk_size=part_bytes,
                max_concurrency=PARTS_AT_ONCE,
            )
        )
        try:
            for block in head:
                await _handed(queue, block, sending)
            head.clear()
            async for block in rest:
                await _handed(queue, block, sending)
            await _handed(queue, None, sending)
            with _failing():
                await asyncio.shield(sending)
        except BaseException:
            await self._abort(key, queue, sending)
            raise

    async def _abort(self, key: str, queue: "asyncio.Queue[Any]", sending: "asyncio.Future[Any]") -> None:
        """Break the upload and wait until it is aborted; one that was done just before is removed."""
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(_Broken())
        await finished(sending)
        if not sending.cancelled() and sending.exception() is None:
            await self.delete(key)

    async def get(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """See `Bytes.get`."""
        checked_key(key)
        while start < end:
            with _failing():
                window = await obstore.get_range_async(
                    self._store, key, start=start, end=min(start + WINDOW_BYTES, end)
                )
            view = memoryview(window)
            if not view:
                raise Unavailable(f"The bytes {key} end at {start}; they should go on to {end}.")
            for at in range(0, len(view), CHUNK_BYTES):
                yield bytes(view[at : at + CHUNK_BYTES])
            start += len(view)

    async def delete(self, key: str) -> None:
        """See `Bytes.delete`."""
        with _failing(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, checked_key(key))

    async def everything(self) -> AsyncIterator[Kept]:
        """See `Bytes.everything`."""
        with _failing():
            async for some in obstore.list(self._store, chunk_size=1000):
                for each in some:
                    yield Kept(
                        each["path"], each["size"], round(each["last_modified"].timestamp() * 1_000_000)
                    )

    async def tidy(self) -> int:
        """See `Bytes.tidy`; a bucket forgets incomplete uploads by a rule of its own."""
        return 0

    async def close(self) -> None:
        """See `Bytes.close`."""
        self._threads.shutdown(wait=False)


class _Broken(Exception):
    """What the library is told when the stream has broken."""


async def _handed(queue: "asyncio.Queue[Any]", block: bytes | None, sending: "asyncio.Future[Any]") -> None:
    """Hand a block on, unless the upload has failed by then."""
    handing = asyncio.ensure_future(queue.put(block))
    try:
        await asyncio.wait({handing, sending}, return_when=asyncio.FIRST_COMPLETED)
        if not handing.done():
            with _failing():
                sending.result()
            raise Unavailable("The bucket ended the upload before its time.")
    finally:
        handing.cancel()


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """Turn what the library says into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise Unavailable(GONE) from error
    except AlreadyExistsError as error:
        raise Taken("bytes_key") from error
    except (BaseError, OSError) as error:
        reason = str(error).partition("\n")[0][:300]
        raise Unavailable(f"The bucket did not do what it was asked: {reason}") from error
