"""The verbs of the file tree, on both engines."""

import asyncio

import pytest

from polyshare.domain.errors import AlreadyThere, Invalid, LimitReached, NotFound, WrongState
from polyshare.domain.nodes import DEEPEST, Taken
from polyshare.engine.tree import filing
from tests.engine.tree import Tree, a_person


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


async def test_a_person_without_a_drive_gets_one_on_first_need_and_only_one(house, alice):
    homes = await asyncio.gather(
        *(alice.write(lambda work: filing.home(work, alice.person)) for _ in range(5))
    )

    assert len({drive.id for drive in homes}) == 1
    assert homes[0].owner == alice.person


async def test_drives_of_many_people_made_at_once_get_small_ids_of_their_own(house):
    people = [Tree(house, await a_person(house, f"p{n}")) for n in range(8)]

    homes = await asyncio.gather(
        *(one.write(lambda work, one=one: filing.home(work, one.person)) for one in people)
    )

    assert sorted(drive.id for drive in homes) == list(range(1, 9))


async def test_a_name_in_use_gets_a_number_before_its_ending_ignoring_case(alice):
    root = await alice.root()
    names = [(await alice.folder(root, name)).name for name in ("docs", "Docs", "DOCS", "a.txt", "A.txt")]

    assert names == ["docs", "Docs(2)", "DOCS(3)", "a.txt", "A(2).txt"]


async def test_a_dialect_that_heeds_case_may_have_both_spellings(alice):
    root = await alice.root()
    await alice.folder(root, "docs")

    assert (await alice.folder(root, "Docs", folded=False, taken=Taken.REFUSE)).name == "Docs"


async def test_a_name_in_use_is_refused_on_request(alice):
    root = await alice.root()
    await alice.folder(root, "docs")

    with pytest.raises(AlreadyThere):
        await alice.folder(root, "DOCS", taken=Taken.REFUSE)


async def test_a_numbered_name_is_never_longer_than_names_may_be(alice):
    root = await alice.root()
    long = "ä" * 127

    await alice.folder(root, long)
    second = await alice.folder(root, long)
    third = await alice.folder(root, long)

    assert second.name.endswith("(2)")
    assert third.name.endswith("(3)")
    assert len(third.name.encode()) <= 255


async def test_renaming_keeps_the_id_and_may_change_only_the_case(alice):
    root = await alice.root()
    docs = await alice.folder(root, "docs")

    after = await alice.rename(docs.id, "DOCS", "papers")

    assert (after.id, after.name, after.description) == (docs.id, "DOCS", "papers")
    assert await alice.node(docs.id) == after
    assert after.modified_at > docs.modified_at


async def test_the_top_of_a_drive_is_neither_renamed_nor_moved_nor_trashed(alice):
    root = await alice.root()
    docs = await alice.folder(root, "docs")

    for verb in (alice.rename(root, "other"), alice.move(root, docs.id), alice.trash(root)):
        with pytest.raises(WrongState):
            await verb


async def test_a_folder_does_not_move_into_itself_or_below(alice):
    root = await alice.root()
    outer = await alice.folder(root, "outer")
    inner = await alice.folder(outer.id, "inner")

    for into in (outer.id, inner.id):
        with pytest.raises(Invalid):
            await alice.move(outer.id, into)


async def test_what_is_moved_counts_in_its_new_folder_and_no_more_in_the_old(alice):
    root = await alice.root()
    a, b = await alice.folder(root, "a"), await alice.folder(root, "b")
    thing = await alice.folder(a.id, "thing")

    moved = await alice.move(thing.id, b.id)

    assert (moved.id, moved.parent) == (thing.id, b.id)
    assert [(await alice.node(node)).children for node in (root, a.id, b.id)] == [2, 0, 1]


async def test_a_tree_is_at_most_a_hundred_folders_deep_by_making_and_by_moving(alice):
    at = await alice.root()
    other = await alice.folder(at, "other")
    below = await alice.folder(other.id, "below")
    for number in range(DEEPEST - 1):
        at = (await alice.folder(at, f"f{number}")).id

    with pytest.raises(LimitReached):
        await alice.folder(at, "too deep")
    with pytest.raises(LimitReached):
        await alice.move(other.id, (await alice.node(at)).parent)
    assert (await alice.move(below.id, (await alice.node(at)).parent)).id == below.id


async def test_what_comes_back_from_the_trash_lies_where_it_was_with_a_number_if_its_name_is_taken(alice):
    root = await alice.root()
    docs = await alice.folder(root, "docs")
    await alice.folder(docs.id, "inner")
    await alice.trash(docs.id)
    again = await alice.folder(root, "docs")

    restored = await alice.restore(docs.id)

    assert (restored.name, restored.parent, again.name) == ("docs(2)", root, "docs")
    assert (await alice.node(root)).children == 2


async def test_what_comes_back_from_a_folder_in_the_trash_goes_to_the_nearest_folder_that_is_not(alice):
    root = await alice.root()
    a = await alice.folder(root, "a")
    b = await alice.folder(a.id, "b")
    c = await alice.folder(b.id, "c")
    await alice.trash(c.id)
    await alice.trash(b.id)

    assert (await alice.restore(c.id)).parent == a.id

    await alice.trash(c.id)
    await alice.trash(a.id)
    assert (await alice.restore(c.id)).parent == root


async def test_nothing_is_done_below_a_folder_that_is_in_the_trash(alice):
    root = await alice.root()
    a = await alice.folder(root, "a")
    b = await alice.folder(a.id, "b")
    await alice.trash(a.id)

    for verb in (alice.folder(b.id, "x"), alice.rename(b.id, "x"), alice.trash(b.id), alice.move(b.id, root)):
        with pytest.raises(NotFound):
            await verb


async def test_what_is_being_removed_for_good_does_not_come_back(alice):
    root = await alice.root()
    a = await alice.folder(root, "a")
    await alice.trash(a.id)
    await alice.remove(a.id)

    with pytest.raises(NotFound):
        await alice.restore(a.id)
