"""What the token service says; none of it stands in an envelope."""

from msgspec import UNSET, Struct, UnsetType


class Tokens(Struct):
    """Answer of POST oauth/token. Source: RFC 6749, section 5.1, and OpenID Connect Core 1.0, section 3.1.3.3."""

    access_token: str
    id_token: str
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105 - a kind, no secret
    refresh_token: str | UnsetType = UNSET


class UserInfo(Struct):
    """Answer of userinfo; newer clients read `sub`, older ones `user_id`. Source: OpenID Connect Core 1.0, section 5.3."""

    sub: str
    user_id: str
    email: str
    name: str
    nickname: str


class UserMetadata(Struct):
    """What clients read of a user beside name and address; each key is there, whether anything is known or not."""

    first_name: str
    last_name: str
    lang: str = "en"
    time_zone_name: str = "UTC"


class User(Struct):
    """A user as the service of users lists it."""

    user_id: str
    email: str
    name: str
    user_metadata: UserMetadata


class OpenIdConfiguration(Struct):
    """Where an OpenID client finds everything. Source: OpenID Connect Discovery 1.0, section 3."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    scopes_supported: tuple[str, ...]
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = ("authorization_code", "refresh_token", "password")
    subject_types_supported: tuple[str, ...] = ("public",)
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = (
        "client_secret_post",
        "client_secret_basic",
        "none",
    )
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    prompt_values_supported: tuple[str, ...] = ("none", "consent")
