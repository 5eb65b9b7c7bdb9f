"""Signing in: tokens for clients, and what every service makes of tokens."""

import json

import pytest
from joserfc import jwk, jws

from polyshare.engine.credentials import minting
from polyshare.engine.directory import directing, enrolling
from tests.dialects.mycloud.signing import PASSWORD, ROOT, a_door, bearer, fields
from tests.engine import test_tokens as forging
from tests.engine.tokens import read

TOKEN, USERINFO = "/authrouter/oauth/token", "/authrouter/userinfo"
USER = "/authservice/v2/auth0/user"
SHARES = "/shares/v1/shares"
KEYS = "/authrouter/.well-known/jwks.json"


@pytest.fixture
async def door(tmp_path):
    """A client of the application, and its house."""
    async with a_door(tmp_path) as opened:
        yield opened


async def signed_in(http, **changes):
    answer = await http.post(TOKEN, json=fields(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("way", ["json", "data"])
async def test_a_password_gets_tokens_from_an_object_and_from_a_form(door, way):
    http, _ = door

    answer = await http.post(TOKEN, **{way: fields()})

    said = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert set(said) == {"access_token", "id_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 3600)
    assert said["scope"] == "openid offline_access nas_read_only nas_read_write"
    assert read(said["id_token"])[1]["iss"] == f"{ROOT}/authrouter/"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "wrong"}, 403, "invalid_grant"),
        ({"username": "nobody"}, 403, "invalid_grant"),
        ({"client_secret": "wrong-secret"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": None, "client_secret": None}, 401, "invalid_client"),
        ({"password": None}, 400, "invalid_request"),
        ({"username": ["alice"]}, 400, "invalid_request"),
        ({"username": "a\x00b"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "garbage"}, 403, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "garbage", "redirect_uri": "x"}, 403, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "garbage"}, 400, "invalid_request"),
    ],
)
async def test_what_gets_no_tokens_is_told_as_oauth_tells_it(door, changes, status, error):
    http, _ = door

    answer = await http.post(TOKEN, json=fields(**changes))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff=\xff", b"", b"{" * 5000])
async def test_a_body_that_cannot_be_read_gets_no_tokens_and_no_fault(door, body):
    http, _ = door

    answer = await http.post(TOKEN, content=body)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_request", "unsupported_grant_type")


async def test_guessing_is_braked(door):
    http, _ = door
    for number in range(10):
        await http.post(TOKEN, json=fields(password=f"wrong{number}"))

    answer = await http.post(TOKEN, json=fields())

    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_attempts")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_client_may_come_with_a_basic_header(door):
    http, _ = door
    given = fields(client_id=None, client_secret=None)

    good = await http.post(TOKEN, data=given, auth=("app", "app-secret-0123456789"))
    bad = await http.post(TOKEN, data=given, auth=("app", "wrong"))

    assert (good.status_code, bad.status_code) == (200, 401)
    assert bad.headers["www-authenticate"].startswith("Basic")


async def test_a_refresh_token_gets_new_tokens(door):
    http, _ = door
    first = await signed_in(http)

    again = await signed_in(
        http, grant_type="refresh_token", refresh_token=first["refresh_token"], username=None, password=None
    )

    assert again["refresh_token"] == first["refresh_token"]
    assert (await http.get(USERINFO, headers=bearer(again["access_token"]))).status_code == 200


async def test_who_the_user_is_is_told_in_both_spellings(door):
    http, _ = door
    said = await signed_in(http)

    info = await http.get(USERINFO, headers={"authorization": f"bEARER {said['access_token']}"})
    user = await http.get(USER, params={"email": "Alice@example.com"}, headers=bearer(said["id_token"]))

    subject = read(said["id_token"])[1]["sub"]
    assert info.json() == {
        "sub": subject,
        "user_id": subject,
        "email": "alice@example.com",
        "name": "Alice",
        "nickname": "alice",
    }
    assert user.json()["data"] == [
        {
            "user_id": subject,
            "email": "alice@example.com",
            "name": "Alice",
            "user_metadata": {
                "first_name": "Alice",
                "last_name": "",
                "lang": "en",
                "time_zone_name": "UTC",
            },
        }
    ]
    assert user.json()["error"] is None


async def test_of_others_nobody_learns_by_address(door):
    http, _ = door
    token = (await signed_in(http))["access_token"]

    known = await http.get(USER, params={"email": "bob@example.com"}, headers=bearer(token))
    unknown = await http.get(USER, params={"email": "nobody@example.com"}, headers=bearer(token))

    assert known.json() == unknown.json()
    assert known.json()["data"] == []
    assert (await http.get(USER, headers=bearer(token))).json()["error"]["message"] == (
        "400 Bad Request Required parameter email not present, invalid or empty"
    )


async def test_others_check_our_tokens_with_the_keys_that_the_discovery_document_names(door):
    http, _ = door
    token = (await signed_in(http))["access_token"]

    document = (await http.get("/authrouter/.well-known/openid-configuration")).json()
    keys = (await http.get(KEYS)).json()

    assert document["issuer"] == f"{ROOT}/authrouter/"
    assert document["jwks_uri"] == ROOT + KEYS
    checked = jws.deserialize_compact(token, jwk.KeySet.import_key_set(keys), algorithms=["RS256"])
    assert json.loads(checked.payload)["aud"] == ["mycloud.com"]


# What every service makes of tokens


@pytest.mark.behaviour("mycloud", 5)
async def test_a_missing_token_is_asked_for_and_a_bad_one_refused(door):
    http, house = door
    alice = await house.read(None, lambda work: enrolling.show(work, "alice"))

    for headers in ({}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer  "}):
        for missing in (await http.get(USER, headers=headers), await http.post(SHARES, headers=headers)):
            assert missing.status_code == 400
            assert missing.json()["error"] == {
                "label": "GENERAL_INSUFFICIENT_PARAMETERS",
                "message": "400 Bad Request Required parameter accessToken not present or empty",
            }
    for how, token in (await forging.forged(house, alice)).items():
        if not token.isascii() or not token.isprintable() or not token.strip():
            continue  # no header can carry it
        bad = await http.post(SHARES, headers=bearer(token.strip() + "x" * (token != token.strip())))
        assert (bad.status_code, bad.json()["error"]["label"]) == (401, "GENERAL_INVALID_TOKEN"), how
        assert bad.json()["data"] is None
        assert bad.json()["error"]["message"] == bad.json()["message"]


@pytest.mark.parametrize("scheme", ["Basic", "Token", "JWT"])
async def test_another_scheme_is_a_bad_token(door, scheme):
    http, _ = door
    token = (await signed_in(http))["access_token"]

    answer = await http.get(USER, headers={"authorization": f"{scheme} {token}"})

    assert (answer.status_code, answer.json()["error"]["label"]) == (401, "GENERAL_INVALID_TOKEN")


@pytest.mark.behaviour("mycloud", 15)
async def test_the_token_of_a_link_is_none_where_users_sign_in(door):
    http, house = door
    alice = await house.read(None, lambda work: enrolling.show(work, "alice"))
    token = await minting.link_token(house, forging.ENTITY, forging.SHARE, alice.id)

    for path in (USER, USERINFO, SHARES):
        answer = await http.get(path, params={"email": "alice@example.com"}, headers=bearer(token))
        assert answer.status_code == 401
    assert (await http.post(SHARES, headers=bearer(token))).status_code == 401


@pytest.mark.behaviour("mycloud", 24)
async def test_tokens_issued_before_a_restart_still_work(tmp_path):
    async with a_door(tmp_path) as (http, _):
        token = (await signed_in(http))["access_token"]
        keys = (await http.get(KEYS)).json()

    async with a_door(tmp_path, again=True) as (http, _):
        answer = await http.get(USERINFO, headers=bearer(token))
        assert (answer.status_code, (await http.get(KEYS)).json()) == (200, keys)


async def test_a_user_who_is_no_longer_active_is_shut_out_at_once(door):
    http, house = door
    token = (await signed_in(http))["access_token"]
    assert (await http.get(USERINFO, headers=bearer(token))).status_code == 200

    async def remove(work):
        await enrolling.remove(work, "alice")

    await directing.changing(house, None, remove)

    answer = await http.get(USERINFO, headers=bearer(token))
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert (await http.post(TOKEN, json=fields(password=PASSWORD))).status_code == 403


async def test_secrets_and_tokens_stay_out_of_the_log(door, capfd):
    http, _ = door

    said = await signed_in(http)
    await http.post(TOKEN, json=fields(password="a-wrong-password"))
    await http.get(USERINFO, headers=bearer(said["access_token"]))

    written = "".join(capfd.readouterr())
    for secret in (PASSWORD, "a-wrong-password", said["access_token"], said["refresh_token"]):
        assert secret not in written
