"""Projects: from our words to theirs."""

from collections.abc import Sequence

from msgspec import Struct

from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.translate import paging, share_lists
from polyshare.dialects.ucloud.translate.reading import Query
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire import projects as wire
from polyshare.domain.projects import Project, ProjectMember

_BROWSE: Query[wire.BrowseProjects] = Query(wire.BrowseProjects)


class Projects(Struct):
    """What a list of projects was asked for; a token carries it."""

    size: int


def browsed(call: Call) -> Listing[Projects]:
    """What GET /api/projects/v2/browse asks for; raises BadQuery."""
    read = _BROWSE(call)
    return share_lists.listing("projects.browse", read, Projects(paging.size(read)), lambda _: str)


def project_out(project: Project, members: Sequence[ProjectMember] = ()) -> wire.Project:
    """A project as one of its members sees it."""
    return wire.Project(
        project.public_id,
        project.created_at // 1000,
        project.modified_at // 1000,
        wire.Specification(None, project.title, canConsumeResources=True),
        wire.Status(
            archived=False,
            isFavorite=False,
            members=[wire.Member(one.login, one.part.value, "") for one in members],
            groups=(),
            myRole=project.part.value,
            path="",
        ),
    )
