"""Products as UCloud's clients are told of them."""

from collections.abc import Iterable, Mapping

from polyshare.dialects.ucloud.wire.common import ProductReference
from polyshare.dialects.ucloud.wire.products import (
    ResolvedSupport,
    ShareSupport,
    SupportByProvider,
)
from polyshare.domain.products import Product, ProductRef
from polyshare.providers.ucloud_telling import reference as reference_out
from polyshare.providers.ucloud_telling import storage as product_out

__all__ = ["product_out", "reference_from", "reference_out", "support_out", "supports_out"]


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


def _order(product: Product) -> tuple[str, int, str]:
    return product.ref.category, product.priority, product.ref.name
