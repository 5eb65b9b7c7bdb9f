"""Telling who comes with a JSON Web Token: a user, or whoever opened a link."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polyshare.domain import user_ids
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.link_shares import Bearer
from polyshare.domain.principals import Actor, Kind, Status
from polyshare.engine.addressing import issuer
from polyshare.engine.credentials import admitting, believing, tokens
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.credentials.believing import Believed
from polyshare.engine.directory import arriving, naming
from polyshare.engine.memory.keyring import Purpose
from polyshare.engine.work import House, Work
from polyshare.store.credentials import clients
from polyshare.store.database import Row
from polyshare.store.directory import people, principals

NAMESPACE = "mycloud"
AUDIENCE = "mycloud.com"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What a user's token says, once its signature was found to be good."""

    subject: str
    audience: Sequence[str]
    client: str | None
    scopes: frozenset[str] | None
    believed: Believed


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
    if len(token) > tokens.LONGEST:
        raise UnknownCredential("jwt")
    digest = digest_of(token)
    known = await believing.recall(house, "jwt", digest) or house.keyring.bearer(digest, house.clock())
    return known or await _check(house, token, digest)


async def user(house: House, token: str) -> Actor:
    """`bearer`, where only users are let in: the token of a link is as good as none there."""
    who = await bearer(house, token)
    if isinstance(who, Bearer):
        raise UnknownCredential("jwt")
    return who


async def _check(house: House, text: str, digest: str) -> Actor | Bearer:
    token = tokens.apart(text)
    if token.issuer != issuer(house.settings):
        return await _outside(house, token, digest)
    believed = await believing.by_us(house, token)
    if believed is None:
        raise UnknownCredential("jwt")
    if believed.purpose is Purpose.LINK:
        return await _link(house, believed, digest)
    return await _user(house, _claimed(believed), digest)


async def _outside(house: House, token: tokens.Unchecked, digest: str) -> Actor:
    """Who comes with a token of another issuer: whoever bears its subject as fixed id, letter for letter."""
    believed = await believing.by_issuer(house, NAMESPACE, token)
    claimed = replace(_claimed(believed), client=None)
    try:
        return await _user(house, claimed, digest)
    except UnknownCredential:
        if believed.trust is None or not believed.trust.create_users or not _is_for_us(claimed, set()):
            raise
    await arriving.arrive(house, NAMESPACE, claimed.subject, believed.claims)
    return await _user(house, claimed, digest)


def _claimed(believed: Believed) -> _Claimed:
    claims = believed.claims
    scope = claims.get("scope")
    client = claims.get("azp")
    return _Claimed(
        tokens.text(claims, "sub"),
        tokens.texts(claims, "aud"),
        client if isinstance(client, str) else None,
        frozenset(scope.split()) if isinstance(scope, str) else None,
        believed,
    )


async def _link(house: House, believed: Believed, digest: str) -> Bearer:
    claims = believed.claims
    subject = claims.get("reader")
    if AUDIENCE not in tokens.texts(claims, "aud"):
        raise UnknownCredential("jwt")
    reader = None
    if subject is not None:
        reader = await house.read(None, lambda work: person_of(work, str(subject)))
        if reader is None:
            raise UnknownCredential("jwt")
    found = Bearer(tokens.text(claims, "authId"), tokens.text(claims, "shareId"), reader)
    house.keyring.keep(digest, found, believed.until, house.settings.credential_cache_size)
    return found


async def _user(house: House, claimed: _Claimed, digest: str) -> Actor:
    """The user whom good claims name, if active, and if the token is for us or for a client that is registered."""

    async def find(work: Work) -> Row | None:
        if claimed.believed.trust is None:
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
    actor, epoch = admitting.bearer_of(row, scopes=claimed.scopes)
    believing.remember(house, "jwt", digest, actor, claimed.believed, epoch)
    return actor


def _is_for_us(claimed: _Claimed, clients_known: set[str]) -> bool:
    """Whether a token is for our services, or for one client that is registered, and it alone."""
    trust = claimed.believed.trust
    if trust is not None and trust.audience is not None:
        return trust.audience in claimed.audience
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
