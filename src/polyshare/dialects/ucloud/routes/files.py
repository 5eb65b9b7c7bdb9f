"""Files and folders: looked at, made, moved, copied and removed.  Source: UCloud developer guide, "Files"."""

from collections.abc import Sequence
from typing import Any, NoReturn

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import files as translate
from polyshare.dialects.ucloud.translate.files import TAKEN, Files
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import files as wire
from polyshare.dialects.ucloud.wire.common import Page, Responses
from polyshare.dialects.ucloud.wire.shares import NewAcl
from polyshare.domain.errors import NotSupported
from polyshare.domain.nodes import Reach, Trashed
from polyshare.domain.products import Product
from polyshare.domain.views import Window
from polyshare.engine.directory import products
from polyshare.engine.tree import browsing, copying, deeds, driving, filing, moving, reaching, searching
from polyshare.engine.tree.reaching import Spot
from polyshare.engine.work import Work

LONGEST_OFFSET = 1_000_000
"""How far into what was found a search is followed."""


async def browse(call: Call, _: Any, listing: Listing[Files]) -> Page:
    """GET …/browse."""
    asked = listing.position.asked
    translate.demand_known(asked.flags)
    spot = await reaching.at(call.work, call.actor.id, asked.path)
    translate.demand_folder(spot.reach.node)
    stamp = listing.checked(await browsing.stamp(call.work, spot.reach)) if listing.whole else ""
    found, last = await browsing.page(
        call.work,
        spot.reach,
        asked.order,
        descending=asked.descending,
        limit=listing.size,
        skip=listing.skip,
        after=listing.position.after,
        hidden=not asked.flags.filterHiddenFiles,
    )
    product = await _product(call, spot, asked.flags)
    rows = [
        translate.file_out(node, f"{spot.path}/{node.name}", spot.drive, asked.flags, product)
        for node in found
    ]
    return listing.page(rows, last, stamp)


async def retrieve(call: Call, _: Any, asked: tuple[str, wire.FileFlags]) -> wire.UFile:
    """GET …/retrieve."""
    path, flags = asked
    translate.demand_known(flags)
    spot = await reaching.at(call.work, call.actor.id, path)
    product = await _product(call, spot, flags)
    return translate.file_out(spot.reach.node, spot.path, spot.drive, flags, product)


async def _product(call: Call, spot: Spot, flags: wire.FileFlags) -> Product | None:
    """The product of a drive, if it is to be told of."""
    if not (flags.includeProduct or flags.includeSupport):
        return None
    known = await products.known(call.work, {spot.drive.sold_as}, call.actor.id)
    return spot.drive.product_among(known)


async def search(call: Call, _: Any, listing: Listing[Files]) -> Page:
    """POST …/search: whatever lies below a folder and has all words in its name or description, by name."""
    asked, after = listing.position.asked, listing.position.after
    spot = await reaching.at(call.work, call.actor.id, asked.path)
    skip = min(int(after[0]) if after is not None else listing.skip, LONGEST_OFFSET)
    found = await searching.search(
        call.work, call.actor.id, asked.words, spot.reach, window=Window(skip, listing.size)
    )
    paths = await browsing.names_below(call.work, spot.reach, [seen.node.id for seen in found.rows])
    rows = [
        translate.file_out(seen.node, "/".join((spot.path, *paths[seen.node.id])), spot.drive, asked.flags)
        for seen in found.rows
    ]
    end = skip + len(rows)
    return listing.page(rows, (end, 0) if rows and end < found.total else None, "")


async def create_folders(call: Call, _: Any, items: Sequence[wire.NewFolder]) -> Responses:
    """POST …/folder: with the folders above it, where they are missing."""
    for item in items:
        into, name = await reaching.above(call.work, call.actor.id, item.id, make=True)
        deeds.allow_adding(into.reach)
        taken = TAKEN[item.conflictPolicy]
        await filing.create_folder(call.work, into.reach, name, taken=taken, folded=False)
    return _complete(items)


async def move(call: Call, _: Any, items: Sequence[wire.FromTo]) -> Responses:
    """POST …/move: to another folder, to another name, or both."""
    for item in items:
        source, into, name = await _ends(call, call.work, item)
        if source.node.parent == into.node.id:
            deeds.allow_renaming(source)
        else:
            deeds.allow_moving(source, into)
        taken = TAKEN[item.conflictPolicy]
        await moving.move(call.work, source, into, name=name, taken=taken, folded=False)
    return _complete(items)


