"""What bad input gets: the envelope, the right code, and not half a change."""

import json

import pytest

from tests.dialects.cloudflare.desk import (
    A,
    B,
    C,
    Party,
    a_desk,
    a_recipient,
    a_resource,
    bearer,
    good,
    pointed,
    refused,
    some_id,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


def a_body(**change):
    """A body that makes a share, but for *change*."""
    return {"name": "Never", "recipients": [a_recipient(B)], "resources": [a_resource()], **change}


@both
@pytest.mark.behaviour("cloudflare", 22)
async def test_what_never_existed_is_not_found(desk):
    share = await desk.alice.share()
    known, unknown = f"/{share['id']}", f"/{some_id(12345)}"

    tried = {
        "share": [
            await desk.alice.get(unknown),
            await desk.alice.put(unknown, {"name": "x"}),
            await desk.alice.delete(unknown),
            await desk.alice.get(f"{unknown}/recipients"),
            await desk.alice.post(f"{unknown}/recipients", a_recipient(B)),
            await desk.alice.put(f"{unknown}/recipients", []),
            await desk.alice.get(f"{unknown}/resources"),
            await desk.alice.post(f"{unknown}/resources", a_resource()),
            await desk.alice.get(f"{unknown}/excluded-recipients"),
        ],
        "recipient": [
            await desk.alice.get(f"{known}/recipients{unknown}"),
            await desk.alice.delete(f"{known}/recipients{unknown}"),
        ],
        "resource": [
            await desk.alice.get(f"{known}/resources{unknown}"),
            await desk.alice.put(f"{known}/resources{unknown}", {"meta": {}}),
            await desk.alice.delete(f"{known}/resources{unknown}"),
        ],
    }

    for what, responses in tried.items():
        for response in responses:
            assert what in refused(response, 404, 1004)["message"].lower()


@both
@pytest.mark.behaviour("cloudflare", 22)
async def test_a_part_of_another_share_is_not_found(desk):
    share, other = await desk.alice.share("One"), await desk.alice.share("Other")
    recipient, entry = (await desk.alice.recipients(other))[0], (await desk.alice.resources(other))[0]

    refused(await desk.alice.get(f"/{share['id']}/recipients/{recipient['id']}"), 404, 1004)
    refused(await desk.alice.get(f"/{share['id']}/resources/{entry['id']}"), 404, 1004)
    refused(await desk.alice.delete(f"/{share['id']}/recipients/{recipient['id']}"), 404, 1004)
    assert await desk.alice.statuses(other) == {B: "associating"}


@pytest.mark.behaviour("cloudflare", 22)
@pytest.mark.parametrize("odd", ["a" * 33, "%20", "a.b", "a%2Fb", "%00", "%ff", "caf%C3%A9", "%27--"])
async def test_a_malformed_id_cannot_be_routed(desk, odd):
    share = await desk.alice.share()
    root = f"/client/v4/accounts/{A}/shares"
    paths = [
        f"{root}/{odd}",
        f"{root}/{share['id']}/recipients/{odd}",
        f"{root}/{share['id']}/resources/{odd}",
    ]

    for path in paths:
        # The path is sent as it stands: a client would escape what is odd in it.
        request = desk.http.build_request("GET", "http://desk", headers=desk.alice.headers)
        request.url = request.url.copy_with(raw_path=path.encode())
        error = refused(await desk.http.send(request), 400, 7003)
        assert error["message"].startswith("Could not route to ")
        assert error["message"].endswith(", perhaps your object identifier is invalid?")


@pytest.mark.behaviour("cloudflare", 22)
async def test_a_malformed_account_cannot_be_routed_either(desk):
    refused(await Party(desk.http, "a" * 33, bearer("alice")).get(""), 400, 7003)
    refused(await Party(desk.http, "a" * 33, bearer("admin"), root="organizations").get(""), 400, 7003)


@pytest.mark.parametrize(
    "path",
    [
        "/client/v4",
        "/client/v4/nothing",
        f"/client/v4/accounts/{A}/share",
        f"/client/v4/accounts/{A}/shares/x/y",
        f"/accounts/{A}",
    ],
)
async def test_an_unknown_route_is_404(desk, path):
    error = refused(await desk.http.get(path, headers=desk.alice.headers), 404, 7000)

    assert error["message"].startswith("No route for that URI")


@pytest.mark.parametrize(
    ("method", "below", "allowed"),
    [
        ("PATCH", "", {"GET", "POST"}),
        ("DELETE", "", {"GET", "POST"}),
        ("POST", "/SHARE", {"GET", "PUT", "DELETE"}),
        ("DELETE", "/SHARE/recipients", {"GET", "POST", "PUT"}),
        ("PUT", "/SHARE/recipients/SHARE", {"GET", "DELETE"}),
        ("PUT", "/SHARE/resources", {"GET", "POST"}),
        ("PATCH", "/SHARE/resources/SHARE", {"GET", "PUT", "DELETE"}),
        ("PUT", "/SHARE/excluded-recipients/SHARE", {"GET", "DELETE"}),
    ],
)
async def test_a_method_that_is_not_offered_is_405(desk, method, below, allowed):
    path = f"/client/v4/accounts/{A}/shares{below.replace('SHARE', some_id(1))}"

    response = await desk.http.request(method, path, headers=desk.alice.headers)

    error = refused(response, 405, 7001)
    assert error["message"].startswith(f"Method {method} not available for that URI.")
    assert {word.strip() for word in response.headers["allow"].split(",")} - {"HEAD", "OPTIONS"} == allowed


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b'{"name": "x",}',
        b"{'name': 'x'}",
        b'{"name": "\xff"}',
        b"\xef\xbb\xbf{",
        b"[" * 100_000,
        b'{"name": "x", "recipients": [{}], "resources": NaN}',
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(desk, content):
    refused(await desk.alice.call("POST", content=content), 400, 1001)

    assert await desk.alice.names() == []


@both
@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": "n" * 256}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": ["x"]}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"resources": []}, "/resources"),
        ({"resources": None}, "/resources"),
        ({"resources": {}}, "/resources"),
        ({"resources": ["x"]}, "/resources/0"),
        ({"tags": []}, "/tags"),
        ({"tags": {"k": 1}}, "/tags"),
        ({"tags": {"": "v"}}, "/tags"),
        ({"tags": {"k" * 257: "v"}}, "/tags"),
        ({"tags": {"k": "v" * 1025}}, "/tags"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_made(desk, change, pointer):
    response = await desk.alice.post("", a_body(**change))

    assert pointed(response, 400, 1001).startswith(pointer)
    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 23)
