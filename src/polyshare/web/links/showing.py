"""What a link shows: its folders and files, as pages for people and as lines for programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.dialects.base.answers import Answer, Stream
from polyshare.domain.nodes import Node, NodeKind, NodeOrder, Reach
from polyshare.domain.views import Window
from polyshare.engine.content import previewing, storing
from polyshare.engine.content.previewing import Excerpt, Show
from polyshare.engine.content.storing import Download
from polyshare.engine.links import opening_links
from polyshare.engine.tree import browsing
from polyshare.engine.work import Work
from polyshare.web.links import giving, rendering
from polyshare.web.links.rendering import Headers
from polyshare.web.links.visiting import Visit, wants_page

PER_PAGE = 100
_ORDERS = {"name": (NodeOrder.NAME, False), "newest": (NodeOrder.MODIFIED, True)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A node in a list: where it leads, and where its bytes are, if it has any that may leave."""

    node: Node
    name: str
    address: str
    download: str | None

    @property
    def is_folder(self) -> bool:
        """Whether it can be gone into."""
        return self.node.kind is not NodeKind.FILE


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of entries; `total` and `size` are those of all, `page` counts from 1."""

    entries: Sequence[Entry]
    total: int
    size: int
    page: int
    order: str = "name"

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // PER_PAGE), 1)


async def front(visit: Visit, headers: Headers = ()) -> Answer | Stream:
    """What stands at the link's own address: its one file or folder, or a list of what it leads to."""
    reached = await opening_links.looking(visit.call.house, lambda work: opening_links.tops(work, visit.door))
    _count(visit)
    if len(reached) == 1:
        return await inside(visit, reached[0], headers)
    nodes = [one.node for one in reached]
    entries = [_entry(visit, node) for node in nodes]
    listing = Listing(entries, len(nodes), sum(node.size for node in nodes), 1)
    if not wants_page(visit.call):
        return _lines(visit, f"shared by {visit.door.maker}", listing, headers)
    archive = f"{visit.base}/zip" if visit.door.may_download else None
    return _page(visit, "link_folder.html", headers, title="Shared files", listing=listing, archive=archive)


def _count(visit: Visit) -> None:
    """An opening is a look at the link's own address; where uses are limited, redeeming one was counted."""
    if visit.call.scope["method"] == "GET" and visit.door.link.uses_left is None:
        visit.call.house.openings.count(visit.door.link.id, visit.call.house.clock())


async def inside(visit: Visit, reached: Reach, headers: Headers = ()) -> Answer | Stream:
    """A folder or a file behind the link."""
    if not visit.door.may_read:
        return _drop(visit, reached, headers)
    if reached.node.kind is NodeKind.FILE:
        return await _file(visit, reached, headers)
    return await _folder(visit, reached, headers)


def _drop(visit: Visit, reached: Reach, headers: Headers) -> Answer:
    opening_links.folder_for(reached)
    if not wants_page(visit.call):
        lines = [
            f"This link takes files for {visit.door.maker}. Send them as a form:",
            f"  curl -F file=@NAME {visit.absolute(visit.base + '/leave')}",
        ]
        return rendering.plain(200, lines, headers)
    return _page(
        visit,
        "link_drop.html",
        headers,
        title=f"Leave files for {visit.door.maker}",
        limit=visit.call.house.settings.file_limit_bytes,
    )


async def _folder(visit: Visit, reached: Reach, headers: Headers) -> Answer:
    number = _page_asked(visit)
    order = visit.call.value("order") or "name"
    by, descending = _ORDERS.get(order, _ORDERS["name"])
    window = Window((number - 1) * PER_PAGE, PER_PAGE)

    async def look(work: Work) -> tuple[Listing, list[tuple[int, str]]]:
        found = await browsing.children(work, reached, order=by, descending=descending, window=window)
        entries = [_entry(visit, one.node) for one in found.rows]
        listing = Listing(
            entries, found.total, reached.node.size, number, order if order in _ORDERS else "name"
        )
        return listing, await opening_links.trail(work, visit.door, reached)

    listing, above = await opening_links.looking(visit.call.house, look)
    if not wants_page(visit.call):
        return _lines(visit, f"{_name(reached.node)}, shared by {visit.door.maker}", listing, headers)
    archive = visit.of(reached.node, "zip") if visit.door.may_download and listing.total else None
    return _page(
        visit,
        "link_folder.html",
        headers,
        title=_name(reached.node),
        node=reached.node,
        listing=listing,
        archive=archive,
        leave=visit.of(reached.node, "leave") if visit.door.may_add else None,
        trail=_trail(visit, above),
        here=visit.of(reached.node) if above or not reached.top else visit.base,
    )


