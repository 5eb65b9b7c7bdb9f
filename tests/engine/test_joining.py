"""Links that join: who makes them, where they lead, and that they open nothing themselves."""

import re
from dataclasses import replace

import pytest

from polyshare.domain import link_ids
from polyshare.domain.errors import Denied, Hidden, Invalid, LinkShut, NotFound
from polyshare.domain.join_links import LASTS_US
from polyshare.domain.links import Audience, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.domain.views import Window
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory import naming
from polyshare.engine.links import handing_out, joining, opening_links, publishing
from polyshare.engine.links.opening_links import Visitor
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access, moving, sweeping
from polyshare.engine.worker import tidying
from polyshare.store.links import link_shares
from polyshare.store.statements import statement
from tests.engine.tree import Tree, a_person, acting, owned
from tests.trees import SET_STATUS

READ, EDIT = Permission.DOWNLOAD, Permission.EDIT
ALL = Window(0, 50)
NUMBERS = statement("test.link_numbers", "select id, public_id from link where token_hash = :token_hash")
ADD_REMOTE = statement(
    "test.add_remote_drive",
    """
    insert into remote_drive
      (id, owner, title, title_folded, provider, category, product, closed, created_at, modified_at)
    values (:id, :owner, 'Elsewhere', 'elsewhere', 'far', 'disk', 'disk', 0, 1, 1)
    """,
)
GIVE_REMOTE = statement("test.give_remote", "update remote_drive set owner = :owner where id = :id")
COUNT = statement("test.count_links", "select count(*) from link")


class Desk(Tree):
    """Ann with a folder in her drive, whose number is known."""

    top: int
    drive: int

    async def begin(self):
        root = await self.root()
        self.top = (await self.folder(root, "top")).id
        self.drive = (await self.node(root)).drive
        return self

    @property
    def path(self):
        """Where the folder lies."""
        return f"/{self.drive}/top"

    async def link(self, path=None):
        return await self.write(lambda work: joining.create(work, path or self.path))

    async def links(self, window=ALL, path=None):
        return await self.look(lambda work: joining.page(work, path or self.path, window))

    async def look(self, job):
        return await self.house.read(acting(self.person), job)

    async def found(self, link):
        return await self.look(lambda work: joining.find(work, link.token))

    async def revise(self, link, permissions, asked=None):
        await self.write(lambda work: joining.revise(work, link.token, permissions, asked))

    async def take_away(self, link):
        await self.write(lambda work: joining.remove(work, link.token))


@pytest.fixture
async def ann(house):
    return await Desk(house, await a_person(house, "ann", "Ann Lee")).begin()


@pytest.fixture
async def bob(house):
    return await Desk(house, await a_person(house, "bob")).begin()


async def numbers(house, link):
    """The id and the public id of a link's row."""
    return await house.database.read(lambda rows: rows.one(NUMBERS, token_hash=digest_of(link.token)))


# Making one


async def test_a_link_lets_people_read_a_folder_for_ten_days(ann, clock):
    made = await ann.link()

    found = await ann.found(made)

    assert found == made
    assert (found.path, found.permissions, found.asked) == (ann.path, READ, None)
    assert (found.owner, found.owner_login, found.owner_name) == (ann.person, "ann", "Ann Lee")
    assert found.expires_at == clock.now + LASTS_US == clock.now + 864_000_000_000
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", found.token)  # 192 random bits


async def test_a_folder_can_have_many_links_and_each_its_own_token(ann):
    made = [await ann.link() for _ in range(3)]

    assert len({one.token for one in made}) == 3


async def test_only_who_owns_the_drive_makes_one(ann, bob):
    async def share(work):
        await membering.share_with(work, await owned(work, ann.top), [bob.person], Permission.MANAGE)

    await ann.write(share)

    with pytest.raises(Denied):
        await bob.link(ann.path)
    with pytest.raises(Denied):
        await bob.link("/123456789/top")


@pytest.mark.parametrize("name", ["missing", "top/missing", "note.txt", "a\\b", "\x07", "x" * 256])
async def test_what_is_no_folder_gets_no_link(ann, name):
    await ann.file(await ann.root(), "note.txt", 5)

    with pytest.raises(Invalid):
        await ann.link(f"/{ann.drive}/{name}")


async def test_a_whole_drive_can_be_handed_out(ann):
    made = await ann.link(f"/{ann.drive}")

    assert made.path == f"/{ann.drive}"


# Where it leads


async def test_a_link_follows_its_folder(ann):
    made = await ann.link()
    other = await ann.folder(await ann.root(), "other")

    await ann.rename(ann.top, "renamed")
    await ann.move(ann.top, other.id)

    moved = await ann.found(made)
    assert moved.path == f"/{ann.drive}/other/renamed"
    assert (await ann.links(path=moved.path))[0] == [moved]
    assert (await ann.links())[0] == ()


