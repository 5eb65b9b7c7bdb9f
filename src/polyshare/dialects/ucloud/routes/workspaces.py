"""In which workspace a call is made.  Source: UCloud developer guide, "Projects" (the header Project)."""

from polyshare.dialects.base.calls import Call
from polyshare.domain.projects import Project
from polyshare.engine.directory import projecting


async def active_project(call: Call) -> Project | None:
    """
    The project that is active in a call, None for the caller's own workspace; the subject of what a project may bear upon.

    Raises:
        Denied: The caller is in no project of that id.
    """
    return await projecting.project_of(call.work, call.actor, call.header(b"project"))
