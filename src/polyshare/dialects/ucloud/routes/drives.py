"""Drives as users have them.  Source: UCloud developer guide, "Drives"."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import drives as translate
from polyshare.dialects.ucloud.translate.drives import Beside, Drives
from polyshare.dialects.ucloud.translate.products import reference_from
from polyshare.dialects.ucloud.translate.reading import Body, Bulk, id_from
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import drives as wire
from polyshare.dialects.ucloud.wire.common import FindById, Nothing, Page, Responses
from polyshare.dialects.ucloud.wire.shares import NewAcl
from polyshare.domain.drives import DriveShown
from polyshare.domain.errors import NotSupported
from polyshare.domain.products import Product, ProductRef
from polyshare.domain.projects import Project
from polyshare.engine.directory import products
from polyshare.engine.keepers import announcing
from polyshare.engine.tree import driving


async def browse(call: Call, project: Project | None, listing: Listing[Drives]) -> Page:
    """GET …/browse and POST …/search: those of the workspace that is active."""
    if project is not None and not project.part.administers:
        return listing.empty
    work, asked, holder = call.work, listing.position.asked, None if project is None else project.id
    stamp = listing.checked(await driving.stamp(work, call.actor.id, holder)) if listing.whole else ""
    found, last = await driving.page(
        work,
        call.actor.id,
        holder,
        translate.filter_from(asked.flags, asked.words),
        asked.sorting,
        listing.window,
    )
    return listing.page(await _told(call, found, asked.flags), last, stamp)


async def retrieve(call: Call, _: Any, asked: tuple[int, wire.DriveFlags]) -> wire.Drive:
    """GET …/retrieve: whichever workspace it is of; what the filters leave out is not there."""
    drive, flags = asked
    found = await driving.show(call.work, call.actor.id, drive, translate.filter_from(flags))
    [told] = await _told(call, [found], flags)
    return told


async def _told(call: Call, found: Sequence[DriveShown], flags: wire.DriveFlags) -> list[wire.Drive]:
    """Drives as the caller sees them, with what the flags want beside."""
    known: Mapping[ProductRef, Product] = {}
    if found and (flags.includeProduct or flags.includeSupport):
        known = await products.known(call.work, {drive.sold_as for drive in found}, call.actor.id)
    beside = Beside(flags.includeOthers, flags.includeSupport, known)
    return [translate.drive_out(drive, beside) for drive in found]


async def retrieve_products(call: Call, project: Project | None, _: None) -> wire.FSSupportByProvider:
    """GET …/retrieveProducts, of drives and of files."""
    holder = call.actor.id if project is None else project.id
    return translate.supports_out(await products.usable(call.work, holder))


async def create(call: Call, project: Project | None, items: Sequence[wire.DriveSpec]) -> Responses:
    """POST …/collections."""
    made = []
    for item in items:
        product = reference_from(item.product)
        made.append(await driving.create(call.work, call.actor.id, project, item.title, product))
    return Responses([FindById(str(drive.id)) for drive in made])


async def delete(call: Call, _: Any, items: Sequence[FindById]) -> Responses:
    """DELETE …/collections; the same drive twice is one."""
    for drive in dict.fromkeys(id_from(item.id) for item in items):
        await driving.remove(call.work, call.actor.id, drive)
    return Responses([Nothing() for _ in items])


async def rename(call: Call, _: Any, items: Sequence[wire.NewTitle]) -> Nothing:
    """POST …/rename."""
    for item in items:
        await driving.retitle(call.work, call.actor.id, id_from(item.id), item.newTitle)
    return Nothing()


async def update_acl(call: Call, _: Any, items: Sequence[NewAcl]) -> NoReturn:
    """POST …/updateAcl: a drive is its owner's, or its project's; folders are shared instead."""
    for item in items:
        await driving.show(call.work, call.actor.id, id_from(item.id))
    raise NotSupported("Who has access to a drive can't be changed; share folders in it instead.")


async def init(call: Call, project: Project | None, _: Nothing) -> Nothing:
    """POST …/init, of drives and of files: providers may register drives now."""
    await announcing.furnish(call.house, call.actor, project)
    return Nothing()


_DRIVES = "/api/files/collections"
_nothing: Body[Nothing] = Body(Nothing, needed=False)
_named: Bulk[FindById] = Bulk(FindById)

ROUTES = (
    Route("GET", f"{_DRIVES}/browse", browse, Doing.READ, translate.browsed, active_project),
    Route("POST", f"{_DRIVES}/search", browse, Doing.READ, translate.searched, active_project, has_body=True),
    Route("GET", f"{_DRIVES}/retrieve", retrieve, Doing.READ, translate.retrieved, active_project),
    *(
        Route("GET", f"{path}/retrieveProducts", retrieve_products, Doing.READ, None, active_project)
        for path in (_DRIVES, "/api/files")
    ),
    *(
        Route("POST", f"{path}/init", init, Doing.STEPS, _nothing, active_project, has_body=True)
        for path in (_DRIVES, "/api/files")
    ),
    Route("POST", _DRIVES, create, Doing.WRITE, Bulk(wire.DriveSpec), active_project, has_body=True),
    Route("DELETE", _DRIVES, delete, Doing.WRITE, _named, active_project, has_body=True),
    Route(
        "POST", f"{_DRIVES}/rename", rename, Doing.WRITE, Bulk(wire.NewTitle), active_project, has_body=True
    ),
    Route(
        "POST", f"{_DRIVES}/updateAcl", update_acl, Doing.READ, Bulk(NewAcl), active_project, has_body=True
    ),
)