async def test_a_folder_in_the_trash_has_no_link_until_it_is_restored(ann):
    inner = await ann.folder(ann.top, "inner")
    made = await ann.link(f"{ann.path}/inner")

    await ann.trash(ann.top)

    with pytest.raises(NotFound):
        await ann.found(made)
    await ann.restore(ann.top)
    assert (await ann.found(made)).node == inner.id


async def test_a_link_ends_to_the_moment(ann, clock):
    made = await ann.link()

    clock.now = made.expires_at - 1
    assert await ann.found(made) == made
    clock.now = made.expires_at

    with pytest.raises(NotFound):
        await ann.found(made)
    assert (await ann.links())[0] == []


async def test_who_can_not_log_in_any_more_invites_nobody(house, ann):
    made = await ann.link()

    await house.database.write(lambda rows: rows.run(SET_STATUS, id=ann.person, status=Status.INACTIVE.value))

    with pytest.raises(NotFound):
        await ann.found(made)


async def test_a_folder_that_is_somebody_elses_by_now_is_not_given_away_any_more(ann, bob):
    made = await ann.link()

    async def hand_over(work):
        await moving.move(work, await owned(work, ann.top), await owned(work, bob.top))

    await ann.write(hand_over)

    with pytest.raises(NotFound):
        await ann.found(made)
    assert (await bob.links(path=f"/{bob.drive}/top/top"))[0] == []


@pytest.mark.parametrize("token", ["", "x", "é", "\x07", "x" * 5000, "%", "'; drop table link"])
async def test_what_is_no_token_leads_nowhere(ann, token):
    with pytest.raises(NotFound):
        await ann.look(lambda work: joining.find(work, token))
    with pytest.raises(Denied):
        await ann.write(lambda work: joining.remove(work, token))
    with pytest.raises(Denied):
        await ann.write(lambda work: joining.revise(work, token, READ, None))


# Looking after them


async def test_links_are_listed_the_one_that_ends_last_first_page_by_page(ann, clock):
    made = []
    for _ in range(7):
        made.append(await ann.link())
        clock.pass_s(60)
    twins = [await ann.link() for _ in range(2)]

    found, after = await ann.links(Window(0, 4))
    more, last = await ann.links(Window(0, 5, after))
    skipped, _ = await ann.links(Window(7, 5))

    assert [*found, *more] == [*reversed(twins), *reversed(made)]
    assert last is None
    assert skipped == made[1::-1]


async def test_what_is_not_there_has_no_links_and_what_is_anothers_is_not_there(ann, bob):
    await ann.link()

    assert await ann.links(path=f"/{ann.drive}/missing") == ((), None)
    assert await ann.links(path=f"/{ann.drive}/a\\b") == ((), None)
    for path in (ann.path, "/123456789/top"):
        with pytest.raises(NotFound):
            await bob.links(path=path)


async def test_the_stamp_changes_with_the_list(ann, clock):
    async def stamp():
        return await ann.look(lambda work: joining.stamp(work, ann.path))

    stamps = [await stamp()]
    first = await ann.link()
    stamps.append(await stamp())
    await ann.revise(first, EDIT)
    stamps.append(await stamp())
    clock.pass_s(60)
    second = await ann.link()
    stamps.append(await stamp())
    await ann.take_away(first)
    stamps.append(await stamp())
    again = await stamp()
    clock.now = second.expires_at
    stamps.append(await stamp())

    assert again == stamps[4]
    assert len(set(stamps[:5])) == 5
    assert stamps[5] == stamps[0]


async def test_a_link_can_give_more_from_now_on(ann):
    made = await ann.link()

    await ann.revise(made, EDIT, '["EDIT"]')

    assert await ann.found(made) == replace(made, permissions=EDIT, asked='["EDIT"]')


@pytest.mark.parametrize(
    "permissions", [Permission(0), Permission.VIEW, Permission.MANAGE, EDIT | Permission.MANAGE]
)
async def test_a_link_gives_nothing_else_than_to_read_or_to_edit(ann, permissions):
    made = await ann.link()

    with pytest.raises(Invalid):
        await ann.revise(made, permissions)


async def test_only_who_made_it_changes_it_or_takes_it_away(ann, bob):
    made = await ann.link()

    with pytest.raises(Denied):
        await bob.revise(made, EDIT)
    with pytest.raises(Denied):
        await bob.take_away(made)
    await ann.take_away(made)

    with pytest.raises(NotFound):
        await ann.found(made)
    with pytest.raises(Denied):
        await ann.take_away(made)


async def test_what_has_ended_can_still_be_taken_away(ann, clock):
    made = await ann.link()
    clock.now = made.expires_at

    await ann.take_away(made)

    with pytest.raises(Denied):
        await ann.take_away(made)


