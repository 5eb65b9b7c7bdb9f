"""Shares: made, opened, listed, changed and taken back."""

import asyncio
import json
import re

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.principals import Status
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.links import counting, handing_out
from tests.dialects.mycloud.desk import (
    ALICE,
    BELOW,
    BESIDE,
    BOBS,
    BOBS_DEVICE,
    DEVICE,
    FOLDER,
    ROOT,
    a_desk,
    bad,
    both_engines,
    good,
)

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NO_TOKEN = "Required parameter accessToken not present or empty"
ALL = "/shares/v1/shares"


def at(share):
    """The path of a share."""
    return f"{ALL}/{share['shareId']}"


@pytest.mark.behaviour("mycloud", 2)
@both_engines
async def test_a_share_is_answered_as_it_was_sent(desk):
    body = {
        "deviceId": "xyz",
        "fileIds": ["123", "456", "789"],
        "ownerId": ALICE,
        "useCache": True,
        "metadata": {"a": [1.50, None], "ü": "…"},
        "unknown": 1,
    }

    answer = await desk.alice.post(ALL, json.dumps(body).replace("1.5", "1.50"))

    made = good(answer, 201)
    at_ms = desk.clock.now // 1000
    assert answer.json()["message"] == "Share created successfully"
    assert made == {
        "shareId": made["shareId"],
        "authId": made["authId"],
        "deviceId": "xyz",
        "ownerId": ALICE,
        "fileIds": ["123", "456", "789"],
        "userIds": [],
        "metadata": body["metadata"],
        "useCache": True,
        "dateCreated": at_ms,
        "lastModified": at_ms,
        "url": f"{ROOT}/action/share/{made['shareId']}",
    }
    assert UUID.fullmatch(made["shareId"])
    assert UUID.fullmatch(made["authId"])
    assert made["shareId"] != made["authId"]
    assert answer.headers["location"] == f"{ROOT}/shares/v1/shares/{made['shareId']}"
    assert "1.50" in answer.text


@both_engines
async def test_a_token_got_for_a_share_is_an_opening_but_for_its_owners(desk):
    made = await desk.alice.share(FOLDER)
    for caller in (desk.nobody, desk.bob, desk.alice):
        good(await caller.get(at(made)))
    await desk.nobody.call("HEAD", at(made))

    await counting.flush(desk.house)

    alice = await desk.id_of("alice")
    listed = await desk.house.read(None, lambda work: handing_out.page(work, alice, None, 100))
    assert [one.link.opened for one in listed if one.share == made["shareId"]] == [2]


@pytest.mark.behaviour("mycloud", 3)
@both_engines
async def test_a_public_share_is_opened_without_a_token_and_with_any(desk):
    made = await desk.alice.share(BELOW, FOLDER, "unknown")

    answers = [await caller.get(at(made)) for caller in (desk.nobody, desk.bob, desk.alice)]
    answers.append(await desk.nobody.get(at(made).removeprefix("/shares") + "/"))
    answers.append(await desk.nobody.call("GET", at(made), headers={"authorization": "Bearer garbage"}))

    for answer in answers:
        said = good(answer)
        assert answer.json()["message"] == "Share retrieved successfully"
        assert said["fileIds"] == [BELOW, FOLDER, "unknown"]
        assert said["url"].endswith(made["shareId"])
        assert said["device"] == {"deviceId": DEVICE, "network": said["network"]}
        assert said["network"] == {"proxyURL": f"{ROOT}/{DEVICE}", "externalURI": f"{ROOT}/{DEVICE}"}
        assert (said["cacheUrl"], said["useCache"], said["metadata"]) == ("", False, None)
    assert len({good(answer)["shareToken"] for answer in answers}) == len(answers)
    assert [("userIds" in good(answer)) for answer in answers] == [False, False, True, False, False]


@pytest.mark.behaviour("mycloud", 8)
@pytest.mark.parametrize("users", [{}, {"userIds": None}, {"userIds": []}, {"userIds": ["anybody"]}])
async def test_a_share_for_nobody_in_particular_is_public(desk, users):
    made = await desk.alice.share(**users)

    assert good(await desk.nobody.get(at(made)))["shareToken"]
    assert made["userIds"] == (users.get("userIds") or [])


@pytest.mark.behaviour("mycloud", 9)
@both_engines
async def test_a_private_share_is_for_its_owner_and_those_who_are_named(desk):
    made = await desk.alice.share(userIds=[desk.bob.subject, desk.bob.subject, "auth0|nobody"])

    assert made["userIds"] == [desk.bob.subject, "auth0|nobody"]
    assert good(await desk.alice.get(at(made)))["userIds"] == made["userIds"]
    assert "userIds" not in good(await desk.bob.get(at(made)))
    bad(await desk.carol.get(at(made)), 404, "SHARE_NOT_FOUND", "404 Not Found Could not find share")
    bad(
        await desk.nobody.get(at(made)),
        401,
        "GENERAL_INVALID_TOKEN",
        "401 Not Authorized User token is invalid",
    )
    garbage = await desk.nobody.call("GET", at(made), headers={"authorization": "Bearer garbage"})
    bad(garbage, 401, "GENERAL_INVALID_TOKEN")


