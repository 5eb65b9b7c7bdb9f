"""Drives: another title, and removal with everything in them."""

import pytest

from polyshare.domain.drives import DriveFilter, DriveKind, DriveOrder
from polyshare.domain.errors import Invalid, NotFound, Taken
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Sorting, Window
from polyshare.engine.tree import attaching, driving, filing, gathering, sweeping
from polyshare.store.statements import statement
from polyshare.store.tree import node_pages
from tests.engine.tree import Tree, a_person, acting, share

SHARE = statement("test.share", "select leaving_at, gone_at from share where id = :id")
COUNT = statement("test.nodes", "select count(*) from node where drive = :drive")


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


async def a_drive(tree, title="Second"):
    return await tree.write(lambda work: filing.add_drive(work, tree.person, title))


async def remove(tree, drive, person=None):
    await tree.write(lambda work: driving.remove(work, person or tree.person, drive))


async def titles(tree, **more):
    """Titles of the drives that a person has, a page after another of two."""
    found, after = [], None
    while True:
        rows, after = await tree.house.read(
            acting(tree.person),
            lambda work, after=after: driving.page(
                work,
                tree.person,
                None,
                more.get("wanted", DriveFilter()),
                Sorting(more.get("order", DriveOrder.TITLE), more.get("descending", False)),
                Window(0, 2, after),
            ),
        )
        found += [one.title for one in rows]
        if after is None:
            return found


async def test_a_title_is_the_name_of_the_top_folder_too(house, alice):
    drive = await a_drive(alice)

    await alice.write(lambda work: driving.retitle(work, alice.person, drive.id, "Renamed"))

    assert (await alice.node(drive.root)).name == "Renamed"
    assert await titles(alice) == ["Renamed"]
    with pytest.raises(Invalid):
        await alice.write(lambda work: driving.retitle(work, alice.person, drive.id, "a/b"))


async def test_only_who_has_a_drive_changes_it(house, alice):
    bob = await a_person(house, "bob")
    drive = await a_drive(alice)
    await share(house, drive.root, bob, Permission.MANAGE)

    for job in (
        lambda work: driving.show(work, bob, drive.id),
        lambda work: driving.retitle(work, bob, drive.id, "Mine"),
        lambda work: driving.remove(work, bob, drive.id),
    ):
        with pytest.raises(NotFound):
            await house.write(acting(bob), job)


async def test_a_removed_drive_is_out_of_sight_with_all_that_was_shared_of_it(house, alice):
    home = await alice.root()
    bob = await a_person(house, "bob")
    drive = await a_drive(alice)
    folder = await alice.folder(drive.root, "docs")
    ended = await share(house, folder.id, bob)
    await alice.trash((await alice.folder(drive.root, "old")).id)

    await remove(alice, drive.id)

    assert await titles(alice) == ["Home"]
    assert (await house.read(None, lambda work: work.rows.one(SHARE, id=ended)))[0] is not None
    with pytest.raises(NotFound):
        await house.read(None, lambda work: attaching.device(work, alice.person, drive.device))
    with pytest.raises(NotFound):
        await remove(alice, drive.id)
    trashed, count = await house.read(
        None, lambda work: node_pages.in_trash(work.rows, alice.person, Window())
    )
    assert (trashed, count) == ([], 0)
    assert (await alice.at_top()).total == 0
    await sweeping.sweep(house)
    assert (await house.read(None, lambda work: work.rows.one(COUNT, drive=drive.id)))[0] == 0
    assert (await house.read(None, lambda work: work.rows.one(SHARE, id=ended)))[1] is not None
    assert await alice.root() == home


async def test_the_number_of_a_removed_drive_is_nobody_elses(house, alice):
    drive = await a_drive(alice)

    await remove(alice, drive.id)
    await sweeping.sweep(house)

    assert (await a_drive(alice)).id == drive.id + 1
    with pytest.raises(Taken):
        await alice.write(lambda work: filing.add_drive(work, alice.person, "x", id_=drive.id))


async def test_the_next_drive_is_home_when_the_first_goes_and_collections_go_there(house, alice):
    home = await alice.write(lambda work: filing.home(work, alice.person))
    second = await a_drive(alice)
    pictures = await alice.write(lambda work: gathering.create(work, home, "Pictures"))

    await remove(alice, home.id)

    assert await alice.root() == second.root
    assert (await alice.node(pictures.id)).drive == second.id
    await remove(alice, second.id)
    third = await alice.write(lambda work: filing.home(work, alice.person))
    assert third.id not in (home.id, second.id)
    assert (await alice.node(pictures.id)).drive == third.id
    assert (await alice.node(pictures.id)).trashed_at is None


async def test_drives_are_listed_by_title_and_by_other_keys(house, alice):
    for title in ("b", "a", "Ä", "c", "a"):
        await a_drive(alice, title)

    assert await titles(alice) == ["a", "a", "b", "c", "Ä"]
    assert await titles(alice, descending=True) == ["Ä", "c", "b", "a", "a"]
    assert await titles(alice, order=DriveOrder.CREATED) == ["b", "a", "Ä", "c", "a"]
    assert await titles(alice, order=DriveOrder.CREATOR) == ["b", "a", "Ä", "c", "a"]
    assert await titles(alice, wanted=DriveFilter(words="ä")) == ["Ä"]
    assert await titles(alice, wanted=DriveFilter(owner="bob")) == []
    assert await titles(alice, wanted=DriveFilter(owner="alice", product="storage", not_provider="x")) == [
        "a", "a", "b", "c", "Ä",
    ]  # fmt: skip


async def test_a_stamp_changes_with_the_list(house, alice):
    drive = await a_drive(alice)

    async def stamp():
        return await house.read(None, lambda work: driving.stamp(work, alice.person, None))

    before = await stamp()
    assert await stamp() == before
    await alice.write(lambda work: driving.retitle(work, alice.person, drive.id, "Other"))
    renamed = await stamp()
    await a_drive(alice)
    assert len({before, renamed, await stamp()}) == 3


async def test_a_home_is_told_to_be_the_first(house, alice):
    home = await alice.write(lambda work: filing.home(work, alice.person))
    second = await a_drive(alice)

    shown = [
        await house.read(None, lambda work, id_=id_: driving.show(work, alice.person, id_))
        for id_ in (home.id, second.id)
    ]

    assert [one.first for one in shown] == [True, False]
    assert {one.kind for one in shown} == {DriveKind.OWN}
    assert {one.created_by for one in shown} == {"alice"}
