"""Lists of products and of who sells them: which ones, and from where on."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.translate import paging, share_lists
from polyshare.dialects.ucloud.translate.products import product_out
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import products as wire
from polyshare.dialects.ucloud.wire.common import Page, Paged
from polyshare.domain.products import Product, ProductFilter

_PAGED: Query[Paged] = Query(Paged)
_BROWSE: Query[wire.BrowseProducts] = Query(wire.BrowseProducts)


class Products(Struct):
    """What a list of products was asked for; a token carries it."""

    size: int
    storage: bool
    balance: bool
    name: str | None
    category: str | None
    provider: str | None
    usable: bool | None

    @property
    def wanted(self) -> ProductFilter:
        """Which products are meant."""
        return ProductFilter(self.name, self.category, self.provider, self.usable)


def browsed(call: Call) -> Listing[Products]:
    """What GET /api/products/v2/browse asks for; raises BadQuery."""
    read = _BROWSE(call)
    return share_lists.listing("products.browse", read, _products(read, paging.size(read)), lambda _: int)


def retrieved(call: Call) -> Products:
    """Which product GET /api/products/v2/retrieve asks for; raises BadQuery."""
    return _products(_BROWSE(call), 1)


def _products(read: wire.BrowseProducts, size: int) -> Products:
    return Products(
        size,
        read.filterProductType in (None, "STORAGE"),
        read.includeBalance,
        read.filterName,
        read.filterCategory,
        read.filterProvider,
        read.filterUsable,
    )


class Providers(Struct):
    """What a list of providers was asked for; a token carries it."""

    size: int


def providers_browsed(call: Call) -> Listing[Providers]:
    """What GET /api/providers/integration/browse asks for; raises BadQuery."""
    read = _PAGED(call)
    return share_lists.listing("providers.im.browse", read, Providers(paging.size(read)), lambda _: str)


def providers_out(names: Sequence[str], listing: Listing[Providers]) -> Page:
    """A page of providers; *names* are all there are, in order. Nobody connects to one first: all are open to everybody."""
    stamp = listing.checked(",".join(names)) if listing.whole else ""
    after = listing.position.after
    left = [name for name in names if after is None or name > str(after[0])][listing.skip :]
    found = left[: listing.size]
    last = (found[-1], 0) if len(left) > len(found) else None
    return listing.page([wire.Integration(provider=name, providerTitle=name) for name in found], last, stamp)


def told(product: Product, asked: Products) -> wire.Storage:
    """A product; how much the caller has of it only if that was asked for."""
    return product_out(product if asked.balance else replace(product, balance=None))
