"""Notifications: what people are told, page by page, and that it can be marked as read."""

import pytest

from polyshare.domain.permissions import Permission
from polyshare.engine.content import bringing
from polyshare.engine.sharing import membering
from tests.dialects.ucloud.desk import SOURCE, a_desk, both_engines, good, refused
from tests.dialects.ucloud.sharing import BASE, end, grow, offer, one, say, spec
from tests.engine.tree import acting

LIST = "/api/notifications"


async def told(caller, **query):
    """The first page of what the caller was told."""
    return good(await caller.get(LIST, **query))["items"]


async def numbers(caller, **query):
    """The ids on that page."""
    return [each["id"] for each in await told(caller, **query)]


async def unread(caller):
    """The ids of what is not marked as read."""
    return [each["id"] for each in await told(caller) if not each["read"]]


async def by_another_api(desk, verb, *given):
    """Alice shares her folder with Bob, or changes or ends that, as clients of another API do."""
    alice, bob = await desk.id_of("alice"), await desk.id_of("bob")

    async def job(work):
        return await verb(work, await bringing.found(work, SOURCE), [bob], *given)

    return await desk.house.write(acting(alice), job)


async def end_for_all(work, reached, _):
    """Take a folder back from everybody."""
    return await membering.unshare_all(work, reached)


async def several(desk, count, into="many"):
    """Alice offers Bob so many folders, a second after one another."""
    paths = [f"/5123/{into}/{number:02}" for number in range(count)]
    await grow(desk, *paths)
    for path in paths:
        await one(desk.alice, spec(path=path))
        desk.clock.pass_s(1)


@pytest.mark.behaviour("ucloud", 33)
async def test_the_recipient_is_told_exactly_once_of_each_share(desk):
    await offer(desk.alice, spec(), spec("carol"))
    await one(desk.alice, spec(path="/5123/work"))

    [second, first] = await told(desk.bob)

    assert first == {
        "id": 1,
        "type": "SHARE_REQUEST",
        "message": "alice wants to share a folder with you",
        "meta": {},
        "ts": desk.clock.now // 1000,
        "read": False,
    }
    assert second == first | {"id": 2}
    assert await numbers(desk.carol) == [1]
    assert await told(desk.alice) == []


@pytest.mark.behaviour("ucloud", 33)
async def test_what_failed_and_what_was_answered_tells_nobody(desk):
    refused(await desk.alice.bulk(BASE, spec(), spec("carol", "/5123/missing")), 400)
    share = await one(desk.alice, spec())
    for verb in ("approve", "reject"):
        good(await say(desk.bob, verb, share))
    good(await end(desk.alice, share))

    assert await numbers(desk.bob) == [1]
    assert await told(desk.carol) == await told(desk.alice) == []


