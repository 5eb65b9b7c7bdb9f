"""From their words to ours: bodies and queries of shares and of file permissions, checked in the order that the vendor tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from polyshare.dialects.base import bodies
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody
from polyshare.dialects.mycloud.errors import Parameter, ParameterList
from polyshare.dialects.mycloud.wire.shares import Luggage
from polyshare.domain.link_shares import Entity
from polyshare.domain.links import Audience
from polyshare.domain.permissions import Permission

LONGEST_ID = 255
MOST_FILES, MOST_USERS = 1000, 100
LARGEST_METADATA = 16 * 1024
MOST_LISTED, LISTED = 1000, 100
ANYBODY, SOMEBODY = "anybody", "somebody"

_fields = msgspec.json.Decoder(dict[str, Raw]).decode


@dataclass(frozen=True, slots=True)
class ShareBody:
    """What the body of a share says; None: it does not."""

    device: str | None
    files: list[str] | None
    owner: str | None
    users: list[str] | None
    metadata: Raw | None
    use_cache: bool | None


@dataclass(frozen=True, slots=True)
class PermBody:
    """What a permission is to be; `named`: an authId, or a user's id."""

    file: str
    entity: Entity | None
    named: str
    permissions: Permission


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What of a list is asked for."""

    owner: str | None
    user: str | None
    device: str | None
    file: str | None
    limit: int
    before: int | None


def new_share(call: Call) -> ShareBody:
    """The body of a share that is to be made; raises Parameter."""
    fields = _read(call)
    for name in ("deviceId", "fileIds", "ownerId"):
        if name not in fields:
            raise Parameter(name)
    return _share(fields)


def changed_share(call: Call) -> ShareBody:
    """The body of a share that is to be changed; raises Parameter."""
    return _share(_read(call))


def _share(fields: Mapping[str, Raw]) -> ShareBody:
    device, owner = (_text(fields, name) for name in ("deviceId", "ownerId"))
    files = _texts(fields, "fileIds", MOST_FILES, least=1)
    users = _texts(fields, "userIds", MOST_USERS, least=0)
    return ShareBody(device, files, owner, users, _metadata(fields), _use_cache(fields))


def luggage(body: ShareBody, before: str = "{}") -> str:
    """A share's luggage as it is kept: what the body says of it, and what it had before."""
    old = msgspec.json.decode(before, type=Luggage)
    metadata = old.metadata if body.metadata is None else body.metadata
    use_cache = old.use_cache if body.use_cache is None else body.use_cache
    return msgspec.json.encode(Luggage(metadata, use_cache)).decode()


def audience(users: Iterable[str]) -> Audience:
    """Whom the ids of a share let in: anyone if there is none."""
    named = set(users)
    if not named or ANYBODY in named:
        return Audience.ANYONE
    return Audience.SIGNED_IN if SOMEBODY in named else Audience.LISTED


def new_permission(call: Call) -> PermBody:
    """The body of a permission that is to be given; raises Parameter."""
    fields = _read(call)
    file = _needed(fields, "fileID")
    if "entity" not in fields:
        raise Parameter("entity")
    try:
        inner = _fields(fields["entity"])
    except (msgspec.DecodeError, RecursionError):
        raise Parameter("entity") from None
    kind, named, value = _needed(inner, "type"), _needed(inner, "id"), _needed(fields, "value")
    entity = entity_in(kind, named)
    permissions = VALUES.get(value)
    if permissions is None or (entity is not None and permissions is not Permission.DOWNLOAD):
        raise Parameter("value", f"value can't be {value[:80]!r} here; use {_usable(entity)}")
    return PermBody(file, entity, named if entity in (None, Entity.LINK) else "", permissions)


VALUES = {
    "ReadFile": Permission.DOWNLOAD,
    "WriteFile": Permission.EDIT,
    "WriteFilePerms": Permission.MANAGE,
}


def entity_in(kind: str, named: str) -> Entity | None:
    """To whom a permission is given; None: to the user of that id. Raises Parameter."""
    if kind == "cloudShare":
        return Entity.LINK
    if kind != "user":
        raise Parameter("entity.type", "entity.type must be user or cloudShare")
    return {ANYBODY: Entity.EVERYONE, SOMEBODY: Entity.SIGNED_IN}.get(named)


def _usable(entity: Entity | None) -> str:
    return "ReadFile" if entity is not None else ", ".join(VALUES)


def list_query(call: Call) -> ListQuery:
    """What of the list of shares is asked for; raises Parameter."""
    given = {name: call.value(name) or None for name in ("ownerId", "userId", "deviceId", "fileId")}
    for name, value in given.items():
        if value is not None and len(value) > LONGEST_ID:
            raise Parameter(name)
    limit, before = page_query(call)
    return ListQuery(given["ownerId"], given["userId"], given["deviceId"], given["fileId"], limit, before)


def page_query(call: Call) -> tuple[int, int | None]:
    """How many entries, and where the last answer said that the next one begins; raises Parameter."""
    limit, token = call.value("limit"), call.value("pageToken")
    if limit and not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:5]) <= MOST_LISTED):
        raise Parameter("limit")
    if token and not (token.isascii() and token.isdecimal() and len(token) < 19):
        raise Parameter("pageToken")
    return int(limit) if limit else LISTED, int(token) if token else None


def _read(call: Call) -> dict[str, Raw]:
    """The fields of a body that is an object; null is as if it were not there, but for metadata, which may be null."""
    try:
        call.body.decode()
        fields: dict[str, Raw] = _fields(call.body)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        raise Parameter("body") from None
    return {name: value for name, value in fields.items() if name == "metadata" or bytes(value) != b"null"}


def _needed(fields: Mapping[str, Raw], name: str) -> str:
    text = _text(fields, name)
    if text is None:
        raise Parameter(name)
    return text


def _text(fields: Mapping[str, Raw], name: str) -> str | None:
    if name not in fields:
        return None
    value = _decoded(fields[name])
    if not _is_id(value):
        raise Parameter(name)
    return str(value)


def _texts(fields: Mapping[str, Raw], name: str, most: int, *, least: int) -> list[str] | None:
    """A list of ids, each once and in the order of its first; None: there is none."""
    if name not in fields:
        return None
    values = _decoded(fields[name])
    if not isinstance(values, list) or not least <= len(values) <= most or not all(map(_is_id, values)):
        raise ParameterList(name)
    return list(dict.fromkeys(values))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_ID and "\0" not in value


def _metadata(fields: Mapping[str, Raw]) -> Raw | None:
    if "metadata" not in fields:
        return None
    raw = fields["metadata"]
    if bytes(raw) == b"null":
        return Raw(b"null")
    if not isinstance(_decoded(raw), dict) or len(bytes(raw)) > LARGEST_METADATA:
        raise Parameter("metadata")
    try:
        bodies.refuse_nul(raw, ("metadata",))
    except BadBody:
        raise Parameter("metadata") from None
    return raw.copy()


def _use_cache(fields: Mapping[str, Raw]) -> bool | None:
    if "useCache" not in fields:
        return None
    value = _decoded(fields["useCache"])
    if not isinstance(value, bool):
        raise Parameter("useCache")
    return value


def _decoded(raw: Raw) -> Any:
    """What a field holds; what can't be read is None."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
