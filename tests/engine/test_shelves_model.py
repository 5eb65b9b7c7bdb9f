"""Whatever happens to shares, folders and people in whatever order: lists are what the tables say, on both engines."""

import asyncio
import contextlib
import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyshare.domain.directory import PersonChange
from polyshare.domain.errors import PolyshareError
from polyshare.domain.folder_shares import FolderOrder, FolderShareFilter, NewFolderShare
from polyshare.domain.nodes import Taken, Trashed
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Access, Actor
from polyshare.domain.views import Sorting, Window
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.sharing import aligning, asking, consenting, membering, retracting, surveying
from polyshare.engine.tree import filing, sweeping
from polyshare.store.shares import folder_pages
from tests.consistency import broken_laws
from tests.engine.shelves import check, everything, naive, wanted
from tests.engine.tree import Tree, a_group, a_person, owned
from tests.house import a_house

PICK = st.integers(0, 200)
NAMES = st.sampled_from(["a", "A", "b-c", "Straße", "%_", "a b"])
GIVES = st.sampled_from(list(Permission))
VERBS = (
    ["folder"] * 4
    + ["member"] * 4
    + ["ask"] * 4
    + ["accept", "decline", "regrant", "role", "revoke"] * 2
    + ["rename", "move"] * 3
    + ["merge", "trash", "trash", "restore", "restore"]
    + ["withdraw", "remove", "end", "login", "purge"]
)
STEP = st.tuples(st.sampled_from(VERBS), PICK, PICK, NAMES, GIVES)
FILTER = st.builds(
    FolderShareFilter,
    received=st.sampled_from([None, True, False]),
    refused=st.sampled_from([None, True, False]),
    owner=st.sampled_from([None, None, "p0"]),
    not_product=st.sampled_from([None, "storage"]),
    words=st.sampled_from(["", "", "A", "STRASSE", "%", "_", "/a", "p1", "b-c"]),
)
LOOK = st.tuples(PICK, FILTER, st.sampled_from(list(FolderOrder)), st.booleans(), st.sampled_from([1, 2, 50]))


