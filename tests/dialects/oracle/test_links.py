"""Public links: made, changed, used by whoever holds them."""

import httpx
import pytest

from polyshare.domain import link_ids
from polyshare.domain.links import LinkTerms
from polyshare.engine.directory import naming
from polyshare.engine.links import publishing
from tests.dialects.oracle.desk import bad, good

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shared(desk):
    """A folder of Alice's with a file: their ids."""
    folder = await desk.alice.folder("shared")
    return folder, (await desk.alice.upload(folder, "a.txt"))["id"]


async def by_link(
    desk, link: str, path: str, method: str = "GET", code: str | None = None, **more
) -> httpx.Response:
    """Call with nothing but a link."""
    headers = {"LinkID": link}
    if code is not None:
        headers["cookie"] = f"other=1; dAccessCode-{link}={code}"
    answer: httpx.Response = await desk.http.request(
        method, f"/documents/api/1.2{path}", headers=headers, **more
    )
    return answer


async def test_a_link_tells_what_it_is_but_not_its_code(desk, shared):
    folder, _ = shared
    wanted = {
        "assignedUsers": "@everybody",
        "roleName": "downloader",
        "expirationTime": "2030-01-31T10:00:00",
        "password": "secret-code",
        "linkName": "For you",
    }

    made = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))

    assert list(made) == [
        "errorCode",
        "id",
        "linkID",
        "linkName",
        "assignedUsers",
        "role",
        "type",
        "createdTime",
        "lastModifiedTime",
        "expirationTime",
        "ownedBy",
    ]
    assert (made["id"], made["role"], made["type"]) == (folder, "downloader", "publiclink")
    assert made["expirationTime"] == "2030-01-31T10:00:00Z"
    assert made["linkID"][0] == "L"
    assert len(made["linkID"]) == 44
    listed = good(await desk.alice.get(f"/publiclinks/folder/{folder}"))
    assert (listed["count"], listed["type"], listed["id"]) == ("1", "folder", folder)
    assert listed["items"] == [{key: value for key, value in made.items() if key != "errorCode"}]
    assert good(await desk.alice.get(f"/publiclinks/{made['linkID']}")) == made


async def test_a_link_opens_what_its_role_says_and_nothing_else(desk, shared):
    folder, file = shared
    other = await desk.alice.folder("other")
    link = good(await desk.alice.post(f"/publiclinks/folder/{folder}", {"assignedUsers": "@everybody"}))[
        "linkID"
    ]

    assert good(await by_link(desk, link, f"/folders/{folder}"))["role"] == "viewer"
    assert good(await by_link(desk, link, f"/folders/{folder}/items"))["count"] == "1"
    bad(await by_link(desk, link, f"/files/{file}/data"), 403, "-20")
    bad(await by_link(desk, link, f"/folders/{other}"), 403, "-20")
    bad(await by_link(desk, link, "/folders/items"), 403, "-20")
    assert (await by_link(desk, link, f"/shares/{folder}/items")).status_code == 401
    good(await desk.alice.put(f"/publiclinks/{link}", {"role": "contributor"}))
    assert (await by_link(desk, link, f"/files/{file}/data")).content == b"hello"
    parts = [
        ("jsonInputParameters", (None, f'{{"parentID":"{folder}"}}')),
        ("primaryFile", ("b.txt", b"more")),
    ]
    made = good(await by_link(desk, link, "/files/data", "POST", files=parts), 201)
    assert made["ownedBy"]["loginName"] == "alice"
    good(await by_link(desk, link, f"/files/{made['id']}", "PUT", json={"name": "c.txt"}))


async def test_a_link_with_a_code_opens_by_its_cookie_alone(desk, shared):
    _, file = shared
    wanted = {"assignedUsers": "@everybody", "role": "downloader", "password": "secret-code"}
    link = good(await desk.alice.post(f"/publiclinks/file/{file}", wanted))["linkID"]

    for code in (None, "SECRET-CODE", ""):
        said = bad(await by_link(desk, link, f"/files/{file}", code=code), 403, "-18")
        assert said["errorKey"].endswith("!csAccessCodeRequiredForLinkAccess")
    good(await by_link(desk, link, f"/files/{file}", code="secret-code"))
    good(await desk.alice.put(f"/publiclinks/{link}", {"password": ""}))
    good(await by_link(desk, link, f"/files/{file}"))


