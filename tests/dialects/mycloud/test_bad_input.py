"""What a request gets that can't be read as a share, a device or a permission: an error in their words, never ours."""

import json

import pytest

from tests.dialects.mycloud.desk import ALICE, DEVICE, FOLDER, bad, both_engines, good, refused

ALL = "/v1/shares"
SHORT, LIST = "GENERAL_INSUFFICIENT_PARAMETERS", "GENERAL_INVALID_PARAMETER_LIST"
MISSING = "400 Bad Request Required parameter {} not present, invalid or empty"
NO_LIST = "400 Bad Request Required parameter {} is not a list, invalid, or empty"
LONG = "x" * 256
GONE = object()


def body(**changed):
    """The body of a share of Alice's, with some fields otherwise."""
    whole = {"deviceId": DEVICE, "fileIds": [FOLDER], "ownerId": ALICE, **changed}
    return {name: value for name, value in whole.items() if value is not GONE}


@pytest.mark.behaviour("mycloud", 4)
@pytest.mark.behaviour("mycloud", 7)
@pytest.mark.parametrize("name", ["deviceId", "ownerId"])
@pytest.mark.parametrize("value", [GONE, None, "", "  ", LONG, 1, True, ["x"], {}, "a\0b"])
async def test_an_id_that_is_none_is_named(desk, name, value):
    answer = await desk.alice.post(ALL, body(**{name: value}))

    assert bad(answer, 400, SHORT) == MISSING.format(name)


@pytest.mark.behaviour("mycloud", 7)
@pytest.mark.parametrize(
    "value", ["x", [], [1], [""], [" "], [None], [["x"]], {}, 1, ["x"] * 1001, [LONG], ["a\0b"]]
)
async def test_a_list_of_files_that_is_none_is_told(desk, value):
    assert bad(await desk.alice.post(ALL, body(fileIds=value)), 400, LIST) == NO_LIST.format("fileIds")


@pytest.mark.behaviour("mycloud", 7)
async def test_a_list_of_files_that_is_not_there_is_missing(desk):
    for value in (GONE, None):
        assert bad(await desk.alice.post(ALL, body(fileIds=value)), 400, SHORT) == MISSING.format("fileIds")


@pytest.mark.parametrize("value", ["x", [1], [""], {}, 1, ["x"] * 101, [LONG]])
async def test_a_list_of_users_that_is_none_is_told(desk, value):
    assert bad(await desk.alice.post(ALL, body(userIds=value)), 400, LIST) == NO_LIST.format("userIds")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metadata", "x"),
        ("metadata", []),
        ("metadata", 1),
        ("metadata", {"a": "x" * 16384}),
        ("metadata", {"a": "\0"}),
        ("useCache", "true"),
        ("useCache", 1),
        ("useCache", {}),
    ],
)
async def test_what_goes_along_is_checked_too(desk, name, value):
    assert bad(await desk.alice.post(ALL, body(**{name: value})), 400, SHORT) == MISSING.format(name)


@pytest.mark.behaviour("mycloud", 7)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        '"x"',
        "null",
        "{} {}",
        '{"deviceId":}',
        b"\xff\xfe",
        b'{"deviceId":"\xff"}',
        "[" * 100_000,
        '{"a":' * 5000,
    ],
)
async def test_a_body_that_is_no_object_is_told(desk, text):
    assert bad(await desk.alice.post(ALL, text), 400, SHORT) == MISSING.format("body")


async def test_what_is_wrong_is_told_in_the_vendors_order(desk):
    everything = body(deviceId=" ", fileIds=[], ownerId="auth0|x", userIds=1, metadata=1, useCache=1)
    mended = [
        ("deviceId", DEVICE),
        ("fileIds", [FOLDER]),
        ("userIds", []),
        ("metadata", {}),
        ("useCache", True),
    ]

    bad(await desk.nobody.post(ALL, everything), 400, SHORT, "accessToken")
    for name, value in mended:
        assert name in bad(
            await desk.alice.post(ALL, everything), 400, LIST if name.endswith("Ids") else SHORT
        )
        everything[name] = value
    bad(await desk.alice.post(ALL, everything), 400, "SHARES_AUTH_OWNER_MISMATCH")


@pytest.mark.behaviour("mycloud", 6)
@both_engines
async def test_nobody_shares_in_anothers_name(desk):
    answer = await desk.bob.post(ALL, body())

    message = bad(answer, 400, "SHARES_AUTH_OWNER_MISMATCH")
    assert message == "400 Bad Request The authorized user id is not the same as the owner id"
    assert good(await desk.alice.get(ALL)) == good(await desk.bob.get(ALL)) == []


async def test_a_body_that_is_too_large_is_told(desk):
    text = json.dumps(body(metadata={"a": "x" * 2_000_000}))

    bad(await desk.alice.post(ALL, text), 413, SHORT)


@pytest.mark.parametrize("sent", ["", " ", "Bearer", "Bearer ", "bearer  "])
@pytest.mark.behaviour("mycloud", 5)
async def test_no_token_is_told_as_a_missing_parameter(desk, sent):
    answer = await desk.nobody.call("POST", ALL, body(), headers={"authorization": sent} if sent else {})

    message = bad(answer, 400, SHORT)
    assert message == "400 Bad Request Required parameter accessToken not present or empty"


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/other", "/shares", "/shares/v2/shares", "/device/v1", "/authservice/v9"]
)
async def test_a_path_that_is_none_is_told_in_the_envelope(desk, path):
    bad(await desk.nobody.get(path), 404, "GENERAL_NOT_FOUND")


@pytest.mark.parametrize("path", [f"/{DEVICE}/sdk/v9/files", "/x/sdk", "//sdk/v1/files"])
async def test_a_path_that_is_none_on_a_device_is_told_as_devices_do(desk, path):
    refused(await desk.nobody.get(f"http://desk{path}"), 404, "notFound")
