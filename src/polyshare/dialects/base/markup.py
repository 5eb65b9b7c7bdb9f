"""XML without namespaces and attributes: bodies into the shapes that JSON has, and answers out of the same values."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

import msgspec

from polyshare.dialects.base.refusals import BadBody

XML = b"application/xml"
DEEPEST = 64
MOST_ELEMENTS = 20_000
ENCODINGS = {
    "utf-8",
    "us-ascii",
    "iso-8859-1",
}  # those that expat reads by itself and that are ASCII in their lower half

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# All that may stand before the root, without a document type and processing instructions.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml[ \t\r\n][^>]*\?>)?(?:[ \t\r\n]++|<!--.*?-->)*+", re.DOTALL)
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def read(body: bytes) -> dict[str, Any]:
    """
    An XML document as JSON would say it, whatever its root is called.

    Elements are fields; their text is trimmed; those that repeat make a list; one without children and text is empty
    text. Attributes and prefixes of namespaces are ignored, and so is text beside children.

    Raises:
        BadBody: It is not well-formed, has a document type, entities or processing instructions, or is nested more than
            64 deep or has more than 20,000 elements.
    """
    prolog = _PROLOG.match(body)
    rest = body[prolog.end() if prolog else 0 :][:2]
    if rest in (b"<!", b"<?"):  # before the parser sees it: an entity may be small and stand for much
        raise BadBody("The XML has a document type or a processing instruction; send it without.")
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise BadBody(f"The request body is not XML: {error}.") from None
    except (LookupError, UnicodeError, ValueError):
        raise BadBody("The XML has an encoding that is not read here; use UTF-8.") from None
    root = reader.root
    return root if isinstance(root, dict) else {}


class _Reader:
    """What expat calls while it reads one document."""

    def __init__(self) -> None:
        parser = self.parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse
        self.root: dict[str, Any] | str = {}
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._elements = 0

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise BadBody("The XML has an encoding that is not read here; use UTF-8.")

    def _refuse(self, *_: Any) -> None:
        raise BadBody("The XML has a document type, an entity or a processing instruction; send it without.")

    def _start(self, name: str, _attributes: Any) -> None:
        self._elements += 1
        if len(self._open) == DEEPEST:
            raise BadBody(f"The XML is nested more than {DEEPEST} deep.")
        if self._elements > MOST_ELEMENTS:
            raise BadBody(f"The XML has more than {MOST_ELEMENTS} elements.")
        self._open.append((name.rpartition(":")[2], {}, []))

    def _text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _end(self, _name: str) -> None:
        name, fields, texts = self._open.pop()
        value = fields or "".join(texts).strip()
        if not self._open:
            self.root = value
            return
        siblings = self._open[-1][1]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]


def write(root: str, value: Any, item_name: Callable[[str], str]) -> bytes:
    """
    A value that JSON could say as an XML document in UTF-8.

    Objects are nested elements, lists an element with one element for each member; what is None has no element. What XML
    1.0 can't say is left out of texts (control characters, lone surrogates), so that the document is well-formed whatever
    people wrote; names that no element can have become `<field name="…">`.

    Args:
        root: Name of the outermost element.
        value: A struct, mapping, list or scalar.
        item_name: What a member of the list of that name is called.
    """
    parts = [_DECLARATION]
    _write(parts, root, msgspec.to_builtins(value), item_name)
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any, item_name: Callable[[str], str]) -> None:
    named = _NAME.fullmatch(name) is not None
    opening = name if named else f'field name="{_text(name).replace(chr(34), "&quot;")}"'
    closing = name if named else "field"
    if isinstance(value, Mapping):
        parts.append(f"<{opening}>")
        for key, inner in value.items():
            if inner is not None:
                _write(parts, str(key), inner, item_name)
    elif isinstance(value, list | tuple):
        parts.append(f"<{opening}>")
        for inner in value:
            _write(parts, item_name(name), "" if inner is None else inner, item_name)
    else:
        parts.append(f"<{opening}>{_text(_spelled(value))}")
    parts.append(f"</{closing}>")


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(text: str) -> str:
    return _UNSAYABLE.sub("", text).translate(_ESCAPES)
