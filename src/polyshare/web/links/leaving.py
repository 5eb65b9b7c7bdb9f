"""Leaving files behind a link: a plain form, each file stored while it arrives."""

from functools import partial

from polyshare.dialects.base import multipart
from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.refusals import BadBody
from polyshare.domain.media import guessed
from polyshare.domain.nodes import Node, Reach, Taken, checked_node_name
from polyshare.engine.content import storing
from polyshare.engine.content.storing import Staged
from polyshare.engine.links import opening_links
from polyshare.engine.work import Work
from polyshare.web.links import rendering
from polyshare.web.links.visiting import Visit, wants_page

MOST_FILES = multipart.MOST_PARTS
OVERHEAD = 1_048_576
"""How much longer a form may be than the files in it."""


async def leave(visit: Visit, reached: Reach) -> Answer:
    """
    Keep the files of a form in a folder; where a name is in use, the file gets the next free number.

    Raises:
        Insufficient: The link does not let anybody leave files.
        NotFound: It leads to no folder.
        BadBody: It is no form, or has no file.
        Invalid: A name can't be one.
        TooLarge: A file is too large, or all of them are.
        Unavailable: The byte store or the database did not take it.
    """
    opening_links.folder_for(reached)
    call, kept = visit.call, 0
    limit = call.house.settings.file_limit_bytes
    async for part in multipart.parts(call, limit + OVERHEAD):
        name = (part.file_name or "").replace("\\", "/").rpartition("/")[2]
        if part.file_name is None or not name:
            continue  # an empty field: browsers send one where no file was chosen
        name = checked_node_name(name, "file")
        staged = await storing.stage(call.house, part.chunks(), limit)
        await call.house.write(None, partial(_keep, visit=visit, reached=reached, name=name, staged=staged))
        kept += 1
    if not kept:
        raise BadBody("No file was sent; choose at least one.")
    at = visit.base if reached.node.id == visit.door.link.node else visit.of(reached.node)
    if wants_page(call):
        return rendering.moved(f"{at}?left={kept}")
    return rendering.plain(201, [f"{rendering.count_text(kept, 'file has', 'files have')} arrived."])


async def _keep(work: Work, *, visit: Visit, reached: Reach, name: str, staged: Staged) -> Node:
    again = await opening_links.reach(work, visit.door, reached.node.id)
    opening_links.folder_for(again)
    # Not what the sender says: what a stranger leaves is what its name says.
    return await storing.keep(work, again, name, staged, guessed(name), Taken.NUMBER)
