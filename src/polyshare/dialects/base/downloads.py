"""Answering for a file's bytes: what part of them, whether at all, and headers with which no browser runs them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from urllib.parse import quote

from polyshare.dialects.base.answers import Stream
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import AtTheDoor
from polyshare.domain.media import BINARY, is_media_type
from polyshare.domain.nodes import without_turns
from polyshare.engine.content import storing

Headers = tuple[tuple[bytes, bytes], ...]

_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*", re.IGNORECASE)
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
# Letters that stand for themselves in a header's extended value (RFC 8187, attr-char).
_ATTR = "!#$&+-.^_`|~"
_FALLBACK = re.compile(r'[^\x20-\x7e]|["\\%]')


class Unmet(AtTheDoor):
    """A condition of the request does not hold, such as If-Match."""

    slug = "unmet"


class NoSuchRange(AtTheDoor):
    """The file has none of the bytes that are asked for; `size` is how many it has."""

    slug = "no-such-range"

    def __init__(self, size: int) -> None:
        super().__init__(f"There are no such bytes: the file has {size}.")
        self.size = size


@dataclass(frozen=True, slots=True)
class File:
    """What an answer tells of a file; `etag` is strong and has its quotes, `modified_at` is in microseconds."""

    size: int
    etag: str
    modified_at: int
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Portion:
    """
    An answer for a file: its status and headers, and which bytes are its body.

    `start` and `end` are the bytes to send, from and without; alike when there is no body.
    """

    status: int
    headers: Headers
    start: int = 0
    end: int = 0


def streamed(call: Call, found: storing.Download, more: Headers = ()) -> Stream:
    """The answer to a GET or HEAD of a version of a file, with *more* headers; its bytes are read while it is sent."""
    method = call.scope["method"]
    about = File(found.size, found.etag, found.modified_at, found.name, found.mime)
    part = portion(about, method, call.header)
    headers = tuple(pair for pair in part.headers if pair[0] != b"content-length")
    length = found.size if method == "HEAD" else part.end - part.start
    return Stream(
        part.status,
        (*headers, *more),
        length if part.status in (200, 206) else 0,  # of nothing, nothing is read
        partial(storing.read, call.house, found, part.start, part.end),
    )


def portion(
    file: File, method: str, header: Callable[[bytes], str | None], *, whole_only: bool = False
) -> Portion:
    """
    What to answer a GET or HEAD, by its conditions and its range (RFC 9110, sections 13.2.2 and 14.2).

    One range is served; of a request for several the whole file is sent, as the standard allows.

    Args:
        header: A header of the request by its name in lower case.
        whole_only: Leave ranges and conditions alone.

    Returns:
        200, 206, 304, 412 or 416; all but 304, 412 and 416 with the download's headers.
    """
    about = ((b"etag", file.etag.encode()), (b"last-modified", http_date(file.modified_at)))
    if not whole_only:
        status = _condition(file, header)
        if status is not None:
            return Portion(status, about if status == 304 else ((b"content-length", b"0"),))
    wanted = None
    # A range is for GET alone; one whose If-Range does not hold is not looked at either.
    if not whole_only and method == "GET" and _range_holds(file, header(b"if-range")):
        wanted = byte_range(header(b"range"), file.size)
    if wanted == UNSATISFIABLE:
        unmet = (b"content-range", b"bytes */%d" % file.size)
        return Portion(416, (unmet, (b"content-length", b"0")))
    start, end = wanted or (0, file.size)
    headers = [
        *download_headers(file.name, file.mime),
        *about,
        (b"accept-ranges", b"none" if whole_only else b"bytes"),
        (b"content-length", b"%d" % (end - start)),
    ]
    if wanted is not None:
        headers.append((b"content-range", b"bytes %d-%d/%d" % (start, end - 1, file.size)))
    status = 200 if wanted is None else 206
    return Portion(status, tuple(headers), start, start if method == "HEAD" else end)


def demand(status: int, size: int) -> None:
    """Raise Unmet for 412 and NoSuchRange for 416, for a dialect whose refusals have a body."""
    if status == 412:
        raise Unmet("A condition of the request does not hold: the content is not the one that it names.")
    if status == 416:
        raise NoSuchRange(size)


UNSATISFIABLE = (-1, -1)


def byte_range(text: str | None, size: int) -> tuple[int, int] | None:
    """
    Which bytes a Range header asks for, from and without.

    Returns:
        None where the header is to be ignored (missing, not understood, several ranges), UNSATISFIABLE where no byte of
        the file is meant.
    """
    match = _RANGE.fullmatch(text) if text is not None else None
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        return (size - length, size) if length else UNSATISFIABLE
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return UNSATISFIABLE
    return (start, min(int(last) + 1, size) if last else size)


def _condition(file: File, header: Callable[[bytes], str | None]) -> int | None:
    """412 or 304 where a condition of the request says so; their order is the standard's."""
    if (match := header(b"if-match")) is not None:
        if not _names(match, file.etag, weak=False):
            return 412
    elif (since := _seconds(header(b"if-unmodified-since"))) is not None and _second(file) > since:
        return 412
    if (none_match := header(b"if-none-match")) is not None:
        return 304 if _names(none_match, file.etag, weak=True) else None
    since = _seconds(header(b"if-modified-since"))
    return 304 if since is not None and _second(file) <= since else None


def _names(text: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags names this one."""
    if text.strip() == "*":
        return True
    return any(tag == etag and (weak or not mark) for mark, tag in _TAG.findall(text))


def _range_holds(file: File, text: str | None) -> bool:
    """Whether If-Range, if it is there, means this very content; a date is one only to the second, so it must be older."""
    if text is None:
        return True
    if '"' in text:
        return text.strip() == file.etag
    seconds = _seconds(text)
    return seconds is not None and seconds == _second(file)


def _second(file: File) -> int:
    return file.modified_at // 1_000_000


def _seconds(text: str | None) -> int | None:
    """The time in a header in seconds since the epoch; None if there is none."""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return int((found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp())


def http_date(at: int) -> bytes:
    """A time in microseconds as a header has it."""
    return format_datetime(datetime.fromtimestamp(at // 1_000_000, UTC), usegmt=True).encode()


def download_headers(name: str, mime: str) -> Headers:
    """Headers with which a browser saves a file of that name, whatever is in it, and never shows or runs it."""
    return (
        (b"content-type", media_type(mime)),
        (b"content-disposition", disposition(name)),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"sandbox; default-src 'none'"),
    )


def media_type(mime: str) -> bytes:
    """A media type that may stand in a header; what looks like none is binary."""
    return (mime if is_media_type(mime) else BINARY).encode()


def disposition(name: str) -> bytes:
    """
    The header value that names a download (RFC 6266): for old clients in ASCII, for others as it is (RFC 8187).

    Nothing in a name ends the value or the line: what is not plain becomes `_` in one and `%xx` in the other.
    """
    name = without_turns(name)
    plain = _FALLBACK.sub("_", name)
    if plain == name:
        return f'attachment; filename="{name}"'.encode()
    spelled = quote(name, safe=_ATTR, errors="replace")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{spelled}".encode()
