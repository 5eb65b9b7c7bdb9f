"""Who is there, and by what they come in."""

from typing import Any, Literal

from polyshare.domain.principals import Access, Status
from polyshare.engine.worlds.shapes.base import Moment, Roles, Secret, Shape, Text


class Organization(Shape, kw_only=True):
    """An organization; without `id` it is known by its name."""

    id: Text | None = None
    name: Text
    status: Status | None = None


class Account(Shape, kw_only=True):
    """An account; without `id` it is known by its name. An empty `organization` leaves it."""

    id: Text | None = None
    name: Text
    organization: str | None = None
    status: Status | None = None


class User(Shape, kw_only=True):
    """A user, known by its login."""

    login: Text
    name: Text
    id: Text | None = None
    email: str | None = None
    password: Secret | None = None
    aliases: dict[str, str] = {}
    accounts: Roles = {}
    organizations: Roles = {}
    administrator: bool | None = None
    role: Literal["USER", "ADMIN"] | None = None
    status: Status | None = None


class Group(Shape, kw_only=True):
    """A group; members are logins, or other groups as `group:name`."""

    name: Text
    title: Text | None = None
    members: list[Text] = []


class Project(Shape, kw_only=True):
    """A UCloud project; members by login."""

    id: Text
    title: Text
    members: dict[str, Literal["PI", "ADMIN", "USER"]] = {}


class Token(Shape, kw_only=True):
    """A bearer token; without `token` it needs a name, and is made once."""

    token: Secret | None = None
    user: Text
    name: Text | None = None
    access: Access | None = None
    accounts: Roles | None = None
    organizations: Roles | None = None
    expires: Moment | None = None
    revoked: bool = False


class Key(Shape, kw_only=True):
    """An API key, which goes with its user's e-mail; without `key` it needs a name, and is made once."""

    key: Secret | None = None
    user: Text
    name: Text | None = None
    access: Access | None = None
    accounts: Roles | None = None
    organizations: Roles | None = None
    expires: Moment | None = None
    revoked: bool = False


class Client(Shape, kw_only=True):
    """An OAuth client."""

    id: Text
    secret: Secret | None = None
    public: bool = False
    redirect_uris: list[Text] = []


class RefreshToken(Shape, kw_only=True):
    """A UCloud refresh token, of a user or of a provider."""

    token: Secret
    user: Text | None = None
    provider: Text | None = None


class TrustedIssuer(Shape, kw_only=True):
    """An issuer whose JWTs are believed."""

    dialect: Literal["ucloud", "oracle", "mycloud", "cloudflare"]
    issuer: Text
    algorithm: Literal["HS512", "RS256", "ES256"]
    secret: Secret | None = None
    certificate: Secret | None = None
    jwks_url: Text | None = None
    jwks: dict[str, Any] | None = None
    audience: Text | None = None
    networks: list[Text] = []
    create_users: bool = False
