"""Members of a node: who may change them, what each change does, and what everybody then sees."""

import asyncio
import contextlib
from itertools import permutations

import pytest

from polyshare.domain.errors import (
    AlreadyMember,
    Hidden,
    Insufficient,
    Invalid,
    NotFound,
    NotMember,
    OwnersPlace,
)
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.engine.directory import notifying
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access
from polyshare.store.statements import statement
from tests.consistency import broken_laws, unfinished
from tests.house import a_house
from tests.trees import Trees, an_actor

VIEW, DOWNLOAD, EDIT, MANAGE = Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT, Permission.MANAGE
COUNTS = statement(
    "test.counts",
    """
    select (select count(*) from share where gone_at is null), (select count(*) from item where gone_at is null),
      (select count(*) from share_grant where gone_at is null), (select count(*) from claim)
    """,
)

UNCLAIM = statement("test.unclaim", "delete from claim where node = :node")
AWAIT = statement(
    "test.await",
    """
    update share_grant set consent = 'awaited', delivery = 'held', joined_at = null
    where share in (select share from item where node = :node)
    """,
)


class Desk(Trees):
    """Ann's folder in her drive, shared by whoever wants to."""

    ann: int
    bob: int
    cid: int
    dee: int
    drive_id: int
    root: int
    top: int
    below: int

    async def verb(self, actor, node, verb, *args, **kwargs):
        """One verb of an actor on a node, as a dialect would call it: access first, in the same transaction."""

        async def job(work):
            reached = await access.reach(work, actor, node)
            return await verb(work, reached, *args, **kwargs)

        return await self.house.write(an_actor(actor), job)

    async def share(self, actor, node, principals, permissions=VIEW, message=""):
        """Share a node; what came of each."""
        return await self.verb(actor, node, membering.share_with, principals, permissions, message)

    async def members(self, actor, node, *, current_only=True):
        """Display name and permissions of each member, in order."""

        async def job(work):
            reached = await access.reach(work, actor, node)
            return await membering.list_members(work, reached, current_only=current_only)

        seen = await self.house.read(None, job)
        return [(one.principal.name, one.permissions) for one in seen.members]

    async def counts(self):
        """How many live shares, items and grants there are, and how many claims."""
        return tuple(await self.house.database.read(lambda rows: rows.one(COUNTS)))

    async def outbox(self, person):
        """What a person was told, newest first: kind, folder, role, sender and text."""
        told = await self.house.read(None, lambda work: notifying.page(work, person))
        return [(one.kind.value, one.name, one.role, one.sender, one.text) for one in told]


@pytest.fixture
async def desk(house):
    """Ann's folder `top`, with `below` in it; Bob, Cid and Dee have nothing yet."""
    made = Desk(house)
    made.ann, made.bob, made.cid, made.dee = [
        await made.person(name) for name in ("ann", "bob", "cid", "dee")
    ]
    made.drive_id, made.root = await made.drive(made.ann)
    made.top = await made.node(made.drive_id, made.root, name="top")
    made.below = await made.node(made.drive_id, made.top, name="below")
    yield made
    assert await broken_laws(house.database) == []
    assert await unfinished(house.database) == 0


async def test_a_shared_folder_is_open_with_the_commit_and_nothing_is_left_to_carry_out(desk):
    [outcome] = await desk.share(desk.ann, desk.top, [desk.bob], EDIT)

    assert outcome.refusal is None
    assert (outcome.member.login, outcome.member.permissions) == ("bob", EDIT.closed)
    assert (await desk.reach(desk.bob, desk.below)).permissions == EDIT.closed
    assert await desk.counts() == (1, 1, 1, 1)
    assert await desk.members(desk.bob, desk.top) == [("Bob", EDIT.closed)]
    assert not desk.house.woken.is_set()


async def test_who_is_a_direct_member_is_refused_and_keeps_the_role(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], VIEW)

    [again] = await desk.share(desk.ann, desk.top, [desk.bob], MANAGE)

    assert isinstance(again.refusal, AlreadyMember)
    assert again.member.login == "bob"
    assert await desk.members(desk.ann, desk.top) == [("Bob", VIEW)]
    assert len(await desk.outbox(desk.bob)) == 1


