"""What the admin API takes and gives, field by field; ours, so unknown fields in requests are refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from polyshare.domain.directory import Acting, Credential, Listed, Member, Person, Scope
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine import providing
from polyshare.store.providers import ProviderRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Moment = Annotated[datetime, Meta(tz=True)]
Active = Literal["active", "inactive", "pending"]
Role = Literal["USER", "ADMIN"]


def moment(at: int) -> datetime:
    """Microseconds as a moment."""
    return _EPOCH + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """A moment as microseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class Given(Struct, forbid_unknown_fields=True):
    """A request's body; in a change, what is left out or null stays as it is."""


class NewOrganization(Given, kw_only=True):
    """Body of POST /organizations."""

    id: str | None = None
    name: str


class OrganizationChange(Given, kw_only=True):
    """Body of PATCH /organizations/{id}."""

    name: str | None = None
    status: Active | None = None


class NewAccount(Given, kw_only=True):
    """Body of POST /accounts; an empty organization is none."""

    id: str | None = None
    name: str
    organization: str = ""


class AccountChange(Given, kw_only=True):
    """Body of PATCH /accounts/{id}; an empty organization leaves it."""

    name: str | None = None
    status: Active | None = None
    organization: str | None = None


class NewGroup(Given, kw_only=True):
    """Body of POST /groups; the id is the group's name in world files."""

    id: str
    name: str | None = None


class GroupChange(Given, kw_only=True):
    """Body of PATCH /groups/{id}."""

    name: str | None = None
    status: Active | None = None


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
    aliases: dict[str, str] = {}


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


class GivenScope(Given, kw_only=True):
    """What a narrowed token or key reaches: access by the id of an account or organization."""

    accounts: dict[str, Access] = {}
    organizations: dict[str, Access] = {}

    def scope(self) -> Scope:
        """The same for the engine."""
        return Scope(self.accounts, self.organizations)


class NewCredential(Given, kw_only=True):
    """Body of POST /tokens and /keys; without a scope it may do whatever its user may."""

    user: str
    name: str = ""
    access: Access = Access.EDIT
    scope: GivenScope | None = None
    expires_at: Moment | None = None


class CredentialChange(Given, kw_only=True):
    """Body of PATCH /tokens/{id} and /keys/{id}."""

    name: str | None = None
    access: Access | None = None
    scope: GivenScope | None = None
    expires_at: Moment | None = None


class GivenProvider(Given, kw_only=True):
    """Body of PUT /providers/{id}; which settings are needed depends on the kind."""

    kind: str
    settings: dict[str, Any] = {}
    resource_types: list[str] = []


class PrincipalOut(Struct):
    """An organization, account or group."""

    id: str
    name: str
    status: Status
    created_at: datetime
    modified_at: datetime


class AccountOut(PrincipalOut):
    """An account; an empty organization is none."""

    organization: str


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


class MemberOut(Struct):
    """A user or a group in a group; `member` is what a path names it by."""

    member: str
    kind: Kind
    id: str
    name: str


class RoleOut(Struct):
    """For whom a user acts, and how far."""

    kind: Kind
    id: str
    name: str
    access: Access


class ScopeOut(Struct):
    """What a narrowed token or key reaches."""

    accounts: dict[str, Access]
    organizations: dict[str, Access]


class CredentialOut(Struct):
    """A token or key without its secret; a scope of null is whatever its user may."""

    id: str
    user: str
    name: str
    access: Access
    scope: ScopeOut | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class CredentialWithSecret(CredentialOut):
    """A token or key as it is issued: the only time that its secret is told."""

    secret: str


class ProviderOut(Struct):
    """A provider; its secrets are left out."""

    id: str
    kind: str
    settings: dict[str, Any]
    resource_types: list[str]
    created_at: datetime
    modified_at: datetime


class Page(Struct):
    """A stretch of a list; `next` goes into `after` to get the one after it, null at the end."""

    items: list[Any]
    next: str | None


class Problem(Struct, omit_defaults=True):
    """What went wrong (RFC 9457); `pointer` leads to the culprit in the body."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    pointer: str | None = None


def principal(found: Listed) -> PrincipalOut:
    """An organization, account or group as it goes out."""
    fields = (found.public_id, found.name, found.status, moment(found.created_at), moment(found.modified_at))
    return AccountOut(*fields, found.organization) if found.kind is Kind.ACCOUNT else PrincipalOut(*fields)


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


def member(found: Member) -> MemberOut:
    """A member as it goes out."""
    named = f"group:{found.public_id}" if found.kind is Kind.GROUP else found.login
    return MemberOut(named, found.kind, found.public_id, found.name)


def role(found: Acting) -> RoleOut:
    """A role as it goes out."""
    return RoleOut(found.kind, found.public_id, found.name, found.access)


def _credential(found: Credential, named: Sequence[Acting]) -> dict[str, Any]:
    reached = {
        kind: {one.public_id: one.access for one in named if one.kind is kind}
        for kind in (Kind.ACCOUNT, Kind.ORGANIZATION)
    }
    return {
        "id": found.public_id,
        "user": found.login,
        "name": found.name,
        "access": found.access,
        "scope": ScopeOut(reached[Kind.ACCOUNT], reached[Kind.ORGANIZATION]) if found.narrowed else None,
        "created_at": moment(found.created_at),
        "expires_at": None if found.expires_at is None else moment(found.expires_at),
        "revoked_at": None if found.revoked_at is None else moment(found.revoked_at),
    }


def credential(found: Credential, named: Sequence[Acting]) -> CredentialOut:
    """A token or key as it goes out."""
    return CredentialOut(**_credential(found, named))


def credential_with_secret(found: Credential, named: Sequence[Acting], secret: str) -> CredentialWithSecret:
    """A token or key at its issue."""
    return CredentialWithSecret(**_credential(found, named), secret=secret)


def provider(found: ProviderRow) -> ProviderOut:
    """A provider as it goes out."""
    settings = msgspec.json.decode(providing.shown(found.kind, found.settings), type=dict[str, Any])
    times = (moment(found.created_at), moment(found.modified_at))
    return ProviderOut(found.name, found.kind, settings, list(found.kinds), *times)
