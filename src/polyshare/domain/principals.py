"""Who can hold access, who can call, and how far a caller may go."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of principal."""

    USER = "user"
    GROUP = "group"
    ACCOUNT = "account"
    ORGANIZATION = "organization"
    LINK = "link"
    PROJECT = "project"


class Status(StrEnum):
    """Whether a principal takes part; only ACTIVE ones hold or use access."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    PENDING = "pending"
    DELETED = "deleted"


class Access(StrEnum):
    """How far a user or a credential may go on an account or organization."""

    READ = "read"
    EDIT = "edit"

    @property
    def rank(self) -> int:
        """Position in the order none (0) < read (1) < edit (2), as stored statements compare it."""
        return 2 if self is Access.EDIT else 1


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that can hold access; `organization` is the id of an account's organization."""

    id: int
    kind: Kind
    public_id: str
    name: str
    status: Status
    organization: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who calls now, and by which credential.

    `cap` bounds what the credential may do anywhere; `narrowed` says that it may act only where its own scope says so.
    `name` is the caller's display name; `scopes` is what a token was given for, None for one that says nothing of it.
    `role` is what a token says that its holder is (USER, ADMIN, SERVICE or PROVIDER); `provider` is who calls where a
    provider does: then `id` is nobody's.
    """

    id: int
    login: str
    credential: int
    cap: Access
    narrowed: bool
    administrator: bool
    name: str = ""
    scopes: frozenset[str] | None = None
    role: str = "USER"
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """The account or organization for which an actor acts in one call, and how far it may go there."""

    principal: Principal
    organization_public_id: str | None
    access: Access
