"""Laying out the file tree that a world file describes: drives, folders, files, their members, and collections."""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from polyshare.domain.errors import Invalid, NotFound, PolyshareError, Unavailable
from polyshare.domain.media import guessed
from polyshare.domain.nodes import Node, NodeKind, Reach, Taken, checked_node_name
from polyshare.domain.permissions import ROLES, Permission
from polyshare.domain.principals import Kind
from polyshare.engine.content import bringing, storing
from polyshare.engine.content.storing import Staged
from polyshare.engine.directory import naming
from polyshare.engine.sharing import membering
from polyshare.engine.tree import filing, gathering
from polyshare.engine.work import House, Work
from polyshare.engine.worlds.shapes import tree
from polyshare.engine.worlds.world import World, WrongWorld
from polyshare.store.content import versions
from polyshare.store.directory import principals, vendor_aliases
from polyshare.store.tree import nodes

How = Literal["added", "changed", ""]
PERMISSIONS = {name: permission for permission, name in ROLES.items()}
CHUNK = 262_144


@dataclass(frozen=True, slots=True)
class Planting:
    """
    What was found out before the transaction.

    Attributes:
        staged: Content of files that are to be written, by their number in the file.
        only_told: Nothing was staged, for nothing is to stay.
    """

    staged: Mapping[int, Staged]
    only_told: bool


async def prepare(house: House, world: World, *, overwrite: bool, dry_run: bool) -> Planting:
    """
    Store the content of files that are not there yet, or of all with *overwrite*; nothing may be open meanwhile.

    Raises:
        WrongWorld: Content that can't be read.
    """
    staged: dict[int, Staged] = {}
    for place, entry in world.entries("files"):
        if dry_run or not (overwrite or await _is_missing(house, entry.path)):
            continue
        try:
            staged[place.number] = await storing.stage(house, _content(entry, world.folder))
        except (WrongWorld, Unavailable):
            raise
        except PolyshareError as error:
            raise place.wrong(error.message, *getattr(error, "where", ())) from error
    return Planting(staged, dry_run)


async def _is_missing(house: House, path: str) -> bool:
    try:
        await house.read(None, lambda work: bringing.found(work, path))
    except PolyshareError:
        return True
    return False


