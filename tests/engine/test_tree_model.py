"""Random lives of trees against a plain model of names, parents, totals and ids, on both engines."""

import asyncio
import itertools
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyshare.domain.errors import AlreadyThere, Invalid, NotFound, PolyshareError, WrongState
from polyshare.domain.nodes import folded_name, numbered_name
from polyshare.engine.tree import copying, sweeping
from polyshare.store.statements import statement
from tests.engine.tree import Tree, a_person
from tests.house import a_house

ALL = statement(
    "test.all",
    """
    select n.id, n.parent, n.name, n.size, n.children, d.owner, case when n.trashed_at is null then 0 else 1 end
    from node n join drive d on d.id = n.drive where d.owner in :people[]
    """,
)
NAMES = st.sampled_from(["a", "A", "b", "c.txt", "C.TXT", "ß", "ss"])
PICK = st.integers(0, 30)
VERBS = (
    ["folder"] * 3
    + ["file"] * 4
    + ["rename"] * 2
    + ["move"] * 4
    + ["copy"]
    + ["trash"] * 3
    + ["restore"] * 2
    + ["remove"]
)
OPERATION = st.tuples(st.sampled_from(VERBS), PICK, PICK, NAMES)


@dataclass
class Thing:
    """What the model knows of a node."""

    parent: int | None
    name: str
    size: int | None  # None: a folder
    trashed: bool = False


class Model:
    """Trees as a dictionary, with the obvious loops."""

    def __init__(self, roots):
        self.roots = roots  # root -> owner
        self.things = {root: Thing(None, "Home", None) for root in roots}

    def above(self, id_):
        """The node and everything above it."""
        while id_ is not None:
            yield id_
            id_ = self.things[id_].parent

    def live(self, id_):
        return not any(self.things[each].trashed for each in self.above(id_))

    def owner(self, id_):
        return self.roots[list(self.above(id_))[-1]]

    def inside(self, id_):
        return [each for each, thing in self.things.items() if thing.parent == id_ and not thing.trashed]

    def below(self, id_):
        return [each for each in self.things if id_ in self.above(each)]

    def size(self, id_):
        own = self.things[id_].size
        return own if own is not None else sum(map(self.size, self.inside(id_)))

    def free(self, parent, name, besides=None):
        used = {folded_name(self.things[each].name) for each in self.inside(parent) if each != besides}
        candidates = itertools.chain([name], (numbered_name(name, number) for number in itertools.count(2)))
        return next(each for each in candidates if folded_name(each) not in used)

    def refusal(self, verb, id_, other):
        """The error that an operation must meet, or None."""
        thing = self.things[id_]
        if verb in ("restore", "remove"):
            return None if thing.trashed else NotFound
        if not self.live(id_) or (verb in ("move", "copy") and not self.live(other)):
            return NotFound
        folder = {"folder": id_, "file": id_, "move": other, "copy": other}.get(verb)
        if folder is not None and self.things[folder].size is not None:
            return WrongState
        if verb in ("move", "trash") and id_ in self.roots:
            return WrongState
        if verb == "move" and id_ in self.above(other):
            return Invalid
        if verb == "rename" and other != thing.name:
            return self.no_rename(id_, other)
        return None

    def no_rename(self, id_, name):
        if id_ in self.roots:
            return WrongState
        return AlreadyThere if self.free(self.things[id_].parent, name, id_) != name else None

    def rows(self):
        return {
            (
                id_,
                thing.parent,
                thing.name,
                self.size(id_),
                len(self.inside(id_)),
                self.owner(id_),
                int(thing.trashed),
            )
            for id_, thing in self.things.items()
        }


