"""Who a node is shared with, and what came of a change for each who was named in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.errors import PolyshareError
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Principal


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """
    A user or group, and what it holds on a node.

    Attributes:
        login: Empty for a group.
        permissions: Closed.
    """

    principal: Principal
    login: str
    permissions: Permission

    @property
    def is_group(self) -> bool:
        """Whether this is a group, whose members are not told one by one."""
        return self.principal.kind is Kind.GROUP


@dataclass(frozen=True, slots=True)
class MembersSeen:
    """All members of a node in the order of display name, then id; its owner is none of them."""

    owner: MemberSeen
    members: Sequence[MemberSeen]


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of a change for one who was named in it.

    Attributes:
        member: As it is after the change; after a refusal who it was, None if nobody is known by that id.
        refusal: Why nothing was changed for it; None: it was done.
    """

    member: MemberSeen | None
    refusal: PolyshareError | None = None
