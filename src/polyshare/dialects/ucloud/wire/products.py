"""Products of storage, and that providers share what lies on them.  Source: UCloud developer guide, "Products" and "Shares"."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from polyshare.dialects.ucloud.wire.common import Paged
from polyshare.providers.ucloud_wire import (
    AccountingUnit,
    Category,
    ResolvedSupport,
    ShareSupport,
    Storage,
)

__all__ = ["AccountingUnit", "Category", "ResolvedSupport", "ShareSupport", "Storage", "SupportByProvider"]


ProductType = Literal[
    "COMPUTE",
    "STORAGE",
    "INGRESS",
    "LICENSE",
    "INFERENCE",
    "NETWORK_IP",
    "PRIVATE_NETWORK",
    "PRIVATE_NETWORK_IP",
]


class SupportByProvider(Struct):
    """Answer to GET …/retrieveProducts."""

    productsByProvider: Mapping[str, Sequence[ResolvedSupport]]


class Integration(Struct, kw_only=True):
    """
    IntegrationBrowseResponseItem: a provider, and whether the caller may use it by now.

    The web client looks a drive's provider up by the title, and opens no drive of one that is not there and connected.
    """

    provider: str
    connected: Literal[True] = True
    providerTitle: str
    requiresMessageSigning: Literal[False] = False
    unmanagedConnection: Literal[False] = False


class BrowseProducts(Paged, kw_only=True):
    """Query of GET /api/products/v2/browse, and of …/retrieve, where pages mean nothing; there is storage only."""

    filterName: str | None = None
    filterProvider: str | None = None
    filterCategory: str | None = None
    filterProductType: ProductType | None = None
    filterUsable: bool | None = None
    includeBalance: bool = False


class OfferedCategory(Struct, kw_only=True):
    """ProductCategory as a provider's program says it, which leaves out what is false."""

    name: str
    provider: str
    accountingUnit: AccountingUnit | None = None
    accountingFrequency: str = ""
    freeToUse: bool = False
    allowSubAllocations: bool = False


class OfferedProduct(Struct, kw_only=True):
    """ProductV2: item of POST /api/products/v2; of other kinds than storage there is more."""

    name: str
    productType: str
    category: OfferedCategory
    description: str = ""
    price: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] = 0
    hiddenInGrantApplications: bool = False
