"""Links and permissions of a world file: links once sent go on working."""

import copy

import pytest

from polyshare.domain.errors import AlreadyThere, Invalid, NotFound
from polyshare.domain.link_shares import Bearer
from polyshare.domain.links import Audience, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.engine.content import bringing
from polyshare.engine.directory import enrolling
from polyshare.engine.links import handing_out, linking, opening_links
from polyshare.engine.tree import access
from polyshare.engine.worlds import binding, loading
from polyshare.engine.worlds.world import WrongWorld
from polyshare.store.links import links
from polyshare.store.statements import statement

KEPT = "3fd85f74-b327-42f1-bff6-4a85009dda07"
TOKEN = "an-old-token-0123"
PATH = "/1/work"
WORLD = {
    "users": [{"login": login, "name": login} for login in ("ann", "bob")],
    "drives": [{"id": 1, "title": "Drive", "owner": "ann"}],
    "files": [{"path": f"{PATH}/report.txt", "text": "text"}, {"path": "/1/other.txt", "text": "other"}],
}
ALL_LINKS = statement("test.all_links", f"select {links.COLUMNS} {links.FROM} order by k.id, r.position")


def a_world(*entries, section="links"):
    """The world with these links or permissions."""
    return copy.deepcopy(WORLD) | {section: list(entries)}


async def load(house, *entries, section="links"):
    """Load the world with these links or permissions; what was changed."""
    return (await loading.load_world(house, a_world(*entries, section=section))).changes


async def found(house, public_id=KEPT):
    """The share of that id."""
    return await house.read(None, lambda work: linking.find(work, public_id))


async def opens(house, path, reader=None):
    """What the kept share opens of a path."""
    share = await found(house)

    async def job(work):
        node = (await bringing.found(work, path)).node.id
        link = await access.link_of(work, Bearer(share.entity, share.public_id, reader))
        return (await access.reach(work, reader, node, link=link)).permissions

    return await house.read(None, job)


async def number(house, login):
    """Our own id of a user."""
    return (await house.read(None, lambda work: enrolling.show(work, login))).id


async def test_a_share_id_that_was_kept_opens_what_it_names(house):
    changes = await load(house, {"path": PATH, "ids": {"mycloud": KEPT, "mycloud_auth": "old-auth-id"}})

    share = await found(house)
    assert f"link to {PATH}: added" in changes
    assert (share.entity, share.audience, share.owner) == (
        "old-auth-id",
        Audience.ANYONE,
        await number(house, "ann"),
    )
    assert await opens(house, f"{PATH}/report.txt") == Permission.DOWNLOAD.closed
    with pytest.raises(NotFound):
        await opens(house, "/1/other.txt")


async def test_loading_again_changes_nothing_and_another_audience_changes_the_share(house):
    entry = {"path": PATH, "ids": {"mycloud": KEPT}}
    await load(house, entry)

    assert await load(house, entry) == []
    assert await load(house, entry | {"users": ["bob"]}) == [f"link to {PATH}: changed"]

    bob = await number(house, "bob")
    assert await opens(house, PATH, bob) == Permission.DOWNLOAD.closed
    with pytest.raises(NotFound):
        await opens(house, PATH)


async def keep(house, *paths, share=KEPT, auth=None, audience=Audience.ANYONE, logins=()):
    """Keep a share that held what lies at these paths."""

    async def job(work):
        named = await handing_out.readers_of_share(work, logins)
        terms = LinkTerms(audience, Permission.DOWNLOAD, named)
        reached = [await bringing.found(work, path) for path in paths]
        return await binding.keep(work, reached, (share, auth), terms)

    return await house.write(None, job)


async def test_a_share_can_be_kept_with_all_that_it_held(house):
    await load(house)

    made = await keep(house, f"{PATH}/report.txt", "/1/other.txt", auth="old-auth-id")

    share = await found(house)
    assert (share.public_id, share.entity, share.owner) == (KEPT, "old-auth-id", await number(house, "ann"))
    assert (share.things, share.place) == (list(made.things), made.place)
    assert await opens(house, "/1/other.txt") == Permission.DOWNLOAD.closed
    assert await opens(house, f"{PATH}/report.txt") == Permission.DOWNLOAD.closed
    with pytest.raises(NotFound):
        await opens(house, PATH)


async def test_a_kept_share_is_for_those_whom_it_names(house):
    await load(house)
    bob = await number(house, "bob")

    await keep(house, PATH, audience=Audience.LISTED, logins=["bob"])
    await keep(house, "/1/other.txt", share="second", audience=Audience.SIGNED_IN)

    assert (await found(house)).readers[0].principal == bob
    assert [one.named for one in (await found(house, "second")).readers] == ["somebody"]
    assert await opens(house, PATH, bob) == Permission.DOWNLOAD.closed
    with pytest.raises(NotFound):
        await opens(house, PATH)


