"""New files and folders of a device, sent at once or in pieces."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.related import related
from polyshare.dialects.mycloud.routes import visits
from polyshare.dialects.mycloud.translate import files
from polyshare.dialects.mycloud.wire.files import NewFile
from polyshare.domain.errors import NotFound
from polyshare.domain.media import guessed
from polyshare.domain.nodes import Node, Taken
from polyshare.domain.uploads import Upload
from polyshare.engine.content import completing, storing, uploading
from polyshare.engine.content.uploading import NewUpload
from polyshare.engine.tree import filing, pointing
from polyshare.engine.work import Work

LONGEST_ABOUT = 64 * 1024
OVERHEAD = 1024 * 1024
"""How much longer than its file a body may be: the first part, headers and boundaries."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """What a file is to be, and its bytes as far as they come with it; None: none do."""

    about: NewFile
    mime: str
    chunks: AsyncIterator[bytes] | None


async def upload_file(call: Call, _: None, __: None) -> Answer:
    """POST {device}/sdk/v2/files: a whole file, or a folder."""
    arriving = await _arriving(call)
    if arriving.about.mimeType == files.FOLDER:
        async for _chunk in arriving.chunks or _nothing():  # a folder has no bytes, whatever is sent
            pass
        return await _made(call, await call.write(lambda work: _new_folder(call, work, arriving.about)))
    # What would be refused in the end is refused before the bytes are read.
    await call.read(lambda work: _allow(call, work, arriving))
    staged = await storing.stage(call.house, arriving.chunks or _nothing())

    async def keep(work: Work) -> Node:
        into = await visits.reach(call, work, arriving.about.parentID)
        uploading.allow(into)
        return await storing.keep(
            work, into, arriving.about.name, staged, arriving.mime, _taken(call), folded=False
        )

    return await _made(call, await call.write(keep))


async def _new_folder(call: Call, work: Work, about: NewFile) -> Node:
    into = await visits.reach(call, work, about.parentID)
    uploading.allow(into)
    return await filing.create_folder(work, into, about.name, taken=_taken(call), folded=False)


async def begin_upload(call: Call, _: None, __: None) -> Answer:
    """POST {device}/sdk/v2/files/resumable: a file in pieces, of which the first may come along."""
    arriving = await _arriving(call)

    async def begin(work: Work) -> Upload:
        into = await visits.reach(call, work, arriving.about.parentID)
        return await uploading.begin(work, call.actor, into, _new(call, arriving))

    upload = (await call.write(begin)).id
    if arriving.chunks is not None:
        await uploading.add_part(call.house, call.actor, upload, arriving.chunks, 0)
    if files.truth_in(call, "done"):
        return await _made(call, await completing.finish(call.house, call.actor, upload, folded=False))
    shown = await call.read(lambda work: pointing.shown_for(work, [upload]))
    return _created(shown[upload])


async def put_piece(call: Call, _: None, __: None) -> Answer:
    """PUT {device}/sdk/v2/files/{id}/resumable/content: the next piece, or the end, or both."""
    await _take(call)
    return Answer(204)


async def post_piece(call: Call, _: None, __: None) -> Answer:
    """POST {device}/sdk/v2/files/{id}/resumable: the same, with the address of the file in the answer."""
    await _take(call)
    return _created(call.path["file"])


async def _take(call: Call) -> None:
    at, is_done = files.offset_in(call), files.truth_in(call, "done")
    upload = await _under_way(call)
    chunks = call.chunks(call.house.settings.file_limit_bytes + OVERHEAD)
    await uploading.add_part(call.house, call.actor, upload, chunks, at)
    if is_done:
        await completing.finish(call.house, call.actor, upload, folded=False)


async def _under_way(call: Call) -> int:
    """The upload that the path names, by its own id or that of the file of which it is to be a version."""

    async def find(work: Work) -> int | None:
        number = await pointing.node(work, call.path["file"])
        if number is None:
            raise NotFound("item")
        try:
            found = await uploading.find(work, call.actor, number)
        except NotFound:
            await visits.reach(call, work, call.path["file"])
            try:
                found = await uploading.find_version(work, call.actor, number)
            except NotFound:
                return None
        await uploading.check_place(work, found, call.path["device"])
        return found.id

    async def begin(work: Work) -> int:
        reached = await visits.reach(call, work, call.path["file"])
        begun = await uploading.begin_version(work, call.actor, reached, reached.node.mime)
        return begun.id

    found = await call.read(find)
    return await call.write(begin) if found is None else found


async def _arriving(call: Call) -> Arriving:
    """The body of an upload: two parts, or the first alone as JSON."""
    limit = call.house.settings.file_limit_bytes + OVERHEAD
    if not (call.header(b"content-type") or "").lower().startswith("multipart/"):
        await call.read_body()
        about = files.new_file(call.body)
        return Arriving(about, about.mimeType or guessed(about.name), None)
    found = await related(call, LONGEST_ABOUT, limit)
    about = files.new_file(found.about)
    sent = found.content.mime if found.content is not None else ""
    mime = about.mimeType or sent or guessed(about.name)
    return Arriving(about, mime, found.content.chunks() if found.content is not None else None)


async def _allow(call: Call, work: Work, arriving: Arriving) -> None:
    into = await visits.reach(call, work, arriving.about.parentID)
    await uploading.check(work, into, _new(call, arriving))


def _new(call: Call, arriving: Arriving) -> NewUpload:
    return NewUpload(arriving.about.name, arriving.mime, _taken(call), folded=False)


def _taken(call: Call) -> Taken:
    return Taken.NUMBER if files.truth_in(call, "resolveNameConflict") else Taken.REFUSE


async def _made(call: Call, node: Node) -> Answer:
    shown = await call.read(lambda work: pointing.shown_for(work, [node.id]))
    return _created(shown[node.id])


def _created(id_: str) -> Answer:
    """The address of a file, which clients join to that of the device or cut behind its last slash."""
    return Answer(201, headers=((b"location", f"/sdk/v2/files/{id_}".encode()),))


async def _nothing() -> AsyncIterator[bytes]:
    for none in list[bytes]():
        yield none


_FILES = "/{device}/sdk/v2/files"

ROUTES = (
    Route("POST", _FILES, upload_file, Doing.STEPS, status=201),
    Route("POST", f"{_FILES}/resumable", begin_upload, Doing.STEPS, status=201),
    Route("PUT", f"{_FILES}/{{file}}/resumable/content", put_piece, Doing.STEPS, status=204),
    Route("POST", f"{_FILES}/{{file}}/resumable", post_piece, Doing.STEPS, status=201),
)
