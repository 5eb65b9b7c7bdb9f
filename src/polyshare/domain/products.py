"""Storage as providers sell it: what a drive is made of, and who may use it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProductRef:
    """Names a product; so may what nobody sells, which then belongs to nobody's allocation."""

    name: str
    category: str
    provider: str


OURS = ProductRef("storage", "storage", "polyshare")
"""Of drives that were made with no product in mind: the house's own storage, free and always there."""

MOUNT = "share"
"""The name of the product of drives that show what a share offers."""
