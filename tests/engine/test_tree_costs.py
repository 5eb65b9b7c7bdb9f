"""What the file tree costs: statements that do not grow, index plans, and many hands at once."""

import asyncio
import contextlib

import pytest

from polyshare.domain.errors import Invalid
from polyshare.domain.nodes import NodeOrder
from polyshare.domain.vendor_ids import Letter, read, spelled
from polyshare.domain.views import Window
from polyshare.engine.directory import naming
from polyshare.engine.tree import browsing, filing
from polyshare.store.content import sweeps
from polyshare.store.shares import drives_shown, node_shares
from polyshare.store.statements import composed, statement
from polyshare.store.tree import copies, file_pages, held, node_pages, node_search, nodes
from tests.engine.tree import Tree, a_group, a_person, owned, share
from tests.house import a_house

TABLES = {"n", "node", "i", "item", "s", "share", "g", "share_grant", "d", "drive", "v", "version", "m", "o"}


@pytest.fixture
async def alice(house):
    return Tree(house, await a_person(house, "alice"))


async def counted(house, verb):
    """How many statements a verb runs."""
    before = house.database.statements
    await verb
    return house.database.statements - before


async def test_statements_do_not_grow_with_depth_siblings_or_members(house, alice):
    bob = Tree(house, await a_person(house, "bob"))
    root = await alice.root()
    await bob.root()

    async def costs(folder):
        made = await alice.folder(folder, "probe")
        other = await alice.folder(folder, "target")
        await alice.file(made.id, "probe.txt", 5)
        found = [
            await counted(house, verb)
            for verb in (
                alice.folder(folder, "probe"),
                alice.rename(made.id, "renamed", "words"),
                alice.move(made.id, other.id),
                alice.children(folder),
                alice.children(folder, name="target"),
                bob.at_top(),
                bob.search("probe"),
                alice.search("pr"),
                alice.copy(made.id, folder),
                alice.trash(made.id),
                alice.restore(made.id),
            )
        ]
        await alice.trash(other.id)
        return found

    first = await alice.folder(root, "first")
    await share(house, first.id, bob.person)
    shallow = await costs(first.id)
    deep = await alice.folder(root, "deep")
    await share(
        house,
        deep.id,
        await a_group(house, "team", bob.person, *[await a_person(house, f"p{n}") for n in range(5)]),
    )
    at = deep.id
    for number in range(12):
        at = (await alice.folder(at, f"f{number}")).id
        await alice.folder(at, "sibling")
    for number in range(30):
        await alice.folder(at, f"sibling {number}")

    assert await costs(at) == shallow


async def planned(house, asked):
    """The steps by which SQLite would run a statement."""
    explain = statement("explain", f"explain query plan {asked.sqlite.replace('?', ':p')}")
    values = dict.fromkeys(explain.parameters, "[]")
    return [row[3] for row in await house.read(None, lambda work: work.rows.all(explain, **values))]


async def test_sqlite_reads_the_tree_by_its_indexes(sqlite_house):
    tree = Tree(sqlite_house, await a_person(sqlite_house, "alice"))
    root = await tree.root()
    for number in range(50):
        await tree.folder(root, f"f{number}")
    asked = [
        nodes.SOME, nodes.WAY_UP, nodes.BY_PATH, nodes.DOWN_PATH, nodes.BEARING, nodes.NEIGHBOURS, nodes.GROW, nodes.HEIGHT, nodes.TO_DRIVE,
        node_shares.OF_TREE, node_shares.ENDING, copies.CHILDREN_OF, copies.ADD_VERSIONS, copies.KEEP_BYTES,
        held.ON, held.TOPS, held.ABOVE, sweeps.EXPIRED, sweeps.NEXT, sweeps.BELOW, sweeps.TO_COLLECT,
        node_search._reading(1, True, NodeOrder.NAME, False),
        *(
            node_pages._reading(key, descending, named, after)
            for key in node_pages.KEYS.values()
            for descending in (False, True)
            for named in (False, True)
            for after in (False, True)
        ),
        *(
            file_pages._reading(key, descending, after, hidden)
            for key in node_pages.KEYS.values()
            for descending in (False, True)
            for after in (False, True)
            for hidden in (False, True)
        ),
        *(node_pages._reading_top(key, True, False, False) for key in node_pages.KEYS.values()),
    ]  # fmt: skip

    for one in asked:
        plan = await planned(sqlite_house, one)
        words = [line.split() for line in plan if line.startswith("SCAN") and "INDEX" not in line]
        scanned = [line for line in words if line[1] in TABLES]
        scanned += [line for line in plan if "item_by_node" in line and "(node>?)" in line]
        assert not scanned, (one.name, plan)


async def test_sqlite_finds_a_persons_drives_by_its_indexes(sqlite_house):
    asked = [
        composed("drive_shown.one", drives_shown.ONE, ()),
        *(
            composed("drive_shown.page", f"{listed} select id from listed where 1 = 1 {{filters}}", ())
            for listed in (drives_shown._PERSONAL, drives_shown._IN_PROJECT)
        ),
    ]
    tables = TABLES | {"f", "folder_share", "r", "remote_drive", "a", "p", "u", "c", "v", "sp", "dp", "m"}

    for one in asked:
        plan = await planned(sqlite_house, one)
        scanned = [line for line in plan if line.startswith("SCAN") and "INDEX" not in line]
        assert not [line for line in scanned if line.split()[1] in tables], (one.name, plan)


