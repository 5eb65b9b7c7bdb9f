"""
Signing in, new access tokens, and signing out.

Source: UCloud developer guide, "Authentication"; signing in with a password is what its client in browsers does.
"""

from typing import NamedTuple

import msgspec

from polyshare.dialects.base import lenient
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.bearers import token_of
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.multipart import parts
from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.ucloud.errors import JSON
from polyshare.dialects.ucloud.translate.auth import claims_out
from polyshare.dialects.ucloud.translate.reading import Bulk
from polyshare.dialects.ucloud.wire.auth import AccessToken, RefreshToken
from polyshare.dialects.ucloud.wire.common import Nothing, Responses
from polyshare.domain.errors import Denied, NoCredential, UnknownCredential
from polyshare.engine.credentials import minting, refreshing, signing_in
from polyshare.engine.credentials.refreshing import BROWSER_US, Refreshed

COOKIE = "refreshToken"
NO_STORE = (b"cache-control", b"no-store")
MOST_FORM = 16_384  # bytes
SECOND_US = 1_000_000


class Pair(NamedTuple):
    """Login and password, as a form has them."""

    username: str
    password: str


async def sign_in(call: Call, _: None, __: None) -> Answer:
    """POST login: a browser gets a cookie by which it gets access tokens from then on, and the first of them."""
    if call.header(b"sec-fetch-site") == "cross-site":
        raise Denied("Sign in on a page of this server.")
    pair = await _pair(call)
    actor = await signing_in.by_password(call.house, pair.username, pair.password, call.address)
    secret = await refreshing.begin(call.house, actor)
    return _told(await _token(call, secret), _cookie(secret, BROWSER_US // SECOND_US))


async def refresh(call: Call, _: None, __: None) -> Answer:
    """POST refresh: an access token for who brings a refresh token as if it were one."""
    return _told(await _token(call, token_of(call)))


async def refresh_web(call: Call, _: None, __: None) -> Answer:
    """POST refresh/web: an access token for a browser with its cookie."""
    return _told(await _token(call, _held(call)))


async def refresh_providers(call: Call, _: None, given: list[RefreshToken]) -> Answer:
    """POST providers/refresh: an access token for each refresh token of a provider; all of them, or none."""
    secrets = [one.refreshToken for one in given]
    holders = await call.read(lambda work: refreshing.providers(work, secrets))
    made = {secret: await _signed(call, secret, who) for secret, who in holders.items()}
    return Answer(200, encode(Responses([made[secret] for secret in secrets])), (NO_STORE,), JSON)


async def sign_out(call: Call, _: None, __: None) -> Nothing:
    """POST logout: the refresh token that is brought ends."""
    secret = token_of(call)
    await call.write(lambda work: refreshing.end(work, secret))
    return Nothing()


async def sign_out_web(call: Call, _: None, __: None) -> Answer:
    """POST logout/web: the browser's refresh token ends, and it drops its cookie."""
    secret = _held(call)
    await call.write(lambda work: refreshing.end(work, secret))
    return Answer(200, encode(Nothing()), (NO_STORE, _cookie("", 0)), JSON)


async def _pair(call: Call) -> Pair:
    """What the form says, whichever kind of form it is."""
    if "multipart/" in (call.header(b"content-type") or "").lower():
        fields = {}
        async for part in parts(call, MOST_FORM):
            fields[part.name] = _text(await part.whole(MOST_FORM))
    else:
        await call.read_body()
        fields = lenient.form(call)
    if not fields.get("username") or not fields.get("password"):
        raise BadBody("The form needs username and password.")
    return Pair(fields["username"], fields["password"])


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadBody("A field of the form is not UTF-8.") from None


async def _token(call: Call, secret: str) -> AccessToken:
    """A fresh access token; raises UnknownCredential if the refresh token is no good one."""
    return await _signed(call, secret, await call.read(lambda work: refreshing.holder(work, secret)))


async def _signed(call: Call, secret: str, who: Refreshed) -> AccessToken:
    claims = claims_out(who, call.house.clock() // SECOND_US)
    signed = await minting.sign(call.house, msgspec.to_builtins(claims))
    return AccessToken(signed, refreshing.form_mark(secret))


def _held(call: Call) -> str:
    """
    The refresh token in a browser's cookie, if the script that sends it has what goes with it.

    Raises:
        NoCredential: There is no cookie.
        UnknownCredential: X-CSRFToken is missing, or belongs to another token.
    """
    for part in (call.header(b"cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value:
            if not refreshing.is_mark_of(value, call.header(b"x-csrftoken") or ""):
                raise UnknownCredential("refresh token")
            return value
    raise NoCredential("Sign in first.")


def _told(token: AccessToken, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(200, encode(token), (NO_STORE, *headers), JSON)


def _cookie(value: str, lasts_s: int) -> tuple[bytes, bytes]:
    """Out of reach of scripts, other sites and plain HTTP, as browsers count that: there this very machine is safe, too."""
    text = f"{COOKIE}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; Secure; SameSite=Strict"
    return b"set-cookie", text.encode()


ROUTES = (
    Route("POST", "/auth/login", sign_in, Doing.STEPS, is_open=True),
    Route("POST", "/auth/refresh", refresh, Doing.STEPS, is_open=True),
    Route("POST", "/auth/refresh/web", refresh_web, Doing.STEPS, is_open=True),
    Route(
        "POST",
        "/auth/providers/refresh",
        refresh_providers,
        Doing.STEPS,
        Bulk(RefreshToken),
        has_body=True,
        is_open=True,
    ),
    Route("POST", "/auth/logout", sign_out, Doing.STEPS, is_open=True),
    Route("POST", "/auth/logout/web", sign_out_web, Doing.STEPS, is_open=True),
)
