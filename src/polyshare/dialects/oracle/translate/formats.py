"""Answers in the two formats of this API: JSON, or XML where Accept likes it better."""

import secrets
from typing import Any

from polyshare.dialects.base import markup
from polyshare.dialects.base.accepting import prefers_xml
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call

JSON = b"application/json;charset=UTF-8"
XML = b"application/xml;charset=UTF-8"
ROOTS = frozenset({"share", "folder", "file", "publiclink", "collection"})
MEMBERS = {"items": "item", "members": "member"}


def ecid(call: Call) -> tuple[bytes, bytes]:
    """The header with the id of this request, under which the log has it too."""
    return b"x-oracle-dms-ecid", (call.request_id or secrets.token_hex(16)).encode()


def answered(
    call: Call,
    status: int,
    body: Any,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    root: str | None = None,
) -> Answer:
    """
    A struct as an answer in the format asked for.

    Args:
        root: Name of the outermost element of XML; None: the value's type, where that is a kind of item.
    """
    headers = (ecid(call), *headers)
    if not prefers_xml(call.header(b"accept")):
        return Answer(status, encode(body), headers, JSON)
    if root is None:
        kind = getattr(body, "type", None)
        root = kind if isinstance(kind, str) and kind in ROOTS else "result"
    return Answer(status, markup.write(root, body, item_name), headers, XML)


def item_name(of: str) -> str:
    """What one member of a list is called in XML."""
    return MEMBERS.get(of, "item")
