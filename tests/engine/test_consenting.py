"""Folders shared with one user each, who approves: asked for, accepted, declined, changed and ended."""

import asyncio

import pytest

from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.errors import (
    AlreadyMember,
    AlreadyThere,
    Denied,
    Invalid,
    NoAllocation,
    NotFound,
    OwnersPlace,
    PolyshareError,
    WrongState,
)
from polyshare.domain.nodes import Trashed
from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.products import OURS, ProductRef
from polyshare.engine.directory import notifying
from polyshare.engine.links import joining
from polyshare.engine.sharing import membering
from polyshare.engine.tree import filing
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.engine.folders import CLAIMS, EDIT, READ, UPDATES, grant_of, rows_of, somebody
from tests.engine.keepers import Keeper, kept_by
from tests.engine.tree import owned

AWAITED, GIVEN, REFUSED = Consent.AWAITED, Consent.GIVEN, Consent.REFUSED


@pytest.fixture
async def people(house):
    """Alice with a folder, Bob and Carol; whatever a test did, every law holds in the end."""
    alice, bob, carol = [await somebody(house, login) for login in ("alice", "bob", "carol")]
    await alice.folder((await alice.folder(alice.top, "work")).id, "plans")
    yield alice, bob, carol
    assert await broken_laws(house.database) == []
    assert await unfinished(house.database) == 0


async def folder(alice, *names):
    """The node at a path of Alice's."""
    at = alice.top
    for name in names:
        [at] = [one.node.id for one in (await alice.children(at)).rows if one.node.name == name]
    return at


async def told(house, person):
    """What somebody was told, newest first."""
    found = await house.read(None, lambda work: notifying.page(work, person.person))
    return [(one.kind, one.name, one.sender) for one in found]


# asking


async def test_who_is_asked_sees_it_pending_and_reaches_nothing(house, people):
    alice, bob, carol = people

    share = await alice.shares("work", bob, asked='["EDIT"]')

    assert await alice.listed() == await bob.listed() == {share: (AWAITED, EDIT)}
    assert await carol.listed() == {}
    assert await bob.may(await folder(alice, "work")) is None
    assert (await grant_of(house, share))[1:5] == (AWAITED, Delivery.HELD, EDIT, '["EDIT"]')
    assert await told(house, bob) == [(Told.REQUEST, "work", "Alice")]
    assert await told(house, alice) == await told(house, carol) == []


@pytest.mark.parametrize(
    ("path", "to", "error"),
    [
        ("work", "alice", OwnersPlace),
        ("work", "nobody", Denied),
        ("work", "Bob", Denied),
        ("nothing", "bob", Invalid),
        ("work/notes.txt", "bob", Invalid),
        ("/999999/work", "bob", Denied),
        ("/{bob}", "bob", Denied),
        ("/{bob}", "carol", Denied),
    ],
)
async def test_what_can_not_be_shared_is_refused(people, path, to, error):
    alice, bob, _ = people
    await alice.file(await folder(alice, "work"), "notes.txt", 3)

    with pytest.raises(error) as refused:
        await alice.ask(alice.wants(path.replace("{bob}", str(bob.drive)), to))

    assert refused.type is error
    assert await alice.listed() == await bob.listed() == {}


@pytest.mark.parametrize("given", [Permission.MANAGE, READ | Permission.MANAGE])
async def test_what_makes_an_owner_is_not_given(people, given):
    alice, bob, _ = people
    share = await alice.shares("work", bob)

    with pytest.raises(Invalid):
        await alice.ask(alice.wants("work", "carol", given))
    with pytest.raises(Invalid):
        await alice.regrant((share, given, None))

    assert await alice.listed() == {share: (AWAITED, EDIT)}


