"""Bringing what a world file names into line, entry by entry, each after what it refers to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from polyshare.domain.errors import NotFound
from polyshare.engine.content import bringing
from polyshare.engine.worlds import (
    binding,
    furnishing,
    keying,
    laying,
    peopling,
    planting,
    portioning,
    proffering,
)
from polyshare.engine.worlds.load import Load

Step = Callable[[Load, Any], Awaitable[None]]


async def populate(load: Load) -> None:
    """Make everything so, each thing after what it refers to."""
    for section, step in STEPS.items():
        await _each(load, section, step)
        if section == "groups":  # after all of them, so that a group may hold one that stands further down
            await _each(load, section, peopling.members)


async def _each(load: Load, section: str, step: Step) -> None:
    for place, entry in load.world.entries(section):
        load.place = place
        with place.named():
            await step(load, entry)


async def _share(load: Load, entry: Any) -> None:
    load.did("share", entry.id, await laying.lay(load.work, entry))


async def _drive(load: Load, entry: Any) -> None:
    load.did("drive", str(entry.id), await portioning.drive(load.work, entry))


async def _folder(load: Load, entry: Any) -> None:
    load.did("folder", entry.path, await planting.folder(load.work, entry))


async def _file(load: Load, entry: Any) -> None:
    how = await planting.file(load.work, entry, load.place.number, load.prepared.planting)
    load.did("file", entry.path, how)


async def _member(load: Load, entry: Any) -> None:
    who = entry.user or f"group:{entry.group}"
    load.did("member", f"{who} of {entry.path}", await planting.member(load.work, entry))


async def _offer(load: Load, entry: Any) -> None:
    load.did("offer", f"of {entry.path} to {entry.to}", await proffering.offer(load.work, entry))


async def _collection(load: Load, entry: Any) -> None:
    load.did("collection", entry.id, await planting.collection(load.work, entry))


async def _link(load: Load, entry: Any) -> None:
    token = None if entry.token is None else load.secrets.of(load.place, "token", entry.token)
    code_hash = load.prepared.codes.get(load.place.number)
    to_come = await _is_to_come(load, entry.path)
    how = "added" if to_come else await binding.link(load.work, entry, token, code_hash)
    load.did("link", f"to {entry.path}", how)


async def _permission(load: Load, entry: Any) -> None:
    to_come = await _is_to_come(load, entry.path)
    how = "added" if to_come else await binding.permission(load.work, entry)
    load.did("permission", f"of {entry.entity} on {entry.path}", how)


async def _is_to_come(load: Load, path: str) -> bool:
    """Whether a file is not there only because nothing is to stay, not even what this world file has in it."""
    if not load.prepared.planting.only_told:
        return False
    if all(entry.path != path for _, entry in load.world.entries("files")):
        return False
    try:
        await bringing.found(load.work, path)
    except NotFound:
        return True
    return False


STEPS: Mapping[str, Step] = {
    "organizations": peopling.organization,
    "accounts": peopling.account,
    "users": peopling.user,
    "groups": peopling.group,
    "projects": peopling.project,
    "providers": furnishing.provider,
    "products": furnishing.product,
    "allocations": furnishing.allocation,
    "tokens": keying.token,
    "keys": keying.key,
    "clients": keying.client,
    "refresh_tokens": keying.refresh_token,
    "shares": _share,
    "drives": _drive,
    "folders": _folder,
    "files": _file,
    "members": _member,
    "offers": _offer,
    "collections": _collection,
    "jwt": keying.issuer,
    "links": _link,
    "file_permissions": _permission,
}
