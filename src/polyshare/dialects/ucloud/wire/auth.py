"""Shapes of signing in.  Source: UCloud developer guide, "Authentication"; its web client shows the rest."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct


class RefreshToken(Struct):
    """One of a provider's refresh tokens, of which it may bring several."""

    refreshToken: str


class AccessToken(Struct):
    """What a refresh gives; the web client sends `csrfToken` along with the next one."""

    accessToken: str
    csrfToken: str


class Claims(Struct, omit_defaults=True, kw_only=True):
    """What an access token says; the client in browsers takes one without the first eight for broken."""

    sub: str
    aud: Sequence[str]
    role: Literal["USER", "ADMIN", "PROVIDER"]
    iss: str
    exp: int
    iat: int
    extendedByChain: Sequence[str]
    principalType: Literal["password", "provider"]
    publicSessionReference: str
    uid: int | None = None
    firstNames: str | None = None
    lastName: str | None = None
    email: str | None = None
    twoFactorAuthentication: bool | None = None
    serviceLicenseAgreement: bool | None = None
    membership: Mapping[str, str] | None = None
    groups: Mapping[str, str] | None = None
    providerProjects: Mapping[str, str] | None = None
    allocatorProjects: Mapping[str, str] | None = None
