"""Products and who sells them: which there are, and which providers sell.  Source: UCloud developer guide, "Products"; its web client."""

from collections.abc import Sequence

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.routes.workspaces import active_project
from polyshare.dialects.ucloud.translate import product_lists
from polyshare.dialects.ucloud.translate import products as translate
from polyshare.dialects.ucloud.translate.product_lists import Products, Providers
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import products as wire
from polyshare.dialects.ucloud.wire.common import Nothing, Page
from polyshare.domain.errors import NotFound
from polyshare.domain.products import Product
from polyshare.domain.projects import Project
from polyshare.domain.views import Window
from polyshare.engine.directory import products
from polyshare.engine.keepers import selling


async def browse(call: Call, project: Project | None, listing: Listing[Products]) -> Page:
    """GET …/browse: as the active workspace may use them; a provider is told of those that it registered."""
    asked = listing.position.asked
    if not asked.storage:
        return listing.empty
    stamp = listing.checked(await products.stamp(call.work)) if listing.whole else ""
    if call.actor.provider:
        found, last = await selling.page(call.work, call.actor.provider, asked.wanted, listing.window)
    else:
        found, last = await products.browse(call.work, _holder(call, project), asked.wanted, listing.window)
    following = None if last is None else (last, 0)
    return listing.page([product_lists.told(one, asked) for one in found], following, stamp)


async def retrieve(call: Call, project: Project | None, asked: Products) -> wire.Storage:
    """GET …/retrieve: the first that fits; a provider is told of its own, also of those that it did not register."""
    wanted, found = asked.wanted, list[Product]()
    if call.actor.provider:
        wanted = selling.among_own(wanted, call.actor.provider)
    if asked.storage:
        found, _ = await products.browse(call.work, _holder(call, project), wanted, Window(limit=1))
    if not found:
        raise NotFound("product", "There is no such product.")
    return product_lists.told(selling.as_said(found[0]) if call.actor.provider else found[0], asked)


async def register(call: Call, _: None, items: Sequence[wire.OfferedProduct]) -> Nothing:
    """POST …: what a provider sells."""
    await selling.register(call.work, call.actor.provider, translate.offered_from(items))
    return Nothing()


async def browse_integrations(call: Call, _: None, listing: Listing[Providers]) -> Page:
    """GET /api/providers/integration/browse."""
    return product_lists.providers_out(await products.sellers(call.work), listing)


def _holder(call: Call, project: Project | None) -> int:
    return call.actor.id if project is None else project.id


_PRODUCTS = "/api/products/v2"

ROUTES = (
    Route("GET", f"{_PRODUCTS}/browse", browse, Doing.READ, product_lists.browsed, active_project),
    *(
        Route("GET", path, retrieve, Doing.READ, product_lists.retrieved, active_project)
        for path in (f"{_PRODUCTS}/retrieve", "/api/products/retrieve")
    ),
    Route("POST", _PRODUCTS, register, Doing.WRITE, Bulk(wire.OfferedProduct), has_body=True),
    Route(
        "GET",
        "/api/providers/integration/browse",
        browse_integrations,
        Doing.READ,
        product_lists.providers_browsed,
    ),
)
