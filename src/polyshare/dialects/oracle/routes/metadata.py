"""Metadata collections, what they are assigned to, and the values there."""

from typing import Any

from polyshare.dialects.base import lenient
from polyshare.dialects.base.bodies import refuse_nul
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.routes import subjects
from polyshare.dialects.oracle.routes.subjects import Target
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.engine.tree import describing


def _about(call: Call, target: Target) -> wire.Described:
    return wire.Described(idList=target.id, type="file" if "file" in call.path else "folder")


async def list_definitions(call: Call, _: None, query: wire.DefinitionsQuery) -> wire.Definitions:
    """GET metadata."""
    fields = inward.flag_in(query.retrieveFields, "retrieveFields")
    found = await describing.definitions(call.work)
    return wire.Definitions(
        metadataCollections={one.name: outward.definition_out(one, fields=fields) for one in found}
    )


async def create_definition(call: Call, _: None, body: wire.DefinitionInput) -> wire.Acknowledged:
    """POST metadata/{name}."""
    fields = inward.fields_in(body.fields, body.fieldsArray, "fields")
    await describing.define(call.work, call.path["metadata"], fields)
    return wire.Acknowledged()


async def show_definition(call: Call, _: None, __: None) -> wire.Definition:
    """GET metadata/{name}."""
    found = await describing.definition(call.work, call.path["metadata"])
    return outward.definition_out(found, fields=True, alone=True)


async def edit_definition(call: Call, _: None, body: wire.DefinitionChange) -> wire.Acknowledged:
    """PUT metadata/{name}."""
    await describing.redefine(
        call.work,
        call.path["metadata"],
        add=inward.fields_in(body.addFields, body.addFieldsArray, "addFields"),
        remove=inward.names_if_any(body.removeFields),
        enabled=inward.settings_in(body.settings),
    )
    return wire.Acknowledged()


async def edit_fields(call: Call, _: None, body: wire.FieldsChange) -> wire.Acknowledged:
    """PUT metadata/{name}/field."""
    await describing.redefine(call.work, call.path["metadata"], change=inward.field_changes_in(body))
    return wire.Acknowledged()


async def delete_definition(call: Call, _: None, __: None) -> wire.Acknowledged:
    """DELETE metadata/{name}."""
    await describing.undefine(call.work, call.path["metadata"])
    return wire.Acknowledged()


async def assign_metadata(call: Call, target: Target, _: None) -> wire.Described:
    """POST folders/{id}/metadata/{name}."""
    await describing.assign(call.work, target.reach, call.path["metadata"])
    return _about(call, target)


async def remove_metadata(call: Call, target: Target, _: None) -> wire.Described:
    """DELETE folders/{id}/metadata/{name}."""
    await describing.unassign(call.work, target.reach, call.path["metadata"])
    return _about(call, target)


async def set_values(call: Call, target: Target, sent: dict[str, Any]) -> wire.Described:
    """POST folders/{id}/metadata."""
    await describing.write(call.work, target.reach, inward.values_in(sent))
    return _about(call, target)


async def get_values(call: Call, target: Target, query: wire.DirectQuery) -> wire.Described:
    """GET folders/{id}/metadata."""
    answer = _about(call, target)
    direct = inward.flag_in(query.directAssigned, "directAssigned")
    answer.metadata = outward.values_out(await describing.read(call.work, target.reach, direct=direct))
    return answer


async def get_fields(call: Call, target: Target, query: wire.DirectQuery) -> wire.Described:
    """GET folders/{id}/metadataFields."""
    answer = _about(call, target)
    direct = inward.flag_in(query.directAssigned, "directAssigned")
    answer.metadataFields = {
        one.collection.name: outward.definition_out(one.collection, fields=True, inherited=one.inherited)
        for one in await describing.read(call.work, target.reach, direct=direct)
    }
    return answer


async def delete_values(call: Call, target: Target, given: wire.ResetInput) -> wire.Described:
    """DELETE folders/{id}/metadata."""
    collection = inward.required(given.collection, "collection")
    await describing.reset(call.work, target.reach, collection, inward.names_in(given.fields, "fields"))
    return _about(call, target)


def _values(call: Call) -> dict[str, Any]:
    sent = lenient.read(call.body)
    refuse_nul(sent, ())
    return sent


_definitions = Lenient[wire.DefinitionsQuery](wire.DefinitionsQuery, query=("retrieveFields",))
_definition = Lenient[wire.DefinitionInput](wire.DefinitionInput)
_change = Lenient[wire.DefinitionChange](wire.DefinitionChange)
_fields = Lenient[wire.FieldsChange](wire.FieldsChange)
_direct = Lenient[wire.DirectQuery](wire.DirectQuery, query=("directAssigned",))
_reset = Lenient[wire.ResetInput](wire.ResetInput, query=("collection", "fields"))
_M = "/metadata/{metadata}"


def _of(item: str) -> tuple[Route, ...]:
    there = subjects.described
    one, all_ = f"{item}/metadata/{{metadata}}", f"{item}/metadata"
    return (
        Route("POST", one, assign_metadata, Doing.WRITE, None, there, has_body=True),
        Route("DELETE", one, remove_metadata, Doing.WRITE, None, there, has_body=True),
        Route("POST", all_, set_values, Doing.WRITE, _values, there, has_body=True),
        Route("GET", all_, get_values, Doing.READ, _direct, there, has_body=True),
        Route("DELETE", all_, delete_values, Doing.WRITE, _reset, there, has_body=True),
        Route("GET", f"{item}/metadataFields", get_fields, Doing.READ, _direct, there, has_body=True),
    )


ROUTES = (
    Route("GET", "/metadata", list_definitions, Doing.READ, _definitions, has_body=True),
    Route("POST", _M, create_definition, Doing.WRITE, _definition, has_body=True),
    Route("GET", _M, show_definition, Doing.READ),
    Route("PUT", _M, edit_definition, Doing.WRITE, _change, has_body=True),
    Route("PUT", f"{_M}/field", edit_fields, Doing.WRITE, _fields, has_body=True),
    Route("DELETE", _M, delete_definition, Doing.WRITE, has_body=True),
    *_of("/folders/{folder}"),
    *_of("/files/{file}"),
)
