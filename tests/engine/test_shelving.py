"""Lists of shared folders follow whatever happens to the shares, the folders and the people."""

import asyncio
from dataclasses import replace

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.folder_shares import NewFolderShare
from polyshare.domain.nodes import Trashed
from polyshare.domain.permissions import Permission
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.grants import shelving
from polyshare.engine.sharing import asking, consenting, membering
from polyshare.engine.tree import filing, sweeping
from tests.engine.shelves import check, there
from tests.engine.tree import Tree, a_group, a_person, acting, owned

EDIT, READ = Permission.EDIT, Permission.DOWNLOAD


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


@pytest.fixture
async def bob(house):
    return Tree(house, await a_person(house, "bob"))


async def share(tree, node, who, permissions=EDIT):
    async def job(work):
        return await membering.share_with(work, await owned(work, node), [who], permissions, None)

    [outcome] = await tree.write(job)
    assert outcome.refusal is None


async def listed(house, person):
    """Facets and paths in a person's lists, in the order of paths."""
    rows, _, _ = await there(house)
    return sorted((row[1], row[0]) for (viewer, _), row in rows.items() if viewer == person)


async def test_a_shared_folder_is_listed_with_both(house, alice, bob):
    root = await alice.root()
    docs = await alice.folder(root, "Docs")

    await share(alice, docs.id, bob.person)

    assert await listed(house, alice.person) == [("/1/Docs", 0)]
    assert await listed(house, bob.person) == [("/1/Docs", 10)]
    await check(house)


async def test_what_is_no_folder_for_one_user_is_not_listed(house, alice, bob):
    root = await alice.root()
    docs = await alice.folder(root, "docs")
    note = await alice.file(root, "note.txt")
    group = await a_group(house, "team", bob.person)

    await share(alice, note.id, bob.person)
    await share(alice, docs.id, group)
    await share(alice, (await alice.folder(root, "shown")).id, bob.person, Permission.VIEW)

    assert await there(house) == ({}, {}, {})
    await check(house)


async def test_a_path_follows_its_folder_and_all_above(house, alice, bob):
    root = await alice.root()
    outer = await alice.folder(root, "outer")
    inner = await alice.folder(outer.id, "inner")
    other = await alice.folder(root, "outer-2")
    for node in (outer, inner, other):
        await share(alice, node.id, bob.person)

    await alice.rename(outer.id, "renamed")
    await alice.move(outer.id, other.id)

    paths = [path for path, _ in await listed(house, bob.person)]
    assert paths == ["/1/outer-2", "/1/outer-2/renamed", "/1/outer-2/renamed/inner"]
    await check(house)


async def test_what_lies_in_the_trash_is_asleep_and_wakes_where_it_comes_back(house, alice, bob):
    root = await alice.root()
    outer = await alice.folder(root, "outer")
    inner = await alice.folder(outer.id, "inner")
    await share(alice, inner.id, bob.person)

    await alice.trash(outer.id)
    asleep = await listed(house, bob.person)
    await check(house)
    await alice.folder(root, "outer")
    await alice.restore(outer.id)

    assert asleep == [("/1/outer/inner", 110)]
    assert await listed(house, bob.person) == [("/1/outer(2)/inner", 10)]
    await check(house)


async def test_what_is_trashed_with_its_shares_or_removed_leaves_the_lists(house, alice, bob):
    root = await alice.root()
    gone, swept = await alice.folder(root, "gone"), await alice.folder(root, "swept")
    for node in (gone, swept):
        await share(alice, node.id, bob.person)

    async def job(work):
        await filing.trash(work, await owned(work, gone.id), Trashed.WITHDRAW)

    await alice.write(job)
    between = await listed(house, bob.person)
    await alice.trash(swept.id)
    await alice.remove(swept.id)
    await sweeping.sweep(house)

    assert between == [("/1/swept", 10)]
    assert await there(house) == ({}, {}, {})
    await check(house)


async def test_what_is_moved_to_another_owner_is_listed_as_theirs(house, alice, bob):
    carol = Tree(house, await a_person(house, "carol"))
    docs = await alice.folder(await alice.root(), "docs")
    inner = await alice.folder(docs.id, "inner")
    await share(alice, docs.id, bob.person)
    await share(alice, inner.id, carol.person)

    await alice.move(docs.id, await carol.root())

    assert await listed(house, alice.person) == []
    assert await listed(house, carol.person) == [("/2/docs", 0)]
    assert await listed(house, bob.person) == [("/2/docs", 10)]
    await check(house)