async def test_access_from_above_or_through_a_group_is_not_yet_a_membership(desk):
    group = await desk.group("team", desk.bob)
    await desk.share(desk.ann, desk.top, [group, desk.bob], VIEW)

    [outcome] = await desk.share(desk.ann, desk.below, [desk.bob], EDIT)

    assert outcome.refusal is None
    assert (await desk.reach(desk.bob, desk.below)).permissions == EDIT.closed


async def test_each_of_many_has_an_outcome_of_its_own_in_the_order_given(desk):
    group = await desk.group("team")
    gone = await desk.person("gone", status=Status.DELETED)
    idle = await desk.person("idle", status=Status.INACTIVE)
    await desk.share(desk.ann, desk.top, [desk.cid])

    came = await desk.share(
        desk.ann, desk.top, [desk.bob, 77, None, gone, desk.ann, desk.cid, group, idle, desk.bob]
    )

    kinds = [type(one.refusal) for one in came]
    nothing = type(None)
    assert kinds == [
        nothing, NotFound, NotFound, NotFound, OwnersPlace, AlreadyMember, nothing, nothing, nothing
    ]  # fmt: skip
    assert [name for name, _ in await desk.members(desk.ann, desk.top)] == ["Bob", "Cid", "Idle", "team"]
    assert len(await desk.outbox(desk.bob)) == 1


async def test_only_owner_and_managers_change_members(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], EDIT)
    await desk.share(desk.ann, desk.top, [desk.cid], MANAGE)

    for verb, args in (
        (membering.share_with, ([desk.dee], VIEW)),
        (membering.change, ([desk.cid], VIEW)),
        (membering.revoke, ([desk.cid],)),
        (membering.revoke, ([desk.bob, desk.cid],)),
        (membering.unshare_all, ()),
    ):
        with pytest.raises(Insufficient):
            await desk.verb(desk.bob, desk.top, verb, *args)
    with pytest.raises(Hidden):
        await desk.share(desk.dee, desk.top, [desk.dee])

    [by_manager] = await desk.share(desk.cid, desk.below, [desk.dee], VIEW)
    assert by_manager.refusal is None


async def test_a_manager_may_change_other_managers_and_itself_but_never_the_owner(desk):
    await desk.share(desk.ann, desk.top, [desk.bob, desk.cid], MANAGE)

    came = await desk.verb(desk.bob, desk.top, membering.change, [desk.cid, desk.bob, desk.ann], VIEW)

    assert [type(one.refusal) for one in came] == [type(None), type(None), OwnersPlace]
    assert await desk.members(desk.ann, desk.top) == [("Bob", VIEW), ("Cid", VIEW)]
    with pytest.raises(Insufficient):
        await desk.verb(desk.bob, desk.top, membering.change, [desk.bob], MANAGE)


async def test_the_same_role_again_changes_nothing_and_tells_nobody(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], EDIT)

    [outcome] = await desk.verb(desk.ann, desk.top, membering.change, [desk.bob], EDIT, "again")

    assert (outcome.refusal, outcome.member.permissions) == (None, EDIT.closed)
    assert len(await desk.outbox(desk.bob)) == 1


@pytest.mark.parametrize("through", ["above", "group", "nested group"])
async def test_a_role_for_who_has_access_from_elsewhere_makes_a_direct_share(desk, through):
    holder, node = desk.bob, desk.below
    if through != "above":
        holder, node = await desk.group("team", desk.bob), desk.top
    if through == "nested group":
        holder = await desk.group("outer", holder)
    await desk.share(desk.ann, desk.top, [holder], VIEW)

    [outcome] = await desk.verb(desk.ann, node, membering.change, [desk.bob], EDIT)

    assert outcome.refusal is None
    assert ("Bob", EDIT.closed) in await desk.members(desk.ann, node)
    assert [told[0] for told in await desk.outbox(desk.bob)] == ["role", "share"]


