"""Permissions on nodes: given to a link, to everyone, to whoever is signed in, or to a user, whose permission is a grant."""

from collections.abc import Sequence

from polyshare.domain import file_ids
from polyshare.domain.errors import AlreadyThere, Insufficient, Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.file_ids import Sort
from polyshare.domain.link_shares import Entity, FilePermission, PersonalPermission
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.directory import naming
from polyshare.engine.directory.directing import facts
from polyshare.engine.sharing import membering
from polyshare.engine.tree import access
from polyshare.engine.work import Work
from polyshare.store.links import file_permissions
from polyshare.store.tree import drives

LONGEST_NAMED = 255
MOST = 1000
"""How many permissions of one sort are listed at most."""


async def permit(
    work: Work, reached: Reach, entity: Entity, named: str = "", permissions: Permission = Permission.DOWNLOAD
) -> FilePermission:
    """
    Give a permission on a node, and so on what lies below it, to one who is no user; a fixed number of statements.

    Args:
        named: Of a link, its public id as a principal; nobody asks whether there is such a link.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: The name is none, or too long.
        AlreadyThere: It stands on this very node already.
    """
    access.allow(reached, Permission.MANAGE)
    if (entity is Entity.LINK) != bool(named) or len(named) > LONGEST_NAMED or not named.isprintable():
        raise Invalid("Name the link that the permission is for.", "entity", "id")
    node = reached.node.id
    made = FilePermission(work.new_id(), work.new_public_id(), node, entity, named, permissions, work.now)
    asked = {"node": node, "entity": entity.value, "named": named, "permissions": int(permissions)}
    if await work.rows.one(file_permissions.SAME, **asked) is not None:
        raise AlreadyThere("This permission is there already.")
    await work.note(What.PERMISSION_ADDED, facts=facts(permission=made.id, node=node))
    by = work.actor.id if work.actor is not None else 0
    await work.rows.run(
        file_permissions.ADD, id=made.id, public_id=made.public_id, by=by, now=work.now, **asked
    )
    return made


async def permit_person(
    work: Work, reached: Reach, person: int, permissions: Permission
) -> PersonalPermission:
    """
    Have a user hold at least these permissions on a node: a grant, as `membering` makes it.

    Raises:
        Insufficient: The actor does not manage the node.
        AlreadyThere: The user holds as much by a grant on this very node already, or owns it.
        NotFound: Nobody has this id.
    """
    access.allow(reached, Permission.MANAGE)
    node = reached.node.id
    held = await file_permissions.of_people(work.rows, node, MOST, person)
    if held and held[0].permissions.closed >= permissions.closed:
        raise AlreadyThere("This permission is there already.")
    if person == reached.node.owner:
        raise AlreadyThere("The owner holds every permission.")
    verb = membering.change if held else membering.share_with
    [outcome] = await verb(work, reached, [person], permissions)
    if outcome.refusal is not None:
        raise outcome.refusal
    [made] = await file_permissions.of_people(work.rows, node, MOST, person)
    return made


async def granting(
    work: Work, reached: Reach, entity: Entity | None = None, named: str | None = None
) -> list[FilePermission]:
    """
    The permissions on this very node of those who are no users, oldest first; at most 1000. One statement.

    Args:
        entity, named: Only those of one sort, or of one; None: all.

    Raises:
        Insufficient: The actor does not manage the node.
    """
    access.allow(reached, Permission.MANAGE)
    if named is not None and not named.isprintable():
        return []
    return await file_permissions.of_node(work.rows, reached.node.id, MOST, entity, named)


async def granting_people(work: Work, reached: Reach, person: int | None = None) -> list[PersonalPermission]:
    """
    What users hold by grants on this very node, each once; at most 1000 grants are looked at. One statement.

    Args:
        person: Only this one, None: all.

    Raises:
        Insufficient: The actor does not manage the node and asks for others than itself.
    """
    if person is None or work.actor is None or work.actor.id != person:
        access.allow(reached, Permission.MANAGE)
    return await file_permissions.of_people(work.rows, reached.node.id, MOST, person)


async def forbid(work: Work, person: int, public_id: str, device: str) -> None:
    """
    Take a permission away: one of a user's takes all grants along that the user has on that very node.

    Args:
        public_id: As `shown` or the permission has it.
        device: The drive on which its node must lie.

    Raises:
        NotFound: There is none, or the person does not manage its node.
    """
    found = await _one(work, public_id)
    reached = await access.reach(work, person, found.node)
    await on_device(work, reached, device)
    if isinstance(found, FilePermission):
        if Permission.MANAGE not in reached.permissions:
            raise NotFound("permission")
        facts_ = facts(permission=found.id, node=found.node)
        await work.note(What.PERMISSION_REMOVED, facts=facts_)
        await work.rows.run(file_permissions.DROP, id=found.id)
        return
    try:
        await membering.revoke(work, reached, [found.person])
    except Insufficient as error:
        raise NotFound("permission") from error


async def on_device(work: Work, reached: Reach, device: str) -> None:
    """
    Let only what lies on a device pass. One statement.

    Raises:
        NotFound: It lies elsewhere.
    """
    drive = await drives.one(work.rows, reached.node.drive)
    if drive is None or drive.device != device:
        raise NotFound("item")


async def shown(work: Work, permissions: Sequence[FilePermission | PersonalPermission]) -> list[str]:
    """The ids of permissions; those of users are spelled from their grants. One statement."""
    tail = await naming.tail(work)
    return [
        one.public_id if isinstance(one, FilePermission) else file_ids.spelled(Sort.GRANT, one.grant, tail)
        for one in permissions
    ]


async def _one(work: Work, public_id: str) -> FilePermission | PersonalPermission:
    if not public_id.isprintable() or len(public_id) > LONGEST_NAMED:
        raise NotFound("permission")
    found: FilePermission | PersonalPermission | None = await file_permissions.one(work.rows, public_id)
    if found is None:
        grant = file_ids.read(Sort.GRANT, public_id, await naming.tail(work))
        found = await file_permissions.of_grant(work.rows, grant) if grant is not None else None
    if found is None:
        raise NotFound("permission")
    return found
