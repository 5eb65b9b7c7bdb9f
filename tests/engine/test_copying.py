"""Copying trees, and removing them for good, on both engines."""

import msgspec
import pytest

from polyshare.domain.errors import NotFound
from polyshare.engine.content import collecting
from polyshare.engine.tree import copying, sweeping
from polyshare.store.statements import statement
from polyshare.store.tree import nodes
from tests.engine.tree import Tree, a_person, share

BLOBS = statement(
    "test.blobs", "select v.node, b.id, b.collect_at from blob b left join version v on v.blob = b.id"
)
COUNT = statement("test.count", "select (select count(*) from node), (select count(*) from node_words)")
SHARES = statement(
    "test.shares",
    """
    select s.owner, s.gone_at, g.gone_at, i.node, (select count(*) from claim) from share s
    join share_grant g on g.share = s.id join item i on i.share = s.id order by s.id
    """,
)
LISTED = statement("test.listed", "select viewer, side, facet from listing order by viewer")
TALLIED = statement(
    "test.tallied",
    "select viewer, facet, cast(sum(delta) as bigint) from tally group by viewer, facet having sum(delta) <> 0 order by viewer",
)


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


@pytest.fixture
async def bob(house):
    return Tree(house, await a_person(house, "bob"))


async def rows(house, asked):
    return [tuple(row) for row in await house.read(None, lambda work: work.rows.all(asked))]


async def shape(tree, folder):
    """Names, sizes and numbers of children below a folder."""
    return {
        seen.name: (seen.node.size, seen.node.children, await shape(tree, seen.node.id))
        for seen in (await tree.children(folder)).rows
    }


async def a_tree(alice, root):
    docs = await alice.folder(root, "docs")
    inner = await alice.folder(docs.id, "inner")
    await alice.file(inner.id, "a.txt", 5)
    await alice.file(docs.id, "b.txt", 7)
    await alice.folder(inner.id, "empty")
    return docs


async def test_a_copy_has_everything_below_and_the_same_bytes(house, alice):
    root = await alice.root()
    docs = await a_tree(alice, root)

    copied = await alice.copy(docs.id, root)

    assert copied.name == "docs(2)"
    assert (copied.size, copied.trashed_at) == (12, None)
    whole = await shape(alice, root)
    assert (
        whole["docs"]
        == whole["docs(2)"]
        == (12, 2, {"inner": (5, 2, {"a.txt": (5, 0, {}), "empty": (0, 0, {})}), "b.txt": (7, 0, {})})
    )
    assert (await alice.node(root)).size == 24
    blobs = await rows(house, BLOBS)
    assert len(blobs) == 4
    assert len({blob for _, blob, _ in blobs}) == 2


async def test_a_file_is_copied_too(alice):
    root = await alice.root()
    first = await alice.file(root, "a.txt", 5)

    copied = await alice.copy(first.id, root)

    assert (copied.name, copied.size, copied.version, copied.mime) == ("a(2).txt", 5, 1, "text/plain")
    assert (await alice.node(root)).size == 10


async def test_a_folder_copied_into_itself_holds_one_copy_of_what_was_there(alice):
    root = await alice.root()
    docs = await a_tree(alice, root)

    await alice.copy(docs.id, docs.id)

    inside = await shape(alice, docs.id)
    assert inside["docs"][2].keys() == {"inner", "b.txt"}


async def test_what_is_copied_into_a_drive_is_its_owners_and_made_by_who_copied(alice, bob):
    docs = await a_tree(alice, await alice.root())

    copied = await alice.copy(docs.id, await bob.root())

    assert (copied.owner, copied.created_by) == (bob.person, alice.person)
    [inner] = (await bob.children(copied.id, name="inner")).rows
    assert (inner.node.owner, inner.node.created_by) == (bob.person, alice.person)


async def test_a_copy_of_many_batches_is_whole(alice, monkeypatch):
    monkeypatch.setattr(copying, "BATCH", 3)
    root = await alice.root()
    docs = await alice.folder(root, "docs")
    for number in range(8):
        inner = await alice.folder(docs.id, f"f{number}")
        for each in range(number % 3):
            await alice.file(inner.id, f"{each}.txt", 10 + each)

    await alice.copy(docs.id, root)

    whole = await shape(alice, root)
    assert whole["docs"] == whole["docs(2)"]


