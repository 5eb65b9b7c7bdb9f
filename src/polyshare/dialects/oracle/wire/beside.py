"""What clients call beside the Documents API; numbers and flags are real ones there."""

from msgspec import Struct


class Group(Struct, kw_only=True):
    """A group as the Conversations API shows it; `groupID` is what shares take. Source: the vendor's toolkit."""

    id: str
    groupID: str
    name: str
    displayName: str
    groupType: str = "PUBLIC_CLOSED"


class Groups(Struct, kw_only=True):
    """Answer of GET osn/social/api/v1/groups. Source: the vendor's toolkit."""

    items: list[Group]
    count: int
    hasMore: bool


class Person(Struct):
    """A user as the Conversations API shows it. Source: the vendor's toolkit."""

    id: str
    name: str
    displayName: str


class People(Struct, kw_only=True):
    """Answer of GET osn/social/api/v1/people. Source: the vendor's toolkit."""

    items: list[Person]
    count: int
    hasMore: bool


class Integration(Struct):
    """Answer of the integration services. Source: the vendor's toolkit."""

    LocalData: dict[str, str]