async def test_nothing_is_not_given(people):
    alice, bob, _ = people
    share = await alice.shares("work", bob)

    with pytest.raises(Denied):
        await alice.ask(alice.wants("work", "carol", Permission(0)))
    with pytest.raises(Invalid):
        await alice.regrant((share, Permission(0), None))

    assert await alice.listed() == {share: (AWAITED, EDIT)}


async def test_what_is_received_can_not_be_shared_on(people):
    alice, bob, carol = people
    share = await alice.shares("work", bob)
    await bob.accept(share)
    mount = (await grant_of(alice.house, share))[0]

    for path in (f"/{mount}", alice.path("work")):
        with pytest.raises(Denied):
            await bob.ask(bob.wants(path, carol))


async def test_a_product_must_be_known_free_or_allotted_and_of_the_drives_provider(house, people):
    alice, bob, _ = people

    with pytest.raises(NoAllocation):
        await alice.ask(alice.wants("work", bob, product=ProductRef("a", "b", "c")))

    await alice.ask(alice.wants("work", bob, product=OURS))


async def test_what_lies_elsewhere_is_of_a_product_that_its_owner_may_use(house, people):
    alice, bob, _ = people
    keeper, other = Keeper(house), Keeper(house, "other")
    kept_by(house, keeper, other)
    path = f"/{await keeper.owned('alice')}/work"
    product = await keeper.sells(free=False)
    await other.sells()

    async def ask(product):
        return await alice.ask(alice.wants(path, bob, product=product))

    with pytest.raises(NoAllocation):
        await ask(keeper.product)
    with pytest.raises(Invalid):
        await ask(other.product)
    assert keeper.told == []
    allot = statement(
        "test.allot", "insert into allocation (holder, product, balance) values (:holder, :product, 1)"
    )
    await house.database.write(lambda rows: rows.run(allot, holder=alice.person, product=product))
    [share] = await ask(keeper.product)
    assert await bob.listed() == {share: (AWAITED, EDIT)}


async def test_one_bad_request_lets_none_of_a_bulk_be_made(house, people):
    alice, bob, carol = people

    with pytest.raises(Invalid):
        await alice.ask(
            alice.wants("work", bob), alice.wants("work", carol), alice.wants("work/nothing", bob)
        )

    assert await alice.listed() == {}
    assert await told(house, bob) == []
    assert await rows_of(house, CLAIMS) == [(0,)]


async def test_the_first_bad_one_in_order_is_what_is_told(people):
    alice, bob, _ = people

    with pytest.raises(OwnersPlace):
        await alice.ask(
            alice.wants("work", bob), alice.wants("work", alice), alice.wants("work/nothing", bob)
        )


async def test_two_folders_for_one_user_and_one_for_two_go_together(people):
    alice, bob, carol = people

    shares = await alice.ask(
        alice.wants("work", bob), alice.wants("work/plans", bob, READ), alice.wants("work", carol)
    )

    assert list((await alice.listed()).items()) == [
        (shares[0], (AWAITED, EDIT)),
        (shares[1], (AWAITED, READ)),
        (shares[2], (AWAITED, EDIT)),
    ]


async def test_the_same_folder_and_user_twice_in_one_request_is_refused(people):
    alice, bob, _ = people

    with pytest.raises(AlreadyThere):
        await alice.ask(alice.wants("work", bob), alice.wants("work", bob, READ))

    assert await alice.listed() == {}


@pytest.mark.parametrize("accepted", [False, True])
async def test_what_is_shared_already_is_not_shared_again(people, accepted):
    alice, bob, carol = people
    share = await alice.shares("work", bob)
    if accepted:
        await bob.accept(share)

    with pytest.raises(AlreadyThere):
        await alice.shares("work", bob, READ)

    assert list(await alice.listed()) == [share]
    await alice.shares("work", carol)
    await alice.shares("work/plans", bob)


