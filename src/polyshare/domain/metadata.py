"""Metadata collections: named sets of fields that nodes are described by, and the rules that their names and values obey."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from polyshare.domain.errors import Invalid

PERSONAL = "Personal."
"""What the name of a personal collection begins with; case does not count."""

LONGEST_NAME = 240
LONGEST_VALUE = 4000
MOST_FIELDS = 200
_FORBIDDEN = frozenset("/\\<>[]{}=$%'*\"?:#&^.,|")
_RESERVED = frozenset(
    word.casefold()
    for word in (
        "NUL",
        "NULL",
        "xSystem",
        "xUser",
        "xAF",
        "dMetadataUnitID",
        "dParentMetadataUnitID",
        "dMetadataInheritLevel",
        "dAssignedMetaCollection",
        "dMetaCollection",
        "dMetaCollections",
        "dMetadataCollectionID",
        "dMetadataID",
        "collection",
    )
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


class FieldType(StrEnum):
    """What the values of a field are; all are kept as text."""

    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class MetadataField:
    """A field; `default` is shown where no value was set, unless it is empty."""

    name: str
    type: FieldType = FieldType.STRING
    enabled: bool = True
    default: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class MetadataCollection:
    """A named set of fields; a personal one is there for its owner alone."""

    id: int
    name: str
    owner: int
    personal: bool
    enabled: bool
    fields: Sequence[MetadataField]

    def field(self, name: str) -> MetadataField | None:
        """The field of that name, case aside."""
        sought = name.strip().casefold()
        return next((field for field in self.fields if field.name.casefold() == sought), None)


@dataclass(frozen=True, slots=True)
class MetadataSeen:
    """A collection that a node is described by, whether from above it, and the values of its fields by name."""

    collection: MetadataCollection
    inherited: bool
    values: Mapping[str, str]


def is_personal(name: str) -> bool:
    """Whether a collection of that name is its owner's alone."""
    return name.casefold().startswith(PERSONAL.casefold())


def checked_collection_name(name: str, *where: str | int) -> str:
    """A name for a collection; raises Invalid."""
    _checked(name[len(PERSONAL) :] if is_personal(name) else name, "collection", where)
    return name


def checked_fields(
    collection: str, fields: Iterable[MetadataField], *where: str | int
) -> tuple[MetadataField, ...]:
    """
    The fields of the collection of that name.

    Raises:
        Invalid: None, too many, a name that can't be one or is there twice, or a default that its type has not.
    """
    found: dict[str, MetadataField] = {}
    for field in fields:
        _checked(field.name, "field", where)
        if len(collection) + len(field.name) > LONGEST_NAME:
            raise Invalid(
                f"Collection and field name have at most {LONGEST_NAME} characters together.", *where
            )
        if field.name.casefold() in found:
            raise Invalid(f"Field {field.name!r} is named twice; name each one once.", *where)
        if field.default:
            checked_value(field, field.default, *where)
        found[field.name.casefold()] = field
    if not found or len(found) > MOST_FIELDS:
        raise Invalid(f"A metadata collection has 1 to {MOST_FIELDS} fields.", *where)
    return tuple(found.values())


def checked_value(field: MetadataField, value: str, *where: str | int) -> str:
    """A value that the field can have; raises Invalid."""
    if len(value) > LONGEST_VALUE:
        raise Invalid(f"The value of {field.name!r} has at most {LONGEST_VALUE} characters.", *where)
    if not value or field.type is FieldType.STRING:
        return value
    if field.type is FieldType.NUMBER and not _NUMBER.fullmatch(value):
        raise Invalid(f"The value of {field.name!r} must be a number.", *where)
    if field.type is FieldType.BOOLEAN and value not in ("0", "1"):
        raise Invalid(f"The value of {field.name!r} must be 1 for true or 0 for false.", *where)
    if field.type is FieldType.DATE:
        try:
            datetime.strptime(value.removesuffix("Z"), "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - only its form counts
        except ValueError:
            raise Invalid(
                f"The value of {field.name!r} must be a date as yyyy-mm-ddThh:mm:ss.", *where
            ) from None
    return value


def _checked(name: str, what: str, where: tuple[str | int, ...]) -> None:
    if not 1 <= len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise Invalid(
            f"The name of a {what} has 1 to {LONGEST_NAME} characters and no space at either end.", *where
        )
    if not _FORBIDDEN.isdisjoint(name) or name.casefold() in _RESERVED:
        raise Invalid(f"{name!r} can't be the name of a {what}; use letters, digits, spaces and -.", *where)
