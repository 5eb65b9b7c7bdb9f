"""Products, and what of them is allotted to whom."""

from typing import Annotated

from msgspec import Meta, Struct

from polyshare.domain.products import Allocation, ChargeType, Product, ProductRef, Unit
from polyshare.web.admin_shapes.common import Given

Whole = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class GivenProduct(Given, kw_only=True):
    """Body of PUT /products/{provider}/{category}/{name}; what is not free, only who has an allocation may use."""

    description: str = ""
    free: bool = False
    unit: Unit = Unit.PER_UNIT
    charge_type: ChargeType = ChargeType.DIFFERENTIAL_QUOTA
    price: Whole = 1
    priority: Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)] = 0

    def product(self, ref: ProductRef) -> Product:
        """The same for the engine."""
        return Product(
            ref, self.description, self.free, self.unit, self.charge_type, self.price, self.priority
        )


class ProductOut(Struct):
    """A product; lower priorities come first in lists."""

    provider: str
    category: str
    name: str
    description: str
    free: bool
    unit: str
    charge_type: str
    price: int
    priority: int


class GivenBalance(Given, kw_only=True):
    """Body of PUT …/users/{holder} and …/projects/{holder} of a product."""

    balance: Whole


class AllocationOut(Struct):
    """What a user or a project may use of a product; one of both is null."""

    provider: str
    category: str
    name: str
    user: str | None
    project: str | None
    balance: int


def product(found: Product) -> ProductOut:
    """A product as it goes out."""
    ref = found.ref
    return ProductOut(
        ref.provider,
        ref.category,
        ref.name,
        found.description,
        found.free,
        found.unit,
        found.charge_type,
        found.price,
        found.priority,
    )


def allocation(found: Allocation) -> AllocationOut:
    """An allocation as it goes out."""
    ref, holder = found.ref, found.holder
    return AllocationOut(
        ref.provider, ref.category, ref.name, holder.user or None, holder.project or None, found.balance
    )