async def test_a_page_of_children_is_read_in_order_without_sorting(sqlite_house):
    for key in node_pages.KEYS.values():
        for descending in (False, True):
            one = node_pages._reading(key, descending, False, False)
            plan = await planned(sqlite_house, one)
            inner = plan[: next(at for at, line in enumerate(plan) if line.startswith("SCAN c"))]
            assert any(f"node_by_{key.split('_')[0]}" in line for line in inner), plan
            assert not any("TEMP B-TREE" in line for line in inner), plan


async def test_folders_moved_into_each_other_at_once_make_no_ring(database_url, clock):
    async with contextlib.AsyncExitStack() as opened:
        houses = [await opened.enter_async_context(a_house(database_url, clock)) for _ in range(2)]
        person = await a_person(houses[0], "alice")
        other = await a_person(houses[0], "bob")
        trees = [Tree(house, person) for house in houses]
        root, far = await trees[0].root(), await Tree(houses[0], other).root()
        folders = [(await trees[0].folder(at, f"f{number}")).id for number, at in enumerate([root, far] * 3)]

        moves = [
            trees[number % 2].move(one, into)
            for number, (one, into) in enumerate((a, b) for a in folders for b in folders if a != b)
        ]
        done = await asyncio.gather(*moves, return_exceptions=True)

        assert {type(one) for one in done if isinstance(one, Exception)} <= {Invalid}
        ways = await houses[0].read(None, lambda work: nodes.ways_up(work.rows, folders))
        found = await houses[0].read(None, lambda work: nodes.some(work.rows, [*folders, root, far]))
        for way in ways.values():
            assert way[-1].id in (root, far)
            assert {found[step.id].drive for step in way} == {found[way[-1].id].drive}
        for id_, node in found.items():
            assert node.children == sum(each.parent == id_ for each in found.values())


async def test_a_path_leads_to_what_bears_its_exact_names(house, alice):
    root = await alice.root()
    work = await alice.folder(root, "work")
    note = await alice.file((await alice.folder(work.id, "Inner")).id, "note.txt")

    async def at(*names):
        return await house.read(None, lambda work: nodes.by_path(work.rows, root, names))

    assert (await at("work", "Inner", "note.txt")).id == note.id
    assert (await at()).id == root
    assert await at("work", "inner", "note.txt") is None
    assert await at("work", "..", "work") is None
    await alice.trash(work.id)
    assert await at("work", "Inner") is None


async def test_a_node_is_shown_with_its_ids_and_found_by_them_in_any_case(house, alice):
    root = await alice.root()
    docs = await alice.folder(root, "docs")
    fixed = await alice.folder(docs.id, "fixed")
    given = "F1321DC48E3B123D02DBEE88T0000000000100000001"

    await alice.write(lambda work: naming.fix(work, fixed.id, given))

    async def look(work):
        tail = await naming.tail(work)
        reach = await owned(work, docs.id)
        [inner] = (await browsing.children(work, reach, window=Window())).rows
        shown = naming.shown_node(inner.node, inner.aliases, tail)
        above = naming.shown_parent(inner.node.parent, inner.parent_aliases, tail)
        owner = naming.shown_person(inner.owned_by, tail)
        return (
            shown,
            above,
            owner,
            [
                await naming.node(work, text)
                for text in (shown.lower(), above.lower(), "F" + above[2:], "", "F" * 44)
            ],
            await naming.principals(work, [owner, "alice", above]),
        )

    shown, above, owner, meant, people = await house.read(None, look)

    assert shown == given
    assert (len(above), len(owner), above[0], owner[0]) == (44, 36, "F", "U")
    assert meant == [fixed.id, docs.id, None, None, None]
    assert people == {owner: alice.person}


@pytest.mark.parametrize("letter", list(Letter))
@pytest.mark.parametrize("number", [0, 1, 12345, (1 << 63) - 1])
def test_spelled_ids_are_read_back_and_no_others(letter, number):
    tail = "45B3E9DD649055F5640B"
    text = spelled(letter, number, tail)

    assert read(text, tail) == read(text.lower(), tail) == (letter, number)
    assert read(text, "0" * 20) is None
    assert read(text[:-1], tail) is None
    other = "D" if letter is not Letter.FILE else "F"
    assert read(other + text[1:], tail) is None


async def test_showing_a_node_says_whether_it_stands_in_the_home(house, alice):
    docs = await alice.folder(await alice.root(), "docs")
    inner = await alice.folder(docs.id, "inner")

    async def look(work):
        return [(await browsing.show(work, await owned(work, node.id))).at_top for node in (docs, inner)]

    assert await house.read(None, look) == [True, False]
    assert (await alice.write(lambda work: filing.home(work, alice.person))).title == filing.HOME_TITLE
