"""Permissions on the files of a device: given, looked up and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud.errors import Parameter
from polyshare.dialects.mycloud.routes import visits
from polyshare.dialects.mycloud.translate import inward, outward
from polyshare.dialects.mycloud.translate.inward import PermBody
from polyshare.dialects.mycloud.wire.permissions import FilePerms
from polyshare.domain.link_shares import Entity, FilePermission, PersonalPermission
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.credentials import verifying
from polyshare.engine.links import linking, permitting
from polyshare.engine.tree import access
from polyshare.engine.work import Work


@dataclass(frozen=True, slots=True)
class Asked:
    """Which permissions on a file are looked up; None: all."""

    file: str
    kind: str | None
    named: str | None


async def give_permission(call: Call, _: None, body: PermBody) -> Answer:
    """POST {device}/sdk/v1/filePerms."""
    work = call.work
    reached = await managed(call, body.file)
    made: FilePermission | PersonalPermission
    if body.entity is not None:
        made = await permitting.permit(work, reached, body.entity, body.named, body.permissions)
        if body.entity is Entity.LINK:
            await linking.lay(work, body.named, body.file, reached.node.id, call.path["device"])
    else:
        person = (await verifying.persons_of(work, [body.named])).get(body.named)
        if person is None:
            raise Parameter("entity.id", f"nobody is known as {body.named[:80]!r}")
        made = await permitting.permit_person(work, reached, person, body.permissions)
    [shown] = (await _shown(work, body.file, [made])).filePerms
    where = f"/sdk/v1/filePerms/{shown.id}".encode()
    return Answer(201, encode(shown), ((b"location", where),))


async def find_permissions(call: Call, _: None, asked: Asked) -> FilePerms:
    """GET {device}/sdk/v1/filePermsSearch/granting."""
    work = call.work
    reached = await managed(call, asked.file)
    found: list[FilePermission | PersonalPermission] = []
    entity, named = _entity(asked), asked.named
    if asked.kind != "cloudShare" and entity is None:
        person = None
        if named is not None:
            person = (await verifying.persons_of(work, [named])).get(named, 0)
        found += [
            one
            for one in await permitting.granting_people(work, reached, person)
            if Permission.DOWNLOAD in one.permissions.closed
        ]
    if entity is not None or named is None or asked.kind is None:
        link = named if entity in (None, Entity.LINK) else ""
        permissions = await permitting.granting(work, reached, entity, link)
        found += [one for one in permissions if asked.kind != "user" or one.entity is not Entity.LINK]
    return await _shown(work, asked.file, found)


def _entity(asked: Asked) -> Entity | None:
    """One entity that is meant; None: a user, or not only one."""
    if asked.kind == "cloudShare":
        return Entity.LINK
    return None if asked.named is None else inward.entity_in("user", asked.named)


async def take_permission(call: Call, _: None, __: None) -> Answer:
    """DELETE {device}/sdk/v1/filePerms/{permission}."""
    await permitting.forbid(call.work, call.actor.id, call.path["permission"], call.path["device"])
    return Answer(204)


async def managed(call: Call, file: str) -> Reach:
    """
    The file or folder of that id, or the `root`, on the device of the path, if the caller may permit others something there.

    Raises:
        NotFound: There is none, it lies elsewhere, or the caller may not read it.
        Insufficient: The caller may read it and no more.
    """
    reached = await visits.reach(call, call.work, file)
    access.allow(reached, Permission.MANAGE)
    return reached


async def _shown(work: Work, file: str, found: Sequence[FilePermission | PersonalPermission]) -> FilePerms:
    people = [one.person for one in found if isinstance(one, PersonalPermission)]
    subjects = await verifying.subjects_of(work, people)
    ids = await permitting.shown(work, found)
    return FilePerms(
        [outward.permission_out(id_, file, one, subjects) for id_, one in zip(ids, found, strict=True)]
    )


def _asked(call: Call) -> Asked:
    file, kind = call.value("fileID"), call.value("entityType") or None
    if not file:
        raise Parameter("fileID")
    if kind not in (None, "user", "cloudShare"):
        raise Parameter("entityType")
    user = call.value("userID") or None
    return Asked(file, "user" if user is not None else kind, user or call.value("entityID") or None)


_SDK = "/{device}/sdk/v1"

ROUTES = (
    Route(
        "POST",
        f"{_SDK}/filePerms",
        give_permission,
        Doing.WRITE,
        inward.new_permission,
        has_body=True,
        status=201,
    ),
    Route("GET", f"{_SDK}/filePermsSearch/granting", find_permissions, Doing.READ, _asked),
    Route("DELETE", f"{_SDK}/filePerms/{{permission}}", take_permission, Doing.WRITE),
)
