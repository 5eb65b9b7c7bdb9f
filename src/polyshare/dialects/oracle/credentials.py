"""Who calls: by login and password, by bearer token, or nobody known who holds a public link."""

import base64
import binascii
from urllib.parse import unquote

from polyshare.dialects.base.calls import Call
from polyshare.dialects.oracle.routes.subjects import LINK, is_for_links
from polyshare.dialects.oracle.translate import inward
from polyshare.domain.errors import (
    ClosedTo,
    CodeNeeded,
    LinkShut,
    MalformedCredential,
    NoCredential,
    ReadOnly,
)
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import admitting, signing_in
from polyshare.engine.directory import naming
from polyshare.engine.links import publishing
from polyshare.engine.tree import browsing, filing
from polyshare.engine.work import Work

NOBODY = Actor(0, "", 0, Access.EDIT, narrowed=False, administrator=False)
"""Who holds a link and nothing else."""

_NEEDS_HOME = ("/files/data", "/copy", "/move", "/collections")


async def authenticate(call: Call) -> Actor:
    """
    Who calls; where a public link is named, it is opened too.

    Raises:
        NoCredential, MalformedCredential, UnknownCredential
        ClosedTo: The credential is for certain accounts only, which are no people.
        ReadOnly: The credential may change nothing, and this call does.
        LinkShut, CodeNeeded: The link does not let the caller in.
        Braked: Too many wrong passwords or access codes came.
    """
    link = call.header(b"linkid") if is_for_links(call) else None
    actor = await _actor(call) if link is None or call.header(b"authorization") is not None else NOBODY
    call.actor = actor  # whom refusals from here on name
    if actor.narrowed:
        raise ClosedTo("This credential is for certain accounts only.")
    if actor.cap is Access.READ and call.scope["method"] not in ("GET", "HEAD"):
        raise ReadOnly("This credential may only read.")
    if link is not None:
        call.scope[LINK] = await _open(call, link.strip(), actor.id or None)
    if actor.id:
        await _give_home(call, actor)
    return actor


async def _actor(call: Call) -> Actor:
    authorization = call.header(b"authorization")
    if authorization is None:
        raise NoCredential("Log in: by login and password, or with a bearer token.")
    scheme, _, rest = authorization.strip(" \t").partition(" ")
    if scheme.lower() == "bearer" and rest.strip() and rest.isascii():
        return await admitting.identify(call.house, "token", rest.strip())
    pair = basic(call)
    if pair is None:
        raise MalformedCredential("Authorization", "The Authorization header must be Basic or Bearer.")
    return await signing_in.by_password(call.house, *pair, call.address)


def basic(call: Call) -> tuple[str, str] | None:
    """Name and secret of a Basic Authorization header; None if there is none that can be read."""
    scheme, _, encoded = (call.header(b"authorization") or "").strip(" \t").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # what older clients send
    name, colon, secret = text.partition(":")
    return (name, secret) if colon else None


async def _open(call: Call, text: str, person: int | None) -> int:
    """The number of the link that was named, if it lets the caller in."""
    number = await call.house.read(None, lambda work: naming.link(work, text))
    if number is None:
        raise LinkShut("This link does not exist, has expired, or is not for you.")
    code = _code(call, text)
    try:
        return await publishing.open_link(call.house, number, code, person, call.address)
    except CodeNeeded:
        if code is None or "%" not in code:
            raise
    return await publishing.open_link(call.house, number, unquote(code), person, call.address)


def _code(call: Call, link: str) -> str | None:
    """The access code in the cookie of the link."""
    wanted = f"daccesscode-{link}".lower()
    for part in (call.header(b"cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and name.strip().lower() == wanted:
            return value.strip().strip('"')
    return None


async def _give_home(call: Call, actor: Actor) -> None:
    """Make sure that there is a home folder, where the call may mean it."""
    path: str = call.scope["path"].rstrip("/")
    if not (any(map(inward.is_self, call.path.values())) or path.endswith(_NEEDS_HOME)):
        return
    if await call.house.read(actor, lambda work: browsing.find_home(work, actor.id)) is None:

        async def make(work: Work) -> None:
            await filing.home(work, actor.id)

        await call.house.write(actor, make)
