"""Refresh tokens of users and providers."""

from polyshare.domain.errors import Invalid
from polyshare.domain.refresh_tokens import Holder
from polyshare.engine.credentials import issuing, refreshing
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call


async def list_refresh_tokens(call: Call) -> shapes.Page:
    """GET /refresh-tokens."""
    after, limit = call.after_id(), call.limit() + 1
    named = [Holder(**{key: call.query[key]}) for key in ("user", "provider") if call.query.get(key)]
    if len(named) > 1:
        raise Invalid("ask for those of a user or of a provider, not of both", "provider")
    holder = named[0] if named else None
    found = await call.look(lambda work: refreshing.page(work, after, limit, holder))
    return call.page(found, lambda row: row.id, shapes.refresh_token)


async def add_refresh_token(call: Call) -> shapes.RefreshTokenWithSecret:
    """POST /refresh-tokens."""
    body, secret = call.body, issuing.new_secret()
    if bool(body.user) == bool(body.provider):
        raise Invalid("name the user or the provider whose it is to be", "user")
    holder = Holder(body.user or "", body.provider or "")
    ends = None if body.expires_at is None else shapes.microseconds(body.expires_at)
    issued = await call.change(lambda work: refreshing.issue(work, holder, secret, body.name, ends))
    return shapes.refresh_token_with_secret(issued, secret)


async def show_refresh_token(call: Call) -> shapes.RefreshTokenOut:
    """GET /refresh-tokens/{id}."""
    return shapes.refresh_token(await call.look(lambda work: refreshing.show(work, call.path["id"])))


async def revoke_refresh_token(call: Call) -> None:
    """DELETE /refresh-tokens/{id}."""
    await call.change(lambda work: refreshing.revoke(work, call.path["id"]))
