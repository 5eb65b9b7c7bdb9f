"""The example receiver does what the documentation says of it."""

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from polyshare.providers.base import Outcome, Refusal
from tests.providers.conftest import an_entry, an_errand, away, telling
from tests.providers.endpoint import NEXT_SECRET, SECRET

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20


@pytest.fixture
async def receiver():
    """The example in a process of its own; its lines, and the address that the first one tells."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "examples" / "webhook_receiver.py"),
        SECRET,
        "0",
        stdout=asyncio.subprocess.PIPE,
    )
    lines = process.stdout
    assert lines is not None
    async with ending(process), asyncio.timeout(DEADLINE_S):
        first = (await lines.readline()).decode()
        yield first.removeprefix("listening on ").strip(), lines


@asynccontextmanager
async def ending(process):
    try:
        yield
    finally:
        process.kill()
        await process.communicate()


async def test_it_carries_out_refuses_and_prints(receiver):
    url, lines = receiver
    given, refused = an_entry(11), an_entry(12, key="no-entry")
    taken = an_entry(13, leaving=True)

    async with telling(url) as webhook:
        outcome = await webhook.deliver(an_errand(given, refused, taken))

    assert outcome == Outcome((Refusal(12, "no-entry is not to be shared", final=True),))
    assert await lines.readline() == f"give gateway-policy policy-11 -> {'b' * 32}\n".encode()
    assert await lines.readline() == f"take gateway-policy policy-13 -> {'b' * 32}\n".encode()


async def test_it_takes_back_what_is_withdrawn(receiver):
    url, lines = receiver

    async with telling(url) as webhook:
        assert await webhook.withdraw(an_errand(an_entry(11), withdraw=True)) == Outcome()

    assert await lines.readline() == f"take gateway-policy policy-11 -> {'b' * 32}\n".encode()


async def test_it_knows_the_signature_of_a_secret_in_rotation(receiver):
    url, _ = receiver

    async with telling(url, NEXT_SECRET, SECRET) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()


async def test_it_turns_away_what_another_secret_signed(receiver):
    url, _ = receiver

    async with telling(url, NEXT_SECRET) as webhook:
        with away("answered 401"):
            await webhook.deliver(an_errand())


def two_days_ago():
    return (int(time.time()) - 2 * 86_400) * 1_000_000


async def test_it_turns_away_what_is_too_old(receiver):
    url, _ = receiver

    async with telling(url, clock=two_days_ago) as webhook:
        with away("answered 401"):
            await webhook.deliver(an_errand())
