"""Many hands at once: what may be there once is there once, whichever process they belong to."""

import asyncio
import contextlib

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.directory import NewPrincipal
from polyshare.domain.errors import AlreadyThere, LimitReached, WrongState
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Kind, Principal, Seat, Status
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem, NewOffer, Window
from polyshare.engine import directing, inviting, itemizing, listing, offering
from tests.house import a_house

TERMS = Terms(Consent.GIVEN, frozenset({Kind.ACCOUNT}), Permission.VIEW)
HANDS = 40


@pytest.fixture
async def houses(database_url, clock):
    """Two processes' houses on one database."""
    async with contextlib.AsyncExitStack() as opened:
        yield [await opened.enter_async_context(a_house(database_url, clock)) for _ in range(2)]


@pytest.fixture
async def seat(houses):
    """Account a, in an organization with accounts b and c."""

    async def job(work):
        organization = await directing.add(work, NewPrincipal(Kind.ORGANIZATION, "Organization", "org"))
        made = [await directing.add(work, NewPrincipal(Kind.ACCOUNT, name, name, "org")) for name in "abc"]
        owner = Principal(made[0].id, Kind.ACCOUNT, "a", "a", Status.ACTIVE, organization.id)
        return Seat(owner, "org", Access.EDIT)

    return await directing.changing(houses[0], None, job)


async def an_offer(house, seat, items=1):
    new = NewOffer(
        "share", ("b",), False, tuple(NewItem("kind", f"r{number}", "{}") for number in range(items))
    )
    seen = await house.write(None, lambda work: offering.offer(work, seat, new, TERMS))
    return seen.share.public_id


async def at_once(houses, seat, share, verb, *each):
    """Run a verb on a share once for each of the arguments, by both processes in turn; what came of each."""

    def changing(arguments):
        async def job(work):
            seen = await listing.share(work, seat, share, lock=True)
            return await verb(work, seen, *arguments)

        return job

    writes = [houses[number % 2].write(None, changing(arguments)) for number, arguments in enumerate(each)]
    return await asyncio.gather(*writes, return_exceptions=True)


async def recipients_of(house, seat, share):
    async def job(work):
        seen = await listing.share(work, seat, share)
        return (await listing.recipients(work, seat, seen, Window(), crossings=False)).rows

    return await house.read(None, job)


async def items_of(house, seat, share):
    async def job(work):
        return (await listing.items(work, await listing.share(work, seat, share), None, None, Window())).rows

    return await house.read(None, job)


async def test_forty_invitations_of_one_account_leave_one_recipient(houses, seat):
    share = await an_offer(houses[0], seat)

    came = await at_once(houses, seat, share, inviting.invite, *[("c", TERMS)] * HANDS)

    assert sum(isinstance(each, AlreadyThere) for each in came) == HANDS - 1, came
    assert [one.principal for one in await recipients_of(houses[1], seat, share)] == ["b", "c"]


async def test_forty_revivals_of_one_account_leave_its_one_record(houses, seat):
    share = await an_offer(houses[0], seat)
    first = (await recipients_of(houses[0], seat, share))[0].grant
    await at_once(houses, seat, share, inviting.match_recipients, ((), TERMS))

    came = await at_once(houses, seat, share, inviting.invite, *[("b", TERMS)] * HANDS)

    assert sum(isinstance(each, AlreadyThere) for each in came) == HANDS - 1, came
    assert [one.grant.id for one in await recipients_of(houses[1], seat, share)] == [first.id]


async def test_forty_additions_of_one_resource_leave_one_entry(houses, seat):
    share = await an_offer(houses[0], seat)

    came = await at_once(houses, seat, share, itemizing.add, *[(NewItem("kind", "new", "{}"),)] * HANDS)

    assert sum(isinstance(each, AlreadyThere) for each in came) == HANDS - 1, came
    assert [one.item.key for one in await items_of(houses[1], seat, share)] == ["r0", "new"]


async def test_however_many_remove_at_once_the_last_entry_stays(houses, seat):
    share = await an_offer(houses[0], seat, items=10)
    entries = await items_of(houses[0], seat, share)

    came = await at_once(houses, seat, share, itemizing.remove, *[(entry,) for entry in entries])

    assert sum(isinstance(each, WrongState) for each in came) == 1, came
    assert sum(one.item.leaving_at is None for one in await items_of(houses[1], seat, share)) == 1


async def test_a_limit_holds_when_many_reach_for_the_last_place(database_url, clock, houses, seat):
    async with a_house(database_url, clock, items_per_share=5) as tight:
        share = await an_offer(tight, seat)
        new = [(NewItem("kind", f"new{number}", "{}"),) for number in range(20)]

        came = await at_once([tight, tight], seat, share, itemizing.add, *new)

        assert sum(isinstance(each, LimitReached) for each in came) == 16, came
        assert len(await items_of(tight, seat, share)) == 5