async def test_a_lone_surrogate_is_refused(desk):
    content = json.dumps(a_body()).replace("Never", "\\ud800").encode()

    refused(await desk.alice.call("POST", content=content), 400, 1001)

    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize("text", ['{"k":"\\u0000"}', '{"\\ud800":1}', '{"k":"a\\udfffb"}'])
async def test_luggage_that_no_database_keeps_is_refused(desk, text):
    content = json.dumps(a_body()).replace('"meta": {}', f'"meta": {text}').encode()

    refused(await desk.alice.call("POST", content=content), 400, 1001)

    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize("missing", ["name", "recipients", "resources"])
async def test_a_missing_field_is_named(desk, missing):
    body = {name: value for name, value in a_body().items() if name != missing}

    assert missing in refused(await desk.alice.post("", body), 400, 1001)["message"]
    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 23)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"name": 1}', "name: Expected a string, got an integer."),
        (b'{"tags": ["a"]}', "tags: Expected an object, got an array."),
        (b'{"recipients": [null]}', "recipients[0]: Expected an object, got null."),
        (b"[]", "The request body: Expected an object, got an array."),
    ],
)
async def test_a_wrong_type_is_told_in_the_words_of_json(desk, content, said):
    assert refused(await desk.alice.call("POST", content=content), 400, 1001)["message"] == said