async def _content(entry: tree.File, folder: Path) -> AsyncIterator[bytes]:
    """The content that an entry gives: as text, as base64, or in a file beside the world file."""
    if entry.text is not None:
        yield entry.text.encode()
    elif entry.base64 is not None:
        try:
            yield base64.b64decode("".join(entry.base64.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Invalid("this is no base64", "base64") from error
    else:
        try:
            with (folder / str(entry.source)).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except OSError as error:
            raise Invalid(f"file {entry.source}: {error.strerror}", "source") from error


async def folder(work: Work, entry: tree.Folder) -> How:
    """Make sure that a folder is there, with all above it and the ids that were fixed; raises Invalid."""
    names = _names(entry.path)
    reach, how = await _folder(work, entry.path, names)
    fixed = await _fix(work, reach.node, entry.oracle, entry.mycloud)
    return how or fixed


async def file(work: Work, entry: tree.File, number: int, planting: Planting) -> How:
    """Make sure that a file is there; its content is written where it was staged. Raises Invalid."""
    names = _names(entry.path)
    if not names:
        raise Invalid("a drive is no file; name one in it", "path")
    above, _ = await _folder(work, entry.path, names[:-1])
    staged = planting.staged.get(number)
    how: How = ""
    try:
        node = (await bringing.found(work, entry.path)).node
    except NotFound:
        if staged is None and planting.only_told:
            return "added"
        node, how = await _keep(work, above, names[-1], _needed(staged)), "added"
    if node.kind is not NodeKind.FILE:
        raise Invalid("a folder lies there; choose another name", "path")
    if not how and staged is not None:
        version = await versions.one(work.rows, node.id, node.version)
        if version is None or version.sha256 != staged.sha256:
            node, how = await _keep(work, above, names[-1], staged), "changed"
    fixed = await _fix(work, node, entry.oracle, entry.mycloud)
    return how or fixed


async def _keep(work: Work, above: Reach, name: str, staged: Staged) -> Node:
    return await storing.keep(work, above, name, staged, guessed(name), Taken.VERSION, folded=False)


def _needed(staged: Staged | None) -> Staged:
    if staged is None:
        raise Unavailable("The file was removed while the world was loaded; load it again.")
    return staged


async def member(work: Work, entry: tree.FolderMember) -> How:
    """
    Make sure that somebody is a member of a folder, with that role; nobody is told, as if it had been so long ago.

    Raises:
        Invalid: The folder, the user or the group is unknown, or it is the owner.
    """
    try:
        reach = await bringing.found(work, entry.path)
    except NotFound as error:
        raise Invalid(error.message, "path") from error
    if entry.user is not None:
        who, key = await _user(work, entry.user, "user"), "user"
    else:
        group = await principals.find(work.rows, Kind.GROUP, str(entry.group))
        if group is None:
            raise Invalid("there is no group of this name; add it first", "group")
        who, key = group.id, "group"
    permissions = PERMISSIONS[entry.role]
    seen = await membering.list_members(work, reach, current_only=True)
    held = next((one.permissions for one in seen.members if one.principal.id == who), Permission(0))
    if held == permissions.closed:
        return ""
    verb = membering.change if held else membering.share_with
    [outcome] = await verb(work, reach, [who], permissions, message=None)
    if outcome.refusal is not None:
        raise Invalid(outcome.refusal.message, key)
    return "changed" if held else "added"


async def collection(work: Work, entry: tree.Collection) -> How:
    """
    Make sure that a collection is there under its fixed id.

    Raises:
        Invalid: Its owner is unknown, or the id is something else's.
    """
    owner = await _user(work, entry.owner, "owner")
    there = (await vendor_aliases.nodes(work.rows, naming.ORACLE, [entry.id])).get(entry.id.upper())
    if there is None:
        made = await gathering.create(work, await filing.home(work, owner), entry.name)
        await naming.fix(work, made.id, entry.id.upper())
        return "added"
    found = await nodes.one(work.rows, there)
    if found is None or found.kind is not NodeKind.COLLECTION or found.owner != owner:
        raise Invalid("this id is something else's; give each its own", "id")
    if found.name == entry.name or found.trashed_at is not None:
        return ""
    await filing.rename(work, _owned(found), entry.name)
    return "changed"


def _names(path: str) -> list[str]:
    return [checked_node_name(name, "path") for name in path.split("/")[2:] if name]


async def _folder(work: Work, path: str, names: list[str]) -> tuple[Reach, How]:
    """The folder of these names in the drive that a path begins with; what is missing of it is made."""
    number = path.split("/")[1]
    try:
        reach = await bringing.found(work, f"/{number}")
    except NotFound as error:
        raise Invalid(error.message, "path") from error
    how: How = ""
    for at, name in enumerate(names):
        try:
            reach = await bringing.found(work, "/".join(["", number, *names[: at + 1]]))
        except NotFound:
            reach = _owned(await filing.create_folder(work, reach, name, taken=Taken.REFUSE, folded=False))
            how = "added"
        if reach.node.kind is not NodeKind.FOLDER:
            raise Invalid(f"{name!r} is no folder", "path")
    return reach, how


async def _fix(work: Work, node: Node, oracle: str | None, mycloud: str | None) -> How:
    """Let a node be known under the ids that were fixed; one that is there already stays."""
    how: How = ""
    for namespace, value in (("oracle", oracle and oracle.upper()), ("mycloud", mycloud)):
        if not value:
            continue
        there = await vendor_aliases.nodes(work.rows, namespace, [value])
        if there and set(there.values()) != {node.id}:
            raise Invalid("this id is something else's; give each its own", namespace)
        if not there:
            await naming.fix(work, node.id, value, namespace)
            how = "changed"
    return how


async def _user(work: Work, login: str, key: str) -> int:
    found = await principals.person(work.rows, login)
    if found is None or found.login != login:
        raise Invalid("there is no user of this login; add it first", key)
    return found.id


def _owned(node: Node) -> Reach:
    return Reach(node, Permission.MANAGE.closed, owner=True, top=node.parent is None)
