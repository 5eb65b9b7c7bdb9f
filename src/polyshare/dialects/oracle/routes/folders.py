"""Folders: made, shown, listed, searched, renamed, moved, copied, put into the trash."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient, in_query
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.routes import subjects
from polyshare.dialects.oracle.routes.subjects import Target, person_of
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.dialects.oracle.translate.inward import Page
from polyshare.domain.errors import Denied
from polyshare.domain.nodes import Node, NodeKind, NodeSeen, Reach, Taken
from polyshare.domain.views import Slice
from polyshare.engine.directory import naming
from polyshare.engine.tree import access, browsing, copying, deeds, filing, moving, searching
from polyshare.engine.work import Work


async def shown(call: Call, work: Work, node: Node, id_: str | None = None) -> wire.Item:
    """A node as the caller sees it now, as an answer of its own."""
    reach = await access.reach(work, person_of(work), node.id, link=subjects.link_of(call))
    return await shown_reach(work, reach, id_)


async def shown_reach(work: Work, reach: Reach, id_: str | None = None) -> wire.Item:
    """What the caller reaches, as an answer of its own."""
    seen = await browsing.show(work, reach)
    return outward.item_out(seen, await naming.tail(work), alone=True, id_=id_)


async def create_folder(call: Call, into: Target, body: wire.FolderInput) -> wire.Item:
    """POST folders/{id}: a name in use gets a number."""
    name = inward.required(body.name, "name")
    deeds.allow_adding(into.reach)
    made = await filing.create_folder(call.work, into.reach, name, body.description or "", taken=Taken.NUMBER)
    return await shown(call, call.work, made)


async def show_folder(call: Call, target: Target, _: None) -> wire.Item:
    """GET folders/{id}."""
    return await shown_reach(call.work, target.reach, inward.SELF if target.id == inward.SELF else None)


async def list_home(call: Call, _: None, page: Page) -> wire.Listing:
    """GET folders/items: what lies in the home folder, and what is shared with the caller."""
    return await _home(call, page)


async def _home(call: Call, page: Page) -> wire.Listing:
    person = person_of(call.work)
    if person is None:
        raise Denied("A public link has no home folder; name the folder that it leads to.")
    found = await browsing.at_top(
        call.work, person, name=page.name, order=page.order, descending=page.descending, window=page.window
    )
    listing = outward.listing_out(found, page, await naming.tail(call.work))
    listing.ownerFolderID = inward.SELF
    return listing


async def list_folder(call: Call, target: Target, page: Page) -> wire.Listing:
    """GET folders/{id}/items."""
    tail = await naming.tail(call.work)
    seen = await browsing.show(call.work, target.reach)
    if target.id == inward.SELF:
        listing = await _home(call, page)
    else:
        found = await browsing.children(
            call.work,
            target.reach,
            name=page.name,
            order=page.order,
            descending=page.descending,
            window=page.window,
        )
        listing = outward.listing_out(found, page, tail)
    listing.type, listing.id, listing.name = outward.TYPES[seen.node.kind], target.id, seen.name
    listing.parentID = outward.parent_id(seen, tail)
    is_folder = seen.node.kind is NodeKind.FOLDER and target.id != inward.SELF
    listing.childItemsCount = str(seen.node.children) if is_folder else listing.totalResults
    return listing


async def search(call: Call, target: Target | None, given: tuple[str, Page]) -> wire.Listing:
    """GET folders/search/items and folders/{id}/search/items."""
    words, page = given
    person = person_of(call.work)
    if person is None and target is None:
        raise Denied("A public link has no home folder; name the folder that it leads to.")
    found: Slice[NodeSeen] = await searching.search(
        call.work,
        person or 0,
        words,
        within=None if target is None or target.id == inward.SELF else target.reach,
        order=page.order,
        descending=page.descending,
        window=page.window,
    )
    listing = outward.listing_out(found, page, await naming.tail(call.work))
    listing.totalCount = listing.totalResults
    return listing


async def edit_folder(call: Call, target: Target, body: wire.FolderInput) -> wire.Item:
    """PUT folders/{id}."""
    deeds.allow_renaming(target.reach)
    if body.name is None and body.description is None:
        inward.required(body.name, "name")
    after = await filing.rename(call.work, target.reach, body.name, body.description, taken=Taken.REFUSE)
    return await shown(call, call.work, after, inward.SELF if target.id == inward.SELF else None)


async def delete_folder(call: Call, target: Target, _: None) -> wire.Done:
    """DELETE folders/{id}: into the trash."""
    deeds.allow_removing(target.reach)
    await filing.trash(call.work, target.reach)
    return wire.Done(id=target.id, type="folder")


async def move_folder(call: Call, target: Target, body: wire.Destination) -> wire.Done:
    """POST folders/{id}/move."""
    into = await subjects.reach(call, call.work, inward.required(body.destinationID, "destinationID"))
    deeds.allow_moving(target.reach, into.reach)
    await moving.move(call.work, target.reach, into.reach, taken=Taken.NUMBER)
    return wire.Done(id=target.id, type="folder")


async def copy_folder(call: Call, target: Target, body: wire.Destination) -> wire.Done:
    """POST folders/{id}/copy; copies have no shares."""
    made, id_ = await copied(call, target, body)
    return wire.Done(id=id_, type=outward.TYPES[made.kind])


async def copied(call: Call, target: Target, body: wire.Destination) -> tuple[Node, str]:
    """Copy what the path names to where the body says, and tell the copy and its id."""
    destination = inward.required(body.destinationID, "destinationID")

    async def look(work: Work) -> tuple[Reach, str]:
        into = await subjects.reach(call, work, destination)
        deeds.allow_copying(target.reach, into.reach)
        return into.reach, await naming.tail(work)

    into, tail = await call.read(look)
    made = await copying.copy(call.house, call.actor, target.reach, into, taken=Taken.NUMBER)
    return made, naming.shown_node(made, {}, tail)


def _page(call: Call) -> Page:
    query = {name: in_query(call, name) for name in ("limit", "offset", "orderby", "filterName")}
    return inward.page_in(query, inward.IN_FOLDERS, 50)


def _search(call: Call) -> tuple[str, Page]:
    query = {name: in_query(call, name) for name in ("limit", "offset", "orderby")}
    words = inward.words_in(in_query(call, "fulltext"), in_query(call, "querytext"))
    return words, inward.page_in(query, inward.IN_SEARCHES, 50 if subjects.is_old(call) else 20)


_folder = Lenient[wire.FolderInput](wire.FolderInput)
_destination = Lenient[wire.Destination](wire.Destination)
_F = "/folders/{folder}"

ROUTES = (
    Route("POST", _F, create_folder, Doing.WRITE, _folder, subjects.folder, has_body=True, status=201),
    Route("GET", "/folders/items", list_home, Doing.READ, _page),
    Route("GET", "/folders/search/items", search, Doing.READ, _search),
    Route("GET", _F, show_folder, Doing.READ, None, subjects.shared),
    Route("GET", f"{_F}/items", list_folder, Doing.READ, _page, subjects.shared),
    Route("GET", f"{_F}/search/items", search, Doing.READ, _search, subjects.folder),
    Route("PUT", _F, edit_folder, Doing.WRITE, _folder, subjects.shared, has_body=True),
    Route("DELETE", _F, delete_folder, Doing.WRITE, None, subjects.folder, has_body=True),
    Route("POST", f"{_F}/move", move_folder, Doing.WRITE, _destination, subjects.folder, has_body=True),
    Route("POST", f"{_F}/copy", copy_folder, Doing.STEPS, _destination, subjects.folder, has_body=True),
)
