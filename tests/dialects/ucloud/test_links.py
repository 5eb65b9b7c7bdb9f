"""Share links: who makes and sees them, what comes of accepting one, and where they lead when folders move."""

import asyncio
import re

import pytest

from polyshare.domain.errors import LinkShut
from polyshare.domain.nodes import Trashed
from polyshare.domain.permissions import Permission
from polyshare.engine.content import bringing
from polyshare.engine.links.opening_links import Visitor, by_token
from polyshare.engine.sharing import membering
from polyshare.engine.tree import filing
from polyshare.store.tree import nodes
from tests.dialects.ucloud import sharing
from tests.dialects.ucloud.desk import PROJECT, SOURCE, a_desk, both_engines, good, refused
from tests.dialects.ucloud.sharing import grow, one, say, spec
from tests.engine.tree import acting

LINKS = "/api/shares/links"
NOTIFICATIONS = "/api/notifications"
pytestmark = pytest.mark.behaviour("ucloud", 32)


async def link(caller, path=SOURCE):
    """A new link to a folder."""
    return good(await caller.post(LINKS, {"path": path}))


async def browse(caller, **query):
    """The answer to asking for a folder's links."""
    return await caller.call("GET", f"{LINKS}/browse", params=query)


async def links(caller, path=SOURCE, **query):
    """The first page of a folder's links."""
    return good(await browse(caller, path=path, **query))["items"]


async def seen(caller, made):
    """A link as the caller sees it."""
    return good(await caller.get(f"{LINKS}/retrieve", token=made["token"]))


async def change(caller, made, *permissions, **more):
    """The answer to changing what a link gives."""
    body = {"token": made["token"], "path": made["path"], "permissions": permissions} | more
    return await caller.post(f"{LINKS}/update", body)


async def drop(caller, made):
    """The answer to taking a link away."""
    return await caller.post(f"{LINKS}/delete", {"token": made["token"], "path": made["path"]})


async def accept(caller, made):
    """The answer to accepting a link."""
    return await caller.post(f"{LINKS}/accept", {"token": made["token"]})


async def in_tree(desk, login, verb, path, *more):
    """Something that is done to a folder as clients of another API do it."""
    person = await desk.id_of(login)

    async def job(work):
        return await verb(work, await bringing.found(work, path), *more)

    return await desk.house.write(acting(person), job)


async def itself(_, reached):
    """A node."""
    return reached.node


async def restore(desk, node):
    """Alice takes something out of the trash."""
    alice = await desk.id_of("alice")

    async def job(work):
        await filing.restore(work, await filing.in_trash(work, alice, node.id))

    await desk.house.write(acting(alice), job)


# Making and looking after them


@both_engines
async def test_a_link_is_made_for_reading_and_for_ten_days(desk):
    made = await link(desk.alice, "//5123/work/./my-project/my-collaboration/")

    assert made == {
        "token": made["token"],
        "expires": desk.clock.now // 1000 + 10 * 86_400_000,
        "permissions": ["READ"],
        "path": SOURCE,
        "sharedBy": "alice",
    }
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", made["token"])
    assert await links(desk.alice) == [made]
    assert await seen(desk.bob, made) == {
        "token": made["token"],
        "path": SOURCE,
        "sharedBy": "alice",
        "sharePath": None,
    }
    assert (await seen(desk.alice, made))["sharePath"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/5124/anything", 403),
        ("/5124", 403),
        ("/999999/anything", 403),
        ("/99999999999999999999/x", 403),
        ("relative", 403),
        ("", 403),
        ("/..", 403),
        ("/work", 403),
        (f"{SOURCE}/missing", 400),
        (f"{SOURCE}/report.txt", 400),
        ("/5123/" + "x" * 300, 400),
    ],
)
async def test_a_link_leads_to_a_folder_of_ones_own(desk, path, status):
    refused(await desk.alice.post(LINKS, {"path": path}), status)


async def test_who_received_a_folder_hands_out_no_links_to_it(desk):
    good(await say(desk.bob, "approve", await one(desk.alice, spec(permissions=["READ", "EDIT"]))))
    mount = (await sharing.browse(desk.bob))[0]["status"]["shareAvailableAt"]

    for path in (mount, SOURCE):
        refused(await desk.bob.post(LINKS, {"path": path}), 403)
        refused(await browse(desk.bob, path=path), 404)


@pytest.mark.behaviour("ucloud", 34)
async def test_links_are_made_in_ones_own_workspace(desk):
    refused(await desk.alice.acting_in(PROJECT).post(LINKS, {"path": SOURCE}), 400)
    refused(await desk.carol.acting_in(PROJECT).post(LINKS, {"path": SOURCE}), 403)
    made = await link(desk.alice)

    assert await links(desk.alice.acting_in(PROJECT)) == [made]
    assert good(await accept(desk.bob.acting_in(PROJECT), made))["status"]["state"] == "APPROVED"


