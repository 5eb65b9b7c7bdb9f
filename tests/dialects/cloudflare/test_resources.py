"""Entries of a share: their luggage, their versions, their end."""

import asyncio
import json

import pytest

from tests.dialects.cloudflare.desk import (
    B,
    C,
    a_recipient,
    a_resource,
    good,
    pointed,
    refused,
    some_id,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

LUGGAGE = [
    "{}",
    '{"a":{"b":[1,[2,{"c":null}],true]},"n":null}',
    '{"big":123456789012345678901234567890,"small":-9007199254740993,"zero":0}',
    '{"float":1.10,"tiny":1e-7,"negative":-0.5}',
    '{"":"","a b":1,"camelCase":2,"snake_case":3,"ключ":4,"\\ud83d\\ude00":5}',
    '{"text":"line\\nbreak \\"quoted\\" \\\\ / \\u00e9"}',
]


@both
@pytest.mark.behaviour("cloudflare", 14)
@pytest.mark.parametrize("text", LUGGAGE)
async def test_meta_comes_back_exactly_as_it_was_sent(desk, text):
    resource = json.dumps({**a_resource(), "meta": "HERE"}).replace('"HERE"', text)
    body = f'{{"name": "Luggage", "recipients": [{{"account_id": "{B}"}}], "resources": [{resource}]}}'

    share = good(await desk.alice.call("POST", content=body.encode()), 201)
    embedded = (await desk.alice.seen(share, include_resources=True))["resources"][0]
    path = f"/{share['id']}/resources/{embedded['id']}"
    put = good(await desk.alice.call("PUT", path, content=f'{{"meta": {{"was": {text}}}}}'.encode()))

    assert embedded["meta"] == json.loads(text)
    assert list(embedded["meta"]) == list(json.loads(text))
    assert put["meta"] == {"was": json.loads(text)}
    assert good(await desk.alice.get(path))["meta"] == {"was": json.loads(text)}


@both
@pytest.mark.behaviour("cloudflare", 14)
async def test_an_update_replaces_meta_and_raises_the_version_only(desk):
    share = await desk.alice.share(resources=[a_resource(1, meta={"old": 1, "kept": 2})])
    await desk.settle()
    entry = (await desk.alice.resources(share))[0]
    desk.clock.pass_s(1)

    body = {
        "meta": {"new": [None]},
        "resource_id": some_id(9),
        "resource_type": "trust-grant",
        "resource_account_id": B,
        "resource_version": 40,
        "status": "deleted",
        "unknown": True,
    }
    updated = good(await desk.alice.put(f"/{share['id']}/resources/{entry['id']}", body))

    assert updated["modified"] > entry["modified"]
    assert updated == {
        **entry,
        "meta": {"new": [None]},
        "resource_version": 2,
        "modified": updated["modified"],
    }


@both
@pytest.mark.behaviour("cloudflare", 14)
async def test_recipients_stay_associated_and_catch_up_with_a_new_version(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    await desk.settle()
    entry = (await desk.alice.resources(share))[0]
    before = (await desk.alice.recipients(share))[0]

    good(await desk.alice.put(f"/{share['id']}/resources/{entry['id']}", {"meta": {"n": 1}}))
    behind = (await desk.alice.recipients(share, include_resources=True))[0]
    await desk.settle()
    after = (await desk.alice.recipients(share, include_resources=True))[0]

    assert behind["association_status"] == "associated"
    assert [each["resource_version"] for each in behind["resources"]] == [1, 1]
    assert [each["resource_version"] for each in after["resources"]] == [2, 1]
    assert after["modified"] == before["modified"]


@both
@pytest.mark.behaviour("cloudflare", 15)
async def test_a_removed_entry_is_deleting_then_deleted(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    await desk.settle()
    entry, other = await desk.alice.resources(share)
    path = f"/{share['id']}/resources/{entry['id']}"
    desk.clock.pass_s(1)

    removed = good(await desk.alice.delete(path))
    embedded = (await desk.alice.seen(share, include_resources=True))["resources"]
    await desk.settle()

    assert removed == {**entry, "status": "deleting", "modified": removed["modified"]}
    assert removed["modified"] > entry["modified"]
    assert [each["status"] for each in embedded] == ["deleting", "active"]
    assert good(await desk.alice.get(path))["status"] == "deleted"
    assert [each["id"] for each in (await desk.alice.seen(share, include_resources=True))["resources"]] == [
        other["id"]
    ]
    assert await desk.alice.statuses(share) == {B: "associated"}


@both
@pytest.mark.behaviour("cloudflare", 15)
async def test_an_entry_that_nobody_holds_is_deleted_too(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    assert (await desk.alice.put(f"/{share['id']}/recipients", [])).status_code == 204
    await desk.settle()
    entry = (await desk.alice.resources(share))[0]

    good(await desk.alice.delete(f"/{share['id']}/resources/{entry['id']}"))
    await desk.settle()

    assert (await desk.alice.resources(share))[0]["status"] == "deleted"


@both
@pytest.mark.behaviour("cloudflare", 15)
async def test_the_last_live_entry_stays(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    first, last = await desk.alice.resources(share)
    good(await desk.alice.delete(f"/{share['id']}/resources/{first['id']}"))

    refused(await desk.alice.delete(f"/{share['id']}/resources/{last['id']}"), 400, 1006)

    assert good(await desk.alice.get(f"/{share['id']}/resources/{last['id']}")) == last


@both
@pytest.mark.behaviour("cloudflare", 15)
async def test_two_removals_at_once_leave_the_last_entry(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    paths = [f"/{share['id']}/resources/{entry['id']}" for entry in await desk.alice.resources(share)]

    answers = await asyncio.gather(*(desk.alice.delete(path) for path in paths))

    assert sorted(answer.status_code for answer in answers) == [200, 400]


@pytest.mark.behaviour("cloudflare", 15)
@pytest.mark.parametrize("settled", [False, True], ids=["deleting", "deleted"])
async def test_a_removed_entry_takes_no_new_meta(desk, settled):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    entry = (await desk.alice.resources(share))[0]
    path = f"/{share['id']}/resources/{entry['id']}"
    good(await desk.alice.delete(path))
    if settled:
        await desk.settle()
    before = await desk.alice.whole(share)

    refused(await desk.alice.put(path, {"meta": {"n": 1}}), 400, 1006)

    assert await desk.alice.whole(share) == before


@both
@pytest.mark.behaviour("cloudflare", 16)
async def test_an_entry_that_is_there_is_a_conflict_nobody_should_retry(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    path = f"/{share['id']}/resources"
    before = await desk.alice.whole(share)

    live = await desk.alice.post(path, a_resource(1, meta={"other": 1}))
    unchanged = await desk.alice.whole(share)
    good(await desk.alice.delete(f"{path}/{before['resources'][0]['id']}"))
    leaving = await desk.alice.post(path, a_resource(1))

    for response in (live, leaving):
        refused(response, 409, 1005)
        assert response.headers["x-should-retry"] == "false"
    assert unchanged == before


@both
@pytest.mark.behaviour("cloudflare", 16)
async def test_a_resource_that_comes_back_gets_a_new_entry(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    path = f"/{share['id']}/resources"
    first = (await desk.alice.resources(share))[0]
    good(await desk.alice.delete(f"{path}/{first['id']}"))
    await desk.settle()

    again = good(await desk.alice.post(path, a_resource(1)), 201)
    await desk.settle()

    assert again["id"] != first["id"]
    assert again["resource_version"] == 1
    assert [each["status"] for each in await desk.alice.resources(share)] == ["deleted", "active", "active"]
    held = (await desk.alice.recipients(share, include_resources=True))[0]["resources"]
    assert [each["resource_id"] for each in held] == [some_id(2), some_id(1)]


@both
async def test_a_new_entry_reaches_those_who_are_there(desk):
    share = await desk.alice.share()
    await desk.settle()

    added = good(await desk.alice.post(f"/{share['id']}/resources", a_resource(2, "gateway-policy")), 201)
    status = await desk.alice.statuses(share)
    await desk.settle()
    held = (await desk.alice.recipients(share, include_resources=True))[0]["resources"]

    assert (added["status"], added["resource_version"], added["resource_type"]) == (
        "active",
        1,
        "gateway-policy",
    )
    assert status == {B: "associated"}
    assert [(each["resource_id"], each["resource_version"]) for each in held] == [
        (some_id(1), 1),
        (some_id(2), 1),
    ]


@pytest.mark.parametrize("key", ["x", "0f9e4d1c-2b3a-4c5d-8e6f-7a8b9c0d1e2f", "k" * 64, "A_b-9"])
async def test_a_resource_id_may_have_64_letters_digits_and_dashes(desk, key):
    share = await desk.alice.share(resources=[a_resource(resource_id=key)])

    assert [each["resource_id"] for each in await desk.alice.resources(share)] == [key]


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resource_id": ""}, "resource_id"),
        ({"resource_id": "k" * 65}, "resource_id"),
        ({"resource_id": "a/b"}, "resource_id"),
        ({"resource_id": 7}, "resource_id"),
        ({"resource_id": None}, "resource_id"),
        ({"resource_type": "widget"}, "resource_type"),
        ({"resource_type": "Custom-Ruleset"}, "resource_type"),
        ({"resource_type": None}, "resource_type"),
        ({"resource_type": ["custom-ruleset"]}, "resource_type"),
        ({"resource_account_id": B}, "resource_account_id"),
        ({"resource_account_id": None}, "resource_account_id"),
        ({"meta": None}, "meta"),
        ({"meta": []}, "meta"),
        ({"meta": "text"}, "meta"),
        ({"meta": {"long": "x" * 16_400}}, "meta"),
    ],
)
async def test_a_wrong_resource_is_refused_by_its_field(desk, change, field):
    share = await desk.alice.share()
    wrong = {**a_resource(2), **change}
    before = await desk.alice.whole(share)

    alone = await desk.alice.post(f"/{share['id']}/resources", wrong)
    body = {"name": "Never", "recipients": [a_recipient(C)], "resources": [a_resource(), wrong]}
    among = await desk.alice.post("", body)

    assert pointed(alone, 400, 1001) == f"/{field}"
    assert pointed(among, 400, 1001) == f"/resources/1/{field}"
    assert await desk.alice.whole(share) == before
    assert await desk.alice.names() == ["Baseline rules"]


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize("missing", ["resource_id", "resource_type", "resource_account_id", "meta"])
async def test_a_resource_needs_all_four_fields(desk, missing):
    share = await desk.alice.share()
    wrong = {name: value for name, value in a_resource(2).items() if name != missing}

    response = await desk.alice.post(f"/{share['id']}/resources", wrong)

    assert missing in refused(response, 400, 1001)["message"]
    assert len(await desk.alice.resources(share)) == 1


@pytest.mark.behaviour("cloudflare", 23)
async def test_one_resource_twice_in_one_request_is_refused(desk):
    body = {"name": "Never", "recipients": [a_recipient(B)], "resources": [a_resource(1), a_resource(1)]}

    assert pointed(await desk.alice.post("", body), 400, 1001).startswith("/resources/1")
    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize("body", [{}, {"meta": None}, {"meta": []}, {"meta": "{}"}, [], "text", None])
async def test_an_update_without_a_meta_object_is_refused(desk, body):
    share = await desk.alice.share()
    before = await desk.alice.whole(share)
    path = f"/{share['id']}/resources/{before['resources'][0]['id']}"

    refused(await desk.alice.call("PUT", path, content=json.dumps(body).encode()), 400, 1001)

    assert await desk.alice.whole(share) == before
