"""Users, as the services of tokens and of users say them."""

from polyshare.dialects.mycloud.wire import tokens as wire
from polyshare.domain.directory import Person
from polyshare.engine.credentials.exchanging import Exchanged
from polyshare.engine.credentials.minting import SCOPES


def tokens_out(made: Exchanged) -> wire.Tokens:
    """What a client gets for a user."""
    out = wire.Tokens(made.tokens.access, made.tokens.id_token, made.tokens.expires_in_s, made.tokens.scope)
    if made.refresh is not None:
        out.refresh_token = made.refresh
    return out


def info_out(person: Person, subject: str) -> wire.UserInfo:
    """A user as told to a client that has a token of theirs."""
    return wire.UserInfo(subject, subject, person.email, person.name, person.login)


def user_out(person: Person, subject: str) -> wire.User:
    """A user as listed; the name is parted where a first name may end."""
    first, _, last = person.name.strip().rpartition(" ")
    metadata = wire.UserMetadata(first or last, last if first else "")
    return wire.User(subject, person.email, person.name, metadata)


def configuration(issuer: str) -> wire.OpenIdConfiguration:
    """Where everything is, below the issuer's own address, which ends in a slash."""
    return wire.OpenIdConfiguration(
        issuer,
        f"{issuer}authorize",
        f"{issuer}oauth/token",
        f"{issuer}userinfo",
        f"{issuer}.well-known/jwks.json",
        SCOPES,
    )
