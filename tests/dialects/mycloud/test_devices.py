"""The registry of devices."""

from urllib.parse import quote

import pytest

from tests.dialects.mycloud.desk import ALICE, BOBS_DEVICE, DEVICE, FOLDER, ROOT, bad, both_engines, good

TEXTS = {
    "deviceId",
    "name",
    "mac",
    "serialNumber",
    "type",
    "createdOn",
    "apiVersion",
    "lang",
    "attachedStatus",
}
PORTS = {"localHttpPort", "localHttpsPort", "portForwardPort"}
NETWORK = {
    "proxyURL",
    "externalURI",
    "internalURL",
    "internalDNSName",
    "localIpAddress",
    "externalIpAddress",
    "tunnelId",
    "portForwardURL",
    "portForwardDomain",
    "portForwardInfoUpdateStatus",
}


def of(caller):
    """The path of somebody's devices."""
    return f"/device/v1/user/{quote(caller.subject)}"


@both_engines
async def test_ones_devices_are_listed_with_everything_that_clients_read(desk):
    answer = await desk.alice.get(of(desk.alice), pretty="true")

    [device] = good(answer)
    network = device["network"]
    assert answer.json()["pageToken"] == ""
    assert (device["deviceId"], device["name"], device["ownerAccess"]) == (DEVICE, "Alice's drive", True)
    assert all(isinstance(device[name], str) for name in TEXTS)
    assert (device["attachedStatus"], device["cloudConnected"]) == ("APPROVED", True)
    assert device["lastHDStoragePercent"] == 0
    assert device["createdOn"] == "2026-01-01T12:00:00Z"
    assert {network[name] for name in ("proxyURL", "externalURI", "internalURL")} == {f"{ROOT}/{DEVICE}"}
    assert all(isinstance(network[name], str) for name in NETWORK)
    assert {network[name] for name in PORTS} == {-1}
    assert set(network) == NETWORK | PORTS
    assert good(await desk.alice.get(f"/device/v1/device/{DEVICE}")) == device
    assert good(await desk.alice.get(f"/device/v1/user/{ALICE}")) == [device]


@both_engines
async def test_a_device_is_for_whoever_something_on_it_is_shared_with(desk):
    bad(await desk.bob.get(f"/device/v1/device/{DEVICE}"), 404, "DEVICE_NOT_FOUND")

    await desk.alice.permit(FOLDER, desk.bob.subject, "user")

    first = await desk.bob.get(of(desk.bob), limit=1)
    [shared] = good(first)
    [own] = good(await desk.bob.get(of(desk.bob), limit=1, pageToken=first.json()["pageToken"]))
    assert (shared["deviceId"], shared["ownerAccess"]) == (DEVICE, False)
    assert (own["deviceId"], own["ownerAccess"]) == (BOBS_DEVICE, True)
    bad(await desk.carol.get(f"/device/v1/device/{DEVICE}"), 404, "DEVICE_NOT_FOUND")


async def test_who_has_no_device_gets_one(desk):
    [made] = good(await desk.carol.get(of(desk.carol)))

    assert made["ownerAccess"]
    assert [one["deviceId"] for one in good(await desk.carol.get(of(desk.carol)))] == [made["deviceId"]]


async def test_nobody_lists_anothers_devices(desk):
    bad(await desk.bob.get(of(desk.alice)), 401, "GENERAL_INVALID_TOKEN")
    bad(await desk.nobody.get(of(desk.alice)), 400, "GENERAL_INSUFFICIENT_PARAMETERS", "accessToken")
    bad(await desk.alice.get(of(desk.alice), limit="x"), 400, "GENERAL_INSUFFICIENT_PARAMETERS", "limit")


async def test_an_id_that_can_be_none_is_not_told_as_a_missing_share(desk):
    bad(await desk.alice.get("/device/v1/device/%00"), 404, "DEVICE_NOT_FOUND", "device")
    bad(await desk.alice.get("/device/v1/user/auth0%7C%ff"), 404, "GENERAL_NOT_FOUND", "user")


@pytest.mark.behaviour("mycloud", 15)
async def test_the_token_of_a_share_is_for_its_content_only(desk):
    made = await desk.alice.share()
    at = f"/v1/shares/{made['shareId']}"
    token = good(await desk.nobody.get(at))["shareToken"]
    other = good(await desk.nobody.get(at))["shareToken"]
    assert token != other
    reader = type(desk.alice)(desk.http, token, f"{made['authId']}@clients")
    entity = {"id": made["authId"], "type": "cloudShare"}
    body = {"fileID": FOLDER, "entity": entity, "value": "ReadFile"}

    for answer in (
        await reader.post("/v1/shares", reader.body()),
        await reader.get("/v1/shares"),
        await reader.put(at, {}),
        await reader.delete(at),
        await reader.get(of(desk.alice)),
        await reader.get(f"/device/v1/device/{DEVICE}"),
    ):
        bad(answer, 401, "GENERAL_INVALID_TOKEN")
    for answer in (
        await reader.post(f"/{DEVICE}/sdk/v1/filePerms", body),
        await reader.get(f"/{DEVICE}/sdk/v1/filePermsSearch/granting", fileID=FOLDER),
        await reader.delete(f"/{DEVICE}/sdk/v1/filePerms/x"),
    ):
        assert answer.status_code in (401, 403, 404)
