"""Folders that lie at providers, which are asked before one is shared and before that ends."""

import asyncio

import pytest

from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import (
    AlreadyThere,
    Denied,
    Invalid,
    NotFound,
    PolyshareError,
    ProviderAway,
    ProviderRefused,
    ProviderUnknown,
    WrongState,
)
from polyshare.domain.folder_shares import FolderShareFilter
from polyshare.domain.notifications import Told
from polyshare.engine.directory import enrolling, notifying
from polyshare.engine.keepers.consulting import Answer
from polyshare.engine.sharing import aligning, asking, delivering, drafting, surveying
from polyshare.engine.sharing.drafting import Held
from polyshare.engine.sharing.screening import Sharer
from polyshare.engine.worker import working
from polyshare.store.shares.drafts import Waiting
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.engine.folders import EDIT, READ, UPDATES, grant_of, rows_of, somebody
from tests.engine.keepers import AWAY, BROKEN, NO, Keeper, Killed, kept_by

AWAITED, GIVEN, REFUSED = Consent.AWAITED, Consent.GIVEN, Consent.REFUSED
DRAFTS = statement("test.drafts", "select share, step from draft order by share")
SHARES = statement("test.shares", "select id from share where gone_at is null order by id")
DRIVES = statement(
    "test.drives", "select id from remote_drive where owner is null and closed = 0 order by id"
)
LATER_S = 600


@pytest.fixture
async def far(house):
    """A provider that keeps folders."""
    keeper = Keeper(house)
    kept_by(house, keeper)
    return keeper


@pytest.fixture
async def people(house, far, clock):
    """Alice with a drive at the provider and one here, Bob and Carol; whatever a test did, every law holds in the end."""
    alice, bob, carol = [await somebody(house, login) for login in ("alice", "bob", "carol")]
    alice.far = await far.owned("alice")
    await alice.folder(alice.top, "here")
    yield alice, bob, carol
    assert await broken_laws(house.database) == []


def there(alice, name="work"):
    return f"/{alice.far}/{name}"


async def drafts(house):
    return await rows_of(house, DRAFTS)


async def requests(house, person):
    found = await house.read(None, lambda work: notifying.page(work, person.person))
    return [one.name for one in found if one.kind is Told.REQUEST]


async def look(house, clock, seconds=LATER_S):
    """Let time pass, and the worker see to drafts and grants."""
    clock.pass_s(seconds)
    await drafting.see_to(house)
    await delivering.deliver_due(house)
    await aligning.settle_shares(house)


async def killed(doing):
    """Let something run until its process ends."""
    with pytest.raises(Killed):
        await doing


# what begins


async def test_a_provider_is_asked_first_and_says_where_it_is_while_it_is_asked(house, far, people):
    alice, bob, _ = people
    seen = []

    async def meanwhile(name, asked):
        seen.append((name, await alice.listed(), await bob.listed(), await requests(house, bob)))
        assert [one.begun for one in asked.shares] == [False]

    far.meanwhile = meanwhile
    share = await alice.shares(there(alice), bob, READ)

    assert seen == [("prepare", {}, {}, [])]
    assert far.told == [("prepare", [share], "alice")]
    assert await alice.listed() == await bob.listed() == {share: (AWAITED, READ)}
    assert await requests(house, bob) == ["work"]
    assert await drafts(house) == []
    [(drive,)] = await rows_of(house, DRIVES)
    assert await rows_of(house, UPDATES, share=share) == [("awaited", f"/{drive}", None)]


async def test_a_whole_request_is_one_call_and_what_lies_here_goes_with_it(house, far, people):
    alice, bob, carol = people

    shares = await alice.ask(
        alice.wants("here", bob), alice.wants(there(alice), bob), alice.wants(there(alice), carol)
    )

    assert far.calls("prepare") == [shares[1:]]
    assert list(await alice.listed()) == shares
    assert sorted(await requests(house, bob)) == ["here", "work"]


@pytest.mark.parametrize("error", [NO, BROKEN, AWAY])
async def test_what_a_provider_refuses_leaves_no_trace(house, far, people, error):
    alice, bob, carol = people
    far.fails["prepare"] = [error]

    with pytest.raises(type(error)) as refused:
        await alice.ask(
            alice.wants("here", bob), alice.wants(there(alice), bob), alice.wants(there(alice), carol)
        )

    assert refused.value.message == error.message
    assert await alice.listed() == {}
    assert await requests(house, bob) == await requests(house, carol) == []
    assert await rows_of(house, SHARES) == await drafts(house) == []
    assert await alice.shares(there(alice), bob)


