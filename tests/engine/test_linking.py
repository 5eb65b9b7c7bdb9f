"""Shares by link: what they are, whom they let in, and that nothing opens without a permission as well."""

import asyncio

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import (
    AlreadyThere,
    Hidden,
    Insufficient,
    Invalid,
    NotFound,
    NotYours,
    PolyshareError,
    Taken,
)
from polyshare.domain.link_shares import Bearer, Entity, NewLinkShare, ShareChanges, Thing, Wanted
from polyshare.domain.links import Audience, Reader
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.engine.directory import enrolling
from polyshare.engine.links import linking, permitting
from polyshare.engine.sharing import aligning
from polyshare.engine.tree import access, sweeping
from polyshare.store.content import sweeps
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.trees import Trees, an_actor

DOWNLOAD, EDIT, MANAGE = Permission.DOWNLOAD, Permission.EDIT, Permission.MANAGE
DEVICE = statement("test.device", "select device from drive where id = :drive")
MADE = Wanted()
LEFT = statement("test.left", "select count(*) from principal where kind = 'link'")


class Desk(Trees):
    """Ann's folder, and who shares it."""

    ann: int
    bob: int
    cid: int
    drive_id: int
    top: int
    below: int
    beside: int

    async def do(self, actor, verb, *args, **kwargs):
        """One verb in a transaction of its own."""
        return await self.house.write(an_actor(actor), lambda work: verb(work, *args, **kwargs))

    async def offer(self, *nodes, audience=Audience.ANYONE, readers=(), **more):
        """A share of Ann's with these nodes in it."""
        things = tuple(Thing(f"key {number}", node) for number, node in enumerate(nodes or (self.top,)))
        new = NewLinkShare("device", things, audience, readers, "{}", **more)
        return await self.do(self.ann, linking.offer, new)

    async def permit(self, node, entity=Entity.EVERYONE, named="", actor=None):
        """A permission on a node."""
        actor = actor or self.ann

        async def job(work):
            return await permitting.permit(work, await access.reach(work, actor, node), entity, named)

        return await self.house.write(an_actor(actor), job)

    async def opens(self, share, node, reader=None):
        """What the token of a share's link opens of a node: its permissions, or None."""

        async def job(work):
            link = await access.link_of(work, Bearer(share.entity, share.public_id, reader))
            return await access.reach(work, reader, node, link=link)

        try:
            return (await self.house.read(None, job)).permissions
        except NotFound:
            return None

    async def found(self, share):
        """The share as it is now."""
        return await self.house.read(None, lambda work: linking.find(work, share.public_id))

    async def listed(self, person, wanted=MADE, limit=100, before=None):
        """A stretch of somebody's list."""
        return await self.house.read(None, lambda work: linking.page(work, person, wanted, limit, before))


@pytest.fixture
async def desk(house):
    """Ann's drive with `top`, `below` in it, and `beside`; Bob and Cid are there, too."""
    made = Desk(house)
    made.ann, made.bob, made.cid = [await made.person(name) for name in ("ann", "bob", "cid")]
    made.drive_id, root = await made.drive(made.ann)
    made.top = await made.node(made.drive_id, root, name="top")
    made.below = await made.node(made.drive_id, made.top, name="below")
    made.beside = await made.node(made.drive_id, root, name="beside")
    return made


async def test_a_share_is_found_as_it_was_made(desk):
    made = await desk.offer(desk.top, desk.beside, audience=Audience.LISTED, readers=(Reader(desk.bob, "b"),))

    found = await desk.found(made)

    assert found.things == [Thing("key 0", desk.top), Thing("key 1", desk.beside)]
    assert found.readers == [Reader(desk.bob, "b")]
    assert (found.public_id, found.entity, found.link) == (made.public_id, made.entity, made.link)
    assert (found.place, found.meta, found.created_at) == ("device", "{}", found.modified_at)
    assert not await broken_laws(desk.house.database)


