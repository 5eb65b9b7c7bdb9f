"""What `/me/v1/links` takes and gives, field by field; ours, so unknown fields in requests are refused."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from polyshare.domain.links import MOST_USES, Link, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.engine.links.handing_out import Made
from polyshare.web.admin_shapes.common import Given, Moment, moment

Gives = Literal["view", "download", "contribute", "drop"]
Audience = Literal["anyone", "signed_in", "listed"]
Uses = Annotated[int, Meta(ge=0, le=MOST_USES)]

PERMISSIONS = {
    "view": Permission.VIEW,
    "download": Permission.DOWNLOAD,
    "contribute": Permission.EDIT,
    "drop": Permission.EDIT,
}


class NewLink(Given, kw_only=True):
    """Body of POST /links; an empty password is none, 0 uses are as many as anybody likes."""

    path: str
    name: str = ""
    gives: Gives = "download"
    audience: Audience = "anyone"
    readers: list[str] = field(default_factory=list)
    password: str = ""
    expires_at: Moment | None = None
    uses: Uses = 0


class LinkChange(Given, kw_only=True):
    """
    Body of PATCH /links/{id}; an empty password takes it away, 0 uses are as many as anybody likes.

    `expires_at` is a moment, or "never".
    """

    name: str | None = None
    gives: Gives | None = None
    audience: Audience | None = None
    readers: list[str] | None = None
    password: str | None = None
    expires_at: str | None = None
    uses: Uses | None = None


class LinkedItem(Struct):
    """What a link leads to."""

    name: str
    kind: str
    size: int


class LinkOut(Struct):
    """
    A link as its maker sees it; `password` says whether it has one.

    One of a share has the share's id, and leads to what that holds: `item`, null if it is not there, and `others` more.
    """

    id: str
    url: str
    name: str
    share: str | None
    item: LinkedItem | None
    others: int
    gives: str
    audience: str
    readers: list[str]
    password: bool
    expires_at: Moment | None
    uses_left: int | None
    opened: int
    opened_at: Moment | None
    created_at: Moment
    modified_at: Moment


def link_out(made: Made, base: str) -> LinkOut:
    """A link; *base* is the address of this server, without a final slash."""
    link, node = made.link, made.node
    return LinkOut(
        id=link.public_id,
        url=f"{base}/l/{link.token}" if made.share is None else f"{base}/action/share/{made.share}",
        name=link.name,
        share=made.share,
        item=None if node is None else LinkedItem(node.name, node.kind.value, node.size),
        others=made.others,
        gives=gives_of(link),
        audience=link.audience.value,
        readers=[reader.named for reader in link.readers],
        password=link.coded,
        expires_at=None if link.expires_at is None else moment(link.expires_at),
        uses_left=link.uses_left,
        opened=link.opened,
        opened_at=None if link.opened_at is None else moment(link.opened_at),
        created_at=moment(link.created_at),
        modified_at=moment(link.modified_at),
    )


def gives_of(link: Link | LinkTerms) -> Gives:
    """What a link gives, in a word."""
    if link.drops:
        return "drop"
    if Permission.EDIT in link.permissions.closed:
        return "contribute"
    return "download" if Permission.DOWNLOAD in link.permissions.closed else "view"