async def test_a_share_for_somebody_is_for_whoever_is_signed_in(desk):
    made = await desk.alice.share(userIds=["somebody"])

    good(await desk.carol.get(at(made)))
    bad(await desk.nobody.get(at(made)), 401, "GENERAL_INVALID_TOKEN")


@pytest.mark.behaviour("mycloud", 18)
@pytest.mark.parametrize(
    "odd",
    [
        "unknown",
        "x" * 255,
        "%00",
        "a%00b",
        "..%2F..%2Fetc",
        "%ED%A0%80",
        "%F0%9F%98%80",
        "3fd85f74-b327-42f1-bff6-4a85009dda07",
        "%0A",
    ],
)
async def test_an_odd_or_unknown_id_is_no_share(desk, odd):
    for method in ("GET", "PUT", "DELETE"):
        body = {} if method == "PUT" else None
        bad(await desk.alice.call(method, f"{ALL}/{odd}", body), 404, "SHARE_NOT_FOUND")
    bad(await desk.nobody.get(f"{ALL}/{odd}"), 404, "SHARE_NOT_FOUND")
    bad(await desk.nobody.get(f"{ALL}/{'x' * 256}"), 400, "GENERAL_INSUFFICIENT_PARAMETERS", "shareId")


@pytest.mark.behaviour("mycloud", 19)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_a_method_that_the_collection_has_not_is_named(desk, method):
    for caller in (desk.alice, desk.nobody):
        answer = await caller.call(method, ALL)

        message = bad(answer, 405, "GENERAL_METHOD_NOT_ALLOWED")
        assert message == f"405 Method Not Allowed {method} not allowed for this resource"
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    answer = await desk.nobody.call("POST", f"{ALL}/some-share", {})
    bad(answer, 405, "GENERAL_METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"


@pytest.mark.behaviour("mycloud", 21)
@both_engines
async def test_a_share_that_was_taken_back_is_gone_with_its_permissions(desk):
    made = await desk.alice.share()
    await desk.alice.permit(FOLDER, made["authId"])
    bad(await desk.bob.delete(at(made)), 400, "SHARES_AUTH_OWNER_MISMATCH")

    answer = await desk.alice.delete(at(made))

    assert (good(answer), answer.json()["message"]) == ("deleted", "Share deleted successfully")
    bad(await desk.alice.delete(at(made)), 404, "SHARE_NOT_FOUND")
    bad(await desk.nobody.get(at(made)), 404, "SHARE_NOT_FOUND")
    assert await desk.alice.permissions(FOLDER) == []
    assert good(await desk.alice.get(ALL)) == []


@pytest.mark.behaviour("mycloud", 22)
@both_engines
async def test_a_share_that_becomes_private_shuts_strangers_out_at_once(desk):
    made = await desk.alice.share(metadata={"a": 1}, useCache=True)

    answer = await desk.alice.put(at(made), {"userIds": [desk.bob.subject]})

    changed = good(answer)
    assert answer.json()["message"] == "Share updated successfully"
    assert changed["lastModified"] > made["lastModified"]
    same = {**made, "userIds": [desk.bob.subject], "lastModified": changed["lastModified"]}
    assert changed == same
    bad(await desk.nobody.get(at(made)), 401, "GENERAL_INVALID_TOKEN")
    good(await desk.bob.get(at(made)))


@both_engines
async def test_what_a_change_sends_replaces_what_was_and_nothing_else(desk):
    made = await desk.alice.share(metadata={"a": 1})

    files = good(
        await desk.alice.put(at(made), {"fileIds": [BESIDE, BESIDE], "deviceId": DEVICE, "ownerId": ALICE})
    )
    bare = good(await desk.alice.put(at(made), {"metadata": None, "useCache": True}))
    same = good(await desk.alice.put(at(made), {}))

    assert (files["fileIds"], files["metadata"]) == ([BESIDE], {"a": 1})
    assert (bare["metadata"], bare["useCache"], bare["fileIds"]) == (None, True, [BESIDE])
    assert {**same, "lastModified": 0} == {**bare, "lastModified": 0}
    assert good(await desk.nobody.get(at(made)))["fileIds"] == [BESIDE]


async def test_only_the_owner_changes_a_share_and_some_things_never_change(desk):
    public, private = await desk.alice.share(), await desk.alice.share(userIds=[ALICE])

    bad(await desk.bob.put(at(public), {}), 400, "SHARES_AUTH_OWNER_MISMATCH")
    bad(await desk.bob.put(at(private), {}), 404, "SHARE_NOT_FOUND")
    bad(await desk.bob.delete(at(private)), 404, "SHARE_NOT_FOUND")
    bad(await desk.alice.put(at(public), {"ownerId": desk.bob.subject}), 400, "SHARES_AUTH_OWNER_MISMATCH")
    bad(
        await desk.alice.put(at(public), {"deviceId": "other"}),
        400,
        "GENERAL_INSUFFICIENT_PARAMETERS",
        "deviceId",
    )
    bad(await desk.alice.put(at(public), {"fileIds": []}), 400, "GENERAL_INVALID_PARAMETER_LIST", "fileIds")
    bad(await desk.alice.put(at(public), "nonsense"), 400, "GENERAL_INSUFFICIENT_PARAMETERS", "body")
    bad(await desk.nobody.put(at(public), {}), 400, "GENERAL_INSUFFICIENT_PARAMETERS", NO_TOKEN)


@pytest.mark.behaviour("mycloud", 23)
@both_engines
async def test_a_list_has_ones_own_shares_page_by_page_while_others_are_added(desk):
    made = [(await desk.alice.share())["shareId"] for _ in range(5)]
    body = desk.bob.body(BOBS, deviceId=BOBS_DEVICE)
    good(await desk.bob.post(ALL, body), 201)
    seen, token = [], ""

    for _ in range(3):
        answer = await desk.alice.get(ALL, limit=2, pageToken=token)
        rows, token = good(answer), answer.json()["pageToken"]
        seen += [row["shareId"] for row in rows]
        assert all(not {"shareToken", "device", "network"} & set(row) for row in rows)
        await desk.alice.share()

    assert seen == made[::-1]
    assert token == ""
    assert len(good(await desk.alice.get(ALL, ownerId=ALICE))) == 8


@both_engines
async def test_a_list_can_be_narrowed_and_turned_round(desk):
    first, second = await desk.alice.share(FOLDER), await desk.alice.share(BESIDE, userIds=[desk.bob.subject])
    elsewhere = await desk.alice.share("1", deviceId="elsewhere")

    async def listed(caller, **query):
        return [row["shareId"] for row in good(await caller.get(ALL, **query))]

    assert await listed(desk.alice, fileId=BESIDE) == [second["shareId"]]
    assert await listed(desk.alice, deviceId=DEVICE) == [second["shareId"], first["shareId"]]
    assert await listed(desk.alice, deviceId="elsewhere", fileId=FOLDER) == []
    assert await listed(desk.bob, userId=desk.bob.subject) == [second["shareId"]]
    assert await listed(desk.bob, userId=desk.bob.subject, ownerId=ALICE) == [second["shareId"]]
    assert await listed(desk.bob, userId=desk.bob.subject, ownerId="auth0|x") == []
    assert await listed(desk.bob) == []
    assert elsewhere["shareId"] in await listed(desk.alice)
    bad(await desk.bob.get(ALL, ownerId=ALICE), 400, "SHARES_AUTH_OWNER_MISMATCH")
    bad(await desk.bob.get(ALL, userId=ALICE), 400, "SHARES_AUTH_OWNER_MISMATCH")
    for query in (
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"pageToken": "-1"},
        {"deviceId": "x" * 256},
    ):
        [name] = query
        bad(await desk.alice.get(ALL, **query), 400, "GENERAL_INSUFFICIENT_PARAMETERS", name)


