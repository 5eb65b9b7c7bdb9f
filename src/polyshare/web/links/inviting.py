"""The page of a link that joins: who invites to what, and a button to accept, for people who are signed in."""

from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call
from polyshare.domain import paths
from polyshare.domain.errors import NotFound
from polyshare.domain.folder_shares import FolderShare
from polyshare.domain.join_links import JoinLink
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Actor
from polyshare.engine.links import joining, redeeming
from polyshare.engine.work import Work
from polyshare.web import sessions
from polyshare.web.links import rendering
from polyshare.web.links.rendering import Headers
from polyshare.web.links.visiting import Place, form_of, wants_page

SIGN_IN_TITLE = "Sign in to see this invitation"
SIGN_IN = "Invitations are for people who are signed in here."
GONE_TITLE = "There is nothing here"
GONE = "This invitation does not exist, has ended, or was taken back. Check that the address is whole, or ask who sent it to you."
STALE = "This form was no longer good; please try again."
FRESH = "accepted"

_GIVES = {
    Permission.DOWNLOAD.closed: "You can open and download what is in it.",
    Permission.EDIT.closed: "You can open and download what is in it, and add, change and remove files there.",
}
_GIVES_OTHERS = {
    Permission.DOWNLOAD.closed: "They can open and download what is in it.",
    Permission.EDIT.closed: "They can open and download what is in it, and add, change and remove files there.",
}


async def answer(call: Call, place: Place) -> Answer:
    """
    What is at the address of an invitation, for whoever comes.

    Strangers are asked to sign in before anything is looked up, so that they learn nothing, not even whether it exists.

    Raises:
        PolyshareError: It can't be accepted; the error says why.
    """
    person = await sessions.person(call.house, call.header(b"cookie"))
    if person is None:
        return _sign_in(call, place)
    if place.rest:
        return _gone(call)
    try:
        if call.scope["method"] == "POST":
            return await _accept(call, place, person)
        return await _show(call, place, person)
    except NotFound:
        return _gone(call)


async def _accept(call: Call, place: Place, person: Actor) -> Answer:
    fields = await form_of(call)
    cookies, site = call.header(b"cookie"), call.header(b"sec-fetch-site")
    if not await sessions.is_ours(call.house, cookies, fields.get("form", ""), site):
        return await _show(call, place, person, STALE)
    await redeeming.redeem(call.house, person, place.name)
    return rendering.moved(f"{place.base}?{FRESH}")


async def _show(call: Call, place: Place, person: Actor, wrong: str = "") -> Answer:
    async def look(work: Work) -> tuple[JoinLink, FolderShare | None]:
        link = await joining.find(work, place.name)
        return link, await redeeming.accepted(work, link)

    link, share = await call.house.read(person, look)
    status = 403 if wrong else 200
    if not wants_page(call):
        return rendering.plain(status, [wrong or _line(link, share, person)])
    mark, cookie = await sessions.form_mark(call.house, call.header(b"cookie"))
    headers: Headers = () if cookie is None else ((b"set-cookie", cookie.encode()),)
    gives = (share or link).permissions.closed
    return rendering.page(
        "link_invite.html",
        status,
        headers,
        title=f"Invitation to {_name(link)}",
        name=_name(link),
        maker=link.owner_name or link.owner_login,
        link=link,
        share=share,
        own=link.owner == person.id,
        gives=_GIVES.get(gives, ""),
        gives_others=_GIVES_OTHERS.get(gives, ""),
        fresh=FRESH in call.scope["query_string"].decode("latin-1").split("&"),
        wrong=wrong,
        mark=mark,
        base=place.base,
        person=person,
    )


def _name(link: JoinLink) -> str:
    """What the folder is called; a whole drive by its number."""
    number, names = paths.drive_and_names(link.path)
    return names[-1] if names else f"drive {number}"


def _line(link: JoinLink, share: FolderShare | None, person: Actor) -> str:
    """The same for programs, which can't accept here: UCloud's API is for them."""
    maker, name = link.owner_name or link.owner_login, _name(link)
    if share is not None:
        return f"{maker} shares {name} with you; it is at {share.location}."
    if link.owner == person.id:
        return f"This is your invitation to {name}; send the address to whom you want to have it."
    return f"{maker} invites you to {name}. Open this address in a browser to accept."


def _sign_in(call: Call, place: Place) -> Answer:
    if not wants_page(call):
        return rendering.plain(403, [f"{SIGN_IN_TITLE}. {SIGN_IN} Open this address in a browser."])
    return rendering.page(
        "link_shut.html",
        403,
        title=SIGN_IN_TITLE,
        text=SIGN_IN,
        sign_in=place.base if not place.rest else None,
    )


def _gone(call: Call) -> Answer:
    if not wants_page(call):
        return rendering.plain(404, [f"{GONE_TITLE}. {GONE}"])
    return rendering.page("link_shut.html", 404, title=GONE_TITLE, text=GONE)
