"""Getting access tokens: with a password, and by refresh tokens of users, browsers and providers."""

import pytest

from polyshare.domain.directory import PersonChange
from polyshare.domain.principals import Status
from polyshare.domain.refresh_tokens import Holder
from polyshare.engine.credentials import hashing, keeping_keys, minting, refreshing
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.keepers import equipping
from polyshare.engine.memory.keyring import Purpose
from polyshare.engine.worker.tidying import tidy
from tests.dialects.ucloud.desk import a_desk, both_engines, good, refused
from tests.dialects.ucloud.test_credentials import CONTROL, USERS, probing
from tests.engine.tokens import read

ALICES = "alice-refresh-0123456789abcdef0123456789ab"
PROVIDERS = "example-refresh-0123456789abcdef01234567"
PASSWORD = "alice-password"
WHOLE = {"aud", "exp", "extendedByChain", "iat", "iss", "principalType", "role", "sub"}


async def changing(desk, job):
    return await directing.changing(desk.house, None, job)


async def give(desk, holder, secret):
    """Give somebody a refresh token."""
    return await changing(desk, lambda work: refreshing.issue(work, holder, secret))


@pytest.fixture
async def desk(desk):
    """A desk where Alice has a password, and she and the provider have refresh tokens."""
    hashed = await hashing.hash_password(desk.house, PASSWORD)
    await changing(desk, lambda work: enrolling.change(work, "alice", PersonChange(password_hash=hashed)))
    await give(desk, Holder(user="alice"), ALICES)
    await give(desk, Holder(provider="example"), PROVIDERS)
    return desk


def brings(desk, secret):
    """Whoever brings a refresh token as if it were an access token."""
    return desk.with_token(secret)


async def sign_in(desk, **fields):
    """Sign in as the client in browsers does, with a form."""
    form = {"service": "web", "username": "alice", "password": PASSWORD} | fields
    files = {name: (None, value) for name, value in form.items()}
    return await desk.http.post("/auth/login?service=web", files=files)


def cookie_of(answer):
    """The refresh token that an answer has a browser keep, and the words beside it."""
    value, *words = answer.headers["set-cookie"].split("; ")
    return value.removeprefix("refreshToken="), set(words)


async def from_browser(desk, path, secret, mark):
    """What a browser's script sends: the cookie goes along by itself."""
    headers = {"cookie": f"other=1; refreshToken={secret}"} | ({"x-csrftoken": mark} if mark else {})
    return await desk.http.post(path, headers=headers)


# Refreshing


@both_engines
async def test_a_refresh_token_of_a_user_gives_access_tokens(desk):
    told = good(await brings(desk, ALICES).post("/auth/refresh"))

    assert told.keys() == {"accessToken", "csrfToken"}
    header, claims = read(told["accessToken"])
    now_s = desk.clock() // 1_000_000
    assert claims.keys() >= WHOLE
    assert (header["alg"], header["kid"]) == (
        "RS256",
        (await keeping_keys.signing(desk.house, Purpose.USER)).kid,
    )
    assert claims == {
        "sub": "alice",
        "aud": ["all:write"],
        "role": "USER",
        "iss": "cloud.sdu.dk",
        "exp": now_s + 600,
        "iat": now_s,
        "extendedByChain": [],
        "principalType": "password",
        "publicSessionReference": (await desk.house.read(None, refreshing.page))[0].public_id,
        "uid": await desk.id_of("alice"),
        "firstNames": "Alice",
        "lastName": "",
        "email": "alice@example.com",
        "twoFactorAuthentication": True,
        "serviceLicenseAgreement": True,
        "membership": {"proj-1": "PI"},
        "groups": {},
        "providerProjects": {},
        "allocatorProjects": {},
    }
    assert ALICES not in str(claims)


async def test_an_access_token_of_ours_lets_in_for_ten_minutes(database, tmp_path, desk):
    token = good(await brings(desk, ALICES).post("/auth/refresh"))["accessToken"]
    of_provider = good(await brings(desk, PROVIDERS).post("/auth/refresh"))["accessToken"]

    async with a_desk(database, str(tmp_path / "files"), desk.clock, application=probing) as other:
        assert good(await other.with_token(token).get(USERS))["login"] == "alice"
        assert good(await other.with_token(of_provider).get(CONTROL))["provider"] == "example"
        refused(await other.with_token(of_provider).get(USERS), 403)
        refused(await other.with_token(ALICES).get(USERS), 401)
        other.clock.pass_s(600)
        refused(await other.with_token(token).get(USERS), 401)


async def test_the_public_keys_that_are_published_check_it(desk):
    token = good(await brings(desk, ALICES).post("/auth/refresh"))["accessToken"]

    published = await minting.jwks(desk.house)

    assert read(token)[0]["kid"].encode() in published


