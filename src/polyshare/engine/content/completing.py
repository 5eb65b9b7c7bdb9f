"""Uploads that are whole: they become the file, or the next version of one, that they were begun for."""

from collections.abc import AsyncIterator

from polyshare.domain.errors import WrongState
from polyshare.domain.events import What
from polyshare.domain.nodes import Node, Reach
from polyshare.domain.principals import Actor
from polyshare.domain.uploads import Upload, UploadPart
from polyshare.engine.content import storing, uploading
from polyshare.engine.content.storing import Staged
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import access, deeds
from polyshare.engine.tree.placing import locked
from polyshare.engine.work import House, Work
from polyshare.store.content import uploads, versions


async def is_kept(work: Work, actor: Actor, upload: int, size: int, via: int | None = None) -> bool:
    """
    Whether an upload became a file, or a version of one, of that size, so that its last piece, whose answer was lost, need not
    come again.

    Args:
        via: The grant by which it came, as for `uploading.begin`.

    Raises:
        NotFound, Insufficient: The file is there, but the actor may not go on.
    """
    if await uploads.one(work.rows, upload) is not None:
        return False
    version = await versions.of_upload(work.rows, upload)
    if version is None or (version.created_by, version.size) != (actor.id, size):
        return False
    deeds.allow_adding(await access.reach(work, actor.id, version.node, via=via))
    return True


async def finish(
    house: House, actor: Actor, upload: int, *, folded: bool = True, stays: bool = False
) -> Node:
    """
    Make an upload the file, or the next version, that it was begun for; nothing may be open while this is awaited.

    One that came in several pieces is put together first. It stays under way if this fails.

    Args:
        folded: Whether upper and lower case are the same in names.
        stays: Keep the upload under way, with what came so far; once more has come, it makes the next version.

    Raises:
        NotFound: As `uploading.find`; or the folder or file is gone or out of reach by now.
        Insufficient: The actor may not put it there any more.
        AlreadyThere: The name is in use by now, and is not to be.
        WrongState: Another piece came meanwhile.
        Unavailable: As `storing.stage`.
    """

    async def look(work: Work) -> tuple[Upload, list[UploadPart]]:
        found = await uploading.find(work, actor, upload)
        await uploading.target(work, actor, found)
        return found, await uploads.parts(work.rows, found.id)

    found, parts = await house.read(actor, look)
    is_whole = not stays and len(parts) == 1 and parts[0].size == parts[0].stored
    if is_whole:
        staged = Staged(parts[0].blob, parts[0].key, parts[0].stored, parts[0].sha256)
    else:
        staged = await storing.stage(house, _joined(house, parts), length=uploading.end_of(parts))

    async def keep(work: Work) -> Node:
        await work.note(What.UPLOAD_FINISHED, facts=facts(upload=upload))
        await locked(work, found.parent or found.node or 0)
        await uploading.find(work, actor, upload, lock=True)
        if await uploads.parts(work.rows, upload) != parts:
            raise WrongState("Another piece came meanwhile; finish the upload once all are there.")
        into = await uploading.target(work, actor, found)
        if not stays:
            await uploads.drop(work.rows, [upload], work.now, bytes_too=not is_whole)
        node = await _kept(work, found, into, staged, folded=folded)
        if stays:
            await uploads.becomes_version(work.rows, upload, node.id)
        elif node.id != upload:
            await versions.came_by(work.rows, node.id, node.version, upload)
        return node

    return await house.write(actor, keep)


async def _kept(work: Work, upload: Upload, into: Reach, staged: Staged, *, folded: bool) -> Node:
    if upload.parent is None:
        return await storing.add_version(work, into, staged, upload.mime)
    return await storing.keep(
        work, into, upload.name, staged, upload.mime, upload.taken, folded=folded, id_=upload.id
    )


async def _joined(house: House, parts: list[UploadPart]) -> AsyncIterator[bytes]:
    for part in parts:
        async for chunk in house.files.get(part.key, 0, part.size):
            yield chunk