@pytest.mark.parametrize(
    "body", [None, {}, {"path": None}, {"path": ["/5123"]}, {"path": "/5123/\0"}, [], "{"]
)
async def test_a_body_without_a_path_is_refused(desk, body):
    refused(await desk.alice.post(LINKS, body), 400)


async def test_strangers_are_told_nothing_and_providers_neither(desk):
    made = await link(desk.alice)

    for caller, status in ((desk.nobody, 401), (desk.provider(), 403)):
        refused(await caller.post(LINKS, {"path": SOURCE}), status)
        refused(await browse(caller, path=SOURCE), status)
        refused(await caller.get(f"{LINKS}/retrieve", token=made["token"]), status)
        refused(await change(caller, made, "EDIT"), status)
        refused(await drop(caller, made), status)
        refused(await accept(caller, made), status)


@both_engines
async def test_links_are_listed_the_one_that_ends_last_first(desk):
    made = []
    for _ in range(12):
        made.insert(0, await link(desk.alice))
        desk.clock.pass_s(1)

    pages = []
    page = good(await browse(desk.alice, path=SOURCE, itemsPerPage=10))
    while True:
        pages.append(page["items"])
        if page["next"] is None:
            break
        page = good(await browse(desk.alice, next=page["next"]))

    assert pages == [made[:10], made[10:]]
    assert page["itemsPerPage"] == 10
    assert await links(desk.alice, itemsToSkip=11) == made[11:]
    assert await links(desk.alice, path="/5123/work") == []


async def test_a_list_that_must_be_of_one_moment_is_begun_again_when_it_changed(desk):
    for _ in range(11):
        made = await link(desk.alice)

    async def first():
        query = {"path": SOURCE, "itemsPerPage": 10, "consistency": "REQUIRE"}
        return good(await browse(desk.alice, **query))["next"]

    following = await first()
    assert len(good(await browse(desk.alice, next=following))["items"]) == 1
    good(await change(desk.alice, made, "EDIT"))

    refused(await browse(desk.alice, next=following), 400, "PAGINATION_CONSISTENCY_LOST")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"path": ""}, 400),
        ({"path": "relative"}, 404),
        ({"path": "/999999"}, 404),
        ({"path": "/5124/x"}, 404),
        ({"path": SOURCE, "next": "x"}, 400),
        ({"path": SOURCE, "itemsToSkip": -1}, 400),
        ({"path": SOURCE, "itemsPerPage": "x"}, 400),
    ],
)
async def test_a_list_of_nothing_is_refused(desk, query, status):
    refused(await browse(desk.alice, **query), status)


async def test_another_lists_token_leads_nowhere_here(desk):
    await grow(desk, *(f"/5123/many/{number}" for number in range(11)))
    for number in range(11):
        await one(desk.alice, spec(path=f"/5123/many/{number}"))
    token = good(await desk.alice.get("/api/shares/browse", itemsPerPage=10))["next"]

    refused(await browse(desk.alice, path=SOURCE, next=token), 400)


@both_engines
async def test_only_who_made_a_link_changes_it_or_takes_it_away(desk):
    made = await link(desk.alice)

    refused(await change(desk.bob, made, "EDIT"), 403)
    refused(await drop(desk.bob, made), 403)
    assert good(await change(desk.alice, made, "EDIT", "READ", "EDIT")) == {}
    assert (await links(desk.alice))[0]["permissions"] == ["EDIT", "READ"]
    assert good(await drop(desk.alice, made | {"path": "/elsewhere"})) == {}

    assert await links(desk.alice) == []
    refused(await drop(desk.alice, made), 403)
    refused(await change(desk.alice, made, "READ"), 403)
    refused(await accept(desk.bob, made), 404)


@pytest.mark.parametrize("permissions", [[], ["ADMIN"], ["READ", "PROVIDER"], ["read"], "READ", None, [1]])
async def test_a_link_gives_reading_or_editing(desk, permissions):
    made = await link(desk.alice)

    answer = await change(desk.alice, made, permissions=permissions)

    refused(answer, 400)
    assert await links(desk.alice) == [made]


@pytest.mark.parametrize("token", ["", "x", "\u00e9", "%", "../..", "x" * 5000, "0"])
async def test_what_is_no_token_is_no_link(desk, token):
    wrong = {"token": token, "path": SOURCE}

    refused(await desk.bob.get(f"{LINKS}/retrieve", token=token), 404 if token else 400)
    refused(await accept(desk.bob, wrong), 404)
    refused(await drop(desk.alice, wrong), 403)
    refused(await change(desk.alice, wrong, "READ"), 403)


