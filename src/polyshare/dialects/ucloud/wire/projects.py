"""Projects, as far as clients need them to choose a workspace.  Source: UCloud developer guide, "Projects"."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from polyshare.dialects.ucloud.wire.common import Paged

Role = Literal["PI", "ADMIN", "USER"]


class Specification(Struct):
    """Project.Specification; projects stand side by side here, so that none has a parent."""

    parent: None
    title: str
    canConsumeResources: bool


class Member(Struct):
    """ProjectMember; the address is for its owner alone to tell."""

    username: str
    role: Role
    email: str


class Status(Struct):
    """Project.Status, with members where they were asked for."""

    archived: bool
    isFavorite: bool
    members: Sequence[Member]
    groups: Sequence[Any]
    myRole: Role
    path: str


class Project(Struct):
    """Project; times are in milliseconds."""

    id: str
    createdAt: int
    modifiedAt: int
    specification: Specification
    status: Status


class BrowseProjects(Paged, kw_only=True):
    """Query of GET /api/projects/v2/browse."""


class RetrieveProject(Struct):
    """Query of GET /api/projects/v2/retrieve."""

    id: str
    includeMembers: bool = False
