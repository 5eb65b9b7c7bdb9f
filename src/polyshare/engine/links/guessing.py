"""Telling right access codes of links from wrong ones, with brakes that bound how many guesses reach the hash."""

import asyncio
from functools import partial

from polyshare.domain.errors import Braked, PolyshareError
from polyshare.engine.credentials import hashing
from polyshare.engine.memory.braking import network_of
from polyshare.engine.work import House


def remember(house: House, code_hash: str, code: str) -> None:
    """Note that this is the code of that hash: from now on it is recognized here without hashing, whoever brings it."""
    house.verified.keep(_digest(house, code_hash, code), house.settings.credential_cache_size)


async def is_right(house: House, link: int, code_hash: str, code: str, address: str = "") -> bool:
    """
    Whether *code* is the one that was hashed; nothing may be open meanwhile.

    A code that was right before passes without a hash and without a brake. Any other counts as a guess until it turns out
    right: for its address at this link, and for the link either among the first guesses from their addresses or among
    those from addresses that have guessed already. However many addresses guess, they spend the second kind, and
    who comes from elsewhere still gets in.

    Args:
        link: Id of the link; each has brakes of its own.
        address: Where it comes from; empty if nobody knows.

    Raises:
        Braked: Too many were wrong.
        Unavailable: Too many codes and passwords are being checked already.
    """
    digest = _digest(house, code_hash, code)
    if house.verified.knows(digest):
        return True
    checking = house.checking_codes.get(digest)
    if checking is None:  # a page sends many requests at once, and one check does for all
        guess = _Guess(house, link, address)
        guess.take()
        checking = asyncio.create_task(_check(house, guess, code_hash, code))
        house.checking_codes[digest] = checking
        checking.add_done_callback(partial(_checked, house, digest))
    return await asyncio.shield(checking)


async def _check(house: House, guess: "_Guess", code_hash: str, code: str) -> bool:
    try:
        right = await hashing.matches(house, code_hash, code)
    except PolyshareError:
        guess.give_back()
        raise
    if right:
        guess.give_back()
        remember(house, code_hash, code)
    return right


def _checked(house: House, digest: bytes, checking: "asyncio.Task[bool]") -> None:
    del house.checking_codes[digest]
    if not checking.cancelled():
        checking.exception()  # nobody may be left to hear of it


class _Guess:
    """What one guess takes from the brakes of its link."""

    def __init__(self, house: House, link: int, address: str) -> None:
        settings = house.settings
        self._brakes, self._now = house.guessed_codes, house.clock()
        self._here = (link, network_of(address)), settings.link_guesses_per_minute
        if self._here[0] in self._brakes:
            self._link = (link, "again"), settings.link_guesses_per_minute
        else:
            self._link = (link, "first"), settings.link_first_guesses_per_minute

    def take(self) -> None:
        self._brakes.check(*self._here, self._now)
        try:
            self._brakes.take(*self._link, self._now)
        except Braked:
            # It has guessed all the same: next time it is no newcomer, and leaves those their share.
            self._brakes.take(*self._here, self._now)
            raise
        self._brakes.take(*self._here, self._now)

    def give_back(self) -> None:
        self._brakes.give_back(*self._here)
        self._brakes.give_back(*self._link)


def _digest(house: House, code_hash: str, code: str) -> bytes:
    return house.verified.digest(code_hash, code.encode("utf-8", "surrogatepass"))
