"""Forms with files, `multipart/form-data`, part by part while they arrive; nothing is kept but what a caller asks for."""

import binascii
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody, TooLarge

MOST_PARTS = 100
MOST_HEADERS = 16
LONGEST_HEADER = 8192  # bytes of one header line

_ESCAPED_NAME = re.compile(rb";\s*filename\*\s*=\s*utf-8'[^'\s;]*'([^\s;]*)", re.IGNORECASE)
PLAIN = {"", "7bit", "8bit", "binary"}


@dataclass(slots=True)
class Part:
    """
    One part of a form, to be read before the next one is asked for; what is left of it is passed over.

    Attributes:
        file_name: As sent; None if the part is no file.
        mime: What it says its content is, in lower case, without parameters; empty if it does not.
    """

    name: str
    file_name: str | None
    mime: str
    _form: "_Form" = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """
        Its content, decoded if it came in base64.

        Raises:
            BadBody: The form is broken off, or the base64 is none.
            TooLarge, TooSlow, ClientGone: As for `Call.chunks`.
        """
        return self._form.content()

    async def whole(self, limit: int) -> bytes:
        """Its content at once, at most *limit* bytes; raises TooLarge too."""
        found = bytearray()
        async for chunk in self.chunks():
            found += chunk
            if len(found) > limit:
                raise TooLarge(limit)
        return bytes(found)


async def parts(call: Call, limit: int) -> AsyncIterator[Part]:
    """
    The parts of the form that *call* brings, in the order sent.

    Args:
        limit: Most bytes of the whole body.

    Raises:
        BadBody: It is no form, is broken, ends early, or has too many parts or headers, or too long ones.
        TooLarge, TooSlow, ClientGone: As for `Call.chunks`.
    """
    form = _Form(call, limit)
    while True:
        part = await form.next_part()
        if part is None:
            await form.finish()
            return
        yield part
        async for _ in form.content():  # whatever was not read
            pass


class _Form:
    """The parser, what it found and has not been asked for yet, and how the present part is encoded."""

    def __init__(self, call: Call, limit: int) -> None:
        media, options = parse_options_header(call.header(b"content-type"))
        boundary = options.get(b"boundary", b"")
        if media != b"multipart/form-data" or not boundary:
            raise BadBody("The request body must be a form: multipart/form-data with a boundary.")
        self._body = call.chunks(limit)
        self._found: deque[tuple[str, bytes]] = deque()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": lambda: self._note("part"),
                    "on_header_begin": lambda: self._note("header"),
                    "on_header_field": lambda data, start, end: self._note("name", data[start:end]),
                    "on_header_value": lambda data, start, end: self._note("value", data[start:end]),
                    "on_part_data": lambda data, start, end: self._note("data", data[start:end]),
                    "on_headers_finished": lambda: self._note("content"),
                    "on_part_end": lambda: self._note("part end"),
                    "on_end": lambda: self._note("end"),
                },
                max_header_count=MOST_HEADERS,
                max_header_size=LONGEST_HEADER,
            )
        except FormParserError as error:
            raise BadBody(f"The form can't be read: {error}.") from None
        self._parts = 0
        self._is_inside = False
        self._base64: Base64 | None = None

    def _note(self, what: str, data: bytes = b"") -> None:
        self._found.append((what, data))

    async def _next(self) -> tuple[str, bytes]:
        while not self._found:
            chunk = await anext(self._body, None)
            if chunk is None:
                raise BadBody("The form ends before its closing boundary.")
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise BadBody(f"The form can't be read: {error}.") from None
        return self._found.popleft()

    async def finish(self) -> None:
        """Read what follows the form, which counts for nothing; a body that is shorter than announced is refused."""
        async for _ in self._body:
            pass

    async def next_part(self) -> Part | None:
        """The next part, its headers read; None after the last one."""
        what, _ = await self._next()
        if what == "end":
            return None
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadBody(f"The form has more than {MOST_PARTS} parts.")
        headers = await self._headers()
        disposition, options = parse_options_header(header_text(headers.get(b"content-disposition", b"")))
        if disposition != b"form-data" or b"name" not in options:
            raise BadBody("A part of the form has no Content-Disposition: form-data with a name.")
        encoding = headers.get(b"content-transfer-encoding", b"").strip().lower().decode("latin-1")
        if encoding not in PLAIN and encoding != "base64":
            raise BadBody(
                f"Content-Transfer-Encoding {encoding[:40]!a} is not read here; use base64 or none."
            )
        self._base64 = Base64() if encoding == "base64" else None
        self._is_inside = True
        mime, _ = parse_options_header(header_text(headers.get(b"content-type", b"")))
        file_name = options.get(b"filename", _escaped_name(headers[b"content-disposition"]))
        return Part(
            _utf8(options[b"name"]),
            None if file_name is None else _utf8(file_name),
            mime.decode("latin-1"),
            self,
        )

    async def _headers(self) -> dict[bytes, bytes]:
        pairs: list[list[bytes]] = []
        while True:
            what, data = await self._next()
            if what == "content":
                return {name.lower(): value for name, value in pairs}
            if what == "header":
                pairs.append([b"", b""])
            elif what in ("name", "value"):
                pairs[-1][what == "value"] += data
            else:
                raise BadBody("A part of the form has no headers.")

    async def content(self) -> AsyncIterator[bytes]:
        """What is left of the present part."""
        while self._is_inside:
            what, data = await self._next()
            if what == "part end":
                self._is_inside = False
                data = b""
            decoded = data if self._base64 is None else self._base64.decode(data, last=not self._is_inside)
            if decoded:
                yield decoded


class Base64:
    """Base64 that comes in pieces, with line breaks wherever they fall."""

    __slots__ = ("_ended", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def decode(self, data: bytes, *, last: bool) -> bytes:
        """As much as can be decoded by now; raises BadBody."""
        data = self._rest + data.translate(None, b" \t\r\n")
        whole = len(data) if last else len(data) - len(data) % 4
        data, self._rest = data[:whole], data[whole:]
        if not data:
            return b""
        if last:
            data += b"=" * (-len(data) % 4)  # some leave the padding out
        try:
            if self._ended:
                raise BadBody("The base64 of a part goes on after its end.")
            self._ended = data.endswith(b"=")
            return binascii.a2b_base64(data, strict_mode=True)
        except binascii.Error as error:
            raise BadBody(f"The base64 of a part can't be read: {error}.") from None


def _escaped_name(disposition: bytes) -> bytes | None:
    """
    A file name beyond ASCII as RFC 8187 escapes it; None if there is none.

    Forms must not have it (RFC 7578, section 4.2), but Python's urllib3 before 1.25 sends nothing else.
    """
    match = _ESCAPED_NAME.search(disposition)
    return None if match is None else unquote_to_bytes(match[1])


def header_text(value: bytes) -> str:
    return value.decode("latin-1")


def _utf8(value: bytes) -> str:
    """A name as UTF-8, which is what clients send; raises BadBody."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise BadBody("A name in the form is not UTF-8.") from None
    if "\0" in text:
        raise BadBody("A name in the form holds U+0000, which is not allowed.")
    return text