@both_engines
async def test_a_link_ends_to_the_moment(desk):
    made = await link(desk.alice)

    desk.clock.now = made["expires"] * 1000 - 1
    late = desk.user("bob"), desk.user("alice")
    assert (await seen(late[0], made))["sharedBy"] == "alice"
    desk.clock.now += 1

    assert await links(late[1]) == []
    refused(await late[0].get(f"{LINKS}/retrieve", token=made["token"]), 404)
    refused(await accept(late[0], made), 404)
    assert good(await drop(late[1], made)) == {}


# Accepting one


@both_engines
async def test_whoever_accepts_has_the_folder_at_once_and_nobody_is_told(desk):
    made = await link(desk.alice)

    share = good(await accept(desk.bob, made))

    assert share == await sharing.show(desk.bob, share["id"])
    assert share["specification"] == {
        "sharedWith": "bob",
        "sourceFilePath": SOURCE,
        "permissions": ["READ"],
        "product": spec()["product"],
    }
    assert share["status"]["state"] == "APPROVED"
    assert share["owner"] == {"createdBy": "alice", "project": None}
    assert share["permissions"] == {"myself": ["READ"], "others": None}
    assert re.fullmatch(r"/\d+", share["status"]["shareAvailableAt"])
    assert (await seen(desk.bob, made))["sharePath"] == share["status"]["shareAvailableAt"]
    assert (await seen(desk.carol, made))["sharePath"] is None
    assert [each["id"] for each in await sharing.browse(desk.alice)] == [share["id"]]
    for caller in (desk.alice, desk.bob):
        assert good(await caller.get(NOTIFICATIONS))["items"] == []


@both_engines
async def test_a_link_gives_what_it_says_when_it_is_accepted(desk):
    made = await link(desk.alice)
    before = good(await accept(desk.bob, made))

    good(await change(desk.alice, made, "EDIT"))
    after = good(await accept(desk.carol, made))

    assert after["specification"]["permissions"] == ["EDIT"]
    assert (await sharing.show(desk.bob, before["id"]))["specification"]["permissions"] == ["READ"]


async def test_who_made_it_does_not_accept_it(desk):
    made = await link(desk.alice)

    refused(await accept(desk.alice, made), 400)

    assert await sharing.browse(desk.alice) == []


@both_engines
async def test_accepting_again_changes_nothing(desk):
    made = await link(desk.alice)
    first = good(await accept(desk.bob, made))
    good(await change(desk.alice, made, "READ", "EDIT"))

    assert good(await accept(desk.bob, made)) == first
    assert good(await accept(desk.bob, await link(desk.alice))) == first


@both_engines
@pytest.mark.parametrize(
    ("asked", "given", "after"),
    [
        (["READ"], ["READ", "EDIT"], ["READ", "EDIT"]),
        (["READ"], ["EDIT"], ["EDIT"]),
        (["EDIT"], ["READ"], ["EDIT"]),
        (["EDIT"], ["READ", "EDIT"], ["EDIT"]),
    ],
)
async def test_what_waits_is_approved_with_the_larger_permissions(desk, asked, given, after):
    share = await one(desk.alice, spec(permissions=asked))
    made = await link(desk.alice)
    good(await change(desk.alice, made, *given))

    told = good(await accept(desk.bob, made))

    assert told["id"] == share
    assert told["status"]["state"] == "APPROVED"
    assert told["specification"]["permissions"] == after


@both_engines
@pytest.mark.parametrize("approved", [False, True])
async def test_who_declined_or_left_can_come_back(desk, approved):
    share = await one(desk.alice)
    if approved:
        good(await say(desk.bob, "approve", share))
    good(await say(desk.bob, "reject", share))

    told = good(await accept(desk.bob, await link(desk.alice)))

    assert told["id"] != share
    assert told["status"]["state"] == "APPROVED"
    assert [each["id"] for each in await sharing.browse(desk.alice)] == [told["id"]]
    assert await sharing.ids(desk.bob, filterRejected="false") == [told["id"]]


@both_engines
async def test_who_could_only_look_can_read_then(desk):
    bob = await desk.id_of("bob")
    await in_tree(desk, "alice", membering.share_with, SOURCE, [bob], Permission.VIEW)
    assert await sharing.browse(desk.bob) == []

    told = good(await accept(desk.bob, await link(desk.alice)))

    assert told["specification"]["permissions"] == ["READ"]
    assert await sharing.ids(desk.alice) == [told["id"]]


@both_engines
async def test_many_accepts_by_one_person_leave_one_share(desk):
    made = [await link(desk.alice) for _ in range(2)]

    answers = await asyncio.gather(*(accept(desk.bob, made[number % 2]) for number in range(10)))

    told = [good(answer) for answer in answers]
    assert {share["id"] for share in told} == set(await sharing.ids(desk.bob))
    assert len({share["id"] for share in told}) == 1


