"""Letting callers in: from a secret to an actor, and from an actor to the seat that it takes in one call."""

import hashlib
from typing import Literal

from polyshare.domain.directory import folded
from polyshare.domain.errors import ClosedTo, ReadOnly, Unavailable, UnknownCredential
from polyshare.domain.principals import Access, Actor, Kind, Principal, Seat, Status
from polyshare.engine.memory.remembering import Recognized
from polyshare.engine.work import House, Work
from polyshare.store.credentials import credentials
from polyshare.store.database import Row, Rows
from polyshare.store.directory import acting, principals


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret as hex: what is stored and looked up in its place."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def identify(
    house: House, kind: Literal["token", "key", "session"], secret: str, email: str | None = None
) -> Actor:
    """
    Tell who calls by a token, by a browser's session, or by a key and its user's e-mail.

    Answers from memory while the directory's epoch, looked at every `settings.credential_recheck_s`, stays the same;
    an expiry holds to the microsecond.

    Raises:
        UnknownCredential: Unknown, expired or revoked, the user is not active, or the e-mail is another one.
        Unavailable: The database did not answer.
    """
    now = house.clock()
    await look(house, now)
    digest = digest_of(secret)
    known = house.remembered.get(kind, digest) or await _recognize(house, kind, digest)
    if known is None or (known.expires_at is not None and known.expires_at <= now):
        raise UnknownCredential(kind)
    if kind == "key" and (email is None or known.email_folded is None or folded(email) != known.email_folded):
        raise UnknownCredential(kind)
    return known.actor


async def look(house: House, now: int) -> None:
    """
    Read the epoch if the last look is too old.

    Raises:
        Unavailable: The database did not answer; nothing remembered is believed any more.
    """
    if house.remembered.is_fresh(now, int(house.settings.credential_recheck_s * 1_000_000)):
        return

    async def epoch(rows: Rows) -> Row | None:
        return await rows.one(principals.EPOCH)

    try:
        row = await house.database.read(epoch, snapshot=False)
    except Unavailable:
        house.remembered.forget()
        raise
    if row is not None:
        house.remembered.looked(now, row[0])


async def _recognize(house: House, kind: str, digest: str) -> Recognized | None:
    """Look a credential up, and remember it if it is live."""

    async def recognize(rows: Rows) -> Row | None:
        return await rows.one(credentials.RECOGNIZE, kind=kind, hash=digest)

    row = await house.database.read(recognize, snapshot=False)
    if row is None:
        return None
    (
        ident,
        person,
        login,
        email,
        rank,
        narrowed,
        administrator,
        expires_at,
        revoked_at,
        status,
        epoch,
        name,
    ) = row
    if revoked_at is not None or status != Status.ACTIVE:
        return None
    actor = Actor(person, login, ident, acting.access_of(rank), bool(narrowed), bool(administrator), name)
    recognized = Recognized(actor, email, expires_at, epoch)
    house.remembered.keep(kind, digest, recognized, house.settings.credential_cache_size)
    return recognized


async def by_login(house: House, login: str) -> tuple[Actor, int] | None:
    """
    The active user of that login, letter for letter, and the epoch of the directory as they were read.

    Raises:
        Unavailable: The database did not answer.
    """

    async def find(rows: Rows) -> Row | None:
        return await rows.one(principals.BEARER_BY_LOGIN, login=login)

    row = await house.database.read(find, snapshot=False)
    return None if row is None or row[3] != Status.ACTIVE else bearer_of(row)


def bearer_of(row: Row, scopes: frozenset[str] | None = None) -> tuple[Actor, int]:
    """Who calls by what no row stands for, and the epoch, of a row of `principals.BEARER`."""
    ident, login, administrator, _, name, epoch = row
    # What is kept for a credential, such as answers, is kept for the person.
    actor = Actor(
        ident,
        login,
        -ident,
        Access.EDIT,
        narrowed=False,
        administrator=bool(administrator),
        name=name,
        scopes=scopes,
    )
    return actor, epoch


async def seat(
    work: Work, kind: Literal[Kind.ACCOUNT, Kind.ORGANIZATION], public_id: str, need: Access
) -> Seat:
    """
    The account or organization for which the actor acts, read at each call in one statement.

    A role on an organization holds for all of its accounts; of two the higher counts. A narrowed credential reaches only
    what it names, and none goes beyond its cap.

    Raises:
        ClosedTo: It does not exist, is not active, or the actor has nothing to do with it.
        ReadOnly: The actor may look, and *need* is EDIT.
    """
    actor = work.actor
    if actor is None or not public_id.isprintable():
        raise _closed(kind)
    row = await work.rows.one(
        acting.SEAT, kind=kind.value, public_id=public_id, person=actor.id, credential=actor.credential
    )
    if row is None:
        raise _closed(kind)
    ident, name, status, organization, organization_public_id, role, scope = row
    rank = min(role, actor.cap.rank, scope if actor.narrowed else role)
    if rank == 0 or status != Status.ACTIVE:
        raise _closed(kind)
    if rank < need.rank:
        raise ReadOnly(f"This credential or its user may only read this {kind.value}.")
    principal = Principal(ident, kind, public_id, name, Status.ACTIVE, organization)
    return Seat(principal, organization_public_id, acting.access_of(rank))


def _closed(kind: Kind) -> ClosedTo:
    return ClosedTo(f"This {kind.value} is not open to you, or does not exist.")
