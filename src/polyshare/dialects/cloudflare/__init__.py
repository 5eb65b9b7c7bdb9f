"""
Cloudflare Resource Sharing, as its SDKs, its Terraform provider and others speak it.

    theirs                      ours
    account, organization       principal, and the seat of who calls
    share                       share; its `target_type` organization is an audience
    resource of a share         item: `resource_type` and `resource_id` are its kind and key, `meta` its luggage
    resource_version            revision
    recipient                   grant; `association_status` is its joining
    resource of a recipient     crossing
    excluded recipient          exclusion
    active, deleting, deleted   standing: ACTIVE, LEAVING, GONE
    kind sent, received         side
"""

from functools import partial
from typing import Any

from polyshare.dialects.base.answers import Answer, Flow, Listed, encode
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Dialect
from polyshare.dialects.cloudflare import translate, wire
from polyshare.dialects.cloudflare.errors import ERRORS, refuse
from polyshare.dialects.cloudflare.routes import ROUTES
from polyshare.domain.errors import MalformedCredential, NoCredential
from polyshare.domain.principals import Access, Actor, Kind, Seat
from polyshare.engine.credentials import admitting

MISSING = "Missing X-Auth-Key, X-Auth-Email or Authorization headers"


async def authenticate(call: Call) -> Actor:
    """
    Who calls: by token if there is an Authorization header, else by e-mail and key.

    Raises:
        NoCredential, MalformedCredential, UnknownCredential
    """
    authorization = call.header(b"authorization")
    if authorization is not None:
        scheme, _, token = authorization.strip(" \t").partition(" ")
        if scheme.lower() != "bearer" or not _visible(token):
            raise MalformedCredential("Authorization", "Invalid format for Authorization header")
        return await admitting.identify(call.house, "token", token)
    email, key = call.header(b"x-auth-email"), call.header(b"x-auth-key")
    if email is not None and not _visible(email):
        raise MalformedCredential("X-Auth-Email", "Invalid format for X-Auth-Email header")
    if key is not None and not _visible(key):
        raise MalformedCredential("X-Auth-Key", "Invalid format for X-Auth-Key header")
    if email is None and key is None:
        raise NoCredential(MISSING)
    if key is None:
        raise NoCredential(f"{MISSING}: X-Auth-Email came without X-Auth-Key")
    if email is None:
        raise NoCredential(f"{MISSING}: X-Auth-Key came without X-Auth-Email")
    return await admitting.identify(call.house, "key", key, email)


def _visible(text: str) -> bool:
    return text != "" and text.isascii() and text.isprintable() and " " not in text


async def admit(call: Call) -> Seat:
    """The account or organization that the path names, as far as the actor may act for it; raises Denied."""
    need = Access.READ if call.scope["method"] == "GET" else Access.EDIT
    account = call.path.get("account")
    if account is not None:
        return await admitting.seat(call.work, Kind.ACCOUNT, account, need)
    return await admitting.seat(call.work, Kind.ORGANIZATION, call.path["organization"], need)


def answer(call: Call, result: Any) -> Answer | Flow:
    """The envelope around *result*; a list or page that is longer than one stretch flows."""
    status = call.route.status
    if result is None:
        return Answer(status)
    if not isinstance(result, Listed):
        return Answer(status, b"%b%b}" % (wire.SUCCESS, encode(result)))
    paging, rows = call.given.paging, result.rows
    rest = None if paging is None else paging.per_page - len(rows)
    if rows and rest != 0 and result.total > call.window.skip + len(rows):
        close = partial(_close, paging, result.total)
        return Flow(status, wire.SUCCESS + b"[", rows, close, result.last, rest)
    info = translate.result_info(paging, len(rows), result.total)
    return Answer(status, b'%b%b,"result_info":%b}' % (wire.SUCCESS, encode(rows), encode(info)))


def _close(paging: translate.Paging | None, total: int, sent: int) -> bytes:
    info = translate.result_info(paging, sent, sent if paging is None else total)
    return b'],"result_info":%b}' % encode(info)


DIALECT = Dialect(
    name="cloudflare",
    prefixes=("/client/v4", ""),
    routes=ROUTES,
    authenticate=authenticate,
    admit=admit,
    is_id=translate.is_id,
    errors=ERRORS,
    answer=answer,
    refuse=refuse,
)