async def test_a_share_opens_nothing_without_a_permission_and_a_permission_nothing_without_a_share(desk):
    share, other = await desk.offer(), await desk.offer(desk.beside)

    assert await desk.opens(share, desk.below) is None

    permission = await desk.permit(desk.top, Entity.LINK, share.entity)

    assert await desk.opens(share, desk.below) == DOWNLOAD.closed
    assert await desk.opens(share, desk.top) == DOWNLOAD.closed
    assert await desk.opens(share, desk.beside) is None
    assert await desk.opens(other, desk.top) is None
    with pytest.raises(Hidden):
        await desk.reach(desk.bob, desk.top)

    await desk.do(desk.ann, permitting.forbid, desk.ann, permission.public_id, await device_of(desk))

    assert await desk.opens(share, desk.below) is None


async def device_of(desk):
    """The device of Ann's drive."""
    row = await desk.house.database.read(lambda rows: rows.one(DEVICE, drive=desk.drive_id))
    return row[0]


async def test_a_permission_may_stand_above_or_below_what_is_shared(desk):
    share = await desk.offer()
    await desk.permit(desk.below, Entity.LINK, share.entity)

    assert await desk.opens(share, desk.below) == DOWNLOAD.closed
    assert await desk.opens(share, desk.top) is None

    inner = await desk.offer(desk.below)
    await desk.permit(desk.top, Entity.LINK, inner.entity)

    assert await desk.opens(inner, desk.below) == DOWNLOAD.closed
    assert await desk.opens(inner, desk.top) is None


async def test_everyone_and_whoever_is_signed_in_may_what_a_permission_says(desk):
    share = await desk.offer()

    await desk.permit(desk.top, Entity.SIGNED_IN)

    assert (await desk.reach(desk.bob, desk.below)).permissions == DOWNLOAD.closed
    assert await desk.opens(share, desk.top) is None

    await desk.permit(desk.top, Entity.EVERYONE)

    assert await desk.opens(share, desk.top) == DOWNLOAD.closed
    assert await desk.opens(share, desk.beside) is None
    await desk.set_status(desk.bob, Status.INACTIVE)
    with pytest.raises(Hidden):
        await desk.reach(desk.bob, desk.below)


@pytest.mark.parametrize(
    ("audience", "nobody", "bob", "cid"),
    [
        (Audience.ANYONE, True, True, True),
        (Audience.SIGNED_IN, False, True, True),
        (Audience.LISTED, False, True, False),
    ],
)
async def test_a_share_admits_and_opens_for_its_readers_and_its_owner(desk, audience, nobody, bob, cid):
    readers = (Reader(desk.bob, "bob"),) if audience is Audience.LISTED else ()
    share = await desk.offer(audience=audience, readers=readers)
    await desk.permit(desk.top, Entity.LINK, share.entity)

    for person, expected in ((None, nobody), (desk.bob, bob), (desk.cid, cid), (desk.ann, True)):
        admitted = await desk.house.read(None, lambda work, one=person: linking.admits(work, share, one))
        assert admitted == expected
        assert (await desk.opens(share, desk.top, person) is not None) == expected


async def test_a_reader_whom_nobody_knew_is_let_in_under_that_name_later(desk):
    share = await desk.offer(audience=Audience.LISTED, readers=(Reader(None, "auth0|later"),))
    await desk.permit(desk.top, Entity.LINK, share.entity)
    before = await desk.opens(share, desk.top, desk.cid)

    await desk.do(None, enrolling.change, "cid", PersonChange(aliases={"mycloud": "auth0|later"}))

    assert (before, await desk.opens(share, desk.top, desk.cid)) == (None, DOWNLOAD.closed)
    assert [one.id for one in (await desk.listed(desk.cid, Wanted(received=True))).rows] == [share.id]
    assert await desk.opens(share, desk.top, desk.bob) is None


