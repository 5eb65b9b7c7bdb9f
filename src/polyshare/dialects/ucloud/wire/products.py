"""Products of storage, and that providers share what lies on them.  Source: UCloud developer guide, "Products" and "Shares"."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from polyshare.dialects.ucloud.wire.common import ProductReference


class AccountingUnit(Struct):
    """What amounts of a product are counted in, as people read it."""

    name: str
    namePlural: str
    floatingPoint: bool
    displayFrequencySuffix: bool


class Category(Struct):
    """ProductCategory: what a product is accounted under."""

    name: str
    provider: str
    productType: Literal["STORAGE"]
    accountingUnit: AccountingUnit
    accountingFrequency: str
    freeToUse: bool
    allowSubAllocations: bool


class Storage(Struct, kw_only=True):
    """
    Product.Storage: a product as the guide describes it, with what later servers tell besides.

    Its reference is its name with the name and the provider of its category.
    """

    type: Literal["storage"] = "storage"
    productType: Literal["STORAGE"] = "STORAGE"
    name: str
    description: str
    category: Category
    pricePerUnit: int
    price: int
    priority: int
    version: int
    freeToUse: bool
    unitOfPrice: str
    chargeType: str
    hiddenInGrantApplications: bool
    balance: int | None


class ShareSupport(Struct):
    """ShareSupport: that folders on drives of this product can be shared."""

    type: Literal["UCLOUD_MANAGED_COLLECTION"]
    product: ProductReference


class ResolvedSupport(Struct):
    """A product, and what its provider can do with it."""

    product: Storage
    support: ShareSupport


class SupportByProvider(Struct):
    """Answer to GET …/retrieveProducts."""

    productsByProvider: Mapping[str, Sequence[ResolvedSupport]]