async def test_what_was_declined_is_replaced_when_asked_again(house, people):
    alice, bob, _ = people
    first = await alice.shares("work", bob)
    await bob.decline(first)

    second = await alice.shares("work", bob, READ)

    assert second != first
    assert await alice.listed() == await bob.listed() == {second: (AWAITED, READ)}
    assert (await grant_of(house, first))[6] is not None


async def test_two_who_ask_at_once_make_one_share(people):
    alice, bob, _ = people

    answers = await asyncio.gather(*(alice.shares("work", bob) for _ in range(10)), return_exceptions=True)

    made = [one for one in answers if not isinstance(one, Exception)]
    assert len(made) == 1
    assert {type(one) for one in answers if isinstance(one, Exception)} == {AlreadyThere}
    assert list(await bob.listed()) == made


# with members of other APIs


async def member(alice, bob, permissions=READ):
    """Let Alice make Bob a member of her folder."""
    node = await folder(alice, "work")

    async def job(work):
        return await membering.share_with(work, await owned(work, node), [bob.person], permissions)

    [outcome] = await alice.write(job)
    return outcome.refusal


async def test_a_member_is_shared_with_and_approved(people):
    alice, bob, _ = people
    await member(alice, bob)

    [(share, seen)] = (await bob.listed()).items()

    assert seen == (GIVEN, READ)
    with pytest.raises(AlreadyThere):
        await alice.shares("work", bob)
    await bob.accept(share)
    await bob.decline(share)
    assert await bob.listed() == {share: (REFUSED, READ)}
    assert await bob.may(await folder(alice, "work")) is None


@pytest.mark.parametrize("answer", ["accept", "decline", None])
async def test_making_a_member_replaces_what_was_not_taken_up(people, answer):
    alice, bob, _ = people
    share = await alice.shares("work", bob)
    if answer:
        await getattr(bob, answer)(share)

    refusal = await member(alice, bob)

    assert (type(refusal) is AlreadyMember) is (answer == "accept")
    [(now, seen)] = (await bob.listed()).items()
    assert (now == share) is (answer == "accept")
    assert seen == (GIVEN, EDIT if answer == "accept" else READ)
    assert list(await alice.listed()) == [now]


async def test_permissions_changed_elsewhere_are_told_as_they_are_now(house, people):
    alice, bob, _ = people
    share = await alice.shares("work", bob, asked='["EDIT"]')
    await bob.accept(share)
    node = await folder(alice, "work")

    async def job(work):
        return await membering.change(work, await owned(work, node), [bob.person], READ)

    await alice.write(job)

    assert (await grant_of(house, share))[3:5] == (READ, None)


# accepting and declining


async def test_accepting_opens_the_folder_at_once(house, people):
    alice, bob, _ = people
    share = await alice.shares("work", bob, READ)

    await bob.accept(share)

    assert await bob.may(await folder(alice, "work", "plans")) == READ.closed
    assert await alice.listed() == await bob.listed() == {share: (GIVEN, READ)}
    grant, consent, delivery, *_ = await grant_of(house, share)
    assert (consent, delivery) == (GIVEN, Delivery.DELIVERED)
    assert await rows_of(house, UPDATES, share=share) == [("given", f"/{grant}", None)]


async def test_accepting_twice_is_accepting_once(house, people):
    alice, bob, _ = people
    share = await alice.shares("work", bob)

    await bob.accept(share, share)
    await bob.accept(share)

    assert len(await rows_of(house, UPDATES, share=share)) == 1


@pytest.mark.parametrize("accepted", [False, True])
async def test_declining_and_leaving_end_access_and_keep_the_share(house, people, accepted):
    alice, bob, _ = people
    share = await alice.shares("work", bob)
    if accepted:
        await bob.accept(share)

    await bob.decline(share)
    await bob.decline(share)

    assert await bob.may(await folder(alice, "work")) is None
    assert await alice.listed() == {share: (REFUSED, EDIT)}
    assert (await grant_of(house, share))[1:3] == (REFUSED, Delivery.WITHDRAWN)
    assert (await grant_of(house, share))[5:] == (None, None)
    assert (await rows_of(house, UPDATES, share=share))[-1] == ("refused", None, None)
    assert await rows_of(house, CLAIMS) == [(0,)]