async def test_a_link_ends_by_time_and_by_deletion(desk, shared):
    folder, _ = shared
    wanted = {"assignedUsers": "@everybody", "expirationTime": "2026-01-01T13:00:00Z"}
    link = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))["linkID"]
    good(await by_link(desk, link, f"/folders/{folder}"))

    desk.clock.pass_s(3600)

    bad(await by_link(desk, link, f"/folders/{folder}"), 403, "-20")
    gone = good(await desk.alice.delete(f"/publiclinks/{link}"))
    assert gone == {"errorCode": "0", "linkID": link, "type": "publiclink"}
    bad(await by_link(desk, link, f"/folders/{folder}"), 403, "-20")
    bad(await desk.alice.get(f"/publiclinks/{link}"), 404, "-16")


async def test_a_link_for_some_people_asks_who_comes(desk, shared):
    folder, _ = shared
    wanted = {"assignedUsers": "bob, carol@example.com", "linkName": "two"}
    made = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))

    assert made["assignedUsers"] == "bob,carol@example.com"
    headers = {"linkid": made["linkID"]}
    good(await desk.carol.get(f"/folders/{folder}", headers=headers))
    bad(await desk.dave.get(f"/folders/{folder}", headers=headers), 403, "-20")
    bad(await by_link(desk, made["linkID"], f"/folders/{folder}"), 403, "-20")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"assignedUsers": "@everybody,bob"},
        {"assignedUsers": "nobody"},
        {"assignedUsers": "@everybody", "role": "manager"},
        {"assignedUsers": "@everybody", "password": "short"},
        {"assignedUsers": "@everybody", "expirationTime": "tomorrow"},
    ],
)
async def test_a_link_that_makes_no_sense_is_not_made(desk, shared, wanted):
    folder, _ = shared

    assert (await desk.alice.post(f"/publiclinks/folder/{folder}", wanted)).status_code == 400

    assert good(await desk.alice.get(f"/publiclinks/folder/{folder}"))["items"] == []


async def test_only_one_link_is_without_a_name(desk, shared):
    folder, _ = shared
    wanted = {"assignedUsers": "@everybody"}
    good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))

    assert (await desk.alice.post(f"/publiclinks/folder/{folder}", wanted)).status_code == 400


async def test_too_many_wrong_codes_are_told_to_wait_and_the_right_one_still_opens(desk, shared):
    folder, _ = shared
    wanted = {"assignedUsers": "@everybody", "password": "correct horse"}
    link = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))["linkID"]

    tries = [await by_link(desk, link, f"/folders/{folder}/items", code=f"wrong code {n}") for n in range(12)]

    assert [answer.status_code for answer in tries] == [403] * 10 + [429] * 2
    assert int(tries[-1].headers["retry-after"]) >= 1
    bad(tries[-1], 429, "-32", "!csTooManyRequests")
    good(await by_link(desk, link, f"/folders/{folder}/items", code="correct horse"))


async def test_who_has_one_linkid_and_knows_the_tail_can_not_make_up_another(desk, shared):
    folder, file = shared
    wanted = {"role": "viewer", "assignedUsers": "@everybody"}
    one = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))["linkID"]
    other = good(await desk.alice.post(f"/publiclinks/file/{file}", wanted))["linkID"]
    tail = await desk.house.read(None, naming.tail)
    number = await desk.house.read(None, lambda work: naming.link(work, other))

    guessed = link_ids.spelled(number, tail)
    grafted = one[:8] + other[8:24] + one[24:]

    assert tail not in one
    assert one[24:] != other[24:]
    for text in (guessed, grafted, one[:-1] + ("1" if one.endswith("0") else "0"), "L" * 44, "Ü" * 44):
        assert await desk.house.read(None, lambda work, text=text: naming.link(work, text)) is None
    assert await desk.house.read(None, lambda work: naming.link(work, other.lower())) == number


async def test_changing_a_link_for_leaving_files_leaves_it_one(desk, shared):
    folder, _ = shared
    wanted = {"role": "contributor", "assignedUsers": "@everybody"}
    link = good(await desk.alice.post(f"/publiclinks/folder/{folder}", wanted))["linkID"]

    async def limit(work):
        number = await naming.link(work, link)
        found = await publishing.find(work, number)
        terms = LinkTerms(found.audience, found.permissions, drops=True, uses=2)
        person = found.created_by
        return await publishing.change(work, person, number, terms, keep_code=True, keep_uses=False)

    made = await desk.house.write(None, limit)
    good(await desk.alice.put(f"/publiclinks/{link}", {"linkName": "inbox"}))
    renamed = await desk.house.read(None, lambda work: publishing.find(work, made.id))
    good(await desk.alice.put(f"/publiclinks/{link}", {"role": "viewer"}))
    viewing = await desk.house.read(None, lambda work: publishing.find(work, made.id))

    assert (renamed.name, renamed.drops, renamed.uses_left) == ("inbox", True, 2)
    assert (viewing.drops, viewing.uses_left) == (False, 2)
