"""What people are told about shares that concern them."""

from dataclasses import dataclass
from enum import StrEnum


class Told(StrEnum):
    """What a notification is about."""

    SHARE = "share"
    ROLE = "role"
    REVOKE = "revoke"
    UNSHARE = "unshare"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Notification:
    """
    One entry of a person's outbox; `number` counts from 1 for each person, times are microseconds.

    Attributes:
        sender: Display name of who caused it; empty for nobody.
        node: Id of the node that it speaks of.
        name: The node's name when it was written.
        role: The role that is held now; empty for none.
        text: What the sender wrote; may be empty.
    """

    person: int
    number: int
    kind: Told
    sender: str
    node: int | None
    name: str
    role: str
    text: str
    at: int
    read_at: int | None
    mailed_at: int | None