class Life:
    """Three people with a drive each, and what they do in it."""

    def __init__(self, run, house, clock, numbers):
        self.run, self.house, self.clock, self.numbers = run, house, clock, numbers
        self.trees = [Tree(house, run(a_person(house, f"p{next(numbers)}"))) for _ in range(3)]
        self.people = [tree.person for tree in self.trees]
        self.group = run(a_group(house, f"g{next(numbers)}", self.people[0]))
        self.roots = [run(tree.root()) for tree in self.trees]
        self.told = {}
        self.done = Counter()
        self.begin()

    def begin(self):
        """Folders below one another, shared from the start."""
        for at, tree in enumerate(self.trees[:2]):
            node = self.roots[at]
            for number, name in enumerate(("top", "Mitte", "deep")):
                node = self.run(tree.folder(node, name)).id
                self.member(node, None, (at + 1 + number % 2) % 3, None, Permission.EDIT)
        self.look()

    def tables(self):
        return self.run(everything(self.house))

    def tree_of(self, node):
        owner = self.run(self.trees[0].node(node)).owner
        return self.trees[self.people.index(owner)]

    def act(self, person, job):
        return self.run(self.house.write(self.actor(person), job))

    def actor(self, person):
        logins = dict(self.tables()["person"])
        return Actor(person, logins[person], 1, Access.EDIT, False, False)

    def step(self, verb, pick, other, name, gives):
        """Do one thing, or be refused; then look at everything."""
        self.clock.pass_s(0.5)
        node, into = self.pick(pick), self.pick(other)
        with contextlib.suppress(PolyshareError):
            getattr(self, verb)(node, into, other, name, gives)
            self.done[verb] += 1
        self.look()

    def pick(self, number):
        """One of the folders there are; those that are shared, and those above them, come more often."""
        tables = self.tables()
        own = {drive for drive, owner, _ in tables["drive"] if owner in self.people}
        nodes = {row[0]: row for row in tables["node"] if row[2] in own and row[3] == "folder"}
        likely = sorted(nodes)
        for item in tables["item"]:
            at = item[3] if item[0] in self.told and item[3] in nodes else None
            while at is not None and nodes[at][1] is not None:
                likely += [at] * 3
                at = nodes[at][1]
        return likely[number % len(likely)]

    def look(self):
        before, self.told = self.told, self.run(check(self.house))
        for share in before.keys() & self.told.keys():
            (was, digest_was), (now, digest_now) = before[share], self.told[share]
            assert (was == now) == (digest_was == digest_now)

    def folder(self, node, _, __, name, ___):
        self.run(self.tree_of(node).folder(node, name))

    def member(self, node, _, other, __, gives):
        tree, who = self.tree_of(node), [*self.people, self.group][other % 4]

        async def job(work):
            await membering.share_with(work, await owned(work, node), [who], gives, None)

        self.act(tree.person, job)

    def role(self, node, _, other, __, gives):
        async def job(work):
            await membering.change(work, await owned(work, node), [self.people[other % 3]], gives, None)

        self.act(self.tree_of(node).person, job)

    def revoke(self, node, _, other, __, ___):
        async def job(work):
            await membering.revoke(work, await owned(work, node), [self.people[other % 3]])

        self.act(self.tree_of(node).person, job)

    def ask(self, node, _, other, __, gives):
        tables = self.tables()
        nodes, names, at = {row[0]: row for row in tables["node"]}, [], node
        while nodes[at][1] is not None:
            names.append(nodes[at][4])
            at = nodes[at][1]
        path = "/".join(["", str(nodes[at][2]), *reversed(names)])
        login = dict(tables["person"])[self.people[other % 3]]
        new = NewFolderShare(path, login, gives, None if other % 2 else '["EDIT"]', None)
        self.run(asking.ask(self.house, self.actor(self.tree_of(node).person), [new]))

    def one_of_the_shares(self, pick):
        shares = sorted(self.told)
        return shares[pick % len(shares)] if shares else 0

    def recipient(self, share):
        return self.told[share][0][2] if share in self.told else self.people[0]

    def accept(self, _, __, other, ___, ____):
        share = self.one_of_the_shares(other)
        self.act(self.recipient(share), lambda work: consenting.accept(work, [share]))

    def decline(self, _, __, other, ___, ____):
        share = self.one_of_the_shares(other)
        self.act(self.recipient(share), lambda work: consenting.decline(work, [share]))

    def regrant(self, node, _, other, __, gives):
        share = self.one_of_the_shares(other)
        owner = next(row[1] for row in self.tables()["share"] if row[0] == share)
        self.act(owner, lambda work: consenting.regrant(work, [(share, gives, '["READ"]')]))

    def end(self, _, __, other, ___, ____):
        share = self.one_of_the_shares(other)
        self.run(retracting.end(self.house, self.actor(self.recipient(share)), [share]))

    def rename(self, node, _, __, name, ___):
        self.run(self.tree_of(node).rename(node, name))

    def move(self, node, into, *_):
        self.run(self.tree_of(node).move(node, into))

    def merge(self, node, into, *_):
        self.run(self.tree_of(node).move(node, into, taken=Taken.MERGE))

    def trash(self, node, *_):
        self.run(self.tree_of(node).trash(node))

    def withdraw(self, node, *_):
        async def job(work):
            await filing.trash(work, await owned(work, node), Trashed.WITHDRAW)

        self.act(self.tree_of(node).person, job)

    def trashed(self, number):
        """A folder that was put into the trash."""
        owners = {drive: owner for drive, owner, _ in self.tables()["drive"] if owner in self.people}
        found = sorted(row[0] for row in self.tables()["node"] if row[5] is not None and row[2] in owners)
        return found[number % len(found)] if found else self.roots[0]

    def restore(self, _, __, other, *___):
        node = self.trashed(other)
        self.run(self.tree_of(node).restore(node))

    def remove(self, _, __, other, *___):
        node = self.trashed(other)
        self.run(self.tree_of(node).remove(node))
        self.look()
        while self.run(sweeping.sweep(self.house)):
            self.look()

    def login(self, _, __, other, name, ___):
        login = f"{name}{next(self.numbers)}"
        before = self.actor(self.people[other % 3]).login
        change = PersonChange(login=login)
        self.run(directing.changing(self.house, None, lambda work: enrolling.change(work, before, change)))

    def purge(self, *_):
        self.clock.pass_s(40 * 86_400)
        self.run(aligning.purge(self.house))

    def compare(self, pick, asked, by, descending, limit):
        """A list, walked in stretches, is what the obvious loop finds."""
        viewer, tables, walked, after = self.people[pick % 3], self.tables(), [], None
        while True:

            def job(work, after=after):
                return surveying.page(
                    work, viewer, asked, Sorting(by, descending), Window(0, limit, after), updates=True
                )

            rows, after = self.run(self.house.read(None, job))
            walked += rows
            if after is None:
                break
        assert [row.id for row in walked] == naive(tables, viewer, asked, by, descending)
        _listed, told, _ = wanted(tables)
        for row in walked:
            (_facet, path, *_), login, recipient, grant, updates = told[row.id]
            assert (row.path, row.recipient, row.recipient_id, row.grant) == (
                path,
                login,
                recipient,
                grant[5],
            )
            assert (int(row.permissions), row.consent, row.asked) == (grant[2], grant[3], grant[6])
            assert [update.consent for update in row.updates] == [
                each[2] for each in sorted(updates, key=lambda u: u[1])
            ]
        self.compare_folders(viewer, tables, limit)

    def compare_folders(self, viewer, tables, limit):
        folders, after = [], None
        while True:

            def job(work, after=after):
                return surveying.outgoing(work, viewer, Window(0, limit, after))

            found, after = self.run(self.house.read(None, job))
            folders += found
            if after is None:
                break
        sent = naive(tables, viewer, FolderShareFilter(received=False), FolderOrder.PATH, False)
        listed, told, _ = wanted(tables)
        expected = {}
        for share in sent:
            expected.setdefault(listed[viewer, share][1], []).append((told[share][1], share))
        assert [(one.path, [share.id for share in one.shares]) for one in folders] == [
            (path, [share for _, share in sorted(group)]) for path, group in sorted(expected.items())
        ]


@pytest.fixture
def lives(database_url, clock, monkeypatch):
    """Begins lives in a house that all of them share; the index of words gives up early."""
    monkeypatch.setattr(surveying, "MOST_BY_INDEX", 3)
    monkeypatch.setattr(folder_pages, "MOST_BY_INDEX", 3)
    monkeypatch.setattr(sweeping, "BATCH", 3)
    numbers = itertools.count()
    with asyncio.Runner() as runner:
        opening = a_house(database_url, clock)
        house = runner.run(opening.__aenter__())
        yield lambda: Life(runner.run, house, clock, numbers)
        assert runner.run(broken_laws(house.database)) == []
        runner.run(opening.__aexit__(None, None, None))


def test_lists_are_what_the_tables_say(lives):
    done = Counter()

    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(st.lists(STEP, min_size=15, max_size=30), st.lists(LOOK, min_size=4, max_size=6))
    def checked(steps, looks):
        life = lives()
        for step in steps:
            life.step(*step)
        for look in looks:
            life.compare(*look)
        done.update(life.done)

    checked()

    assert sum(done.values()) > 80, done
