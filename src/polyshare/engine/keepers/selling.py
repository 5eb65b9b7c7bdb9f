"""What providers sell, as they say it themselves: registered by them, and told of to them."""

from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.errors import Denied
from polyshare.domain.products import MOUNT, Product, ProductFilter
from polyshare.domain.views import Window
from polyshare.engine.directory import products
from polyshare.engine.work import Work
from polyshare.store.directory import products as store
from polyshare.store.directory import providers


async def register(work: Work, provider: str, offered: Sequence[Product]) -> None:
    """
    Take in what a provider sells: all of it or nothing.

    What is there already stays on its terms, for these are the operator's to change; only how it is accounted is kept anew.
    What drives are of that show shares is always there.

    Raises:
        Denied: One is another provider's.
        Invalid: A name or number can't be used.
    """
    for one in offered:
        if one.ref.provider != provider:
            raise Denied("A provider registers products of its own alone.")
    await work.rows.all(providers.LOCK, provider=provider)
    for one in offered:
        if one.ref.name == MOUNT:
            continue
        found = await store.find(work.rows, one.ref) if str(one.ref).isprintable() else None
        await products.put(work, one if found is None else replace(found.product, accounted=one.accounted))


async def page(
    work: Work, provider: str, wanted: ProductFilter, window: Window
) -> tuple[list[Product], int | None]:
    """
    A stretch of what a provider registered, the oldest first; what an operator alone declared for it is left out, so that the
    provider does not take it for what it said. A stretch may have fewer than are wanted, though more follow.

    Returns:
        The products, and after which id the next stretch goes on; None: nothing follows.
    """
    found, last = await products.browse(work, products.NOBODY, among_own(wanted, provider), window)
    return [as_said(one) for one in found if one.accounted is not None], last


def among_own(wanted: ProductFilter, provider: str) -> ProductFilter:
    """The same of a provider's own products; of another's nothing fits, for no product is of a provider without a name."""
    return replace(wanted, provider=provider if wanted.provider in (None, provider) else "")


def as_said(product: Product) -> Product:
    """A product as its provider is told of it: free where it said so, whoever may use it here."""
    return product if product.accounted is None else replace(product, free=product.accounted.free)
