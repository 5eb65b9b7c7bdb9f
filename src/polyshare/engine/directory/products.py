"""Products: which there are, and who may use them. The house's own is always there, free, and nobody's to change."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from polyshare.domain.directory import checked_id, checked_name
from polyshare.domain.errors import Invalid, NoAllocation, NotFound, NotSupported, WrongState
from polyshare.domain.events import What
from polyshare.domain.products import MOUNT, OURS, ChargeType, Product, ProductFilter, ProductRef, Unit
from polyshare.domain.views import Window
from polyshare.engine.directory.directing import facts
from polyshare.engine.work import Work
from polyshare.store.directory import products as store
from polyshare.store.directory import providers

OWN = Product(
    OURS,
    "Storage of this server",
    free=True,
    unit=Unit.PER_UNIT,
    charge_type=ChargeType.DIFFERENTIAL_QUOTA,
    price=0,
)
IN_TREE = "files"
"""The kind of providers whose drives lie in our own tree."""
LARGEST = 2**53 - 1
"""Of a price or a balance: what a number in JSON is read as by all."""
NOBODY = 0
"""Whose balance keepers are told: they hear of products as they are, not of what somebody has left of them."""
MOST = 1000
"""Products in a stretch of a list where nobody says how many."""


async def usable(work: Work, holder: int) -> Sequence[Product]:
    """
    What a user or a project may use, as they are told of it, by name: at most two statements.

    Everybody may use the house's own product; it is told of where there is no other, and to whoever has drives of it.

    Args:
        holder: Our own id of the user, or of the project for which they act.
    """
    found = await store.usable(work.rows, holder)
    own = not found or await store.has_drives_of_ours(work.rows, holder)
    return [*found, OWN] if own else found


async def sellers(work: Work) -> list[str]:
    """The names of all providers that products can be of, the house's own among them: one statement."""
    return sorted({OURS.provider, *(name for name, _ in await providers.storage(work.rows))})


async def known(work: Work, wanted: Collection[ProductRef], holder: int) -> dict[ProductRef, Product]:
    """
    Those of these products that there are, as a user or a project is told of them: one statement, or none for none.

    Drives that show what a share offers are of a product of their own, which nobody can use otherwise.
    """
    if not wanted:
        return {}
    found = await store.known(work.rows, wanted, holder)
    for ref in wanted:
        if ref == OURS:
            found[ref] = OWN
        elif ref.name == MOUNT:
            found[ref] = replace(OWN, ref=ref, description="Shared with you")
    return found


async def for_drive(work: Work, ref: ProductRef, holder: int) -> int | None:
    """
    The id of the product of which a user or a project makes a drive in our own tree: at most two statements.

    Returns:
        None for the house's own product, of which nothing is kept.

    Raises:
        NoAllocation: There is no such product, or nothing of it is theirs to use.
        NotSupported: Drives of this product lie at its provider, which makes them.
    """
    if ref == OURS:
        return None
    found = (await store.usable_of(work.rows, holder, {ref})).get(ref)
    if found is None:
        raise NoAllocation(f"There is no product {ref}, or nothing of it is yours to use.")
    if await providers.kind_of(work.rows, ref.provider) != IN_TREE:
        raise NotSupported("Drives of this product are made at its provider.")
    return found


async def browse(
    work: Work, holder: int, wanted: ProductFilter, window: Window
) -> tuple[list[Product], int | None]:
    """
    A stretch of all products, as a user or a project is told of them: the house's own first, then the oldest. One statement.

    Args:
        window: Goes on after the id that the stretch before it gave; MOST products where it has no limit.

    Returns:
        The products, and after which id the next stretch goes on; None: nothing follows.
    """
    own = window.after is None and _is_wanted(OWN, wanted)
    first = [store.Kept(0, OWN)] if own and window.skip == 0 else []
    window = replace(window, limit=MOST) if window.limit is None else window
    ahead = window.ahead()
    behind = replace(ahead, skip=max(ahead.skip - int(own), 0))
    found = [*first, *await store.browse(work.rows, holder, wanted, behind)]
    rows = found[: window.most]
    return [one.product for one in rows], rows[-1].id if len(found) > window.most else None


