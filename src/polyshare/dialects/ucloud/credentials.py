"""
Who calls: a user, a provider or a service, by a token whose role and scopes must cover the call.

Source: UCloud developer guide, "Authentication"; that whatever is wrong with a token is told by 401 follows its server in Kotlin.
"""

from dataclasses import replace
from typing import Any

from polyshare.dialects.base.bearers import token_of
from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.scopes import USERS, demand_covered
from polyshare.dialects.ucloud.translate.auth import ALL, ISSUER, PROVIDER
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import admitting, believing, tokens
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.credentials.believing import Believed
from polyshare.engine.credentials.tokens import Leeway, Unchecked
from polyshare.engine.directory import arriving
from polyshare.engine.memory.keyring import Purpose
from polyshare.engine.work import House

DIALECT = "ucloud"
LONGEST = 32_768
"""Characters of a token; those of people in many projects are long."""
LEEWAY = Leeway(5, 0)
KEPT_AS = "ucloud jwt"
_OURS = frozenset({Purpose.USER})


async def authenticate(call: Call) -> Actor:
    """
    Who calls; what there is to be called must be theirs to call.

    Raises:
        NoCredential, MalformedCredential, UnknownCredential
        Uncovered: The role or the scopes of the token do not cover the call.
    """
    actor = await actor_of(call.house, token_of(call))
    route = getattr(call, "route", None)
    if route is not None:
        demand_covered(actor, route)
    return actor


async def actor_of(house: House, text: str) -> Actor:
    """
    Who comes with an access token; no statement if it came before and the directory has not changed.

    Raises:
        UnknownCredential: It is not signed by us, an issuer that is trusted or the provider that it speaks of; it is over or
            still to come; or it speaks of nobody who may come in.
        Unavailable: The database did not answer.
    """
    if len(text) > LONGEST:
        raise UnknownCredential("jwt")
    digest = digest_of(text)
    known = await believing.recall(house, KEPT_AS, digest)
    if known is not None:
        return known
    token = tokens.apart(text, LONGEST)
    believed = await _believed(house, token)
    actor, epoch = await _named(house, believed, token.issuer)
    believing.remember(house, KEPT_AS, digest, actor, believed, epoch)
    return actor


async def _believed(house: House, token: Unchecked) -> Believed:
    """By what key it was signed is settled by what it says of itself; what it says counts only if that key did."""
    if token.issuer == ISSUER:
        ours = await believing.by_us(house, token, _OURS, LEEWAY)
        if ours is not None:
            return ours
        name = _provider_in(token.subject)
        own = None if name is None else await believing.by_provider(house, name, token, LEEWAY)
        if own is not None:
            if own.claims.get("role") != "PROVIDER":  # it speaks of itself alone, as what it is
                raise UnknownCredential("jwt")
            return own
    return await believing.by_issuer(house, DIALECT, token, LEEWAY)


async def _named(house: House, believed: Believed, issuer: str) -> tuple[Actor, int]:
    """Of whom good claims speak, and the epoch of the directory in which they are."""
    claims, epoch = believed.claims, believed.epoch
    subject, role, scopes = tokens.text(claims, "sub"), tokens.text(claims, "role"), _scopes(believed)
    provider = _provider_in(subject)
    if role in USERS and provider is None:
        actor, epoch = await _user(house, subject, believed)
        return replace(actor, role=role, scopes=scopes), epoch
    if issuer != ISSUER:  # whom an operator trusts besides UCloud itself speaks of people alone
        raise UnknownCredential("jwt")
    if role == "PROVIDER" and provider is not None and house.keyring.has_provider(provider):
        return _machine(subject, "PROVIDER", scopes, provider), epoch
    if role == "SERVICE" and provider is None:
        return _machine(subject, "SERVICE", scopes), epoch
    raise UnknownCredential("jwt")


async def _user(house: House, login: str, believed: Believed) -> tuple[Actor, int]:
    found = await admitting.by_login(house, login)
    trust = believed.trust
    if found is None and trust is not None and trust.create_users:
        await arriving.arrive_as(house, login, _name(believed.claims), believed.claims)
        found = await admitting.by_login(house, login)
    if found is None:
        raise UnknownCredential("jwt")
    return found


def _machine(subject: str, role: str, scopes: frozenset[str], provider: str = "") -> Actor:
    """Who is no person; what is kept for a credential is kept for that name."""
    kept_for = -int(digest_of(subject)[:15], 16)
    return Actor(
        0,
        subject,
        kept_for,
        Access.EDIT,
        narrowed=False,
        administrator=False,
        name=subject,
        scopes=scopes,
        role=role,
        provider=provider,
    )


def _provider_in(subject: str | None) -> str | None:
    """Of which provider a subject speaks; None: of none."""
    if subject is None or not subject.startswith(PROVIDER):
        return None
    return subject.removeprefix(PROVIDER)


def _scopes(believed: Believed) -> frozenset[str]:
    """
    What a token was given for; for all where it does not say.

    An operator may ask for a word among the audience, by which an issuer's tokens for us are told from others; it is no scope.
    """
    given = believed.claims.get("aud")
    listed: Any = [given] if isinstance(given, str) else given
    if listed is None:
        listed = [ALL]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise UnknownCredential("jwt")
    wanted = None if believed.trust is None else believed.trust.audience
    if wanted is None:
        return frozenset(listed)
    if wanted not in listed:
        raise UnknownCredential("jwt")
    return frozenset(listed) - {wanted} or frozenset({ALL})


def _name(claims: tokens.Claims) -> str:
    """As claims call a person: first names and last name."""
    parts = (claims.get("firstNames"), claims.get("lastName"))
    return " ".join(one for one in parts if isinstance(one, str) and one)