@both_engines
async def test_many_people_accept_one_link_side_by_side(desk):
    made = await link(desk.alice)

    answers = await asyncio.gather(*(accept(caller, made) for caller in (desk.bob, desk.carol, desk.dave)))

    assert len({good(answer)["id"] for answer in answers}) == 3
    assert len(await sharing.ids(desk.alice)) == 3


@both_engines
async def test_accepting_and_taking_the_link_away_side_by_side_end_well(desk):
    made = await link(desk.alice)

    accepted, dropped = await asyncio.gather(accept(desk.bob, made), drop(desk.alice, made))

    assert good(dropped) == {}
    assert accepted.status_code in (200, 404)
    assert len(await sharing.browse(desk.bob)) == (accepted.status_code == 200)


# Where it leads


@both_engines
@pytest.mark.behaviour("ucloud", 31)
async def test_a_link_follows_its_folder(desk):
    made = await link(desk.alice)
    await in_tree(desk, "alice", filing.rename, SOURCE, "renamed")
    there = "/5123/work/my-project/renamed"

    assert (await seen(desk.bob, made))["path"] == there
    assert await links(desk.alice, path=there) == [made | {"path": there}]
    assert await links(desk.alice) == []
    assert good(await accept(desk.bob, made))["specification"]["sourceFilePath"] == there
    assert (await seen(desk.bob, made))["sharePath"] is not None


@both_engines
@pytest.mark.behaviour("ucloud", 31)
@pytest.mark.parametrize("path", [SOURCE, "/5123/work"])
@pytest.mark.parametrize("shares", list(Trashed))
async def test_a_folder_in_the_trash_has_no_links(desk, path, shares):
    made = await link(desk.alice)

    trashed = await in_tree(desk, "alice", filing.trash, path, shares)

    refused(await desk.bob.get(f"{LINKS}/retrieve", token=made["token"]), 404)
    refused(await accept(desk.bob, made), 404)
    assert await links(desk.alice) == []
    assert await sharing.browse(desk.bob) == []
    await restore(desk, trashed)
    assert await links(desk.alice) == ([made] if shares is Trashed.KEEP else [])


@pytest.mark.behaviour("ucloud", 31)
async def test_what_is_trashed_by_this_api_has_no_links_for_good(desk):
    made = await link(desk.alice)
    folder = await in_tree(desk, "alice", itself, SOURCE)

    good(await desk.alice.bulk("/api/files/trash", {"id": "/5123/work/my-project"}))
    above = await desk.house.read(None, lambda work: nodes.one(work.rows, folder.parent))
    await restore(desk, above)

    assert await links(desk.alice) == []
    refused(await accept(desk.bob, made), 404)


# It is no door


async def test_no_page_of_links_opens_and_no_public_link_is_found(desk):
    made = await link(desk.alice)

    for login in ("alice", "bob"):
        visitor = Visitor(await desk.id_of(login), None, "")
        with pytest.raises(LinkShut):
            await by_token(desk.house, made["token"], visitor)


# Costs, restarts


@both_engines
async def test_the_number_of_statements_is_fixed(desk):
    async def cost(call):
        before = desk.house.database.statements
        answer = await call
        good(answer)
        return desk.house.database.statements - before

    made = await link(desk.alice)
    await seen(desk.bob, made)

    async def costs(caller, made):
        return [
            await cost(browse(desk.alice, path=SOURCE)),
            await cost(caller.get(f"{LINKS}/retrieve", token=made["token"])),
            await cost(change(desk.alice, made, "READ")),
            await cost(accept(caller, made)),
            await cost(accept(caller, made)),
            await cost(drop(desk.alice, made)),
        ]

    for caller in (desk.bob, desk.carol, desk.dave):
        await seen(caller, made)  # known from now on
    few = await costs(desk.bob, made)
    for _ in range(20):
        await link(desk.alice)
    made = await link(desk.alice)
    good(await accept(desk.dave, made))

    assert await costs(desk.carol, made) == few


@pytest.mark.behaviour("ucloud", 35)
async def test_links_are_there_after_a_restart(tmp_path):
    database, files = f"sqlite://{tmp_path}/x.db", str(tmp_path / "files")
    async with a_desk(database, files) as desk:
        made = await link(desk.alice)
        good(await change(desk.alice, made, "EDIT"))
        before = await links(desk.alice)
        share = good(await accept(desk.bob, made))

    async with a_desk(database, files) as desk:
        assert await links(desk.alice) == before
        assert good(await accept(desk.bob, made)) == share
        assert good(await accept(desk.carol, made))["specification"]["permissions"] == ["EDIT"]
