"""What the reconciler tells providers, and what it makes of their answers."""

import asyncio
import contextlib
from dataclasses import replace
from itertools import pairwise

import pytest

from polyshare.domain.delivery import Delivery
from polyshare.domain.directory import PrincipalChange
from polyshare.domain.errors import Invalid, Unavailable
from polyshare.domain.principals import Kind, Status
from polyshare.domain.shares import Joining, Standing
from polyshare.domain.views import NewItem, Order, ShareFilter, Side, Wanted
from polyshare.engine.directory import directing
from polyshare.engine.sharing import aligning, delivering, inviting, itemizing, listing, offering
from polyshare.engine.worker import working
from polyshare.providers.applied import Applied
from polyshare.providers.base import NoTurn, Outcome, Refusal
from polyshare.providers.registry import Providers
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.engine.world import (
    EVERYTHING,
    POLICY,
    RULESET,
    TERMS,
    Scripted,
    a_world,
    an_offer,
    carried_by,
)
from tests.house import a_house


@pytest.fixture
async def world(house, clock):
    return await a_world(house, clock)


@pytest.fixture
def provider(house):
    made = Scripted()
    carried_by(house, made)
    return made


GRANTS = statement("test.grants", "select count(*) from share_grant where leaving_at is null")


async def given(house):
    """How many grants there are."""

    async def job(rows):
        return (await rows.one(GRANTS))[0]

    return await house.database.read(job)


async def until(happened):
    """Let others run until something happened."""
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0)


def crossings(recipient):
    return [(one.key, one.revision, one.error, one.final) for one in recipient.crossings]


async def test_a_passing_failure_is_shown_and_tried_again_with_growing_pauses(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    provider.breaking = Unavailable("The endpoint did not answer.")
    tries = []
    for _ in range(60):
        if await world.look(0.25):
            tries.append(world.clock.now)
    b = (await world.recipients(seen))["b"]
    pauses = [(after - before) / 1_000_000 for before, after in pairwise(tries)]

    assert (b.grant.joining, b.grant.delivery) == (Joining.JOINING, Delivery.DUE)
    assert b.grant.error == "The endpoint did not answer."
    assert crossings(b) == [("r0", 1, "The endpoint did not answer.", False)]
    assert [0.75 * 2**n <= pause <= 2**n + 0.25 for n, pause in enumerate(pauses)] == [True] * len(pauses)
    assert len(pauses) >= 3

    provider.breaking = None
    await world.settle_late()
    b = (await world.recipients(seen))["b"]
    assert (b.grant.joining, b.grant.error, crossings(b)) == (Joining.JOINED, "", [("r0", 1, "", False)])


@pytest.mark.parametrize(("asked_s", "waited_s"), [(40.0, 40.0), (0.0, 1.0), (86_400.0, 300.0)])
async def test_a_provider_is_left_alone_for_as_long_as_it_asks_within_bounds(
    world, provider, asked_s, waited_s
):
    await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    provider.breaking = Unavailable("The endpoint is too busy.", asked_s)
    await world.look()

    early = await world.look(waited_s - 0.01)
    late = await world.look(0.01)

    assert (early, late) == (0, 1)


async def test_of_two_providers_the_one_that_asks_for_longer_decides(house, world):
    first = Scripted("first", breaking=Unavailable("Busy.", 20.0))
    second = Scripted("second", breaking=Unavailable("Busier.", 60.0))
    carried_by(house, first, second)
    await world.do(offering.offer, world.a, an_offer("b", items=2, kinds=(RULESET, POLICY)), TERMS)
    await world.look()

    early = await world.look(59.99)
    late = await world.look(0.01)

    assert (early, late) == (0, 1)


async def test_a_provider_that_breaks_is_asked_again(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    provider.breaking = ValueError("a secret that no caller should see")
    await world.look()
    b = (await world.recipients(seen))["b"]
    provider.breaking = None
    await world.settle()

    assert b.grant.joining is Joining.JOINING
    assert "secret" not in b.grant.error
    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED


async def test_an_entry_refused_for_good_waits_for_its_new_version(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    provider.refusing["r1"] = ("No such rule.", True)
    await world.settle()
    b = (await world.recipients(seen))["b"]

    assert (b.grant.joining, b.grant.delivery) == (Joining.JOINING, Delivery.FAILED)
    assert crossings(b) == [("r0", 1, "", False), ("r1", 1, "No such rule.", True)]
    assert provider.has("b") == {"r0": 1}
    assert len(provider.calls) == 1

    await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], '{"a":1}')
    await world.settle()
    b = (await world.recipients(seen))["b"]
    assert crossings(b) == [("r0", 2, "", False), ("r1", 1, "No such rule.", True)]
    assert provider.told()[1:] == [[("r0", 2)]]

    provider.refusing.clear()
    await world.do(itemizing.revise, seen, (await world.items(seen))["r1"], '{"a":1}')
    reopened = (await world.recipients(seen))["b"]
    assert [one.final for one in reopened.crossings] == [False, False]
    await world.settle()
    b = (await world.recipients(seen))["b"]
    assert (b.grant.joining, b.grant.error) == (Joining.JOINED, "")
    assert crossings(b) == [("r0", 2, "", False), ("r1", 2, "", False)]
    assert provider.has("b") == {"r0": 2, "r1": 2}


async def test_a_refusal_of_one_entry_does_not_hide_what_was_applied_beside_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    provider.refusing["r1"] = ("Not now.", False)
    await world.look()

    assert crossings((await world.recipients(seen))["b"]) == [
        ("r0", 1, "", False),
        ("r1", 1, "Not now.", False),
    ]


async def test_who_is_in_place_stays_so_while_a_new_version_is_refused(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.settle()
    provider.refusing["r0"] = ("Bad luggage.", True)
    await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], '{"a":1}')
    await world.settle()
    b = (await world.recipients(seen))["b"]

    assert (b.grant.joining, b.grant.error) == (Joining.JOINED, "Bad luggage.")
    assert crossings(b) == [("r0", 2, "Bad luggage.", True)]


