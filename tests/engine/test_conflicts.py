"""What happens when a name is in use where something goes: it is replaced, merged with, numbered, or stays."""

import pytest

from polyshare.domain.errors import AlreadyThere, Invalid, LimitReached
from polyshare.domain.nodes import Taken
from polyshare.domain.views import Window
from polyshare.engine.tree import filing, merging
from polyshare.store.statements import statement
from polyshare.store.tree import node_pages, nodes
from tests.engine.tree import Tree, a_person, owned, share

EXACT = {"folded": False}
LEAVING = statement("test.leaving", "select leaving_at from share where id = :id")


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


async def names(tree, folder):
    """What lies in a folder, by name, with what a reader sees of it."""
    return {one.node.name: one.node for one in (await tree.children(folder)).rows}


async def in_trash(tree):
    """Names in the trash, the latest first."""
    found, _ = await tree.house.read(None, lambda work: node_pages.in_trash(work.rows, tree.person, Window()))
    return [node.name for node in found]


async def sizes_hold(tree, root):
    """Whether each folder is as large as what lies in it, and counts it."""

    async def size_of(folder):
        inside = list((await names(tree, folder)).values())
        node = await tree.node(folder)
        total = 0
        for one in inside:
            total += await size_of(one.id) if one.kind.value == "folder" else one.size
        assert (node.size, node.children) == (total, len(inside)), node.name
        return total

    await size_of(root)


async def test_what_is_replaced_goes_into_the_trash_with_its_shares_ended(house, alice):
    root = await alice.root()
    old = await alice.folder(root, "docs")
    await alice.file(old.id, "old.txt", 3)
    bob = await a_person(house, "bob")
    ended = await share(house, old.id, bob)
    aside = await alice.folder(root, "aside")
    new = await alice.folder(aside.id, "docs")
    await alice.file(new.id, "new.txt", 5)

    moved = await alice.move(new.id, root, taken=Taken.REPLACE, **EXACT)

    assert moved.id == new.id
    assert set(await names(alice, root)) == {"docs", "aside"}
    assert set(await names(alice, new.id)) == {"new.txt"}
    assert await in_trash(alice) == ["docs"]
    assert (await house.read(None, lambda work: work.rows.one(LEAVING, id=ended)))[0] is not None
    await sizes_hold(alice, root)


async def test_a_move_gives_another_name_in_the_same_step(alice):
    root = await alice.root()
    aside = await alice.folder(root, "aside")
    file = await alice.file(root, "a.txt", 4)

    there = await alice.move(file.id, aside.id, name="b.txt", taken=Taken.REFUSE, **EXACT)
    renamed = await alice.move(file.id, aside.id, name="B.txt", taken=Taken.REFUSE, **EXACT)

    assert (there.name, renamed.name, renamed.id) == ("b.txt", "B.txt", file.id)
    assert set(await names(alice, aside.id)) == {"B.txt"}
    await sizes_hold(alice, root)


async def test_a_folder_does_not_replace_one_that_holds_it(alice):
    root = await alice.root()
    outer = await alice.folder(root, "x")
    inner = await alice.folder(outer.id, "x")

    for taken in (Taken.REPLACE, Taken.MERGE):
        with pytest.raises(Invalid):
            await alice.move(inner.id, root, taken=taken, **EXACT)
    with pytest.raises(Invalid):
        await alice.copy(inner.id, root, taken=Taken.REPLACE, **EXACT)
    assert set(await names(alice, root)) == {"x"}


async def a_pair(tree, one, two):
    """Two folders named docs, in *one* and in *two*, with some of the same in both."""
    first, second = await tree.folder(one, "docs"), await tree.folder(two, "docs")
    for folder, mark in ((first, 1), (second, 2)):
        deep = await tree.folder(folder.id, "deep")
        await tree.file(folder.id, "same.txt", mark)
        await tree.file(folder.id, f"only {mark}.txt", mark)
        await tree.file(deep.id, "same.txt", mark)
        await tree.folder(deep.id, f"sub {mark}")
    await tree.file(first.id, "mixed", 1)
    await tree.folder(second.id, "mixed")
    return first, second


async def holds_both(tree, folder):
    """Whether a folder is what merging `a_pair` makes."""
    found = await names(tree, folder)
    assert set(found) == {
        "deep",
        "same.txt",
        "same(1).txt",
        "only 1.txt",
        "only 2.txt",
        "mixed",
        "mixed(1)",
    }
    assert (found["same.txt"].size, found["same(1).txt"].size) == (2, 1)
    assert set(await names(tree, found["deep"].id)) == {"same.txt", "same(1).txt", "sub 1", "sub 2"}


async def test_moved_folders_merge_level_by_level(alice):
    root = await alice.root()
    one, two = await alice.folder(root, "one"), await alice.folder(root, "two")
    first, second = await a_pair(alice, one.id, two.id)

    kept = await alice.move(first.id, two.id, taken=Taken.MERGE, **EXACT)

    assert kept.id == second.id
    await holds_both(alice, second.id)
    assert set(await names(alice, one.id)) == set()
    assert await in_trash(alice) == ["docs"]
    await sizes_hold(alice, root)


