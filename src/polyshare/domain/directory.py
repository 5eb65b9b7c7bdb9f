"""The directory's nouns: people, groups, who acts for whom, and credentials, with the rules that their fields obey."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from polyshare.domain.errors import Invalid
from polyshare.domain.principals import Access, Kind, Status

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:|@-]{0,127}")
_PATH_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LOGIN = re.compile(r"[^\s/:\x00-\x1f\x7f]{1,128}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,253}")
_SECRET = re.compile(r"[\x21-\x7e]{8,512}")


def folded(text: str) -> str:
    """An e-mail address or a login as it is compared: without regard to case."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def checked_id(text: str, *where: str | int) -> str:
    """An outside id; raises Invalid."""
    if not _ID.fullmatch(text):
        raise Invalid(f"id {shown(text)} is not usable; use 1 to 128 letters, digits and . _ : | @ -", *where)
    return text


def checked_path_id(text: str, *where: str | int) -> str:
    """An outside id that every dialect can have in a path: of an account, organization or share; raises Invalid."""
    if not _PATH_ID.fullmatch(text):
        raise Invalid(f"id {shown(text)} is not usable; use 1 to 32 letters, digits, - and _", *where)
    return text


def checked_name(text: str, *where: str | int) -> str:
    """A display name; raises Invalid."""
    if not 1 <= len(text.strip()) <= 255 or not text.isprintable():
        raise Invalid(f"name {shown(text)} is not usable; use 1 to 255 printable characters", *where)
    return text


def checked_login(text: str, *where: str | int) -> str:
    """A login; raises Invalid."""
    if not _LOGIN.fullmatch(text) or not text.isprintable():
        raise Invalid(
            f"login {shown(text)} is not usable; use 1 to 128 characters without spaces, / and :", *where
        )
    return text


def checked_email(text: str, *where: str | int) -> str:
    """An e-mail address; raises Invalid."""
    if not _EMAIL.fullmatch(text) or not text.isprintable():
        raise Invalid(f"e-mail {shown(text)} is not usable; write it as name@example.com", *where)
    return text


def checked_secret(text: str, *where: str | int) -> str:
    """A token or key that was chosen by hand; raises Invalid, without repeating it."""
    if not _SECRET.fullmatch(text):
        raise Invalid(
            "a token or key has 8 to 512 visible ASCII characters; leave it out to have one made", *where
        )
    return text


def shown(text: str) -> str:
    """A value in a message, cut short."""
    return ascii(text if len(text) <= 60 else f"{text[:57]}...")


@dataclass(frozen=True, slots=True)
class Listed:
    """
    An organization, account or group as the directory lists it.

    `organization` is the public id of an account's organization, empty for none; times are microseconds.
    """

    id: int
    kind: Kind
    public_id: str
    name: str
    status: Status
    organization: str
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class Person:
    """A user as the directory lists it; an empty `email` is none."""

    id: int
    public_id: str
    login: str
    name: str
    email: str
    status: Status
    administrator: bool
    role: str
    has_password: bool
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class Acting:
    """That a person acts for an account or organization, or that a credential's scope names one."""

    kind: Kind
    public_id: str
    name: str
    access: Access


@dataclass(frozen=True, slots=True)
class Member:
    """A user or group in a group; `public_id` of a group is its name, `login` of a group is empty."""

    id: int
    kind: Kind
    public_id: str
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Credential:
    """
    A token or key, without its secret.

    `access` is the most that it may do anywhere; a narrowed one may do only what its scope names. Times are microseconds.
    """

    id: int
    public_id: str
    kind: str
    name: str
    login: str
    access: Access
    narrowed: bool
    created_at: int
    expires_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client; without a `secret_hash` it is a public one. `created_at` is in microseconds."""

    id: int
    public_id: str
    secret_hash: str | None = field(repr=False)
    redirect_uris: tuple[str, ...]
    created_at: int


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    """An organization, account or group to be made; a `public_id` of None is drawn, an empty organization is none."""

    kind: Kind
    name: str
    public_id: str | None = None
    organization: str = ""
    status: Status = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class PrincipalChange:
    """What is to be different; None keeps, an empty organization leaves it."""

    name: str | None = None
    status: Status | None = None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A user to be made; `password_hash` is argon2's, `aliases` are values by namespace."""

    login: str
    name: str
    email: str = ""
    public_id: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    administrator: bool = False
    role: str = "USER"
    status: Status = Status.ACTIVE
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What is to be different; None keeps, an empty e-mail removes it, aliases given replace those of their namespaces."""

    login: str | None = None
    name: str | None = None
    email: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    administrator: bool | None = None
    role: str | None = None
    status: Status | None = None
    aliases: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Access by the public ids of accounts and of organizations."""

    accounts: Mapping[str, Access] = field(default_factory=dict)
    organizations: Mapping[str, Access] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """
    A token or key to be issued for the user `login`.

    A `scope` of None lets it do whatever its user may, up to `access`; `expires_at` is in microseconds.
    """

    kind: str
    login: str
    name: str = ""
    access: Access = Access.EDIT
    scope: Scope | None = None
    expires_at: int | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class CredentialChange:
    """What is to be different; None keeps. `revoked` revokes, and nothing takes that back."""

    name: str | None = None
    access: Access | None = None
    scope: Scope | None = None
    expires_at: int | None = None
    revoked: bool = False
