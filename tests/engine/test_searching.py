"""Searching the file tree, on both engines, with PostgreSQL's index and without it."""

import pytest

from polyshare.domain.nodes import NodeOrder
from polyshare.domain.permissions import Permission
from polyshare.store.statements import statement
from polyshare.store.tree import node_search
from tests.engine.tree import Tree, a_group, a_person, share

DROP_INDEX = statement("test.drop_index", "{postgres: drop index node_by_words}{sqlite: select 1}")


WITHOUT = "postgres without pg_trgm"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgres", WITHOUT], indirect=True)


@pytest.fixture
async def alice(request, house):
    if request.node.callspec.params["database_url"] == WITHOUT:
        await house.write(None, lambda work: work.rows.run(DROP_INDEX))
        assert not await house.read(None, lambda work: node_search.has_index(work.rows))
    return Tree(house, await a_person(house, "alice"))


@pytest.fixture
async def bob(house):
    return Tree(house, await a_person(house, "bob", "Bob Stone"))


def names(page):
    return [seen.name for seen in page.rows]


async def test_words_are_found_in_names_and_descriptions_whatever_their_case(alice):
    root = await alice.root()
    await alice.folder(root, "Quarterly REPORT")
    inner = await alice.folder(root, "other", description="The quarterly one")
    await alice.folder(inner.id, 'Straße 50%_"x')

    assert names(await alice.search("quarter")) == ["other", "Quarterly REPORT"]
    assert names(await alice.search("QUARTER report")) == ["Quarterly REPORT"]
    assert names(await alice.search("strasse")) == ['Straße 50%_"x']
    assert names(await alice.search('50%_"')) == ['Straße 50%_"x']
    assert names(await alice.search("5_%")) == []
    assert names(await alice.search("  ")) == []


async def test_one_or_two_letters_are_found_too(alice):
    root = await alice.root()
    await alice.folder(root, "ab")
    await alice.folder(root, "xaby long")

    assert names(await alice.search("b")) == ["ab", "xaby long"]
    assert names(await alice.search("ab long")) == ["xaby long"]


async def test_only_what_is_reached_is_found(house, alice, bob):
    root = await alice.root()
    shared = await alice.folder(root, "shared report")
    deep = await alice.folder((await alice.folder(shared.id, "middle")).id, "deep report")
    await alice.folder(root, "secret report")
    await bob.folder(await bob.root(), "own report")
    await share(house, shared.id, await a_group(house, "team", bob.person), Permission.VIEW)
    await share(house, deep.id, bob.person, Permission.EDIT)

    page = await bob.search("report")

    assert names(page) == ["deep report", "own report", "shared report"]
    assert [seen.permissions for seen in page.rows] == [
        Permission.EDIT.closed,
        Permission.MANAGE.closed,
        Permission.VIEW,
    ]
    assert [seen.at_top for seen in page.rows] == [False, True, True]
    assert names(await bob.search("re")) == names(page)
    assert names(await bob.search("home")) == []


async def test_what_is_in_the_trash_or_below_it_is_not_found(alice):
    root = await alice.root()
    outer = await alice.folder(root, "outer report")
    await alice.folder(outer.id, "inner report")
    await alice.trash(outer.id)

    assert names(await alice.search("report")) == []
    assert names(await alice.search("re")) == []

    await alice.restore(outer.id)
    assert names(await alice.search("report")) == ["inner report", "outer report"]


async def test_a_new_name_is_found_and_the_old_one_no_more(alice):
    docs = await alice.folder(await alice.root(), "before")
    await alice.rename(docs.id, "after")

    assert (names(await alice.search("before")), names(await alice.search("after"))) == ([], ["after"])


async def test_the_owners_name_counts_as_a_word_of_all_that_is_the_owners(house, alice, bob):
    docs = await bob.folder(await bob.root(), "docs")
    await bob.folder(docs.id, "report")
    await share(house, docs.id, alice.person)
    await alice.folder(await alice.root(), "report of stone")

    assert names(await alice.search("stone")) == ["docs", "report", "report of stone"]
    assert names(await alice.search("stone report")) == ["report", "report of stone"]


async def test_a_search_within_a_folder_finds_what_lies_below_it(alice):
    root = await alice.root()
    docs = await alice.folder(root, "docs report")
    await alice.folder(docs.id, "a report")
    await alice.folder(root, "another report")

    assert names(await alice.search("report", docs.id)) == ["a report"]
    assert names(await alice.search("re", docs.id)) == ["a report"]


async def test_what_is_found_is_sorted_and_paged_with_the_total(alice):
    root = await alice.root()
    for size, name in ((3, "b.txt"), (1, "c.txt"), (2, "a.txt")):
        await alice.file(root, name, size)

    assert names(await alice.search("txt", order=NodeOrder.SIZE, descending=True)) == [
        "b.txt",
        "a.txt",
        "c.txt",
    ]
    assert len(names(await alice.search("txt", order=NodeOrder.MODIFIER))) == 3
    page = await alice.search("txt", skip=1, limit=1)
    assert (names(page), page.total) == (["b.txt"], 3)
    beyond = await alice.search("txt", skip=7, limit=1)
    assert (names(beyond), beyond.total) == ([], 3)
