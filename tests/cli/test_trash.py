"""`polyshare trash` as it is typed."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from polyshare.cli import polyshare
from polyshare.opening import opened
from tests.application import settings_in
from tests.engine.tree import Tree, a_person


@pytest.fixture
def ran(tmp_path):
    """A function that runs the command on a database in which Ann deleted the folders `a` and `b`."""

    async def prepare():
        async with opened(settings_in(tmp_path)) as home:
            await a_person(home.house, "bob")
            tree = Tree(home.house, await a_person(home.house, "ann"))
            for name in "ab":
                await tree.trash((await tree.folder(await tree.root(), name)).id)

    asyncio.run(prepare())
    place = ("--database", f"sqlite://{tmp_path / 'polyshare.db'}")
    return lambda verb, *words: CliRunner().invoke(polyshare, ["trash", verb, *place, *map(str, words)])


def listed(ran, login="ann"):
    return json.loads(ran("list", login, "--json").stdout)


def test_what_was_deleted_is_listed_brought_back_and_removed(ran):
    b, a = listed(ran)

    table = ran("list", "ann").stdout.splitlines()
    restored, purged = ran("restore", "ann", a["id"]), ran("purge", "ann", b["id"])

    assert [one["name"] for one in (b, a)] == ["b", "a"]
    assert table[0].split() == ["ID", "KIND", "NAME", "SIZE", "DELETED"]
    assert len(table) == 3
    assert (restored.exit_code, restored.stdout) == (0, "a is back\n")
    assert (purged.exit_code, purged.stdout) == (0, "removed\n")
    assert listed(ran) == []


@pytest.mark.parametrize("verb", ["restore", "purge"])
def test_what_is_not_in_that_users_trash_is_one_line(ran, verb):
    [_, a] = listed(ran)

    for words in (("bob", a["id"]), ("ann", 7), ("nobody", a["id"])):
        result = ran(verb, *words)

        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
    assert len(listed(ran)) == 2
