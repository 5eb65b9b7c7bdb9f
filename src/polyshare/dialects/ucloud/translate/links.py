"""Share links: from their words to ours and back."""

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.ucloud.translate import paging, share_lists
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.translate.shares import permissions_out
from polyshare.dialects.ucloud.wire import links as wire
from polyshare.domain import paths
from polyshare.domain.join_links import JoinLink

_BROWSED: Query[wire.LinksOf] = Query(wire.LinksOf)


class Links(Struct):
    """What a list of links was asked for; a token carries it."""

    path: str
    size: int


def browsed(call: Call) -> Listing[Links]:
    """What GET …/browse asks for; raises BadQuery."""
    read = _BROWSED(call)
    if not read.path and not read.next:
        raise BadQuery("path", "path is required.")
    asked = Links(paths.normal(read.path or "") or "", paging.size(read))
    return share_lists.listing("share.links.browse", read, asked, lambda _: int)


def link_out(link: JoinLink) -> wire.ShareLink:
    """A link as its owner sees it."""
    permissions = permissions_out(link)
    return wire.ShareLink(link.token, link.expires_at // 1000, permissions, link.path, link.owner_login)


def retrieved_out(link: JoinLink, location: str | None) -> wire.Retrieved:
    """A link as anybody sees it who has it; *location* is where the folder is to be found by them, if they have it."""
    return wire.Retrieved(link.token, link.path, link.owner_login, location)
