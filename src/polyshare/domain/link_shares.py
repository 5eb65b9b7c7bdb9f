"""Shares that open by their link, and the permissions on nodes that these need as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.links import Audience, Reader
from polyshare.domain.permissions import Permission

SOMEBODY = Reader(None, "somebody")
"""How a share's readers name whoever is signed in; what counts is its audience."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a share, by the key that its owner sent; `node` is what that key names, None while it names nothing."""

    key: str
    node: int | None


@dataclass(frozen=True, slots=True)
class LinkShare:
    """
    A share with one grant, which its link holds; times are microseconds.

    Attributes:
        id: Of the share.
        link: Id of its link, and of the principal that the link is.
        entity: Public id of that principal: what permissions on nodes name it by.
        place: Where the things lie, as the owner named it.
        readers: As they were sent, in order; they count only if the audience is LISTED.
        meta: Luggage: raw JSON text that only the dialect reads.
        coded: Whether the link asks for an access code.
        uses_left: How often the link can still be redeemed; None: as often as anybody likes.
    """

    id: int
    public_id: str
    link: int
    entity: str
    owner: int
    place: str
    things: Sequence[Thing]
    audience: Audience
    readers: Sequence[Reader]
    meta: str
    coded: bool
    expires_at: int | None
    uses_left: int | None
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class NewLinkShare:
    """
    A share by link to be made.

    Attributes:
        public_id, entity: Where somebody fixed them; None: drawn at random, as UUIDs.
        code_hash, expires_at, uses, token: As in `LinkTerms`.
    """

    place: str
    things: tuple[Thing, ...]
    audience: Audience
    readers: tuple[Reader, ...]
    meta: str
    public_id: str | None = None
    entity: str | None = None
    code_hash: str | None = None
    expires_at: int | None = None
    uses: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class ShareChanges:
    """What is to be other about a share by link from now on; None: as it was. Readers go with their audience."""

    things: tuple[Thing, ...] | None = None
    audience: Audience | None = None
    readers: tuple[Reader, ...] = ()
    meta: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which shares by link somebody asks for.

    Attributes:
        received: Those that were given to the person by name, instead of those that it made.
        owner, place, key: Whose, where the things lie, and one of their keys; None: any.
    """

    received: bool = False
    owner: int | None = None
    place: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class LinkSharePage:
    """A stretch of a list of shares by link, newest first; `before`: where the next one goes on, None: there is none."""

    rows: Sequence[LinkShare]
    before: int | None


class Entity(StrEnum):
    """To whom a permission on a node is given: to one link, to whoever has any token of ours, or to whoever is signed in."""

    LINK = "link"
    EVERYONE = "everyone"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class FilePermission:
    """
    A permission on a node, and so on what lies below it; `named` is the link's public id as a principal, else empty.

    For a link it is the second key that a gated share needs; for the others it counts like a grant.
    """

    id: int
    public_id: str
    node: int
    entity: Entity
    named: str
    permissions: Permission
    created_at: int


@dataclass(frozen=True, slots=True)
class PersonalPermission:
    """What a user holds on a node by a grant there, seen as a permission; `grant` is the id of the highest such grant."""

    grant: int
    node: int
    person: int
    permissions: Permission


@dataclass(frozen=True, slots=True)
class Bearer:
    """
    Who came with the token of a link.

    Attributes:
        entity: Public id of the link as a principal.
        share: Public id of the share.
        reader: Id of the user who got the token; None: nobody known.
    """

    entity: str
    share: str
    reader: int | None