async def copy(call: Call, _: Any, items: Sequence[wire.FromTo]) -> Responses:
    """POST …/copy: each by itself, so that one that fails leaves those before it where they are."""

    async def look(work: Work) -> list[tuple[Reach, Reach, str]]:
        found = [await _ends(call, work, item) for item in items]
        for source, into, _ in found:
            deeds.allow_copying(source, into)
        return found

    await call.read(look)  # before anything is copied, all is looked at
    for item in items:
        source, into, name = await call.read(lambda work, item=item: _ends(call, work, item))  # type: ignore[misc] # bound now
        deeds.allow_copying(source, into)
        taken = TAKEN[item.conflictPolicy]
        await copying.copy(call.house, call.actor, source, into, name=name, taken=taken, folded=False)
    return _complete(items)


async def _ends(call: Call, work: Work, item: wire.FromTo) -> tuple[Reach, Reach, str]:
    """What is to go where, and its name there."""
    source = await reaching.at(work, call.actor.id, item.oldId)
    into, name = await reaching.above(work, call.actor.id, item.newId)
    return source.reach, into.reach, name


async def trash(call: Call, _: Any, items: Sequence[wire.FindByPath]) -> Responses:
    """POST …/trash: what was shared of it ends."""
    for path in dict.fromkeys(item.id for item in items):
        spot = await reaching.at(call.work, call.actor.id, path)
        deeds.allow_removing(spot.reach)
        await filing.trash(call.work, spot.reach, Trashed.WITHDRAW)
    return _complete(items)


async def delete(call: Call, _: Any, items: Sequence[wire.FindByPath]) -> Responses:
    """DELETE …/files: for good."""
    for path in dict.fromkeys(item.id for item in items):
        spot = await reaching.at(call.work, call.actor.id, path)
        deeds.allow_removing(spot.reach)
        await filing.delete(call.work, spot.reach)
    return _complete(items)


async def empty_trash(call: Call, _: Any, items: Sequence[wire.FindByPath]) -> Responses:
    """POST …/emptyTrash: of the drive that a path begins with, for there is no folder of what lies in the trash."""
    for drive in dict.fromkeys(reaching.drive_in(item.id) for item in items):
        await driving.empty_trash(call.work, call.actor.id, drive)
    return _complete(items)


async def update_acl(_: Call, __: Any, ___: Sequence[NewAcl]) -> NoReturn:
    """POST …/updateAcl, which no provider supports."""
    raise NotSupported("Who has access to a file can't be changed; share the folder that it is in instead.")


def _complete(items: Sequence[object]) -> Responses:
    return Responses([wire.Complete() for _ in items])


_FILES = "/api/files"
_named: Bulk[wire.FindByPath] = Bulk(wire.FindByPath)
_between: Bulk[wire.FromTo] = Bulk(wire.FromTo)

ROUTES = (
    Route("GET", f"{_FILES}/browse", browse, Doing.READ, translate.browsed, active_project),
    Route("GET", f"{_FILES}/retrieve", retrieve, Doing.READ, translate.retrieved, active_project),
    Route("POST", f"{_FILES}/search", search, Doing.READ, translate.searched, active_project, has_body=True),
    Route(
        "POST", f"{_FILES}/folder", create_folders, Doing.WRITE, Bulk(wire.NewFolder), active_project, True
    ),
    Route("POST", f"{_FILES}/move", move, Doing.WRITE, _between, active_project, has_body=True),
    Route("POST", f"{_FILES}/copy", copy, Doing.STEPS, _between, active_project, has_body=True),
    Route("POST", f"{_FILES}/trash", trash, Doing.WRITE, _named, active_project, has_body=True),
    Route("POST", f"{_FILES}/emptyTrash", empty_trash, Doing.WRITE, _named, active_project, has_body=True),
    Route("DELETE", _FILES, delete, Doing.WRITE, _named, active_project, has_body=True),
    Route("POST", f"{_FILES}/updateAcl", update_acl, Doing.READ, Bulk(NewAcl), active_project, has_body=True),
)
