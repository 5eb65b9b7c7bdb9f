"""What headers say of a chunk of bytes.  Source: UCloud developer guide, "Upload Protocol"; its size in all, its web client."""

from dataclasses import dataclass
from urllib.parse import quote

from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.base.refusals import BadHeader

LARGEST_CHUNK = 32_000_000
"""Bytes that one call may bring."""
APPEND = -1


@dataclass(frozen=True, slots=True)
class Chunk:
    """
    A piece of a file that is coming.

    Attributes:
        at: Where it begins; None: behind what is there.
        total: How long the file will be; None: nobody said.
    """

    ticket: str
    at: int | None
    total: int | None


def chunk_in(call: Call) -> Chunk:
    """
    What the headers of a call say of its body.

    Raises:
        BadHeader: The token or the offset is missing, or a number is none.
    """
    ticket = call.header(b"chunked-upload-token")
    if not ticket:
        raise BadHeader("Chunked-Upload-Token", "Chunked-Upload-Token is missing.")
    offset = _number(call, "Chunked-Upload-Offset")
    if offset is None:
        raise BadHeader("Chunked-Upload-Offset", "Chunked-Upload-Offset is missing.")
    total = _number(call, "Chunked-Upload-Total-Size")
    if offset < APPEND or (total is not None and total < 0):
        raise BadHeader("Chunked-Upload-Offset", "An offset is -1, 0 or more; a size is 0 or more.")
    return Chunk(ticket, None if offset == APPEND else offset, total)


def _number(call: Call, header: str) -> int | None:
    text = call.header(header.lower().encode())
    if text is None or not text.strip():
        return None
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and int(digits) <= LARGEST):
        raise BadHeader(header, f"{header} must be a whole number.")
    return int(text)


def segment(text: str) -> str:
    """A name as one segment of an address."""
    return quote(text, safe="")
