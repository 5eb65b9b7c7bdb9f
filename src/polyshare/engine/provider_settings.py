"""What a provider of each kind needs to be told, as JSON in its row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
from joserfc.jwk import Key
from msgspec import Meta, Struct

from polyshare.domain.errors import Invalid
from polyshare.domain.misfits import misfit
from polyshare.providers import jwks
from polyshare.providers.guard import Network, networks
from polyshare.providers.outbound import Endpoint, endpoint
from polyshare.providers.signing import signing_key

T = TypeVar("T", bound=Struct)


class AppliedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider of kind `applied` needs; None: the setting `applied_delay_s`."""

    delay_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None  # from a change to its being carried out


class WebhookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider of kind `webhook` needs; every secret given signs, so that secrets can be rotated."""

    url: str
    secret: str = ""
    secrets: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()  # let past the guard, in CIDR notation
    timeout_s: Annotated[float, Meta(gt=0, le=3600)] | None = None  # seconds for a whole call

    def keys(self) -> tuple[bytes, ...]:
        """The keys of all secrets, the single one first."""
        given = (*((self.secret,) if self.secret else ()), *self.secrets)
        if not given:
            raise Invalid("A webhook needs a secret to sign with: whsec_ and base64 of 32 random bytes.")
        return tuple(signing_key(secret) for secret in dict.fromkeys(given))


class UcloudSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider of kind `ucloud` needs; keys are PEM."""

    url: str  # where its /ucloud/{name} lies
    private_key: str  # ours, of which it has the public half: signs calls to it
    public_key: str  # its own, or a certificate: its tokens are believed by it
    refresh_token: str = ""  # for which it gets tokens of ours
    networks: tuple[str, ...] = ()  # let past the guard, in CIDR notation
    timeout_s: Annotated[float, Meta(gt=0, le=3600)] | None = None  # seconds for a whole call


@dataclass(frozen=True, slots=True)
class Ucloud:
    """UcloudSettings that were found to be usable."""

    to: Endpoint
    private_key: Key
    public_key: Key
    let_past: tuple[Network, ...]
    timeout_s: float | None
    refresh_token: str


def ucloud(text: str) -> Ucloud:
    """
    The settings of a provider of kind `ucloud`, ready for use.

    Raises:
        Invalid: They can't be used; `where` is ("settings",) with the name of what is wrong.
    """
    given = decoded(text, UcloudSettings)
    with at("settings", "url"):
        to = endpoint(given.url)
        if "?" in to.target:
            raise Invalid("The URL of a provider has no query: its calls have their own.")
    with at("settings", "private_key"):
        private = jwks.signing(given.private_key)
        if private is None:
            raise Invalid(
                "This is no RSA private key of 2048 bits or more; use PEM that is not encrypted, as"
                " `openssl genrsa 2048` writes it."
            )
    with at("settings", "public_key"):
        public = jwks.certified(given.public_key, jwks.RSA)
        if public is None:
            raise Invalid("This is no RSA public key or certificate of 2048 bits or more; use PEM.")
    with at("settings", "networks"):
        let_past = networks(given.networks)
    return Ucloud(to, private, public, tuple(let_past), given.timeout_s, given.refresh_token)


def decoded(text: str, shape: type[T]) -> T:
    """
    Settings in their shape.

    Raises:
        Invalid: They do not fit it.
    """
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