async def test_what_is_withdrawn_expired_or_an_inactive_owners_is_not_there(desk, clock):
    gone, ending, idle = (
        await desk.offer(),
        await desk.offer(expires_at=clock.now + 5_000_000),
        await desk.offer(),
    )
    for share in (gone, ending, idle):
        await desk.permit(desk.top, Entity.LINK, share.entity)
        assert await desk.opens(share, desk.top) is not None

    await desk.do(desk.ann, linking.withdraw, await desk.do(desk.ann, linking.own, gone.public_id))
    clock.pass_s(5)

    for share in (gone, ending):
        assert await desk.opens(share, desk.top) is None
        with pytest.raises(NotFound):
            await desk.found(share)
    assert await desk.opens(idle, desk.top) is not None
    await desk.set_status(desk.ann, Status.INACTIVE)
    assert await desk.opens(idle, desk.top) is None
    with pytest.raises(NotFound):
        await desk.found(idle)


async def test_withdrawing_takes_the_permissions_along_and_leaves_no_law_broken(desk):
    share = await desk.offer()
    await desk.permit(desk.top, Entity.LINK, share.entity)
    await desk.permit(desk.top, Entity.LINK, "another")

    await desk.do(desk.ann, linking.withdraw, await desk.do(desk.ann, linking.own, share.public_id))

    left = await desk.do(desk.ann, granting, desk.top)
    assert [one.named for one in left] == ["another"]
    assert not await broken_laws(desk.house.database)


async def granting(work, node):
    """The permissions on a node, for whoever calls."""
    return await permitting.granting(work, await access.reach(work, work.actor.id, node))


async def test_a_share_that_is_gone_long_enough_leaves_nothing_behind(desk, clock):
    share = await desk.offer()
    await desk.do(desk.ann, linking.withdraw, await desk.do(desk.ann, linking.own, share.public_id))
    clock.pass_s(desk.house.settings.retention_days * 86_400 + 1)

    purged = await aligning.purge(desk.house)

    left = await desk.house.database.read(lambda rows: rows.one(LEFT))
    assert (purged, left[0]) == (1, 0)


async def test_only_the_owner_changes_a_share(desk):
    share = await desk.offer()
    private = await desk.offer(audience=Audience.LISTED, readers=(Reader(desk.cid, "cid"),))

    with pytest.raises(NotYours):
        await desk.do(desk.bob, linking.own, share.public_id)
    with pytest.raises(NotYours):
        await desk.do(desk.cid, linking.own, private.public_id)
    with pytest.raises(NotFound):
        await desk.do(desk.bob, linking.own, private.public_id)


async def test_a_revision_holds_at_once_and_keeps_the_ids(desk):
    share = await desk.offer()
    await desk.permit(desk.top, Entity.LINK, share.entity)
    await desk.permit(desk.beside, Entity.LINK, share.entity)
    changes = ShareChanges(
        (Thing("other", desk.beside),), Audience.LISTED, (Reader(desk.bob, "bob"),), '{"useCache":true}'
    )

    async def job(work):
        return await linking.revise(work, await linking.own(work, share.public_id), changes)

    after = await desk.house.write(an_actor(desk.ann), job)

    assert await desk.opens(share, desk.top, desk.bob) is None
    assert await desk.opens(share, desk.beside) is None
    assert await desk.opens(share, desk.beside, desk.bob) == DOWNLOAD.closed
    found = await desk.found(share)
    assert (found.modified_at, found.created_at) == (after.modified_at, share.created_at)
    assert found.modified_at > share.modified_at
    assert (found.entity, found.meta, [one.key for one in found.things]) == (
        share.entity, '{"useCache":true}', ["other"]
    )  # fmt: skip
    assert not await broken_laws(desk.house.database)


async def test_a_list_is_newest_first_complete_and_stable_while_shares_are_added(desk):
    made = [await desk.offer(desk.top) for _ in range(5)]
    other = await desk.offer(desk.beside)

    first = await desk.listed(desk.ann, limit=4)
    await desk.offer()
    rest = await desk.listed(desk.ann, limit=4, before=first.before)

    assert [one.id for one in (*first.rows, *rest.rows)] == [one.id for one in reversed((*made, other))]
    assert rest.before is None
    assert (await desk.listed(desk.bob)).rows == []
    assert (await desk.listed(desk.ann, Wanted(key="key 1"))).rows == []
    assert len((await desk.listed(desk.ann, Wanted(place="device", key="key 0"))).rows) == 7
    assert (await desk.listed(desk.ann, Wanted(place="elsewhere"))).rows == []


