"""Redeeming links that join: what comes of it beside what there is already, here and at providers."""

import asyncio

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import (
    AlreadyThere,
    Invalid,
    NotFound,
    ProviderAway,
    ProviderRefused,
    ProviderUnknown,
    WrongState,
)
from polyshare.domain.permissions import Permission
from polyshare.engine.directory import notifying
from polyshare.engine.links import joining, redeeming
from polyshare.engine.sharing import aligning, delivering, drafting, membering
from polyshare.engine.tree import filing
from polyshare.providers.registry import Providers
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.engine.folders import EDIT, READ, grant_of, rows_of, somebody
from tests.engine.keepers import AWAY, BROKEN, NO, Keeper, Killed, kept_by
from tests.engine.tree import owned

AWAITED, GIVEN, REFUSED = Consent.AWAITED, Consent.GIVEN, Consent.REFUSED
VIEW = Permission.VIEW
SHARES = statement("test.shares", "select id from share where gone_at is null order by id")
DRAFTS = statement("test.drafts", "select share from draft")
EVENTS = statement("test.events", "select what, actor from event where share = :share order by id")


@pytest.fixture
async def far(house):
    """A provider that keeps folders."""
    keeper = Keeper(house)
    kept_by(house, keeper)
    return keeper


@pytest.fixture
async def people(house, far, clock):
    """Alice with a folder here and a drive at the provider, Bob and Carol; every law holds in the end."""
    alice, bob, carol = [await somebody(house, login) for login in ("alice", "bob", "carol")]
    alice.far = await far.owned("alice")
    alice.work = (await alice.folder(alice.top, "work")).id
    yield alice, bob, carol
    assert await broken_laws(house.database) == []


def places(alice):
    """The same name here and at the provider."""
    return {"here": alice.path("work"), "far": f"/{alice.far}/work"}


async def link(alice, path, permissions=READ, asked=None):
    """A link of Alice's."""
    made = await alice.write(lambda work: joining.create(work, path))
    if permissions is not READ or asked:
        await alice.write(lambda work: joining.revise(work, made.token, permissions, asked))
    return made


async def redeem(person, made):
    """Redeem a link; the share."""
    return await redeeming.redeem(person.house, person.actor, made.token)


async def accepted(person, made):
    """The share by which a person has the folder of a link."""

    async def look(work):
        return await redeeming.accepted(work, await joining.find(work, made.token))

    return await person.house.read(person.actor, look)


async def carried_out(house):
    """Let the worker see to what is due."""
    await delivering.deliver_due(house)
    await aligning.settle_shares(house)


@pytest.mark.parametrize("at", ["here", "far"])
async def test_a_folder_comes_with_a_share_that_is_approved(house, far, people, at):
    alice, bob, carol = people
    made = await link(alice, places(alice)[at], EDIT, '["EDIT"]')
    assert await accepted(bob, made) is None

    share = await redeem(bob, made)
    await carried_out(house)

    assert (share.owner, share.recipient, share.consent) == ("alice", "bob", GIVEN)
    assert (share.path, share.permissions, share.asked) == (places(alice)[at], EDIT, '["EDIT"]')
    assert share.location is not None
    assert await alice.listed() == await bob.listed() == {share.id: (GIVEN, EDIT)}
    assert (await accepted(bob, made)).id == share.id
    assert await accepted(carol, made) is await accepted(alice, made) is None
    for person in people:
        assert await house.read(None, lambda work, one=person: notifying.page(work, one.person)) == []
    assert far.told == ([("prepare", [share.id], "bob")] if at == "far" else [])
    assert list(far.access.values()) == (["bob"] if at == "far" else [])
    if at == "here":
        assert await bob.may(alice.work) == EDIT.closed
    whats = dict(await rows_of(house, EVENTS, share=share.id))
    assert whats["share.asked"] == whats["share.accepted"] == bob.person


@pytest.mark.parametrize("at", ["here", "far"])
async def test_what_one_has_already_stays_as_it_is(house, people, at):
    alice, bob, _ = people
    made = await link(alice, places(alice)[at])
    first = await redeem(bob, made)
    before = await grant_of(house, first.id)
    more = await link(alice, places(alice)[at], EDIT)

    assert await redeem(bob, made) == await redeem(bob, more) == first
    assert await grant_of(house, first.id) == before