async def test_a_copy_that_breaks_off_is_never_seen_and_is_swept_away(house, alice, monkeypatch):
    monkeypatch.setattr(copying, "BATCH", 1)
    root = await alice.root()
    docs = await a_tree(alice, root)
    target = await alice.folder(root, "target")
    steps = copying._copy_children

    async def vanishing(work, *rest, **more):
        made = await steps(work, *rest, **more)
        if made[0]:
            return made
        raise NotFound("item")

    monkeypatch.setattr(copying, "_copy_children", vanishing)
    before = await rows(house, COUNT)
    with pytest.raises(NotFound):
        await alice.copy(docs.id, target.id)

    assert (await alice.children(target.id)).total == 0
    assert await rows(house, COUNT) != before
    await sweeping.sweep(house)
    assert await rows(house, COUNT) == before


async def test_a_copy_that_nobody_goes_on_with_is_swept_after_a_while(house, alice, clock):
    root = await alice.root()
    docs = await a_tree(alice, root)
    before = await rows(house, COUNT)

    async def begun(work):
        target = await nodes.one(work.rows, root)
        return await copying._begin(work, docs, target, copying.Rule(None, True))

    top = await alice.write(begun)
    assert await sweeping.sweep(house) == 0
    with pytest.raises(NotFound):
        await alice.restore(top.id)

    clock.pass_s(3700)
    assert await sweeping.sweep(house) == 1
    assert await rows(house, COUNT) == before


async def test_what_is_removed_goes_in_batches_and_its_bytes_are_left_to_be_collected(
    house, alice, monkeypatch
):
    monkeypatch.setattr(sweeping, "BATCH", 2)
    root = await alice.root()
    before = await rows(house, COUNT)
    docs = await a_tree(alice, root)
    kept = await alice.copy((await alice.children(docs.id, name="b.txt")).rows[0].node.id, root)
    await alice.trash(docs.id)
    await alice.remove(docs.id)

    batches = 0
    while await sweeping.sweep(house, rounds=1):
        batches += 1

    assert batches >= 3
    (count, _), (nodes_before, _) = (await rows(house, COUNT))[0], before[0]
    assert count == nodes_before + 1
    assert await collecting.collect(house) == 1
    assert [(node, collect_at) for node, _, collect_at in await rows(house, BLOBS)] == [(kept.id, None)]


async def test_what_is_removed_is_shared_no_more_and_out_of_all_lists(house, alice, bob):
    docs = await a_tree(alice, await alice.root())
    await share(house, docs.id, bob.person)
    inner = (await alice.children(docs.id, name="inner")).rows[0].node
    await share(house, inner.id, bob.person)
    await alice.trash(docs.id)
    await alice.remove(docs.id)

    while await sweeping.sweep(house):
        pass

    for owner, gone_at, grant_gone_at, node, claims in await rows(house, SHARES):
        assert (owner, gone_at, grant_gone_at, node, claims) == (
            alice.person,
            house.clock(),
            house.clock(),
            None,
            0,
        )
    assert await rows(house, LISTED) == sorted([(alice.person, 0, 20)] * 2 + [(bob.person, 1, 120)] * 2)
    assert sorted(await rows(house, TALLIED)) == [(alice.person, 20, 2), (bob.person, 120, 2)]


async def test_the_trash_lets_go_after_its_time_and_never_when_it_is_nought(house, alice, clock):
    root = await alice.root()
    docs = await a_tree(alice, root)
    await alice.trash(docs.id)

    house.settings = msgspec.structs.replace(house.settings, trash_days=0)
    clock.pass_s(86_400)
    assert await sweeping.empty_trash(house) == 0

    house.settings = msgspec.structs.replace(house.settings, trash_days=1.1)
    assert await sweeping.empty_trash(house) == 0
    clock.pass_s(86_400)
    assert await sweeping.empty_trash(house) == 1
    assert await sweeping.sweep(house) == 5


async def test_what_is_moved_into_anothers_drive_belongs_to_its_owner_with_all_below(house, alice, bob):
    carol = Tree(house, await a_person(house, "carol"))
    docs = await a_tree(alice, await alice.root())
    inner = (await alice.children(docs.id, name="inner")).rows[0].node
    await share(house, inner.id, carol.person)
    await share(house, docs.id, bob.person)

    moved = await alice.move(docs.id, await bob.root())

    assert moved.owner == bob.person
    assert (await bob.node(inner.id)).owner == bob.person
    assert (await alice.node(await alice.root())).size == 0
    assert (await bob.node(await bob.root())).size == 12
    assert [seen.name for seen in (await carol.at_top()).rows] == ["inner"]
    assert [seen.name for seen in (await bob.at_top()).rows] == ["docs"]
    to_carol, to_bob = await rows(house, SHARES)
    assert to_carol == (bob.person, None, None, inner.id, 1)
    assert to_bob[:3] == (bob.person, house.clock(), house.clock())
    assert sorted(await rows(house, TALLIED)) == sorted(
        [(bob.person, 0, 1), (bob.person, 20, 1), (bob.person, 120, 1), (carol.person, 100, 1)]
    )
