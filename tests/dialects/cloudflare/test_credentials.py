"""Who may come in, and how those are told who may not."""

import pytest

from tests.dialects.cloudflare.desk import (
    ELSEWHERE,
    FOREIGN,
    KEY,
    A,
    B,
    Party,
    a_desk,
    a_recipient,
    a_resource,
    bearer,
    good,
    refused,
    some_id,
)

MISSING = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"


def caller(desk, headers, account=A):
    return Party(desk.http, account, headers)


@pytest.mark.behaviour("cloudflare", 21)
@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({}, ""),
        ({"X-Auth-Email": KEY["X-Auth-Email"]}, "X-Auth-Key"),
        ({"X-Auth-Key": KEY["X-Auth-Key"]}, "X-Auth-Email"),
        ({"X-Auth-User-Service-Key": "v1.0-something"}, ""),
    ],
    ids=["nothing", "e-mail alone", "key alone", "service key"],
)
async def test_without_credentials_the_answer_names_what_is_missing(desk, headers, named):
    error = refused(await caller(desk, headers).get(""), 400, 9106)

    assert error["message"].startswith(MISSING)
    assert named in error["message"].removeprefix(MISSING)


@pytest.mark.behaviour("cloudflare", 21)
@pytest.mark.parametrize(
    ("headers", "chained"),
    [
        ({"Authorization": "Bearer"}, 6111),
        ({"Authorization": "Bearer "}, 6111),
        ({"Authorization": "Basic YWxpY2U6YWxpY2U="}, 6111),
        ({"Authorization": "alice-edit-token"}, 6111),
        ({"Authorization": "Bearer two words"}, 6111),
        ({**KEY, "Authorization": "Token x"}, 6111),
        ({**KEY, "X-Auth-Email": "with blank@example.com"}, 6102),
        ({**KEY, "X-Auth-Email": ""}, 6102),
        ({**KEY, "X-Auth-Key": "with blank"}, 6103),
        ({**KEY, "X-Auth-Key": ""}, 6103),
    ],
)
async def test_malformed_credentials_are_told_by_their_header(desk, headers, chained):
    error = refused(await caller(desk, headers).get(""), 400, 6003)

    assert error["message"] == "Invalid request headers"
    assert [each["code"] for each in error["error_chain"]] == [chained]
    assert "Invalid format for" in error["error_chain"][0]["message"]


@pytest.mark.behaviour("cloudflare", 21)
@pytest.mark.parametrize(
    "headers",
    [
        bearer("expired"),
        bearer("revoked"),
        bearer("inactive"),
        {"Authorization": "Bearer nobody-has-this-token-0123456789abcdef"},
        {"Authorization": f"Bearer {KEY['X-Auth-Key']}"},
    ],
    ids=["expired", "revoked", "of an inactive user", "unknown", "a key"],
)
async def test_a_token_that_does_not_count_is_401(desk, headers):
    error = refused(await caller(desk, headers).get(""), 401, 10000)

    assert error["message"].startswith("Authentication error")


@pytest.mark.behaviour("cloudflare", 21)
@pytest.mark.parametrize(
    "headers",
    [
        {**KEY, "X-Auth-Key": "f" * 32},
        {**KEY, "X-Auth-Email": "bob@example.com"},
        {**KEY, "X-Auth-Email": "nobody@example.com"},
        {**KEY, "X-Auth-Key": "alice-edit-token-0123456789abcdef0123456789"},
    ],
    ids=["unknown key", "someone else's", "unknown e-mail", "a token"],
)
async def test_an_unknown_key_pair_is_403(desk, headers):
    error = refused(await caller(desk, headers).get(""), 403, 9103)

    assert error["message"].startswith("Unknown X-Auth-Key or X-Auth-Email")


@pytest.mark.behaviour("cloudflare", 21)
async def test_key_and_email_work_for_reading_and_writing(desk):
    keyed = caller(desk, KEY)

    share = await keyed.share("By key")

    assert await keyed.names() == ["By key"]
    good(await keyed.delete(f"/{share['id']}"))


@pytest.mark.behaviour("cloudflare", 21)
async def test_the_email_of_a_key_pair_may_be_spelled_in_capitals(desk):
    assert await caller(desk, {**KEY, "X-Auth-Email": "Alice@Example.COM"}).names() == []


