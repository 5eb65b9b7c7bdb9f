"""Projects, as far as clients need them to choose a workspace.  Source: UCloud developer guide, "Projects"."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.translate import projects as translate
from polyshare.dialects.ucloud.translate.projects import Projects
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import projects as wire
from polyshare.dialects.ucloud.wire.common import Page
from polyshare.domain.views import Window
from polyshare.engine.directory import projecting


async def browse(call: Call, _: None, listing: Listing[Projects]) -> Page:
    """GET …/browse: those that the caller is in."""
    work, person = call.work, call.actor.id
    stamp = listing.checked(await projecting.stamp(work, person)) if listing.whole else ""
    window = Window(listing.skip, listing.size, listing.position.after)
    found, last = await projecting.page(work, person, window)
    following = None if last is None else (last, 0)
    return listing.page([translate.project_out(one) for one in found], following, stamp)


async def retrieve(call: Call, _: None, asked: wire.RetrieveProject) -> wire.Project:
    """GET …/retrieve: one that the caller is in."""
    project = await projecting.one(call.work, call.actor.id, asked.id)
    members = await projecting.members(call.work, project.public_id) if asked.includeMembers else ()
    return translate.project_out(project, members)


_BASE = "/api/projects/v2"
_RETRIEVE: Query[wire.RetrieveProject] = Query(wire.RetrieveProject)

ROUTES = (
    Route("GET", f"{_BASE}/browse", browse, Doing.READ, translate.browsed),
    Route("GET", f"{_BASE}/retrieve", retrieve, Doing.READ, _RETRIEVE),
)
