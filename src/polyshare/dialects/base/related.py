"""
What something is and then its bytes, `multipart/related`, read while it arrives and as sloppily as clients write it.

Lines may end in LF alone, blank ones may stand before the first boundary, parts may lack headers and even the blank line
after them, the body may end right after its last boundary, and the second part may be missing.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.multipart import parse_options_header

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.multipart import (
    LONGEST_HEADER,
    MOST_HEADERS,
    PLAIN,
    Base64,
    header_text,
)
from polyshare.dialects.base.refusals import BadBody, TooLarge

LONGEST_BOUNDARY = 200
LONGEST_PREAMBLE = 4096

# What may stand behind a boundary on its line; where the body ends, so may the line.
_REST = re.compile(rb"(--)?[ \t]*(\r?)\n")
_LAST = re.compile(rb"(--)?[ \t]*\r?")
_LOOK = 80  # bytes behind a boundary in which its line must have ended
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)", re.DOTALL)
_USUAL = (b"content-", b"x-", b"mime-")
"""How the first header of a part begins; any other line is content already, as there is none."""


@dataclass(slots=True)
class Content:
    """The second part; `mime` is what it says its content is, in lower case, without parameters, or empty."""

    mime: str
    _scanner: "_Scanner" = field(repr=False)
    _base64: Base64 | None = field(repr=False)

    async def chunks(self) -> AsyncIterator[bytes]:
        """
        Its bytes, decoded if they came in base64; the rest of the body is passed over after them.

        Raises:
            BadBody: The body ends before its closing boundary, or the base64 is none.
            TooLarge, ClientGone: As for `Call.chunks`.
        """
        async for chunk in self._scanner.content():
            decoded = chunk if self._base64 is None else self._base64.decode(chunk, last=False)
            if decoded:
                yield decoded
        if self._base64 is not None and (rest := self._base64.decode(b"", last=True)):
            yield rest
        await self._scanner.pass_over()


@dataclass(frozen=True, slots=True)
class Related:
    """A body of two parts: the first whole, the second to be read once, while it arrives; None if it is missing."""

    about: bytes
    content: Content | None


async def related(call: Call, about_limit: int, limit: int) -> Related:
    """
    The two parts of the body that *call* brings.

    Args:
        about_limit: Most bytes of the first part.
        limit: Most bytes of the whole body.

    Raises:
        BadBody: It is no such body, or is broken.
        TooLarge: It is over a limit.
        ClientGone: The client hung up.
    """
    scanner = _Scanner(call.chunks(limit), _boundary(call.header(b"content-type")))
    await scanner.start()
    await scanner.headers()
    about = bytearray()
    async for chunk in scanner.content():
        about += chunk
        if len(about) > about_limit:
            raise TooLarge(about_limit)
    if not await scanner.has_more():
        await scanner.pass_over()
        return Related(bytes(about), None)
    headers = await scanner.headers()
    encoding = headers.get(b"content-transfer-encoding", b"").strip().lower().decode("latin-1")
    if encoding not in PLAIN and encoding != "base64":
        raise BadBody(f"Content-Transfer-Encoding {encoding[:40]!a} is not read here; use base64 or none.")
    mime, _ = parse_options_header(header_text(headers.get(b"content-type", b"")))
    decoder = Base64() if encoding == "base64" else None
    return Related(bytes(about), Content(mime.decode("latin-1"), scanner, decoder))


def _boundary(content_type: str | None) -> bytes:
    media, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not media.startswith(b"multipart/") or not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise BadBody("The request body must be multipart/related with a boundary.")
    return boundary


class _Scanner:
    """
    Finds boundaries in a body that arrives in pieces.

    Between its methods the buffer begins with the end of a line, so that a boundary is always looked for behind one.
    """

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._body = body
        self._mark = b"--" + boundary
        self._line = b"\n" + self._mark
        self._buffer = bytearray(b"\n")
        self._is_whole = False  # whether nothing more arrives
        self._is_closed = False  # whether the last boundary was found
        self._crlf = False  # whether the first boundary's line ended in CRLF

    async def _more(self) -> bool:
        chunk = None if self._is_whole else await anext(self._body, None)
        if chunk is None:
            self._is_whole = True
            return False
        self._buffer += chunk
        return True

    async def start(self) -> None:
        """Go behind the first boundary."""
        search = 0
        while True:
            at = self._buffer.find(self._line, search)
            if 0 <= at <= LONGEST_PREAMBLE:
                behind = await self._behind(at)
                if behind is not None:
                    self._crlf = self._buffer[behind - 1 : behind] == b"\r"
                    self._go_to(behind)
                    return
                search = at + 1
            elif len(self._buffer) > LONGEST_PREAMBLE or not await self._more():
                raise BadBody("The request body does not begin with its boundary.")

    async def _behind(self, at: int) -> int | None:
        """Where the line ends whose boundary was found at *at*, and notes if it is the last; None: it is none."""
        begin = at + len(self._line)
        while True:
            rest = bytes(self._buffer[begin : begin + _LOOK])
            match = _REST.match(rest)
            if match is not None:
                self._is_closed = match[1] is not None
                return begin + match.end() - 1
            if len(rest) == _LOOK:
                return None
            if not await self._more():
                match = _LAST.fullmatch(bytes(self._buffer[begin:]))
                if match is None:
                    return None
                self._is_closed = True  # whether it says so or not
                return len(self._buffer)

    def _go_to(self, at: int) -> None:
        del self._buffer[:at]
        if not self._buffer:
            self._buffer += b"\n"

    async def has_more(self) -> bool:
        """Whether anything follows the boundary that was found last."""
        if self._is_closed:
            return False
        return len(self._buffer) > 1 or await self._more()

    async def headers(self) -> dict[bytes, bytes]:
        """The headers of the part that begins here, if it has any, by their names in lower case."""
        pairs: list[tuple[bytes, bytes]] = []
        at = 1
        while True:
            end = self._buffer.find(b"\n", at)
            if end < 0:
                if len(self._buffer) - at <= LONGEST_HEADER and await self._more():
                    continue
                end = len(self._buffer)
                if not pairs or not self._buffer.startswith(self._mark, at):
                    return {}
            line = bytes(self._buffer[at:end]).removesuffix(b"\r")
            if not line:
                self._go_to(end)
                return dict(pairs)
            if line.startswith(self._mark) and pairs:
                self._go_to(at - 1)
                return dict(pairs)
            match = _HEADER.fullmatch(line)
            if match is None or not (pairs or match[1].lower().startswith(_USUAL)):
                return {}
            pairs.append((match[1].lower(), match[2]))
            if len(pairs) > MOST_HEADERS or end > LONGEST_HEADER * MOST_HEADERS:
                raise BadBody("A part of the request body has too many headers, or too long ones.")
            at = end + 1

    async def content(self) -> AsyncIterator[bytes]:
        """What lies between here and the next boundary, and go behind that."""
        begin, search = 1, 0
        while True:
            at = self._buffer.find(self._line, search)
            behind = None if at < 0 else await self._behind(at)
            if behind is not None:
                cr = self._crlf and at > begin and self._buffer[at - 1 : at] == b"\r"
                last = bytes(self._buffer[begin : at - 1 if cr else at])
                self._go_to(behind)
                if last:
                    yield last
                return
            if at >= 0:
                search = at + 1
                continue
            # Kept: as much as could be the beginning of a boundary, and the CR before it.
            sure = len(self._buffer) - len(self._line)
            if sure > begin:
                yield bytes(self._buffer[begin:sure])
                del self._buffer[:sure]
                begin, search = 0, max(search - sure, 0)
            if not await self._more():
                raise BadBody("The request body ends before its closing boundary.")

    async def pass_over(self) -> None:
        """Read what is left, so that the connection can be used again."""
        while await self._more():
            self._buffer.clear()
