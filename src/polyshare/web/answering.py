"""How our own JSON APIs answer: one table of rules, bearer tokens, and every refusal as a problem (RFC 9457)."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from polyshare.domain.errors import (
    Braked,
    Conflict,
    Denied,
    Invalid,
    LimitReached,
    MalformedCredential,
    NoCredential,
    NotFound,
    PolyshareError,
    ReadOnly,
    Unauthenticated,
    Unavailable,
    WrongState,
)
from polyshare.domain.misfits import misfit
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials.admitting import identify
from polyshare.engine.work import House
from polyshare.web import admin_calls as calls
from polyshare.web import admin_shapes as shapes

STATUSES: Mapping[type[PolyshareError], int] = {
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Invalid: 422,
    WrongState: 409,
    LimitReached: 409,
    Conflict: 409,
    Braked: 429,
    Unavailable: 503,
    PolyshareError: 500,
}
_BODIES = {408: "too-slow", 413: "too-large"}
_BEARER = re.compile(r"bearer +([\x21-\x7e]+)", re.IGNORECASE)
log = structlog.get_logger("polyshare")


@dataclass(frozen=True, slots=True)
class Rule:
    """How one call is answered: by whom, from which body, and with which status when all went well."""

    method: str
    path: str
    handler: calls.Handler
    body: type[shapes.Given] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Api:
    """
    One of our JSON APIs.

    Attributes:
        prefix: Below what it answers, such as `/admin/v1`.
        name: What logs and its page of documentation call it.
        demand: Raises Denied for who may not use it, or whose token is not enough.
    """

    prefix: str
    name: str
    rules: Sequence[Rule]
    demand: Callable[[Actor], None]


def app_of(api: Api, house: House) -> ASGIApp:
    """The ASGI application that answers below the prefix."""
    by_path: dict[str, dict[str, Rule]] = {}
    for rule in api.rules:
        by_path.setdefault(rule.path, {})[rule.method] = rule
    routes = [
        Route(api.prefix + path, _Endpoint(house, api, api.prefix + path, rules))
        for path, rules in by_path.items()
    ]

    async def no_such_call(request: Request, _error: Exception) -> Response:
        return _problem(request, 404, "not-found", f"There is no such call; /docs/{api.name} lists them.")

    app = Starlette(routes=routes, exception_handlers={HTTPException: no_such_call})
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """An ASGI application that answers every method of one path."""

    house: House
    api: Api
    path: str
    rules: Mapping[str, Rule]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["polyshare.route"] = self.path
        response = await _answered(self.house, self.api, Request(scope, receive), self.rules)
        await response(scope, receive, send)


async def _answered(house: House, api: Api, request: Request, rules: Mapping[str, Rule]) -> Response:
    """One call's answer, whatever happens."""
    try:
        actor = await _caller(house, api, request)
        rule = rules.get(request.method)
        if rule is None:
            allowed = ", ".join(sorted(rules))
            return _problem(request, 405, "method-not-allowed", f"Use {allowed} here.", {"allow": allowed})
        _check_cap(actor, rule)
        body = None if rule.body is None else _decoded(await _read(request, house), rule.body)
        call = calls.Call(house, actor, request.path_params, request.query_params, body)
        answer = await rule.handler(call)
    except HTTPException as error:
        return _problem(request, error.status_code, _BODIES[error.status_code], error.detail)
    except ClientDisconnect:
        return Response(status_code=400)
    except PolyshareError as error:
        return _refusal(api, request, error)
    except Exception:
        log.exception("request.failed", door=api.name, method=request.method)
        return _problem(
            request, 500, "fault", "This is a fault of ours; the log tells more under the request id."
        )
    if rule.status == 204:
        return Response(status_code=204)
    return Response(
        msgspec.json.encode(answer), rule.status, media_type="application/json", headers=_NO_STORE
    )


_NO_STORE = {"cache-control": "no-store"}


async def _caller(house: House, api: Api, request: Request) -> Actor:
    """Who calls, if the API is for them."""
    given = request.headers.get("authorization")
    if given is None:
        raise NoCredential("Send a token: Authorization: Bearer TOKEN.")
    match = _BEARER.fullmatch(given)
    if match is None:
        raise MalformedCredential("Authorization", "Write it as: Authorization: Bearer TOKEN.")
    actor = await identify(house, "token", match[1])
    api.demand(actor)
    return actor


def _check_cap(actor: Actor, rule: Rule) -> None:
    if rule.method != "GET" and actor.cap is not Access.EDIT:
        raise ReadOnly("This token may only read.")


async def _read(request: Request, house: House) -> bytes:
    most, most_s, read = house.settings.body_limit_bytes, house.settings.body_timeout_s, bytearray()
    try:
        async with asyncio.timeout(most_s):
            async for part in request.stream():
                read += part
                if len(read) > most:
                    raise HTTPException(413, f"A body has at most {most} bytes.")
    except TimeoutError:
        raise HTTPException(408, f"The body did not arrive within {most_s:g} seconds.") from None
    return bytes(read)


def _decoded(raw: bytes, shape: type[shapes.Given]) -> shapes.Given:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        wrong = misfit(str(error))
        message = f"{wrong.where[-1]} is required." if wrong.missing else f"{wrong.what}."
        raise Invalid(message, *wrong.where) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The body is not JSON: {error}.") from error


def _refusal(api: Api, request: Request, error: PolyshareError) -> Response:
    """The problem that an error of ours is told as."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if status >= 500:
        log.warning("request.refused", door=api.name, reason=error.message)
    headers = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "1"}}.get(status)
    where = getattr(error, "where", ())
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in where) or None
    return _problem(request, status, error.slug, error.message, headers, pointer)


def _problem(
    request: Request,
    status: int,
    slug: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    pointer: str | None = None,
) -> Response:
    title = HTTPStatus(status).phrase
    request_id = str(request.scope.get("polyshare.request_id", ""))
    problem = shapes.Problem(f"urn:polyshare:problem:{slug}", title, status, detail, request_id, pointer)
    raw = msgspec.json.encode(problem)
    return Response(
        raw, status, headers={**_NO_STORE, **(headers or {})}, media_type="application/problem+json"
    )