async def test_what_was_declined_is_not_accepted_any_more(people):
    alice, bob, _ = people
    share = await alice.shares("work", bob)
    await bob.decline(share)

    with pytest.raises(Denied):
        await bob.accept(share)

    assert await bob.listed() == {share: (REFUSED, EDIT)}


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_only_who_was_asked_answers(people, verb):
    alice, bob, carol = people
    share = await alice.shares("work", bob)

    with pytest.raises(Denied):
        await getattr(alice, verb)(share)
    for stranger, unknown in ((carol, share), (bob, 7), (alice, 2**62)):
        with pytest.raises(NotFound) as not_found:
            await getattr(stranger, verb)(unknown)
        assert not_found.value.what == "share"

    assert await bob.listed() == {share: (AWAITED, EDIT)}


async def test_answers_go_together_or_not_at_all(people):
    alice, bob, carol = people
    mine, other = await alice.ask(alice.wants("work", bob), alice.wants("work", carol))

    for verb in (bob.accept, bob.decline, bob.end):
        with pytest.raises(NotFound):
            await verb(mine, other)

    assert await bob.listed() == {mine: (AWAITED, EDIT)}


# changing what is given


async def test_what_is_given_changes_at_once_up_and_down(house, people):
    alice, bob, _ = people
    share = await alice.shares("work", bob, READ)
    await bob.accept(share)
    node = await folder(alice, "work")

    for permissions, asked in ((EDIT, '["READ","EDIT"]'), (READ, '["READ"]')):
        await alice.regrant((share, permissions, asked))
        assert await bob.may(node) == permissions.closed
        assert (await grant_of(house, share))[2:5] == (Delivery.DELIVERED, permissions, asked)


async def test_what_waits_gives_nothing_and_then_what_was_said_last(people):
    alice, bob, _ = people
    share = await alice.shares("work", bob, READ)
    node = await folder(alice, "work")

    await alice.regrant((share, READ, None), (share, EDIT, None))
    before = await bob.may(node)
    await bob.accept(share)

    assert before is None
    assert await bob.may(node) == EDIT.closed


async def test_what_is_given_is_the_owners_to_say_and_not_of_what_was_declined(people):
    alice, bob, carol = people
    share = await alice.shares("work", bob, READ)

    with pytest.raises(Denied):
        await bob.regrant((share, EDIT, None))
    with pytest.raises(NotFound):
        await carol.regrant((share, EDIT, None))
    await bob.decline(share)
    with pytest.raises(WrongState):
        await alice.regrant((share, EDIT, None))

    assert await alice.listed() == {share: (REFUSED, READ)}


# ending


@pytest.mark.parametrize("by", ["alice", "bob"])
@pytest.mark.parametrize("answer", [None, "accept", "decline"])
async def test_both_sides_end_a_share_in_every_state(house, people, by, answer):
    alice, bob, _ = people
    share = await alice.shares("work", bob)
    if answer:
        await getattr(bob, answer)(share)

    await {"alice": alice, "bob": bob}[by].end(share, share)

    assert await alice.listed() == await bob.listed() == {}
    assert await bob.may(await folder(alice, "work")) is None
    assert (await grant_of(house, share))[6] is not None
    assert await rows_of(house, CLAIMS) == [(0,)]
    for one in (alice, bob):
        with pytest.raises(NotFound):
            await one.end(share)
    assert await alice.shares("work", bob) != share


async def test_a_stranger_ends_nothing(people):
    alice, bob, carol = people
    share = await alice.shares("work", bob)

    with pytest.raises(NotFound):
        await carol.end(share)

    assert await bob.listed() == {share: (AWAITED, EDIT)}


