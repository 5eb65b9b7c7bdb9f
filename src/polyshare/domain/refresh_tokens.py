"""Refresh tokens: what users and providers get new access tokens by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a refresh token is: a user's, by login, or a provider's, by name; exactly one of both."""

    user: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token without its secret; times are microseconds, and without an end it holds until it is revoked."""

    id: int
    public_id: str
    holder: Holder
    name: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
