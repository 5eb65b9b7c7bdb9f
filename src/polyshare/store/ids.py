"""Ids that grow and never meet: 63 bits of time, process number and counter, under a leased process number."""

import os
import secrets
import socket
import threading
from collections.abc import Callable

from polyshare.domain.errors import Unavailable
from polyshare.store.database import Database, Rows
from polyshare.store.statements import statement

EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z; 41 bits of milliseconds last until 2094
PROCESSES = 1 << 10
_COUNTER_BITS = 12
_PROCESS_BITS = 10
_LAST_COUNT = (1 << _COUNTER_BITS) - 1

_FREE_NUMBER = statement(
    "free process number",
    "select number, until from process_lease where until <= :now order by until, number limit 1"
    "{postgres:  for update skip locked}",
)
_TAKE = statement(
    "take a process number",
    "update process_lease set holder = :holder, until = :until where number = :number",
)
_RENEW = statement(
    "renew a process number",
    "update process_lease set until = :until where number = :number and holder = :holder",
)
_GIVE_BACK = statement(
    "give a process number back",
    "update process_lease set holder = null, until = :until where number = :number and holder = :holder",
)


def new_public_id() -> str:
    """16 random bytes as 32 hex digits."""
    return os.urandom(16).hex()


def first_id_at(at: int) -> int:
    """The lowest id that can be drawn at the time *at* (microseconds since the epoch)."""
    return max(at // 1000 - EPOCH_MS, 0) << (_PROCESS_BITS + _COUNTER_BITS)


class Lease:
    """
    A process number of our own for a limited time, held in a row.

    `until` (microseconds) is the first moment at which another process may have taken the number; `floor_ms` the first
    millisecond in which no earlier holder can have made an id, whatever its clock said. `written` tells whether the database
    took the last renewal: it is the one write that every process does all the time.
    """

    def __init__(self, database: Database, clock: Callable[[], int], ttl_s: float = 30.0) -> None:
        """
        Args:
            clock: Microseconds since the epoch, UTC.
            ttl_s: How long a lease holds without `renew()`; renew it three times as often.
        """
        self._database = database
        self._clock = clock
        self._ttl_us = int(ttl_s * 1_000_000)
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}"
        self.number: int | None = None
        self.until = 0
        self.floor_ms = 0
        self.written = True

    @property
    def held(self) -> bool:
        """Whether the number is surely ours now."""
        return self.number is not None and self._clock() < self.until

    async def take(self) -> int:
        """
        Take the number that has been free for longest.

        Raises:
            Unavailable: All 1,024 numbers are in use, or the database did not answer.
        """

        async def take(rows: Rows) -> tuple[int, int, int]:
            now = self._clock()
            row = await rows.one(_FREE_NUMBER, now=now)
            if row is None:
                raise Unavailable(
                    f"All {PROCESSES} process numbers are in use; stop processes that are not needed."
                )
            number, was_until = row
            until = now + self._ttl_us
            await rows.run(_TAKE, number=number, holder=self._holder, until=until)
            return number, was_until, until

        number, was_until, until = await self._database.write(take)
        self.floor_ms = -(-was_until // 1000)
        self.until = until
        self.number = number
        return number

    async def renew(self) -> bool:
        """
        Hold the number for longer; to be called several times in each `ttl_s`.

        Returns:
            Whether the number was still ours. If not, another one has been taken and ids go on under it.

        Raises:
            Unavailable: The database did not answer; the lease runs on until it ends.
        """
        try:
            ours = self.number is not None and await self._extend()
            if not ours:
                self.number = None
                await self.take()
        except Exception:
            self.written = False
            raise
        self.written = True
        return ours

    async def _extend(self) -> bool:
        until = max(self.until, self._clock() + self._ttl_us)

        async def renew(rows: Rows) -> bool:
            return await rows.run(_RENEW, number=self.number, holder=self._holder, until=until) == 1

        extended = await self._database.write(renew)
        if extended:
            self.until = until
        return extended

    async def give_back(self, last_ms: int) -> None:
        """Let others have the number, from after *last_ms* (milliseconds since 1970), the last one that carries an id of ours."""
        number, self.number = self.number, None
        if number is None:
            return

        async def give_back(rows: Rows) -> None:
            await rows.run(
                _GIVE_BACK, number=number, holder=self._holder, until=max(last_ms + 1, self.floor_ms) * 1000
            )

        await self._database.write(give_back)


class Ids:
    """
    Draws ids: 41 bits of milliseconds since 2025, 10 bits of process number, 12 bits of counter.

    They grow within a process even when the clock steps back, and differ between processes while leases hold.
    """

    def __init__(self, lease: Lease, clock: Callable[[], int]) -> None:
        """*clock* gives microseconds since the epoch, UTC."""
        self._lease = lease
        self._clock = clock
        self._ms = 0
        self._count = 0
        self._number_of_last: int | None = None
        self._door = threading.Lock()

    @property
    def last_ms(self) -> int:
        """The millisecond since 1970 that the newest id carries; 0 before the first."""
        return self._ms

    def new_id(self) -> int:
        """
        The next id.

        Raises:
            Unavailable: The process number's lease has ended or was never taken.
        """
        lease = self._lease
        with self._door:
            number = lease.number
            now_us = self._clock()
            ms = max(now_us // 1000, lease.floor_ms)
            if ms > self._ms:
                count = 0
            elif self._count < _LAST_COUNT and number == self._number_of_last:
                ms, count = self._ms, self._count + 1
            else:
                ms, count = self._ms + 1, 0
            if number is None or max(now_us, ms * 1000) >= lease.until:
                raise Unavailable(
                    "This process has lost its number for making ids; it writes nothing until it has one again."
                )
            self._ms, self._count, self._number_of_last = ms, count, number
            return ((ms - EPOCH_MS) << (_PROCESS_BITS + _COUNTER_BITS)) | (number << _COUNTER_BITS) | count

    async def close(self) -> None:
        """Give the process number back."""
        await self._lease.give_back(self._ms)