async def test_strangers_are_no_members_to_change_or_revoke(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], EDIT)

    [changed] = await desk.verb(desk.ann, desk.top, membering.change, [desk.cid], EDIT)
    [revoked] = await desk.verb(desk.ann, desk.top, membering.revoke, [desk.cid])
    [from_above] = await desk.verb(desk.ann, desk.below, membering.revoke, [desk.bob])

    for outcome in (changed, revoked, from_above):
        assert isinstance(outcome.refusal, NotMember)
    assert await desk.outbox(desk.cid) == []


async def test_revoking_takes_everything_away_at_once_and_sharing_again_is_new(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], EDIT)

    [outcome] = await desk.verb(desk.ann, desk.top, membering.revoke, [desk.bob], "sorry")

    assert outcome.refusal is None
    assert await desk.counts() == (0, 0, 0, 0)
    with pytest.raises(Hidden):
        await desk.reach(desk.bob, desk.below)
    assert (await desk.outbox(desk.bob))[0] == ("revoke", "top", "", "Ann", "sorry")
    [again] = await desk.share(desk.ann, desk.top, [desk.bob], VIEW)
    assert again.refusal is None


async def test_a_member_leaves_by_itself_and_nobody_is_told(desk):
    await desk.share(desk.ann, desk.top, [desk.bob, desk.cid], VIEW)

    await desk.verb(desk.bob, desk.top, membering.leave)
    [revoked_itself] = await desk.verb(desk.cid, desk.top, membering.revoke, [desk.cid])

    assert revoked_itself.refusal is None
    assert await desk.members(desk.ann, desk.top) == []
    for person in (desk.bob, desk.cid):
        assert [told[0] for told in await desk.outbox(person)] == ["share"]


async def test_owner_and_who_has_access_from_above_only_cannot_leave(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], VIEW)

    with pytest.raises(NotMember):
        await desk.verb(desk.ann, desk.top, membering.leave)
    with pytest.raises(NotMember):
        await desk.verb(desk.bob, desk.below, membering.leave)
    with pytest.raises(Hidden):
        await desk.verb(desk.cid, desk.top, membering.leave)


async def test_unsharing_ends_every_share_of_this_folder_and_no_other(desk):
    group = await desk.group("team", desk.cid)
    await desk.share(desk.ann, desk.root, [desk.dee], VIEW)
    await desk.share(desk.ann, desk.top, [desk.bob, group], VIEW)
    await desk.share(desk.ann, desk.below, [desk.bob], VIEW)

    ended = await desk.verb(desk.ann, desk.top, membering.unshare_all, "over")
    again = await desk.verb(desk.ann, desk.top, membering.unshare_all)

    assert (ended, again) == (2, 0)
    assert await desk.members(desk.ann, desk.top, current_only=False) == [("Dee", VIEW)]
    assert await desk.members(desk.ann, desk.below) == [("Bob", VIEW)]
    assert [told[0] for told in await desk.outbox(desk.cid)] == ["unshare", "share"]


async def test_a_deleted_members_share_stays_listed_until_it_is_revoked(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], VIEW)
    await desk.set_status(desk.bob, Status.DELETED)

    async def statuses():
        async def job(work):
            reached = await access.reach(work, desk.ann, desk.top)
            return await membering.list_members(work, reached, current_only=True)

        return [one.principal.status for one in (await desk.house.read(None, job)).members]

    assert await statuses() == [Status.DELETED]
    [revoked] = await desk.verb(desk.ann, desk.top, membering.revoke, [desk.bob])
    assert revoked.refusal is None
    assert await statuses() == []
    [unknown] = await desk.verb(desk.ann, desk.top, membering.revoke, [desk.bob])
    assert type(unknown.refusal) is NotFound


