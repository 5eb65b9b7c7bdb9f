"""Guessing access codes of links: how much of it reaches the hash, and who still gets in meanwhile."""

import asyncio
from collections import Counter

import pytest

from polyshare.domain.errors import Braked, CodeNeeded, Unavailable
from polyshare.domain.links import Audience, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.engine.credentials import hashing
from polyshare.engine.links import publishing
from polyshare.engine.tree import access
from tests.house import a_house
from tests.trees import Trees, an_actor

CODE = "correct horse"
FEW, FIRST = 5, 7  # what the brakes let through in a minute
GUESSER, NEWCOMER = "192.0.2.7", "198.51.100.4"
SETTINGS = {
    "link_guesses_per_minute": FEW,
    "link_first_guesses_per_minute": FIRST,
    "password_queue": 10_000,
}


@pytest.fixture
async def links(tmp_path, clock):
    """Two links with the same code, made by a process that has ended since."""
    async with a_house(f"sqlite://{tmp_path}/house.db", clock) as house:
        trees = Trees(house)
        ann = await trees.person("ann")
        _, root = await trees.drive(ann)
        code_hash = await publishing.hash_code(house, CODE)

        async def publish(work, name):
            terms = LinkTerms(Audience.ANYONE, Permission.VIEW, name=name, code_hash=code_hash)
            return (await publishing.create(work, await access.reach(work, ann, root), terms)).id

        return [
            await house.write(an_actor(ann), lambda work, name=name: publish(work, name)) for name in "ab"
        ]


@pytest.fixture
async def house(tmp_path, clock, links):
    """A process that has seen no code yet."""
    async with a_house(f"sqlite://{tmp_path}/house.db", clock, **SETTINGS) as opened:
        yield opened


async def opened(house, link, code=CODE, address=GUESSER):
    return await publishing.open_link(house, link, code, None, address)


async def guessed(house, link, addresses):
    """What came of wrong guesses, one from each of *addresses*: how many had which answer, and how many were hashed."""
    before = hashing.pool_of(house.settings).taken
    guesses = [opened(house, link, f"wrong guess {number}", at) for number, at in enumerate(addresses)]
    said = await asyncio.gather(*guesses, return_exceptions=True)
    return Counter(type(error) for error in said), hashing.pool_of(house.settings).taken - before


def botnet(size):
    return [f"10.0.{number // 256}.{number % 256}" for number in range(size)]


async def test_of_a_thousand_guesses_from_one_address_a_few_are_hashed(house, links, clock):
    first = await guessed(house, links[0], [GUESSER] * 1000)
    clock.pass_s(60)
    a_minute_later = await guessed(house, links[0], [GUESSER] * 1000)

    assert first == ({CodeNeeded: FEW, Braked: 1000 - FEW}, FEW)
    assert a_minute_later == first


async def test_of_a_thousand_guesses_from_as_many_addresses_a_few_are_hashed(house, links, clock):
    first = await guessed(house, links[0], botnet(1000))
    again = await guessed(house, links[0], botnet(1000))
    clock.pass_s(60)
    a_minute_later = await guessed(house, links[0], botnet(1000) * 3)

    assert first[1] == FIRST
    assert again[1] == FEW
    assert a_minute_later[1] == FEW


async def test_a_network_of_ipv6_is_one_address(house, links):
    said, hashed = await guessed(house, links[0], [f"2001:db8::{number:x}" for number in range(100)])

    assert hashed == FEW
    assert said[Braked] == 100 - FEW


async def test_who_comes_from_elsewhere_gets_in_while_one_address_guesses(house, links):
    await guessed(house, links[0], [GUESSER] * 1000)

    assert await opened(house, links[0], address=NEWCOMER) == links[0]


async def test_who_comes_from_elsewhere_gets_in_while_many_addresses_guess(house, links, clock):
    for _ in range(60):
        await guessed(house, links[0], botnet(200))
        clock.pass_s(1)

    assert await opened(house, links[0], address=NEWCOMER) == links[0]


async def test_a_code_that_was_right_opens_from_everywhere_and_is_not_hashed_again(house, links):
    await opened(house, links[0], address=NEWCOMER)
    await guessed(house, links[0], [GUESSER, *botnet(1000)])
    before = hashing.pool_of(house.settings).taken

    for address in (GUESSER, botnet(1)[0], "203.0.113.9", ""):
        assert await opened(house, links[0], address=address) == links[0]

    assert hashing.pool_of(house.settings).taken == before


async def test_the_process_that_made_a_code_knows_it(house, links):
    code_hash = await publishing.hash_code(house, "another code")
    before = hashing.pool_of(house.settings).taken

    async def change(work):
        terms = LinkTerms(Audience.ANYONE, Permission.VIEW, name="a", code_hash=code_hash)
        owner = (await publishing.find(work, links[0])).created_by
        return await publishing.change(work, owner, links[0], terms, keep_code=False)

    await house.write(None, change)

    assert await opened(house, links[0], "another code") == links[0]
    assert hashing.pool_of(house.settings).taken == before


async def test_many_requests_with_the_right_code_at_once_are_one_check_and_no_guess(house, links):
    before = hashing.pool_of(house.settings).taken

    came = await asyncio.gather(*(opened(house, links[0]) for _ in range(100)))

    assert came == [links[0]] * 100
    assert hashing.pool_of(house.settings).taken - before == 1
    assert (await guessed(house, links[0], [GUESSER] * 10))[1] == FEW


async def test_another_link_has_brakes_of_its_own(house, links):
    await guessed(house, links[0], [GUESSER, *botnet(1000)])

    said, hashed = await guessed(house, links[1], [GUESSER])

    assert (said, hashed) == ({CodeNeeded: 1}, 1)


async def test_no_code_is_no_guess(house, links):
    for code in [None, "x" * 51] * FEW:
        with pytest.raises(CodeNeeded):
            await opened(house, links[0], code)

    assert (await guessed(house, links[0], [GUESSER] * 10))[1] == FEW


async def test_checks_that_could_not_be_made_are_no_guesses(tmp_path, clock, links):
    busy = {**SETTINGS, "password_checks": 1, "password_queue": 0}
    async with a_house(f"sqlite://{tmp_path}/house.db", clock, **busy) as house:
        said, hashed = await guessed(house, links[0], [GUESSER] * FEW)

        assert said == {CodeNeeded: hashed, Unavailable: FEW - hashed}
        for _ in range(FEW - hashed):
            assert (await guessed(house, links[0], [GUESSER]))[0] == {CodeNeeded: 1}
        assert (await guessed(house, links[0], [GUESSER]))[0] == {Braked: 1}
