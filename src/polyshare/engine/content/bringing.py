"""Bringing a folder of this machine into the tree, and one of the tree out: again and again, only what differs."""

import asyncio
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from polyshare.domain.errors import NotFound, PolyshareError, Unavailable, WrongState
from polyshare.domain.media import guessed
from polyshare.domain.nodes import Node, NodeKind, Reach, Taken, Version, checked_node_name
from polyshare.domain.permissions import Permission
from polyshare.engine.content import machine, storing
from polyshare.engine.content.machine import Tell
from polyshare.engine.tree import filing
from polyshare.engine.work import House, Work
from polyshare.store.content import versions
from polyshare.store.tree import copies, drives, nodes

PART = ".polyshare-part"
SURE_US = 3600 * 1_000_000
"""A file touched this long before a version's bytes came was not changed while that was being read."""


@dataclass(slots=True)
class Brought:
    """What came of it; `problems` are lines about what was left out, each with its path."""

    folders: int = 0
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def measured(folder: Path) -> int:
    """How many bytes of files lie in a folder and below, as far as it can be read."""
    try:
        entries = list(machine.listed(folder))
    except OSError:
        return 0  # told when it is its turn
    files = sum(entry.size for entry in entries if entry.kind == "file")
    return files + sum(measured(entry.path) for entry in entries if entry.kind == "folder")


async def measured_out(house: House, path: str) -> int:
    """How many bytes of files lie in a folder of the tree and below."""
    return (await house.read(None, lambda work: found(work, path))).node.size


async def found(work: Work, path: str) -> Reach:
    """
    What lies at a path such as `/5123/docs/old`: a drive's number, then names; its owner's reach of it.

    Raises:
        NotFound: There is no such drive or nothing of that name.
    """
    number, *names = [name for name in path.split("/") if name] or [""]
    drive = await drives.one(work.rows, int(number)) if number.isdecimal() and len(number) < 18 else None
    if drive is None:
        raise NotFound(
            "drive", f"{path!r} begins with no drive; write /NUMBER/folder, with the number of a drive."
        )
    node = await nodes.by_path(work.rows, drive.root, [checked_node_name(name, "path") for name in names])
    if node is None:
        raise NotFound("item", f"There is nothing at {path!r}.")
    return _owned(node)


async def bring_in(house: House, folder: Path, into: str, tell: Tell) -> Brought:
    """
    Bring what lies in *folder* into a folder of the tree, whose drive's owner is who does it; folders on the way to it that
    are not there are made.

    What is there with the same content stays as it is, so that an import that broke goes on where it stood; a file that
    differs becomes a new version. Links are not followed. What can't be brought is told in `problems`, and the rest goes on.

    Args:
        tell: Called with how many bytes more are done with.

    Raises:
        NotFound: *into* begins with no drive.
        Invalid, WrongState: There can be no such folder.
        Unavailable: The database or the byte store did not answer.
    """
    brought = Brought()
    incoming = _Incoming(house, brought, tell)
    await incoming.folder(folder, await incoming.place(into))
    return brought


class _Incoming:
    def __init__(self, house: House, brought: Brought, tell: Tell) -> None:
        self.house, self.brought, self.tell = house, brought, tell

    async def place(self, path: str) -> Reach:
        """The folder at a path of the tree, made if it is not there."""
        try:
            target = await self.house.read(None, lambda work: found(work, path))
        except NotFound as error:
            if error.what != "item":
                raise
            above, _, name = path.rstrip("/").rpartition("/")
            return await self._new_folder(name, await self.place(above))
        if target.node.kind is not NodeKind.FOLDER:
            raise WrongState(f"{path!r} is no folder; name one to bring files into.")
        return target

    async def folder(self, folder: Path, into: Reach) -> None:
        try:
            entries = await asyncio.to_thread(lambda: list(machine.listed(folder)))
        except OSError as error:
            self.brought.problems.append(f"{machine.shown(folder)}: {error.strerror}")
            return
        there, contents = await self.house.read(None, lambda work: _children(work, into.node.id))
        seen: set[str] = set()
        for entry in entries:
            try:
                name = checked_node_name(os.fspath(entry.path.name))
                if name in seen:
                    raise WrongState(
                        "Its name is the same as another's but for its spelling in Unicode; rename one."
                    )
                seen.add(name)
                await self._entry(entry, name, into, there.get(name), contents)
            except Unavailable:
                raise
            except PolyshareError as error:
                self.brought.problems.append(f"{machine.shown(entry.path)}: {error.message}")
            except OSError as error:
                self.brought.problems.append(f"{machine.shown(entry.path)}: {error.strerror}")

    async def _entry(
        self, entry: machine.Entry, name: str, into: Reach, there: Node | None, contents: dict[int, Version]
    ) -> None:
        if entry.kind not in ("folder", "file"):
            raise WrongState(f"It is a {entry.kind}, which is not followed or copied.")
        if there is not None and there.kind.value != entry.kind:
            raise WrongState(f"It is a {entry.kind}, but there is a {there.kind.value} of this name.")
        if entry.kind == "folder":
            await self.folder(
                entry.path, _owned(there) if there is not None else await self._new_folder(name, into)
            )
        elif there is not None and await _same(entry, contents[there.id]):
            self.brought.unchanged += 1
            self.tell(entry.size)
        else:
            await self._file(entry, name, into)

    async def _new_folder(self, name: str, into: Reach) -> Reach:
        async def make(work: Work) -> Node:
            return await filing.create_folder(work, into, name, taken=Taken.REFUSE, folded=False)

        made = await self.house.write(None, make)
        self.brought.folders += 1
        return _owned(made)

    async def _file(self, entry: machine.Entry, name: str, into: Reach) -> None:
        staged = await storing.stage(self.house, machine.pieces(entry.path, self.tell))
        dated = replace(staged, changed_at=entry.modified_at)

        async def keep(work: Work) -> Node:
            return await storing.keep(work, into, name, dated, guessed(name), folded=False)

        await self.house.write(None, keep)
        self.brought.files += 1
        self.brought.bytes += staged.size


