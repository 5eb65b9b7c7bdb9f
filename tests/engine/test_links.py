"""Public links: who makes them, what they are, and to whom they open what."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from polyshare.domain.errors import (
    AlreadyThere,
    CodeNeeded,
    Hidden,
    Insufficient,
    Invalid,
    LinkShut,
    NotFound,
)
from polyshare.domain.links import Audience, LinkTerms, Reader
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.engine.links import publishing
from polyshare.engine.tree import access
from tests.house import a_house
from tests.trees import Trees, an_actor

VIEW, DOWNLOAD, EDIT, MANAGE = Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT, Permission.MANAGE
OPEN = LinkTerms(Audience.ANYONE, VIEW)
CODE = "correct horse"


class Desk(Trees):
    """Ann's folder, and who makes links on it."""

    ann: int
    bob: int
    cid: int
    dee: int
    top: int
    below: int

    async def do(self, actor, verb, *args, **kwargs):
        """One verb in a transaction of its own."""
        return await self.house.write(an_actor(actor), lambda work: verb(work, *args, **kwargs))

    async def publish(self, actor=None, terms=OPEN, node=None):
        """Make a link, as a dialect would."""
        actor = actor or self.ann

        async def job(work):
            return await publishing.create(work, await access.reach(work, actor, node or self.top), terms)

        return await self.house.write(an_actor(actor), job)

    async def published(self, actor=None):
        """The links on the folder."""
        actor = actor or self.ann

        async def job(work):
            return await publishing.list_links(work, await access.reach(work, actor, self.top))

        return await self.house.read(None, job)

    async def opened(self, link, code=None, person=None):
        """Open a link by its public id."""
        return await publishing.open_link(self.house, link.public_id, code, person)


@pytest.fixture
async def desk(house):
    """Ann's folder `top`, which Bob manages and to which Cid contributes."""
    made = Desk(house)
    made.ann, made.bob, made.cid, made.dee = [
        await made.person(name) for name in ("ann", "bob", "cid", "dee")
    ]
    drive, root = await made.drive(made.ann)
    made.top = await made.node(drive, root, name="top")
    made.below = await made.node(drive, made.top, name="below")
    await made.grant(made.top, made.ann, made.bob, MANAGE)
    await made.grant(made.top, made.ann, made.cid, EDIT)
    return made


async def test_a_link_is_made_by_who_manages_and_shown_as_it_was_made(desk, clock):
    terms = LinkTerms(
        Audience.LISTED,
        EDIT,
        (Reader(desk.dee, "dee@example.com"), Reader(desk.cid, "cid")),
        "for two",
        clock.now + 5,
    )

    made = await desk.publish(desk.bob, terms)

    assert (made.audience, made.permissions, made.readers) == (Audience.LISTED, EDIT, terms.readers)
    assert (made.name, made.expires_at, made.coded, made.created_by) == (
        "for two", clock.now + 5, False, desk.bob
    )  # fmt: skip
    for seen in (
        await desk.do(desk.ann, publishing.show, desk.ann, made.id),
        await desk.do(desk.ann, publishing.show, desk.ann, made.public_id),
        (await desk.published())[0],
    ):
        assert seen == made


