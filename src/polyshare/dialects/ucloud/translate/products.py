"""Products as UCloud's clients are told of them."""

from collections.abc import Iterable, Mapping, Sequence

from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.ucloud.wire import products as wire
from polyshare.dialects.ucloud.wire.common import ProductReference
from polyshare.dialects.ucloud.wire.products import (
    ResolvedSupport,
    ShareSupport,
    SupportByProvider,
)
from polyshare.domain.products import Accounted, ChargeType, Product, ProductRef, Unit
from polyshare.providers.texts import plain
from polyshare.providers.ucloud_telling import reference as reference_out
from polyshare.providers.ucloud_telling import storage as product_out

__all__ = ["offered_from", "product_out", "reference_from", "reference_out", "support_out", "supports_out"]

LONGEST = 255
"""Characters of a description that are kept."""
_PERIODS = {"ONCE": "", "PERIODIC_MINUTE": "MINUTE", "PERIODIC_HOUR": "HOUR", "PERIODIC_DAY": "DAY"}


def reference_from(reference: ProductReference) -> ProductRef:
    """The product that is named."""
    return ProductRef(reference.id, reference.category, reference.provider)


def support_out(product: Product) -> ResolvedSupport:
    """That folders on drives of a product can be shared."""
    return ResolvedSupport(product_out(product), ShareSupport(reference_out(product.ref)))


def supports_out(products: Mapping[str, Iterable[Product]]) -> SupportByProvider:
    """Products whose folders can be shared, by their providers; each in order of category, priority and name."""
    return SupportByProvider(
        {
            provider: [support_out(product) for product in sorted(offered, key=_order)]
            for provider, offered in sorted(products.items())
        }
    )


def offered_from(items: Sequence[wire.OfferedProduct]) -> list[Product]:
    """Storage that a provider says it sells, the last word of each; other kinds are left out. Raises BadBody."""
    found = {}
    for at, item in enumerate(items):
        if item.productType == "STORAGE":
            product = _offered(item, at)
            found[product.ref] = product
    return list(found.values())


def _offered(item: wire.OfferedProduct, at: int) -> Product:
    of, unit = item.category, item.category.accountingUnit
    if unit is None:
        raise BadBody("accountingUnit is required.", "items", at, "category", "accountingUnit")
    if of.accountingFrequency not in _PERIODS:
        raise BadBody(f"accountingFrequency: use {' or '.join(_PERIODS)}.", "items", at, "category")
    period = _PERIODS[of.accountingFrequency]
    accounted = Accounted(
        unit.name,
        unit.namePlural,
        unit.floatingPoint,
        unit.displayFrequencySuffix,
        of.accountingFrequency,
        of.freeToUse,
        of.allowSubAllocations,
        item.hiddenInGrantApplications,
    )
    return Product(
        ProductRef(item.name, of.name, of.provider),
        plain(item.description, LONGEST),
        of.freeToUse,
        f"{'CREDITS' if unit.floatingPoint else 'UNITS'}_PER_{period}" if period else Unit.PER_UNIT,
        ChargeType.ABSOLUTE if period else ChargeType.DIFFERENTIAL_QUOTA,
        item.price,
        accounted=accounted,
    )


def _order(product: Product) -> tuple[str, int, str]:
    return product.ref.category, product.priority, product.ref.name
