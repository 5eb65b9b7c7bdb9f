"""The shapes of a world file's sections, key by key."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from polyshare.domain.principals import Access, Status

Text = Annotated[str, Meta(min_length=1)]
Secret = (
    Text | dict[str, str]
)  # itself, or {env = "NAME"}, {file = "path"}, for a password also {argon2 = "hash"}
Moment = Annotated[datetime, Meta(tz=True)]
Roles = dict[str, Access]  # by the id of an account or organization


class Shape(Struct, forbid_unknown_fields=True):
    """One entry of a section; a key that is left out leaves what is there alone."""


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


class Provider(Shape, kw_only=True):
    """Who holds resources and carries grants out; which keys are needed depends on `kind`."""

    id: Text
    kind: Literal["files", "applied", "webhook", "ucloud"]
    resource_types: list[Text] = []
    delay_s: Annotated[float, Meta(ge=0)] | None = None
    url: Text | None = None
    secret: Secret | None = None
    networks: list[Text] | None = None
    timeout_s: Annotated[float, Meta(gt=0)] | None = None
    private_key: Secret | None = None
    public_key: Secret | None = None
    refresh_token: Secret | None = None


class ProductReference(Shape, kw_only=True):
    """Names a product."""

    id: Text
    category: Text
    provider: Text


class Product(ProductReference, kw_only=True):
    """A UCloud storage product."""

    description: str = ""
    free: bool = False
    charge_type: Literal["ABSOLUTE", "DIFFERENTIAL_QUOTA"] = "DIFFERENTIAL_QUOTA"
    unit: Text = "PER_UNIT"
    price: Annotated[int, Meta(ge=0)] = 1


class Allocation(Shape, kw_only=True):
    """What a user or a project may use of a product."""

    product: Text
    user: Text | None = None
    project: Text | None = None
    balance: Annotated[int, Meta(ge=0)]


class Drive(Shape, kw_only=True):
    """A drive."""

    id: Annotated[int, Meta(ge=1)]
    device: Text | None = None
    title: Text
    owner: Text
    product: ProductReference | None = None


class Folder(Shape, kw_only=True):
    """A folder; parents are made."""

    path: Annotated[str, Meta(pattern="^/")]
    oracle: Text | None = None
    mycloud: Text | None = None


class File(Shape, kw_only=True):
    """A file, with its content as text, as base64, or from disk."""

    path: Annotated[str, Meta(pattern="^/")]
    text: str | None = None
    base64: str | None = None
    source: Text | None = None
    oracle: Text | None = None
    mycloud: Text | None = None


class FolderMember(Shape, kw_only=True):
    """An Oracle-style share of a folder."""

    path: Annotated[str, Meta(pattern="^/")]
    user: Text | None = None
    group: Text | None = None
    role: Literal["viewer", "downloader", "contributor", "manager"]


class Offer(Shape, kw_only=True):
    """A UCloud-style share of a folder with one user."""

    path: Annotated[str, Meta(pattern="^/")]
    to: Text
    permissions: tuple[Literal["READ", "EDIT"], ...] = ("EDIT",)
    consent: Literal["awaited", "given", "refused"] = "awaited"
    ids: dict[str, str] = {}


class Link(Shape, kw_only=True):
    """A share by link."""

    path: Annotated[str, Meta(pattern="^/")]
    ids: dict[str, str] = {}
    token: Secret | None = None
    users: list[Text] = []
    password: Secret | None = None
    expires: Moment | None = None
    uses: Annotated[int, Meta(ge=1)] | None = None
    drop: bool = False


class FilePermission(Shape, kw_only=True):
    """My Cloud's second key to a file."""

    path: Annotated[str, Meta(pattern="^/")]
    entity: Text
    value: Literal["ReadFile", "WriteFile", "WriteFilePerms"]


class Collection(Shape, kw_only=True):
    """An Oracle 1.1 collection."""

    id: Text
    name: Text
    owner: Text


class ShareRecipient(Shape, kw_only=True):
    """An account to which a share goes."""

    id: Text | None = None
    account: Text


class ShareResource(Shape, kw_only=True):
    """A resource in a share."""

    id: Text | None = None
    type: Text
    resource: Text
    meta: dict[str, Any] = {}


class Share(Shape, kw_only=True):
    """A share that is simply there, carried out; it goes to the recipients, or to the owner's whole organization."""

    id: Text
    name: Text
    account: Text
    recipients: list[ShareRecipient] = []
    organization: Text | None = None
    resources: list[ShareResource] = []
    tags: dict[str, str] = {}


class TrustedIssuer(Shape, kw_only=True):
    """An issuer whose JWTs are believed."""

    dialect: Literal["ucloud", "oracle", "mycloud", "cloudflare"]
    issuer: Text
    algorithm: Literal["HS512", "RS256"]
    secret: Secret | None = None
    certificate: Secret | None = None
    jwks_url: Text | None = None
    jwks: dict[str, Any] | None = None
    audience: Text | None = None
    networks: list[Text] = []
    create_users: bool = False


USED: dict[str, type[Shape]] = {
    "organizations": Organization,
    "accounts": Account,
    "users": User,
    "groups": Group,
    "tokens": Token,
    "keys": Key,
    "providers": Provider,
    "clients": Client,
    "shares": Share,
    "drives": Drive,
    "folders": Folder,
    "files": File,
    "members": FolderMember,
    "collections": Collection,
}
FOR_LATER: dict[str, type[Shape]] = {
    "projects": Project,
    "refresh_tokens": RefreshToken,
    "products": Product,
    "allocations": Allocation,
    "offers": Offer,
    "links": Link,
    "file_permissions": FilePermission,
    "jwt": TrustedIssuer,
}
# Keys of which an entry needs exactly one.
ONE_OF: dict[str, tuple[str, ...]] = {
    "refresh_tokens": ("user", "provider"),
    "allocations": ("user", "project"),
    "members": ("user", "group"),
    "files": ("text", "base64", "source"),
    "shares": ("recipients", "organization"),
}
