"""Believing JSON Web Tokens: by whose key one has to be signed. Every token of every API is checked here."""

from collections.abc import Collection
from dataclasses import dataclass

from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Actor
from polyshare.engine.credentials import keeping_keys, tokens, trusting
from polyshare.engine.credentials.tokens import USUAL, Claims, Leeway, Unchecked
from polyshare.engine.credentials.trusting import Trust
from polyshare.engine.directory.provider_settings import ALGORITHM, public_key
from polyshare.engine.memory.keyring import ALGORITHMS, Purpose
from polyshare.engine.memory.remembering import Recognized
from polyshare.engine.work import House

SECOND_US = 1_000_000
SIGNING = frozenset({Purpose.USER, Purpose.LINK})


@dataclass(frozen=True, slots=True)
class Believed:
    """
    What a token says, once its signature was found to be good.

    Attributes:
        until: When it is over, in microseconds.
        epoch: Of the directory that had the key.
        purpose: What the key of ours is for that signed it; None: it is somebody else's.
        trust: On what terms its issuer is believed; None: we or a provider signed it.
    """

    claims: Claims
    until: int
    epoch: int
    purpose: Purpose | None = None
    trust: Trust | None = None


async def by_us(
    house: House, token: Unchecked, purposes: Collection[Purpose] = SIGNING, leeway: Leeway = USUAL
) -> Believed | None:
    """
    What a token says that we signed; None: it names no key of ours that is for this. Nothing may be open meanwhile.

    Raises:
        UnknownCredential: It names one, but that key did not sign it, or it is over or still to come.
        Unavailable: The database did not answer.
    """
    key = None if token.kid is None else await keeping_keys.named(house, token.kid)
    if key is None or key.purpose not in purposes:
        return None
    epoch = house.keyring.epoch
    claims = tokens.opened(token, key.key, ALGORITHMS[key.purpose])
    return Believed(claims, _until(house, claims, leeway), epoch, purpose=key.purpose)


async def by_issuer(house: House, dialect: str, token: Unchecked, leeway: Leeway = USUAL) -> Believed:
    """
    What a token says whose issuer is trusted in that dialect; nothing may be open meanwhile.

    Raises:
        UnknownCredential: It is not, or did not sign it, or it is over or still to come.
        Unavailable: The database did not answer.
    """
    trusted = await trusting.find(house, dialect, token.issuer)
    epoch = house.keyring.epoch
    key = None if trusted is None else await trusting.key_of(house, trusted, token.kid)
    if trusted is None or key is None:
        raise UnknownCredential("jwt")
    claims = tokens.opened(token, key, trusted.trust.algorithm)
    return Believed(claims, _until(house, claims, leeway), epoch, trust=trusted.trust)


async def by_provider(house: House, name: str, token: Unchecked, leeway: Leeway = USUAL) -> Believed | None:
    """
    What a token says that the provider of that name signed with its own key; None: it did not, or has none.

    Nothing may be open meanwhile.

    Raises:
        UnknownCredential: It did, but the token is over or still to come.
        Unavailable: The database did not answer.
    """
    keys = await keeping_keys.ring(house)
    key, epoch = keys.provider(name, public_key), keys.epoch
    if key is None:
        return None
    try:
        claims = tokens.opened(token, key, ALGORITHM)
    except UnknownCredential:
        return None
    return Believed(claims, _until(house, claims, leeway), epoch)


async def recall(house: House, kind: str, digest: str) -> Actor | None:
    """Who came with this token before, if it still holds; no statement while the directory's epoch stays the same."""
    await keeping_keys.ring(house)
    known = house.remembered.get(kind, digest)
    if known is None or known.expires_at is None or house.clock() >= known.expires_at:
        return None
    return known.actor


def remember(house: House, kind: str, digest: str, actor: Actor, believed: Believed, epoch: int) -> None:
    """
    Remember who came with a token until it is over; *epoch* is the directory's as the actor was read.

    If it is not the one that had the key, what was believed then need not be true any more.
    """
    if epoch == believed.epoch:
        recognized = Recognized(actor, None, believed.until, epoch)
        house.remembered.keep(kind, digest, recognized, house.settings.credential_cache_size)


def _until(house: House, claims: Claims, leeway: Leeway) -> int:
    """When a token is over, in microseconds; raises UnknownCredential if it is, or is still to come."""
    tokens.demand_in_time(claims, house.clock() / SECOND_US, leeway)
    return round((float(claims["exp"]) + leeway.late_s) * SECOND_US)