async def test_who_is_named_finds_what_was_given_to_it(desk):
    listed = await desk.offer(audience=Audience.LISTED, readers=(Reader(desk.bob, "bob"),))
    await desk.offer()

    given = await desk.listed(desk.bob, Wanted(received=True))

    assert [one.id for one in given.rows] == [listed.id]
    assert (await desk.listed(desk.cid, Wanted(received=True))).rows == []


async def test_a_fixed_id_is_kept_and_taken_once(desk):
    kept = "3fd85f74-b327-42f1-bff6-4a85009dda07"
    made = await desk.offer(public_id=kept)

    with pytest.raises(Taken):
        await desk.offer(public_id=kept)
    assert (await desk.found(made)).public_id == kept


async def test_a_permission_needs_a_manager_and_stands_once(desk):
    await desk.grant(desk.top, desk.ann, desk.bob, EDIT)
    await desk.grant(desk.top, desk.ann, desk.cid, MANAGE)
    await desk.permit(desk.top, Entity.LINK, "some link", actor=desk.cid)

    with pytest.raises(Insufficient):
        await desk.permit(desk.top, actor=desk.bob)
    with pytest.raises(AlreadyThere):
        await desk.permit(desk.top, Entity.LINK, "some link")
    for entity, named in (
        (Entity.LINK, ""),
        (Entity.EVERYONE, "x"),
        (Entity.LINK, "a\0"),
        (Entity.LINK, "a" * 256),
    ):
        with pytest.raises(Invalid):
            await desk.permit(desk.top, entity, named)


async def test_of_many_who_give_one_permission_at_a_time_one_does(desk):
    answers = await asyncio.gather(
        *(desk.permit(desk.top, Entity.LINK, "some link") for _ in range(8)), return_exceptions=True
    )

    assert sum(not isinstance(one, PolyshareError) for one in answers) == 1
    assert len(await desk.do(desk.ann, granting, desk.top)) == 1


async def test_a_users_permission_is_a_grant_and_goes_as_one(desk):
    device = await device_of(desk)

    async def permit(work, permissions):
        reached = await access.reach(work, desk.ann, desk.top)
        return await permitting.permit_person(work, reached, desk.bob, permissions)

    await desk.do(desk.ann, permit, DOWNLOAD)
    with pytest.raises(AlreadyThere):
        await desk.do(desk.ann, permit, DOWNLOAD)
    made = await desk.do(desk.ann, permit, EDIT)
    assert (await desk.reach(desk.bob, desk.below)).permissions == EDIT.closed

    [shown] = await desk.do(desk.ann, permitting.shown, [made])
    with pytest.raises(NotFound):
        await desk.do(desk.cid, permitting.forbid, desk.cid, shown, device)
    with pytest.raises(NotFound):
        await desk.do(desk.ann, permitting.forbid, desk.ann, shown, "another device")
    await desk.do(desk.ann, permitting.forbid, desk.ann, shown, device)

    with pytest.raises(Hidden):
        await desk.reach(desk.bob, desk.below)


async def test_what_is_in_the_trash_opens_nothing_and_what_is_removed_for_good_leaves_the_record(desk):
    share = await desk.offer(desk.top, desk.beside)
    await desk.permit(desk.top, Entity.LINK, share.entity)

    await desk.trash(desk.top)
    assert await desk.opens(share, desk.below) is None
    await desk.trash(desk.top, None)
    assert await desk.opens(share, desk.below) is not None
    await desk.house.write(None, lambda work: sweeps.add(work.rows, [desk.top], 0, work.now))
    await sweeping.sweep(desk.house)

    assert [one.node for one in (await desk.found(share)).things] == [None, desk.beside]
    assert not await broken_laws(desk.house.database)
