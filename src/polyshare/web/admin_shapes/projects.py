"""Projects and who is in them."""

from msgspec import Struct

from polyshare.domain.projects import Part, ProjectMember
from polyshare.web.admin_shapes.common import Active, Given


class NewProject(Given, kw_only=True):
    """Body of POST /projects."""

    id: str | None = None
    name: str


class ProjectChange(Given, kw_only=True):
    """Body of PATCH /projects/{id}."""

    name: str | None = None
    status: Active | None = None


class GivenPart(Given, kw_only=True):
    """Body of PUT /projects/{id}/members/{member}: who leads it or is one of its admins looks after its drives."""

    part: Part = Part.USER


class ProjectMemberOut(Struct):
    """Who is in a project, and in which part."""

    member: str
    name: str
    part: Part


def project_member(found: ProjectMember) -> ProjectMemberOut:
    """A member as it goes out."""
    return ProjectMemberOut(found.login, found.name, found.part)
