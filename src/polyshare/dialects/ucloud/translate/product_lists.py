"""Lists of products: which ones, and from where on."""

from dataclasses import replace

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.translate import paging, share_lists
from polyshare.dialects.ucloud.translate.products import product_out
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import products as wire
from polyshare.domain.products import Product, ProductFilter

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
    asked = Products(
        paging.size(read),
        read.filterProductType in (None, "STORAGE"),
        read.includeBalance,
        read.filterName,
        read.filterCategory,
        read.filterProvider,
        read.filterUsable,
    )
    return share_lists.listing("products.browse", read, asked, lambda _: int)


def told(product: Product, asked: Products) -> wire.Storage:
    """A product; how much the caller has of it only if that was asked for."""
    return product_out(product if asked.balance else replace(product, balance=None))
