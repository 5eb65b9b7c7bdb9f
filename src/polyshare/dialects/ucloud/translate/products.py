"""Products as UCloud's clients are told of them."""

from collections.abc import Iterable, Mapping

from polyshare.dialects.ucloud.wire.common import ProductReference
from polyshare.dialects.ucloud.wire.products import (
    AccountingUnit,
    Category,
    ResolvedSupport,
    ShareSupport,
    Storage,
    SupportByProvider,
)
from polyshare.domain.products import Product, ProductRef

_BYTES = AccountingUnit("GB", "GB", floatingPoint=False, displayFrequencySuffix=False)
_MONEY = AccountingUnit("DKK", "DKK", floatingPoint=True, displayFrequencySuffix=False)
_VERSION = 1  # of a product's terms; only what is in force now is told


def reference_out(ref: ProductRef) -> ProductReference:
    """How a product is named."""
    return ProductReference(ref.name, ref.category, ref.provider)


def reference_from(reference: ProductReference) -> ProductRef:
    """The product that is named."""
    return ProductRef(reference.id, reference.category, reference.provider)


def product_out(product: Product) -> Storage:
    """Product.Storage, with `balance` as the caller has it."""
    ref = product.ref
    return Storage(
        name=ref.name,
        description=product.description,
        category=Category(
            ref.category,
            ref.provider,
            "STORAGE",
            _MONEY if product.unit.startswith("CREDITS") else _BYTES,
            _frequency(product.unit),
            product.free,
            allowSubAllocations=True,
        ),
        pricePerUnit=product.price,
        price=product.price,
        priority=product.priority,
        version=_VERSION,
        freeToUse=product.free,
        unitOfPrice=product.unit,
        chargeType=product.charge_type,
        hiddenInGrantApplications=False,
        balance=product.balance,
    )


def _frequency(unit: str) -> str:
    """How often is counted: `UNITS_PER_HOUR` every hour, `PER_UNIT` once."""
    every = unit.rpartition("_")[2]
    return "ONCE" if every == "UNIT" else f"PERIODIC_{every}"


def support_out(product: Product) -> ResolvedSupport:
    """That folders on drives of a product can be shared."""
    support = ShareSupport("UCLOUD_MANAGED_COLLECTION", reference_out(product.ref))
    return ResolvedSupport(product_out(product), support)


def supports_out(products: Mapping[str, Iterable[Product]]) -> SupportByProvider:
    """Products whose folders can be shared, by their providers; each in order of category, priority and name."""
    return SupportByProvider(
        {
            provider: [support_out(product) for product in sorted(offered, key=_order)]
            for provider, offered in sorted(products.items())
        }
    )


def _order(product: Product) -> tuple[str, int, str]:
    return product.ref.category, product.priority, product.ref.name
