"""Signing in: tokens for clients, what a token tells of its user, and the keys by which others check it."""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import unquote_plus

from polyshare.dialects.base import lenient
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.refusals import BadBody, BadQuery
from polyshare.dialects.mycloud.translate import people
from polyshare.dialects.mycloud.wire.common import Envelope, SignInFailure
from polyshare.dialects.mycloud.wire.tokens import OpenIdConfiguration, UserInfo
from polyshare.domain.directory import Client, Person, folded
from polyshare.domain.errors import Unauthenticated, UnknownCredential
from polyshare.engine import addressing
from polyshare.engine.credentials import authorizing, exchanging, minting, verifying
from polyshare.engine.credentials.exchanging import Exchanged
from polyshare.engine.directory import finding

NO_STORE = (b"cache-control", b"no-store")
KEYS_HOLD = (b"cache-control", b"public, max-age=300")
REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"

Fields = Mapping[str, str]
Granting = Callable[[Call, Client, Fields], Coroutine[Any, Any, Exchanged]]


def _fields(call: Call) -> dict[str, str] | str:
    """The fields of a form or of an object, or what is wrong with it: this endpoint has error bodies of its own."""
    try:
        return _object(call.body) if call.body.lstrip()[:1] == b"{" else lenient.form(call)
    except BadBody as error:
        return str(error)


def _object(body: bytes) -> dict[str, str]:
    given = lenient.read(body)
    wrong = [
        name
        for name, value in given.items()
        if isinstance(value, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
    ]
    if wrong:
        raise BadBody(f"{wrong[0]!a} is not UTF-8 or holds U+0000.")
    return {name: value for name, value in given.items() if isinstance(value, str)}


async def grant_tokens(call: Call, _: None, fields: Fields | str) -> Answer:
    """POST oauth/token: tokens for a password, a code that a browser brought, or a refresh token."""
    if isinstance(fields, str):
        return _failed(400, "invalid_request", fields)
    grant = GRANTS.get(fields.get("grant_type", ""))
    if grant is None:
        return _failed(400, "unsupported_grant_type", f"grant_type is one of {', '.join(GRANTS)}.")
    needed, granting = grant
    missing = [name for name in needed if not fields.get(name)]
    if missing:
        return _failed(400, "invalid_request", f"{missing[0]} is required.")
    basic = _basic(call)
    name, secret = basic or (fields.get("client_id", ""), fields.get("client_secret", ""))
    try:
        client = await authorizing.client(call.house, name, secret)
    except Unauthenticated as error:
        challenge = ((b"www-authenticate", b'Basic realm="authrouter"'),) if basic else ()
        return _failed(401, "invalid_client", error.message, challenge)
    try:
        made = await granting(call, client, fields)
    except Unauthenticated as error:
        return _failed(403, "invalid_grant", error.message)
    return Answer(200, encode(people.tokens_out(made)), (NO_STORE, (b"pragma", b"no-cache")))


async def _by_password(call: Call, client: Client, fields: Fields) -> Exchanged:
    name, password = fields["username"], fields["password"]
    scope = fields.get("scope", "")
    return await exchanging.by_password(call.house, client, name, password, scope, call.address)


async def _by_code(call: Call, client: Client, fields: Fields) -> Exchanged:
    code, redirect_uri = fields["code"], fields["redirect_uri"]
    return await exchanging.by_code(call.house, client, code, redirect_uri, fields.get("code_verifier", ""))


async def _by_refresh(call: Call, client: Client, fields: Fields) -> Exchanged:
    return await exchanging.by_refresh(call.house, client, fields["refresh_token"], fields.get("scope", ""))


GRANTS: Mapping[str, tuple[tuple[str, ...], Granting]] = {
    REALM_GRANT: (("username", "password"), _by_password),
    "password": (("username", "password"), _by_password),
    "authorization_code": (("code", "redirect_uri"), _by_code),
    "refresh_token": (("refresh_token",), _by_refresh),
}


def _basic(call: Call) -> tuple[str, str] | None:
    """Id and secret of a client in a Basic header, each form-encoded (RFC 6749, section 2.3.1); None: there is none."""
    scheme, _, encoded = (call.header(b"authorization") or "").strip(" \t").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    name, _, secret = text.partition(":")
    return unquote_plus(name), unquote_plus(secret)


def _failed(
    status: int, code: str, description: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    """A failure of the token endpoint, which nobody may keep (RFC 6749, section 5.2)."""
    return Answer(status, encode(SignInFailure(code, description)), (NO_STORE, *headers))


async def _person(call: Call) -> tuple[Person, str]:
    """The user whose token came, and My Cloud's id of theirs."""
    found = (await finding.by_ids(call.work, [call.actor.id])).get(call.actor.id)
    if found is None:
        raise UnknownCredential("jwt")
    return found, await verifying.subject_of(call.work, call.actor.id)


async def show_userinfo(call: Call, _: None, __: None) -> UserInfo:
    """GET userinfo: the user whose token came."""
    return people.info_out(*await _person(call))


async def find_user(call: Call, _: None, __: None) -> Envelope:
    """GET authservice/v2/auth0/user: the caller, by their own address; of anybody else nobody learns here."""
    person, subject = await _person(call)
    email = call.value("email") or ""
    if not email.strip():
        raise BadQuery("email", "email is required.")
    # In a query a plus that somebody forgot to escape reads as a blank.
    own = person.email and folded(person.email) in (folded(email), folded(email.strip().replace(" ", "+")))
    return Envelope([people.user_out(person, subject)] if own else [], "User retrieved successfully")


async def show_keys(call: Call, _: None, __: None) -> Answer:
    """GET .well-known/jwks.json: the public keys of our tokens."""
    return Answer(200, await minting.jwks(call.house), (KEYS_HOLD,))


async def show_configuration(call: Call, _: None, __: None) -> OpenIdConfiguration:
    """GET .well-known/openid-configuration."""
    return people.configuration(addressing.issuer(call.house.settings))


async def go_and_sign_in(call: Call, _: None, __: None) -> Answer:
    """GET authorize: on to the page where people sign in and agree."""
    root, query = addressing.root(call.house.settings), call.scope["query_string"]
    location = f"{root}/sign-in/authorize?".encode() + bytes(query)
    return Answer(302, headers=((b"location", location), NO_STORE), media=b"text/plain")


ROUTES = (
    Route("POST", "/authrouter/oauth/token", grant_tokens, Doing.STEPS, _fields, has_body=True, is_open=True),
    Route("GET", "/authrouter/userinfo", show_userinfo, Doing.READ),
    Route("GET", "/authrouter/authorize", go_and_sign_in, Doing.STEPS, is_open=True),
    Route("GET", "/authrouter/.well-known/jwks.json", show_keys, Doing.STEPS, is_open=True),
    Route(
        "GET", "/authrouter/.well-known/openid-configuration", show_configuration, Doing.STEPS, is_open=True
    ),
    Route("GET", "/authservice/v2/auth0/user", find_user, Doing.READ),
)