async def test_less_than_managing_neither_makes_nor_sees_nor_changes_links(desk):
    made = await desk.publish()

    with pytest.raises(Insufficient):
        await desk.publish(desk.cid)
    with pytest.raises(Insufficient):
        await desk.published(desk.cid)
    for person, error in ((desk.cid, Insufficient), (desk.dee, Hidden)):
        with pytest.raises(error):
            await desk.do(person, publishing.show, person, made.id)
        with pytest.raises(error):
            await desk.do(person, publishing.change, person, made.id, OPEN, keep_code=True)
        with pytest.raises(error):
            await desk.do(person, publishing.remove, person, made.id)
    assert await desk.published() == [made]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (LinkTerms(Audience.ANYONE, MANAGE), "permissions"),
        (LinkTerms(Audience.ANYONE, VIEW | EDIT), "permissions"),
        (LinkTerms(Audience.LISTED, VIEW), "readers"),
        (LinkTerms(Audience.ANYONE, VIEW, (Reader(1, "one"),)), "readers"),
        (LinkTerms(Audience.ANYONE, VIEW, name="a\nb"), "name"),
        (LinkTerms(Audience.ANYONE, VIEW, name="a" * 256), "name"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(desk, terms, field):
    with pytest.raises(Invalid) as refused:
        await desk.publish(terms=terms)

    assert refused.value.where == (field,)
    assert await desk.published() == []


async def test_a_node_has_one_unnamed_link_at_most_and_any_number_of_named_ones(desk):
    first = await desk.publish()
    named = LinkTerms(Audience.ANYONE, VIEW, name="same")
    other, _ = await desk.publish(terms=named), await desk.publish(terms=named)

    with pytest.raises(AlreadyThere):
        await desk.publish()
    with pytest.raises(AlreadyThere):
        await desk.do(desk.ann, publishing.change, desk.ann, other.id, OPEN, keep_code=True)
    await desk.do(desk.ann, publishing.change, desk.ann, first.id, OPEN, keep_code=True)
    await desk.publish(node=desk.below)

    assert [one.name for one in await desk.published()] == ["", "same", "same"]


async def test_many_unnamed_links_at_once_leave_one(database_url, clock):
    async with contextlib.AsyncExitStack() as opened:
        desks = [Desk(await opened.enter_async_context(a_house(database_url, clock))) for _ in range(2)]
        ann = await desks[0].person("ann")
        _, root = await desks[0].drive(ann)

        came = await asyncio.gather(
            *(desks[n % 2].publish(ann, node=root) for n in range(20)), return_exceptions=True
        )

        assert sum(isinstance(each, AlreadyThere) for each in came) == 19, came


async def test_anyone_comes_in_by_a_link_for_anyone_as_far_as_it_goes(desk):
    link = await desk.opened(await desk.publish(terms=LinkTerms(Audience.ANYONE, DOWNLOAD)))

    reached = await desk.reach(None, desk.below, link=link)

    assert reached.permissions == DOWNLOAD.closed


async def test_a_link_for_who_is_signed_in_is_shut_to_others(desk):
    made = await desk.publish(terms=LinkTerms(Audience.SIGNED_IN, VIEW))
    idle = await desk.person("idle", status=Status.INACTIVE)

    for person in (None, idle):
        with pytest.raises(LinkShut):
            await desk.opened(made, person=person)

    assert await desk.opened(made, person=desk.dee) == made.id


async def test_a_link_for_some_lets_in_those_and_the_members_of_their_groups(desk):
    inner = await desk.group("inner", desk.dee)
    group = await desk.group("team", inner)
    made = await desk.publish(
        terms=LinkTerms(Audience.LISTED, VIEW, (Reader(desk.bob, "bob"), Reader(group, "team")))
    )

    for person in (None, desk.cid):
        with pytest.raises(LinkShut):
            await desk.opened(made, person=person)

    assert [await desk.opened(made, person=person) for person in (desk.bob, desk.dee)] == [made.id] * 2


async def test_a_link_is_shut_from_the_microsecond_of_its_expiry_and_after_its_removal(desk, clock):
    made = await desk.publish(terms=LinkTerms(Audience.ANYONE, VIEW, expires_at=clock.now + 1))
    opened = await desk.opened(made)
    clock.now += 1

    with pytest.raises(LinkShut):
        await desk.opened(made)
    with pytest.raises(Hidden):
        await desk.reach(None, desk.top, link=opened)
    await desk.do(desk.ann, publishing.change, desk.ann, made.id, OPEN, keep_code=True)
    assert await desk.opened(made) == made.id

    assert await desk.do(desk.bob, publishing.remove, desk.bob, made.id) is not None
    with pytest.raises(LinkShut):
        await desk.opened(made)
    with pytest.raises(NotFound):
        await desk.do(desk.ann, publishing.show, desk.ann, made.id)
    for unknown in ("nothing", "no\x00thing", 7):
        with pytest.raises(LinkShut):
            await publishing.open_link(desk.house, unknown, None, None)


async def test_an_access_code_is_asked_for_each_time_and_its_case_counts(desk):
    hashed = await publishing.hash_code(desk.house, CODE)
    made = await desk.publish(terms=LinkTerms(Audience.ANYONE, VIEW, code_hash=hashed))

    assert made.coded
    for wrong in (None, "", "another code", CODE.upper(), "x" * 10_000):
        with pytest.raises(CodeNeeded):
            await desk.opened(made, wrong)
    for _ in range(2):
        assert await desk.opened(made, CODE) == made.id
    with pytest.raises(CodeNeeded):
        await desk.opened(made)


async def test_a_code_that_was_right_is_forgotten_with_its_change_and_kept_when_only_others_change(desk):
    hashed = await publishing.hash_code(desk.house, CODE)
    made = await desk.publish(terms=LinkTerms(Audience.ANYONE, VIEW, code_hash=hashed))
    await desk.opened(made, CODE)

    named = LinkTerms(Audience.ANYONE, DOWNLOAD, name="named")
    kept = await desk.do(desk.ann, publishing.change, desk.ann, made.id, named, keep_code=True)
    assert kept.coded
    assert await desk.opened(made, CODE) == made.id

    other = LinkTerms(Audience.ANYONE, VIEW, code_hash=await publishing.hash_code(desk.house, "another one"))
    await desk.do(desk.ann, publishing.change, desk.ann, made.id, other, keep_code=False)
    with pytest.raises(CodeNeeded):
        await desk.opened(made, CODE)

    open_again = await desk.do(desk.ann, publishing.change, desk.ann, made.id, OPEN, keep_code=False)
    assert not open_again.coded
    assert await desk.opened(made) == made.id


@pytest.mark.parametrize("code", ["short", "x" * 51])
async def test_a_code_too_short_or_too_long_is_refused(sqlite_house, code):
    with pytest.raises(Invalid):
        await publishing.hash_code(sqlite_house, code)


async def test_opening_costs_one_statement_however_many_readers(desk):
    ids = [await desk.person(f"person{number}") for number in range(20)]
    people = tuple(Reader(person, "x") for person in ids)
    few = await desk.publish(terms=LinkTerms(Audience.LISTED, VIEW, people[:1], "few"))
    many = await desk.publish(terms=LinkTerms(Audience.LISTED, VIEW, people, "many"))
    before = desk.house.database.statements

    await desk.opened(few, person=people[0].principal)
    await desk.opened(many, person=people[0].principal)

    assert desk.house.database.statements - before == 2


async def test_links_that_are_counted_or_only_take_files_open_on_their_pages_alone(desk):
    counted = await desk.publish(terms=replace(OPEN, name="counted", uses=3))
    taking = await desk.publish(terms=replace(OPEN, name="taking", permissions=EDIT, drops=True))

    for link in (counted, taking):
        with pytest.raises(LinkShut):
            await desk.opened(link)
        with pytest.raises(LinkShut):
            await publishing.open_link(desk.house, link.id, None, None)
