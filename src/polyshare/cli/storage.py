"""`polyshare products`, `polyshare allocations`: what storage there is, and who may use how much of it."""

import click

from polyshare.cli.options import WRONG_USE, Failure, settings_options
from polyshare.cli.showing import PAGE, as_json, changing, looking, show_all, show_one
from polyshare.domain.products import Allocation, ChargeType, Holder, Product, ProductRef, Unit
from polyshare.engine.directory import allotting
from polyshare.engine.directory import products as verbs
from polyshare.engine.work import Work
from polyshare.settings import Settings
from polyshare.web import admin_shapes as shapes


class Named(click.ParamType):  # type: ignore[type-arg] # generic in newer releases of click only
    """A product: `PROVIDER/CATEGORY/NAME`."""

    name = "PROVIDER/CATEGORY/NAME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ProductRef:
        """The product that is named."""
        if isinstance(value, ProductRef):
            return value
        parts = str(value).split("/")
        if len(parts) != 3 or not all(parts):
            self.fail(f"{value!r}: write provider, category and name with slashes between", param, ctx)
        provider, category, name = parts
        return ProductRef(name, category, provider)


_PRODUCT = click.argument("ref", metavar="PROVIDER/CATEGORY/NAME", type=Named())
_USER = click.option("--user", metavar="LOGIN", default="", help="The user whose it is.")
_PROJECT = click.option("--project", metavar="ID", default="", help="The project whose it is.")


@click.group()
def products() -> None:
    """
    List and change products: storage as its provider sells it.

    A product is named by its provider, its category and its own name. The server's own storage is always there and free.

    \b
    Examples:
      polyshare products put example/ssd/example-ssd --free
      polyshare products list
    """


@products.command("list")
@as_json
@settings_options("database")
def list_products(settings: Settings, in_json: bool) -> None:
    """List products, oldest first."""

    async def job(work: Work) -> list[Product]:
        found, after = [], 0
        while rows := await verbs.page(work, after, PAGE):
            found += [row.product for row in rows]
            after = rows[-1].id
        return found

    rows = [shapes.product(one) for one in looking(settings, job)]
    show_all(rows, ("provider", "category", "name", "free", "unit", "price"), in_json)


@products.command("show")
@_PRODUCT
@as_json
@settings_options("database")
def show_product(settings: Settings, ref: ProductRef, in_json: bool) -> None:
    """Show one product."""
    show_one(shapes.product(looking(settings, lambda work: verbs.show(work, ref)).product), in_json)


@products.command("put")
@_PRODUCT
@click.option("--description", default="", help="A line about it.")
@click.option("--free", is_flag=True, help="Everybody may use it; else only who has an allocation.")
@click.option(
    "--unit",
    type=click.Choice([*Unit]),
    default=Unit.PER_UNIT,
    show_default=True,
    help="What the price is for.",
)
@click.option(
    "--charge-type",
    type=click.Choice([*ChargeType]),
    default=ChargeType.DIFFERENTIAL_QUOTA,
    show_default=True,
    help="Whether what is used is used up, or counts only while it is there.",
)
@click.option("--price", type=click.IntRange(0), default=1, show_default=True, help="Its price.")
@click.option("--priority", type=int, default=0, show_default=True, help="Lower ones come first in lists.")
@settings_options("database")
def put_product(
    settings: Settings,
    ref: ProductRef,
    description: str,
    free: bool,
    unit: str,
    charge_type: str,
    price: int,
    priority: int,
) -> None:
    """Add a product, or have the one of this name be on these terms."""
    wanted = Product(ref, description, free, unit, charge_type, price, priority)
    how = changing(settings, lambda work: verbs.put(work, wanted))
    click.echo(f"{how or 'nothing new for'} product {ref}")


@products.command("remove")
@_PRODUCT
@settings_options("database")
def remove_product(settings: Settings, ref: ProductRef) -> None:
    """Remove a product of which there are neither drives nor shares nor allocations."""
    changing(settings, lambda work: verbs.remove(work, ref))
    click.echo(f"removed product {ref}")


@click.group()
def allocations() -> None:
    """
    List and change allocations: what users and projects may use of products that are not free.

    \b
    Examples:
      polyshare allocations put example/ssd/example-ssd 1000 --user alice
      polyshare allocations list
    """


@allocations.command("list")
@as_json
@settings_options("database")
def list_allocations(settings: Settings, in_json: bool) -> None:
    """List allocations, by product."""

    async def job(work: Work) -> list[Allocation]:
        found: list[Allocation] = []
        while rows := await allotting.page(work, len(found), PAGE):
            found += rows
        return found

    rows = [shapes.allocation(one) for one in looking(settings, job)]
    show_all(rows, ("provider", "category", "name", "user", "project", "balance"), in_json)


@allocations.command("put")
@_PRODUCT
@click.argument("balance", type=click.IntRange(0))
@_USER
@_PROJECT
@settings_options("database")
def put_allocation(settings: Settings, ref: ProductRef, balance: int, user: str, project: str) -> None:
    """Let a user or a project use that much of a product."""
    holder = _holder(user, project)
    how = changing(settings, lambda work: allotting.allot(work, ref, holder, balance))
    click.echo(f"{how or 'nothing new for'} allocation of {ref} to {user or project}")


@allocations.command("remove")
@_PRODUCT
@_USER
@_PROJECT
@settings_options("database")
def remove_allocation(settings: Settings, ref: ProductRef, user: str, project: str) -> None:
    """Let a user or a project use nothing of a product any more; what is there of it stays."""
    holder = _holder(user, project)
    changing(settings, lambda work: allotting.take_back(work, ref, holder))
    click.echo(f"removed allocation of {ref} to {user or project}")


def _holder(user: str, project: str) -> Holder:
    if bool(user) == bool(project):
        raise Failure("name the user (--user) or the project (--project), one of both", WRONG_USE)
    return Holder(user, project)