@pytest.mark.parametrize("at", ["here", "far"])
@pytest.mark.parametrize(
    ("waits", "gives", "has"),
    [((READ, '["READ"]'), (EDIT, '["EDIT"]'), (EDIT, '["EDIT"]')), ((EDIT, "x"), (READ, "y"), (EDIT, "x"))],
)
async def test_what_waits_is_approved_and_gives_no_less_than_the_link(house, people, at, waits, gives, has):
    alice, bob, _ = people
    path = places(alice)[at]
    share = await alice.shares(path, bob, waits[0], asked=waits[1])

    told = await redeem(bob, await link(alice, path, *gives))

    assert told.id == share
    assert (told.consent, told.permissions, told.asked) == (GIVEN, *has)


@pytest.mark.parametrize("at", ["here", "far"])
@pytest.mark.parametrize("left", [False, True])
async def test_who_declined_or_left_comes_back_with_a_new_share(house, far, people, at, left):
    alice, bob, _ = people
    path = places(alice)[at]
    share = await alice.shares(path, bob)
    if left:
        await bob.accept(share)
        await carried_out(house)
    await bob.decline(share)
    await carried_out(house)

    told = await redeem(bob, await link(alice, path))
    await carried_out(house)
    await drafting.see_to(house)

    assert told.id != share
    assert far.knows == ({told.id} if at == "far" else set())
    assert await alice.listed() == await bob.listed() == {told.id: (GIVEN, READ)}
    assert await unfinished(house.database) == 0


async def test_who_could_only_look_can_download_then(house, people):
    alice, bob, _ = people

    async def share(work):
        await membering.share_with(work, await owned(work, alice.work), [bob.person], VIEW)

    await alice.write(share)
    assert await bob.listed() == {}

    told = await redeem(bob, await link(alice, places(alice)["here"]))

    assert (told.consent, told.permissions) == (GIVEN, READ)
    assert await bob.may(alice.work) == READ.closed
    assert len(await rows_of(house, SHARES)) == 1


async def test_what_one_has_from_above_is_no_share_of_the_folder(people):
    alice, bob, _ = people
    inner = await alice.folder(alice.work, "inner")
    above = await redeem(bob, await link(alice, alice.path("work"), EDIT))

    told = await redeem(bob, await link(alice, alice.path("work", "inner")))

    assert told.id != above.id
    assert await bob.may(inner.id) == EDIT.closed


async def test_ones_own_link_is_not_redeemed(people):
    alice, *_ = people

    with pytest.raises(Invalid):
        await redeem(alice, await link(alice, places(alice)["here"]))
    assert await alice.listed() == {}


@pytest.mark.parametrize("at", ["here", "far"])
async def test_what_was_taken_back_or_has_ended_is_not_redeemed(house, clock, people, at):
    alice, bob, _ = people
    taken, ended = await link(alice, places(alice)[at]), await link(alice, places(alice)[at])
    await alice.write(lambda work: joining.remove(work, taken.token))
    clock.now = ended.expires_at

    for made in (taken, ended):
        with pytest.raises(NotFound):
            await redeem(bob, made)
    assert await rows_of(house, SHARES) == []


@pytest.mark.parametrize("at", ["here", "far"])
async def test_ten_redeem_two_links_at_once_and_have_one_share(house, people, at):
    alice, bob, _ = people
    made = [await link(alice, places(alice)[at]) for _ in range(2)]

    answers = await asyncio.gather(
        *(redeem(bob, made[number % 2]) for number in range(10)), return_exceptions=True
    )

    assert {type(answer) for answer in answers if isinstance(answer, Exception)} <= {AlreadyThere}
    shares = {answer.id for answer in answers if not isinstance(answer, Exception)}
    assert len(shares) == 1
    assert at == "far" or not any(isinstance(answer, Exception) for answer in answers)
    assert await bob.listed() == {shares.pop(): (GIVEN, READ)}
    assert await rows_of(house, DRAFTS) == []
    assert (await redeem(bob, made[0])).id in await bob.listed()