async def test_an_administrators_token_says_so(desk):
    await changing(
        desk, lambda work: enrolling.change(work, "alice", PersonChange(role="ADMIN", name="Alice Bo Lee"))
    )

    _, claims = read(good(await brings(desk, ALICES).post("/auth/refresh"))["accessToken"])

    assert (claims["role"], claims["firstNames"], claims["lastName"]) == ("ADMIN", "Alice Bo", "Lee")


@both_engines
async def test_providers_bring_several_refresh_tokens_at_once(desk):
    await give(desk, Holder(provider="other"), "other-refresh-token-0123")
    before = desk.house.database.statements
    items = [
        {"refreshToken": PROVIDERS},
        {"refreshToken": "other-refresh-token-0123"},
        {"refreshToken": PROVIDERS},
    ]

    told = good(await desk.nobody.bulk("/auth/providers/refresh", *items))["responses"]

    assert [read(one["accessToken"])[1]["sub"] for one in told] == ["#P_example", "#P_other", "#P_example"]
    assert read(told[0]["accessToken"])[1]["role"] == "PROVIDER"
    assert all(one["csrfToken"] for one in told)
    first = desk.house.database.statements - before
    await desk.nobody.bulk("/auth/providers/refresh", *items)
    good(await desk.nobody.bulk("/auth/providers/refresh", *items * 100))
    assert desk.house.database.statements - before - first <= 2


@pytest.mark.parametrize("secret", [ALICES, "nobody's-refresh-token-0123", ""])
async def test_what_is_no_refresh_token_of_a_provider_gets_nothing(desk, secret):
    items = [{"refreshToken": PROVIDERS}, {"refreshToken": secret}]

    refused(await desk.nobody.bulk("/auth/providers/refresh", *items), 401)


async def test_a_bulk_of_nothing_is_refused(desk):
    refused(await desk.nobody.bulk("/auth/providers/refresh"), 400)
    refused(await desk.nobody.post("/auth/providers/refresh", {}), 400)
    refused(await desk.nobody.bulk("/auth/providers/refresh", {}), 400)


async def test_without_a_good_refresh_token_nobody_gets_one(desk):
    for secret in ("", "nobody's-refresh-token-0123", desk.alice.token):
        refused(await brings(desk, secret).post("/auth/refresh"), 401)
        refused(await brings(desk, secret).post("/auth/logout"), 401)
    refused(await desk.nobody.get("/auth/refresh"), 401)


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.DELETED])
async def test_who_is_not_active_gets_no_tokens(desk, status):
    await changing(desk, lambda work: enrolling.change(work, "alice", PersonChange(status=status)))

    refused(await brings(desk, ALICES).post("/auth/refresh"), 401)


async def test_a_refresh_token_that_was_revoked_gives_nothing(desk):
    for found in await desk.house.read(None, refreshing.page):
        await changing(desk, lambda work, id_=found.public_id: refreshing.revoke(work, id_))

    for secret in (ALICES, PROVIDERS):
        refused(await brings(desk, secret).post("/auth/refresh"), 401)
    refused(await desk.nobody.bulk("/auth/providers/refresh", {"refreshToken": PROVIDERS}), 401)


async def test_the_refresh_tokens_of_a_provider_go_with_it(desk):
    await changing(desk, lambda work: equipping.dismiss(work, "example"))

    refused(await desk.nobody.bulk("/auth/providers/refresh", {"refreshToken": PROVIDERS}), 401)


@both_engines
async def test_signing_out_ends_a_refresh_token_for_good(desk):
    for secret in (ALICES, PROVIDERS):
        assert good(await brings(desk, secret).post("/auth/logout")) == {}

        refused(await brings(desk, secret).post("/auth/refresh"), 401)
        refused(await brings(desk, secret).post("/auth/logout"), 401)


@both_engines
async def test_a_refresh_token_may_have_an_end_and_is_still_an_operators(desk):
    secret, ends = "alice-until-noon-0123456789", desk.clock() + 3600 * 1_000_000
    holder = Holder(user="alice")
    given = await changing(desk, lambda work: refreshing.issue(work, holder, secret, "noon", ends))
    hashed = await hashing.hash_password(desk.house, "another-password")
    await changing(desk, lambda work: enrolling.change(work, "alice", PersonChange(password_hash=hashed)))
    desk.clock.pass_s(3599)
    good(await brings(desk, secret).post("/auth/refresh"))

    desk.clock.pass_s(1)

    refused(await brings(desk, secret).post("/auth/refresh"), 401)
    desk.clock.pass_s(61)
    await tidy(desk.house)
    kept = await desk.house.read(None, lambda work: refreshing.show(work, given.public_id))
    assert (kept.name, kept.expires_at, kept.revoked_at) == ("noon", ends, None)