async def test_members_are_listed_once_with_their_highest_role_by_name_then_id(desk):
    zoe, first, second = [
        await desk.person(login, name=name)
        for login, name in (("zoe", "zoe"), ("same1", "Amy"), ("same2", "Amy"))
    ]
    await desk.share(desk.ann, desk.top, [zoe, second, desk.bob], EDIT)
    await desk.share(desk.ann, desk.below, [first, zoe], VIEW)

    async def job(work):
        reached = await access.reach(work, zoe, desk.below)
        return await membering.list_members(work, reached, current_only=False)

    seen = await desk.house.read(None, job)
    assert [(one.login, one.permissions) for one in seen.members] == [
        ("same1", VIEW), ("same2", EDIT.closed), ("bob", EDIT.closed), ("zoe", EDIT.closed)
    ]  # fmt: skip
    assert (seen.owner.login, seen.owner.principal.id) == ("ann", desk.ann)
    assert await desk.members(desk.ann, desk.below) == [("Amy", VIEW), ("zoe", VIEW)]


async def test_what_another_share_of_the_node_gives_counts_as_a_membership_and_is_changed_and_revoked(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], EDIT)
    await desk.share(desk.ann, desk.below, [desk.bob])
    await desk.write(UNCLAIM, node=desk.top)

    [refused] = await desk.share(desk.ann, desk.top, [desk.bob], VIEW)
    await desk.verb(desk.ann, desk.top, membering.change, [desk.bob], VIEW)
    lowered = await desk.members(desk.ann, desk.top)
    await desk.verb(desk.ann, desk.top, membering.revoke, [desk.bob])

    assert isinstance(refused.refusal, AlreadyMember)
    assert lowered == [("Bob", VIEW)]
    assert await desk.members(desk.ann, desk.top) == []
    assert await desk.counts() == (1, 1, 1, 1)


async def test_a_share_that_was_not_taken_up_yet_is_replaced(desk):
    await desk.share(desk.ann, desk.top, [desk.bob], VIEW)
    await desk.write(AWAIT, node=desk.top)
    with pytest.raises(Hidden):
        await desk.reach(desk.bob, desk.top)

    [outcome] = await desk.share(desk.ann, desk.top, [desk.bob], EDIT)

    assert outcome.refusal is None
    assert (await desk.reach(desk.bob, desk.top)).permissions == EDIT.closed
    assert await desk.counts() == (1, 1, 1, 1)


async def test_a_message_that_is_too_long_changes_nothing(desk):
    with pytest.raises(Invalid):
        await desk.share(desk.ann, desk.top, [desk.bob], VIEW, "x" * 4001)

    assert await desk.counts() == (0, 0, 0, 0)


async def test_a_group_of_many_is_one_row_and_one_member(desk):
    people = [await desk.person(f"person{number}") for number in range(30)]
    group = await desk.group("team", *people)

    await desk.share(desk.ann, desk.top, [group], DOWNLOAD)

    assert await desk.counts() == (1, 1, 1, 1)
    assert await desk.members(desk.ann, desk.top) == [("team", DOWNLOAD.closed)]
    assert (await desk.reach(people[-1], desk.below)).permissions == DOWNLOAD.closed


async def test_statements_do_not_grow_with_members_depth_or_groups(desk):
    async def cost(verb, *args, node=desk.top):
        before = desk.house.database.statements
        await desk.verb(desk.ann, node, verb, *args)
        return desk.house.database.statements - before

    async def members(work, reached):
        return await membering.list_members(work, reached, current_only=False)

    async def round_of(people, node, group):
        return [
            await cost(membering.share_with, [*people, group], VIEW, node=node),
            await cost(membering.change, [*people, group], EDIT, node=node),
            await cost(members, node=node),
            await cost(membering.revoke, people, node=node),
            await cost(membering.unshare_all, node=node),
        ]

    few = await round_of([desk.bob], desk.top, await desk.group("small", desk.cid))
    many = [await desk.person(f"person{number}") for number in range(40)]
    inner = await desk.group("inner", *many)
    deep = desk.below
    for _ in range(10):
        deep = await desk.node(desk.drive_id, deep)
    assert await round_of(many, deep, await desk.group("large", inner)) == few


# Many hands at once.


