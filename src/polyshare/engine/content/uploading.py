"""Files that come in pieces, over hours and several connections, and become files once they are whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from polyshare.domain.errors import AlreadyThere, LimitReached, NotFound, WrongState
from polyshare.domain.events import What
from polyshare.domain.nodes import NodeKind, Reach, Taken, checked_node_name
from polyshare.domain.principals import Actor
from polyshare.domain.uploads import Upload, UploadPart
from polyshare.engine.content import storing
from polyshare.engine.content.storing import Staged
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import access, deeds
from polyshare.engine.work import House, Work
from polyshare.store.content import blobs, uploads, versions
from polyshare.store.tree import drives, nodes

KEPT_US = 24 * 3600 * 1_000_000
"""How long an upload waits for its next piece."""

MOST_OPEN = 1000
"""Uploads that a person may have begun at a time."""

MOST_PARTS = 10_000
BATCH = 100
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class NewUpload:
    """
    A file that is to come: its name and type, and what happens when the name is in use.

    `via` is the grant by which its folder was reached, if that one alone is to open it.
    """

    name: str
    mime: str
    taken: Taken = Taken.REFUSE
    folded: bool = True
    via: int | None = None


async def begin(work: Work, actor: Actor, into: Reach, new: NewUpload) -> Upload:
    """
    Begin to upload a file into a folder; nothing shows it before `completing.finish`.

    Raises:
        Insufficient: The actor may put nothing there.
        WrongState: *into* is no folder.
        Invalid: The name can't be one.
        AlreadyThere: The name is in use, and is not to be.
        LimitReached: The actor has begun too many.
    """
    name = await check(work, into, new)
    upload = Upload(
        work.new_id(),
        actor.id,
        into.node.id,
        None,
        name,
        new.mime,
        new.taken,
        work.now,
        work.now + KEPT_US,
        new.via,
    )
    return await _begun(work, upload)


async def check(work: Work, into: Reach, new: NewUpload) -> str:
    """
    What would be refused of an upload in the end, before its bytes are read; the name as it will be, but for a number.

    Raises:
        Insufficient, WrongState, Invalid, AlreadyThere: As `begin`.
    """
    allow(into)
    name = checked_node_name(new.name, "name")
    if new.taken is Taken.REFUSE:
        there = await versions.namesake(work.rows, into.node.id, name, folded=new.folded)
        if there is not None:
            raise AlreadyThere(f"There is something named {there.name!r} already; choose another name.")
    return name


def allow(into: Reach) -> None:
    """Let only those pass who may put something there; raises Insufficient, or WrongState if nothing can lie there."""
    deeds.allow_adding(into)
    if into.node.kind is not NodeKind.FOLDER:
        raise WrongState("Only a folder can have something in it; name a folder.")


async def begin_version(work: Work, actor: Actor, reach: Reach, mime: str) -> Upload:
    """
    Begin to upload the next version of a file.

    Raises:
        Insufficient: The actor may not change it.
        WrongState: It is no file.
        LimitReached: The actor has begun too many.
    """
    deeds.allow_adding(reach)
    if reach.node.kind is not NodeKind.FILE:
        raise WrongState("Only a file has content; name a file.")
    return await _begun(
        work,
        Upload(
            work.new_id(),
            actor.id,
            None,
            reach.node.id,
            reach.node.name,
            mime,
            Taken.VERSION,
            work.now,
            work.now + KEPT_US,
        ),
    )


async def _begun(work: Work, upload: Upload) -> Upload:
    await work.note(What.UPLOAD_BEGUN, facts=facts(upload=upload.id))
    if await uploads.count(work.rows, upload.person) >= MOST_OPEN:
        raise LimitReached("uploads that are neither whole nor given up", MOST_OPEN)
    await uploads.add(work.rows, upload)
    return upload


async def find(work: Work, actor: Actor, upload: int, *, lock: bool = False) -> Upload:
    """
    An upload under way, for who began it.

    Raises:
        NotFound: There is none, it has expired, or it is another's; `what` is "upload".
    """
    found = await uploads.one(work.rows, upload, lock=lock)
    if found is None or found.person != actor.id or found.expires_at <= work.now:
        raise NotFound("upload")
    return found


async def find_version(work: Work, actor: Actor, node: int) -> Upload:
    """
    The actor's latest upload under way of a next version of a file; raises NotFound.

    Who uploads a new file names the upload by its id; of a new version, the file's own id is all that a client knows.
    """
    found = await uploads.of_node(work.rows, node, actor.id, work.now)
    if found is None:
        raise NotFound("upload")
    return found


async def check_place(work: Work, upload: Upload, device: str) -> None:
    """
    Let only what is to lie on a device pass.

    Raises:
        NotFound: It is for another, or what it is for is gone.
    """
    found = await nodes.one(work.rows, upload.parent or upload.node or 0)
    drive = None if found is None else await drives.one(work.rows, found.drive)
    if drive is None or drive.device != device:
        raise NotFound("upload")


async def received(work: Work, upload: Upload) -> int:
    """How many bytes there are by now, all from the beginning."""
    return end_of(await uploads.parts(work.rows, upload.id))


async def add_part(
    house: House,
    actor: Actor,
    upload: int,
    stream: AsyncIterator[bytes],
    at: int | None = None,
    length: int | None = None,
) -> int:
    """
    Store the next piece of an upload, durably; nothing may be open while this is awaited.

    A piece that begins before the end of what is there replaces everything from there on, so that one whose answer was
    lost can be sent again.

    Args:
        at: Where it begins; None: after what is there.
        length: How many bytes were announced; None: nobody said.

    Returns:
        How many bytes there are now.

    Raises:
        NotFound: As `find`; or what it is for is gone or out of reach by now.
        Insufficient: The actor may not put it there any more.
        WrongState: It begins beyond the end of what is there, or another piece came meanwhile.
        TooLarge: The file would be larger than files may be.
        LimitReached: Too many pieces.
        Invalid, Unavailable: As `storing.stage`.
    """
    known = await house.read(actor, lambda work: _there(work, actor, upload))
    start = known if at is None else at
    _check_no_gap(known, start)
    first = await anext(stream, b"")
    if not first:
        return known
    left = max(house.settings.file_limit_bytes - start, 0)
    staged = await storing.stage(house, _from(first, stream), left, length)

    async def add(work: Work) -> int:
        return await _add(work, await find(work, actor, upload, lock=True), staged, start, appends=at is None)

    return await house.write(actor, add)


async def _there(work: Work, actor: Actor, upload: int) -> int:
    """How many bytes of an upload there are, for who began it and may still go on."""
    found = await find(work, actor, upload)
    await target(work, actor, found)
    return await received(work, found)


async def _add(work: Work, upload: Upload, staged: Staged, start: int, *, appends: bool) -> int:
    parts = await uploads.parts(work.rows, upload.id)
    if any(part.blob == staged.blob for part in parts):  # a re-run of this very transaction
        return end_of(parts)
    there = end_of(parts)
    _check_no_gap(there, start)
    if appends and start != there:
        raise WrongState(f"Another piece came meanwhile; go on at byte {there}.")
    if len(parts) >= MOST_PARTS:
        raise LimitReached("pieces of an upload", MOST_PARTS)
    if start < there:
        across = next((part for part in parts if part.start < start < part.end), None)
        await uploads.cut(work.rows, upload.id, start, work.now, across)
    if not await blobs.take(work.rows, staged.blob):
        raise NotFound("upload")
    await uploads.add_part(work.rows, upload.id, start, staged.size, staged.blob)
    await uploads.renew(work.rows, upload.id, work.now + KEPT_US)
    return start + staged.size


async def give_up(work: Work, upload: Upload) -> None:
    """Forget an upload; its bytes are collected."""
    await work.note(What.UPLOAD_GIVEN_UP, facts=facts(upload=upload.id))
    await uploads.drop(work.rows, [upload.id], work.now, bytes_too=True)


async def give_up_expired(house: House) -> None:
    """Forget uploads whose next piece never came."""

    async def job(work: Work) -> int:
        found = await uploads.expired(work.rows, work.now, BATCH)
        if found:
            await uploads.drop(work.rows, found, work.now, bytes_too=True)
        return len(found)

    for _ in range(ROUNDS):
        if await house.write(None, job) < BATCH:
            break


async def target(work: Work, actor: Actor, upload: Upload) -> Reach:
    """The folder or file that an upload is for, if the actor may still change it."""
    reach = await access.reach(work, actor.id, upload.parent or upload.node or 0, via=upload.via)
    deeds.allow_adding(reach)
    return reach


def _check_no_gap(there: int, start: int) -> None:
    if start > there:
        raise WrongState(f"The bytes up to {there} are there; go on at byte {there}.")


def end_of(parts: list[UploadPart]) -> int:
    """How many bytes these pieces are, all from the beginning."""
    return parts[-1].end if parts else 0


async def _from(first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in stream:
        yield chunk
