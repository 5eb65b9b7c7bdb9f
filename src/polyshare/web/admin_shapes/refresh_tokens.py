"""Refresh tokens of users and providers."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from polyshare.domain.refresh_tokens import RefreshToken
from polyshare.web.admin_shapes.common import Given, Moment, moment


class NewRefreshToken(Given, kw_only=True):
    """Body of POST /refresh-tokens; it is a user's or a provider's, and only a user's can have an end."""

    user: str | None = None
    provider: str | None = None
    name: str = ""
    expires_at: Moment | None = None


class RefreshTokenOut(Struct):
    """A refresh token without its secret; one that a browser got when somebody signed in always has an end."""

    id: str
    user: str | None
    provider: str | None
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class RefreshTokenWithSecret(RefreshTokenOut):
    """A refresh token as it is issued: the only time that its secret is told."""

    secret: str


def _token(found: RefreshToken) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "user": found.holder.user or None,
        "provider": found.holder.provider or None,
        "name": found.name,
        "created_at": moment(found.created_at),
        "expires_at": None if found.expires_at is None else moment(found.expires_at),
        "revoked_at": None if found.revoked_at is None else moment(found.revoked_at),
    }


def refresh_token(found: RefreshToken) -> RefreshTokenOut:
    """A refresh token as it goes out."""
    return RefreshTokenOut(**_token(found))


def refresh_token_with_secret(found: RefreshToken, secret: str) -> RefreshTokenWithSecret:
    """A refresh token at its issue."""
    return RefreshTokenWithSecret(**_token(found), secret=secret)