@both_engines
async def test_pages_are_numbered_from_nought_and_the_newest_comes_first(desk):
    await several(desk, 12)

    whole = good(await desk.bob.get(LIST, itemsPerPage=250))
    pages = [good(await desk.bob.get(LIST, itemsPerPage=10, page=page)) for page in range(3)]

    assert [each["id"] for each in whole["items"]] == list(range(12, 0, -1))
    assert whole | {"items": []} == {
        "itemsInTotal": 12,
        "itemsPerPage": 250,
        "pageNumber": 0,
        "items": [],
    }
    assert [page["pageNumber"] for page in pages] == [0, 1, 2]
    assert [len(page["items"]) for page in pages] == [10, 2, 0]
    assert [each for page in pages for each in page["items"]] == whole["items"]
    assert good(await desk.bob.get(LIST, itemsPerPage=7))["itemsPerPage"] == 50
    assert await told(desk.bob, page=2**62 // 50) == []


@pytest.mark.parametrize(
    "query", [{"page": -1}, {"page": "x"}, {"page": 2**63}, {"itemsPerPage": "x"}, {"since": "now"}]
)
async def test_what_is_no_page_is_refused(desk, query):
    refused(await desk.bob.get(LIST, **query), 400)


@both_engines
async def test_they_can_be_asked_for_by_kind_and_by_time(desk):
    await by_another_api(desk, membering.share_with, Permission.DOWNLOAD)
    desk.clock.pass_s(1)
    await several(desk, 2)

    assert await numbers(desk.bob, type="SHARE_REQUEST") == [3, 2]
    assert await numbers(desk.bob, type="SHARE_GIVEN") == [1]
    assert await numbers(desk.bob, type="SHARE_REQUEST", page=1, itemsPerPage=10) == []
    assert await numbers(desk.bob, type="PROJECT_INVITE") == []
    times = [each["ts"] for each in await told(desk.bob)]
    assert await numbers(desk.bob, since=times[1]) == [3, 2]
    assert await numbers(desk.bob, since=times[1] + 1) == [3]
    assert await numbers(desk.bob, since=-(2**62)) == [3, 2, 1]
    assert await numbers(desk.bob, since=2**63 - 1) == []


@both_engines
async def test_what_other_apis_tell_is_told_in_kinds_of_its_own(desk):
    await by_another_api(desk, membering.share_with, Permission.DOWNLOAD)
    await by_another_api(desk, membering.change, Permission.EDIT)
    await by_another_api(desk, membering.revoke)
    await by_another_api(desk, membering.share_with, Permission.VIEW)
    await by_another_api(desk, end_for_all)

    name = "my-collaboration"
    assert [(each["type"], each["message"]) for each in await told(desk.bob)] == [
        ("SHARE_ENDED", f"alice stopped sharing “{name}”"),
        ("SHARE_GIVEN", f"alice shared “{name}” with you"),
        ("SHARE_REVOKED", f"alice stopped sharing “{name}” with you"),
        ("SHARE_CHANGED", f"alice changed what you may do in “{name}”"),
        ("SHARE_GIVEN", f"alice shared “{name}” with you"),
    ]


@both_engines
async def test_some_can_be_marked_as_read_and_then_all(desk):
    await several(desk, 4)
    await one(desk.alice, spec("carol"))

    assert good(await desk.bob.post(f"{LIST}/read", {"ids": "1, 3"})) == {}
    assert await unread(desk.bob) == [4, 2]
    assert good(await desk.bob.post(f"{LIST}/read", {"ids": "1,3"})) == {}
    assert await unread(desk.bob) == [4, 2]
    assert good(await desk.bob.post(f"{LIST}/read/all", {})) == {}
    assert await unread(desk.bob) == []
    assert await unread(desk.carol) == [1]
    assert good(await desk.carol.post(f"{LIST}/read/all")) == {}
    assert await unread(desk.carol) == []


@pytest.mark.parametrize("ids", ["", ",", "x", "1x", "-1", "0", "1.0", "99", "9" * 40, "\u0661", "2,,x", " "])
async def test_ids_that_are_none_mark_nothing(desk, ids):
    await one(desk.alice)

    assert good(await desk.bob.post(f"{LIST}/read", {"ids": ids})) == {}

    assert await unread(desk.bob) == [1]


@pytest.mark.parametrize("body", [None, {}, {"ids": None}, {"ids": [1]}, {"ids": "1\0"}, "{", []])
async def test_a_body_that_names_none_is_refused(desk, body):
    refused(await desk.bob.post(f"{LIST}/read", body), 400)


async def test_each_hears_of_their_own_alone_and_strangers_of_none(desk):
    await one(desk.alice)

    assert await told(desk.carol) == []
    for path in (LIST, f"{LIST}/"):
        refused(await desk.nobody.get(path), 401)
    refused(await desk.provider().get(LIST), 403)
    refused(await desk.nobody.post(f"{LIST}/read/all"), 401)


async def test_what_was_read_stays_read_after_a_restart(tmp_path):
    database, files = f"sqlite://{tmp_path}/x.db", str(tmp_path / "files")
    async with a_desk(database, files) as desk:
        await several(desk, 2)
        good(await desk.bob.post(f"{LIST}/read", {"ids": "1"}))
        before = await told(desk.bob)

    async with a_desk(database, files) as desk:
        assert await told(desk.bob) == before
        assert await unread(desk.bob) == [2]


async def test_the_list_costs_the_same_however_long_it_is(desk):
    async def cost():
        before = desk.house.database.statements
        await told(desk.bob)
        return desk.house.database.statements - before

    await several(desk, 1)
    await cost()  # the caller is known from now on
    few = await cost()
    await several(desk, 12, "more")
    await cost()

    assert await cost() == few