@pytest.mark.behaviour("mycloud", 24)
@both_engines
async def test_two_hundred_shares_at_a_time_are_two_hundred_shares(desk):
    answers = await asyncio.gather(*(desk.alice.post(ALL, desk.alice.body()) for _ in range(200)))

    made = [good(answer, 201) for answer in answers]
    assert len({one["shareId"] for one in made} | {one["authId"] for one in made}) == 400


@both_engines
async def test_shares_and_tokens_outlive_a_restart(database, tmp_path):
    files = str(tmp_path / "files")
    async with a_desk(database, files) as before:
        made, token = await before.alice.share(userIds=[ALICE]), before.alice.token

    async with a_desk(database, files) as after:
        after.alice.token = token
        assert good(await after.alice.get(at(made)))["shareId"] == made["shareId"]


@pytest.mark.behaviour("mycloud", 25)
async def test_a_device_to_which_the_owner_is_not_attached_is_not_told_of(desk):
    for device in (BOBS_DEVICE, "unknown"):
        made = await desk.alice.share(BOBS, deviceId=device)

        said = good(await desk.nobody.get(at(made)))

        assert (said["deviceId"], said["fileIds"]) == (device, [BOBS])
        assert not {"device", "network"} & set(said)


async def test_an_inactive_owners_shares_are_not_there(desk):
    made = await desk.alice.share()

    async def job(work):
        return await enrolling.change(work, "alice", PersonChange(status=Status.INACTIVE))

    await directing.changing(desk.house, None, job)

    bad(await desk.nobody.get(at(made)), 404, "SHARE_NOT_FOUND")
