"""The bytes of a device's files: whole or in part, and several files and folders as one archive."""

from polyshare.dialects.base import downloads
from polyshare.dialects.base.answers import Answer, Stream
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.mycloud.routes import visits
from polyshare.domain.nodes import Reach
from polyshare.engine.content import zipping
from polyshare.engine.content.storing import Download


async def download(call: Call, found: Download, _: None) -> Stream:
    """
    GET {device}/sdk/v2/files/{id}/content, and v3.

    It is always for saving, whatever `download` says, so that no file of somebody's runs in a browser as a page of ours.
    What asks for a thumbnail gets the original.
    """
    return downloads.streamed(call, found)


async def zip_files(call: Call, tops: list[Reach], _: None) -> Stream:
    """GET {device}/sdk/v1/filesZip: each id becomes an entry at the top."""
    packed = await zipping.archive(call.house, call.actor, tops)
    return Stream(200, downloads.download_headers(packed.name, "application/zip"), packed.size, packed.chunks)


async def drop_copy(_: Call, __: Download, ___: None) -> Answer:
    """DELETE cache/{device}/…/content: there are no copies, only the file itself, which stays."""
    return Answer(204)


_FILE = "/files/{file}/content"
_CACHED = f"/cache/{{device}}/sdk/v2{_FILE}"

ROUTES = (
    *(
        Route("GET", f"/{{device}}/sdk/{version}{_FILE}", download, Doing.STEPS, None, visits.content)
        for version in ("v2", "v3")
    ),
    Route("GET", "/{device}/sdk/v1/filesZip", zip_files, Doing.STEPS, None, visits.several),
    # What the query names as `prefix` is never fetched: the bytes are our own.
    Route("GET", _CACHED, download, Doing.STEPS, None, visits.cached),
    Route("DELETE", _CACHED, drop_copy, Doing.STEPS, None, visits.cached),
)
