"""What carries grants out, and what storage it sells."""

from typing import Annotated, Literal

from msgspec import Meta

from polyshare.domain.products import ChargeType, Unit
from polyshare.engine.worlds.shapes.base import Secret, Shape, Text


class Provider(Shape, kw_only=True):
    """Who holds resources and carries grants out; which keys are needed depends on `kind`."""

    id: Text
    kind: Literal["files", "applied", "webhook", "ucloud"]
    resource_types: list[Text] = []
    delay_s: Annotated[float, Meta(ge=0)] | None = None
    url: Text | None = None
    secret: Secret | None = None
    networks: list[Text] | None = None
    timeout_s: Annotated[float, Meta(gt=0)] | None = None
    private_key: Secret | None = None
    public_key: Secret | None = None
    refresh_token: Secret | None = None


class ProductReference(Shape, kw_only=True):
    """Names a product."""

    id: Text
    category: Text
    provider: Text


class Product(ProductReference, kw_only=True):
    """A UCloud storage product."""

    description: str = ""
    free: bool = False
    charge_type: ChargeType = ChargeType.DIFFERENTIAL_QUOTA
    unit: Unit = Unit.PER_UNIT
    price: Annotated[int, Meta(ge=0)] = 1
    priority: int = 0


class Allocation(Shape, kw_only=True):
    """What a user or a project may use of a product; category and provider are needed where several have its name."""

    product: Text
    category: Text | None = None
    provider: Text | None = None
    user: Text | None = None
    project: Text | None = None
    balance: Annotated[int, Meta(ge=0)]