async def test_a_refusal_of_one_share_is_not_followed_by_a_call_to_forget_it(far, people):
    alice, bob, _ = people
    far.fails["prepare"] = [NO]

    with pytest.raises(ProviderRefused):
        await alice.shares(there(alice), bob)

    assert far.calls("forget") == []


async def test_what_one_provider_made_ready_is_forgotten_when_another_refuses(house, far, people):
    alice, bob, _ = people
    other = Keeper(house, "other", fails={"prepare": [NO]})
    kept_by(house, far, other)
    elsewhere = f"/{await other.owned('alice')}/plans"

    with pytest.raises(ProviderRefused):
        await alice.ask(alice.wants(there(alice), bob), alice.wants(elsewhere, bob))

    assert far.calls("forget") == far.calls("prepare")
    assert far.knows == other.knows == set()
    assert await rows_of(house, SHARES) == []
    assert await rows_of(house, DRIVES) == []


async def test_the_error_told_is_that_of_the_first_share_in_order(house, far, people):
    alice, bob, _ = people
    other = Keeper(house, "other", fails={"prepare": [AWAY]})
    kept_by(house, far, other)
    far.fails["prepare"] = [NO]
    elsewhere = f"/{await other.owned('alice')}/plans"

    with pytest.raises(ProviderAway):
        await alice.ask(alice.wants(elsewhere, bob), alice.wants(there(alice), bob))


async def test_what_could_not_be_forgotten_the_worker_forgets(house, far, people, clock):
    alice, bob, _ = people
    far.after = True
    far.fails = {"prepare": [AWAY], "forget": [AWAY]}

    with pytest.raises(ProviderAway):
        await alice.shares(there(alice), bob)
    before = await drafts(house)
    await look(house, clock)

    assert len(before) == 1
    assert far.knows == set()
    assert await drafts(house) == await rows_of(house, SHARES) == []


async def test_a_provider_that_is_not_there_is_told_of_before_anything_is_written(house, far, people):
    alice, bob, _ = people
    kept_by(house)

    with pytest.raises(ProviderUnknown):
        await alice.shares(there(alice), bob)

    assert await rows_of(house, SHARES) == []


@pytest.mark.parametrize("after", [False, True])
async def test_what_a_killed_request_began_is_undone(house, far, people, clock, after):
    alice, bob, _ = people
    far.after, far.fails["prepare"] = after, [Killed()]

    await killed(alice.ask(alice.wants(there(alice), bob), alice.wants("here", bob)))
    held = [step for _, step in await drafts(house)]
    with pytest.raises(AlreadyThere):
        await alice.shares(there(alice), bob)
    await look(house, clock)

    assert held == ["beginning", "beginning"]
    assert far.knows == set()
    assert await rows_of(house, SHARES) == await drafts(house) == []
    assert await alice.shares(there(alice), bob)


async def test_a_request_that_took_too_long_does_not_show_what_the_worker_undid(house, far, people, clock):
    alice, bob, _ = people

    async def meanwhile(name, asked):
        far.meanwhile = None
        await look(house, clock)

    far.meanwhile, far.shows = meanwhile, False
    with pytest.raises(ProviderAway):
        await alice.shares(there(alice), bob)

    assert await alice.listed() == await bob.listed() == {}
    assert far.knows == set()
    await look(house, clock)
    assert await rows_of(house, SHARES) == await drafts(house) == []


