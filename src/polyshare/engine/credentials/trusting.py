"""Trusting issuers besides our own: which tokens of theirs are believed, and by which keys."""

import asyncio
from dataclasses import dataclass, field

import msgspec
import structlog
from joserfc.jwk import Key, OctKey

from polyshare.domain.errors import Invalid, NotFound, Unavailable
from polyshare.domain.events import What
from polyshare.engine import addressing
from polyshare.engine.credentials import keeping_keys
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import House, Work
from polyshare.providers import jwks
from polyshare.providers.guard import networks
from polyshare.providers.outbound import endpoint
from polyshare.store.credentials import issuers
from polyshare.store.credentials.issuers import IssuerRow

SECOND_US = 1_000_000
REFETCH_US = 30 * SECOND_US
"""How often at most keys are fetched, whatever unknown ids of keys come along."""
FRESH_US = 3600 * SECOND_US
"""After this time keys are fetched again, so that one that was taken back is believed no longer."""
STALE_US = 24 * FRESH_US
"""Until then keys do that could not be fetched again."""
SHORTEST_SECRET = 64
LONGEST_ISSUER = 512

log = structlog.get_logger(__name__)


class Trust(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    On what terms an issuer is believed.

    Attributes:
        algorithm: By which its tokens are signed; what a token says of it is not asked.
        secret: What HS512 shares.
        certificate: PEM of a certificate or public key; or else `jwks`, a JWK set, or `jwks_url`, where one is.
        audience: For whom its tokens must be; None: as for our own.
        networks: Networks besides the public internet in which *jwks_url* may lie.
        create_users: Whether users whom nobody knows are made when they come first.
    """

    algorithm: str
    secret: str | None = None
    certificate: str | None = None
    jwks_url: str | None = None
    jwks: dict[str, object] | None = None
    audience: str | None = None
    networks: list[str] = []
    create_users: bool = False


@dataclass(slots=True)
class Trusted:
    """An issuer with the keys that are known of it; times are microseconds."""

    issuer: str
    trust: Trust = field(repr=False)
    keys: dict[str, Key] = field(default_factory=dict, repr=False)
    certified: Key | None = field(default=None, repr=False)
    fetched_at: int | None = None
    tried_at: int | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)


async def page(work: Work) -> list[IssuerRow]:
    """All issuers; their settings may hold secrets."""
    return await issuers.everything(work.rows)


async def trust(work: Work, dialect: str, issuer: str, terms: Trust) -> bool:
    """
    Believe an issuer in one dialect, or on other terms from now on; every process takes it over by itself.

    Returns:
        Whether anything was different.

    Raises:
        Invalid: It could not work like this.
    """
    check(work.house, dialect, issuer, terms)
    text = msgspec.json.encode(terms).decode()
    before = {(row.dialect, row.issuer): row.settings for row in await page(work)}
    if before.get((dialect, issuer)) == text:
        return False
    await work.note(What.ISSUER_CHANGED, facts=facts(dialect=dialect, issuer=issuer))
    await work.rows.run(issuers.PUT, dialect=dialect, issuer=issuer, settings=text, now=work.now)
    await bump(work)
    return True


async def distrust(work: Work, dialect: str, issuer: str) -> None:
    """
    Believe an issuer no longer; its tokens are refused everywhere within `settings.credential_recheck_s`.

    Raises:
        NotFound: There is none of that name.
    """
    if not any((row.dialect, row.issuer) == (dialect, issuer) for row in await page(work)):
        raise NotFound("issuer", "There is no issuer of this name for this API.")
    await work.note(What.ISSUER_REMOVED, facts=facts(dialect=dialect, issuer=issuer))
    await work.rows.run(issuers.REMOVE, dialect=dialect, issuer=issuer)
    await bump(work)


def check(house: House, dialect: str, issuer: str, terms: Trust) -> None:
    """
    Refuse what could not work, or would be no safety.

    Raises:
        Invalid: It says which field.
    """
    if not issuer.isprintable() or not 1 <= len(issuer) <= LONGEST_ISSUER:
        raise Invalid(f"an issuer has 1 to {LONGEST_ISSUER} printable characters", "issuer")
    if issuer == addressing.issuer(house.settings):
        raise Invalid("this is the issuer of our own tokens", "issuer")
    if terms.algorithm == "HS512":
        if dialect != "ucloud":
            raise Invalid("a shared secret is for ucloud alone; use RS256 or ES256", "algorithm")
        if len(terms.secret or "") < SHORTEST_SECRET:
            raise Invalid(f"HS512 needs a secret of at least {SHORTEST_SECRET} characters", "secret")
        if _shared(terms) is None:
            raise Invalid("this is a public key, which is no secret; use RS256 with a certificate", "secret")
    elif terms.algorithm in jwks.KINDS:
        _check_keys(terms)
    else:
        raise Invalid("use RS256, ES256, or for ucloud HS512", "algorithm")


def _shared(terms: Trust) -> Key | None:
    """The key that a shared secret is; None: it is a public key, which everybody has."""
    try:
        return OctKey.import_key(terms.secret or "")
    except ValueError:
        return None


def _check_keys(terms: Trust) -> None:
    if sum(one is not None for one in (terms.certificate, terms.jwks_url, terms.jwks)) != 1:
        raise Invalid("give one of certificate, jwks_url and jwks", "jwks_url")
    if terms.certificate is not None and jwks.certified(terms.certificate, terms.algorithm) is None:
        raise Invalid(
            "this is no PEM of a public key that signs so; RSA has at least 2048 bits", "certificate"
        )
    if terms.jwks is not None and not jwks.usable(terms.jwks, terms.algorithm):
        raise Invalid("this set has no key with an id that signs so", "jwks")
    if terms.jwks_url is not None:
        endpoint(terms.jwks_url)
    networks(terms.networks)


async def find(house: House, dialect: str, issuer: str) -> Trusted | None:
    """The issuer of that name, if it is believed in that dialect; nothing may be open meanwhile."""
    return (await keeping_keys.ring(house)).issuer(dialect, issuer, _opened)


def _opened(row: IssuerRow) -> Trusted:
    """What is kept, ready for use."""
    terms = msgspec.json.decode(row.settings, type=Trust)
    made = Trusted(row.issuer, terms)
    if terms.algorithm == "HS512":
        made.certified = _shared(terms)
    if terms.algorithm in jwks.KINDS:
        made.keys = jwks.usable(terms.jwks or {}, terms.algorithm)
        if terms.certificate is not None:
            made.certified = jwks.certified(terms.certificate, terms.algorithm)
    return made


async def key_of(house: House, of: Trusted, kid: str | None) -> Key | None:
    """
    The key by which an issuer's token is checked; an unknown one is looked for where the issuer publishes its keys.

    However many unknown ones come, that is done once in REFETCH_US. Nothing may be open meanwhile.
    """
    if of.certified is not None:
        return of.certified
    if kid is None:
        return None
    under_way = of.turn.locked() and kid not in of.keys  # what is being fetched may have it
    if of.trust.jwks_url is not None and (under_way or _is_due(of, kid, house.clock())):
        async with of.turn:
            if _is_due(of, kid, house.clock()):
                await _fetch(house, of)
    if of.fetched_at is not None and house.clock() - of.fetched_at >= STALE_US:
        return None
    return of.keys.get(kid)


def _is_due(of: Trusted, kid: str, now: int) -> bool:
    if of.tried_at is not None and 0 <= now - of.tried_at < REFETCH_US:
        return False
    return kid not in of.keys or of.fetched_at is None or now - of.fetched_at >= FRESH_US


async def _fetch(house: House, of: Trusted) -> None:
    of.tried_at = house.clock()
    assert of.trust.jwks_url is not None  # noqa: S101 - asked before
    try:
        let_past = networks(of.trust.networks)
        of.keys = await jwks.fetched(of.trust.jwks_url, let_past, of.trust.algorithm)
        of.fetched_at = of.tried_at
    except Unavailable as error:
        log.warning("issuer.keys_not_fetched", issuer=of.issuer, reason=error.message)
