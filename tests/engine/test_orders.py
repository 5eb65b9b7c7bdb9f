"""Parallel shares, revokes, moves and uploads around one folder end as some order of them would have left it."""

import asyncio
import random

import pytest

from polyshare.domain.errors import PolyshareError
from polyshare.domain.permissions import Permission
from polyshare.domain.views import Window
from polyshare.engine.content import storing
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access, browsing, moving
from polyshare.store.tree import nodes
from tests.consistency import broken_laws, unfinished
from tests.engine.tree import Tree, a_person, acting
from tests.orders import OWNER, Operation, Said, Shared, explained

VIEW, EDIT, MANAGE = Permission.VIEW, Permission.EDIT, Permission.MANAGE
PEOPLE = ("bob", "cid", "dee")
FOLDERS = ("left", "right", "middle")
START = Shared(
    (("left", "top"), ("middle", "left"), ("right", "top")),
    frozenset({("middle", "bob", MANAGE), ("left", "cid", MANAGE), ("right", "dee", EDIT)}),
)
SHORT, LONG = 8, 400  # rounds


class Room:
    """Ann's folders in a house, and everybody who does something with them."""

    def __init__(self, house):
        self.house = house
        self.people, self.nodes = {}, {}
        self.contents = {}  # of acknowledged uploads, by folder, file name and version

    async def begin(self, number, start):
        """New people and folders, shared as *start* says."""
        for name in (OWNER, *PEOPLE):
            self.people[name] = await a_person(self.house, f"{name}{number}", name)
        tree = Tree(self.house, self.people[OWNER])
        self.nodes["top"] = (await tree.folder(await tree.root(), "top")).id
        for name, parent in sorted(start.parents, key=lambda pair: len(start.above(pair[0]))):
            self.nodes[name] = (await tree.folder(self.nodes[parent], name)).id
        for node, person, permission in sorted(start.grants):
            assert await self.do(Operation(OWNER, "share", node, person, permission)) == "ok"

    async def do(self, one):
        """Carry an operation out as a dialect would; its answer, as the model spells it."""
        actor = acting(self.people[one.actor])
        try:
            if one.verb == "upload":
                return await self._upload(actor, one)

            async def job(work):
                node = self.nodes[one.node]
                if one.verb == "move":
                    reached = await access.need(work, actor.id, node, EDIT)
                    await moving.move(
                        work, reached, await access.need(work, actor.id, self.nodes[one.whom], EDIT)
                    )
                    return None
                reached, whom = await access.reach(work, actor.id, node), [self.people[one.whom]]
                if one.verb == "revoke":
                    [outcome] = await membering.revoke(work, reached, whom)
                else:
                    verb = membering.share_with if one.verb == "share" else membering.change
                    [outcome] = await verb(work, reached, whom, one.permission)
                return outcome.refusal

            refusal = await self.house.write(actor, job)
        except PolyshareError as error:
            refusal = error
        return "ok" if refusal is None else type(refusal).__name__

    async def _upload(self, actor, one):
        content = f"{one.actor} {random.random()}".encode()

        async def stream():
            yield content

        staged = await storing.stage(self.house, stream())

        async def job(work):
            reached = await access.need(work, actor.id, self.nodes[one.node], EDIT)
            return await storing.keep(work, reached, one.whom, staged, "text/plain")

        kept = await self.house.write(actor, job)
        self.contents[one.node, one.whom, kept.version] = content
        return str(kept.version)

    async def line(self, operations):
        """One caller, who waits for each answer."""
        return [Said(one, await self.do(one)) for one in operations]

    async def found(self):
        """What is there now."""

        async def job(work):
            names = {id_: name for name, id_ in self.nodes.items()}
            logins = {id_: name for name, id_ in self.people.items()}
            parents, grants, files = [], set(), set()
            for name in FOLDERS:
                node = self.nodes[name]
                parents.append((name, names[(await nodes.one(work.rows, node)).parent]))
                reached = await access.reach(work, self.people[OWNER], node)
                seen = await membering.list_members(work, reached, current_only=True)
                for one in seen.members:
                    grants.add((name, logins[one.principal.id], one.permissions))
                inside = await browsing.children(work, reached, window=Window(0, None))
                for one in inside.rows:
                    if one.node.id not in names:
                        files.add((name, one.name, one.node.version))
            return Shared(tuple(sorted(parents)), frozenset(grants), frozenset(files))

        return await self.house.read(acting(self.people[OWNER]), job)

    async def read(self, folder, name, number):
        """The bytes of one version."""

        async def find(work):
            reached = await access.reach(work, self.people[OWNER], self.nodes[folder])
            [file] = (await browsing.children(work, reached, name=name, window=Window(0, 1))).rows
            reached = await access.reach(work, self.people[OWNER], file.node.id)
            return await storing.open_version(work, reached, number)

        download = await self.house.read(acting(self.people[OWNER]), find)
        return b"".join([chunk async for chunk in storing.read(self.house, download)])


