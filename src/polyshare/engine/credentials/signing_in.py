"""Letting people in by login and password, with a brake on guessing."""

import asyncio
import hashlib
import hmac
from collections.abc import Hashable
from functools import partial

import structlog

from polyshare.domain.directory import folded
from polyshare.domain.errors import PolyshareError, UnknownCredential
from polyshare.domain.principals import Access, Actor, Status
from polyshare.engine.credentials import admitting, hashing
from polyshare.engine.memory.braking import network_of
from polyshare.engine.memory.remembering import Recognized
from polyshare.engine.work import House, Work
from polyshare.store.database import Row, Rows
from polyshare.store.directory import people, principals

log = structlog.get_logger(__name__)

MINUTE_US = 60_000_000


async def by_password(house: House, login: str, password: str, address: str = "") -> Actor:
    """
    Tell who calls by login and password; nothing may be open meanwhile.

    A pair that was right is remembered, as a keyed hash in this process's memory, until the directory changes or
    `settings.password_cache_minutes` have passed. Wrong ones are counted by login and address together, and by address:
    who guesses shuts out himself, but nobody who knows the password and comes from elsewhere.

    Args:
        login: Compared without regard to case.
        address: Where the caller comes from; empty if nobody knows.

    Raises:
        UnknownCredential: No active user has this login and password.
        Braked: Too many wrong passwords came from there.
        Unavailable: The database did not answer, or too many passwords are being checked already.
    """
    now = house.clock()
    guess = _Guess(house, folded(login), address, now)
    guess.check()
    await admitting.look(house, now)
    digest = _digest(house, guess.login, password)
    known = house.remembered.get("password", digest)
    if known is not None and known.expires_at is not None and known.expires_at > now:
        return known.actor
    checking = house.checking.get(digest)
    if checking is None:  # clients send many requests at once, and one check does for all
        guess.take()
        checking = house.checking[digest] = asyncio.create_task(_check(house, guess, password, digest))
        checking.add_done_callback(partial(_checked, house, digest))
    recognized = await asyncio.shield(checking)
    if recognized is None:
        raise UnknownCredential("password")
    return recognized.actor


async def by_login_or_email(house: House, name: str, password: str, address: str = "") -> Actor:
    """
    `by_password` for who may have typed their e-mail address instead of their login.

    Raises:
        UnknownCredential, Braked, Unavailable: As `by_password`.
    """
    login = name
    if "@" in name and name.isprintable():
        found = await house.read(None, lambda work: people.with_email(work.rows, folded(name)))
        taken = await house.read(None, lambda work: principals.has_login(work.rows, folded(name)))
        login = found[0].login if len(found) == 1 and not taken else name
    return await by_password(house, login, password, address)


async def _check(house: House, guess: "_Guess", password: str, digest: str) -> Recognized | None:
    """The guess was counted before the work, so that many at once count too; if it is no wrong one, it is taken back."""
    try:
        recognized = await _recognize(house, guess.login, password)
    except PolyshareError:
        guess.give_back()
        raise
    if recognized is not None:
        guess.give_back()
        house.remembered.keep("password", digest, recognized, house.settings.credential_cache_size)
    return recognized


def _checked(house: House, digest: str, checking: "asyncio.Task[Recognized | None]") -> None:
    del house.checking[digest]
    if not checking.cancelled():
        checking.exception()  # nobody may be left to hear of it


class _Guess:
    """The brakes that one try has to pass."""

    def __init__(self, house: House, login: str, address: str, now: int) -> None:
        self.login = login
        self._brakes = house.guesses
        self._now = now
        settings, network = house.settings, network_of(address)
        self._buckets: tuple[tuple[Hashable, int], ...] = (
            ((login, network), settings.password_guesses_per_minute),
            (network, settings.password_guesses_per_address),
        )

    def check(self) -> None:
        for key, per_minute in self._buckets:
            self._brakes.check(key, per_minute, self._now)

    def take(self) -> None:
        self.check()  # all of them first, so that none is taken from unless all have one
        for key, per_minute in self._buckets:
            self._brakes.take(key, per_minute, self._now)

    def give_back(self) -> None:
        for key, per_minute in self._buckets:
            self._brakes.give_back(key, per_minute)


async def _recognize(house: House, login: str, password: str) -> Recognized | None:
    async def look_up(rows: Rows) -> Row | None:
        return await rows.one(principals.SIGN_IN, login_folded=login) if login.isprintable() else None

    row = await house.database.read(look_up, snapshot=False)
    ident, login, password_hash, administrator, status, epoch, name = row or (0, "", None, 0, "", 0, "")
    usable = password_hash is not None and 1 <= len(password) <= hashing.LONGEST
    right = await hashing.matches(house, password_hash if usable else None, password[: hashing.LONGEST])
    if password_hash is None or not right or status != Status.ACTIVE:
        return None
    if hashing.is_outdated(house.settings, password_hash):
        house.later(_rehash(house, ident, password_hash, password))
    # No row stands for a password; what is kept for a credential, such as answers, is kept for the person.
    actor = Actor(
        ident, login, -ident, Access.EDIT, narrowed=False, administrator=bool(administrator), name=name
    )
    expires_at = house.clock() + round(house.settings.password_cache_minutes * MINUTE_US)
    return Recognized(actor, None, expires_at, epoch)


async def _rehash(house: House, person: int, before: str, password: str) -> None:
    """Hash a right password anew with the present parameters, unless it was changed meanwhile."""
    try:
        after = await hashing.hash_password(house, password)

        async def job(work: Work) -> None:
            await work.rows.run(principals.REHASH, id=person, before=before, after=after)

        await house.write(None, job)
    except PolyshareError as error:
        log.warning("password.not_rehashed", person=person, reason=error.message)


def _digest(house: House, login: str, password: str) -> str:
    raw = f"{login}\0{password}".encode("utf-8", "surrogatepass")
    return hmac.new(house.remembered.key, raw, hashlib.sha256).hexdigest()
