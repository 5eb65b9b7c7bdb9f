"""Shares of what an instant provider carries: each change holds with its own commit, and leaves nothing to carry out."""

import pytest

from polyshare.domain.delivery import Delivery
from polyshare.domain.shares import NODE, Joining, Standing
from polyshare.domain.views import NewItem
from polyshare.engine.sharing import inviting, itemizing, listing, offering
from tests.consistency import broken_laws, unfinished
from tests.engine.world import RULESET, TERMS, a_world, an_offer


@pytest.fixture
async def world(house, clock):
    """Three accounts; whatever a test did, every law holds in the end."""
    made = await a_world(house, clock)
    await made.settle()
    house.woken.clear()
    yield made
    assert await broken_laws(house.database) == []


async def offered(world, *to, **also):
    """A share of nodes by account a."""
    return await world.do(offering.offer, world.a, an_offer(*to, kinds=(NODE,), **also), TERMS)


async def again(world, seen, seat=None):
    """The share as it is now."""
    return await world.see(listing.share, seat or world.a, seen.share.public_id)


async def test_recipients_are_in_place_with_the_commit(world):
    seen = await offered(world, "b", "c", items=2)

    found = await world.recipients(seen)

    assert {one.grant.joining for one in found.values()} == {Joining.JOINED}
    assert {one.grant.delivery for one in found.values()} == {Delivery.DELIVERED}
    assert await unfinished(world.house.database) == 0
    assert not world.house.woken.is_set()


async def test_a_withdrawn_share_is_gone_with_the_commit(world):
    seen = await offered(world, "b", items=2)

    await world.do(offering.withdraw, seen)

    assert (await again(world, seen)).share.standing is Standing.GONE
    assert await world.listed(world.b) == []
    assert {one.item.standing for one in (await world.items(seen)).values()} == {Standing.GONE}
    assert await unfinished(world.house.database) == 0


async def test_who_is_dismissed_is_gone_and_comes_back_with_the_commit(world):
    seen = await offered(world, "b", "c")
    b = (await world.recipients(seen))["b"]

    await world.do(inviting.dismiss, seen, b)
    left = (await world.recipients(seen))["b"].grant.joining
    listed = await world.listed(world.b)
    await world.do(inviting.invite, world.a, seen, "b", TERMS)

    assert (left, listed) == (Joining.LEFT, [])
    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED
    assert await unfinished(world.house.database) == 0


async def test_entries_come_change_and_go_with_the_commit(world):
    seen = await offered(world, "b")

    added = await world.do(itemizing.add, seen, NewItem(NODE, "new", "{}"))
    await world.do(itemizing.revise, seen, added, '{"a":1}')
    old = (await world.items(seen))["r0"]
    await world.do(itemizing.remove, seen, old)

    found = await world.items(seen)
    assert {key: one.item.standing for key, one in found.items()} == {
        "r0": Standing.GONE,
        "new": Standing.ACTIVE,
    }
    assert (await world.recipients(seen))["b"].grant.delivery is Delivery.DELIVERED
    assert await unfinished(world.house.database) == 0


async def test_a_share_that_also_holds_what_others_carry_waits_for_them(world):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2, kinds=(NODE, RULESET)), TERMS)
    waiting = (await world.recipients(seen))["b"].grant.joining

    await world.settle()
    joined = (await world.recipients(seen))["b"].grant.joining
    await world.do(offering.withdraw, seen)
    await world.settle()

    assert (waiting, joined) == (Joining.JOINING, Joining.JOINED)
    assert (await again(world, seen)).share.standing is Standing.GONE