async def test_what_merges_with_a_folder_of_somebody_else_changes_hands(house, alice):
    bob = Tree(house, await a_person(house, "bob"))
    mine, theirs = await alice.root(), await bob.root()
    first, _ = await a_pair(alice, mine, mine)
    target = await bob.folder(theirs, "docs")
    inside = await bob.file(target.id, "same.txt", 7)

    await alice.move(first.id, theirs, taken=Taken.MERGE, **EXACT)

    found = await names(bob, target.id)
    assert set(found) == {"deep", "same.txt", "same(1).txt", "only 1.txt", "mixed"}
    assert found["same.txt"].id == inside.id
    assert {node.owner for node in found.values()} == {bob.person}
    assert set(await names(alice, mine)) == {"docs(2)"}
    await sizes_hold(bob, theirs)
    await sizes_hold(alice, mine)


async def test_copied_folders_merge_and_leave_the_source_as_it_is(alice):
    root = await alice.root()
    one, two = await alice.folder(root, "one"), await alice.folder(root, "two")
    first, second = await a_pair(alice, one.id, two.id)

    kept = await alice.copy(first.id, two.id, taken=Taken.MERGE, **EXACT)

    assert kept.id == second.id
    await holds_both(alice, second.id)
    assert set(await names(alice, first.id)) == {"deep", "same.txt", "only 1.txt", "mixed"}
    assert await in_trash(alice) == []
    await sizes_hold(alice, root)


async def test_a_copy_replaces_what_is_there_but_never_its_own_source(alice):
    root = await alice.root()
    file = await alice.file(root, "a.txt", 4)
    other = await alice.file(root, "b.txt", 6)
    folder = await alice.folder(root, "docs")
    await alice.file(folder.id, "x.txt", 1)

    made = await alice.copy(file.id, root, name="b.txt", taken=Taken.REPLACE, **EXACT)
    beside = await alice.copy(file.id, root, taken=Taken.REPLACE, **EXACT)
    twin = await alice.copy(folder.id, root, taken=Taken.REPLACE, **EXACT)

    assert (made.name, made.size, beside.name, twin.name) == ("b.txt", 4, "a(1).txt", "docs(1)")
    assert await in_trash(alice) == ["b.txt"]
    assert other.id != made.id
    await sizes_hold(alice, root)


async def test_a_folder_that_is_there_already_is_taken_as_it_is_when_merging(alice):
    root = await alice.root()
    there = await alice.folder(root, "docs")
    await alice.file(root, "plain", 1)

    again = await alice.folder(root, "docs", taken=Taken.MERGE, **EXACT)
    beside = await alice.folder(root, "plain", taken=Taken.MERGE, **EXACT)
    instead = await alice.folder(root, "docs", taken=Taken.REPLACE, **EXACT)
    with pytest.raises(AlreadyThere):
        await alice.folder(root, "docs", taken=Taken.REFUSE, **EXACT)

    assert (again.id, beside.name) == (there.id, "plain(1)")
    assert instead.id != there.id
    assert set(await names(alice, root)) == {"docs", "plain", "plain(1)"}


async def test_too_much_is_not_merged_at_once(alice, monkeypatch):
    monkeypatch.setattr(merging, "MOST", 4)
    root = await alice.root()
    one, two = await alice.folder(root, "one"), await alice.folder(root, "two")
    first, second = await a_pair(alice, one.id, two.id)

    with pytest.raises(LimitReached):
        await alice.move(first.id, two.id, taken=Taken.MERGE, **EXACT)

    assert set(await names(alice, first.id)) == {"deep", "same.txt", "only 1.txt", "mixed"}
    assert set(await names(alice, second.id)) == {"deep", "same.txt", "only 2.txt", "mixed"}


async def test_merging_makes_no_more_statements_for_more_things(house, alice):
    root = await alice.root()

    async def costs(name, count):
        one, two = await alice.folder(root, f"{name} one"), await alice.folder(root, f"{name} two")
        first, second = await alice.folder(one.id, "docs"), await alice.folder(two.id, "docs")
        for number in range(count):
            for folder in (first, second):
                await alice.file(folder.id, f"{number}.txt", 1)
                await alice.folder(folder.id, f"{number}")
        before = house.database.statements
        await alice.move(first.id, two.id, taken=Taken.MERGE, **EXACT)
        return house.database.statements - before

    assert await costs("few", 1) == await costs("many", 12)


async def test_what_is_deleted_is_gone_for_good(house, alice):
    root = await alice.root()
    folder = await alice.folder(root, "docs")
    await alice.file(folder.id, "x.txt", 3)

    async def delete(work):
        await filing.delete(work, await owned(work, folder.id))

    await alice.write(delete)

    assert await in_trash(alice) == []
    assert set(await names(alice, root)) == set()
    assert (await house.read(None, lambda work: nodes.one(work.rows, folder.id))).trashed_at is not None
