"""Looking at the file tree, on both engines."""

import pytest

from polyshare.domain.nodes import NodeOrder
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Window
from polyshare.engine.tree import access, browsing, filing, gathering
from tests.engine.tree import Tree, a_group, a_person, acting, owned, share


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


@pytest.fixture
async def bob(house):
    return Tree(house, await a_person(house, "bob", "Bob Stone"))


def names(page):
    return [seen.name for seen in page.rows]


async def test_children_come_in_the_order_asked_for_from_either_end(alice, clock):
    root = await alice.root()
    for name in ("b", "A", "d", "C", "e"):
        await alice.folder(root, name)
        clock.pass_s(1)
    await alice.rename((await alice.children(root, name="b")).rows[0].node.id, None, "changed")

    assert names(await alice.children(root)) == ["A", "b", "C", "d", "e"]
    assert names(await alice.children(root, descending=True, limit=2)) == ["e", "d"]
    assert names(await alice.children(root, order=NodeOrder.CREATED, skip=3)) == ["C", "e"]
    assert names(await alice.children(root, order=NodeOrder.MODIFIED, skip=4, limit=9)) == ["b"]
    assert names(await alice.children(root, skip=5)) == []
    assert (await alice.children(root, skip=99, limit=1)).total == 5


async def test_a_list_of_children_goes_on_after_a_row(alice):
    root = await alice.root()
    for number in range(7):
        await alice.folder(root, f"f{number}")

    for descending in (False, True):
        read, after = [], None
        while (page := await alice.children(root, limit=3, after=after, descending=descending)).rows:
            read += names(page)
            after = page.last
        assert read == sorted((f"f{number}" for number in range(7)), reverse=descending)


async def test_a_name_is_found_whatever_its_case_and_counted_alone(alice):
    root = await alice.root()
    await alice.folder(root, "Straße")
    await alice.folder(root, "other")

    page = await alice.children(root, name="STRASSE")

    assert (names(page), page.total) == (["Straße"], 1)


async def test_who_made_and_owns_a_child_is_seen_with_it(alice):
    root = await alice.root()
    await alice.folder(root, "docs")

    [seen] = (await alice.children(root)).rows

    assert (seen.created_by.login, seen.owned_by.name, seen.at_top) == ("alice", "Alice", True)


async def test_what_others_share_stands_in_the_home_beside_what_is_ones_own(house, alice, bob):
    mine = await bob.folder(await bob.root(), "m")
    for name in ("a", "M", "z"):
        await share(house, (await alice.folder(await alice.root(), name)).id, bob.person)

    page = await bob.at_top()

    assert (names(page), page.total) == (["a", "m", "M", "z"], 4)
    assert [seen.owner for seen in page.rows] == [False, True, False, False]
    assert page.rows[1].node.id == mine.id
    assert names(await bob.at_top(descending=True)) == ["z", "m", "M", "a"]
    assert names(await bob.at_top(skip=3)) == ["z"]
    assert names(await bob.at_top(skip=2, descending=True)) == ["M", "a"]
    assert names(await bob.at_top(name="M")) == ["m", "M"]


async def test_every_stretch_of_a_home_is_a_stretch_of_the_whole(house, alice, bob):
    for name in ("c", "a", "b", "d"):
        await bob.folder(await bob.root(), name)
        await share(house, (await alice.folder(await alice.root(), name)).id, bob.person)

    for order in (NodeOrder.NAME, NodeOrder.CREATED, NodeOrder.MODIFIED):
        for descending in (False, True):
            whole = (await bob.at_top(order=order, descending=descending)).rows
            for skip in range(9):
                for limit in (1, 3):
                    part = await bob.at_top(order=order, descending=descending, skip=skip, limit=limit)
                    assert list(part.rows) == list(whole[skip : skip + limit])


async def test_only_the_highest_of_what_is_shared_above_one_another_shows(house, alice, bob):
    outer = await alice.folder(await alice.root(), "outer")
    inner = await alice.folder((await alice.folder(outer.id, "middle")).id, "inner")
    await share(house, inner.id, bob.person, Permission.EDIT)

    assert names(await bob.at_top()) == ["inner"]

    await share(house, outer.id, await a_group(house, "team", bob.person))
    assert names(await bob.at_top()) == ["outer"]


async def test_what_is_in_the_trash_or_below_it_shows_to_nobody(house, alice, bob):
    outer = await alice.folder(await alice.root(), "outer")
    inner = await alice.folder(outer.id, "inner")
    await share(house, inner.id, bob.person)
    await alice.trash(outer.id)

    assert names(await bob.at_top()) == []

    await alice.restore(outer.id)
    assert names(await bob.at_top()) == ["inner"]


async def test_groups_within_groups_share_and_a_ring_of_groups_ends(house, alice, bob):
    first = await a_group(house, "first", bob.person)
    second = await a_group(house, "second", first)
    await a_group(house, "third", second)

    async def ring(work):
        from polyshare.store.directory import groups

        await work.rows.run(groups.ADD, group=first, member=second)

    await house.write(None, ring)
    await share(house, (await alice.folder(await alice.root(), "docs")).id, second, Permission.DOWNLOAD)

    [seen] = (await bob.at_top()).rows

    assert seen.permissions == Permission.DOWNLOAD.closed


async def test_what_is_shared_with_a_group_that_its_owner_is_in_shows_once(house, alice):
    docs = await alice.folder(await alice.root(), "docs")
    await share(house, docs.id, await a_group(house, "team", alice.person))

    assert names(await alice.at_top()) == ["docs"]


async def test_the_home_of_somebody_else_bears_its_owners_name(house, alice, bob):
    await share(house, await bob.root(), alice.person)
    await alice.folder(await alice.root(), "Alpha")
    await alice.folder(await alice.root(), "Zeta")

    page = await alice.at_top()

    assert names(page) == ["Alpha", "Bob Stone", "Zeta"]
    assert names(await alice.at_top(name="bob stone")) == ["Bob Stone"]


async def test_the_files_of_a_collection_are_listed_in_a_fixed_number_of_statements(alice, bob):
    root = await alice.root()

    async def gathered(number):
        files = [(await alice.file(root, f"{number} {at:02}")).id for at in range(number)]

        async def gather(work):
            made = await gathering.create(work, await filing.home(work, alice.person), f"of {number}")
            await gathering.add(work, await owned(work, made.id), [await owned(work, file) for file in files])
            return made.id

        made = await alice.write(gather)
        await share(alice.house, made, bob.person, Permission.DOWNLOAD)
        before = bob.house.database.statements

        async def job(work):
            reached = await access.reach(work, bob.person, made)
            return await browsing.children(work, reached, window=Window(0, None))

        listed = await bob.house.read(acting(bob.person), job)
        return listed, bob.house.database.statements - before

    (few, cost), (many, cost_of_many) = await gathered(2), await gathered(40)

    assert (few.total, many.total, names(many)) == (2, 40, [f"40 {at:02}" for at in range(40)])
    assert {seen.permissions for seen in many.rows} == {Permission.DOWNLOAD.closed}
    assert cost == cost_of_many