async def bring_out(house: House, path: str, folder: Path, tell: Tell) -> Brought:
    """
    Write a folder of the tree, or a file, into *folder* of this machine, current versions only.

    Files that are there with the same content stay; others are replaced once the new content is whole.

    Raises:
        NotFound: There is nothing at *path*.
        Unavailable: The database or the byte store did not answer.
    """
    source = await house.read(None, lambda work: found(work, path))
    brought = Brought()
    outgoing = _Outgoing(house, brought, tell)
    if source.node.kind is NodeKind.FOLDER:
        await outgoing.folder(source.node.id, folder)
    else:
        version = await house.read(None, lambda work: versions.current_of(work.rows, [source.node.id]))
        if not await asyncio.to_thread(folder.is_dir):
            await asyncio.to_thread(machine.make_folder, folder)
        await outgoing.file(version[source.node.id], folder / source.node.name)
    return brought


class _Outgoing:
    def __init__(self, house: House, brought: Brought, tell: Tell) -> None:
        self.house, self.brought, self.tell = house, brought, tell

    async def folder(self, node: int, folder: Path) -> None:
        try:
            if await asyncio.to_thread(machine.make_folder, folder):
                self.brought.folders += 1
        except OSError as error:
            self.brought.problems.append(f"{machine.shown(folder)}: {error.strerror}")
            return
        there, contents = await self.house.read(None, lambda work: _children(work, node))
        for name, child in sorted(there.items()):
            if child.kind is NodeKind.FOLDER:
                await self.folder(child.id, folder / name)
            elif child.kind is NodeKind.FILE:
                await self.file(contents[child.id], folder / name)

    async def file(self, version: Version, path: Path) -> None:
        try:
            entry = await asyncio.to_thread(machine.entry_of, path)
            if entry is not None and entry.kind != "file":
                self.brought.problems.append(f"{machine.shown(path)}: it is a {entry.kind}; move it away.")
            elif entry is not None and await _same(entry, version, trusting_time=False):
                self.brought.unchanged += 1
                self.tell(version.size)
            else:
                await self._write(version, path)
        except OSError as error:
            self.brought.problems.append(f"{machine.shown(path)}: {error.strerror}")

    async def _write(self, version: Version, path: Path) -> None:
        part = path.with_name(path.name[:100] + PART)
        try:
            file = await asyncio.to_thread(machine.create, part)
            try:
                async for chunk in self.house.files.get(version.blob, 0, version.size):
                    await asyncio.to_thread(machine.write_all, file, chunk)
                    self.tell(len(chunk))
            finally:
                os.close(file)
            os.utime(part, ns=(version.created_at * 1000, version.created_at * 1000))
            await asyncio.to_thread(part.replace, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self.brought.files += 1
        self.brought.bytes += version.size


def _owned(node: Node) -> Reach:
    return Reach(node, Permission.MANAGE.closed, owner=True, top=False)


async def _children(work: Work, folder: int) -> tuple[dict[str, Node], dict[int, Version]]:
    """What is live in a folder, by name, and the current versions of its files."""
    there = {node.name: node for node in await copies.children_of(work.rows, [folder])}
    ids = [node.id for node in there.values() if node.kind is NodeKind.FILE]
    return there, await versions.current_of(work.rows, ids)


async def _same(entry: machine.Entry, version: Version, *, trusting_time: bool = True) -> bool:
    """Whether a file has a version's content; one not touched since well before its bytes came is not read."""
    if entry.size != version.size:
        return False
    if trusting_time and entry.changed_at < version.stored_at - SURE_US:
        return True
    return await asyncio.to_thread(machine.digest, entry.path) == version.sha256
