"""Storage as providers sell it: what a drive is made of, and who may use it."""

from dataclasses import dataclass
from enum import StrEnum


class ChargeType(StrEnum):
    """Whether what is used is used up, or counts only while it is there."""

    ABSOLUTE = "ABSOLUTE"
    DIFFERENTIAL_QUOTA = "DIFFERENTIAL_QUOTA"


class Unit(StrEnum):
    """What a price is for."""

    PER_UNIT = "PER_UNIT"
    CREDITS_PER_UNIT = "CREDITS_PER_UNIT"
    CREDITS_PER_MINUTE = "CREDITS_PER_MINUTE"
    CREDITS_PER_HOUR = "CREDITS_PER_HOUR"
    CREDITS_PER_DAY = "CREDITS_PER_DAY"
    UNITS_PER_MINUTE = "UNITS_PER_MINUTE"
    UNITS_PER_HOUR = "UNITS_PER_HOUR"
    UNITS_PER_DAY = "UNITS_PER_DAY"


@dataclass(frozen=True, slots=True)
class ProductRef:
    """Names a product; so may what nobody sells, which then belongs to nobody's allocation."""

    name: str
    category: str
    provider: str

    def __str__(self) -> str:
        """As it is told to people: who sells it, and what."""
        return f"{self.provider}/{self.category}/{self.name}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may use a product: a user, by login, or a project, by its id; exactly one of both."""

    user: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What somebody may use of a product."""

    ref: ProductRef
    holder: Holder
    balance: int


@dataclass(frozen=True, slots=True)
class Accounted:
    """
    How a provider says that it accounts for its product, as it is told again to the letter.

    Attributes:
        unit, units: What amounts are counted in, of one and of several.
        fraction: Whether amounts have decimal places.
        suffix: Whether the frequency is told behind amounts.
        frequency: How often is counted, such as ONCE or PERIODIC_HOUR.
        free: Whether it lets everybody use it; who may here is the operator's to say.
        parted: Whether an allocation can be handed on.
        hidden: Whether nobody is to apply for it.
    """

    unit: str
    units: str
    fraction: bool
    suffix: bool
    frequency: str
    free: bool
    parted: bool
    hidden: bool


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
        accounted: What its provider said when it registered it; None: it did not.
    """

    ref: ProductRef
    description: str
    free: bool
    unit: str
    charge_type: str
    price: int
    priority: int = 0
    balance: int | None = None
    accounted: Accounted | None = None


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """
    Which products; None means no restriction, everything given is ANDed.

    Attributes:
        usable: True: those that the holder may use; False: those that it may not.
    """

    name: str | None = None
    category: str | None = None
    provider: str | None = None
    usable: bool | None = None


OURS = ProductRef("storage", "storage", "polyshare")
"""Of drives that were made with no product in mind: the house's own storage, free and always there."""

MOUNT = "share"
"""The name of the product of drives that show what a share offers."""
