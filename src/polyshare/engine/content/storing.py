"""Files: bytes staged before any transaction, kept as a new file or a new version, and opened again."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, replace

from polyshare.domain.errors import Invalid, NotFound, TooLarge, Unavailable, WrongState
from polyshare.domain.events import What
from polyshare.domain.media import settled
from polyshare.domain.nodes import Node, NodeKind, Reach, Taken, Version, checked_node_name
from polyshare.domain.shares import touched
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree.placing import check_folder, locked, new_node, settled_name
from polyshare.engine.work import House, Work
from polyshare.files.bytes import new_key
from polyshare.store.content import blobs, versions
from polyshare.store.tree import nodes

HOLD_US = 3600 * 1_000_000
"""How long staged bytes are kept for somebody to refer to them; an upload that goes on renews that."""

RENEW_US = HOLD_US // 6
ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Staged:
    """
    Bytes that are stored and that nothing refers to yet.

    Attributes:
        sha256: Their digest as hex.
        changed_at: When whoever brings them says that they changed last, in microseconds; None: now.
    """

    blob: int
    key: str
    size: int
    sha256: str
    changed_at: int | None = None

    def changed(self, now: int) -> int:
        """When they changed last: neither before 1970 nor in the future."""
        return now if self.changed_at is None else min(max(self.changed_at, 0), now)


@dataclass(frozen=True, slots=True)
class Download:
    """
    A version of a file, ready to be read.

    Attributes:
        name: The file's name now, whichever version this is.
        modified_at: When the content of this version came to be, in microseconds.
    """

    key: str
    size: int
    sha256: str
    mime: str
    name: str
    modified_at: int
    number: int

    @property
    def etag(self) -> str:
        """A strong entity tag, with its quotes: the same bytes have the same."""
        return f'"{self.sha256}"'


async def stage(
    house: House, stream: AsyncIterable[bytes], limit: int | None = None, length: int | None = None
) -> Staged:
    """
    Store bytes for a file to come; nothing shows them until `keep` or `add_version`.

    What is staged and never kept, also because this process died, is collected.

    Args:
        limit: Most bytes; never more than the setting `file_limit_bytes`.
        length: How many were announced; None: nobody said.

    Raises:
        TooLarge: More bytes than the limit; if that was announced, none is read.
        Invalid: Not as many bytes as were announced.
        Unavailable: The byte store or the database did not take them.
    """
    most = house.settings.file_limit_bytes
    limit = most if limit is None else min(limit, most)
    if length is not None and length > limit:
        raise TooLarge(limit)
    key = new_key()

    async def announce(work: Work) -> int:
        blob = work.new_id()
        await blobs.add(work.rows, blob, key, work.now, work.now + HOLD_US)
        return blob

    blob = await house.write(None, announce)
    stored = await house.files.put(key, _watched(house, blob, stream, length), limit)

    async def fill(work: Work) -> bool:
        return await blobs.fill(work.rows, blob, stored.size, stored.sha256, work.now + HOLD_US)

    if not await house.write(None, fill):
        await house.files.delete(key)
        raise Unavailable("The upload took too long between two of its pieces; send it again.")
    return Staged(blob, key, stored.size, stored.sha256)


async def _watched(
    house: House, blob: int, stream: AsyncIterable[bytes], length: int | None
) -> AsyncIterator[bytes]:
    """The stream, held against the length announced; while it flows its bytes are not collected."""
    size, renewed = 0, house.clock()
    async for chunk in stream:
        size += len(chunk)
        if length is not None and size > length:
            break
        if (now := house.clock()) >= renewed + RENEW_US:
            renewed = now
            await _renew(house, blob)
        yield chunk
    if length is not None and size != length:
        raise Invalid(
            f"The upload should have {length} bytes as announced; it had {'more' if size > length else size}."
        )


async def _renew(house: House, blob: int) -> None:
    async def renew(work: Work) -> bool:
        return await blobs.hold(work.rows, blob, work.now + HOLD_US)

    if not await house.write(None, renew):
        raise Unavailable("The upload took too long between two of its pieces; send it again.")


async def keep(
    work: Work,
    into: Reach,
    name: str,
    staged: Staged,
    mime: str,
    taken: Taken = Taken.VERSION,
    *,
    folded: bool = True,
    id_: int | None = None,
) -> Node:
    """
    Make staged bytes a file in a folder, or the next version of the file that has the name there.

    Args:
        mime: What was said to be its media type; if that is none, its name tells.
        taken: What happens when the name is in use; VERSION refuses where it is no file that has it.
        folded: Whether upper and lower case are the same.
        id_: The id of a new file, where it was drawn before.

    Raises:
        Invalid: The name can't be one.
        AlreadyThere: The name is in use, and *taken* is REFUSE, or VERSION and it is no file.
        WrongState: *into* is no folder.
        NotFound: *into* went into the trash meanwhile.
        Unavailable: The bytes were collected meanwhile.
    """
    id_ = work.new_id() if id_ is None else id_
    name = checked_node_name(name, "name")
    [place] = await locked(work, into.node.id)
    check_folder(place)
    if taken is Taken.VERSION:
        there = await versions.namesake(work.rows, place.node.id, name, folded=folded)
        if there is not None and there.kind is NodeKind.FILE:
            return await _add_version(work, there, staged, mime)
    name = await settled_name(work, place.node.id, name, taken, folded=folded)
    await work.note(What.NODE_ADDED, facts=facts(node=id_, parent=place.node.id))
    node = replace(
        new_node(work, place.node, place.node.id, id_, NodeKind.FILE, name),
        mime=settled(mime, name),
        modified_at=staged.changed(work.now),
        size=staged.size,
        version=1,
    )
    await nodes.add(work.rows, [node])
    await _refer(work, node, staged)
    await nodes.grow(work.rows, place.node.id, node.size, 1)
    return node


async def add_version(work: Work, reach: Reach, staged: Staged, mime: str) -> Node:
    """
    Make staged bytes the next version of a file.

    Raises:
        WrongState: The node is no file.
        NotFound: It went into the trash meanwhile.
        Unavailable: The bytes were collected meanwhile.
    """
    [place] = await locked(work, reach.node.id)
    _check_file(place.node)
    return await _add_version(work, place.node, staged, mime)


async def _add_version(work: Work, before: Node, staged: Staged, mime: str) -> Node:
    number = before.version + 1
    await work.note(What.VERSION_ADDED, facts=facts(node=before.id, version=number))
    after = replace(
        before,
        version=number,
        size=staged.size,
        mime=settled(mime, before.name),
        modified_by=work.actor.id if work.actor is not None else before.owner,
        modified_at=touched(staged.changed(work.now), before.modified_at),
    )
    await versions.revise(work.rows, after)
    await _refer(work, after, staged)
    if before.parent is not None and after.size != before.size:
        await nodes.grow(work.rows, before.parent, after.size - before.size, 0)
    return after


async def _refer(work: Work, node: Node, staged: Staged) -> None:
    """Write the node's current version; its bytes are kept from now on."""
    if not await blobs.take(work.rows, staged.blob):
        raise Unavailable("The upload was given up before it became a file; send it again.")
    version = Version(
        node.id,
        node.version,
        staged.key,
        staged.size,
        staged.sha256,
        node.mime,
        node.modified_by,
        created_at=node.modified_at,
        stored_at=work.now,
    )
    await versions.add(work.rows, version, staged.blob)


async def versions_of(work: Work, reach: Reach, *, below: int = ALL, limit: int = 1000) -> list[Version]:
    """
    Versions of a file, the newest first: at most *limit*, with numbers lower than *below*.

    Raises:
        WrongState: The node is no file.
    """
    _check_file(reach.node)
    return await versions.page(work.rows, reach.node.id, below, limit)


async def open_version(work: Work, reach: Reach, number: int | None = None) -> Download:
    """
    Find a version of a file to read it; None: the current one.

    Raises:
        WrongState: The node is no file.
        NotFound: It has no version of that number.
    """
    node = reach.node
    _check_file(node)
    found = await versions.one(work.rows, node.id, node.version if number is None else number)
    if found is None:
        raise NotFound("version")
    return Download(
        found.blob, found.size, found.sha256, found.mime, node.name, found.created_at, found.number
    )


def read(house: House, download: Download, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
    """
    The bytes from *start* up to and without *end*, in chunks of at most 256 KiB, read as they are asked for.

    Raises:
        Unavailable: While iterating: the byte store did not give them.
    """
    return house.files.get(download.key, start, download.size if end is None else end)


def _check_file(node: Node) -> None:
    if node.kind is not NodeKind.FILE:
        raise WrongState("Only a file has content; name a file.")