async def test_links_that_have_ended_are_tidied_away_and_no_others(house, ann, clock):
    ended = await ann.link()
    lasting = LinkTerms(Audience.ANYONE, READ, expires_at=clock.now + 1)

    async def publish(work):
        return await publishing.create(work, await owned(work, ann.top), lasting)

    await ann.write(publish)
    clock.pass_s(1)
    kept = await ann.link()
    clock.now = ended.expires_at

    await tidying.forget_links(house)

    assert await house.database.read(lambda rows: rows.one(COUNT)) == (2,)
    assert await ann.found(kept) == kept


async def test_a_link_goes_with_its_folder(house, ann):
    await ann.link()
    await ann.trash(ann.top)
    await ann.remove(ann.top)
    await sweeping.sweep(house)

    assert await house.database.read(lambda rows: rows.one(COUNT)) == (0,)


# It is no door


async def test_no_list_of_public_links_shows_it(ann):
    await ann.link()

    async def listed(work):
        return (
            await publishing.list_links(work, await owned(work, ann.top)),
            await handing_out.page(work, ann.person, None, 10),
        )

    assert await ann.look(listed) == ([], [])


async def test_it_is_found_shown_changed_and_removed_as_no_public_link(house, ann):
    number, public_id = await numbers(house, await ann.link())
    terms = LinkTerms(Audience.ANYONE, READ)

    for name in (number, public_id):
        with pytest.raises(NotFound):
            await ann.look(lambda work, name=name: publishing.find(work, name))
        with pytest.raises(NotFound):
            await ann.look(lambda work, name=name: publishing.show(work, ann.person, name))
        with pytest.raises(NotFound):
            await ann.write(
                lambda work, name=name: publishing.change(work, ann.person, name, terms, keep_code=True)
            )
        with pytest.raises(NotFound):
            await ann.write(lambda work, name=name: publishing.remove(work, ann.person, name))


async def test_it_opens_nothing_neither_to_who_is_signed_in_nor_to_strangers(house, ann, bob):
    link = await ann.link()
    number, public_id = await numbers(house, link)
    vendors = link_ids.spelled(number, await house.read(None, naming.link_secret))

    for person in (None, bob.person, ann.person):
        for name in (number, public_id):
            with pytest.raises(LinkShut):
                await publishing.open_link(house, name, None, person)
        visitor = Visitor(person, None, "")
        with pytest.raises(LinkShut):
            await opening_links.by_token(house, link.token, visitor)
        with pytest.raises(LinkShut):
            await opening_links.by_vendor_id(house, vendors, visitor)
        with pytest.raises(Hidden):
            await house.read(
                None, lambda work, person=person: access.reach(work, person, ann.top, link=number)
            )


async def test_a_public_link_without_a_name_can_stand_beside_it(ann):
    await ann.link()

    async def publish(work):
        return await publishing.create(work, await owned(work, ann.top), LinkTerms(Audience.ANYONE, READ))

    await ann.write(publish)
    await ann.link()


async def test_its_token_is_no_public_links(ann):
    link = await ann.link()

    there = await ann.look(lambda work: link_shares.node_of_token(work.rows, digest_of(link.token)))

    assert there == 0


# Where the files lie elsewhere


async def far_drive(house, number, owner):
    await house.database.write(lambda rows: rows.run(ADD_REMOTE, id=number, owner=owner))


async def test_a_path_elsewhere_is_taken_as_it_is_from_who_owns_the_drive(house, ann, bob):
    await far_drive(house, 51, ann.person)

    made = await ann.link("/51/Ünder\\way")

    assert (made.node, made.path) == (None, "/51/Ünder\\way")
    assert await bob.found(made) == made
    assert await ann.links(path=made.path) == ([made], None)
    assert await ann.links(path="/51") == ([], None)
    with pytest.raises(Denied):
        await bob.link("/51/other")
    with pytest.raises(NotFound):
        await bob.links(path=made.path)


async def test_a_drive_elsewhere_that_is_somebody_elses_by_now_is_not_given_away(house, ann, bob):
    await far_drive(house, 51, ann.person)
    await far_drive(house, 5, ann.person)
    root, below = await ann.link("/51"), await ann.link("/51/below")

    await house.database.write(lambda rows: rows.run(GIVE_REMOTE, id=51, owner=bob.person))

    for link in (root, below):
        with pytest.raises(NotFound):
            await ann.found(link)


async def test_what_it_costs_does_not_grow(house, ann):
    async def cost(verb):
        before = house.database.statements
        made = await verb
        return made, house.database.statements - before

    async def costs(path):
        made, create = await cost(ann.link(path))
        _, find = await cost(ann.found(made))
        _, page = await cost(ann.links(path=path))
        _, stamp = await cost(ann.look(lambda work: joining.stamp(work, path)))
        _, revise = await cost(ann.revise(made, EDIT))
        return create, find, page, stamp, revise

    few = await costs(ann.path)
    deep, path = ann.top, ann.path
    for level in range(10):
        deep, path = (await ann.folder(deep, f"level {level}")).id, f"{path}/level {level}"
        for _ in range(2):
            await ann.link(path)

    assert await costs(path) == few
