"""Who comes to a device, and what the paths and queries of its calls name, as far as the visitor may read it."""

from polyshare.dialects.base.calls import Call
from polyshare.dialects.mycloud.credentials import bearer_of
from polyshare.dialects.mycloud.translate import files
from polyshare.domain.errors import NotFound
from polyshare.domain.nodes import Reach
from polyshare.engine.content import storing
from polyshare.engine.content.storing import Download
from polyshare.engine.links import visiting
from polyshare.engine.links.visiting import Top, Visitor
from polyshare.engine.work import Work


def visitor(call: Call) -> Visitor:
    """Who calls, and which device."""
    bearer = bearer_of(call)
    return Visitor(call.path["device"], call.actor.id if bearer is None else None, bearer)


async def reach(call: Call, work: Work, text: str) -> Reach:
    """What a file id means; raises NotFound, and lets nobody learn why."""
    return await visiting.reach(work, visitor(call), text)


async def file(call: Call) -> Reach:
    """The file or folder that the path names."""
    return await reach(call, call.work, call.path["file"])


async def file_or_top(call: Call) -> Reach | Top:
    """The file or folder that the path names, which may be the top of a device for one who does not own it."""
    if call.path["file"] == visiting.ROOT:
        top = await visiting.top(call.work, visitor(call))
        if top is not None:
            return top
    return await file(call)


async def several(call: Call) -> list[Reach]:
    """All files and folders that the query names; if one of them is not there, none is."""
    return [await reach(call, call.work, text) for text in files.ids_in(call)]


async def content(call: Call) -> Download:
    """The current version of the file that the path names; raises WrongState for a folder."""
    return await storing.open_version(call.work, await file(call))


async def cached(call: Call) -> Download:
    """As `content`, if there is a cache."""
    if not call.house.settings.cache_route:
        raise NotFound("item")
    return await content(call)