@pytest.mark.parametrize("answer", [None, "accept", "decline"])
async def test_what_is_trashed_with_its_shares_ends_them_also_below(house, people, answer):
    alice, bob, carol = people
    shares = await alice.ask(alice.wants("work", bob), alice.wants("work/plans", carol))
    if answer:
        await getattr(bob, answer)(shares[0])

    node = await folder(alice, "work")

    async def job(work):
        await filing.trash(work, await owned(work, node), Trashed.WITHDRAW)

    await alice.write(job)

    assert await alice.listed() == await bob.listed() == await carol.listed() == {}
    assert await rows_of(house, CLAIMS) == [(0,)]
    for share in shares:
        assert (await grant_of(house, share))[6] is not None


async def test_links_that_join_go_with_what_is_trashed_with_its_shares_and_do_not_come_back(people):
    alice, _, _ = people
    made = await alice.write(lambda work: joining.create(work, alice.path("work", "plans")))
    node = await folder(alice, "work")

    async def away(shares):
        await alice.write(lambda work: _trash(work, node, shares))
        await alice.restore(node)

    async def found():
        return await alice.house.read(None, lambda work: joining.find(work, made.token))

    await away(Trashed.KEEP)
    assert (await found()).path == alice.path("work", "plans")
    await away(Trashed.WITHDRAW)
    with pytest.raises(NotFound):
        await found()


async def _trash(work, node, shares):
    await filing.trash(work, await owned(work, node), shares)


# many at once


async def test_ten_answers_and_ends_at_once_leave_what_some_order_explains(house, people):
    alice, bob, _ = people
    share = await alice.shares("work", bob)
    node = await folder(alice, "work")

    async def tried(verb, *args):
        try:
            await verb(*args)
        except PolyshareError as error:
            return type(error)
        return None

    answers = await asyncio.gather(
        *(tried(bob.accept, share) for _ in range(10)),
        *(tried(alice.regrant, (share, READ, None)) for _ in range(5)),
        *(tried(bob.decline, share) for _ in range(5)),
        *(tried(alice.end, share) for _ in range(5)),
        *(tried(bob.end, share) for _ in range(5)),
    )

    ends = answers[20:]
    assert ends.count(None) == 1
    assert set(ends) == {None, NotFound}
    assert set(answers[:20]) <= {None, NotFound, Denied, WrongState}
    assert await alice.listed() == await bob.listed() == {}
    assert await bob.may(node) is None


async def test_answers_at_once_agree_with_access(people):
    alice, bob, _ = people
    shares = await alice.ask(*(alice.wants("work", bob), alice.wants("work/plans", bob)))
    node = await folder(alice, "work", "plans")

    await asyncio.gather(
        *(one for _ in range(5) for one in (bob.accept(*shares), bob.accept(*reversed(shares)))),
        alice.regrant((shares[0], READ, None)),
        return_exceptions=True,
    )

    assert {consent for consent, _ in (await bob.listed()).values()} == {GIVEN}
    assert await bob.may(node) == EDIT.closed


# costs


async def test_a_large_request_costs_as_many_statements_as_a_small_one(house, people):
    alice, bob, _ = people

    async def costs(number):
        names = [f"{number}-{n}" for n in range(number)]
        for name in names:
            await alice.folder(alice.top, name)
        made = []

        async def counted(verb, *args):
            before = house.database.statements
            made.append(await verb(*args))
            return house.database.statements - before

        found = [await counted(alice.ask, *(alice.wants(name, bob) for name in names))]
        [shares] = made
        found += [
            await counted(bob.accept, *shares),
            await counted(alice.regrant, *((share, READ, None) for share in shares)),
            await counted(bob.decline, *shares),
        ]
        found.append(await counted(alice.ask, *(alice.wants(name, bob) for name in names)))
        return [*found, await counted(bob.end, *made[-1])]

    assert await costs(30) == await costs(1)