def closed(shared):
    """The same with all permissions closed, as member lists show them."""
    grants = frozenset((node, who, permission.closed) for node, who, permission in shared.grants)
    return Shared(shared.parents, grants, shared.files)


def an_operation(chance, actor):
    verb = chance.choice(("share", "revoke", "revoke", "change", "move", "upload", "upload"))
    if verb == "move":
        return Operation(actor, verb, "middle", chance.choice(("left", "right")))
    if verb == "upload":
        return Operation(actor, verb, chance.choice(("middle", "middle", "left")), chance.choice("xy"))
    permission = Permission(0) if verb == "revoke" else chance.choice((VIEW, EDIT, MANAGE)).closed
    return Operation(
        actor, verb, chance.choice(("middle", "middle", "left")), chance.choice(PEOPLE), permission
    )


async def check(house, number, start, lines):
    """Run the lines of operations at once, and find an order for what came of them."""
    room = Room(house)
    await room.begin(number, start)

    said = await asyncio.gather(*(room.line(operations) for operations in lines))
    end = await room.found()

    assert explained(closed(start), said, end), (
        "\n".join(str(one) for line in said for one in (*line, "")) + f"\n{end}"
    )
    for (folder, name, version), content in room.contents.items():
        assert await room.read(folder, name, version) == content
    assert await broken_laws(house.database) == []
    assert await unfinished(house.database) == 0


async def some_rounds(house, rounds):
    for number in range(rounds):
        chance = random.Random(number)
        lines = [[an_operation(chance, actor) for _ in range(3)] for actor in (OWNER, *PEOPLE)]
        await check(house, number, START, lines)


async def test_whatever_is_done_at_once_some_order_explains(house):
    await some_rounds(house, SHORT)


@pytest.mark.heavy
async def test_whatever_is_done_at_once_some_order_explains_for_long(house):
    await some_rounds(house, LONG)


async def test_of_two_managers_who_revoke_each_other_at_once_one_stays(house):
    start = Shared(
        START.parents, frozenset({("middle", "bob", MANAGE.closed), ("middle", "cid", MANAGE.closed)})
    )
    each_other = [
        [Operation("bob", "revoke", "middle", "cid")],
        [Operation("cid", "revoke", "middle", "bob")],
    ]

    for number in range(SHORT):
        await check(house, number, start, each_other)


async def test_who_moves_a_folder_away_and_who_revokes_that_one_do_not_both_succeed(house):
    grants = {("middle", "bob", EDIT.closed), ("right", "bob", EDIT.closed), ("left", "cid", MANAGE.closed)}
    start = Shared(START.parents, frozenset(grants))
    lines = [[Operation("bob", "move", "middle", "right")], [Operation("cid", "revoke", "middle", "bob")]]

    for number in range(SHORT):
        await check(house, number, start, lines)


async def test_who_is_given_a_role_for_access_from_above_just_had_it(house):
    start = Shared(
        START.parents, frozenset({("middle", "bob", MANAGE.closed), ("left", "cid", MANAGE.closed)})
    )
    lines = [
        [Operation("bob", "change", "middle", "cid", EDIT.closed)],
        [Operation("cid", "revoke", "left", "cid"), Operation("cid", "upload", "middle", "x")],
    ]

    for number in range(SHORT):
        await check(house, number, start, lines)


def test_the_search_finds_no_order_for_what_none_explains():
    start = Shared(START.parents, frozenset({("middle", "bob", MANAGE), ("middle", "cid", MANAGE)}))
    first, second = Operation("bob", "revoke", "middle", "cid"), Operation("cid", "revoke", "middle", "bob")
    both = [[Said(first, "ok")], [Said(second, "ok")]]
    one = [[Said(first, "ok")], [Said(second, "Hidden")]]
    lost = [[Said(Operation(OWNER, "upload", "middle", "x"), "1")]]

    assert not explained(start, both, Shared(START.parents))
    assert explained(start, one, Shared(START.parents, frozenset({("middle", "bob", MANAGE)})))
    assert not explained(start, lost, start)
