"""Describing nodes: metadata collections are defined, assigned to nodes, and given values; below a node they hold too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from polyshare.domain.errors import AlreadyThere, Denied, Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.metadata import (
    MetadataCollection,
    MetadataField,
    MetadataSeen,
    checked_collection_name,
    checked_fields,
    checked_value,
    is_personal,
)
from polyshare.domain.nodes import DEEPEST, Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import access
from polyshare.engine.work import Work
from polyshare.store.tree import metadata


def _me(work: Work) -> int:
    if work.actor is None:
        raise Denied("Metadata is for people who are signed in.")
    return work.actor.id


def _folded(name: str, owner: int) -> str:
    """How a collection is told from others: by its name, case aside, and a personal one by its owner too."""
    folded = name.strip().casefold()
    return f"{owner}/{folded}" if is_personal(name) else folded


async def definitions(work: Work) -> list[MetadataCollection]:
    """All collections that the actor may use, by name."""
    return await metadata.open_to(work.rows, _me(work))


async def definition(work: Work, name: str, *, lock: bool = False) -> MetadataCollection:
    """
    The collection of that name, case aside.

    Raises:
        NotFound: There is none that the actor may use; `what` is "metadata collection".
    """
    found = await metadata.named(work.rows, [_folded(name, _me(work))], lock=lock)
    if not found:
        raise NotFound("metadata collection", f"There is no metadata collection {name[:80]!r}.")
    return found[0]


async def define(work: Work, name: str, fields: Sequence[MetadataField]) -> MetadataCollection:
    """
    Make a collection: a personal one for the actor alone, any other for everybody, which administrators do.

    Raises:
        Invalid: A name that can't be one.
        Denied: It is for everybody, and the actor is no administrator.
        AlreadyThere: There is one of that name.
    """
    person = _me(work)
    personal = is_personal(name)
    checked_collection_name(name, "collectionName")
    made = MetadataCollection(
        work.new_id(), name, person, personal, enabled=True, fields=checked_fields(name, fields, "fields")
    )
    _demand_owner(work, made)
    await work.note(What.METADATA_DEFINED, facts=facts(collection=made.id))
    folded = _folded(name, person)
    if await metadata.named(work.rows, [folded]):
        raise AlreadyThere(f"There is a metadata collection {name!r} already; choose another name.")
    await work.rows.run(
        metadata.ADD,
        id=made.id,
        name=name,
        name_folded=folded,
        owner=person,
        personal=int(personal),
        enabled=1,
        fields=metadata.fields_text(made.fields),
        now=work.now,
    )
    return made


async def redefine(
    work: Work,
    name: str,
    *,
    add: Sequence[MetadataField] = (),
    remove: Sequence[str] = (),
    change: Mapping[str, Mapping[str, object]] | None = None,
    enabled: bool | None = None,
) -> MetadataCollection:
    """
    Change a collection's fields, or switch it on or off; values of fields that go, go with them.

    Args:
        remove: Names of fields.
        change: New `enabled`, `default` or `description` by field name.

    Raises:
        NotFound: No such collection.
        Denied: It is another's, or for everybody and the actor is no administrator.
        Invalid: A field that is not there, a name that can't be one, or nothing would be left.
    """
    await work.note(What.METADATA_DEFINED, facts=facts(name=name))
    found = await definition(work, name, lock=True)
    _demand_owner(work, found)
    fields = {field.name.casefold(): field for field in found.fields}
    for gone in remove:
        if fields.pop(gone.strip().casefold(), None) is None:
            raise Invalid(f"{name} has no field {gone!r}.", "removeFields")
    for sought, values in (change or {}).items():
        field = fields.get(sought.strip().casefold())
        if field is None:
            raise Invalid(f"{name} has no field {sought!r}.", "fields")
        fields[field.name.casefold()] = replace(field, **values)  # type: ignore[arg-type] # fields of ours
    checked = checked_fields(found.name, [*fields.values(), *add], "fields")
    after = replace(found, fields=checked, enabled=found.enabled if enabled is None else enabled)
    await work.rows.run(
        metadata.CHANGE,
        id=found.id,
        enabled=int(after.enabled),
        fields=metadata.fields_text(checked),
        now=work.now,
    )
    if remove:
        dropped = [gone.strip().casefold() for gone in remove]
        await work.rows.run(metadata.DROP_FIELDS, id=found.id, fields=dropped)
    return after


async def undefine(work: Work, name: str) -> None:
    """
    Remove a collection with everything that was said by it.

    Raises:
        NotFound, Denied: As `redefine`.
    """
    await work.note(What.METADATA_REMOVED, facts=facts(name=name))
    found = await definition(work, name, lock=True)
    _demand_owner(work, found)
    await work.rows.run(metadata.REMOVE_VALUES, id=found.id)
    await work.rows.run(metadata.REMOVE_ASSIGNMENTS, id=found.id)
    await work.rows.run(metadata.REMOVE, id=found.id)


def _demand_owner(work: Work, collection: MetadataCollection) -> None:
    if collection.personal:
        if collection.owner != _me(work):
            raise Denied("Only its owner changes a personal metadata collection.")
    elif work.actor is None or not work.actor.administrator:
        raise Denied(
            "Only administrators define metadata collections for everybody; begin the name with Personal. for your own."
        )


async def assign(work: Work, reach: Reach, name: str) -> None:
    """
    Let a node and everything below it be described by a collection; again is the same. Only the node's owner does.

    Raises:
        Insufficient: The actor is not the owner.
        NotFound: No such collection.
        Invalid: The collection is switched off.
    """
    await access.own(reach)
    await work.note(What.METADATA_ASSIGNED, facts=facts(node=reach.node.id, name=name))
    found = await definition(work, name, lock=True)
    if not found.enabled:
        raise Invalid(f"Metadata collection {found.name!r} is disabled; enable it first.", "collectionName")
    await work.rows.run(metadata.ASSIGN, node=reach.node.id, collection=found.id, by=_me(work), now=work.now)


async def unassign(work: Work, reach: Reach, name: str) -> None:
    """
    Take a collection and its values off a node. Only the node's owner does.

    Raises:
        Insufficient: The actor is not the owner.
        NotFound: No such collection, or it was not assigned to this very node.
    """
    await access.own(reach)
    await work.note(What.METADATA_UNASSIGNED, facts=facts(node=reach.node.id, name=name))
    found = await definition(work, name, lock=True)
    if not await work.rows.run(metadata.UNASSIGN, node=reach.node.id, collection=found.id):
        raise NotFound("metadata collection", f"{found.name!r} is not assigned here.")
    await work.rows.run(metadata.CLEAR, node=reach.node.id, collection=found.id)


async def read(work: Work, reach: Reach, *, direct: bool) -> list[MetadataSeen]:
    """
    What a node is described by, by collection; contributors and higher read it. Two statements.

    Values from above hold unless the node or one in between has its own; defaults stand where none was set.

    Args:
        direct: Only what is assigned to the node itself.

    Raises:
        Insufficient: The actor holds less.
    """
    access.allow(reach, Permission.EDIT)
    depth = 0 if direct else DEEPEST
    assigned = await metadata.assigned(work.rows, reach.node.id, _me(work), depth)
    if not assigned:
        return []
    values = await metadata.values(work.rows, reach.node.id, [one.id for one, _ in assigned], depth)
    seen = []
    for collection, inherited in assigned:
        own = values.get(collection.id, {})
        shown = {field.name: own.get(field.name.casefold(), field.default) for field in collection.fields}
        seen.append(
            MetadataSeen(collection, inherited, {name: value for name, value in shown.items() if value})
        )
    return seen


async def write(work: Work, reach: Reach, given: Sequence[tuple[str, str, str]]) -> None:
    """
    Give values: (collection, field, value) each, to fields of collections that are assigned to the node or above it.

    Contributors and higher do; all values or none are written.

    Raises:
        Insufficient: The actor holds less.
        Invalid: A collection that is not assigned, a field that is not there or is switched off, or a wrong value.
    """
    access.allow(reach, Permission.EDIT)
    await work.note(What.METADATA_SET, facts=facts(node=reach.node.id))
    fields = await _fields(work, reach, [(collection, field) for collection, field, _ in given])
    values = {}
    for (collection, field), (_, _, value) in zip(fields, given, strict=True):
        if not (collection.enabled and field.enabled):
            raise Invalid(f"{collection.name}.{field.name} is disabled.", f"{collection.name}.{field.name}")
        values[collection.id, field.name.casefold()] = checked_value(field, value, field.name)
    await metadata.set_values(work.rows, reach.node.id, values)


async def reset(work: Work, reach: Reach, collection: str, fields: Sequence[str]) -> None:
    """
    Take a node's own values away, so that inherited ones or defaults show again; managers and owners do.

    Raises:
        Insufficient: The actor holds less.
        Invalid: A collection that is not assigned, or a field that is not there.
    """
    access.allow(reach, Permission.MANAGE)
    await work.note(What.METADATA_SET, facts=facts(node=reach.node.id))
    found = await _fields(work, reach, [(collection, field) for field in fields])
    if found:
        await work.rows.run(
            metadata.RESET,
            node=reach.node.id,
            collection=found[0][0].id,
            fields=[field.name.casefold() for _, field in found],
        )


async def _fields(
    work: Work, reach: Reach, named: Sequence[tuple[str, str]]
) -> list[tuple[MetadataCollection, MetadataField]]:
    """The fields of these names in what the node is described by; raises Invalid."""
    assigned = await metadata.assigned(work.rows, reach.node.id, _me(work), DEEPEST)
    by_name = {collection.name.casefold(): collection for collection, _ in assigned}
    found = []
    for name, field_name in named:
        collection = by_name.get(name.strip().casefold())
        if collection is None:
            raise Invalid(
                f"Metadata collection {name[:80]!r} is not assigned here; assign it first.", "collection"
            )
        field = collection.field(field_name)
        if field is None:
            raise Invalid(f"{collection.name} has no field {field_name[:80]!r}.", field_name)
        found.append((collection, field))
    return found
