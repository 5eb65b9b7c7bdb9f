"""Pages for people who hold a link: at its short address, at My Cloud's and at Oracle's, all the same; and at UCloud's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from polyshare.dialects.base.answers import Answer, Stream
from polyshare.dialects.base.calls import Call, Receive, Scope, Send
from polyshare.dialects.base.refusals import AtTheDoor, ClientGone, NoMethod, TooSlow
from polyshare.dialects.base.refusals import TooLarge as BodyTooLarge
from polyshare.dialects.base.sending import Outflow, send_whole
from polyshare.domain.errors import (
    Braked,
    CodeNeeded,
    Conflict,
    Denied,
    Invalid,
    LinkShut,
    NotFound,
    PolyshareError,
    ProviderRefused,
    TooLarge,
    Unavailable,
    WrongState,
)
from polyshare.domain.nodes import Reach
from polyshare.engine.directory import naming
from polyshare.engine.links import opening_links
from polyshare.engine.links.opening_links import State, Visitor
from polyshare.engine.work import House
from polyshare.web import sessions
from polyshare.web.links import giving, inviting, leaving, rendering, showing
from polyshare.web.links.rendering import Headers
from polyshare.web.links.visiting import (
    MISTYPED,
    PREFIXES,
    Place,
    Visit,
    basic_password,
    form_of,
    held_pass,
    is_foreign,
    number_of,
    pass_cookie,
    place_of,
    wants_page,
)

__all__ = ["MISTYPED", "PREFIXES", "LinkPages"]

STYLE = "/l/style.css"
UNKNOWN_TITLE = "There is nothing here"
UNKNOWN = "This link does not exist, or it was taken back. Check that the address is whole, or ask who sent it to you."
STATUSES: Mapping[type[Exception], int] = {
    Braked: 429,
    CodeNeeded: 403,
    Denied: 403,
    NotFound: 404,
    Invalid: 400,
    TooLarge: 413,
    WrongState: 409,
    Conflict: 409,
    ProviderRefused: 502,
    Unavailable: 503,
    BodyTooLarge: 413,
    TooSlow: 408,
    NoMethod: 405,
    AtTheDoor: 400,
    PolyshareError: 500,
}
_REALM = (b"www-authenticate", b'Basic realm="the password of this link", charset="UTF-8"')

log = structlog.get_logger("polyshare")

Deed = Callable[[Visit, Reach], Awaitable[Answer | Stream]]


async def _archive(visit: Visit, reached: Reach) -> Answer | Stream:
    return await giving.archive(visit, [reached])


DEEDS: Mapping[str, tuple[str, Deed]] = {
    "": ("GET", showing.inside),
    "download": ("GET", giving.download),
    "view": ("GET", giving.view),
    "picture": ("GET", giving.picture),
    "zip": ("GET", _archive),
    "leave": ("POST", leaving.leave),
}
"""What can be done with a node, by the last step of its address, and by which method."""


class LinkPages:
    """The ASGI application below the addresses of links."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the path, in which a link's secret stands, is shown to no log."""
        place = place_of(scope["path"])
        scope["polyshare.route"] = f"{place.prefix if place else '/l/'}{{link}}"
        scope["polyshare.shown_path"] = scope["polyshare.route"]
        call = Call(scope, self._house, receive)
        flow: Outflow | None = None
        try:
            answer = await self._answered(call, place)
            if isinstance(answer, Stream):
                flow = Outflow(answer)
                if scope["method"] != "HEAD":
                    await flow.open()
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - told as a page, and logged
            answer = _refusal(call, place, error)
        if isinstance(answer, Answer):
            await send_whole(scope, answer, send)
        elif flow is not None:
            await flow.pour(receive, send)

    async def _answered(self, call: Call, place: Place | None) -> Answer | Stream:
        if call.scope["path"] == STYLE:
            return rendering.style()
        if call.scope["method"] not in ("GET", "HEAD", "POST"):
            raise NoMethod(call.scope["method"], ("GET", "HEAD", "POST"))
        if place is None:
            raise LinkShut(UNKNOWN)
        if place.find is None:
            return await inviting.answer(call, place)
        reader = await sessions.person(self._house, call.header(b"cookie"))
        visitor = Visitor(None if reader is None else reader.id, held_pass(call), call.address)
        door = await place.find(self._house, place.name, visitor)
        visit = Visit(call, place.base, place.rest, door)
        if call.scope["method"] == "POST" and is_foreign(call):
            raise Denied("Another site sent this; open the link itself, and try again.")
        if door.state is State.OPEN:
            return await _inside(visit)
        if door.state in (State.CODE, State.REDEEM):
            return await _before(visit)
        return _shut(visit)


async def _before(visit: Visit) -> Answer | Stream:
    """A link that waits for its password, or for a click that uses it once."""
    call, door = visit.call, visit.door
    posting = visit.method == "POST" and not visit.rest
    code = basic_password(call)
    if posting and "multipart" not in (call.header(b"content-type") or ""):
        code = (await form_of(call)).get("password") or code
    if code is None and door.state is State.CODE:
        if posting and wants_page(call):
            raise CodeNeeded("Enter the password of this link.")
        return _asking(visit)
    entered = await opening_links.enter(call.house, door, code, call.address, using=posting)
    visit = replace(visit, door=entered)
    if entered.state is State.USED_UP:
        return _shut(visit)
    if entered.state is State.REDEEM:
        return _asking(visit)
    if not posting:  # a program that sends the password each time
        return await _inside(visit)
    cookie = await pass_cookie(call, visit.base, entered)
    if wants_page(call):
        return rendering.moved(visit.base, (cookie,))
    return await showing.front(visit, (cookie,))


