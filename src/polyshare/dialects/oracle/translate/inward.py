"""From what callers say to the engine's words; everything that is wrong raises Invalid with the name of its field."""

import calendar
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.oracle import wire
from polyshare.domain.errors import Invalid
from polyshare.domain.metadata import FieldType, MetadataField
from polyshare.domain.nodes import NodeOrder
from polyshare.domain.permissions import ROLES, Permission
from polyshare.domain.views import Window

MOST_IDS = 1000
MOST_ITEMS = 10_000
SELF = "self"
PERMISSIONS = {name: permission for permission, name in ROLES.items()}
ORDERS = {
    "name": NodeOrder.NAME,
    "createdtime": NodeOrder.CREATED,
    "modifiedtime": NodeOrder.MODIFIED,
    "lastmodifieddate": NodeOrder.MODIFIED,
    "lastmodifiedname": NodeOrder.MODIFIER,
    "size": NodeOrder.SIZE,
}
IN_FOLDERS = ("name", "createdTime", "modifiedTime")
IN_SEARCHES = ("name", "size", "lastModifiedName", "lastModifiedDate")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_QUERY = re.compile(r"\s*(\w+)\s*<(\w+)>\s*(.*?)\s*", re.DOTALL)
_NAMES = {"name", "fname", "fitemname", "fdisplayname", "doriginalname"}
_OPERATIONS = {"contains", "substring", "matches", "starts", "ends"}


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a listing and how it is sorted; `name`: only what bears it."""

    limit: int
    offset: int
    order: NodeOrder
    descending: bool
    name: str | None = None

    @property
    def window(self) -> Window:
        """The stretch as the engine says it."""
        return Window(self.offset, self.limit)


def is_self(text: str) -> bool:
    """Whether an id stands for the caller's home folder."""
    return text.strip().lower() == SELF


def ids_in(text: str | None, name: str, *, many: bool) -> list[str]:
    """
    The ids that a field names, parted by commas.

    Args:
        many: Whether more than one is allowed.
    """
    ids = [part.strip() for part in (text or "").split(",")]
    ids = [part for part in ids if part]
    if not ids:
        raise Invalid(f"{name} is required.", name)
    if len(ids) > MOST_IDS:
        raise Invalid(f"{name} names {len(ids)}; at most {MOST_IDS} are allowed.", name)
    if len(ids) > 1 and not many:
        raise Invalid(f"{name} names several; this version takes one at a time.", name)
    return ids


def role_in(text: str | None, name: str = "role") -> Permission:
    """What a role gives, in any case."""
    if text is None or not text.strip():
        raise Invalid(f"{name} is required: viewer, downloader, contributor or manager.", name)
    found = PERMISSIONS.get(text.strip().lower())
    if found is None:
        raise Invalid(
            f"{name} {text[:40]!r} is unknown; use viewer, downloader, contributor or manager.", name
        )
    return found


def flag_in(text: str | None, name: str, *, default: bool = False) -> bool:
    """True or false, also as 1 or 0."""
    if text is None or not text.strip():
        return default
    found = _FLAGS.get(text.strip().lower())
    if found is None:
        raise Invalid(f"{name} must be true or false.", name)
    return found


def required(text: str | None, name: str) -> str:
    """A text that must not be blank."""
    if text is None or not text.strip():
        raise Invalid(f"{name} is required.", name)
    return text


def page_in(query: Mapping[str, str | None], orders: Sequence[str], limit: int) -> Page:
    """The stretch that `limit`, `offset` and `orderby` ask for; *limit* is the default; raises BadQuery."""
    known = {order.lower(): order for order in orders}
    asked, _, direction = (query.get("orderby") or orders[0]).strip().partition(":")
    order, direction = known.get(asked.strip().lower()), direction.strip().lower()
    if order is None or direction not in ("", "asc", "desc"):
        raise BadQuery("orderby", f"orderby must be one of {', '.join(orders)}, then :asc or :desc.")
    return Page(
        limit=min(_number(query.get("limit"), "limit", limit, least=1), MOST_ITEMS),
        offset=_number(query.get("offset"), "offset", 0, least=0),
        order=ORDERS[order.lower()],
        descending=direction == "desc",
        name=query.get("filterName"),
    )


def _number(text: str | None, name: str, default: int, least: int) -> int:
    if text is None or not text.strip():
        return default
    text = text.strip()
    if not (text.isascii() and text.isdecimal()) or len(text) > 12 or int(text) < least:
        raise BadQuery(name, f"{name} must be a whole number, {least} or more.")
    return int(text)