async def test_another_role_is_told_and_the_same_is_not(house, alice, bob):
    docs = await alice.folder(await alice.root(), "docs")
    await share(alice, docs.id, bob.person, READ)

    async def change(permissions):
        async def job(work):
            await membering.change(work, await owned(work, docs.id), [bob.person], permissions, None)

        await alice.write(job)
        return (await there(house))[1]

    [before] = (await there(house))[1].values()
    [same] = (await change(READ)).values()
    [other] = (await change(EDIT)).values()
    await change(Permission.VIEW)
    hidden = await listed(house, bob.person)
    [back] = (await change(READ)).values()

    assert (same, hidden) == (before, [])
    assert len({before, other, back}) == 2
    await check(house)


async def test_who_leaves_and_who_is_revoked_is_out_of_the_lists(house, alice, bob):
    carol = Tree(house, await a_person(house, "carol"))
    docs = await alice.folder(await alice.root(), "docs")
    for tree in (bob, carol):
        await share(alice, docs.id, tree.person)

    async def leave(work):
        await membering.leave(work, await owned(work, docs.id))

    async def revoke(work):
        await membering.revoke(work, await owned(work, docs.id), [carol.person])

    await bob.write(leave)
    one_left = await listed(house, alice.person)
    await alice.write(revoke)

    assert one_left == [("/1/docs", 0)]
    assert await there(house) == ({}, {}, {})


async def test_a_new_login_is_listed_sorted_and_searched_by(house, alice, bob):
    for tree, other in ((alice, bob), (bob, alice)):
        docs = await tree.folder(await tree.root(), "docs")
        await share(tree, docs.id, other.person)

    change = PersonChange(login="Älice")
    await directing.changing(house, None, lambda work: enrolling.change(work, "alice", change))

    rows, _, words = await there(house)
    assert {row[3] for row in rows.values()} == {"Älice", "bob"}
    assert {text.split("\x1f")[1].split("\x1e")[0] for text in words.values()} == {"älice", "bob"}
    await check(house)


async def test_refreshing_what_did_not_change_writes_nothing(house, alice, bob):
    docs = await alice.folder(await alice.root(), "docs")
    await share(alice, docs.id, bob.person)
    before = await there(house)
    made = house.database.statements

    await house.write(acting(alice.person), lambda work: shelving.refresh_below(work, docs.id))

    assert house.database.statements - made == (3 if house.database.kind == "sqlite" else 4)
    assert await there(house) == before


async def test_renaming_costs_one_statement_where_nothing_is_shared(house, alice):
    docs = await alice.folder(await alice.root(), "docs")
    note = await alice.file(docs.id, "note.txt")

    async def cost(node, name):
        before = house.database.statements
        await alice.rename(node, name)
        return house.database.statements - before

    assert await cost(docs.id, "papers") == await cost(note.id, "letter.txt") + 1


async def test_changes_of_a_share_and_of_its_path_at_once_are_both_listed(house, alice, bob):
    root = await alice.root()
    outer = await alice.folder(root, "outer")
    inner = await alice.folder(outer.id, "inner")
    paths = [f"/1/outer/{name}" for name in ("inner", "a", "b", "c")]
    for path in paths[1:]:
        await alice.folder(outer.id, path.rpartition("/")[2])
    new = [NewFolderShare(path, "bob", EDIT, None, None) for path in paths]
    actor = replace(acting(alice.person), login="alice")
    asked = await asking.ask(house, actor, new)

    async def regrant(round_):
        wanted = [(share, (EDIT, READ)[round_ % 2], None) for share in asked]
        await house.write(actor, lambda work: consenting.regrant(work, wanted))

    async def answer(share):
        verb = consenting.accept if share % 2 else consenting.decline
        await house.write(acting(bob.person), lambda work: verb(work, [share]))

    async def name(round_):
        await alice.rename(outer.id, f"outer {round_}")
        await alice.rename(inner.id, f"inner {round_}")

    doing = [verb(round_) for round_ in range(6) for verb in (regrant, name)]
    await asyncio.gather(*doing, *map(answer, asked), return_exceptions=True)

    told = await check(house)
    assert len(told) == len(asked)
