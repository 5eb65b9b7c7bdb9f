"""Who is in projects; the projects themselves are principals."""

from polyshare.engine.directory import projecting
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call


async def list_project_members(call: Call) -> shapes.Page:
    """GET /projects/{id}/members: all of them on one page."""
    found = await call.look(lambda work: projecting.members(work, call.path["id"]))
    return shapes.Page([shapes.project_member(one) for one in found], None)


async def put_project_member(call: Call) -> None:
    """PUT /projects/{id}/members/{member}."""
    project, member, part = call.path["id"], call.path["member"], call.body.part
    await call.change(lambda work: projecting.put(work, project, member, part))


async def remove_project_member(call: Call) -> None:
    """DELETE /projects/{id}/members/{member}."""
    await call.change(lambda work: projecting.take(work, call.path["id"], call.path["member"]))
