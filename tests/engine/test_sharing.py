"""What befalls a share from offer to end, through the engine's verbs on both engines."""

from dataclasses import replace

import pytest

from polyshare.domain.directory import PrincipalChange
from polyshare.domain.errors import AlreadyThere, Invalid, LimitReached, NotFound, WrongState
from polyshare.domain.principals import Kind
from polyshare.domain.shares import Joining, Standing
from polyshare.domain.views import NewItem, NewOffer, Order, ShareFilter, Side, Wanted, Window
from polyshare.engine.directory import directing
from polyshare.engine.sharing import aligning, excluding, inviting, itemizing, listing, offering
from tests.engine.world import EVERY, EVERYTHING, TERMS, a_world, an_offer


@pytest.fixture
async def world(house, clock):
    return await a_world(house, clock)


async def test_a_share_is_offered_delivered_and_withdrawn(world):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    before = await world.see(listing.share, world.a, seen.share.public_id, Wanted(items=True, counts=True))
    await world.settle()
    after = await world.see(listing.share, world.a, seen.share.public_id, Wanted(counts=True))
    received = await world.see(listing.shares, world.b, ShareFilter(), Order(), EVERYTHING, Wanted())
    await world.do(offering.withdraw, after)
    await world.settle()
    ended = await world.see(listing.share, world.a, seen.share.public_id, Wanted(items=True, counts=True))

    assert (before.counts.joining, [one.item.key for one in before.items]) == (1, ["r0", "r1"])
    assert after.counts.joined == 1
    assert [(one.side, one.owner) for one in received.rows] == [(Side.RECEIVED, "a")]
    assert (ended.share.standing, ended.counts.left, ended.items) == (Standing.GONE, 1, [])
    assert (await world.see(listing.shares, world.b, ShareFilter(), Order(), EVERYTHING, Wanted())).total == 0
    with pytest.raises(NotFound):
        await world.see(listing.share, world.b, seen.share.public_id)


async def test_recipients_come_and_go_and_come_back(world):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    c = await world.do(inviting.invite, world.a, seen, "c", TERMS)
    with pytest.raises(AlreadyThere):
        await world.do(inviting.invite, world.a, seen, "c", TERMS)
    await world.settle()
    c = await world.see(listing.recipient, world.a, seen, c.grant.public_id)
    assert c.grant.joining is Joining.JOINED
    left = await world.do(inviting.dismiss, seen, c)
    assert left.grant.joining is Joining.LEAVING
    await world.settle()
    gone = await world.see(listing.recipient, world.a, seen, c.grant.public_id)
    assert gone.grant.joining is Joining.LEFT
    again = await world.do(inviting.invite, world.a, seen, "c", TERMS)
    assert (again.grant.id, again.grant.created_at, again.grant.joining) == (
        c.grant.id,
        c.grant.created_at,
        Joining.JOINING,
    )
    assert (await world.see(listing.shares, world.c, ShareFilter(), Order(), EVERYTHING, Wanted())).total == 1
    await world.do(inviting.match_recipients, world.a, seen, ("b",), TERMS)
    await world.settle()
    listed = await world.see(listing.recipients, world.a, seen, EVERYTHING, crossings=True)
    assert [(one.principal, one.grant.joining) for one in listed.rows] == [
        ("b", Joining.JOINED),
        ("c", Joining.LEFT),
    ]
    assert [(c.key, c.revision, c.error) for c in listed.rows[0].crossings] == [("r0", 1, "")]


async def test_items_are_added_revised_and_removed(world):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.settle()
    new = await world.do(itemizing.add, seen, NewItem("gateway-policy", "x", '{"a":1}'))
    revised = await world.do(itemizing.revise, seen, new, '{"a":2}')
    recipient = (await world.see(listing.recipients, world.a, seen, EVERYTHING, crossings=True)).rows[0]
    assert revised.item.revision == 2
    assert [(c.key, c.revision) for c in recipient.crossings] == [("r0", 1), ("x", 0)]
    assert recipient.grant.joining is Joining.JOINED
    await world.settle()
    recipient = (await world.see(listing.recipients, world.a, seen, EVERYTHING, crossings=True)).rows[0]
    assert [(c.key, c.revision) for c in recipient.crossings] == [("r0", 1), ("x", 2)]
    removed = await world.do(itemizing.remove, seen, revised)
    assert removed.item.standing is Standing.LEAVING
    await world.settle()
    listed = await world.see(listing.items, seen, None, None, EVERYTHING)
    assert [(one.item.key, one.item.standing) for one in listed.rows] == [
        ("r0", Standing.ACTIVE),
        ("x", Standing.GONE),
    ]
    with pytest.raises(WrongState):
        await world.do(itemizing.remove, seen, listed.rows[0])