async def test_a_revision_in_mid_call_is_carried_out_too(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.settle()

    async def revise(errand):
        provider.meanwhile = None
        await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], '{"a":3}')

    provider.meanwhile = revise
    await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], '{"a":2}')
    await world.look()
    overtaken = (await world.recipients(seen))["b"]
    await world.settle()

    assert overtaken.grant.delivery is Delivery.DUE
    assert provider.told() == [[("r0", 1)], [("r0", 2)], [("r0", 3)]]
    assert crossings((await world.recipients(seen))["b"]) == [("r0", 3, "", False)]


async def test_a_recall_in_mid_call_is_carried_out_after_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c"), TERMS)
    b = (await world.recipients(seen))["b"]

    async def dismiss(errand):
        if errand.recipient == "b":
            provider.meanwhile = None
            await world.do(inviting.dismiss, seen, b)

    provider.meanwhile = dismiss
    await world.look()
    overtaken = (await world.recipients(seen))["b"]
    await world.settle()

    assert (overtaken.grant.joining, overtaken.grant.joined_at) == (Joining.LEAVING, None)
    assert (await world.recipients(seen))["b"].grant.joining is Joining.LEFT
    assert (provider.has("b"), provider.has("c")) == ({}, {"r0": 1})


async def test_a_revival_in_mid_call_is_carried_out_after_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c"), TERMS)
    await world.settle()
    b = (await world.recipients(seen))["b"]

    async def invite(errand):
        provider.meanwhile = None
        await world.do(inviting.invite, world.a, seen, "b", TERMS)

    provider.meanwhile = invite
    await world.do(inviting.dismiss, seen, b)
    await world.look()
    overtaken = (await world.recipients(seen))["b"]
    await world.settle()
    after = (await world.recipients(seen))["b"]

    assert (overtaken.grant.joining, after.grant.joining) == (Joining.JOINING, Joining.JOINED)
    assert (after.grant.id, after.grant.created_at) == (b.grant.id, b.grant.created_at)
    assert provider.has("b") == {"r0": 1}
    assert await world.listed(world.b) == [seen.share.public_id]


