"""Rows of metadata collections, of what they are assigned to, and of the values there."""

import json
from collections.abc import Mapping, Sequence

from polyshare.domain.metadata import FieldType, MetadataCollection, MetadataField
from polyshare.domain.nodes import DEEPEST
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement

_COLUMNS = "c.id, c.name, c.owner, c.personal, c.enabled, c.fields"
_OPEN = "(c.personal = 0 or c.owner = :person)"
_UP = f"""
    up (id, parent, depth) as (
      select n.id, n.parent, 0 from node n where n.id = :node
      union all select n.id, n.parent, u.depth + 1 from up u join node n on n.id = u.parent where u.depth < {DEEPEST}
    )"""  # noqa: S608 - a number of ours
ADD = statement(
    "metadata.add",
    """
    insert into metadata_collection (id, name, name_folded, owner, personal, enabled, fields, created_at, modified_at)
    values (:id, :name, :name_folded, :owner, :personal, :enabled, :fields, :now, :now)
    """,
)
FIND = statement(
    "metadata.find",
    f"select {_COLUMNS} from metadata_collection c where c.name_folded in :names[]",  # noqa: S608 - columns of ours
)
LOCK = statement(
    "metadata.lock",
    f"select {_COLUMNS} from metadata_collection c where c.name_folded in :names[]{{postgres:  for update}}",  # noqa: S608 - columns of ours
)
OPEN_TO = statement(
    "metadata.open_to",
    f"select {_COLUMNS} from metadata_collection c where {_OPEN} order by c.name_folded",  # noqa: S608 - fragments of ours
)
CHANGE = statement(
    "metadata.change",
    "update metadata_collection set enabled = :enabled, fields = :fields, modified_at = :now where id = :id",
)
REMOVE = statement("metadata.remove", "delete from metadata_collection where id = :id")
REMOVE_ASSIGNMENTS = statement(
    "metadata.remove_assignments", "delete from metadata_assignment where collection = :id"
)
REMOVE_VALUES = statement("metadata.remove_values", "delete from metadata_value where collection = :id")
DROP_FIELDS = statement(
    "metadata.drop_fields", "delete from metadata_value where collection = :id and field in :fields[]"
)
ASSIGN = statement(
    "metadata.assign",
    """
    insert into metadata_assignment (node, collection, assigned_by, assigned_at) values (:node, :collection, :by, :now)
    on conflict (node, collection) do nothing
    """,
)
UNASSIGN = statement(
    "metadata.unassign", "delete from metadata_assignment where node = :node and collection = :collection"
)
CLEAR = statement(
    "metadata.clear", "delete from metadata_value where node = :node and collection = :collection"
)
ASSIGNED = statement(
    "metadata.assigned",
    f"""
    with recursive {_UP}
    select {_COLUMNS}, min(u.depth) from up u join metadata_assignment a on a.node = u.id
    join metadata_collection c on c.id = a.collection
    where {_OPEN} and u.depth <= :depth
    group by c.id, c.name, c.owner, c.personal, c.enabled, c.fields, c.name_folded order by c.name_folded
    """,  # noqa: S608 - fragments of ours
)
VALUES = statement(
    "metadata.values",
    f"""
    with recursive {_UP}
    select v.collection, v.field, v.value from up u join metadata_value v on v.node = u.id
    where v.collection in :collections[] and u.depth <= :depth order by u.depth desc
    """,  # noqa: S608 - fragments of ours
)
SET = statement(
    "metadata.set",
    """
    insert into metadata_value (node, collection, field, value) values (:node, :collection, :field, :value)
    on conflict (node, collection, field) do update set value = excluded.value
    """,
)
RESET = statement(
    "metadata.reset",
    "delete from metadata_value where node = :node and collection = :collection and field in :fields[]",
)


def fields_text(fields: Sequence[MetadataField]) -> str:
    """Fields as they are stored."""
    return json.dumps(
        [[one.name, one.type.value, one.enabled, one.default, one.description] for one in fields],
        ensure_ascii=False,
    )


def collection_of(row: Row) -> MetadataCollection:
    """The collection in the first six columns of a row."""
    id_, name, owner, personal, enabled, fields = row[:6]
    parts = [
        MetadataField(name, FieldType(kind), bool(on), default, text)
        for name, kind, on, default, text in json.loads(fields)
    ]
    return MetadataCollection(id_, name, owner, bool(personal), bool(enabled), tuple(parts))


async def named(rows: Rows, names_folded: Sequence[str], *, lock: bool = False) -> list[MetadataCollection]:
    """The collections with these folded names."""
    return [collection_of(row) for row in await rows.all(LOCK if lock else FIND, names=list(names_folded))]


async def open_to(rows: Rows, person: int) -> list[MetadataCollection]:
    """All that are there for everybody, and the person's own ones."""
    return [collection_of(row) for row in await rows.all(OPEN_TO, person=person)]


async def assigned(rows: Rows, node: int, person: int, depth: int) -> list[tuple[MetadataCollection, bool]]:
    """What a node is described by, from at most *depth* above it, and whether from above."""
    found = await rows.all(ASSIGNED, node=node, person=person, depth=depth)
    return [(collection_of(row), row[6] > 0) for row in found]


async def values(rows: Rows, node: int, collections: Sequence[int], depth: int) -> dict[int, dict[str, str]]:
    """The values of a node by collection and folded field name; nearer ones take the place of those from above."""
    found: dict[int, dict[str, str]] = {}
    for collection, field, value in await rows.all(
        VALUES, node=node, collections=list(collections), depth=depth
    ):
        found.setdefault(collection, {})[field] = value
    return found


async def set_values(rows: Rows, node: int, given: Mapping[tuple[int, str], str]) -> None:
    """Write values by collection and folded field name."""
    await rows.many(
        SET,
        [
            {"node": node, "collection": collection, "field": field, "value": value}
            for (collection, field), value in given.items()
        ],
    )
