"""Shares as users see them: offered, looked at, approved, changed and ended.  Source: UCloud developer guide, "Shares"."""

from collections.abc import Sequence
from typing import Any, NoReturn

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import share_lists as lists
from polyshare.dialects.ucloud.translate import shares as translate
from polyshare.dialects.ucloud.translate.products import supports_out
from polyshare.dialects.ucloud.translate.reading import Body, Bulk
from polyshare.dialects.ucloud.translate.share_lists import Folders, Listing, Shares
from polyshare.dialects.ucloud.wire import shares as wire
from polyshare.dialects.ucloud.wire.common import FindById, Nothing, Page, Responses
from polyshare.dialects.ucloud.wire.products import SupportByProvider
from polyshare.domain.errors import Invalid
from polyshare.domain.folder_shares import FolderShare
from polyshare.domain.projects import Project
from polyshare.engine.directory import products
from polyshare.engine.keepers import announcing
from polyshare.engine.sharing import asking, consenting, retracting, surveying

# Lists: what is shared lies in personal workspaces only, so that there is nothing in a project.


async def browse(call: Call, project: Project | None, listing: Listing[Shares]) -> Page:
    """GET …/browse and POST …/search."""
    if project is not None:
        return listing.empty
    work, viewer, asked = call.work, call.actor.id, listing.position.asked
    stamp = listing.checked(await surveying.stamp(work, viewer)) if listing.whole else ""
    found, last = await surveying.page(
        work,
        viewer,
        lists.filter_from(asked.flags, asked.words),
        asked.sorting,
        listing.window,
        updates=asked.flags.includeUpdates,
    )
    return listing.page(await _told(call, found, asked.flags), last, stamp)


async def browse_outgoing(call: Call, project: Project | None, listing: Listing[Folders]) -> Page:
    """GET …/browseOutgoing."""
    if project is not None:
        return listing.empty
    work, viewer = call.work, call.actor.id
    stamp = listing.checked(await surveying.stamp(work, viewer)) if listing.whole else ""
    found, last = await surveying.outgoing(work, viewer, listing.window)
    return listing.page([translate.folder_out(folder) for folder in found], last, stamp)


async def retrieve(call: Call, _: Any, asked: tuple[int, wire.ShareFlags]) -> wire.Share:
    """GET …/retrieve: a rejected share, too, unless the flags say otherwise."""
    share, flags = asked
    wanted = lists.filter_from(flags, refused=True)
    found = await surveying.one(call.work, call.actor.id, share, wanted, updates=flags.includeUpdates)
    [told] = await _told(call, [found], flags)
    return told


async def _told(call: Call, found: Sequence[FolderShare], flags: wire.ShareFlags) -> list[wire.Share]:
    """Shares as the caller sees them, with what the flags want beside."""
    named = {share.product for share in found} if flags.includeProduct or flags.includeSupport else ()
    known = await products.known(call.work, named, call.actor.id)
    beside = translate.Beside(flags.includeOthers, flags.includeUpdates, known, flags.includeSupport)
    viewer = call.actor.id
    return [translate.share_out(share, translate.eye_of(share, viewer), beside) for share in found]


async def retrieve_products(call: Call, project: Project | None, _: None) -> SupportByProvider:
    """GET …/retrieveProducts."""
    return supports_out(await announcing.shareable(call.house, call.actor, project))


# Changes


async def create(call: Call, project: Project | None, specs: Sequence[wire.Spec]) -> Responses:
    """POST: all of them or none."""
    new = [translate.new_from(spec) for spec in specs]
    active = None if project is None else project.public_id
    made = await asking.ask(call.house, call.actor, new, actor_project=active)
    return Responses([FindById(str(share)) for share in made])


async def approve(call: Call, _: Any, named: Sequence[FindById]) -> Nothing:
    """POST …/approve."""
    await consenting.accept(call.work, translate.ids_from(named))
    return Nothing()


async def reject(call: Call, _: Any, named: Sequence[FindById]) -> Nothing:
    """POST …/reject."""
    await consenting.decline(call.work, translate.ids_from(named))
    return Nothing()


async def delete(call: Call, _: Any, named: Sequence[FindById]) -> Responses:
    """DELETE, which has a body."""
    await retracting.end(call.house, call.actor, translate.ids_from(named))
    return Responses([Nothing()] * len(named))


async def update_permissions(call: Call, _: Any, items: Sequence[wire.NewPermissions]) -> Nothing:
    """POST …/permissions, and under the name that the guide's text gives it."""
    await consenting.regrant(call.work, translate.changes_from(items))
    return Nothing()


async def update_acl(_: Call, __: Any, ___: Sequence[wire.NewAcl]) -> NoReturn:
    """POST …/updateAcl: who sees a share follows from whom it is for."""
    raise Invalid("Who sees a share can't be edited; share the folder with others, or delete the share.")


async def init(call: Call, _: Any, __: Nothing) -> Nothing:
    """POST …/init."""
    await announcing.announce(call.house, call.actor)
    return Nothing()


def _get(operation: str, handler: Any, given: Any, doing: Doing = Doing.READ) -> Route:
    return Route("GET", f"{_BASE}/{operation}", handler, doing, given, active_project)


def _post(operation: str, handler: Any, given: Any, doing: Doing = Doing.WRITE) -> Route:
    return Route("POST", f"{_BASE}{operation}", handler, doing, given, active_project, has_body=True)


_BASE = "/api/shares"
_NAMED: Bulk[FindById] = Bulk(FindById)
_PERMISSIONS: Bulk[wire.NewPermissions] = Bulk(wire.NewPermissions)

ROUTES = (
    _get("browse", browse, lists.browsed),
    _get("browseOutgoing", browse_outgoing, lists.browsed_outgoing),
    _get("retrieve", retrieve, lists.retrieved),
    _get("retrieveProducts", retrieve_products, None, Doing.STEPS),
    _post("/search", browse, lists.searched, Doing.READ),
    _post("", create, Bulk(wire.Spec), Doing.STEPS),
    _post("/approve", approve, _NAMED),
    _post("/reject", reject, _NAMED),
    Route("DELETE", _BASE, delete, Doing.STEPS, _NAMED, active_project, has_body=True),
    _post("/permissions", update_permissions, _PERMISSIONS),
    # The guide calls the call so; its servers and clients use the path above.
    _post("/updatePermissions", update_permissions, _PERMISSIONS),
    _post("/updateAcl", update_acl, Bulk(wire.NewAcl), Doing.READ),
    _post("/init", init, Body(Nothing, needed=False), Doing.STEPS),
)
