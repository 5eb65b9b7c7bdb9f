"""Public links: doors to one node and what lies below it, for whoever holds the link and passes its conditions."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.errors import Invalid
from polyshare.domain.permissions import Permission

GIVEN_BY_LINKS = (Permission.VIEW, Permission.DOWNLOAD, Permission.EDIT)
SHORTEST_CODE, LONGEST_CODE = 8, 50
LONGEST_NAME = 255


class Audience(StrEnum):
    """Whom a link lets in."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a link is for: a user's or group's id, and how it was named when the link was made."""

    principal: int
    named: str


@dataclass(frozen=True, slots=True)
class Link:
    """
    A public link; times are microseconds.

    Attributes:
        node: Id of the node that it leads to.
        name: Empty for the one unnamed link that a node may have.
        readers: In the order given; empty unless the audience is LISTED.
        coded: Whether it asks for an access code.
        created_by: Id of who made it.
    """

    id: int
    public_id: str
    node: int
    name: str
    audience: Audience
    permissions: Permission
    readers: Sequence[Reader]
    coded: bool
    expires_at: int | None
    created_by: int
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """
    What a link is to be.

    Attributes:
        permissions: VIEW, DOWNLOAD or EDIT, each with what it implies.
        code_hash: Of the access code, from `publishing.hash_code`; None: it asks for none.
    """

    audience: Audience
    permissions: Permission
    readers: tuple[Reader, ...] = ()
    name: str = ""
    expires_at: int | None = None
    code_hash: str | None = None


def checked_terms(terms: LinkTerms) -> LinkTerms:
    """The terms, if they make sense; raises Invalid, which names the field."""
    if terms.permissions not in GIVEN_BY_LINKS:
        raise Invalid(
            "A public link lets people view, download or contribute, and nothing else.", "permissions"
        )
    if (terms.audience is Audience.LISTED) != bool(terms.readers):
        raise Invalid("Name whom the link is for, or let in anyone or everybody signed in.", "readers")
    if len(terms.name) > LONGEST_NAME or (terms.name and not terms.name.isprintable()):
        raise Invalid(f"The name of a link has at most {LONGEST_NAME} printable characters.", "name")
    return terms