@pytest.mark.behaviour("cloudflare", 23)
async def test_an_update_needs_a_name(desk):
    share = await desk.alice.share()

    bodies: list[object] = [{}, {"name": None}, {"name": ""}, {"name": 1}, {"tags": {}}, []]
    for body in bodies:
        refused(await desk.alice.put(f"/{share['id']}", body), 400, 1001)

    assert await desk.alice.seen(share) == share


@pytest.mark.behaviour("cloudflare", 23)
async def test_a_body_is_json_whatever_its_label_says(desk):
    content = json.dumps(a_body()).encode()

    good(await desk.alice.call("POST", content=content, headers={"Content-Type": "text/plain"}), 201)


async def test_unknown_fields_and_headers_are_ignored(desk):
    headers = {"api-version": "2026-01-02", "X-Stainless-Arch": "x64", "x-stainless-retry-count": "0"}

    good(await desk.alice.post("", a_body(unknown=[1, {"x": None}], id=some_id(1)), headers=headers), 201)


@pytest.mark.behaviour("cloudflare", 23)
async def test_a_body_over_one_mebibyte_is_refused(desk):
    content = json.dumps(a_body(unknown="x" * (1 << 20))).encode()

    refused(await desk.alice.call("POST", content=content), 413, 1001)

    assert await desk.alice.names() == []


async def test_a_body_over_one_mebibyte_is_refused_before_it_is_all_there(desk):
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 16
            yield b" " * (1 << 16)

    response = await desk.http.post(
        f"/client/v4/accounts/{A}/shares", content=endless(), headers=desk.alice.headers
    )

    refused(response, 413, 1001)


@both
async def test_every_limit_is_held_and_named(database):
    limits = {"shares_per_account": 2, "recipients_per_share": 1, "items_per_share": 2, "tags_per_share": 1}
    async with a_desk(database, **limits) as desk:
        share = await desk.alice.share(tags={"one": "1"})

        over = [
            await desk.alice.post("", a_body(recipients=[a_recipient(B), a_recipient(C)])),
            await desk.alice.post("", a_body(resources=[a_resource(n) for n in range(3)])),
            await desk.alice.post(f"/{share['id']}/recipients", a_recipient(C)),
            await desk.alice.put(f"/{share['id']}/recipients", [a_recipient(B), a_recipient(C)]),
        ]
        good(await desk.alice.post(f"/{share['id']}/resources", a_resource(2)), 201)
        over.append(await desk.alice.post(f"/{share['id']}/resources", a_resource(3)))
        await desk.alice.share("Second")
        over.append(await desk.alice.post("", a_body()))
        tagged = await desk.alice.put(f"/{share['id']}", {"name": "x", "tags": {"one": "1", "two": "2"}})

        for response in over:
            refused(response, 400, 1007)
        assert tagged.status_code == 400
        assert await desk.alice.names() == ["Baseline rules", "Second"]
        assert len(await desk.alice.resources(share)) == 2
        assert await desk.alice.statuses(share) == {B: "associating"}


@both
async def test_a_deleted_share_makes_room_for_another(database):
    async with a_desk(database, shares_per_account=1) as desk:
        share = await desk.alice.share()
        refused(await desk.alice.post("", a_body()), 400, 1007)

        good(await desk.alice.delete(f"/{share['id']}"))
        await desk.settle()

        good(await desk.alice.post("", a_body()), 201)


async def test_a_server_may_be_told_to_page_always(database):
    async with a_desk(database, always_page=True) as desk:
        for number in range(21):
            await desk.alice.share(f"{number:02}")

        response = await desk.alice.get("")

        assert len(good(response)) == 20
        assert response.json()["result_info"] == {
            "count": 20,
            "page": 1,
            "per_page": 20,
            "total_count": 21,
            "total_pages": 2,
        }


async def test_a_server_may_be_told_to_treat_terraform_like_everyone(database):
    async with a_desk(database, terraform_reads_resources=False) as desk:
        share = await desk.alice.share()

        seen = good(await desk.alice.get(f"/{share['id']}", headers={"X-Stainless-Lang": "terraform"}))

        assert seen == share
