"""Rows of `allocation`: what users and projects may use of products."""

from polyshare.domain.products import Allocation, Holder, ProductRef
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

_ALL = """
    select r.name, r.category, r.provider, coalesce(u.login, ''),
      case when p.kind = 'project' then p.public_id else '' end, a.balance
    from allocation a join product r on r.id = a.product join principal p on p.id = a.holder
    left join person u on u.principal = a.holder
"""
ONE = statement(
    "allocation.one", "select balance from allocation where product = :product and holder = :holder"
)
PUT = statement(
    "allocation.put",
    """
    insert into allocation (holder, product, balance) values (:holder, :product, :balance)
    on conflict (holder, product) do update set balance = excluded.balance
    """,
)
REMOVE = statement(
    "allocation.remove", "delete from allocation where product = :product and holder = :holder"
)
PAGE = statement(
    "allocation.page",
    f"""
    {_ALL} order by r.provider, r.category, r.name, 4, 5 limit :limit offset :skip
    """,
)
OF_PRODUCT = statement("allocation.of_product", f"{_ALL} where a.product = :product order by 4, 5")


def _allocation(row: Row) -> Allocation:
    name, category, provider, login, project, balance = row
    return Allocation(ProductRef(name, category, provider), Holder(login, project), balance)


async def balance(rows: Rows, product: int, holder: int) -> int | None:
    """What a holder may use of a product; None: nothing was allotted."""
    row = await rows.one(ONE, product=product, holder=holder)
    return None if row is None else int(row[0])


async def page(rows: Rows, skip: int, limit: int) -> list[Allocation]:
    """A stretch of all allocations, by product and holder."""
    return [_allocation(row) for row in await rows.all(PAGE, skip=skip, limit=limit)]


async def of_product(rows: Rows, product: int) -> list[Allocation]:
    """What of a product was allotted, by holder."""
    return [_allocation(row) for row in await rows.all(OF_PRODUCT, product=product)]
