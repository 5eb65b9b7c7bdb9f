"""One visit to a link: under which address, by whom, how far in, and what the visitor's program understands."""

import binascii
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody
from polyshare.domain.nodes import Node
from polyshare.engine import addressing
from polyshare.engine.credentials import passes
from polyshare.engine.links import opening_links
from polyshare.engine.links.opening_links import Door, Visitor
from polyshare.engine.work import House

COOKIE = "polyshare-link"
MOST_FIELDS = 50
Finding = Callable[[House, str, Visitor], Awaitable[Door]]

PLACES: tuple[tuple[str, Finding], ...] = (
    ("/l/", opening_links.by_token),
    ("/action/share/", opening_links.by_share),
    ("/documents/link/", opening_links.by_vendor_id),
)
"""Below what links that open something stand, and how the name that follows is understood."""

INVITATIONS = "/app/shares/invite/"
"""Below what links stand that join, as UCloud's web client spells their addresses."""

PREFIXES = tuple(prefix.rstrip("/") for prefix in (*(prefix for prefix, _ in PLACES), INVITATIONS))
MISTYPED = re.compile(
    "|".join("/*" + prefix.strip("/").replace("/", "/+") + "/+" for prefix in PREFIXES), re.IGNORECASE
)
"""How an address begins that was meant to be a link's: with other capitals, or more slashes; its secret is one all the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    An address of a link page: its own part without a final slash, quoted, and what follows in steps.

    Attributes:
        find: How the link is found that the name means; None: it is an invitation.
    """

    prefix: str
    find: Finding | None
    name: str
    rest: tuple[str, ...]

    @property
    def base(self) -> str:
        """The link's own address on this server."""
        return f"{self.prefix}{quote(self.name, safe='')}"


def place_of(path: str) -> Place | None:
    """Which link's page a path (decoded) is, or lies below."""
    known: tuple[tuple[str, Finding | None], ...] = (*PLACES, (INVITATIONS, None))
    for prefix, find in known:
        if path.startswith(prefix):
            name, _, rest = path.removeprefix(prefix).partition("/")
            return Place(prefix, find, name, tuple(rest.split("/")) if rest else ()) if name else None
    return None


@dataclass(frozen=True, slots=True)
class Visit:
    """
    A request for something behind a link.

    Attributes:
        base: The link's own address on this server, without a final slash.
        rest: What follows it in the path.
    """

    call: Call
    base: str
    rest: tuple[str, ...]
    door: Door

    @property
    def method(self) -> str:
        """GET for HEAD too."""
        method: str = self.call.scope["method"]
        return "GET" if method == "HEAD" else method

    def of(self, node: Node | int, deed: str = "") -> str:
        """The address of a node behind the link, or of something that can be done with it."""
        number = node if isinstance(node, int) else node.id
        return f"{self.base}/{number:x}{'/' if deed else ''}{deed}"

    def absolute(self, address: str) -> str:
        """An address as a program elsewhere needs it."""
        return addressing.root(self.call.house.settings) + address


def wants_page(call: Call) -> bool:
    """Whether a person's browser asks: programs do not ask for HTML."""
    return "text/html" in (call.header(b"accept") or "").lower()


def is_foreign(call: Call) -> bool:
    """Whether another site had the visitor's browser send this."""
    return (call.header(b"sec-fetch-site") or "") == "cross-site"


def held_pass(call: Call) -> str | None:
    """The pass that the browser keeps for this link; each has its own, by its path."""
    for part in (call.header(b"cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and name == COOKIE:
            return value
    return None


async def pass_cookie(call: Call, base: str, door: Door) -> tuple[bytes, bytes]:
    """The header with which a browser keeps a pass, for this link alone."""
    value = await passes.issue(call.house, door.link.id, door.code_hash)
    seconds = round(call.house.settings.link_visit_hours * 3600)
    secure = call.scope.get("scheme") == "https" or addressing.root(call.house.settings).startswith("https:")
    words = [f"{COOKIE}={value}", f"Path={base}", f"Max-Age={seconds}", "HttpOnly", "SameSite=Lax"]
    return b"set-cookie", "; ".join([*words, "Secure"] if secure else words).encode()


def basic_password(call: Call) -> str | None:
    """The password that a program sends by Basic authorization, whatever the name."""
    scheme, _, encoded = (call.header(b"authorization") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[2] or None


async def form_of(call: Call) -> dict[str, str]:
    """
    The fields of a form that was sent, the last one where a name comes twice.

    Raises:
        BadBody: It has more fields than any form of ours.
        TooLarge, TooSlow: As for every body.
        ClientGone: The client hung up.
    """
    await call.read_body()
    text = call.body.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise BadBody("This form has too many fields.") from error


def number_of(text: str) -> int | None:
    """The number that a step of the path spells; None if it spells none of ours."""
    if not text or len(text) > 16 or not all(char in "0123456789abcdef" for char in text):
        return None
    number = int(text, 16)
    return number if number < 1 << 63 else None
