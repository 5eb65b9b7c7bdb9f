"""Telling who comes with a JSON Web Token: a user, or whoever opened a link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polyshare.domain import user_ids
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.link_shares import Bearer
from polyshare.domain.principals import Access, Actor, Kind, Status
from polyshare.engine import arriving, keeping_keys, naming, tokens, trusting
from polyshare.engine.addressing import issuer
from polyshare.engine.admitting import digest_of
from polyshare.engine.keyring import ALGORITHMS, Purpose
from polyshare.engine.remembering import Recognized
from polyshare.engine.work import House, Work
from polyshare.store import clients, people, principals
from polyshare.store.database import Row

NAMESPACE = "mycloud"
AUDIENCE = "mycloud.com"
SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class _Claimed:
    """
    What a user's token says, once its signature was found to be good; `until` is in microseconds.

    `trusted` are the terms of the issuer, None for our own.
    """

    subject: str
    audience: Sequence[str]
    client: str | None
    scopes: frozenset[str] | None
    until: int
    trusted: trusting.Trust | None = None


async def bearer(house: House, token: str) -> Actor | Bearer:
    """
    Tell who comes with a token; nothing may be open meanwhile.

    Answers from memory, without a statement, while the directory's epoch stays the same. What a link's token opens is
    asked at each use; whether its user is active is felt within `settings.credential_recheck_s`.

    Returns:
        The user; their `scopes` are None where the token has none. Or who holds a link.

    Raises:
        UnknownCredential: Everything else; its kind is "jwt".
        Unavailable: The database did not answer.
    """
    now = house.clock()
    if len(token) > tokens.LONGEST:
        raise UnknownCredential("jwt")
    keys = await keeping_keys.ring(house)
    digest = digest_of(token)
    known = house.remembered.get("jwt", digest)
    if known is not None and known.expires_at is not None and now < known.expires_at:
        return known.actor
    return keys.bearer(digest, now) or await _check(house, token, digest, now)


async def user(house: House, token: str) -> Actor:
    """`bearer`, where only users are let in: the token of a link is as good as none there."""
    who = await bearer(house, token)
    if isinstance(who, Bearer):
        raise UnknownCredential("jwt")
    return who


async def _check(house: House, text: str, digest: str, now: int) -> Actor | Bearer:
    token = tokens.apart(text)
    if token.issuer != issuer(house.settings):
        return await _outside(house, token, digest, now)
    if token.kid is None:
        raise UnknownCredential("jwt")
    key = await keeping_keys.named(house, token.kid)
    if key is None or key.purpose is Purpose.PAGE:
        raise UnknownCredential("jwt")
    claims = tokens.checked(token, key.key, [ALGORITHMS[key.purpose]], now / SECOND_US)
    if key.purpose is Purpose.LINK:
        return await _link(house, claims, digest)
    return await _user(house, _claimed(claims), digest)


async def _outside(house: House, token: tokens.Unchecked, digest: str, now: int) -> Actor:
    """Who comes with a token of another issuer: whoever bears its subject as fixed id, letter for letter."""
    trusted = await trusting.find(house, NAMESPACE, token.issuer)
    key = None if trusted is None else await trusting.key_of(house, trusted, token.kid)
    if trusted is None or key is None:
        raise UnknownCredential("jwt")
    claims = tokens.checked(token, key, [trusted.trust.algorithm], now / SECOND_US)
    claimed = replace(_claimed(claims), client=None, trusted=trusted.trust)
    try:
        return await _user(house, claimed, digest)
    except UnknownCredential:
        if not trusted.trust.create_users or not _is_for_us(claimed, set()):
            raise
    await arriving.arrive(house, NAMESPACE, claimed.subject, claims)
    return await _user(house, claimed, digest)


def _claimed(claims: tokens.Claims) -> _Claimed:
    scope = claims.get("scope")
    client = claims.get("azp")
    return _Claimed(
        tokens.text(claims, "sub"),
        tokens.texts(claims, "aud"),
        client if isinstance(client, str) else None,
        frozenset(scope.split()) if isinstance(scope, str) else None,
        _until(claims),
    )


def _until(claims: tokens.Claims) -> int:
    return round((float(claims["exp"]) + tokens.LEEWAY_S) * SECOND_US)


async def _link(house: House, claims: tokens.Claims, digest: str) -> Bearer:
    subject = claims.get("reader")
    if AUDIENCE not in tokens.texts(claims, "aud"):
        raise UnknownCredential("jwt")
    reader = None
    if subject is not None:
        reader = await house.read(None, lambda work: person_of(work, str(subject)))
        if reader is None:
            raise UnknownCredential("jwt")
    found = Bearer(tokens.text(claims, "authId"), tokens.text(claims, "shareId"), reader)
    house.keyring.keep(digest, found, _until(claims), house.settings.credential_cache_size)
    return found


async def _user(house: House, claimed: _Claimed, digest: str) -> Actor:
    """The user whom good claims name, if active, and if the token is for us or for a client that is registered."""

    async def find(work: Work) -> Row | None:
        if claimed.trusted is None:
            person = await person_of(work, claimed.subject)
        else:  # another issuer speaks of those alone whom somebody gave it, not of all whose ids it can spell
            fixed = await people.by_aliases(work.rows, NAMESPACE, [claimed.subject])
            person = fixed.get(claimed.subject)
        if person is None:
            return None
        named = {*claimed.audience, *([] if claimed.client is None else [claimed.client])}
        known = await clients.known(work.rows, sorted(named))
        if not _is_for_us(claimed, known):
            return None
        if claimed.client is not None and claimed.client not in known:
            return None  # the client was removed, and what it got ends with it
        return await work.rows.one(principals.BEARER, id=person)

    row = await house.read(None, find)
    if row is None or row[3] != Status.ACTIVE:
        raise UnknownCredential("jwt")
    ident, login, administrator, _, name, epoch = row
    # No row stands for a token; what is kept for a credential, such as answers, is kept for the person.
    actor = Actor(
        ident,
        login,
        -ident,
        Access.EDIT,
        narrowed=False,
        administrator=bool(administrator),
        name=name,
        scopes=claimed.scopes,
    )
    recognized = Recognized(actor, None, claimed.until, epoch)
    house.remembered.keep("jwt", digest, recognized, house.settings.credential_cache_size)
    return actor


def _is_for_us(claimed: _Claimed, clients_known: set[str]) -> bool:
    """Whether a token is for our services, or for one client that is registered, and it alone."""
    if claimed.trusted is not None and claimed.trusted.audience is not None:
        return claimed.trusted.audience in claimed.audience
    alone = len(claimed.audience) == 1 and clients_known.issuperset(claimed.audience)
    return AUDIENCE in claimed.audience or alone


async def subject_of(work: Work, person: int) -> str:
    """My Cloud's id of a user: the one that was fixed, else the one spelled from ours."""
    return (await subjects_of(work, [person]))[person]


