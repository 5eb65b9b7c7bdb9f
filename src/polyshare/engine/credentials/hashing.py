"""Hashing passwords with argon2id, which takes long on purpose: in a bounded pool of threads, never on the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from polyshare.domain.errors import Invalid, Unavailable
from polyshare.engine.work import House
from polyshare.settings import Settings

T = TypeVar("T")

LONGEST = 1024  # characters of a password


class _Pool:
    """So many threads, and so many calls that may wait for one; `taken` counts the calls that were let in."""

    def __init__(self, threads: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._places = threading.BoundedSemaphore(threads + queue)
        self.taken = 0

    async def run(self, job: Callable[..., T], *arguments: object) -> T:
        """Run *job* in a thread; raises Unavailable if too many wait already."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many passwords are being checked; try again.")
        self.taken += 1
        try:
            running = self._threads.submit(job, *arguments)
        except RuntimeError:
            self._places.release()
            raise
        running.add_done_callback(
            lambda _: self._places.release()
        )  # also of one that nobody waits for any more
        return await asyncio.wrap_future(running)


async def hash_password(house: House, password: str) -> str:
    """
    A password's argon2id hash; never made inside a transaction.

    Raises:
        Invalid: It is empty or longer than 1,024 characters.
        Unavailable: Too many are being made already.
    """
    if not 1 <= len(password) <= LONGEST:
        raise Invalid(f"a password has 1 to {LONGEST} characters", "password")
    return await pool_of(house.settings).run(_hasher_of(house.settings).hash, _raw(password))


async def matches(house: House, password_hash: str | None, password: str) -> bool:
    """
    Whether *password* is the one that was hashed; without a hash the work is done all the same, so that nobody can tell.

    Raises:
        Unavailable: Too many are being checked already.
    """
    pool, hasher = pool_of(house.settings), _hasher_of(house.settings)
    if password_hash is None:
        await pool.run(hasher.hash, _raw(password))
        return False
    return await pool.run(_matches, hasher, password_hash, _raw(password))


def is_outdated(settings: Settings, password_hash: str) -> bool:
    """Whether a hash was made with other parameters than the settings have now."""
    return _hasher_of(settings).check_needs_rehash(password_hash)


def _matches(hasher: PasswordHasher, password_hash: str, raw: bytes) -> bool:
    try:
        return hasher.verify(password_hash, raw)
    except (Argon2Error, InvalidHashError):
        return False


def _raw(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def pool_of(settings: Settings) -> _Pool:
    """The pool that these settings ask for; one for the whole process."""
    return _pool(settings.password_checks, settings.password_queue)


@lru_cache(maxsize=8)
def _pool(threads: int, queue: int) -> _Pool:
    return _Pool(threads, queue)


def _hasher_of(settings: Settings) -> PasswordHasher:
    return _hasher(settings.password_time_cost, settings.password_memory_kib, settings.password_parallelism)


@lru_cache(maxsize=8)
def _hasher(time_cost: int, memory_kib: int, parallelism: int) -> PasswordHasher:
    return PasswordHasher(time_cost, memory_kib, parallelism)
