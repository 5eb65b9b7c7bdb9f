"""What paths of the Documents API name: folders, files, collections and links, as far as the caller reaches them."""

from dataclasses import dataclass

from polyshare.dialects.base.calls import Call
from polyshare.dialects.oracle.translate import inward
from polyshare.domain.errors import NotFound
from polyshare.domain.links import Link
from polyshare.domain.nodes import NodeKind, Reach
from polyshare.engine.directory import finding, naming
from polyshare.engine.links import publishing
from polyshare.engine.tree import access, filing
from polyshare.engine.work import Work

LINK = "polyshare.oracle.link"
"""Where in a call's scope the id of the public link stands that was opened for it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a call names, and the id by which it is to be called in the answer."""

    id: str
    reach: Reach


def version_of(call: Call) -> str:
    """The version that the call came for: 1.1 or 1.2."""
    return call.route.template.split("/")[3]


def is_old(call: Call) -> bool:
    """Whether the call came for version 1.1."""
    return version_of(call) == "1.1"


def is_for_links(call: Call) -> bool:
    """Whether the call is one that public links open: those of folders and files."""
    route = getattr(call, "route", None)
    return route is not None and route.template.split("/")[4:5] in (["folders"], ["files"])


def link_of(call: Call) -> int | None:
    """The public link by which the call comes."""
    link: int | None = call.scope.get(LINK)
    return link


def person_of(work: Work) -> int | None:
    """Who calls; None: nobody known, who comes by a link."""
    return work.actor.id if work.actor is not None and work.actor.id else None


async def reach(call: Call, work: Work, text: str) -> Target:
    """
    What an id means, as far as the caller reaches it.

    Raises:
        NotFound: Nothing, or it is in the trash.
        Hidden: The caller may not see it.
    """
    person, link = person_of(work), link_of(call)
    if inward.is_self(text):
        if person is None:
            raise NotFound("item")
        home = await filing.home(work, person)
        return Target(inward.SELF, await access.reach(work, person, home.root))
    node = await naming.node(work, text.strip())
    if node is None:
        raise NotFound("item")
    return Target(text.strip().upper(), await access.reach(work, person, node, link=link))


async def _named(call: Call, name: str, *kinds: NodeKind) -> Target:
    target = await reach(call, call.work, call.path[name])
    if target.reach.node.kind not in kinds:
        raise NotFound("item")
    return target


async def folder(call: Call) -> Target:
    """The folder that the path names."""
    return await _named(call, "folder", NodeKind.FOLDER)


async def shared(call: Call) -> Target:
    """The folder or collection that the path names, to be shared."""
    return await _named(call, "folder", NodeKind.FOLDER, NodeKind.COLLECTION)


async def file(call: Call) -> Target:
    """The file that the path names."""
    return await _named(call, "file", NodeKind.FILE)


async def collection(call: Call) -> Target:
    """The collection that the path names."""
    return await _named(call, "collection", NodeKind.COLLECTION)


async def described(call: Call) -> Target:
    """The folder or file that the path names, to be described."""
    return await (file if "file" in call.path else shared)(call)


async def public_link(call: Call) -> Link:
    """The public link that the path names, for who manages what it leads to."""
    return await publishing.show(call.work, person_of(call.work) or 0, await link_id(call))


async def link_id(call: Call) -> int:
    """
    The number of the public link that the path names.

    Raises:
        NotFound: No link has this id.
    """
    found = await naming.link(call.work, call.path["link"])
    if found is None:
        raise NotFound("link")
    return found


async def principals(work: Work, named: list[str]) -> tuple[list[str], list[int | None]]:
    """
    Whom ids mean, each once and by its first spelling: a user's id, a group's, or a login; None: nobody knows.

    A fixed number of statements.
    """
    meant = await naming.principals(work, named)
    logins = await finding.by_logins(work, [text for text in named if text not in meant])
    first: dict[int | str, tuple[str, int | None]] = {}
    for text in named:
        id_ = meant.get(text) or logins.get(text)
        first.setdefault(text if id_ is None else id_, (text, id_))
    return [text for text, _ in first.values()], [id_ for _, id_ in first.values()]