async def test_signing_out_revokes_what_an_operator_gave_with_an_end(desk):
    secret, ends = "alice-until-noon-0123456789", desk.clock() + 3600 * 1_000_000
    holder = Holder(user="alice")
    given = await changing(desk, lambda work: refreshing.issue(work, holder, secret, "", ends))

    good(await brings(desk, secret).post("/auth/logout"))

    refused(await brings(desk, secret).post("/auth/refresh"), 401)
    kept = await desk.house.read(None, lambda work: refreshing.show(work, given.public_id))
    assert kept.revoked_at == desk.clock()


# Browsers


@both_engines
async def test_a_browser_signs_in_with_a_password_and_gets_tokens_by_its_cookie(desk):
    answer = await sign_in(desk)

    told, (secret, words) = good(answer), cookie_of(answer)
    assert words == {"Path=/", "Max-Age=2592000", "HttpOnly", "Secure", "SameSite=Strict"}
    assert answer.headers["cache-control"] == "no-store"
    assert read(told["accessToken"])[1]["sub"] == "alice"
    again = good(await from_browser(desk, "/auth/refresh/web", secret, told["csrfToken"]))
    assert again["csrfToken"] == told["csrfToken"]
    assert read(again["accessToken"])[1]["sub"] == "alice"


async def test_a_form_of_the_plain_kind_does_too(desk):
    good(await desk.http.post("/auth/login", data={"username": "alice", "password": PASSWORD}))


async def test_a_wrong_password_gets_nothing(desk):
    for fields in ({"password": "wrong"}, {"username": "nobody"}, {"username": "bob"}):
        answer = await sign_in(desk, **fields)
        refused(answer, 401)
        assert "set-cookie" not in answer.headers
    for fields in ({"password": ""}, {"username": ""}):
        refused(await sign_in(desk, **fields), 400)
    refused(await desk.http.post("/auth/login", content=b"\x00"), 400)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    refused(await desk.http.post("/auth/login", content=b"--x--", headers=headers), 400)


async def test_guessing_is_braked(desk):
    for _ in range(desk.house.settings.password_guesses_per_minute):
        refused(await sign_in(desk, password="wrong"), 401)

    answer = await sign_in(desk, password="wrong")

    refused(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


async def test_a_page_of_another_site_signs_nobody_in(desk):
    headers = {"sec-fetch-site": "cross-site"}
    answer = await desk.http.post(
        "/auth/login", data={"username": "alice", "password": PASSWORD}, headers=headers
    )

    refused(answer, 403)
    assert "set-cookie" not in answer.headers


async def test_a_browsers_cookie_alone_gives_nothing(desk):
    secret, _ = cookie_of(first := await sign_in(desk))
    other = good(await sign_in(desk))["csrfToken"]
    assert good(first)["csrfToken"] != other

    for path in ("/auth/refresh/web", "/auth/logout/web"):
        for mark in (None, "", "wrong", other, secret):
            refused(await from_browser(desk, path, secret, mark), 401)
        refused(await desk.http.post(path, headers={"x-csrftoken": other}), 401)


async def test_signing_out_in_a_browser_drops_the_cookie_and_ends_what_it_was(desk):
    secret, _ = cookie_of(first := await sign_in(desk))
    mark = good(first)["csrfToken"]

    answer = await from_browser(desk, "/auth/logout/web", secret, mark)

    assert good(answer) == {}
    assert cookie_of(answer)[0] == ""
    assert "Max-Age=0" in cookie_of(answer)[1]
    refused(await from_browser(desk, "/auth/refresh/web", secret, mark), 401)
    good(await brings(desk, ALICES).post("/auth/refresh"))


async def test_a_browser_is_signed_out_after_thirty_days_and_then_forgotten(desk):
    secret, _ = cookie_of(first := await sign_in(desk))
    mark = good(first)["csrfToken"]
    desk.clock.pass_s(30 * 86_400 - 1)
    good(await from_browser(desk, "/auth/refresh/web", secret, mark))

    desk.clock.pass_s(1)

    refused(await from_browser(desk, "/auth/refresh/web", secret, mark), 401)
    desk.clock.pass_s(61)
    await tidy(desk.house)
    assert [one.name for one in await desk.house.read(None, refreshing.page)] == ["", ""]


async def test_a_new_password_signs_browsers_out_and_leaves_what_an_operator_gave(desk):
    secret, _ = cookie_of(first := await sign_in(desk))
    mark = good(first)["csrfToken"]
    hashed = await hashing.hash_password(desk.house, "another-password")

    await changing(desk, lambda work: enrolling.change(work, "alice", PersonChange(password_hash=hashed)))

    refused(await from_browser(desk, "/auth/refresh/web", secret, mark), 401)
    good(await brings(desk, ALICES).post("/auth/refresh"))
