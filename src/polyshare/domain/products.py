"""Storage as providers sell it: what a drive is made of, and who may use it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductRef:
    """Names a product; so may what nobody sells, which then belongs to nobody's allocation."""

    name: str
    category: str
    provider: str


@dataclass(frozen=True, slots=True)
class Product:
    """
    A product and its terms, as one holder is told of it.

    Attributes:
        free: Whether everybody may use it; else only who has an allocation.
        unit: What `price` is for, such as PER_UNIT or CREDITS_PER_HOUR.
        charge_type: ABSOLUTE or DIFFERENTIAL_QUOTA.
        priority: Lower ones come first.
        balance: How much of it the holder has left; None where nothing is allocated.
    """

    ref: ProductRef
    description: str
    free: bool
    unit: str
    charge_type: str
    price: int
    priority: int = 0
    balance: int | None = None


OURS = ProductRef("storage", "storage", "polyshare")
"""Of drives that were made with no product in mind: the house's own storage, free and always there."""

MOUNT = "share"
"""The name of the product of drives that show what a share offers."""
