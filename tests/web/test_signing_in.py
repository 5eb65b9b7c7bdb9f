"""Signing in and out in a browser, and agreeing that a client may act for one: with forms alone."""

import base64
import hashlib
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from polyshare.engine.directory import directing, enrolling
from tests.application import client_of, running, settings_in
from tests.engine.tokens import a_client, a_person, read

PASSWORD = "right-password"
BACK = "https://app.example.com/back?kept=1"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ROOT = "http://test"
QUICK = {"password_time_cost": 1, "password_memory_kib": 8, "password_parallelism": 1}
ASKED = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": BACK,
    "scope": "openid offline_access nas_read_write",
    "state": 's"<t>&a',
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
async def house_and_browser(tmp_path):
    """A house with alice and a public client, and a browser without cookies."""
    settings = settings_in(tmp_path, public_url=ROOT, background=False, **QUICK)
    async with running(settings) as app, client_of(app) as browser:
        await a_person(app.house, "alice", PASSWORD)
        await a_client(app.house, "app", None, [BACK, "com.example.app:/back"])
        yield app.house, browser


@pytest.fixture
def browser(house_and_browser):
    return house_and_browser[1]


def hidden(page):
    """The hidden fields of a page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in found}


async def sign_in(browser, path="/sign-in", **changes):
    """Fill the form in at *path* and send it."""
    form = hidden(await browser.get(path))
    return await browser.post("/sign-in", data=form | {"name": "alice", "password": PASSWORD} | changes)


def said(answer):
    """Where an answer sends the browser, and with which parameters."""
    parts = urlsplit(answer.headers["location"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}", {
        k: v[-1] for k, v in parse_qs(parts.query).items()
    }


async def test_who_signs_in_goes_on_and_is_known_afterwards(browser):
    answer = await sign_in(browser, "/sign-in?next=%2Fdocs%3Fx%3D1", name="Alice@Example.com")

    assert (answer.status_code, answer.headers["location"]) == (303, "/docs?x=1")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    page = await browser.get("/sign-in")
    assert "You are signed in as <strong>Alice</strong>" in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"name": "nobody"}, {"password": ""}, {"name": "\ud800"}]
)
async def test_who_cannot_sign_in_is_told_so_and_asked_again(browser, wrong):
    wrong = {name: value.encode("utf-8", "surrogatepass").decode("latin-1") for name, value in wrong.items()}

    answer = await sign_in(browser, **wrong)

    assert answer.status_code == 403
    assert "No active user has this login and password." in answer.text
    assert "polyshare-session" not in answer.headers.get("set-cookie", "")


async def test_what_was_typed_comes_back_as_text_and_the_password_not_at_all(browser):
    answer = await sign_in(browser, name='"><script>alert(1)</script>', password="secret-typed")

    assert "<script" not in answer.text
    assert "secret-typed" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_guessing_is_braked(browser):
    for number in range(10):
        await sign_in(browser, password=f"wrong{number}")

    answer = await sign_in(browser)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_form_that_is_not_ours_signs_nobody_in(browser):
    form = hidden(await browser.get("/sign-in")) | {"name": "alice", "password": PASSWORD}

    unmarked = await browser.post("/sign-in", data=form | {"form": ""})
    made_up = await browser.post("/sign-in", data=form | {"form": "0" * 64})
    cross = await browser.post("/sign-in", data=form, headers={"sec-fetch-site": "cross-site"})
    browser.cookies.clear()
    elsewhere = await browser.post("/sign-in", data=form)

    for answer in (unmarked, made_up, cross, elsewhere):
        assert answer.status_code == 403
        assert "polyshare-session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "place",
    ["//evil.example.com", "https://evil.example.com/", "/\\evil.example.com", "javascript:x", "/\n/x", ""],
)
async def test_nobody_is_led_elsewhere_by_signing_in(browser, place):
    form = hidden(await browser.get("/sign-in"))

    answer = await browser.post(
        "/sign-in", data=form | {"name": "alice", "password": PASSWORD, "next": place}
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_who_signs_out_is_out_for_whoever_kept_the_cookie(browser):
    await sign_in(browser)
    kept = dict(browser.cookies)
    unasked = await browser.post("/sign-out")
    assert "Alice" in unasked.text

    answer = await browser.post("/sign-out", data=hidden(await browser.get("/sign-out")))

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    browser.cookies.update(kept)
    assert "You are signed in" not in (await browser.get("/sign-in")).text


async def test_over_https_browsers_hold_the_cookie_to_this_host(tmp_path):
    settings = settings_in(tmp_path, public_url="https://shares.example.com", background=False, **QUICK)
    async with running(settings) as app, client_of(app) as browser:
        browser.base_url = "https://test"
        await a_person(app.house, "alice", PASSWORD)

        cookie = (await sign_in(browser)).headers["set-cookie"]

        assert cookie.startswith("__Host-polyshare-session=")
        assert "Secure" in cookie.split("; ")
        assert "You are signed in" in (await browser.get("/sign-in")).text


async def test_pages_let_nothing_in_from_elsewhere(browser):
    for path in ("/sign-in", "/sign-out"):
        policy = (await browser.get(path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self';" in policy
        assert "<script" not in (await browser.get(path)).text


# Clients


async def test_a_client_gets_tokens_for_who_signs_in_and_agrees(browser):
    begun = await browser.get("/authrouter/authorize", params=ASKED)
    asking = await browser.get(begun.headers["location"])
    signed_in = await sign_in(browser, asking.headers["location"])
    agreeing = await browser.get(signed_in.headers["location"])
    agreed = await browser.post("/sign-in/authorize", data=hidden(agreeing) | {"answer": "allow"})

    place, given = said(agreed)
    assert (begun.status_code, asking.status_code, agreed.status_code) == (302, 303, 303)
    assert "read, change and delete your files" in agreeing.text
    assert "form-action 'self' https://app.example.com" in agreeing.headers["content-security-policy"]
    assert place == "https://app.example.com/back"
    assert given.keys() == {"kept", "code", "iss", "state"}
    assert (given["kept"], given["state"], given["iss"]) == ("1", ASKED["state"], f"{ROOT}/authrouter/")
    answer = await browser.post(
        "/authrouter/oauth/token",
        data={
            "grant_type": "authorization_code",
            "client_id": "app",
            "code": given["code"],
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        },
    )
    assert answer.status_code == 200
    assert read(answer.json()["id_token"])[1]["nonce"] == "n-1"


async def agreeing(browser, **changes):
    """The page that asks alice, who is signed in."""
    await sign_in(browser)
    asked = {name: value for name, value in (ASKED | changes).items() if value is not None}
    return await browser.get("/sign-in/authorize", params=asked)


async def test_who_does_not_agree_has_the_client_told(browser):
    page = await agreeing(browser)

    answer = await browser.post("/sign-in/authorize", data=hidden(page) | {"answer": "deny"})

    assert said(answer)[1]["error"] == "access_denied"
    assert said(answer)[1]["state"] == ASKED["state"]


async def test_a_forged_agreement_is_asked_again(browser):
    page = await agreeing(browser)

    forged = await browser.post("/sign-in/authorize", data=ASKED | {"answer": "allow", "form": "0" * 64})

    assert (page.status_code, forged.status_code) == (200, 200)
    assert "act for you" in forged.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
    ],
)
async def test_what_a_client_may_not_ask_for_it_is_told(browser, changes, error):
    answer = await agreeing(browser, **changes)

    assert (answer.status_code, said(answer)[1]["error"]) == (303, error)


async def test_a_client_that_wants_nobody_asked_is_told_that_nobody_is_signed_in(browser):
    answer = await browser.get("/sign-in/authorize", params=ASKED | {"prompt": "none"})

    assert said(answer)[1]["error"] == "login_required"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": "\x00"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example.com/back"},
        {"redirect_uri": BACK + "&more=1"},
        {"redirect_uri": None},
    ],
)
async def test_nobody_is_led_to_an_address_that_is_not_the_clients(browser, changes):
    answer = await agreeing(browser, **changes)

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_program_on_a_telephone_is_led_back_to_by_its_own_scheme(browser):
    page = await agreeing(browser, redirect_uri="com.example.app:/back")

    answer = await browser.post("/sign-in/authorize", data=hidden(page) | {"answer": "allow"})

    assert "form-action 'self' com.example.app:;" in page.headers["content-security-policy"]
    assert answer.headers["location"].startswith("com.example.app:/back?code=")


async def test_who_was_removed_is_signed_out(house_and_browser):
    house, browser = house_and_browser
    await sign_in(browser)

    async def remove(work):
        await enrolling.remove(work, "alice")

    await directing.changing(house, None, remove)

    assert "You are signed in" not in (await browser.get("/sign-in")).text


async def test_a_form_with_more_fields_than_any_of_ours_is_refused(browser):
    form = hidden(await browser.get("/sign-in")) | {"name": "alice", "password": PASSWORD}
    body = "&".join(["a=1"] * 100_000) + "&" + urlencode(form)

    answer = await browser.post("/sign-in", content=body)

    assert answer.status_code == 400
    assert "too many fields" in answer.text


async def test_after_a_wrong_password_the_field_says_so_and_is_at_hand(browser):
    page = await sign_in(browser, password="not-the-password")

    field = re.search(r'<input id="password"[^>]*>', page.text)[0]

    assert 'aria-invalid="true" aria-describedby="wrong"' in field
    assert "autofocus" in field
