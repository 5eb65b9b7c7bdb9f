"""Products and who sells them: which there are.  Source: UCloud developer guide, "Products"; its web client for the second."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import product_lists
from polyshare.dialects.ucloud.translate.product_lists import Products, Providers
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire.common import Page
from polyshare.domain.projects import Project
from polyshare.engine.directory import products


async def browse(call: Call, project: Project | None, listing: Listing[Products]) -> Page:
    """GET …/browse: as the active workspace may use them."""
    asked = listing.position.asked
    if not asked.storage:
        return listing.empty
    work, holder = call.work, call.actor.id if project is None else project.id
    stamp = listing.checked(await products.stamp(work)) if listing.whole else ""
    found, last = await products.browse(work, holder, asked.wanted, listing.window)
    following = None if last is None else (last, 0)
    return listing.page([product_lists.told(one, asked) for one in found], following, stamp)


async def browse_integrations(call: Call, _: None, listing: Listing[Providers]) -> Page:
    """GET /api/providers/integration/browse."""
    return product_lists.providers_out(await products.sellers(call.work), listing)


ROUTES = (
    Route("GET", "/api/products/v2/browse", browse, Doing.READ, product_lists.browsed, active_project),
    Route(
        "GET",
        "/api/providers/integration/browse",
        browse_integrations,
        Doing.READ,
        product_lists.providers_browsed,
    ),
)