async def test_an_audience_follows_its_organization(world):
    seen = await world.do(offering.offer, world.a, an_offer(), TERMS)
    await world.settle()

    async def who():
        listed = await world.see(listing.recipients, world.a, seen, EVERYTHING, crossings=False)
        return {one.principal: one.grant.joining for one in listed.rows}

    assert await who() == {"b": Joining.JOINED, "c": Joining.JOINED}
    await world.account("d")
    while await aligning.realign_next(world.house):
        pass
    await world.settle()
    assert (await who())["d"] is Joining.JOINED
    exclusion = await world.do(excluding.exclude, seen, "d")
    await world.settle()
    assert (await who())["d"] is Joining.LEFT
    await world.do(excluding.readmit, seen, exclusion.public_id)
    await world.settle()
    assert (await who())["d"] is Joining.JOINED
    await world.do(directing.change, Kind.ACCOUNT, "d", PrincipalChange(organization=""))
    while await aligning.realign_next(world.house):
        pass
    await world.settle()
    assert (await who())["d"] is Joining.LEFT
    await world.do(directing.change, Kind.ACCOUNT, "a", PrincipalChange(organization=""))
    while await aligning.realign_next(world.house):
        pass
    await world.settle()
    assert (await world.see(listing.share, world.a, seen.share.public_id)).share.standing is Standing.GONE


async def test_lists_are_paged_sorted_and_filtered(world):
    for n in range(7):
        world.clock.pass_s(1)
        await world.do(
            offering.offer,
            world.a,
            NewOffer(f"n{n % 3}", ("b",), False, (NewItem("custom-ruleset", "x", "{}"),), tags={"n": str(n)}),
            TERMS,
        )

    async def page(order, skip, limit, wanted=EVERY):
        found = await world.see(
            listing.shares, world.a, wanted, order, Window(skip, limit), Wanted(True, True)
        )
        return [one.share.name + one.share.tags[-3] for one in found.rows], found.total

    assert await page(Order(), 0, 3) == (["n00", "n11", "n22"], 7)
    assert await page(Order(), 5, 3) == (["n25", "n06"], 7)
    assert await page(Order("name"), 2, 3) == (["n06", "n11", "n14"], 7)
    assert await page(Order("name", descending=True), 0, 3) == (["n25", "n22", "n14"], 7)
    assert await page(Order(), 9, 3) == ([], 7)
    assert await page(Order(), 0, 9, ShareFilter(tags=(("n", "3"),))) == (["n03"], 1)
    assert await page(Order(), 0, 9, ShareFilter(kinds=("gateway-policy",))) == ([], 0)
    assert (await page(Order(), 0, 2, ShareFilter(kinds=("custom-ruleset",), standing=Standing.ACTIVE)))[
        1
    ] == 7
    org = await world.seat("org", Kind.ORGANIZATION)
    found = await world.see(
        listing.shares, org, ShareFilter(side=Side.RECEIVED), Order(), EVERYTHING, Wanted()
    )
    assert found.total == 7


async def test_what_can_not_be_offered_is_refused(world):
    world.f = await world.account("f", organization="")
    for to, where in ((("b", "zz"), 1), (("f",), 0), (("a",), 0)):
        with pytest.raises(Invalid) as caught:
            await world.do(offering.offer, world.a, an_offer(*to), TERMS)
        assert caught.value.where == ("recipients", where)
    with pytest.raises(LimitReached):
        await world.do(offering.offer, world.a, an_offer("b", items=201), TERMS)


@pytest.mark.parametrize(
    ("kinds", "to"), [({Kind.ORGANIZATION}, ("b",)), ({Kind.ACCOUNT}, ()), (set(), ("b",))]
)
async def test_who_may_not_be_named_by_the_terms_is_offered_nothing(world, kinds, to):
    terms = replace(TERMS, recipients=frozenset(kinds))
    new = an_offer(*to)

    with pytest.raises(Invalid, match=r"not an account|nobody to share with"):
        await world.do(offering.offer, world.a, new, terms)


async def test_who_may_not_be_named_by_the_terms_is_not_invited_later(world):
    terms = replace(TERMS, recipients=frozenset({Kind.ORGANIZATION}))
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)

    with pytest.raises(Invalid, match="not an account"):
        await world.do(inviting.invite, world.a, seen, "c", terms)
    with pytest.raises(Invalid, match="not an account"):
        await world.do(inviting.match_recipients, world.a, seen, ("b", "c"), terms)
