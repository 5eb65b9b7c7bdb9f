"""Collections of files; version 1.1 alone has them."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.routes import folders, subjects
from polyshare.dialects.oracle.routes.subjects import Target, person_of
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.domain.errors import Denied, Invalid, NotFound
from polyshare.engine.directory import naming
from polyshare.engine.tree import deeds, filing, gathering
from polyshare.engine.tree.gathering import Gathered


async def create_collection(call: Call, _: None, body: wire.FolderInput) -> wire.Item:
    """POST collections."""
    name = inward.required(body.name, "name")
    drive = await filing.home(call.work, _person(call))
    made = await gathering.create(call.work, drive, name, body.description or "")
    return await folders.shown(call, call.work, made)


async def list_collections(call: Call, _: None, __: None) -> wire.Listing:
    """GET collections/items: one's own, then those that are shared with one."""
    own, shared = await gathering.list_all(call.work, _person(call))
    tail = await naming.tail(call.work)
    items = [outward.item_out(seen, tail) for seen in (*own, *shared)]
    return wire.Listing(
        count=str(len(items)),
        totalResults=str(len(items)),
        totalOwned=str(len(own)),
        totalShared=str(len(shared)),
        hasMore="0",
        offset="0",
        items=items,
    )


async def delete_collection(call: Call, target: Target, _: None) -> wire.Done:
    """DELETE collections/{id}: into the trash; its files stay where they lie."""
    deeds.allow_removing(target.reach)
    await filing.trash(call.work, target.reach)
    return wire.Done(id=target.id, type="collection")


async def add_asset(call: Call, target: Target, _: None) -> wire.Assets:
    """POST collections/{id}/files/{file}."""
    file = await subjects.reach(call, call.work, call.path["file"])
    await gathering.add(call.work, target.reach, [file.reach])
    return wire.Assets(id=target.id, itemID=file.id)


async def remove_asset(call: Call, target: Target, _: None) -> wire.Assets:
    """DELETE collections/{id}/files/{file}."""
    await gathering.remove(call.work, target.reach, [await _node(call, call.path["file"])])
    return wire.Assets(id=target.id)


async def add_assets(call: Call, target: Target, body: wire.AssetsInput) -> wire.Assets:
    """POST collections/{id}/files."""
    ids, skip = _ids(body), inward.flag_in(body.skipDuplicate, "skipDuplicate")
    files = [await subjects.reach(call, call.work, text) for text in ids]
    gathered = await gathering.add(call.work, target.reach, [one.reach for one in files], skip=skip)
    return _assets(target, ids, gathered, "The asset is in the collection already.", skip=skip)


async def remove_assets(call: Call, target: Target, body: wire.AssetsInput) -> wire.Assets:
    """DELETE collections/{id}/files."""
    ids, skip = _ids(body), inward.flag_in(body.skipIfNotInCollection, "skipIfNotInCollection")
    nodes = [await _node(call, text) for text in ids]
    gathered = await gathering.remove(call.work, target.reach, nodes, skip=skip)
    return _assets(target, ids, gathered, "The asset is not in the collection.", skip=skip)


def _assets(
    target: Target, ids: list[str], gathered: list[Gathered], passed_over: str, *, skip: bool
) -> wire.Assets:
    answer = wire.Assets(count=str(sum(one.done for one in gathered)), id=target.id, idList=",".join(ids))
    if skip:
        answer.items = [
            wire.Asset(text, "" if one.done else passed_over) for text, one in zip(ids, gathered, strict=True)
        ]
    return answer


def _ids(body: wire.AssetsInput) -> list[str]:
    """The ids of the files named, each once."""
    name = "idList" if body.idList is not None or body.fileIDs is None else "fileIDs"
    given = inward.ids_in(getattr(body, name), name, many=True)
    if len(given) > MOST_NAMED:
        raise Invalid(f"{name} names {len(given)}; at most {MOST_NAMED} are allowed.", name)
    return list(dict.fromkeys(text.upper() for text in given))


MOST_NAMED = 100
"""How many files one call names at most; each is looked at for itself."""


async def _node(call: Call, text: str) -> int:
    found = await naming.node(call.work, text)
    if found is None:
        raise NotFound("item")
    return found


def _person(call: Call) -> int:
    person = person_of(call.work)
    if person is None:
        raise Denied("Collections are for people who are signed in.")
    return person


_collection = Lenient[wire.FolderInput](wire.FolderInput)
_assets_in = Lenient[wire.AssetsInput](
    wire.AssetsInput, query=("idList", "skipDuplicate", "skipIfNotInCollection")
)
_C = "/collections/{collection}"

ROUTES = (
    Route("POST", "/collections", create_collection, Doing.WRITE, _collection, has_body=True, status=201),
    Route("GET", "/collections/items", list_collections, Doing.READ),
    Route("DELETE", _C, delete_collection, Doing.WRITE, None, subjects.collection, has_body=True),
    Route("POST", f"{_C}/files", add_assets, Doing.WRITE, _assets_in, subjects.collection, has_body=True),
    Route(
        "DELETE", f"{_C}/files", remove_assets, Doing.WRITE, _assets_in, subjects.collection, has_body=True
    ),
    Route("POST", f"{_C}/files/{{file}}", add_asset, Doing.WRITE, None, subjects.collection, has_body=True),
    Route(
        "DELETE", f"{_C}/files/{{file}}", remove_asset, Doing.WRITE, None, subjects.collection, has_body=True
    ),
)
