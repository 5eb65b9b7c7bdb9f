"""Rows of `product`: storage as its provider sells it, and what one holder may use of it."""

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from polyshare.domain.products import Accounted, Product, ProductFilter, ProductRef
from polyshare.domain.views import Window
from polyshare.store.database import Row, Rows
from polyshare.store.statements import composed, statement

_COLUMNS = "r.id, r.provider, r.category, r.name, r.free, r.terms"
_SEEN = f"select {_COLUMNS}, a.balance from product r left join allocation a on a.product = r.id and a.holder = :holder"  # noqa: S608
_ORDER = "order by r.provider, r.category, r.name"

_MAY, _MAY_NOT = "(r.free = 1 or a.holder is not null)", "r.free = 0 and a.holder is null"

USABLE = statement("product.usable", f"{_SEEN} where {_MAY} {_ORDER}")
USABLE_OF = statement(
    "product.usable_of",
    f"{_SEEN} where {_MAY} and r.provider in :providers[] and r.category in :categories[] and r.name in :names[]",
)
DRIVES_OF_OURS = statement(
    "product.drives_of_ours",
    "select 1 from drive where owner = :holder and product is null and gone_at is null limit 1",
)
KNOWN = statement(
    "product.known",
    f"{_SEEN} where r.provider in :providers[] and r.category in :categories[] and r.name in :names[]",
)
PAGE = statement(
    "product.page",
    f"select {_COLUMNS}, null from product r where r.id > :after order by r.id limit :limit",  # noqa: S608
)
_BROWSE = f"{_SEEN} where r.id > :after {{filters}} order by r.id limit :limit offset :skip"
_NAMED, _FILED, _SOLD = "r.name = :name", "r.category = :category", "r.provider = :provider"
# What changes with the list; a remainder, for the sum of ids is more than a column holds.
STAMP = statement(
    "product.stamp",
    "select count(*), coalesce(max(modified_at), 0), coalesce(sum(id % 1000003), 0) from product",
)
FIND = statement(
    "product.find",
    f"select {_COLUMNS}, null from product r where r.provider = :provider and r.category = :category and r.name = :name",  # noqa: S608
)
NAMED = statement(
    "product.named",
    "select name, category, provider from product where name = :name order by provider, category limit 100",
)
ADD = statement(
    "product.add",
    """
    insert into product (id, provider, category, name, free, terms, created_at, modified_at)
    values (:id, :provider, :category, :name, :free, :terms, :now, :now)
    """,
)
CHANGE = statement(
    "product.change", "update product set free = :free, terms = :terms, modified_at = :now where id = :id"
)
REMOVE = statement("product.remove", "delete from product where id = :id")
IN_USE = statement(
    "product.in_use",
    """
    select 1 from product r where r.id = :id and (
      exists (select 1 from drive d where d.product = r.id)
      or exists (select 1 from share s where s.product = r.id)
      or exists (select 1 from allocation a where a.product = r.id)
      or exists (select 1 from remote_drive e
        where e.provider = r.provider and e.category = r.category and e.product = r.name))
    """,
)


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is told of a product besides its name, as it is kept."""

    description: str
    unit: str
    charge_type: str
    price: int
    priority: int
    accounted: Accounted | None = None


class Kept(NamedTuple):
    """A product with its id."""

    id: int
    product: Product


def terms_of(product: Product) -> str:
    """What is kept of a product's terms."""
    terms = Terms(
        product.description,
        product.unit,
        product.charge_type,
        product.price,
        product.priority,
        product.accounted,
    )
    return msgspec.json.encode(terms).decode()


def _kept(row: Row) -> Kept:
    ident, provider, category, name, free, text, balance = row
    terms = msgspec.json.decode(text, type=Terms)
    product = Product(
        ProductRef(name, category, provider),
        terms.description,
        bool(free),
        terms.unit,
        terms.charge_type,
        terms.price,
        terms.priority,
        balance,
        terms.accounted,
    )
    return Kept(ident, product)


async def usable(rows: Rows, holder: int) -> list[Product]:
    """What a user or a project may use: it is free, or something of it was allotted. In order of the names."""
    return [_kept(row).product for row in await rows.all(USABLE, holder=holder)]


async def has_drives_of_ours(rows: Rows, holder: int) -> bool:
    """Whether a user or a project has a drive of the house's own product."""
    return await rows.one(DRIVES_OF_OURS, holder=holder) is not None


async def usable_of(rows: Rows, holder: int, wanted: Collection[ProductRef]) -> dict[ProductRef, int]:
    """Ids of those of these products that a user or a project may use."""
    found = [_kept(row) for row in await rows.all(USABLE_OF, holder=holder, **_names(wanted))]
    return {one.product.ref: one.id for one in found if one.product.ref in wanted}


async def known(rows: Rows, wanted: Collection[ProductRef], holder: int) -> dict[ProductRef, Product]:
    """Those of these products that there are, as this holder is told of them."""
    found = await rows.all(KNOWN, holder=holder, **_names(wanted))
    products = (_kept(row).product for row in found)
    return {product.ref: product for product in products if product.ref in wanted}


async def browse(rows: Rows, holder: int, wanted: ProductFilter, window: Window) -> list[Kept]:
    """A stretch of the products that are wanted, oldest first, as this holder is told of them."""
    asked: dict[str, Any] = {"name": wanted.name, "category": wanted.category, "provider": wanted.provider}
    asked = {name: value for name, value in asked.items() if value is not None}
    known = {"name": _NAMED, "category": _FILED, "provider": _SOLD}
    fragments = [known[name] for name in known if name in asked]
    if wanted.usable is not None:
        fragments.append(_MAY if wanted.usable else _MAY_NOT)
    asked |= {
        "after": 0 if window.after is None else window.after[0],
        "skip": window.skip,
        "limit": window.most,
    }
    found = composed("product.browse", _BROWSE, tuple(fragments))
    return [_kept(row) for row in await rows.all(found, holder=holder, **asked)]


def _names(wanted: Collection[ProductRef]) -> dict[str, list[str]]:
    """Products by their parts; what has parts of several of them is found as well."""
    return {
        "providers": sorted({one.provider for one in wanted}),
        "categories": sorted({one.category for one in wanted}),
        "names": sorted({one.name for one in wanted}),
    }


async def page(rows: Rows, after: int, limit: int) -> list[Kept]:
    """At most *limit* products after the id *after*, oldest first."""
    return [_kept(row) for row in await rows.all(PAGE, after=after, limit=limit)]


async def find(rows: Rows, ref: ProductRef) -> Kept | None:
    """The product of that name."""
    row = await rows.one(FIND, provider=ref.provider, category=ref.category, name=ref.name)
    return None if row is None else _kept(row)


async def named(rows: Rows, name: str) -> list[ProductRef]:
    """The products of that name, whoever sells them."""
    return [ProductRef(*row) for row in await rows.all(NAMED, name=name)]


async def in_use(rows: Rows, id_: int) -> bool:
    """Whether anything is of this product, or anybody may use something of it."""
    return await rows.one(IN_USE, id=id_) is not None
