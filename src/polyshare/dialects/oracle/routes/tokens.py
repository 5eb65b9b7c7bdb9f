"""Tokens for OAuth clients whose users gave them login and password."""

from collections.abc import Mapping

from polyshare.dialects.base import lenient
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.oracle import credentials
from polyshare.dialects.oracle.translate import formats
from polyshare.domain.errors import Braked, PolyshareError, Unauthenticated, Unavailable
from polyshare.engine.credentials import authorizing


def _form(call: Call) -> dict[str, str] | str:
    """The fields of the form, or what is wrong with it: this endpoint has error bodies of its own."""
    try:
        return lenient.form(call)
    except BadBody as error:
        return str(error)


async def grant_token(call: Call, _: None, form: dict[str, str] | str) -> Answer:
    """POST oauth2/v1/token: a token for a login and password, to a client that is known."""
    if isinstance(form, str):
        return _oauth(call, 400, {"error": "invalid_request", "error_description": form})
    if form.get("grant_type") != "password":
        return _oauth(call, 400, {"error": "unsupported_grant_type"})
    login, password = form.get("username", ""), form.get("password", "")
    if not login or not password:
        text = "username and password are required"
        return _oauth(call, 400, {"error": "invalid_request", "error_description": text})
    name, secret = credentials.basic(call) or (form.get("client_id", ""), form.get("client_secret", ""))
    try:
        client = await authorizing.client(call.house, name, secret)
    except Unauthenticated:
        headers = ((b"www-authenticate", b'Basic realm="oauth2"'),)
        return _oauth(call, 401, {"error": "invalid_client"}, headers)
    try:
        granted = await authorizing.by_password(call.house, client, login, password, call.address)
    except Unauthenticated:
        return _oauth(call, 400, {"error": "invalid_grant"})
    except (Braked, Unavailable) as error:
        return _later(call, error)
    body = {"access_token": granted.secret, "token_type": "Bearer", "expires_in": granted.expires_in_s}
    return _oauth(call, 200, body)


def _later(call: Call, error: PolyshareError) -> Answer:
    status = 429 if isinstance(error, Braked) else 503
    body = {"error": "temporarily_unavailable", "error_description": error.message}
    return _oauth(call, status, body, ((b"retry-after", b"1"),))


def _oauth(
    call: Call, status: int, body: Mapping[str, object], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    """An answer of the token endpoint, which nobody may keep (RFC 6749, section 5.1)."""
    return Answer(
        status, encode(body), (formats.ecid(call), (b"cache-control", b"no-store"), *headers), formats.JSON
    )


ROUTES = (Route("POST", "/oauth2/v1/token", grant_token, Doing.STEPS, _form, has_body=True, is_open=True),)