async def test_many_people_redeem_one_link_side_by_side(house, people):
    alice, bob, carol = people
    made = await link(alice, places(alice)["here"])

    answers = await asyncio.gather(*(redeem(person, made) for person in (bob, carol)))

    assert len({answer.id for answer in answers}) == len(await alice.listed()) == 2


async def test_a_folder_that_goes_while_its_link_is_redeemed_is_not_there(house, people):
    alice, bob, _ = people
    made = await link(alice, places(alice)["here"])

    async def trash():
        async def job(work):
            await filing.trash(work, await owned(work, alice.work))

        await alice.write(job)

    answer, _ = await asyncio.gather(redeem(bob, made), trash(), return_exceptions=True)

    assert await bob.listed() == {}
    assert isinstance(answer, NotFound) or answer.consent is GIVEN
    with pytest.raises(NotFound):
        await redeem(bob, made)


# at a provider


@pytest.mark.parametrize("error", [NO, BROKEN, AWAY])
async def test_what_a_provider_refuses_leaves_no_trace(house, far, people, error):
    alice, bob, _ = people
    made = await link(alice, places(alice)["far"])
    far.fails["prepare"] = [error]

    with pytest.raises(type(error)) as refused:
        await redeem(bob, made)

    assert isinstance(refused.value, ProviderRefused | ProviderAway)
    assert await alice.listed() == await bob.listed() == {}
    assert await rows_of(house, SHARES) == await rows_of(house, DRAFTS) == []
    assert (await redeem(bob, made)).consent is GIVEN


async def test_what_a_provider_does_not_show_is_undone_there_too(house, far, people):
    alice, bob, _ = people
    made = await link(alice, places(alice)["far"])
    far.shows = False

    with pytest.raises(WrongState):
        await redeem(bob, made)

    assert await rows_of(house, SHARES) == await rows_of(house, DRAFTS) == []
    assert far.knows == set()
    far.shows = True
    assert (await redeem(bob, made)).location is not None


async def test_a_provider_that_is_nobody_is_told_as_such(house, people):
    alice, bob, _ = people
    made = await link(alice, places(alice)["far"])
    house.providers = Providers({"node": house.providers.of("node")}, house.providers.unclaimed)

    with pytest.raises(ProviderUnknown):
        await redeem(bob, made)
    assert await rows_of(house, SHARES) == []


async def test_while_a_provider_is_asked_for_somebody_the_same_is_refused_them(house, far, people):
    alice, bob, carol = people
    made = await link(alice, places(alice)["far"])
    seen = []

    async def meanwhile(name, asked):
        far.meanwhile = None
        with pytest.raises(AlreadyThere):
            await redeem(bob, made)
        seen.append((await bob.listed(), (await redeem(carol, made)).consent))

    far.meanwhile = meanwhile
    share = await redeem(bob, made)

    assert seen == [({}, GIVEN)]
    assert await bob.listed() == {share.id: (GIVEN, READ)}


async def test_what_a_dead_request_left_is_undone_and_can_be_redeemed_then(house, far, clock, people):
    alice, bob, _ = people
    made = await link(alice, places(alice)["far"])
    far.after, far.fails["prepare"] = True, [Killed()]
    with pytest.raises(Killed):
        await redeem(bob, made)
    assert await bob.listed() == {}

    clock.pass_s(600)
    await drafting.see_to(house)

    assert far.knows == set()
    assert (await redeem(bob, made)).consent is GIVEN


async def test_what_it_costs_does_not_grow(house, people):
    alice, bob, carol = people
    made = await link(alice, places(alice)["here"])

    async def cost(person):
        before = house.database.statements
        await redeem(person, made)
        return house.database.statements - before

    first, again = await cost(bob), await cost(bob)
    for number in range(5):
        other = await somebody(house, f"other{number}")
        await redeem(other, made)
        await link(alice, places(alice)["here"])

    assert (await cost(carol), await cost(carol)) == (first, again)
