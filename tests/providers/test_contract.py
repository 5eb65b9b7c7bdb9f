"""What every provider that carries grants out promises, asked of each of them."""

import asyncio

import pytest

from polyshare.providers.applied import Applied
from polyshare.providers.base import Outcome
from polyshare.providers.instant import Instant
from polyshare.providers.registry import Providers
from tests.providers.conftest import an_entry, an_errand


@pytest.fixture(params=["applied", "instant", "webhook", "keeper"])
def provider(request):
    plain = {"applied": Applied("plain", 0.2), "instant": Instant("plain")}
    return plain.get(request.param) or request.getfixturevalue(request.param)


async def test_an_errand_that_nobody_objects_to_is_carried_out(provider):
    assert await provider.deliver(an_errand()) == Outcome()


async def test_a_withdrawal_that_nobody_objects_to_is_carried_out(provider):
    assert await provider.withdraw(an_errand(withdraw=True)) == Outcome()


async def test_an_entry_that_is_leaving_is_carried_out_like_another(provider):
    errand = an_errand(an_entry(11), an_entry(12, leaving=True))

    assert await provider.deliver(errand) == Outcome()


async def test_the_same_errand_may_come_again(provider):
    first = await provider.deliver(an_errand())

    assert await provider.deliver(an_errand()) == first


async def test_an_errand_without_entries_is_carried_out(provider):
    assert await provider.withdraw(an_errand(entries=(), withdraw=True)) == Outcome()


async def test_errands_of_many_grants_are_carried_out_at_once(provider):
    errands = [an_errand(grant=grant, public_id=f"{grant:032x}") for grant in range(60)]

    outcomes = await asyncio.gather(*map(provider.deliver, errands))

    assert outcomes == [Outcome()] * 60


async def test_it_can_be_closed_twice(provider):
    await provider.deliver(an_errand())

    await provider.close()
    await provider.close()


async def test_its_delay_is_no_time_travel(provider):
    assert provider.delay_s is None or provider.delay_s >= 0


def test_a_kind_goes_to_the_provider_that_claims_it_and_the_rest_to_the_unclaimed_one():
    slow, rest = Applied("slow", 5.0), Applied("rest", 0.2)
    providers = Providers({"zone": slow}, rest)

    assert providers.of("zone") is slow
    assert providers.of("anything else") is rest


def test_the_delay_of_several_kinds_is_the_longest():
    providers = Providers({"zone": Applied("slow", 5.0), "rule": Applied("quick", 0.0)}, Applied("rest", 0.2))

    assert providers.delay_s(["rule", "zone", "other"]) == 5.0
    assert providers.delay_s(["rule"]) == 0.0
    assert providers.delay_s([]) == 0.0


def test_a_provider_of_two_kinds_is_listed_once():
    both, rest = Applied("both", 0.0), Applied("both", 0.0)

    listed = Providers({"zone": both, "rule": both}, rest).all()

    assert [id(one) for one in listed] == [id(both), id(rest)]