async def test_two_requests_for_the_same_at_once_make_one_share(house, far, people):
    alice, bob, _ = people

    answers = await asyncio.gather(
        *(alice.shares(there(alice), bob) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(one, int) for one in answers) == 1
    assert {type(one) for one in answers} == {int, AlreadyThere}
    assert len(await bob.listed()) == 1


async def test_many_requests_at_once_call_back_without_waiting_for_one_another(house, far, people):
    alice, bob, carol = people
    everybody = asyncio.Event()
    waiting = 0

    async def meanwhile(name, asked):
        nonlocal waiting
        waiting += 1
        if waiting == 20:
            everybody.set()
        await everybody.wait()

    far.meanwhile = meanwhile
    shares = await asyncio.gather(
        *(alice.shares(there(alice, f"f{n}"), who) for n in range(10) for who in (bob, carol))
    )

    assert len(await alice.listed()) == len(set(shares)) == 20


async def test_what_was_declined_is_replaced_once_the_provider_agrees(house, far, people, clock):
    alice, bob, _ = people
    first = await alice.shares(there(alice), bob)
    await bob.decline(first)
    far.fails["prepare"] = [NO]

    with pytest.raises(ProviderRefused):
        await alice.shares(there(alice), bob)
    kept = await alice.listed()
    second = await alice.shares(there(alice), bob)

    assert list(kept) == [first]
    assert list(await alice.listed()) == [second]
    assert await drafts(house) == [(first, "forgetting")]
    await look(house, clock)
    assert far.knows == {second}
    assert await drafts(house) == []


async def test_what_is_accepted_by_asking_is_accepted_where_the_provider_said_where_it_is(house, far, people):
    alice, bob, _ = people
    wish = asking.Wish(
        Sharer(alice.person, "alice"), [alice.wants(there(alice), bob)], told=False, accepted=True
    )

    [share] = await asking.offer(house, bob.actor, wish)

    assert await bob.listed() == {share: (GIVEN, EDIT)}
    assert await requests(house, bob) == []
    far.shows = False
    elsewhere = asking.Wish(wish.sharer, [alice.wants(there(alice, "plans"), bob)], accepted=True)
    with pytest.raises(WrongState):
        await asking.offer(house, bob.actor, elsewhere)
    assert len(far.knows) == 1
    assert list(await alice.listed()) == [share]


# answers


async def test_nothing_is_accepted_before_the_provider_said_where_it_is(house, far, people, clock):
    alice, bob, _ = people
    far.shows = False
    share = await alice.shares(there(alice), bob)

    with pytest.raises(WrongState):
        await bob.accept(share)
    drive = await far.show(share, there(alice))
    await bob.accept(share)
    await look(house, clock)

    assert await bob.listed() == {share: (GIVEN, EDIT)}
    assert far.access == {drive: "bob"}
    assert await unfinished(house.database) == 0


async def test_leaving_takes_access_back_and_keeps_the_share(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    await bob.accept(share)
    await look(house, clock)

    await bob.decline(share)
    at_once = (await grant_of(house, share))[2]
    await look(house, clock)

    assert at_once == Delivery.RECALLED
    assert (await grant_of(house, share))[2] == Delivery.WITHDRAWN
    assert (await grant_of(house, share))[5:] == (None, None)
    assert far.access == {}
    assert far.knows == {share}
    assert await alice.listed() == {share: (REFUSED, EDIT)}


# what ends


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_a_provider_is_asked_to_forget_what_ends(house, far, people, clock, by):
    alice, bob, _ = people
    shares = await alice.ask(
        alice.wants(there(alice), bob), alice.wants(there(alice, "plans"), bob), alice.wants("here", bob)
    )
    await bob.accept(*shares)
    await look(house, clock)

    await {"alice": alice, "bob": bob}[by].end(*shares)
    await look(house, clock)

    assert far.calls("forget") == [shares[:2]]
    assert far.told[-1][2] == by
    assert await alice.listed() == await bob.listed() == {}
    assert far.access == {}
    assert await unfinished(house.database) == 0
    assert await drafts(house) == []


async def test_a_refusal_leaves_a_share_as_it_was(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    await bob.accept(share)
    await look(house, clock)
    far.fails["forget"] = [NO]

    with pytest.raises(ProviderRefused):
        await alice.end(share)

    assert await alice.listed() == await bob.listed() == {share: (GIVEN, EDIT)}
    assert len(far.access) == 1
    assert await drafts(house) == []
    assert len(far.calls("prepare")) == 1
    await alice.end(share)
    assert await bob.listed() == {}


async def test_what_one_provider_forgot_it_prepares_again_when_another_refuses(house, far, people):
    alice, bob, _ = people
    other = Keeper(house, "other", fails={"forget": [NO]})
    kept_by(house, far, other)
    elsewhere = f"/{await other.owned('alice')}/plans"
    shares = await alice.ask(
        alice.wants(there(alice), bob), alice.wants(elsewhere, bob), alice.wants("here", bob)
    )

    with pytest.raises(ProviderRefused):
        await alice.end(*shares)

    assert (far.knows, other.knows) == ({shares[0]}, {shares[1]})
    assert [name for name, *_ in far.told] == ["prepare", "forget", "prepare"]
    assert list(await bob.listed()) == shares
    assert await drafts(house) == []


async def test_what_a_provider_may_have_forgotten_is_prepared_again_by_the_worker(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    far.after, far.fails["forget"] = True, [AWAY]

    with pytest.raises(ProviderAway):
        await alice.end(share)
    waiting = await drafts(house)
    await look(house, clock)

    assert waiting == [(share, "restoring")]
    assert far.knows == {share}
    assert list(await bob.listed()) == [share]
    assert await drafts(house) == []


@pytest.mark.parametrize("after", [False, True])
async def test_what_a_killed_request_was_to_end_is_ended(house, far, people, clock, after):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    far.after, far.fails["forget"] = after, [Killed()]

    await killed(alice.end(share))
    meanwhile = await bob.listed()
    with pytest.raises(NotFound):
        await bob.end(share)
    await look(house, clock)

    assert list(meanwhile) == [share]
    assert await bob.listed() == await alice.listed() == {}
    assert far.knows == set()
    assert await drafts(house) == []


async def test_two_long_calls_of_one_request_are_not_overtaken(house, far, people, clock):
    alice, bob, _ = people
    other = Keeper(house, "other", fails={"prepare": [NO], "forget": [NO]})
    kept_by(house, far, other)
    elsewhere = f"/{await other.owned('alice')}/plans"

    async def slowly(name, asked):
        clock.pass_s(45)
        assert await drafting.see_to(house) == 0

    far.meanwhile = slowly
    with pytest.raises(ProviderRefused):
        await alice.ask(alice.wants(there(alice), bob), alice.wants(elsewhere, bob))
    shares = await alice.ask(alice.wants(there(alice), bob), alice.wants(elsewhere, bob))
    with pytest.raises(ProviderRefused):
        await alice.end(*shares)

    assert [name for name, *_ in far.told] == ["prepare", "forget", "prepare", "forget", "prepare"]
    assert (far.knows, other.knows) == ({shares[0]}, {shares[1]})
    assert await drafts(house) == []


async def test_what_has_begun_is_not_forgotten_because_nobody_heard_of_it(house, far, people):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    told = await house.read(
        alice.actor,
        lambda work: surveying.one(work, alice.person, share, FolderShareFilter(), updates=False),
    )
    held = Held(Waiting.BEGINNING, (share,), until=0, by="alice")

    await drafting.undo(house, held, [Answer((told,), {}, None)])

    assert far.knows == {share}
    assert list(await bob.listed()) == [share]


async def test_what_lies_here_ends_with_the_rest_of_a_killed_request(house, far, people, clock):
    alice, bob, _ = people
    shares = await alice.ask(alice.wants("here", bob), alice.wants(there(alice), bob))
    far.fails["forget"] = [Killed()]

    await killed(alice.end(*shares))
    meanwhile = await alice.listed()
    await look(house, clock)

    assert list(meanwhile) == shares
    assert await bob.listed() == await alice.listed() == {}
    assert await rows_of(house, SHARES) == await drafts(house) == []


async def test_what_lies_here_stays_with_the_rest_that_a_provider_keeps(house, far, people, clock):
    alice, bob, _ = people
    shares = await alice.ask(alice.wants("here", bob), alice.wants(there(alice), bob))
    far.fails["forget"] = [Killed(), NO]

    await killed(alice.end(*shares))
    await look(house, clock)

    assert list(await bob.listed()) == shares
    assert await drafts(house) == []
    await alice.end(*shares)
    assert await bob.listed() == {}


async def test_a_provider_that_refuses_the_worker_keeps_the_share(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    far.fails["forget"] = [Killed(), AWAY, BROKEN, NO]

    await killed(alice.end(share))
    for step in ("ending", "ending", None):
        await look(house, clock)
        assert await drafts(house) == ([(share, step)] if step else [])

    assert list(await bob.listed()) == [share]
    await bob.end(share)
    assert await alice.listed() == {}


async def test_a_provider_that_is_gone_keeps_nobody_from_ending_its_shares(house, far, people):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)
    kept_by(house)

    await alice.end(share)

    assert await bob.listed() == {}


async def test_ends_and_answers_at_once_leave_what_some_order_explains(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob)

    async def tried(verb, *args):
        try:
            await verb(*args)
        except PolyshareError as error:
            return type(error)
        return None

    answers = await asyncio.gather(
        *(tried(one.end, share) for one in (alice, bob) for _ in range(5)),
        *(tried(bob.accept, share) for _ in range(10)),
    )
    await look(house, clock)

    assert answers[:10].count(None) == 1
    assert set(answers[:10]) == {None, NotFound}
    assert set(answers[10:]) <= {None, NotFound}
    assert await alice.listed() == await bob.listed() == {}
    assert far.knows == set()
    assert len(far.calls("forget")) == 1
    assert far.access == {}


async def test_several_workers_see_to_each_draft_once(house, far, people, clock):
    alice, bob, _ = people
    far.fails["prepare"] = [Killed()] * 5
    for n in range(5):
        await killed(alice.shares(there(alice, f"f{n}"), bob))
    clock.pass_s(LATER_S)

    await asyncio.gather(*(drafting.see_to(house) for _ in range(4)))

    assert sorted(len(shares) for shares in far.calls("forget")) == [1] * 5
    assert await drafts(house) == []


async def test_the_worker_sees_to_drafts_by_itself(house, far, people, clock):
    alice, bob, _ = people
    far.fails["prepare"] = [Killed()]
    await killed(alice.shares(there(alice), bob))
    clock.pass_s(LATER_S)
    stopping = asyncio.Event()

    async def forgotten(name, asked):
        stopping.set()

    far.meanwhile = forgotten
    async with asyncio.timeout(60):
        await working.run(house, stopping)

    assert len(far.calls("forget")) == 1
    assert await drafts(house) == []


async def test_a_provider_that_breaks_is_away_for_the_worker_and_for_who_asks(house, far, people, clock):
    alice, bob, _ = people
    far.fails["prepare"] = [RuntimeError("a fault")]

    with pytest.raises(ProviderAway):
        await alice.shares(there(alice), bob)

    assert await rows_of(house, SHARES) == []


async def test_a_provider_that_will_not_forget_what_has_ended_is_left_alone_with_it(
    house, far, people, clock
):
    alice, bob, _ = people
    first = await alice.shares(there(alice), bob)
    await bob.decline(first)
    far.fails["forget"] = [AWAY, BROKEN, NO]

    await alice.shares(there(alice), bob)
    for _ in range(3):
        assert await drafts(house) == [(first, "forgetting")]
        await look(house, clock)

    assert await drafts(house) == []


async def test_a_provider_that_is_too_busy_is_asked_again_when_it_said(house, far, people, clock):
    alice, bob, _ = people
    first = await alice.shares(there(alice), bob)
    await bob.decline(first)
    far.fails["forget"] = [
        ProviderRefused("Too busy.", 503, retry_after_s=40.0),
        ProviderRefused("Too many requests.", 429, retry_after_s=70.0),
    ]
    await alice.shares(there(alice), bob)
    await look(house, clock)

    for wait_s in (40.0, 70.0):
        clock.pass_s(wait_s - 0.01)
        await drafting.see_to(house)
        assert await drafts(house) == [(first, "forgetting")]
        clock.pass_s(0.01)
        await drafting.see_to(house)

    assert await drafts(house) == []


@pytest.mark.parametrize("bad", ["unknown", "self", "missing drive", "mount"])
async def test_checks_come_before_any_provider_is_asked(house, far, people, bad):
    alice, bob, carol = people
    share = await alice.shares(there(alice), carol)
    [(mount,)] = await rows_of(house, DRIVES)
    path, to = {
        "unknown": (there(alice), "nobody"),
        "self": (there(alice), "alice"),
        "missing drive": ("/99999/work", "bob"),
        "mount": (f"/{mount}", "bob"),
    }[bad]

    with pytest.raises((Denied, Invalid)):
        await alice.ask(alice.wants(there(alice), bob), alice.wants(path, to))

    assert far.calls("prepare") == [[share]]


async def test_a_large_request_costs_as_many_statements_as_a_small_one(house, far, people, clock):
    alice, bob, _ = people
    far.shows = False

    async def costs(number):
        made = []

        async def counted(verb, *args):
            before = house.database.statements
            made.append(await verb(*args))
            return house.database.statements - before

        wanted = [alice.wants(there(alice, f"{number}-{n}"), bob) for n in range(number)]
        asked = await counted(alice.ask, *wanted)
        return asked, await counted(alice.end, *made[0])

    assert await costs(30) == await costs(1)


# who is known by a login


async def test_a_login_that_a_provider_lets_in_is_not_given_up(house, far, people, clock):
    alice, bob, _ = people
    share = await alice.shares(there(alice), bob, READ)
    another = PersonChange(login="robert")
    await bob.accept(share)

    with pytest.raises(WrongState, match="leave those shares first"):
        await house.write(None, lambda work: enrolling.change(work, "bob", another))
    await look(house, clock)
    with pytest.raises(WrongState, match="leave those shares first"):
        await house.write(None, lambda work: enrolling.change(work, "bob", another))

    await bob.decline(share)
    await look(house, clock)
    renamed = await house.write(None, lambda work: enrolling.change(work, "bob", another))
    assert renamed.login == "robert"