async def test_what_is_taken_back_is_asked_for_until_it_is_given(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c", items=2), TERMS)
    await world.settle()
    provider.refusing["r1"] = ("It is in use.", True)
    await world.do(inviting.dismiss, seen, (await world.recipients(seen))["b"])
    for _ in range(5):
        await world.look(10)
    b = (await world.recipients(seen))["b"]

    assert (b.grant.joining, b.grant.error) == (Joining.LEAVING, "It is in use.")
    assert (crossings(b)[1], provider.has("b")) == (("r1", 1, "It is in use.", False), {"r1": 1})
    assert len(provider.calls) >= 4
    provider.refusing.clear()
    await world.settle_late()
    assert (await world.recipients(seen))["b"].grant.joining is Joining.LEFT
    assert (provider.has("b"), provider.has("c")) == ({}, {"r0": 1, "r1": 1})


async def test_an_entry_that_leaves_is_taken_back_until_it_is_given_up(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    await world.settle()
    provider.refusing["r1"] = ("It is in use.", True)
    await world.do(itemizing.remove, seen, (await world.items(seen))["r1"])
    await world.settle()
    b = (await world.recipients(seen))["b"]
    leaving = (await world.items(seen))["r1"]
    provider.refusing.clear()
    await world.settle_late()

    assert (b.grant.joining, crossings(b)[1]) == (Joining.JOINED, ("r1", 1, "It is in use.", False))
    assert leaving.item.standing is Standing.LEAVING
    assert (await world.items(seen))["r1"].item.standing is Standing.GONE
    assert provider.has("b") == {"r0": 1}


async def test_a_slow_provider_holds_nobody_else_up(world, house):
    stuck = asyncio.Event()
    slow, quick = Scripted("slow"), Scripted("quick")
    carried_by(house, slow, quick)

    async def wait(errand):
        await stuck.wait()

    slow.meanwhile = wait
    slowly = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    quickly = await world.do(offering.offer, world.a, an_offer("b", kinds=(POLICY,)), TERMS)
    round_ = asyncio.ensure_future(world.look())
    try:
        async with asyncio.timeout(10):
            while (await world.recipients(quickly))["b"].grant.joining is not Joining.JOINED:
                await asyncio.sleep(0)
        assert (await world.recipients(slowly))["b"].grant.joining is Joining.JOINING
        later = await world.do(offering.offer, world.a, an_offer("c", kinds=(POLICY,)), TERMS)
        await world.look()
        assert (await world.recipients(later))["c"].grant.joining is Joining.JOINED
        assert len(slow.calls) == 1
    finally:
        stuck.set()
        await round_
    assert (await world.recipients(slowly))["b"].grant.joining is Joining.JOINED


async def test_the_worker_goes_on_while_a_provider_takes_its_time(world, house):
    stuck, stopping = asyncio.Event(), asyncio.Event()
    slow, quick = Scripted("slow"), Scripted("quick")
    carried_by(house, slow, quick)

    async def wait(errand):
        await stuck.wait()

    slow.meanwhile = wait
    await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    worker = asyncio.ensure_future(working.run(house, stopping))
    try:
        await until(lambda: slow.calls)
        await world.do(offering.offer, world.a, an_offer("c", kinds=(POLICY,)), TERMS)
        await until(lambda: quick.has("c"))
        stopping.set()
        await asyncio.sleep(0)
        assert not worker.done()
    finally:
        stuck.set()
        await worker
    assert slow.has("b") == {"r0": 1}


async def test_two_providers_have_each_their_part_of_a_grant(world, house):
    rules, policies = Scripted("rules"), Scripted("policies")
    carried_by(house, rules, policies)
    seen = await world.do(offering.offer, world.a, an_offer("b", items=4, kinds=(RULESET, POLICY)), TERMS)
    policies.breaking = Unavailable("Away.")
    await world.look()
    b = (await world.recipients(seen))["b"]
    policies.breaking = None
    await world.settle()

    assert (b.grant.joining, b.grant.error) == (Joining.JOINING, "Away.")
    assert [(one.key, one.error) for one in b.crossings] == [
        ("r0", ""),
        ("r1", "Away."),
        ("r2", ""),
        ("r3", "Away."),
    ]
    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED
    assert (rules.has("b"), policies.has("b")) == ({"r0": 1, "r2": 1}, {"r1": 1, "r3": 1})


async def test_an_entry_that_is_removed_before_anything_was_delivered_is_gone_after_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    await world.do(itemizing.remove, seen, (await world.items(seen))["r1"])
    before = (await world.items(seen))["r1"].item.standing
    await world.settle()

    assert before is Standing.LEAVING
    assert (await world.items(seen))["r1"].item.standing is Standing.GONE
    assert provider.has("b") == {"r0": 1}
    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED


async def test_an_entry_that_nobody_holds_is_gone_by_itself(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    await world.do(inviting.match_recipients, world.a, seen, (), TERMS)
    await world.settle()
    await world.do(itemizing.remove, seen, (await world.items(seen))["r1"])
    await world.settle()

    assert (await world.items(seen))["r1"].item.standing is Standing.GONE


async def test_an_entry_is_taken_back_from_those_on_their_way_out_too(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c", items=2), TERMS)
    await world.settle()
    provider.away.add("b")
    await world.do(inviting.dismiss, seen, (await world.recipients(seen))["b"])
    await world.look()
    await world.do(itemizing.remove, seen, (await world.items(seen))["r1"])
    await world.settle()
    assert (await world.items(seen))["r1"].item.standing is Standing.LEAVING
    assert (provider.has("b"), provider.has("c")) == ({"r0": 1, "r1": 1}, {"r0": 1})

    provider.away.clear()
    await world.settle_late()
    assert (await world.items(seen))["r1"].item.standing is Standing.GONE
    assert (provider.has("b"), provider.has("c")) == ({}, {"r0": 1})


async def test_an_entry_removed_while_a_recipient_was_away_is_not_left_with_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c", items=2), TERMS)
    await world.settle()
    await world.do(inviting.dismiss, seen, (await world.recipients(seen))["b"])
    await world.do(itemizing.remove, seen, (await world.items(seen))["r1"])
    await world.do(inviting.invite, world.a, seen, "b", TERMS)
    await world.settle()

    assert provider.has("b") == {"r0": 1}
    assert (await world.items(seen))["r1"].item.standing is Standing.GONE


async def test_the_last_recipient_that_goes_closes_the_share_and_its_entries(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c", items=2), TERMS)
    await world.settle()
    provider.refusing["r0"] = ("It is in use.", False)
    await world.do(offering.withdraw, seen)
    await delivering.deliver_due(world.house, limit=1)
    between = await world.see(listing.share, world.a, seen.share.public_id, Wanted(items=True, counts=True))
    provider.refusing.clear()
    await world.settle_late()
    after = await world.see(listing.share, world.a, seen.share.public_id, Wanted(items=True, counts=True))

    assert (between.share.standing, len(between.items)) == (Standing.LEAVING, 2)
    assert (after.share.standing, after.items, after.counts.left) == (Standing.GONE, [], 2)
    assert [one.item.standing for one in (await world.items(seen)).values()] == [Standing.GONE] * 2
    assert provider.holds == {}
    assert (await world.listed(world.b), await world.listed(world.org, ShareFilter(side=Side.RECEIVED))) == (
        [],
        [],
    )
    assert await world.listed(world.a, ShareFilter(standing=Standing.GONE)) == [seen.share.public_id]


async def test_a_share_without_recipients_is_withdrawn_at_once(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer(), TERMS)
    await world.settle()
    alone = await world.account("alone", organization="")
    assert await world.listed(alone) == []
    await world.do(offering.withdraw, seen)
    await world.settle()
    again = await world.see(listing.share, world.a, seen.share.public_id)

    assert again.share.standing is Standing.GONE


async def test_a_change_waits_for_the_delay_of_its_provider(world, provider):
    provider.delay_s = 60.0
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    early = await world.look(59)
    due = await world.look(1)
    await world.do(itemizing.add, seen, NewItem(RULESET, "more", "{}"))

    assert (early, due) == (0, 1)
    assert (await world.look(59), await world.look(1)) == (0, 1)
    assert provider.has("b") == {"r0": 1, "more": 1}


async def test_a_change_in_mid_call_waits_for_the_delay_of_its_provider(world, provider):
    provider.delay_s = 60.0
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)

    async def revise(errand):
        provider.meanwhile = None
        await world.do(itemizing.revise, seen, (await world.items(seen))["r0"], '{"a":2}')

    provider.meanwhile = revise
    await world.look(60)

    assert (await world.look(59), await world.look(1)) == (0, 1)
    assert provider.told() == [[("r0", 1)], [("r0", 2)]]


async def test_an_outcome_that_comes_after_the_claim_was_lost_moves_nothing(
    world, provider, database_url, clock
):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    theirs = Scripted("theirs")
    late = asyncio.Event()

    async def wait(errand):
        await late.wait()

    provider.meanwhile = theirs.meanwhile = wait
    async with a_house(database_url, clock) as other:
        carried_by(other, theirs)
        ours = asyncio.ensure_future(world.look())
        await until(lambda: provider.calls)
        clock.pass_s(other.settings.claim_s + 1)
        taken_over = asyncio.ensure_future(delivering.deliver_due(other))
        await until(lambda: theirs.calls)
        provider.refusing["r0"] = ("I was too late.", True)
        late.set()
        await asyncio.gather(ours, taken_over)
        b = (await world.recipients(seen))["b"]

    assert (b.grant.joining, b.grant.error) == (Joining.JOINED, "")


async def test_an_answer_about_an_entry_that_was_not_asked_for_is_not_heard(world, provider):
    class Confused(Scripted):
        async def deliver(self, errand):
            await super().deliver(errand)
            return Outcome((Refusal(1, "Who?", True),))

    carried_by(world.house, Confused())
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.settle()

    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite makes one change at a time
async def test_an_account_that_joins_while_an_offer_is_being_made_is_not_forgotten(world, provider, house):
    made, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(work):
        seen = await offering.offer(work, world.a, an_offer(), TERMS)
        made.set()
        await go_on.wait()
        return seen

    offered = asyncio.ensure_future(house.write(None, slowly))
    await made.wait()
    await world.account("d")
    while await aligning.realign_next(house):
        pass
    go_on.set()
    seen = await offered
    await world.settle()

    assert {who: one.grant.joining for who, one in (await world.recipients(seen)).items()} == dict.fromkeys(
        "bcd", Joining.JOINED
    )


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite makes one change at a time
async def test_an_offer_made_while_its_owner_is_leaving_is_withdrawn(world, provider, house, clock):
    drawn, go_on = asyncio.Event(), asyncio.Event()

    async def leave(work):
        drawn.set()
        await go_on.wait()
        await directing.change(work, Kind.ACCOUNT, "a", PrincipalChange(organization=""))

    leaving = asyncio.ensure_future(house.write(None, leave))
    await drawn.wait()
    clock.pass_s(1)
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    go_on.set()
    await leaving
    await world.settle()

    after = await world.see(listing.share, world.a, seen.share.public_id)
    assert after.share.standing is Standing.GONE
    assert await world.listed(world.b) == []


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite makes one change at a time
@pytest.mark.parametrize("leaver", ["a", "b"])
async def test_an_offer_waits_for_an_account_that_is_leaving_and_sees_it_gone(world, provider, house, leaver):
    left, go_on = asyncio.Event(), asyncio.Event()

    async def leave(work):
        await directing.change(work, Kind.ACCOUNT, leaver, PrincipalChange(organization=""))
        left.set()
        await go_on.wait()

    leaving = asyncio.ensure_future(house.write(None, leave))
    await left.wait()
    offered = asyncio.ensure_future(world.do(offering.offer, world.a, an_offer("b", "c"), TERMS))
    _, waiting = await asyncio.wait([offered], timeout=0.2)
    go_on.set()
    await leaving

    assert waiting
    with pytest.raises(Invalid):
        await offered


async def test_a_recipient_that_leaves_the_organization_loses_what_named_it(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b", "c"), TERMS)
    await world.settle()

    await world.do(directing.change, Kind.ACCOUNT, "b", PrincipalChange(organization=""))
    await world.settle()

    assert await world.listed(world.b) == []
    found = {who: one.grant.joining for who, one in (await world.recipients(seen)).items()}
    assert found == {"b": Joining.LEFT, "c": Joining.JOINED}
    assert await broken_laws(world.house.database) == []


async def test_an_account_that_left_and_came_back_keeps_what_it_shares(world, provider):
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.do(directing.change, Kind.ACCOUNT, "a", PrincipalChange(organization=""))
    await world.do(directing.change, Kind.ACCOUNT, "a", PrincipalChange(organization="org"))
    await world.settle()

    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED


async def test_an_inactive_organization_takes_nobody_new_and_keeps_who_is_there(world, provider, house):
    named = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.settle()
    await world.do(directing.change, Kind.ORGANIZATION, "org", PrincipalChange(status=Status.INACTIVE))
    await world.settle()
    seat = replace(world.a, principal=replace(world.a.principal, organization=None))

    for verb, *given in (
        (offering.offer, an_offer("b")),
        (offering.offer, an_offer()),
        (inviting.invite, named, "c"),
        (inviting.match_recipients, named, ("b", "c")),
    ):
        with pytest.raises(Invalid):
            await world.do(verb, seat, *given, TERMS)

    assert (await world.recipients(named))["b"].grant.joining is Joining.JOINED


async def test_shares_of_many_grants_are_brought_in_line_a_bounded_number_at_a_time(
    world, provider, house, monkeypatch
):
    monkeypatch.setattr(aligning, "GRANTS", 2)
    shares = [await world.do(offering.offer, world.a, an_offer(), TERMS) for _ in range(2)]
    await world.settle()
    for name in "defg":
        await world.account(name)
    most = 0
    while True:
        before = await given(house)
        if not await aligning.realign_next(house):
            break
        most = max(most, await given(house) - before)
    await world.settle()

    assert most == 2
    for seen in shares:
        assert {one.grant.joining for one in (await world.recipients(seen)).values()} == {Joining.JOINED}
        assert len(await world.recipients(seen)) == 6


@contextlib.asynccontextmanager
async def at_work(house):
    """The worker's loop."""
    stopping = asyncio.Event()
    worker = asyncio.ensure_future(working.run(house, stopping))
    try:
        yield
    finally:
        stopping.set()
        await worker


async def hung(world, house):
    """A provider of rulesets that answers nobody until it is let go, and what lets it."""
    provider, go_on = Scripted("hung"), asyncio.Event()

    async def wait(errand):
        await go_on.wait()

    provider.meanwhile = wait
    applied = Applied("quick", 0.0)
    house.providers = Providers({RULESET: provider, POLICY: applied}, applied, epoch=house.providers.epoch)
    return provider, go_on


async def test_a_provider_that_hangs_holds_up_nobody_elses_grants(world, house):
    provider, go_on = await hung(world, house)
    async with at_work(house):
        for number in range(12):  # one by one, so that each is claimed for itself
            await world.do(offering.offer, world.a, an_offer("b"), TERMS)
            await until(lambda number=number: len(provider.calls) == number + 1)
        seen = await world.do(offering.offer, world.a, an_offer("c", kinds=(POLICY,)), TERMS)

        async with asyncio.timeout(10):
            while (await world.recipients(seen))["c"].grant.joining is not Joining.JOINED:
                await asyncio.sleep(0)
        go_on.set()


async def test_no_more_grants_of_a_busy_provider_are_claimed(world, house, monkeypatch):
    monkeypatch.setattr(delivering, "ENOUGH", 3)
    provider, go_on = await hung(world, house)
    slow = []
    async with at_work(house):
        for number in range(3):
            slow.append(await world.do(offering.offer, world.a, an_offer("b"), TERMS))
            await until(lambda number=number: len(provider.calls) == number + 1)
        slow += [await world.do(offering.offer, world.a, an_offer("b"), TERMS) for _ in range(5)]
        quick = [await world.do(offering.offer, world.a, an_offer("c", kinds=(POLICY,)), TERMS) for _ in "12"]
        async with asyncio.timeout(10):
            while any(
                [(await world.recipients(one))["c"].grant.joining is not Joining.JOINED for one in quick]
            ):
                await asyncio.sleep(0)
        waiting = len(provider.calls)
        go_on.set()
        async with asyncio.timeout(10):
            while any(
                [(await world.recipients(one))["b"].grant.joining is not Joining.JOINED for one in slow]
            ):
                await asyncio.sleep(0)

    assert waiting == 3
    assert house.under_way == {}


async def test_waiting_for_a_turn_at_a_provider_is_no_failed_attempt(world, provider):
    provider.breaking = NoTurn("Others are being served.")
    seen = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    tries = [await world.look(world.house.settings.retry_first_s) for _ in range(5)]
    b = (await world.recipients(seen))["b"]
    provider.breaking = None
    await world.look(world.house.settings.retry_first_s)

    assert tries == [1] * 5
    assert (b.grant.joining, b.grant.error, crossings(b)) == (Joining.JOINING, "", [("r0", 0, "", False)])
    assert (await world.recipients(seen))["b"].grant.joining is Joining.JOINED


async def test_totals_follow_what_is_listed(world, provider):
    one = await world.do(offering.offer, world.a, an_offer("b"), TERMS)
    await world.do(offering.offer, world.a, an_offer("b", "c"), TERMS)
    await world.do(offering.withdraw, one)
    for _ in range(3):
        for seat in (world.a, world.b, world.c, world.org):
            found = await world.see(listing.shares, seat, ShareFilter(), Order(), EVERYTHING, Wanted())
            assert found.total == len(found.rows)
        await world.look()


async def test_a_clock_that_steps_back_stops_nothing_new_and_turns_no_time_back(world, provider):
    old = await world.do(offering.offer, world.a, an_offer("b", items=2), TERMS)
    await world.settle()
    before = await world.see(listing.share, world.a, old.share.public_id)
    world.clock.pass_s(-3600)
    new = await world.do(offering.offer, world.a, an_offer("c"), TERMS)
    await world.do(itemizing.remove, old, (await world.items(old))["r1"])
    await world.settle()
    await world.do(offering.withdraw, before)
    await world.settle()
    after = await world.see(listing.share, world.a, old.share.public_id)

    assert (await world.recipients(new))["c"].grant.joining is Joining.JOINED
    assert (after.share.standing, provider.has("b")) == (Standing.GONE, {})
    assert after.share.modified_at > before.share.modified_at
    assert new.share.id > old.share.id
    assert await broken_laws(world.house.database) == []