def version_in(text: str | None) -> int | None:
    """The number of a file's version; None: the current one; raises BadQuery."""
    return None if text is None or not text.strip() else _number(text, "version", 0, least=1)


def words_in(fulltext: str | None, querytext: str | None) -> str:
    """What to search for: plain words, or a condition on the name such as "name<contains>plan"; raises BadQuery."""
    if fulltext is not None and fulltext.strip():
        return fulltext
    if querytext is None or not querytext.strip():
        raise BadQuery("fulltext", "fulltext or querytext is required.")
    found = _QUERY.fullmatch(querytext)
    if found is None or found[1].lower() not in _NAMES or found[2].lower() not in _OPERATIONS:
        raise BadQuery("querytext", "querytext must be a condition on the name, such as name<contains>plan.")
    words = found[3].strip("`'\"* ")
    if not words:
        raise BadQuery("querytext", "querytext has nothing to look for behind its operator.")
    return words


def moment_in(text: str | None, name: str) -> int | None:
    """A time such as 2030-01-31T10:00:00, with or without Z, in microseconds; None if there is none."""
    if text is None or not text.strip():
        return None
    try:
        parsed = time.strptime(text.strip().removesuffix("Z"), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        raise Invalid(f"{name} must be a time in UTC as yyyy-mm-ddThh:mm:ss.", name) from None
    return calendar.timegm(parsed) * 1_000_000


def fields_in(names: str | None, one_by_one: Sequence[wire.FieldInput], name: str) -> list[MetadataField]:
    """Fields of a metadata collection; those said one by one take the place of mere names."""
    if one_by_one:
        return [_field(one, f"{name}Array") for one in one_by_one]
    return [MetadataField(part) for part in _parted(names)]


def _field(sent: wire.FieldInput, name: str) -> MetadataField:
    kind = (sent.fieldType or "string").strip().lower()
    if kind not in set(FieldType):
        raise Invalid(f"fieldType {kind[:40]!r} is unknown; use {', '.join(FieldType)}.", name, "fieldType")
    return MetadataField(
        required(sent.fieldName, "fieldName"),
        FieldType(kind),
        flag_in(sent.isEnabled, "isEnabled", default=True),
        sent.defaultValue or "",
        sent.fieldDescription or "",
    )


def names_in(text: str | None, name: str) -> list[str]:
    """Names parted by commas, at least one."""
    found = _parted(text)
    if not found:
        raise Invalid(f"{name} is required.", name)
    return found


def names_if_any(text: str | None) -> list[str]:
    """Names parted by commas, or none."""
    return _parted(text)


def _parted(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def settings_in(text: str | None) -> bool | None:
    """Whether something is switched on or off; None: neither."""
    if text is None or not text.strip():
        return None
    found = {"enable": True, "disable": False}.get(text.strip().lower())
    if found is None:
        raise Invalid("settings must be enable or disable.", "settings")
    return found


def field_changes_in(sent: wire.FieldsChange) -> dict[str, dict[str, object]]:
    """What is to change, by field name."""
    changes: dict[str, dict[str, object]] = {}
    for one in sent.fieldsArray:
        change: dict[str, object] = {}
        if one.defaultValue is not None:
            change["default"] = one.defaultValue
        if one.fieldDescription is not None:
            change["description"] = one.fieldDescription
        if one.isEnabled is not None:
            change["enabled"] = flag_in(one.isEnabled, "isEnabled")
        changes[required(one.fieldName, "fieldName")] = change
    enabled = settings_in(sent.settings)
    for name in _parted(sent.fields):
        if enabled is None:
            raise Invalid("settings is required: enable or disable.", "settings")
        changes.setdefault(name, {}).setdefault("enabled", enabled)
    if not changes:
        raise Invalid("fields or fieldsArray is required.", "fields")
    return changes


def values_in(sent: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """
    Values of metadata fields: collection, field and value each.

    Either `collection` names the one that all fields are of, or each field is spelled Collection.Field.
    """
    common = next((str(value) for key, value in sent.items() if key.lower() == "collection"), None)
    found = []
    for key, value in sent.items():
        if key.lower() == "collection":
            continue
        if isinstance(value, Mapping | list):
            raise Invalid(f"The value of {key[:80]!r} must be a text.", key)
        text = (
            "" if value is None else ("true" if value is True else "false" if value is False else str(value))
        )
        collection, dot, field = key.rpartition(".")
        if common is not None and not dot:
            collection, field = common, key
        elif not dot:
            raise Invalid(
                f"Say of which collection {key[:80]!r} is: collection, or Collection.Field.", "collection"
            )
        found.append((collection, field, text))
    if not found:
        raise Invalid("Name at least one field with its value.", "fields")
    return found