class Life:
    """Both at once: trees in a house, and the model of them."""

    def __init__(self, runner, house, trees):
        self.runner, self.house = runner, house
        self.trees = {tree.person: tree for tree in trees}
        self.model = Model({self.do(tree.root()): tree.person for tree in trees})

    def do(self, verb):
        return self.runner.run(verb)

    def rows(self):
        asked = self.house.read(None, lambda work: work.rows.all(ALL, people=list(self.trees)))
        return {tuple(row) for row in self.do(asked)}

    def step(self, verb, pick, other_pick, name):
        ids = list(self.model.things)
        id_ = ids[pick % len(ids)]
        other = {"move": ids[other_pick % len(ids)], "copy": ids[other_pick % len(ids)]}.get(verb)
        if verb in ("folder", "file", "rename"):
            other = name
        refusal = self.model.refusal(verb, id_, other)
        tree = self.trees[self.model.owner(id_)]
        if refusal is None:
            getattr(self, verb)(tree, id_, other)
        elif verb != "file":
            arguments = () if other is None else (other,)
            with pytest.raises(PolyshareError) as caught:
                self.do(getattr(tree, verb)(id_, *arguments))
            assert caught.type is refusal

    def folder(self, tree, id_, name):
        name_ = self.model.free(id_, name)
        self.model.things[self.do(tree.folder(id_, name)).id] = Thing(id_, name_, None)

    def file(self, tree, id_, name):
        name_, size = self.model.free(id_, name), len(self.model.things)
        self.model.things[self.do(tree.file(id_, name, size)).id] = Thing(id_, name_, size)

    def rename(self, tree, id_, name):
        self.do(tree.rename(id_, name))
        self.model.things[id_].name = name

    def move(self, tree, id_, into):
        thing = self.model.things[id_]
        self.do(tree.move(id_, into))
        if thing.parent != into:
            thing.name = self.model.free(into, thing.name)
            thing.parent = into

    def copy(self, tree, id_, into):
        made = self.do(tree.copy(id_, into))
        names = {}

        def twin(source, copy, parent, name):
            thing = self.model.things[source]
            names[copy] = Thing(parent, name, thing.size)
            copies = {seen.name: seen.node.id for seen in self.do(tree.children(copy)).rows}
            inside = self.model.inside(source)
            assert copies.keys() == {self.model.things[each].name for each in inside}
            for each in inside:
                name = self.model.things[each].name
                twin(each, copies[name], copy, name)

        twin(id_, made.id, into, self.model.free(into, self.model.things[id_].name))
        self.model.things |= names

    def trash(self, tree, id_, _):
        self.do(tree.trash(id_))
        self.model.things[id_].trashed = True

    def restore(self, tree, id_, _):
        self.do(tree.restore(id_))
        thing = self.model.things[id_]
        parent = next(each for each in self.model.above(thing.parent) if self.model.live(each))
        thing.name, thing.parent, thing.trashed = self.model.free(parent, thing.name), parent, False

    def remove(self, tree, id_, _):
        self.do(tree.remove(id_))
        while self.do(sweeping.sweep(self.house)):
            pass
        for each in self.model.below(id_):
            del self.model.things[each]


@pytest.fixture
def lives(database_url, clock, monkeypatch):
    """Begins a life of two people's trees, in a house that all lives share; batches are small."""
    monkeypatch.setattr(copying, "BATCH", 3)
    monkeypatch.setattr(sweeping, "BATCH", 3)
    numbers = itertools.count()
    with asyncio.Runner() as runner:
        opening = a_house(database_url, clock)
        house = runner.run(opening.__aenter__())

        def begin():
            people = [runner.run(a_person(house, f"p{next(numbers)}")) for _ in range(2)]
            return Life(runner, house, [Tree(house, person) for person in people])

        yield begin
        runner.run(opening.__aexit__(None, None, None))


def test_names_parents_totals_and_ids_are_those_of_the_model(lives):
    @settings(
        max_examples=40,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(OPERATION, min_size=15, max_size=40))
    def check(operations):
        life = lives()
        for operation in operations:
            life.step(*operation)
            assert life.rows() == life.model.rows()

    check()
