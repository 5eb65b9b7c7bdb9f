"""Share links: made and looked after by whose folder it is, accepted by whoever has one."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import links as translate
from polyshare.dialects.ucloud.translate import shares
from polyshare.dialects.ucloud.translate.links import Links
from polyshare.dialects.ucloud.translate.reading import Body, Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import links as wire
from polyshare.dialects.ucloud.wire.common import Nothing, Page
from polyshare.dialects.ucloud.wire.shares import Share
from polyshare.domain import paths
from polyshare.domain.errors import Denied, Invalid, NotFound
from polyshare.domain.projects import Project
from polyshare.domain.views import Window
from polyshare.engine.links import joining, redeeming


async def create(call: Call, project: Project | None, body: wire.NewLink) -> wire.ShareLink:
    """POST."""
    if project is not None:
        raise Invalid("Links lead to folders of personal workspaces; leave the project first.")
    path = paths.normal(body.path)
    if path is None:
        raise Denied("Only who owns a drive hands out links to its folders.")
    return translate.link_out(await joining.create(call.work, path))


async def browse(call: Call, _: Project | None, listing: Listing[Links]) -> Page:
    """GET …/browse: those that can still be accepted, the one that ends last first."""
    work, path = call.work, listing.position.asked.path
    if not path:
        raise NotFound("drive")
    stamp = listing.checked(await joining.stamp(work, path)) if listing.whole else ""
    window = Window(listing.skip, listing.size, listing.position.after)
    found, last = await joining.page(work, path, window)
    return listing.page([translate.link_out(one) for one in found], last, stamp)


async def retrieve(call: Call, _: Project | None, asked: wire.Retrieve) -> wire.Retrieved:
    """GET …/retrieve: for whoever has the link, and is signed in."""
    link = await joining.find(call.work, asked.token)
    share = await redeeming.accepted(call.work, link)
    return translate.retrieved_out(link, None if share is None else share.location)


async def update(call: Call, _: Project | None, body: wire.ChangedLink) -> Nothing:
    """POST …/update: what people get who accept it from now on."""
    permissions, asked = shares.permissions_from(body.permissions)
    await joining.revise(call.work, body.token, permissions, asked)
    return Nothing()


async def delete(call: Call, _: Project | None, body: wire.NamedLink) -> Nothing:
    """POST …/delete."""
    await joining.remove(call.work, body.token)
    return Nothing()


async def accept(call: Call, _: Project | None, body: wire.NamedLink) -> Share:
    """POST …/accept: a share that is approved already."""
    share = await redeeming.redeem(call.house, call.actor, body.token)
    return shares.share_out(share, shares.Eye.RECIPIENT)


_BASE = "/api/shares/links"
_NEW: Body[wire.NewLink] = Body(wire.NewLink)
_RETRIEVE: Query[wire.Retrieve] = Query(wire.Retrieve)
_CHANGED: Body[wire.ChangedLink] = Body(wire.ChangedLink)
_NAMED: Body[wire.NamedLink] = Body(wire.NamedLink)

ROUTES = (
    Route("POST", _BASE, create, Doing.WRITE, _NEW, active_project, has_body=True),
    Route("GET", f"{_BASE}/browse", browse, Doing.READ, translate.browsed, active_project),
    Route("GET", f"{_BASE}/retrieve", retrieve, Doing.READ, _RETRIEVE, active_project),
    Route("POST", f"{_BASE}/update", update, Doing.WRITE, _CHANGED, active_project, has_body=True),
    Route("POST", f"{_BASE}/delete", delete, Doing.WRITE, _NAMED, active_project, has_body=True),
    Route("POST", f"{_BASE}/accept", accept, Doing.STEPS, _NAMED, active_project, has_body=True),
)
