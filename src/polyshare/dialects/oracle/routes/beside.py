"""Calls outside the Documents API that clients of it make: who one is, groups and people by name."""

from collections.abc import Sequence

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import in_query
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.domain.directory import Listed
from polyshare.domain.errors import NotFound
from polyshare.domain.principals import Kind
from polyshare.domain.vendor_ids import Letter, read
from polyshare.domain.views import Window
from polyshare.engine.directory import finding, naming

MOST = 1000
"""How many people or groups one stretch has at most."""


async def call_service(call: Call, _: None, service: str) -> wire.Integration:
    """GET and POST documents/integration."""
    if service == "SCS_GET_TENANT_CONFIG":
        return wire.Integration({"StatusCode": "0"})
    if service == "GET_USER_INFO":
        return wire.Integration({"StatusCode": "0", "dUser": call.actor.login})
    return wire.Integration(
        {"StatusCode": "-32", "StatusMessage": f"The service {service[:80]!r} is not offered here."}
    )


async def show_group(call: Call, _: None, __: None) -> wire.Group:
    """GET osn/social/api/v1/groups/{name or id}."""
    asked, tail = call.path["group"], await naming.tail(call.work)
    meant = (await naming.principals(call.work, [asked])).get(asked)
    spelled = read(asked, tail)
    if meant is not None and (spelled is None or spelled[0] is Letter.GROUP):
        found = await finding.group_by_id(call.work, meant)
    else:
        found = await finding.group(call.work, asked)
    [shown] = await _groups(call, [found])
    if found.name.casefold() == asked.casefold():
        shown.name = found.name
    return shown


async def list_groups(call: Call, _: None, window: Window) -> wire.Groups:
    """GET osn/social/api/v1/groups."""
    found = await finding.everybody(call.work, Kind.GROUP, window)
    items = await _groups(call, found.rows)
    return wire.Groups(items=items, count=len(items), hasMore=window.skip + len(items) < found.total)


async def _groups(call: Call, found: Sequence[Listed]) -> list[wire.Group]:
    spelling = await _spelling(call, found)
    groups = []
    for one in found:
        id_ = spelling.principal(Letter.GROUP, one.id)
        groups.append(wire.Group(id=id_, groupID=id_, name=one.public_id, displayName=one.name))
    return groups


async def list_people(call: Call, _: None, window: Window) -> wire.People:
    """GET osn/social/api/v1/people."""
    found = await finding.everybody(call.work, Kind.USER, window)
    spelling = await _spelling(call, found.rows)
    people = await finding.by_ids(call.work, [one.id for one in found.rows])
    items = [
        wire.Person(spelling.principal(Letter.USER, one.id), people[one.id].login, one.name)
        for one in found.rows
        if one.id in people
    ]
    return wire.People(items=items, count=len(items), hasMore=window.skip + len(found.rows) < found.total)


async def _spelling(call: Call, found: Sequence[Listed]) -> outward.Spelling:
    fixed = await finding.fixed_ids(call.work, outward.NAMESPACE, [one.id for one in found])
    return outward.Spelling(await naming.tail(call.work), fixed)


async def show_release(_: Call, __: None, ___: None) -> None:
    """GET system/api/v1/release/version: we are no release of the vendor's."""
    raise NotFound("release")


def _service(call: Call) -> str:
    service = in_query(call, "IdcService")
    if service is None:
        raise BadQuery("IdcService", "IdcService is required.")
    return service


def _window(call: Call) -> Window:
    limit = in_query(call, "limit") or in_query(call, "count")
    page = inward.page_in({"limit": limit, "offset": in_query(call, "offset")}, inward.IN_FOLDERS, 100)
    return Window(page.offset, min(page.limit, MOST))


_INTEGRATION, _OSN = "/documents/integration", "/osn/social/api/v1"

ROUTES = (
    Route("GET", _INTEGRATION, call_service, Doing.READ, _service),
    Route("POST", _INTEGRATION, call_service, Doing.READ, _service, has_body=True),
    Route("GET", f"{_OSN}/groups/{{group}}", show_group, Doing.READ),
    Route("GET", f"{_OSN}/groups", list_groups, Doing.READ, _window),
    Route("GET", f"{_OSN}/people", list_people, Doing.READ, _window),
    Route("GET", "/system/api/v1/release/version", show_release, Doing.STEPS, is_open=True),
)