async def subjects_of(work: Work, persons: Sequence[int]) -> dict[int, str]:
    """My Cloud's ids of users, whether they are there or not, by our own; one statement."""
    fixed = await people.aliases_of(work.rows, NAMESPACE, persons)
    tail = await naming.tail(work)
    return {person: fixed.get(person) or user_ids.spelled(person, tail) for person in persons}


async def person_of(work: Work, subject: str) -> int | None:
    """Whose My Cloud id this is, letter for letter; None when it can be nobody's. Whether they are active is not asked."""
    return (await persons_of(work, [subject])).get(subject)


async def persons_of(work: Work, subjects: Sequence[str]) -> dict[str, int]:
    """Whose My Cloud ids these are; what can be nobody's is left out. At most two statements."""
    usable = [subject for subject in subjects if subject.isprintable()]
    if not usable:
        return {}
    found = await people.by_aliases(work.rows, NAMESPACE, usable)
    spelled = [subject for subject in usable if subject not in found and subject.startswith(user_ids.PREFIX)]
    if spelled:
        tail = await naming.tail(work)
        numbers = {subject: user_ids.read(subject, tail) for subject in spelled}
        meant = {subject: number for subject, number in numbers.items() if number is not None}
        there = await people.there(work.rows, list(meant.values())) if meant else {}
        found |= {
            subject: number
            for subject, number in meant.items()
            if number in there and there[number][0] is Kind.USER
        }
    return found