async def _file(visit: Visit, reached: Reach, headers: Headers) -> Answer | Stream:
    if not wants_page(visit.call):
        return await _bare(visit, reached, headers)

    async def look(work: Work) -> tuple[Download, list[tuple[int, str]]]:
        found = await storing.open_version(work, reached)
        return found, await opening_links.trail(work, visit.door, reached)

    found, above = await opening_links.looking(visit.call.house, look)
    original = visit.door.may_download
    shown = previewing.shown_as(previewing.type_of(found.mime, found.name), original=original)
    text: Excerpt | None = None
    if shown is Show.TEXT:
        text = await previewing.excerpt(visit.call.house, found)
    return _page(
        visit,
        "link_file.html",
        headers,
        title=found.name,
        node=reached.node,
        shown=shown.value if shown is not None else None,
        text=text,
        source=visit.of(reached.node, "view" if original else "picture"),
        download=visit.of(reached.node, "download") if original else None,
        trail=_trail(visit, above),
    )


async def _bare(visit: Visit, reached: Reach, headers: Headers) -> Answer | Stream:
    """A file for a program: itself, or where the link only shows it, the text in it."""
    if visit.door.may_download:
        stream = await giving.download(visit, reached)
        return Stream(stream.status, (*stream.headers, *headers), stream.length, stream.chunks)
    found = await opening_links.looking(visit.call.house, lambda work: storing.open_version(work, reached))
    shown = previewing.shown_as(previewing.type_of(found.mime, found.name), original=False)
    if shown is Show.TEXT:
        text = await previewing.excerpt(visit.call.house, found)
        return rendering.plain(200, text.text.splitlines(), headers)
    if shown is Show.PICTURE:
        return await giving.picture(visit, reached)
    return rendering.plain(403, ["This link shows what it can, and does not give files away."], headers)


def _lines(visit: Visit, title: str, listing: Listing, headers: Headers) -> Answer:
    """A list for programs: a line of comment, then size, time, address and name of each entry, parted by tabs."""
    entries = rendering.count_text(listing.total, "entry", "entries")
    lines = [f"# {title}: {entries}, {listing.size} bytes"]
    for one in listing.entries:
        address = visit.absolute(one.download or one.address)
        name = f"{one.name}/" if one.is_folder else one.name
        lines.append(f"{one.node.size}\t{rendering.iso_text(one.node.modified_at)}\t{address}\t{name}")
    if listing.page < listing.pages:
        lines.append(f"# page {listing.page} of {listing.pages}; the next is ?page={listing.page + 1}")
    return rendering.plain(200, lines, headers)


def _page(visit: Visit, template: str, headers: Headers, **values: object) -> Answer:
    left = visit.call.value("left") or ""
    given = {"link": visit.door.link, "maker": visit.door.maker, "door": visit.door, "base": visit.base}
    received = int(left) if left.isascii() and left.isdecimal() and len(left) < 4 else 0
    return rendering.page(template, 200, headers, **given, received=received, **values)


def _entry(visit: Visit, node: Node) -> Entry:
    can_leave = node.kind is NodeKind.FILE and visit.door.may_download
    download = visit.of(node, "download") if can_leave else None
    return Entry(node, _name(node), visit.of(node), download)


def _name(node: Node) -> str:
    return node.name or "Shared files"


def _trail(visit: Visit, above: Sequence[tuple[int, str]]) -> list[tuple[str, str]]:
    """The folders above as addresses and names; where the link leads to one thing, the first is the link's own address."""
    steps = [(visit.of(id_), name or "Shared files") for id_, name in above]
    if visit.door.link.node is None and not steps:
        return [(visit.base, "Shared files")]
    if steps and visit.door.link.node is not None:
        steps[0] = (visit.base, steps[0][1])
    return steps


def _page_asked(visit: Visit) -> int:
    """The page that was asked for; what is no number of a page is the first."""
    text = visit.call.value("page") or "1"
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 8 else 1
