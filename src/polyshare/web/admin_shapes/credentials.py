"""Tokens and keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from polyshare.domain.directory import Acting, Credential, Scope
from polyshare.domain.principals import Access, Kind
from polyshare.web.admin_shapes.common import Given, Moment, moment


class GivenScope(Given, kw_only=True):
    """What a narrowed token or key reaches: access by the id of an account or organization."""

    accounts: dict[str, Access] = field(default_factory=dict)
    organizations: dict[str, Access] = field(default_factory=dict)

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