async def test_a_permission_that_stood_there_already_opens_the_kept_share(house):
    entry = {"path": PATH, "entity": "cloudShare:old-auth-id", "value": "ReadFile"}
    await load(house, entry, section="file_permissions")

    await keep(house, PATH, auth="old-auth-id")

    assert await opens(house, PATH) == Permission.DOWNLOAD.closed


async def test_no_two_shares_are_kept_with_one_id(house):
    await load(house)
    await keep(house, PATH, auth="old-auth-id")

    with pytest.raises(AlreadyThere, match="this id"):
        await keep(house, PATH)
    with pytest.raises(AlreadyThere, match="this authId"):
        await keep(house, PATH, share="second", auth="old-auth-id")


@pytest.mark.parametrize(
    "more", [{"share": "a/b"}, {"share": ".."}, {"share": ""}, {"auth": ""}, {"auth": "a\0"}]
)
async def test_an_id_that_could_be_in_no_address_is_not_kept(house, more):
    await load(house)

    with pytest.raises(Invalid):
        await keep(house, PATH, **more)


async def test_what_lies_on_several_drives_is_kept_in_no_share(house):
    world = a_world()
    world["drives"].append({"id": 2, "title": "Second", "owner": "ann"})
    await loading.load_world(house, world)

    with pytest.raises(Invalid, match="one drive"):
        await keep(house, PATH, "/2")


async def test_a_link_on_a_node_is_known_by_its_token(house):
    entry = {"path": PATH, "token": TOKEN, "password": "correct horse", "uses": 3, "drop": True}

    await load(house, entry)
    again = await load(house, entry)

    [made] = links.links_of(await house.database.read(lambda rows: rows.all(ALL_LINKS)))
    assert again == []
    assert (made.token, made.coded, made.uses_left, made.drops) == (TOKEN, True, 3, True)
    assert made.created_by == await number(house, "ann")
    door = await opening_links.by_token(house, TOKEN, opening_links.Visitor(None, None, ""))
    entered = await opening_links.enter(house, door, "correct horse", using=True)
    assert (door.state, entered.state) == (opening_links.State.CODE, opening_links.State.OPEN)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"path": PATH}, "key token"),
        ({"path": "/1/nowhere", "token": TOKEN}, "key path"),
        ({"path": PATH, "token": TOKEN, "users": ["nobody"]}, "key users"),
        ({"path": PATH, "ids": {"other": "1"}}, "key ids.other"),
        ({"path": PATH, "ids": {"mycloud": KEPT}, "drop": True}, "key drop"),
        ({"path": PATH, "token": TOKEN, "password": "short"}, "key code"),
    ],
)
async def test_a_link_that_makes_no_sense_is_told_with_its_place(house, entry, message):
    with pytest.raises(WrongWorld, match=message):
        await load(house, entry)


async def test_an_id_or_token_of_another_link_is_refused(house):
    await load(house, {"path": PATH, "token": TOKEN})

    with pytest.raises(WrongWorld, match="another link's"):
        await load(house, {"path": "/1/other.txt", "token": TOKEN})


async def test_permissions_are_for_links_for_everyone_and_for_users(house):
    entries = [
        {"path": PATH, "entity": entity, "value": value}
        for entity, value in (
            ("cloudShare:some-id", "ReadFile"),
            ("user:anybody", "ReadFile"),
            ("user:bob", "WriteFile"),
        )
    ]

    added = await load(house, *entries, section="file_permissions")
    again = await load(house, *entries, section="file_permissions")

    bob = await number(house, "bob")

    async def reach(work):
        return await access.reach(work, bob, (await bringing.found(work, PATH)).node.id)

    assert (await house.read(None, reach)).permissions == Permission.EDIT.closed
    assert sum("permission" in line for line in added) == 3
    assert again == []


@pytest.mark.parametrize(
    ("entity", "value", "key"),
    [
        ("group:x", "ReadFile", "entity"),
        ("user:nobody", "ReadFile", "entity"),
        ("user:anybody", "WriteFile", "value"),
        ("cloudShare:x", "WriteFilePerms", "value"),
    ],
)
async def test_a_permission_that_makes_no_sense_is_told_with_its_place(house, entity, value, key):
    with pytest.raises(WrongWorld, match=f"key {key}"):
        await load(house, {"path": PATH, "entity": entity, "value": value}, section="file_permissions")
