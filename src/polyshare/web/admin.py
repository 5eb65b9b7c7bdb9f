"""The admin API: the directory and the providers over HTTP, for administrators, in a small and regular JSON."""

import asyncio
import re
from collections.abc import Mapping
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
from polyshare.domain.principals import Access, Actor, Kind
from polyshare.engine.admitting import identify
from polyshare.engine.work import House
from polyshare.web import admin_calls as calls
from polyshare.web import admin_shapes as shapes

PREFIX = "/admin/v1"
STATUSES: Mapping[type[PolyshareError], int] = {
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Invalid: 422,
    WrongState: 409,
    LimitReached: 409,
    Conflict: 409,
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


def _rules() -> list[Rule]:
    rules = [
        Rule("GET", "/users", calls.list_users),
        Rule("POST", "/users", calls.add_user, shapes.NewUser, 201),
        Rule("GET", "/users/{id}", calls.show_user),
        Rule("PATCH", "/users/{id}", calls.change_user, shapes.UserChange),
        Rule("DELETE", "/users/{id}", calls.remove_user, status=204),
        Rule("GET", "/users/{id}/roles", calls.list_roles),
        Rule("GET", "/groups/{id}/members", calls.list_members),
        Rule("PUT", "/groups/{id}/members/{member}", calls.add_member, status=204),
        Rule("DELETE", "/groups/{id}/members/{member}", calls.remove_member, status=204),
        Rule("GET", "/providers", calls.list_providers),
        Rule("GET", "/providers/{id}", calls.show_provider),
        Rule("PUT", "/providers/{id}", calls.put_provider, shapes.GivenProvider),
        Rule("DELETE", "/providers/{id}", calls.remove_provider, status=204),
    ]
    for name, new, change in (
        ("organizations", shapes.NewOrganization, shapes.OrganizationChange),
        ("accounts", shapes.NewAccount, shapes.AccountChange),
        ("groups", shapes.NewGroup, shapes.GroupChange),
    ):
        kind = calls.KINDS[name]
        rules += [
            Rule("GET", f"/{name}", calls.list_principals(kind)),
            Rule("POST", f"/{name}", calls.add_principal(kind), new, 201),
            Rule("GET", f"/{name}/{{id}}", calls.show_principal(kind)),
            Rule("PATCH", f"/{name}/{{id}}", calls.change_principal(kind), change),
            Rule("DELETE", f"/{name}/{{id}}", calls.remove_principal(kind), status=204),
        ]
    for name, seat in (("accounts", Kind.ACCOUNT), ("organizations", Kind.ORGANIZATION)):
        path = f"/users/{{id}}/roles/{name}/{{seat}}"
        rules += [
            Rule("PUT", path, calls.give_role(seat), shapes.GivenRole, 204),  # type: ignore[arg-type]
            Rule("DELETE", path, calls.take_role(seat), status=204),  # type: ignore[arg-type]
        ]
    return rules + _credential_rules()


def _credential_rules() -> list[Rule]:
    rules = []
    for name, credential in calls.CREDENTIALS.items():
        rules += [
            Rule("GET", f"/{name}", calls.list_credentials(credential)),
            Rule("POST", f"/{name}", calls.add_credential(credential), shapes.NewCredential, 201),
            Rule("GET", f"/{name}/{{id}}", calls.show_credential(credential)),
            Rule("PATCH", f"/{name}/{{id}}", calls.change_credential(credential), shapes.CredentialChange),
            Rule("DELETE", f"/{name}/{{id}}", calls.revoke_credential(credential), status=204),
        ]
    return rules


RULES = _rules()


def admin_app(house: House) -> ASGIApp:
    """The ASGI application that answers below /admin/v1."""
    by_path: dict[str, dict[str, Rule]] = {}
    for rule in RULES:
        by_path.setdefault(rule.path, {})[rule.method] = rule
    routes = [Route(PREFIX + path, _Endpoint(house, PREFIX + path, rules)) for path, rules in by_path.items()]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_such_call})
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """An ASGI application that answers every method of one path."""

    house: House
    path: str
    rules: Mapping[str, Rule]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["polyshare.route"] = self.path
        response = await _answered(self.house, Request(scope, receive), self.rules)
        await response(scope, receive, send)


async def _answered(house: House, request: Request, rules: Mapping[str, Rule]) -> Response:
    """One call's answer, whatever happens."""
    try:
        actor = await _administrator(house, request)
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
        return _refusal(request, error)
    except Exception:
        log.exception("request.failed", door="admin", method=request.method)
        return _problem(
            request, 500, "fault", "This is a fault of ours; the log tells more under the request id."
        )
    if rule.status == 204:
        return Response(status_code=204)
    return Response(
        msgspec.json.encode(answer), rule.status, media_type="application/json", headers=_NO_STORE
    )


_NO_STORE = {"cache-control": "no-store"}


async def _administrator(house: House, request: Request) -> Actor:
    """Who calls; only administrators, and none with a narrowed token."""
    given = request.headers.get("authorization")
    if given is None:
        raise NoCredential("Send an administrator's token: Authorization: Bearer TOKEN.")
    match = _BEARER.fullmatch(given)
    if match is None:
        raise MalformedCredential("Authorization", "Write it as: Authorization: Bearer TOKEN.")
    actor = await identify(house, "token", match[1])
    if not actor.administrator:
        raise Denied("Only administrators may use this API.")
    if actor.narrowed:
        raise Denied("A narrowed token can't administrate; use one without a scope.")
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


def _refusal(request: Request, error: PolyshareError) -> Response:
    """The problem that an error of ours is told as."""
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    if status >= 500:
        log.warning("request.refused", door="admin", reason=error.message)
    headers = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "1"}}.get(status)
    where = getattr(error, "where", ())
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in where) or None
    return _problem(request, status, error.slug, error.message, headers, pointer)


async def _no_such_call(request: Request, _error: Exception) -> Response:
    return _problem(request, 404, "not-found", "There is no such call; /docs/admin lists them.")


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
