"""Users, and for whom they act."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from polyshare.domain.directory import Acting, Person
from polyshare.domain.principals import Access, Kind, Status
from polyshare.web.admin_shapes.common import Active, Given, moment

Role = Literal["USER", "ADMIN"]


class NewUser(Given, kw_only=True):
    """Body of POST /users."""

    id: str | None = None
    login: str
    name: str
    email: str = ""
    password: str | None = None
    administrator: bool = False
    role: Role = "USER"
    status: Active = "active"
    aliases: dict[str, str] = field(default_factory=dict)


class UserChange(Given, kw_only=True):
    """Body of PATCH /users/{id}; an empty e-mail removes it."""

    login: str | None = None
    name: str | None = None
    email: str | None = None
    password: str | None = None
    administrator: bool | None = None
    role: Role | None = None
    status: Active | None = None
    aliases: dict[str, str] | None = None


class GivenRole(Given, kw_only=True):
    """Body of PUT /users/{id}/roles/…."""

    access: Access


class UserOut(Struct):
    """A user; the list leaves aliases out."""

    id: str
    login: str
    name: str
    email: str
    status: Status
    administrator: bool
    role: str
    has_password: bool
    created_at: datetime
    modified_at: datetime


class UserWithAliases(UserOut):
    """One user."""

    aliases: dict[str, str]


class RoleOut(Struct):
    """For whom a user acts, and how far."""

    kind: Kind
    id: str
    name: str
    access: Access


def _user(found: Person) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "login": found.login,
        "name": found.name,
        "email": found.email,
        "status": found.status,
        "administrator": found.administrator,
        "role": found.role,
        "has_password": found.has_password,
        "created_at": moment(found.created_at),
        "modified_at": moment(found.modified_at),
    }


def user(found: Person) -> UserOut:
    """A user as a list says it."""
    return UserOut(**_user(found))


def user_with_aliases(found: Person, aliases: dict[str, str]) -> UserWithAliases:
    """One user."""
    return UserWithAliases(**_user(found), aliases=aliases)


def role(found: Acting) -> RoleOut:
    """A role as it goes out."""
    return RoleOut(found.kind, found.public_id, found.name, found.access)
