"""Rows of `file_permission`, and grants of users on nodes seen as such."""

from polyshare.domain.link_shares import Entity, FilePermission, PersonalPermission
from polyshare.domain.permissions import Permission
from polyshare.store.database import Row, Rows
from polyshare.store.statements import BY_ID, statement
from polyshare.store.tree.access import HELD_IN_PLACE, TO_GRANTS

COLUMNS = "f.id, f.public_id, f.node, f.entity, f.named, f.permissions, f.created_at"

ADD = statement(
    "file_permission.add",
    """
    insert into file_permission (id, public_id, node, entity, named, permissions, created_by, created_at)
    values (:id, :public_id, :node, :entity, :named, :permissions, :by, :now)
    """,
)
SAME = statement(
    "file_permission.same",
    """
    select 1 from file_permission
    where node = :node and entity = :entity and named = :named and permissions >= :permissions
    """,
)
OF_NODE = statement(
    "file_permission.of_node",
    f"""
    select {COLUMNS} from file_permission f where f.node = :node
    and (cast(:entity as text) is null or f.entity = :entity) and (cast(:named as text) is null or f.named = :named)
    order by f.{BY_ID} limit :limit
    """,  # noqa: S608 - columns of ours
)
ONE = statement(
    "file_permission.one",
    f"select {COLUMNS} from file_permission f where f.public_id = :public_id",  # noqa: S608 - columns of ours
)
DROP = statement("file_permission.drop", "delete from file_permission where id = :id")
DROP_OF_LINK = statement(
    "file_permission.drop_of_link", "delete from file_permission where named = :named and entity = 'link'"
)
# Of several grants that a user has on one node, the highest speaks.
OF_PEOPLE = statement(
    "file_permission.of_people",
    f"""
    select g.id, i.node, g.principal, g.permissions from {TO_GRANTS} cross join principal p
    where i.node = :node and {HELD_IN_PLACE} and p.id = g.principal and p.kind = 'user' and p.status <> 'deleted'
    and (cast(:person as bigint) is null or p.id = :person)
    order by g.principal{{postgres:  + 0}}, g.permissions desc, g.id limit :limit
    """,  # noqa: S608 - fragments of ours
)
OF_GRANT = statement(
    "file_permission.of_grant",
    f"""
    select g.id, i.node, g.principal, g.permissions from share_grant g cross join share s cross join item i
    where g.id = :grant and s.id = g.share and i.share = s.id and i.node is not null and {HELD_IN_PLACE}
    and exists (select 1 from principal p where p.id = g.principal and p.kind = 'user')
    """,  # noqa: S608 - a fragment of ours
)


def permission_of(row: Row) -> FilePermission:
    """The permission in a row of COLUMNS."""
    id_, public_id, node, entity, named, permissions, created_at = row
    return FilePermission(id_, public_id, node, Entity(entity), named, Permission(permissions), created_at)


async def of_node(
    rows: Rows, node: int, limit: int, entity: Entity | None, named: str | None
) -> list[FilePermission]:
    """The permissions that stand on this very node, oldest first."""
    found = await rows.all(
        OF_NODE, node=node, limit=limit, entity=entity.value if entity is not None else None, named=named
    )
    return [permission_of(row) for row in found]


async def one(rows: Rows, public_id: str) -> FilePermission | None:
    """The permission of that public id."""
    row = await rows.one(ONE, public_id=public_id)
    return None if row is None else permission_of(row)


async def of_people(rows: Rows, node: int, limit: int, person: int | None) -> list[PersonalPermission]:
    """What users hold on this very node, each once."""
    found: dict[int, PersonalPermission] = {}
    for grant, at, who, permissions in await rows.all(OF_PEOPLE, node=node, limit=limit, person=person):
        found.setdefault(who, PersonalPermission(grant, at, who, Permission(permissions)))
    return list(found.values())


async def of_grant(rows: Rows, grant: int) -> PersonalPermission | None:
    """What the grant of that id gives a user on a node."""
    row = await rows.one(OF_GRANT, grant=grant)
    return None if row is None else PersonalPermission(row[0], row[1], row[2], Permission(row[3]))
