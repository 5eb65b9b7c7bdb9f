"""The settings of providers that keep files, as they are read and checked; what they say of keys is PEM."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

import msgspec
from joserfc.jwk import Key
from msgspec import Meta, Struct

from polyshare.domain.directory import checked_secret
from polyshare.domain.errors import Invalid
from polyshare.domain.misfits import misfit
from polyshare.providers import jwks
from polyshare.providers.guard import Network, networks
from polyshare.providers.outbound import Endpoint, endpoint

T = TypeVar("T", bound=Struct)

ALGORITHM = "RS256"
"""By which we sign calls to providers, and they sign tokens of their own."""

TIMEOUT_S = 5.0


class FilesSettings(Struct, frozen=True):
    """What a provider of kind `files` may have; its files lie in our own tree, so that it needs nothing."""

    public_key: str = ""
    refresh_token: str = ""


class UcloudSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a provider of kind `ucloud` needs.

    Attributes:
        url: Where it is; what is called lies below.
        private_key: Ours, RSA: what calls to it are signed with.
        public_key: Its own, or a certificate of it, RSA: what its own tokens are checked with; empty: it has none.
        refresh_token: By which it gets tokens of ours; kept as a hash apart from the other settings.
        networks: Networks besides the public internet in which it may lie, in CIDR notation.
        timeout_s: Seconds for a whole call.
    """

    url: str
    private_key: str
    public_key: str = ""
    refresh_token: str = ""
    networks: tuple[str, ...] = ()
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Ready:
    """The settings of a provider of kind `ucloud`, made ready for calls."""

    to: Endpoint
    let_past: Sequence[Network]
    key: Key = field(repr=False)
    public_key: Key | None
    timeout_s: float


def ready(text: str) -> Ready:
    """
    Settings of a provider of kind `ucloud`, ready for use.

    Raises:
        Invalid: One of them can't be used; `where` is ("settings",) and its name.
    """
    given = decoded(text, UcloudSettings)
    with at("settings", "url"):
        to = endpoint(given.url)
    with at("settings", "networks"):
        let_past = networks(given.networks)
    key = jwks.private(given.private_key, ALGORITHM)
    if key is None:
        raise Invalid(
            "private_key is no PEM of an RSA private key of at least 2048 bits.", "settings", "private_key"
        )
    _check_token(given.refresh_token)
    return Ready(to, let_past, key, _public(given.public_key), given.timeout_s)


def check_files(text: str) -> None:
    """
    Refuse settings of a provider of kind `files` that could not work.

    Raises:
        Invalid: As `ready`.
    """
    given = decoded(text, FilesSettings)
    _public(given.public_key)
    _check_token(given.refresh_token)


def public_key(text: str) -> Key | None:
    """By what a provider's own tokens are checked, from settings of either kind; None: there is nothing."""
    try:
        return _public(decoded(text, FilesSettings).public_key)
    except Invalid:
        return None


def without_token(text: str) -> tuple[str, str]:
    """Settings without the refresh token, and that token; empty if there is none."""
    try:
        values = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return text, ""
    token = values.pop("refresh_token", None)
    return (text, "") if token is None else (msgspec.json.encode(values).decode(), str(token))


def _public(pem: str) -> Key | None:
    found = jwks.certified(pem, ALGORITHM) if pem else None
    if pem and found is None:
        raise Invalid(
            "public_key is no PEM of an RSA public key, or certificate, of at least 2048 bits.",
            "settings",
            "public_key",
        )
    return found


def _check_token(token: str) -> None:
    if token:
        checked_secret(token, "settings", "refresh_token")


def decoded(text: str, shape: type[T]) -> T:
    """Settings in their shape; raises Invalid."""
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as error:
        wrong = misfit(str(error))
        name = ".".join(map(str, wrong.where))
        what = f"{name} is missing" if wrong.missing else f"{name}: {wrong.what}" if name else wrong.what
        raise Invalid(f"The provider's settings do not fit: {what}.", "settings", *wrong.where) from error
    except msgspec.DecodeError as error:
        raise Invalid(f"The provider's settings are not JSON: {error}.", "settings") from error


@contextmanager
def at(*where: str) -> Iterator[None]:
    """Leads an Invalid from inside to its place in what was given."""
    try:
        yield
    except Invalid as error:
        raise Invalid(error.message, *where, *error.where) from error