@pytest.mark.behaviour("cloudflare", 21)
async def test_an_authorization_header_decides_over_a_key_pair(desk):
    good_token = caller(desk, {**KEY, "X-Auth-Key": "f" * 32, **bearer("alice")})
    bad_token = caller(desk, {**KEY, **bearer("revoked")})

    assert await good_token.names() == []
    refused(await bad_token.get(""), 401, 10000)


@pytest.mark.behaviour("cloudflare", 21)
async def test_the_word_bearer_is_read_in_any_case(desk):
    token = bearer("alice")["Authorization"].removeprefix("Bearer ")

    assert await caller(desk, {"Authorization": f"bearer {token}"}).names() == []


@pytest.mark.behaviour("cloudflare", 21)
@pytest.mark.parametrize("account", [FOREIGN, ELSEWHERE, some_id(77), B])
async def test_an_account_that_is_not_open_is_closed_alike_whether_it_exists_or_not(desk, account):
    stranger = caller(desk, bearer("alice"), account)

    read = refused(await stranger.get(""), 403, 9109)
    written = refused(await stranger.post("", {"name": "Never"}), 403, 9109)

    assert read == written
    assert read["message"].startswith("Unauthorized to access requested resource")


@pytest.mark.behaviour("cloudflare", 21)
async def test_a_reading_token_reads_and_does_not_write(desk):
    share = await desk.alice.share()
    reader = caller(desk, bearer("alice reading"))
    before = await desk.alice.whole(share)
    recipient, entry = before["recipients"][0]["id"], before["resources"][0]["id"]
    path = f"/{share['id']}"

    tried = [
        await reader.post("", {"name": "Never", "recipients": [{}], "resources": [a_resource()]}),
        await reader.put(path, {"name": "Never"}),
        await reader.delete(path),
        await reader.post(f"{path}/recipients", a_recipient(B)),
        await reader.put(f"{path}/recipients", []),
        await reader.delete(f"{path}/recipients/{recipient}"),
        await reader.post(f"{path}/resources", a_resource(2)),
        await reader.put(f"{path}/resources/{entry}", {"meta": {}}),
        await reader.delete(f"{path}/resources/{entry}"),
        await reader.post(f"{path}/excluded-recipients", {"account_id": B}),
        await reader.put(f"{path}/excluded-recipients", []),
    ]

    for response in tried:
        assert refused(response, 403, 10000)["message"].startswith("Authentication error")
    assert await reader.whole(share) == before
    assert await desk.alice.whole(share) == before


@pytest.mark.behaviour("cloudflare", 21)
async def test_a_narrowed_token_goes_no_further_than_it_says(desk):
    await desk.alice.share()

    assert await caller(desk, bearer("narrow"), B).names() == ["Baseline rules"]
    refused(await caller(desk, bearer("narrow"), B).post("", {}), 403, 10000)
    refused(await caller(desk, bearer("narrow"), A).get(""), 403, 9109)


@pytest.mark.behaviour("cloudflare", 21)
async def test_who_acts_for_the_organization_acts_for_all_its_accounts(desk):
    share = await desk.as_admin(A).share()

    assert await desk.as_admin(B).names(kind="received") == ["Baseline rules"]
    good(await desk.as_admin(A).delete(f"/{share['id']}"))
    refused(await desk.as_admin(FOREIGN).get(""), 403, 9109)


async def test_credentials_are_looked_at_before_everything_else(desk):
    nobody = caller(desk, {}, "not an id!")

    refused(await nobody.get("/also not an id!"), 400, 9106)
    refused(await caller(desk, bearer("alice"), FOREIGN).get("", page="odd"), 403, 9109)
    refused(await caller(desk, bearer("alice reading")).call("POST", content=b"{"), 403, 10000)
    refused(await desk.alice.call("PUT", f"/{some_id(1)}", content=b"{"), 404, 1004)


async def test_a_credential_that_asks_too_often_is_told_when_to_come_again(database):
    async with a_desk(database, requests_per_minute=2) as desk:
        for _ in range(2):
            good(await caller(desk, bearer("alice")).get(""))

        braked = await caller(desk, bearer("alice")).get("")

        assert (
            refused(braked, 429, 971)["message"] == "Please wait and consider throttling your request speed"
        )
        assert braked.headers["retry-after"] == "30"
        good(await caller(desk, bearer("alice reading")).get(""))
        desk.clock.pass_s(30)
        good(await caller(desk, bearer("alice")).get(""))
