"""A share is a matrix of items and grants; each part is offered, leaving or gone by two timestamps."""

from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.delivery import Consent, Delivery

NODE = "node"
"""The kind of resource that lies in our own file tree; its key is the node's id."""

FILE = "file"
"""The kind of resource that is named by the key that its owner sent; it is a node while that key names one."""


class Standing(StrEnum):
    """Is it still offered? Derived from two timestamps, never stored."""

    ACTIVE = "active"
    LEAVING = "leaving"
    GONE = "gone"


def standing(leaving_at: int | None, gone_at: int | None) -> Standing:
    """What two timestamps say."""
    if gone_at is not None:
        return Standing.GONE
    return Standing.ACTIVE if leaving_at is None else Standing.LEAVING


def touched(now: int, modified_at: int) -> int:
    """The next `modified_at` in microseconds: it always moves on, also when the clock did not."""
    return max(now, modified_at + 1000)


@dataclass(frozen=True, slots=True)
class Share:
    """
    An offer of items to recipients.

    Attributes:
        audience: The organization whose members are recipients by rule.
        within: The owner's organization when the share was made, beyond which it never reaches; None if it had none.
        product: Id of the product that it is told to be of, if not its drive's; only written, never read back.
    """

    id: int
    public_id: str
    owner: int
    name: str
    tags: str | None
    audience: int | None
    created_at: int
    modified_at: int
    leaving_at: int | None
    gone_at: int | None
    within: int | None
    product: int | None = None

    @property
    def standing(self) -> Standing:
        """Whether the share is still offered."""
        return standing(self.leaving_at, self.gone_at)


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing in a share: a reference to a resource, with luggage that the engine never reads.

    `node` is the id of the node that it is, if it lies in our own file tree; only written, never read back.
    """

    id: int
    public_id: str
    share: int
    kind: str
    key: str
    owner: int
    meta: str
    revision: int
    created_at: int
    modified_at: int
    leaving_at: int | None
    gone_at: int | None
    node: int | None = None

    @property
    def standing(self) -> Standing:
        """Whether the item is still offered."""
        return standing(self.leaving_at, self.gone_at)


class Joining(StrEnum):
    """Where a recipient is on its way in or out, as the owner sees it."""

    JOINING = "joining"
    JOINED = "joined"
    LEAVING = "leaving"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Grant:
    """One recipient's row of the matrix; `joined_at` is when it was first fully in place since it was offered."""

    id: int
    public_id: str
    share: int
    principal: int
    consent: Consent
    delivery: Delivery
    generation: int
    error: str
    joined_at: int | None
    created_at: int
    modified_at: int
    leaving_at: int | None
    gone_at: int | None

    @property
    def joining(self) -> Joining:
        """Where the recipient is on its way in or out; a later revision does not fall back to JOINING."""
        match standing(self.leaving_at, self.gone_at):
            case Standing.GONE:
                return Joining.LEFT
            case Standing.LEAVING:
                return Joining.LEAVING
        return Joining.JOINING if self.joined_at is None else Joining.JOINED


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one recipient has of one item: the revision last applied or tried, and what went wrong."""

    grant: int
    key: str
    revision: int
    error: str
    final: bool


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An account that the rule of a share's audience passes over."""

    id: int
    public_id: str
    share: int
    principal_public_id: str
    created_at: int
    modified_at: int