@pytest.fixture
async def two_desks(database_url, clock):
    """Two processes' desks on one database, the folder in both."""
    async with contextlib.AsyncExitStack() as opened:
        one, other = [Desk(await opened.enter_async_context(a_house(database_url, clock))) for _ in range(2)]
        one.ann = other.ann = await one.person("ann")
        drive, root = await one.drive(one.ann)
        one.drive_id, one.root = drive, root
        one.top = other.top = await one.node(drive, root, name="top")
        yield one, other
        assert await broken_laws(one.house.database) == []
        assert await unfinished(one.house.database) == 0


async def test_twenty_shares_for_twenty_users_at_once_all_survive(two_desks):
    one, other = two_desks
    people = [await one.person(f"person{number:02}") for number in range(20)]

    came = await asyncio.gather(
        *(two_desks[n % 2].share(one.ann, one.top, [person], VIEW, "hi") for n, person in enumerate(people))
    )

    assert all(outcome.refusal is None for [outcome] in came)
    assert len(await other.members(one.ann, one.top)) == 20
    assert await one.counts() == (20, 20, 20, 20)


async def test_twenty_shares_for_one_user_at_once_give_exactly_one_success(two_desks):
    one, _ = two_desks
    bob = await one.person("bob")

    came = await asyncio.gather(*(two_desks[n % 2].share(one.ann, one.top, [bob]) for n in range(20)))

    assert sorted(type(outcome.refusal).__name__ for [outcome] in came) == ["AlreadyMember"] * 19 + [
        "NoneType"
    ]
    assert await one.counts() == (1, 1, 1, 1)
    assert len(await one.outbox(bob)) == 1


async def test_shares_by_several_folders_at_once_number_ones_notifications_without_gaps(two_desks):
    one, _ = two_desks
    bob = await one.person("bob")
    folders = [await one.node(one.drive_id, one.root) for _ in range(20)]

    await asyncio.gather(*(two_desks[n % 2].share(one.ann, node, [bob]) for n, node in enumerate(folders)))

    told = await one.house.read(None, lambda work: notifying.page(work, bob))
    assert [each.number for each in told] == list(range(20, 0, -1))


async def test_sharing_revoking_changing_and_moving_at_once_ends_as_some_order_explains(two_desks):
    one, other = two_desks
    bob = await one.person("bob")
    elsewhere = await one.node(one.drive_id, one.root, name="elsewhere")
    await one.share(one.ann, elsewhere, [bob], VIEW)

    def sharing(desk):
        return desk.share(one.ann, one.top, [bob], EDIT)

    def changing(desk):
        return desk.verb(one.ann, one.top, membering.change, [bob], MANAGE)

    def revoking(desk):
        return desk.verb(one.ann, one.top, membering.revoke, [bob])

    def moving(desk):
        return desk.move(one.top, elsewhere)

    for number, order in enumerate(list(permutations([sharing, changing, revoking, moving]))[::3]):
        came = await asyncio.gather(*(step(two_desks[n % 2]) for n, step in enumerate(order)))
        said = dict(zip(order, came, strict=True))
        [shared], [changed], [revoked] = said[sharing], said[changing], said[revoking]
        direct = dict(await other.members(one.ann, one.top)).get("Bob")

        assert (direct, *(type(each.refusal) for each in (shared, changed, revoked))) in explained(), number
        assert (await one.reach(bob, one.top)).permissions == max(direct or VIEW, VIEW)
        await one.verb(one.ann, one.top, membering.unshare_all)
        await one.move(one.top, one.root)


def explained():
    """What three changes come to in every order, the move at any place among them: Bob's role and each refusal."""
    ends = set()
    for order in permutations(["share", "change", "revoke", "move"]):
        role, above, refused = None, False, dict[str, type]()
        for step in order:
            refusal: type = type(None)
            match step:
                case "share" if role is None:
                    role = EDIT.closed
                case "share":
                    refusal = AlreadyMember
                case "change" if role is not None or above:
                    role = MANAGE.closed
                case "change":
                    refusal = NotMember
                case "revoke" if role is not None:
                    role = None
                case "revoke":
                    refusal = NotMember
                case "move":
                    above = True
            refused[step] = refusal
        ends.add((role, refused["share"], refused["change"], refused["revoke"]))
    return ends
