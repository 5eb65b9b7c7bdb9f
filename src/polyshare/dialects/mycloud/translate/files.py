"""Between files as devices tell of them and nodes, both ways."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.mycloud.errors import Parameter
from polyshare.dialects.mycloud.wire.files import File, FilePatch, NewFile
from polyshare.domain.media import BINARY
from polyshare.domain.nodes import NodeKind, NodeOrder
from polyshare.engine.links.visiting import ROOT, Thing, Top
from polyshare.engine.tree import pointing

FOLDER = "application/x.wd.dir"
MOST_LISTED, LISTED, MOST_IDS = 1000, 100, 1000
SHARING = frozenset({"publiclyShared", "privatelyShared"})
ORDERS = {"name": NodeOrder.NAME, "mtime": NodeOrder.MODIFIED, "ctime": NodeOrder.CREATED}
FIELDS = frozenset(File.__struct_fields__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """
    What of which folders is asked for.

    Attributes:
        at: In which of the folders the stretch begins, and behind which key and id there; None: at its beginning.
    """

    ids: Sequence[str]
    limit: int
    order: NodeOrder
    descending: bool
    fields: frozenset[str]
    at: tuple[int, tuple[int | str, int] | None]


def fields_in(call: Call) -> frozenset[str]:
    """Which fields are asked for: all, unless some are named; unknown ones are passed over."""
    named = {name.strip() for value in call.values("fields") for name in value.split(",")}
    return FIELDS & named or FIELDS


def ids_in(call: Call) -> list[str]:
    """The ids that are asked for, each once; raises Parameter."""
    ids = [text.strip() for value in call.values("ids") for text in value.split(",")]
    found = list(dict.fromkeys(text for text in ids if text))
    if not 0 < len(found) <= MOST_IDS:
        raise Parameter("ids")
    return found


def listing_in(call: Call) -> Listing:
    """What a call for the content of folders asks for; raises Parameter."""
    limit = call.value("limit")
    if limit and not (limit.isascii() and limit.isdecimal() and int(limit[:9]) >= 1):
        raise Parameter("limit")
    return Listing(
        ids_in(call),
        min(int(limit[:9]), MOST_LISTED) if limit else LISTED,
        ORDERS.get((call.value("orderBy") or "").lower(), NodeOrder.NAME),
        (call.value("order") or "").lower() == "desc",
        fields_in(call),
        _place_in(call.value("pageToken") or ""),
    )


def page_token(folder: int, after: tuple[int | str, int] | None) -> str:
    """Where a list goes on: in which of its folders, and behind which key and id there."""
    key, id_ = after if after is not None else (None, 0)
    return base64.urlsafe_b64encode(msgspec.json.encode([folder, key, id_])).decode().rstrip("=")


def _place_in(token: str) -> tuple[int, tuple[int | str, int] | None]:
    if not token:
        return 0, None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        folder, key, id_ = msgspec.json.decode(raw, type=tuple[int, int | str | None, int])
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise Parameter("pageToken") from None
    numbers = [folder, id_, *([key] if isinstance(key, int) else [])]
    if not all(0 <= number <= LARGEST for number in numbers) or (isinstance(key, str) and "\0" in key):
        raise Parameter("pageToken")
    return folder, None if key is None else (key, id_)


def fits(order: NodeOrder, after: tuple[int | str, int] | None) -> bool:
    """Whether the place of a page token is one in a list of that order."""
    return after is None or isinstance(after[0], str) == (order is NodeOrder.NAME)


def json_in(raw: bytes, shape: type[T]) -> T:
    """A small body of that shape; raises Parameter."""
    try:
        raw.decode()
        found = msgspec.json.decode(raw, type=shape)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise Parameter("body", f"The body can't be read: {error}.") from None
    for name in getattr(found, "__struct_fields__", ()):
        value = getattr(found, name)
        if isinstance(value, str) and "\0" in value:
            raise Parameter(name)
    return found


def new_file(raw: bytes) -> NewFile:
    """What a file to come is; raises Parameter."""
    found = json_in(raw, NewFile)
    found.parentID = found.parentID or ROOT
    return found


def patch_in(call: Call) -> FilePatch:
    """What is to be other about a file; raises Parameter."""
    return json_in(call.body, FilePatch)


def offset_in(call: Call) -> int | None:
    """Where a piece of an upload begins; None: after what is there. Raises Parameter."""
    text = call.value("offset")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Parameter("offset")
    return int(text)


def truth_in(call: Call, name: str) -> bool | None:
    """A yes or no of the query; None: nothing was said."""
    text = (call.value(name) or "").lower()
    return None if not text else text in ("1", "true", "yes")


def file_out(thing: Thing, tail: str, fields: Iterable[str] = FIELDS) -> File:
    """A file or folder; of one at the top of what its viewer sees the parent is not told."""
    node = thing.seen.node
    is_file = node.kind is NodeKind.FILE
    hides_parent = node.parent is None or (thing.seen.at_top and not thing.seen.owner)
    told: dict[str, Any] = {
        "id": pointing.shown(node.id, thing.seen.aliases, tail),
        "parentID": "" if hides_parent else pointing.shown(node.parent or 0, thing.seen.parent_aliases, tail),
        "name": thing.seen.name,
        "mimeType": (node.mime or BINARY) if is_file else FOLDER,
        "size": node.size if is_file else UNSET,
        "childCount": UNSET if is_file else node.children,
        "eTag": thing.etag,
        "mTime": time_out(node.modified_at),
        "cTime": time_out(node.created_at),
        "extension": (_ending(node.name) or UNSET) if is_file else UNSET,
        "storageType": "local",
        "hidden": "none",
        "publiclyShared": thing.publicly,
        "privatelyShared": thing.privately,
    }
    return File(**{name: told[name] for name in fields})


def top_out(top: Top, fields: Iterable[str] = FIELDS) -> File:
    """The top of a device for one who does not own it."""
    at = max((node.modified_at for node, _ in top.nodes), default=top.drive.created_at)
    told: dict[str, Any] = {
        "id": ROOT,
        "parentID": "",
        "name": top.drive.title,
        "mimeType": FOLDER,
        "childCount": len(top.nodes),
        "eTag": f'"{at:x}"',
        "mTime": time_out(at),
        "cTime": time_out(top.drive.created_at),
        "storageType": "local",
        "hidden": "none",
        "publiclyShared": False,
        "privatelyShared": False,
    }
    return File(**{name: told[name] for name in fields if name in told})


def time_out(at: int) -> str:
    """A time in microseconds as devices write it: ISO 8601 in UTC, to the millisecond."""
    text = datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at // 1000 % 1000:03}Z"


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return dot + ending if stem and ending else ""
