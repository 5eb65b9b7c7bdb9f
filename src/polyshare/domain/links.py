"""Links: doors to one node, or to the items of one share, for whoever holds the link and passes its conditions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.errors import Invalid
from polyshare.domain.permissions import Permission

GIVEN_BY_LINKS = (Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT)
SHORTEST_CODE, LONGEST_CODE = 8, 50
LONGEST_NAME = 255
MOST_USES = 1_000_000
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Audience(StrEnum):
    """Whom a link lets in."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a link is for: how it was named when the link was made, and the user's or group's id; None: nobody bears that name."""

    principal: int | None
    named: str


@dataclass(frozen=True, slots=True)
class Link:
    """
    A link; times are microseconds.

    Attributes:
        node: Id of the node that it leads to; None: it leads to the items of a share.
        share: Id of the share whose one grant it holds; its id is then that of a principal, too. None: it leads to a node.
        token: What its short address ends in; whoever knows it has the link.
        name: Empty for the one unnamed link that a node may have.
        drops: Whether those who come may leave files there, and nothing else.
        readers: In the order given; empty unless the audience is LISTED.
        coded: Whether it asks for an access code.
        uses_left: How often it can still be redeemed; None: as often as anybody likes.
        opened: How often it was opened, last at *opened_at*.
        created_by: Id of who made it.
    """

    id: int
    public_id: str
    node: int | None
    share: int | None
    token: str
    name: str
    audience: Audience
    permissions: Permission
    drops: bool
    readers: Sequence[Reader]
    coded: bool
    expires_at: int | None
    uses_left: int | None
    opened: int
    opened_at: int | None
    created_by: int
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """
    What a link is to be.

    Attributes:
        permissions: VIEW, DOWNLOAD or EDIT, each with what it implies.
        drops: Those who come may only leave files; *permissions* is then EDIT.
        code_hash: Of the access code, from `publishing.hash_code`; None: it asks for none.
        uses: How often it can be redeemed; None: as often as anybody likes.
        token: What its short address ends in, where somebody fixed it; None: drawn at random.
    """

    audience: Audience
    permissions: Permission
    readers: tuple[Reader, ...] = ()
    name: str = ""
    expires_at: int | None = None
    code_hash: str | None = None
    drops: bool = False
    uses: int | None = None
    token: str | None = None


def checked_terms(terms: LinkTerms) -> LinkTerms:
    """The terms, if they make sense; raises Invalid, which names the field."""
    if terms.permissions not in GIVEN_BY_LINKS:
        raise Invalid("A link lets people view, download or contribute, and nothing else.", "permissions")
    if terms.drops and terms.permissions is not Permission.EDIT:
        raise Invalid("Who may leave files contributes; give the permission to edit.", "drops")
    if (terms.audience is Audience.LISTED) != bool(terms.readers):
        raise Invalid("Name whom the link is for, or let in anyone or everybody signed in.", "readers")
    if len(terms.name) > LONGEST_NAME or (terms.name and not terms.name.isprintable()):
        raise Invalid(f"The name of a link has at most {LONGEST_NAME} printable characters.", "name")
    if terms.uses is not None and not 1 <= terms.uses <= MOST_USES:
        raise Invalid(f"A link can be used from once to {MOST_USES} times.", "uses")
    if terms.token is not None and not TOKEN.fullmatch(terms.token):
        raise Invalid("A link's short address has 8 to 64 letters, digits, - or _.", "token")
    return terms
