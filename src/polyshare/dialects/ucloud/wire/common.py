"""Shapes that all of UCloud's services share.  Source: UCloud developer guide, "Resources" and "API conventions"."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from polyshare.dialects.base.bodies import Whole
from polyshare.providers.ucloud_wire import (
    AclEntity,
    AclEntry,
    Owner,
    PermissionName,
    Permissions,
    ProductReference,
)

__all__ = [
    "AclEntity",
    "AclEntry",
    "Failure",
    "FindById",
    "Nothing",
    "Owner",
    "Page",
    "Paged",
    "PermissionName",
    "Permissions",
    "ProductReference",
    "ResourceFlags",
    "Responses",
]


class FindById(Struct):
    """Names a resource; its id is a decimal number in a string."""

    id: str


class Page(Struct):
    """PageV2: one page of a list; the end is where `next` is null."""

    itemsPerPage: int
    items: Sequence[Any]
    next: str | None


class Responses(Struct):
    """BulkResponse: what came of each item, in order."""

    responses: Sequence[Any]


class Nothing(Struct):
    """Unit: `{}`."""


class Failure(Struct):
    """CommonErrorMessage, with the status beside it, by which clients in Go know it."""

    why: str
    errorCode: str | None
    statusCode: int


class Paged(Struct, kw_only=True):
    """PaginationRequestV2: how a list is to be read, in a query or a body."""

    itemsPerPage: Whole | None = None
    next: str | None = None
    consistency: Literal["PREFER", "REQUIRE"] | None = None
    itemsToSkip: Whole | None = None


class ResourceFlags(Struct, kw_only=True):
    """ResourceIncludeFlags: what is told beside a resource, and which ones are meant; siblings of other parameters in a query."""

    includeOthers: bool = False
    includeUpdates: bool = False
    includeSupport: bool = False
    includeProduct: bool = False
    filterCreatedBy: str | None = None
    filterCreatedAfter: Whole | None = None  # milliseconds, inclusive, as is the next
    filterCreatedBefore: Whole | None = None
    filterProvider: str | None = None
    filterProductId: str | None = None
    filterProductCategory: str | None = None
    filterProviderIds: str | None = None  # parted by commas, as are filterIds
    filterIds: str | None = None
    hideProvider: str | None = None
    hideProductId: str | None = None
    hideProductCategory: str | None = None
