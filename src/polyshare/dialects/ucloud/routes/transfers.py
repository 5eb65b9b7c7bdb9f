"""
How the bytes of files come and go: an address is asked for with a token, then called by whoever has it.

Source: UCloud developer guide, "Files" (createUpload, createDownload) and "Upload Protocol".
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from polyshare.dialects.base import downloads
from polyshare.dialects.base.answers import Stream
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.refusals import BadHeader
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import transfers as translate
from polyshare.dialects.ucloud.translate.files import TAKEN_BY_UPLOADS, demand_chunks
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.translate.transfers import Chunk
from polyshare.dialects.ucloud.wire import files as wire
from polyshare.dialects.ucloud.wire.common import Nothing, Responses
from polyshare.domain.errors import WrongState
from polyshare.domain.media import guessed
from polyshare.domain.nodes import NodeKind
from polyshare.engine import addressing
from polyshare.engine.content import completing, storing, uploading
from polyshare.engine.content.storing import Download
from polyshare.engine.content.uploading import NewUpload
from polyshare.engine.credentials import tickets
from polyshare.engine.credentials.tickets import FETCHING_US, For, Ticket
from polyshare.engine.tree import access, deeds, reaching
from polyshare.engine.work import Work

UPLOAD, DOWNLOAD = "/ucloud/{provider}/chunked/upload", "/ucloud/{provider}/download"


async def begin_uploads(call: Call, _: Any, items: Sequence[wire.NewUpload]) -> Responses:
    """POST /api/files/upload: with the folders above, where they are missing."""
    for item in items:
        demand_chunks(item)

    async def begin(work: Work) -> list[tuple[str, Ticket]]:
        return [await _begun(call, work, item) for item in items]

    begun = await call.write(begin)
    texts = await tickets.spelled(call.house, [ticket for _, ticket in begun])
    return Responses(
        [
            wire.UploadSession(_address(call, UPLOAD, provider), "CHUNKED", text)
            for (provider, _), text in zip(begun, texts, strict=True)
        ]
    )


async def _begun(call: Call, work: Work, item: wire.NewUpload) -> tuple[str, Ticket]:
    into, name = await reaching.above(work, call.actor.id, item.id, make=True)
    taken = TAKEN_BY_UPLOADS[item.conflictPolicy]
    new = NewUpload(name, guessed(name), taken, folded=False, via=into.drive.via)
    upload = await uploading.begin(work, call.actor, into.reach, new)
    ticket = Ticket(For.BRINGING, upload.id, call.actor.id, into.drive.via or 0)
    return into.drive.product.provider, ticket


class Counted:
    """A body as it comes, and how many bytes did."""

    __slots__ = ("_chunks", "size")

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """What comes."""
        async for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk

    async def drained(self) -> Nothing:
        """Take what comes, and keep none of it."""
        async for _ in self._chunks:
            pass
        return Nothing()


async def take_chunk(call: Call, _: None, chunk: Chunk) -> Nothing:
    """POST to the address that was given: bytes of a file, at an offset or behind those that are there."""
    ticket = await tickets.read(call.house, For.BRINGING, chunk.ticket)
    body = Counted(call.chunks(translate.LARGEST_CHUNK))
    if chunk.total is not None and await call.read(lambda work: _is_kept(work, ticket, chunk)):
        return await body.drained()
    there = await uploading.add_part(call.house, ticket.actor, ticket.subject, body.chunks(), chunk.at)
    if chunk.total is not None and there > chunk.total:
        raise BadHeader(
            "Chunked-Upload-Total-Size", f"The file was to have {chunk.total} bytes; it has {there} by now."
        )
    # Where nobody said how long the file is, it is as long as what came, and more may come; nothing comes behind nothing.
    ends = chunk.total is None and body.size < translate.LARGEST_CHUNK
    if ends or there == chunk.total:
        stays = ends and body.size > 0
        await completing.finish(call.house, ticket.actor, ticket.subject, folded=False, stays=stays)
    return Nothing()


async def _is_kept(work: Work, ticket: Ticket, chunk: Chunk) -> bool:
    """Whether the file is whole, and the answer to its last piece was lost."""
    size = chunk.total or 0
    return await completing.is_kept(work, ticket.actor, ticket.subject, size, ticket.via or None)


async def begin_downloads(call: Call, _: Any, items: Sequence[wire.FindByPath]) -> Responses:
    """POST /api/files/download."""

    async def find(work: Work) -> list[tuple[str, Ticket]]:
        return [await _found(call, work, item) for item in items]

    found = await call.read(find)
    texts = await tickets.spelled(call.house, [ticket for _, ticket in found])
    return Responses(
        [
            wire.DownloadSession(f"{_address(call, DOWNLOAD, provider)}?token={text}")
            for (provider, _), text in zip(found, texts, strict=True)
        ]
    )


async def _found(call: Call, work: Work, item: wire.FindByPath) -> tuple[str, Ticket]:
    spot = await reaching.at(work, call.actor.id, item.id)
    if spot.reach.node.kind is not NodeKind.FILE:
        raise WrongState("Only a file has content; name a file.")
    until = call.house.clock() + FETCHING_US
    ticket = Ticket(For.FETCHING, spot.reach.node.id, call.actor.id, spot.drive.via or 0, until)
    return spot.drive.product.provider, ticket


async def send_bytes(call: Call, _: None, __: None) -> Stream:
    """GET and HEAD of the address that was given: the file as it is now, whole or in part."""
    ticket = await tickets.read(call.house, For.FETCHING, call.value("token"))

    async def open_it(work: Work) -> Download:
        reached = await access.reach(work, ticket.person, ticket.subject, via=ticket.via or None)
        deeds.allow_reading(reached)
        return await storing.open_version(work, reached)

    return downloads.streamed(call, await call.read(open_it))


def _address(call: Call, template: str, provider: str) -> str:
    return addressing.root(call.house.settings) + template.replace("{provider}", translate.segment(provider))


ROUTES = (
    Route(
        "POST", "/api/files/upload", begin_uploads, Doing.STEPS, Bulk(wire.NewUpload), active_project, True
    ),
    Route(
        "POST",
        "/api/files/download",
        begin_downloads,
        Doing.STEPS,
        Bulk(wire.FindByPath),
        active_project,
        True,
    ),
    Route("POST", UPLOAD, take_chunk, Doing.STEPS, translate.chunk_in, is_open=True),
    Route("GET", DOWNLOAD, send_bytes, Doing.STEPS, is_open=True),
    Route("HEAD", DOWNLOAD, send_bytes, Doing.STEPS, is_open=True),
)
