"""
A worker process with a provider that writes down every call; `python -m tests.durability.worker URL FILE NAME CALL_S`.

It opens the house as `polyshare worker` does and works until it is killed.
"""

import asyncio
import os
import sys
import time

from polyshare.engine.worker import working
from polyshare.opening import now_us
from polyshare.providers.base import Errand, Outcome
from polyshare.providers.registry import Providers
from tests.house import a_house


class Writing:
    """Appends a line when a call begins and when it has ended."""

    delay_s = 0.0

    def __init__(self, file: str, name: str, call_s: float) -> None:
        self.name = name
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._call_s = call_s

    async def deliver(self, errand: Errand) -> Outcome:
        """Take some time over it."""
        self._write("begin", errand)
        await asyncio.sleep(self._call_s)
        self._write("end", errand)
        return Outcome()

    async def withdraw(self, errand: Errand) -> Outcome:
        """Take some time over it."""
        return await self.deliver(errand)

    async def close(self) -> None:
        """The system closes the file."""

    def _write(self, what: str, errand: Errand) -> None:
        line = f"{time.monotonic_ns()} {self.name} {what} {errand.grant} {errand.generation}\n"
        os.write(self._file, line.encode())


async def work(url: str, file: str, name: str, call_s: str) -> None:
    """Work on the database at *url* until killed."""
    async with a_house(url, now_us, claim_s=1.0, poll_interval_s=0.1) as house:
        house.providers = Providers({}, Writing(file, name, float(call_s)), epoch=house.providers.epoch)
        await working.run(house, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
