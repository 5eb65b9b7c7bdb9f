"""Files: uploaded, shown, downloaded, renamed, moved, copied, put into the trash."""

from typing import Any

from polyshare.dialects.base import downloads, lenient, multipart
from polyshare.dialects.base.answers import Answer, Stream
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient
from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.errors import ABOUT
from polyshare.dialects.oracle.routes import folders, subjects
from polyshare.dialects.oracle.routes.subjects import Target
from polyshare.dialects.oracle.translate import formats, inward
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.nodes import NodeKind, Taken, checked_node_name
from polyshare.engine.content import storing
from polyshare.engine.content.storing import Staged
from polyshare.engine.tree import deeds, filing
from polyshare.engine.work import Work

LONGEST_INPUT = 65_536
"""Bytes of the part that says where an upload goes."""

FORM_OVERHEAD = 1_048_576
"""How much longer a form may be than the file in it; base64 makes it longer still."""


async def upload_file(call: Call, _: None, __: None) -> wire.Item:
    """
    POST files/data: a new file, or the next version of the one that has the name there.

    The two parts come in either order; where the place is said first, nothing is read for who may not put anything there.
    """
    parent: str | None = None
    staged: tuple[Staged, str, str] | None = None
    limit = call.house.settings.file_limit_bytes
    async for part in multipart.parts(call, limit * 3 // 2 + FORM_OVERHEAD):
        if part.name.lower() == "jsoninputparameters":
            fields = lenient.read(await part.whole(LONGEST_INPUT))
            parent = call.scope[ABOUT] = inward.required(_text_of(fields, "parentID"), "parentID")
            if staged is None:
                await call.read(lambda work, to=parent: _place(call, work, to))  # type: ignore[misc] # bound now
        elif part.name.lower() == "primaryfile" and staged is None:
            name = checked_node_name(_base_name(part.file_name or ""), "primaryFile")
            staged = await storing.stage(call.house, part.chunks(), limit), name, part.mime
    if parent is None:
        raise Invalid("The part jsonInputParameters with parentID is required.", "jsonInputParameters")
    if staged is None:
        raise Invalid("The part primaryFile with a file name is required.", "primaryFile")
    bytes_, name, mime = staged
    where = parent

    async def keep(work: Work) -> wire.Item:
        into = await _place(call, work, where)
        node = await storing.keep(work, into.reach, name, bytes_, mime, Taken.VERSION)
        return await folders.shown(call, work, node)

    return await call.write(keep)


async def _place(call: Call, work: Work, parent: str) -> Target:
    """The folder that an upload goes to, if the caller may put something there."""
    into = await subjects.reach(call, work, parent)
    if into.reach.node.kind is not NodeKind.FOLDER:
        raise NotFound("item")
    deeds.allow_adding(into.reach)
    return into


def _text_of(fields: dict[str, Any], name: str) -> str | None:
    """A field of a body, its name exactly or without regard to case."""
    value = fields.get(name)
    if value is None:
        value = next((given for key, given in fields.items() if key.lower() == name.lower()), None)
    if value is not None and not isinstance(value, str):
        raise BadBody(f"{name} must be a text.", name)
    return value


def _base_name(name: str) -> str:
    """What some clients send is a path; a folder's name is no part of a file's."""
    return name.replace("\\", "/").rpartition("/")[2]


async def show_file(call: Call, target: Target, _: None) -> wire.Item:
    """GET files/{id}."""
    return await folders.shown_reach(call.work, target.reach)


async def download_file(call: Call, target: Target, number: int | None) -> Answer | Stream:
    """GET files/{id}/data."""
    deeds.allow_reading(target.reach)
    found = await call.read(lambda work: storing.open_version(work, target.reach, number))
    stream = downloads.streamed(call, found, (formats.ecid(call),))
    downloads.demand(stream.status, found.size)
    return stream


async def edit_file(call: Call, target: Target, body: wire.FolderInput) -> wire.Item:
    """PUT files/{id}."""
    deeds.allow_renaming(target.reach)
    if body.description is None:
        inward.required(body.name, "name")
    after = await filing.rename(call.work, target.reach, body.name, body.description, taken=Taken.REFUSE)
    return await folders.shown(call, call.work, after)


async def delete_file(call: Call, target: Target, _: None) -> wire.Done:
    """DELETE files/{id}: into the trash."""
    deeds.allow_removing(target.reach)
    await filing.trash(call.work, target.reach)
    return wire.Done(id=target.id, type="file")


async def move_file(call: Call, target: Target, body: wire.Destination) -> wire.Done:
    """POST files/{id}/move."""
    moved = await folders.move_folder(call, target, body)
    moved.type = "file"
    return moved


async def copy_file(call: Call, target: Target, body: wire.Destination) -> wire.Done:
    """POST files/{id}/copy."""
    made, id_ = await folders.copied(call, target, body)
    return wire.Done(id=id_, version=str(made.version), type="file")


def _version(call: Call) -> int | None:
    return inward.version_in(lenient.in_query(call, "version"))


_edit = Lenient[wire.FolderInput](wire.FolderInput)
_destination = Lenient[wire.Destination](wire.Destination)
_F = "/files/{file}"

ROUTES = (
    Route("POST", "/files/data", upload_file, Doing.STEPS, status=201),
    Route("GET", _F, show_file, Doing.READ, None, subjects.file),
    Route("GET", f"{_F}/data", download_file, Doing.STEPS, _version, subjects.file),
    Route("HEAD", f"{_F}/data", download_file, Doing.STEPS, _version, subjects.file),
    Route("PUT", _F, edit_file, Doing.WRITE, _edit, subjects.file, has_body=True),
    Route("DELETE", _F, delete_file, Doing.WRITE, None, subjects.file, has_body=True),
    Route("POST", f"{_F}/move", move_file, Doing.WRITE, _destination, subjects.file, has_body=True),
    Route("POST", f"{_F}/copy", copy_file, Doing.STEPS, _destination, subjects.file, has_body=True),
)
