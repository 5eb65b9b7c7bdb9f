"""Shapes that all of UCloud's services share.  Source: UCloud developer guide, "Resources" and "API conventions"."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from polyshare.dialects.base.bodies import Whole

PermissionName = Literal["READ", "EDIT", "ADMIN", "PROVIDER"]


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


class ProductReference(Struct, frozen=True):
    """Names a product."""

    id: str
    category: str
    provider: str


class Owner(Struct):
    """ResourceOwner."""

    createdBy: str
    project: str | None


class AclEntity(Struct):
    """Who holds permissions: a user, or a group of a project."""

    type: Literal["user", "project_group"]
    username: str | UnsetType = UNSET
    projectId: str | UnsetType = UNSET
    group: str | UnsetType = UNSET


class AclEntry(Struct):
    """An entity's permissions."""

    entity: AclEntity
    permissions: Sequence[PermissionName]


class Permissions(Struct):
    """ResourcePermissions: the caller's own, and those of others where they were asked for."""

    myself: Sequence[PermissionName]
    others: Sequence[AclEntry] | None


class Paged(Struct, kw_only=True):
    """PaginationRequestV2: how a list is to be read, in a query or a body."""

    itemsPerPage: Whole | None = None
    next: str | None = None
    consistency: Literal["PREFER", "REQUIRE"] | None = None
    itemsToSkip: Whole | None = None
