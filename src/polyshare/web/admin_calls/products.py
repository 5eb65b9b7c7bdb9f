"""Products, and what of them is allotted to whom."""

from typing import Literal

from polyshare.domain.products import Holder, ProductRef
from polyshare.engine.directory import allotting, products
from polyshare.engine.work import Work
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call, Handler

HOLDERS: tuple[Literal["users", "projects"], ...] = ("users", "projects")


def _ref(call: Call) -> ProductRef:
    return ProductRef(call.path["name"], call.path["category"], call.path["provider"])


async def list_products(call: Call) -> shapes.Page:
    """GET /products: those that were added; the house's own is always there."""
    after, limit = call.after_id(), call.limit() + 1
    found = await call.look(lambda work: products.page(work, after, limit))
    return call.page(found, lambda row: row.id, lambda row: shapes.product(row.product))


async def show_product(call: Call) -> shapes.ProductOut:
    """GET /products/{provider}/{category}/{name}."""
    return shapes.product((await call.look(lambda work: products.show(work, _ref(call)))).product)


async def put_product(call: Call) -> shapes.ProductOut:
    """PUT /products/{provider}/{category}/{name}."""

    async def job(work: Work) -> shapes.ProductOut:
        await products.put(work, call.body.product(_ref(call)))
        return shapes.product((await products.show(work, _ref(call))).product)

    return await call.change(job)


async def remove_product(call: Call) -> None:
    """DELETE /products/{provider}/{category}/{name}."""
    await call.change(lambda work: products.remove(work, _ref(call)))


async def list_allocations(call: Call) -> shapes.Page:
    """GET /products/{provider}/{category}/{name}/allocations: all of them on one page."""
    found = await call.look(lambda work: allotting.of(work, _ref(call)))
    return shapes.Page([shapes.allocation(one) for one in found], None)


def allot(kind: Literal["users", "projects"]) -> Handler:
    """PUT /products/{provider}/{category}/{name}/users/{holder}, …/projects/{holder}."""

    async def handle(call: Call) -> None:
        holder, balance = _holder(kind, call), call.body.balance
        await call.change(lambda work: allotting.allot(work, _ref(call), holder, balance))

    return handle


def take_back(kind: Literal["users", "projects"]) -> Handler:
    """DELETE /products/{provider}/{category}/{name}/users/{holder}, …/projects/{holder}."""

    async def handle(call: Call) -> None:
        await call.change(lambda work: allotting.take_back(work, _ref(call), _holder(kind, call)))

    return handle


def _holder(kind: Literal["users", "projects"], call: Call) -> Holder:
    name = call.path["holder"]
    return Holder(user=name) if kind == "users" else Holder(project=name)
