"""The trash: what an owner finds there, what comes back with a thing, and what ends when it goes there."""

import pytest

from polyshare.domain.errors import Hidden, NotFound
from polyshare.domain.nodes import Trashed
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Window
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access, browsing, filing, sweeping
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.engine.tree import Tree, a_person, acting, owned
from tests.trees import ADD_ITEM, Trees

VIEW, EDIT = Permission.VIEW, Permission.EDIT


ENDED = statement(
    "test.ended",
    "select count(*) from event e join share s on s.id = e.share where e.what = 'share.withdrawn'",
)


async def add_item(work, share, owner, node):
    """Let a share offer one more node."""
    await work.rows.run(
        ADD_ITEM,
        id=work.new_id(),
        public_id=work.new_public_id(),
        share=share,
        key=str(node),
        owner=owner,
        node=node,
        leaving_at=None,
        now=work.now,
    )


class Bin(Tree):
    """Ann's tree, and Bob."""

    async def begin(self):
        self.bob = await a_person(self.house, "bob")
        self.docs = (await self.folder(await self.root(), "docs")).id
        self.inner = (await self.folder(self.docs, "inner")).id
        return self

    async def in_trash(self, person=None, skip=0, limit=None):
        """Names in the trash in order, and how many there are."""

        async def job(work):
            return await browsing.in_trash(work, person or self.person, window=Window(skip, limit))

        seen = await self.house.read(None, job)
        return [one.name for one in seen.rows], seen.total

    async def share(self, node):
        """Let Bob change a folder."""

        async def job(work):
            reached = await access.reach(work, self.person, node)
            return await membering.share_with(work, reached, [self.bob], EDIT)

        await self.write(job)

    async def trash(self, node, shares=Trashed.KEEP):
        async def job(work):
            return await filing.trash(work, await owned(work, node), shares)

        return await self.write(job)

    async def reach(self, node):
        """What Bob may do; None: nothing, and he does not see why."""
        try:
            return (await self.house.read(None, lambda work: access.reach(work, self.bob, node))).permissions
        except Hidden:
            return None

    async def members(self, node):
        async def job(work):
            reached = await access.reach(work, self.person, node)
            return (await membering.list_members(work, reached, current_only=True)).members

        return [one.principal.name for one in await self.house.read(None, job)]


@pytest.fixture
async def ann(house):
    return await Bin(house, await a_person(house, "ann")).begin()


async def test_an_owner_finds_in_the_trash_what_was_put_there_the_latest_first(ann, clock):
    other = (await ann.folder(await ann.root(), "other")).id
    for node in (ann.inner, ann.docs, other):
        clock.pass_s(1)
        await ann.trash(node)

    assert await ann.in_trash() == (["other", "docs", "inner"], 3)
    assert await ann.in_trash(skip=1, limit=1) == (["docs"], 3)
    assert await ann.in_trash(ann.bob) == ([], 0)


async def test_what_a_member_deletes_lies_in_the_owners_trash(ann):
    await ann.share(ann.docs)

    async def delete(work):
        return await filing.trash(work, await access.need(work, ann.bob, ann.inner, EDIT))

    await ann.house.write(acting(ann.bob), delete)

    assert await ann.in_trash() == (["inner"], 1)
    assert await ann.in_trash(ann.bob) == ([], 0)


async def test_what_is_restored_or_removed_for_good_is_not_in_the_trash_any_more(ann):
    other = (await ann.folder(await ann.root(), "other")).id
    await ann.trash(ann.docs)
    await ann.trash(other)

    await ann.restore(ann.docs)
    await ann.remove(other)

    assert await ann.in_trash() == ([], 0)
    with pytest.raises(NotFound):
        await ann.restore(other)
    assert (await ann.node(ann.docs)).trashed_at is None
    await sweeping.sweep(ann.house)
    assert await ann.node(other) is None


async def test_shares_that_are_kept_open_again_with_what_comes_back(ann):
    await ann.share(ann.docs)
    await ann.share(ann.inner)

    await ann.trash(ann.docs, Trashed.KEEP)
    with pytest.raises(NotFound):
        await ann.reach(ann.inner)
    await ann.restore(ann.docs)

    assert await ann.reach(ann.inner) == EDIT.closed
    assert (await ann.members(ann.docs), await ann.members(ann.inner)) == (["Bob"], ["Bob"])


async def test_shares_that_are_withdrawn_do_not_come_back_from_a_folder_or_below_it(ann):
    beside = (await ann.folder(await ann.root(), "beside")).id
    for node in (ann.docs, ann.inner, beside):
        await ann.share(node)

    await ann.trash(ann.docs, Trashed.WITHDRAW)
    await ann.restore(ann.docs)

    assert (await ann.reach(ann.docs), await ann.reach(ann.inner)) == (None, None)
    assert (await ann.members(ann.docs), await ann.members(ann.inner)) == ([], [])
    assert await ann.reach(beside) == EDIT.closed
    await ann.share(ann.docs)
    assert await ann.reach(ann.inner) == EDIT.closed
    assert await broken_laws(ann.house.database) == []


async def test_a_share_that_offers_something_else_too_goes_on_without_what_was_deleted(ann):
    trees = Trees(ann.house)
    beside = (await ann.folder(await ann.root(), "beside")).id
    share = await trees.grant(ann.docs, ann.person, ann.bob, VIEW)
    await ann.house.write(None, lambda work: add_item(work, share, ann.person, beside))

    await ann.trash(ann.docs, Trashed.WITHDRAW)

    assert await ann.reach(beside) == VIEW
    with pytest.raises(NotFound):
        await ann.reach(ann.docs)


async def test_each_share_that_ends_has_its_event(ann):
    for node in (ann.docs, ann.inner):
        await ann.share(node)

    await ann.trash(ann.docs, Trashed.WITHDRAW)

    assert (await ann.house.database.read(lambda rows: rows.one(ENDED)))[0] == 2


async def test_what_the_trash_costs_to_list_does_not_grow(ann):
    async def cost():
        before = ann.house.database.statements
        await ann.in_trash()
        return ann.house.database.statements - before

    await ann.trash(ann.inner)
    few = await cost()
    for number in range(30):
        await ann.trash((await ann.folder(ann.docs, f"folder {number}")).id)

    assert await cost() == few
    assert (await ann.in_trash())[1] == 31