async def stamp(work: Work) -> str:
    """What changes with the products that there are, and with their terms; allocations are not of it."""
    row = await work.rows.one(store.STAMP)
    return "" if row is None else ".".join(str(int(one)) for one in row)


def _is_wanted(product: Product, wanted: ProductFilter) -> bool:
    ref = product.ref
    return (
        wanted.name in (None, ref.name)
        and wanted.category in (None, ref.category)
        and wanted.provider in (None, ref.provider)
        and wanted.usable in (None, True)
    )


async def page(work: Work, after: int = 0, limit: int = 100) -> list[store.Kept]:
    """At most *limit* products after the internal id *after*, oldest first; the house's own is not among them."""
    return await store.page(work.rows, after, limit)


async def show(work: Work, ref: ProductRef) -> store.Kept:
    """
    One product, with its internal id.

    Raises:
        NotFound: There is none of this name, or it is the house's own, of which nothing is kept.
    """
    found = await store.find(work.rows, ref) if str(ref).isprintable() else None
    if found is None:
        raise NotFound("product", f"There is no product {ref}.")
    return found


async def named(work: Work, name: str, category: str | None, provider: str | None) -> ProductRef:
    """
    The product of that name, of that category and provider if they are given.

    Raises:
        Invalid: There is none, or more than one.
    """
    found = [
        ref
        for ref in (await store.named(work.rows, name) if name.isprintable() else [])
        if category in (None, ref.category) and provider in (None, ref.provider)
    ]
    if not found:
        raise Invalid(f"there is no product {name!r} like this; add it first", "product")
    if len(found) > 1:
        raise Invalid(f"there are {', '.join(map(str, found))}; name category and provider too", "product")
    return found[0]


async def put(work: Work, product: Product) -> str:
    """
    Have a product be there on these terms; what its provider said of it stays, where nothing is said of that.

    Returns:
        "added", "changed", or nothing if it was so already.

    Raises:
        Invalid: A name or number can't be used, it is the house's own product, or nobody of that name keeps files.
    """
    _check(product)
    found = await store.find(work.rows, product.ref)
    if found is None and not any(
        name == product.ref.provider for name, _ in await providers.storage(work.rows)
    ):
        raise Invalid(
            f"there is no provider {product.ref.provider!r} that keeps files; add it first", "provider"
        )
    if found is not None and product.accounted is None:
        product = replace(product, accounted=found.product.accounted)
    terms = store.terms_of(product)
    if found is not None and (found.product.free, store.terms_of(found.product)) == (product.free, terms):
        return ""
    await work.note(What.PRODUCT_CHANGED, facts=facts(product=str(product.ref)))
    if found is not None:
        await work.rows.run(store.CHANGE, id=found.id, free=int(product.free), terms=terms, now=work.now)
        return "changed"
    await work.rows.run(
        store.ADD,
        id=work.new_id(),
        provider=product.ref.provider,
        category=product.ref.category,
        name=product.ref.name,
        free=int(product.free),
        terms=terms,
        now=work.now,
    )
    return "added"


async def remove(work: Work, ref: ProductRef) -> None:
    """
    Have a product be there no longer.

    Raises:
        NotFound: There is none of this name.
        WrongState: A drive or a share is of it, or something of it was allotted.
    """
    found = await show(work, ref)
    if await store.in_use(work.rows, found.id):
        raise WrongState(
            "Drives or shares are of this product, or it is allotted; move or remove those first."
        )
    await work.note(What.PRODUCT_REMOVED, facts=facts(product=str(ref)))
    await work.rows.run(store.REMOVE, id=found.id)


def _check(product: Product) -> None:
    for key, value in (("id", product.ref.name), ("category", product.ref.category)):
        checked_id(value, key)
    if product.ref.provider == OURS.provider:
        raise Invalid("this provider is this server itself; its product is always there", "provider")
    if product.ref.name == MOUNT:
        raise Invalid(f"{MOUNT} is the name of what drives that show shares are of; choose another", "id")
    if product.description:
        checked_name(product.description, "description")
    if not 0 <= product.price <= LARGEST:
        raise Invalid("a price is a whole number of 0 or more", "price")
    if abs(product.priority) > LARGEST:
        raise Invalid("this priority is too large a number", "priority")
