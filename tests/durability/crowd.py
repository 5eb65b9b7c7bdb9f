"""Clients at work on a server that is killed: each keeps a ledger of what it was told, and holds the server to it."""

import asyncio
import os
import random
from abc import ABC, abstractmethod
from typing import ClassVar

import httpx

WORK_S = 120.0


class Client(ABC):
    """
    Changes things that are its own alone, one call at a time, until the server is gone.

    What it knows of a thing is a set of states that this may be in: one, unless an answer was lost.
    """

    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, url, name, dice):
        self.url = url
        self.name = name
        self.dice = dice
        self.known = []
        self.acknowledged = 0

    async def work(self):
        """Change things until the server does not answer any more."""
        async with self.connection() as http:
            try:
                await self.resume(http)
                while True:
                    await self.one(http)
            except httpx.TransportError:
                return

    async def check(self, http):
        """Compare everything known with what the server says; what was doubtful is known then."""
        await self.again(http)
        for known in self.known:
            await self.look(http, known)

    def connection(self):
        """Calls to the server."""
        return httpx.AsyncClient(base_url=self.url, headers=self.headers, timeout=120)

    def settle(self, states, after):
        """A change was acknowledged: what it was made to is known."""
        self.acknowledged += 1
        states.clear()
        states.add(after)

    async def resume(self, http):
        """What is done first when the server is there again."""
        await self.check(http)

    @abstractmethod
    async def again(self, http):
        """Find out what became of a new thing whose answer was lost."""

    @abstractmethod
    async def one(self, http):
        """Make one change."""

    @abstractmethod
    async def look(self, http, known):
        """Hold one thing to what is known of it."""


def same(name, what, states, found):
    """What was found is what was acknowledged, or what a call that got no answer may have made of it."""
    assert found in states, f"{name}: {what} is {found}, acknowledged was {states}"
    states.clear()
    states.add(found)


async def checked(crowd):
    """Hold everything that all clients know to what the server says."""
    for client in crowd:
        async with client.connection() as http:
            await client.check(http)


def thrown():
    """Dice of this run, whose number is printed; POLYSHARE_TEST_DICE throws the same again."""
    number = int(os.environ.get("POLYSHARE_TEST_DICE", random.SystemRandom().randrange(2**32)))
    print(f"dice: POLYSHARE_TEST_DICE={number}")
    return random.Random(number)


def written(crowd):
    """How many writes were acknowledged so far."""
    return sum(client.acknowledged for client in crowd)


async def killed_at_work(server, crowd, dice, writes, ripe=lambda: True):
    """
    Start the server, let everybody work until some more writes are acknowledged, and kill it meanwhile.

    Args:
        writes: Most of them.
        ripe: Tells whether what is to be under way at the kill is.
    """
    await asyncio.to_thread(server.start)
    working = [asyncio.create_task(client.work()) for client in crowd]
    await _some_writes(crowd, working, dice.randint(1, writes), ripe)
    await asyncio.sleep(dice.uniform(0, 0.02))
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*working)


async def _some_writes(crowd, working, number, ripe):
    """Let the clients work until that many more writes are acknowledged and it is *ripe*."""
    enough = written(crowd) + number
    async with asyncio.timeout(WORK_S):
        while (written(crowd) < enough or not ripe()) and not any(task.done() for task in working):
            await asyncio.sleep(0.002)
