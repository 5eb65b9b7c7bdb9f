"""Giving bytes to who holds a link: downloads, what a browser shows in place, and pictures drawn anew."""

from collections.abc import Sequence

from polyshare.dialects.base import downloads
from polyshare.dialects.base.answers import Answer, Stream
from polyshare.domain.errors import NotFound
from polyshare.domain.nodes import Reach
from polyshare.engine.content import previewing, storing, zipping
from polyshare.engine.content.previewing import Show
from polyshare.engine.content.storing import Download
from polyshare.engine.links import opening_links
from polyshare.web.links.rendering import DISCREET, Headers
from polyshare.web.links.visiting import Visit

# What is shown in place runs nothing and fetches nothing. A PDF can't be in a sandbox, or no browser shows it; its viewer is one.
_NOSNIFF = b"x-content-type-options"  # DISCREET has it
_SANDBOX = b"sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'"
_PDF = b"default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


async def download(visit: Visit, reached: Reach) -> Stream:
    """
    A file, to be saved and never shown: whole, in parts, or not at all where conditions say so.

    Raises:
        Insufficient: The link does not give it.
        WrongState: It is no file.
    """
    opening_links.allow_reading(visit.door, reached)
    found = await _opened(visit, reached)
    return _stream(visit, found, found.mime)


async def view(visit: Visit, reached: Reach) -> Stream:
    """
    A file as a browser shows it in place; only of types that can't run anything.

    Raises:
        NotFound: It is of another type.
        Insufficient, WrongState: As for `download`.
    """
    opening_links.allow_reading(visit.door, reached)
    found = await _opened(visit, reached)
    mime = previewing.type_of(found.mime, found.name)
    shown = previewing.shown_as(mime, original=True)
    if shown in (None, Show.TEXT):
        raise NotFound("preview")
    stream = _stream(visit, found, mime)
    kept = _without(stream.headers, b"content-disposition", b"content-security-policy")
    inline = (
        (b"content-disposition", b"inline" + downloads.disposition(found.name).removeprefix(b"attachment")),
        (b"content-security-policy", _PDF if shown is Show.PDF else _SANDBOX),
    )
    return Stream(stream.status, (*kept, *inline), stream.length, stream.chunks)


async def picture(visit: Visit, reached: Reach) -> Answer:
    """
    A picture drawn anew, for links that show without giving.

    Raises:
        Insufficient: The link shows nothing.
        NotFound: It is no picture that we draw.
        WrongState: It can't be drawn.
        Unavailable: Too many are being drawn.
    """
    opening_links.allow_seeing(visit.door, reached)
    found = await _opened(visit, reached)
    if previewing.shown_as(previewing.type_of(found.mime, found.name), original=False) is not Show.PICTURE:
        raise NotFound("preview")
    etag = f'"drawn-{found.sha256}"'.encode()
    about = ((b"etag", etag), (b"content-security-policy", _SANDBOX), *DISCREET)
    if (visit.call.header(b"if-none-match") or "").encode() == etag:
        return Answer(304, b"", about)
    mime, drawn = await previewing.picture(visit.call.house, found)
    return Answer(200, drawn, about, mime.encode())


async def archive(visit: Visit, reached: Sequence[Reach]) -> Stream:
    """
    Everything there as one zip archive, its length known beforehand.

    Raises:
        Insufficient: The link does not give it.
        NotFound, LimitReached: As for `zipping.archive`.
    """
    for one in reached:
        opening_links.allow_reading(visit.door, one)
    made = await zipping.archive(visit.call.house, None, reached)
    headers = (*_without(downloads.download_headers(made.name, "application/zip"), _NOSNIFF), *DISCREET)
    return Stream(200, headers, made.size, made.chunks)


async def _opened(visit: Visit, reached: Reach) -> Download:
    return await opening_links.looking(visit.call.house, lambda work: storing.open_version(work, reached))


def _stream(visit: Visit, found: Download, mime: str) -> Stream:
    about = downloads.File(found.size, found.etag, found.modified_at, found.name, mime)
    part = downloads.portion(about, visit.call.scope["method"], visit.call.header)
    headers = (*_without(part.headers, b"content-length", _NOSNIFF), *DISCREET)
    has_bytes = part.status in (200, 206)
    length = found.size if visit.call.scope["method"] == "HEAD" else part.end - part.start
    return Stream(
        part.status,
        headers,
        length if has_bytes else 0,
        lambda: storing.read(visit.call.house, found, part.start, part.end),
    )


def _without(headers: Headers, *names: bytes) -> Headers:
    return tuple(pair for pair in headers if pair[0] not in names)
