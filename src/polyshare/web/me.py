"""What users do for themselves over HTTP: their links, made, listed, changed and taken away with a token of their own."""

from datetime import datetime

from starlette.types import ASGIApp

from polyshare.domain.errors import Denied, Invalid
from polyshare.domain.links import LONGEST_CODE, SHORTEST_CODE, Audience, Link, LinkTerms, Reader
from polyshare.domain.nodes import Reach
from polyshare.domain.principals import Actor
from polyshare.engine import addressing
from polyshare.engine.links import counting, handing_out, publishing
from polyshare.engine.work import House, Work
from polyshare.web import admin_shapes as shapes
from polyshare.web import link_shapes
from polyshare.web.admin_calls import Call
from polyshare.web.admin_shapes.common import microseconds
from polyshare.web.answering import Api, Rule, app_of

PREFIX = "/me/v1"


async def list_links(call: Call) -> shapes.Page:
    """GET /links: the caller's own, those of its shares too, newest first."""
    await counting.flush(call.house)
    before, limit = call.after_id(), call.limit()
    rows = await call.look(lambda work: handing_out.page(work, call.actor.id, before or None, limit + 1))
    base = addressing.root(call.house.settings)
    return call.page(rows, lambda made: made.link.id, lambda made: link_shapes.link_out(made, base))


async def add_link(call: Call) -> link_shapes.LinkOut:
    """POST /links."""
    body: link_shapes.NewLink = call.body
    code = await hashed(call.house, body.password)

    async def add(work: Work) -> link_shapes.LinkOut:
        reached = await handing_out.at_path(work, call.actor.id, body.path)
        return await _out(work, await make(work, reached, body, code))

    return await call.house.write(call.actor, add)


async def make(work: Work, reached: Reach, body: link_shapes.NewLink, code: str | None) -> Link:
    """
    Make the link that was asked for on a node.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: What was asked for makes no sense, or a reader is unknown.
        AlreadyThere: The node has a link without a name, and this one has none either.
    """
    terms = LinkTerms(
        Audience(body.audience),
        link_shapes.PERMISSIONS[body.gives],
        await handing_out.readers(work, body.readers),
        body.name.strip(),
        None if body.expires_at is None else microseconds(body.expires_at),
        code,
        body.gives == "drop",
        body.uses or None,
    )
    return await publishing.create(work, reached, terms)


async def show_link(call: Call) -> link_shapes.LinkOut:
    """GET /links/{id}."""
    await counting.flush(call.house)

    async def look(work: Work) -> link_shapes.LinkOut:
        return await _out(work, await handing_out.find(work, call.actor.id, call.path["id"]))

    return await call.look(look)


async def change_link(call: Call) -> link_shapes.LinkOut:
    """PATCH /links/{id}: what is not said stays."""
    body: link_shapes.LinkChange = call.body
    code = await hashed(call.house, body.password)

    async def change(work: Work) -> link_shapes.LinkOut:
        return await _out(work, await revise(work, call.actor.id, call.path["id"], body, code))

    return await call.house.write(call.actor, change)


async def revise(work: Work, person: int, ident: str, body: link_shapes.LinkChange, code: str | None) -> Link:
    """
    Change a link; what *body* does not say stays.

    Raises:
        NotFound, Hidden, Insufficient: The person does not manage a node with such a link.
        Invalid, AlreadyThere: As for `make`.
    """
    before = await handing_out.find(work, person, ident)
    gives = body.gives or link_shapes.gives_of(before)
    terms = LinkTerms(
        before.audience if body.audience is None else Audience(body.audience),
        link_shapes.PERMISSIONS[gives],
        await _readers(work, body, before),
        before.name if body.name is None else body.name.strip(),
        _expiry(body.expires_at, before.expires_at),
        code,
        gives == "drop",
        body.uses or None,
    )
    return await handing_out.change(
        work, person, before, terms, keep_code=body.password is None, keep_uses=body.uses is None
    )


async def remove_link(call: Call) -> None:
    """DELETE /links/{id}."""
    await call.house.write(call.actor, lambda work: handing_out.remove(work, call.actor.id, call.path["id"]))


async def _readers(work: Work, body: link_shapes.LinkChange, before: Link) -> tuple[Reader, ...]:
    if body.readers is not None:
        find = handing_out.readers if before.share is None else handing_out.readers_of_share
        return await find(work, body.readers)
    audience = body.audience or before.audience
    return tuple(before.readers) if audience == Audience.LISTED else ()


def _expiry(text: str | None, before: int | None) -> int | None:
    if text is None:
        return before
    if text == "never":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("Write it as 2030-12-31T12:00:00Z, or never.", "expires_at")
    return microseconds(at)


async def hashed(house: House, password: str | None) -> str | None:
    """A link's password as it is kept; None for none. Raises Invalid; nothing may be open meanwhile."""
    if not password:
        return None
    try:
        return await publishing.hash_code(house, password)
    except Invalid as error:
        raise Invalid(f"A password has {SHORTEST_CODE} to {LONGEST_CODE} characters.", "password") from error


async def _out(work: Work, link: Link) -> link_shapes.LinkOut:
    return link_shapes.link_out(await handing_out.one(work, link), addressing.root(work.house.settings))


RULES = (
    Rule("GET", "/links", list_links),
    Rule("POST", "/links", add_link, link_shapes.NewLink, 201),
    Rule("GET", "/links/{id}", show_link),
    Rule("PATCH", "/links/{id}", change_link, link_shapes.LinkChange),
    Rule("DELETE", "/links/{id}", remove_link, status=204),
)


def demand_own(actor: Actor) -> None:
    """Let every user in with a token that may do all that the user may; raises Denied."""
    if actor.narrowed:
        raise Denied("A narrowed token can't be used here; use one without a scope.")


def me_app(house: House) -> ASGIApp:
    """The ASGI application that answers below /me/v1."""
    return app_of(Api(PREFIX, "me", RULES, demand_own), house)
