"""Projects: people who work together, each in a part, in a workspace that is nobody's own."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What part somebody has in a project: its lead, who administers it, or who works in it."""

    PI = "PI"
    ADMIN = "ADMIN"
    USER = "USER"

    @property
    def administers(self) -> bool:
        """Whether the project's drives and members are theirs to look after."""
        return self is not Part.USER


@dataclass(frozen=True, slots=True)
class Project:
    """A project as one of its members sees it; `id` is of the principal, times are microseconds."""

    id: int
    public_id: str
    title: str
    part: Part
    created_at: int
    modified_at: int

    @property
    def leads(self) -> bool:
        """Whether the member looks after what is the project's."""
        return self.part.administers


@dataclass(frozen=True, slots=True)
class ProjectMember:
    """Who is in a project, and in which part."""

    person: int
    login: str
    name: str
    part: Part
