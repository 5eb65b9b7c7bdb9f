"""Files and folders of a device: shown, listed, found by name, renamed, moved and deleted."""

from collections.abc import Sequence

from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud.errors import Parameter
from polyshare.dialects.mycloud.routes import visits
from polyshare.dialects.mycloud.translate import files
from polyshare.dialects.mycloud.translate.files import Listing
from polyshare.dialects.mycloud.wire.files import File, FilePatch, Files
from polyshare.domain.errors import NotFound
from polyshare.domain.nodes import NodeKind, Reach, Taken
from polyshare.domain.uploads import Upload
from polyshare.domain.views import Window
from polyshare.engine.content import uploading
from polyshare.engine.directory import naming
from polyshare.engine.links import visiting
from polyshare.engine.links.visiting import Thing, Top
from polyshare.engine.tree import deeds, filing, moving, pointing
from polyshare.engine.work import Work


async def show_file(call: Call, found: Reach | Top, fields: frozenset[str]) -> File:
    """GET {device}/sdk/v2/files/{id}."""
    if isinstance(found, Top):
        return files.top_out(found, fields)
    return await shown(call.work, found, fields)


async def shown(work: Work, reached: Reach, fields: frozenset[str] = files.FIELDS) -> File:
    """A file or folder as it is told of."""
    [thing] = await visiting.show(work, [reached], sharing=bool(fields & files.SHARING))
    return files.file_out(thing, await naming.tail(work), fields)


async def list_children(call: Call, _: None, asked: Listing) -> Files:
    """GET {device}/sdk/v2/filesSearch/parents: of several folders, one after the other."""
    work, (at, after) = call.work, asked.at
    if not files.fits(asked.order, after):
        raise Parameter("pageToken")
    folders = [await _folder(call, work, text) for text in asked.ids]
    found: list[Thing] = []
    token = ""
    while at < len(folders):
        things = await _stretch(work, folders[at], asked, asked.limit + 1 - len(found), after)
        if len(found) + len(things) > asked.limit:
            kept = things[: asked.limit - len(found)]
            # The stretch went one further than the page, so what the page ends on is not where the stretch did.
            token = files.page_token(at, _key(kept[-1], asked) if kept else after)
            found += kept
            break
        found += things
        at, after = at + 1, None
    tail = await naming.tail(work)
    return Files(token, [files.file_out(thing, tail, asked.fields) for thing in found])


async def _folder(call: Call, work: Work, text: str) -> Reach | Top:
    if text == visiting.ROOT:
        top = await visiting.top(work, visits.visitor(call))
        if top is not None:
            return top
    return await visits.reach(call, work, text)


async def _stretch(
    work: Work, folder: Reach | Top, asked: Listing, limit: int, after: tuple[int | str, int] | None
) -> Sequence[Thing]:
    window, sharing = Window(0, limit, after), bool(asked.fields & files.SHARING)
    if isinstance(folder, Top):
        found = await visiting.children_of_top(
            work, folder, asked.order, window, descending=asked.descending, sharing=sharing
        )
    elif folder.node.kind is not NodeKind.FOLDER:
        return ()
    else:
        found = await visiting.children(
            work, folder, asked.order, window, descending=asked.descending, sharing=sharing
        )
    return found.rows


def _key(thing: Thing, asked: Listing) -> tuple[int | str, int]:
    return visiting.place_of(thing.seen.node, asked.order)


async def find_child(call: Call, _: None, asked: tuple[str, str, frozenset[str]]) -> File:
    """GET {device}/sdk/v2/filesSearch/parentAndName: one file by its very name."""
    parent, name, fields = asked
    folder = await _folder(call, call.work, parent)
    if isinstance(folder, Top):
        node = next((node.id for node, _ in folder.nodes if node.name == name), None)
    else:
        node = await visiting.named(call.work, folder, name)
    if node is None:
        raise NotFound("item")
    [id_] = (await pointing.shown_for(call.work, [node])).values()
    return await shown(call.work, await visits.reach(call, call.work, id_), fields)


def _by_name(call: Call) -> tuple[str, str, frozenset[str]]:
    parent, name = call.value("parentID") or visiting.ROOT, call.value("name")
    if not name:
        raise Parameter("name")
    return parent, name, files.fields_in(call)


async def change_file(call: Call, reached: Reach, patch: FilePatch) -> Answer:
    """PATCH {device}/sdk/v2/files/{id}, and POST with /patch: another name, another folder, or both."""
    taken = Taken.NUMBER if files.truth_in(call, "resolveNameConflict") else Taken.REFUSE
    if patch.parentID is not None:
        into = await visits.reach(call, call.work, patch.parentID)
        deeds.allow_moving(reached, into)
        renamed = patch.name not in (None, reached.node.name)
        # On the way its old name may be in use there, which does not matter if it gets another one.
        await moving.move(call.work, reached, into, taken=Taken.NUMBER if renamed else taken, folded=False)
    if patch.name is not None:
        deeds.allow_renaming(reached)
        await filing.rename(call.work, reached, patch.name, taken=taken, folded=False)
    return Answer(204)


async def delete_file(call: Call, found: Reach | Upload, _: None) -> Answer:
    """DELETE {device}/sdk/v2/files/{id}: into the trash; an upload under way is given up."""
    if isinstance(found, Upload):
        await uploading.give_up(call.work, found)
        return Answer(204)
    deeds.allow_removing(found)
    await filing.trash(call.work, found)
    return Answer(204)


async def _file_or_upload(call: Call) -> Reach | Upload:
    try:
        return await visits.file(call)
    except NotFound:
        number = await pointing.node(call.work, call.path["file"])
        if number is None:
            raise
        upload = await uploading.find(call.work, call.actor, number)
        await uploading.check_place(call.work, upload, call.path["device"])
        return upload


_V2 = "/{device}/sdk/v2"
_FILE = f"{_V2}/files/{{file}}"

ROUTES = (
    Route("GET", _FILE, show_file, Doing.READ, files.fields_in, visits.file_or_top),
    Route("GET", f"{_V2}/filesSearch/parents", list_children, Doing.READ, files.listing_in),
    Route("GET", f"{_V2}/filesSearch/parentAndName", find_child, Doing.READ, _by_name),
    Route("PATCH", _FILE, change_file, Doing.WRITE, files.patch_in, visits.file, has_body=True),
    Route("POST", f"{_FILE}/patch", change_file, Doing.WRITE, files.patch_in, visits.file, has_body=True),
    Route("DELETE", _FILE, delete_file, Doing.WRITE, None, _file_or_upload),
)