def _asking(visit: Visit, status: int = 200, wrong: str = "", headers: Headers = ()) -> Answer:
    """The page before the link: a field for the password, or a button that uses it once."""
    door = visit.door
    if wants_page(visit.call):
        title = "This link has a password" if door.state is State.CODE else "Open this link"
        coded, uses = door.state is State.CODE, door.link.uses_left
        return rendering.page(
            "link_ask.html",
            status,
            headers,
            title=title,
            coded=coded,
            uses=uses,
            wrong=wrong,
            base=visit.base,
        )
    address = visit.absolute(visit.base)
    if door.state is State.CODE:
        lines = [wrong or "This link has a password; send it: curl --user :PASSWORD " + address]
        return rendering.plain(max(status, 401) if status != 403 else 401, lines, (_REALM, *headers))
    left = rendering.count_text(door.link.uses_left or 0, "more time", "more times")
    lines = [f"This link can be opened {left}. A POST uses it once: curl --request POST {address}"]
    return rendering.plain(403, lines, headers)


def _shut(visit: Visit) -> Answer:
    """A link that has ended, or is for people who sign in."""
    state, maker = visit.door.state, visit.door.maker
    if state is State.SIGN_IN:
        title, text = "Sign in to open this", "This link is for people who are signed in here."
    elif state is State.EXPIRED:
        title, text = (
            "This link has expired",
            f"It was open for a time, which is over. Ask {maker} for a new one.",
        )
    else:
        title, text = (
            "This link is used up",
            f"It was opened as often as it could be. Ask {maker} for a new one.",
        )
    status = 403 if state is State.SIGN_IN else 410
    if not wants_page(visit.call):
        return rendering.plain(status, [f"{title}. {text}"])
    return rendering.page(
        "link_shut.html",
        status,
        title=title,
        text=text,
        sign_in=visit.base if state is State.SIGN_IN else None,
    )


async def _inside(visit: Visit) -> Answer | Stream:
    """Whatever lies behind a link that is open, by the rest of the path."""
    house, rest = visit.call.house, visit.rest
    if not rest:
        if visit.method == "POST":
            return rendering.moved(visit.base) if wants_page(visit.call) else await showing.front(visit)
        return await showing.front(visit)
    if rest in (("zip",), ("leave",)):
        reached = await opening_links.looking(house, lambda work: opening_links.tops(work, visit.door))
        if rest == ("zip",):
            _allow(visit, "GET")
            return await giving.archive(visit, reached)
        _allow(visit, "POST")
        return await leaving.leave(visit, reached[0])
    if rest[0] in ("folder", "fileview", "file") and len(rest) >= 2:
        number = await house.read(None, lambda work: naming.node(work, rest[1]))
        if number is None:
            raise NotFound("item")
        return rendering.moved(visit.of(number))
    number = number_of(rest[0])
    deed = DEEDS.get(rest[1] if len(rest) == 2 else "") if len(rest) <= 2 else None
    if number is None or deed is None:
        raise NotFound("item")
    _allow(visit, deed[0])
    here = number
    reached_ = await opening_links.looking(house, lambda work: opening_links.reach(work, visit.door, here))
    return await deed[1](visit, reached_)


def _allow(visit: Visit, method: str) -> None:
    if visit.method != method:
        raise NoMethod(visit.call.scope["method"], ("GET", "HEAD") if method == "GET" else (method,))


def _refusal(call: Call, place: Place | None, error: Exception) -> Answer:
    """An error as a page or a line; nobody learns whether a link that does not open exists."""
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
    if status >= 500:
        log.warning(
            "request.refused", door="links", exc_info=error if status == 500 else None, reason=str(error)
        )
    headers: Headers = ()
    title, text = "This did not work", error.message if isinstance(error, PolyshareError) else ""
    if isinstance(error, LinkShut | NotFound):
        status, title, text = 404, UNKNOWN_TITLE, UNKNOWN
    elif isinstance(error, CodeNeeded) and place is not None:
        return _wrong_code(call, place, error)
    elif isinstance(error, Braked):
        title = "Too many tries"
        headers = ((b"retry-after", b"%d" % max(round(error.retry_after_s), 1)),)
    elif isinstance(error, NoMethod):
        headers = ((b"allow", ", ".join(error.allowed).encode()),)
    elif status == 500:
        text = f"This is a fault of ours; the log tells more under the request id {call.request_id}."
    if wants_page(call):
        back = place.base if place is not None and status not in (404, 500) else None
        return rendering.page("link_shut.html", status, headers, title=title, text=text, back=back)
    return rendering.plain(status, [f"{title}. {text}"], headers)


def _wrong_code(call: Call, place: Place, error: CodeNeeded) -> Answer:
    sent = basic_password(call) is not None or call.scope["method"] == "POST"
    wrong = "This is not the password of this link." if sent else ""
    if wants_page(call):
        given: dict[str, Any] = {"title": "This link has a password", "wrong": wrong or error.message}
        return rendering.page("link_ask.html", 403, base=place.base, coded=True, **given)
    return rendering.plain(401, [wrong or error.message], (_REALM,))
