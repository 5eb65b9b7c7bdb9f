"""
What UCloud and its providers tell each other: shapes of the provider protocol, some of which users see, too.

They stand beneath the dialect that answers users and providers, since calls to providers are made from here.

Source: UCloud developer guide, "Resources", "Shares", "Drives", "Provider APIs".
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

PermissionName = Literal["READ", "EDIT", "ADMIN", "PROVIDER"]
State = Literal["APPROVED", "REJECTED", "PENDING"]

CORE = "_UCloud"
"""Who calls providers, as tokens name it."""

SYSTEM = "_ucloud"
"""Who owns drives that show what a share offers."""


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


class AccountingUnit(Struct):
    """What amounts of a product are counted in, as people read it."""

    name: str
    namePlural: str
    floatingPoint: bool
    displayFrequencySuffix: bool


class Category(Struct):
    """ProductCategory: what a product is accounted under."""

    name: str
    provider: str
    productType: Literal["STORAGE"]
    accountingUnit: AccountingUnit
    accountingFrequency: str
    freeToUse: bool
    allowSubAllocations: bool


class Storage(Struct, kw_only=True):
    """
    Product.Storage: a product as the guide describes it, with what later servers tell besides.

    Its reference is its name with the name and the provider of its category.
    """

    type: Literal["storage"] = "storage"
    productType: Literal["STORAGE"] = "STORAGE"
    name: str
    description: str
    category: Category
    pricePerUnit: int
    price: int
    priority: int
    version: int
    freeToUse: bool
    unitOfPrice: str
    chargeType: str
    hiddenInGrantApplications: bool
    balance: int | None


class ShareSupport(Struct):
    """ShareSupport: that folders on drives of this product can be shared."""

    product: ProductReference
    type: Literal["UCLOUD_MANAGED_COLLECTION"] = "UCLOUD_MANAGED_COLLECTION"


class ResolvedSupport(Struct):
    """A product, and what its provider can do with it."""

    product: Storage
    support: ShareSupport


class Spec(Struct):
    """Share.Spec: what is asked for; all of it is needed."""

    sharedWith: str
    sourceFilePath: str
    permissions: list[PermissionName]
    product: ProductReference


class Status(Struct):
    """Share.Status; all four are always there."""

    shareAvailableAt: str | None
    state: State
    resolvedSupport: ResolvedSupport | None
    resolvedProduct: Storage | None


class Update(Struct):
    """Share.Update; `timestamp` is when we learned of it."""

    timestamp: int
    status: str | None
    newState: State
    shareAvailableAt: str | None


class Share(Struct):
    """Share; the provider's own id of it is left out where there is none."""

    id: str
    specification: Spec
    createdAt: int
    status: Status
    updates: Sequence[Update]
    owner: Owner
    permissions: Permissions
    providerGeneratedId: str | UnsetType = UNSET


class DriveSpec(Struct):
    """FileCollection.Spec; all of it is needed."""

    title: str
    product: ProductReference


class DriveStatus(Struct):
    """FileCollection.Status; support and product only where they were asked for."""

    preferredDrive: bool = False
    resolvedSupport: Any | None = None
    resolvedProduct: Storage | None = None


class Drive(Struct):
    """FileCollection; `createdAt` is in milliseconds."""

    id: str
    specification: DriveSpec
    createdAt: int
    status: DriveStatus
    updates: Sequence[Any]
    owner: Owner
    permissions: Permissions
    providerGeneratedId: str | UnsetType = UNSET


class Items(Struct):
    """BulkRequest."""

    items: Sequence[Any]


class AclChange(Struct):
    """UpdatedAclWithResource: who is taken from a resource's list, and who is put there."""

    resource: Any
    added: Sequence[AclEntry]
    deleted: Sequence[AclEntity]


class Principal(Struct):
    """Whom a provider's `init` is about."""

    principal: Owner


class Initialized(Struct):
    """Whom a provider's integration is to make ready."""

    username: str


class Made(Struct):
    """A provider's own id of what it made; empty for none."""

    id: str | None = None


class MadeAll(Struct):
    """BulkResponse of create; whoever says nothing of an item has no id of its own for it."""

    responses: Sequence[Made | None] | None = None


class Declared(Struct):
    """ShareSupport as a provider declares it; nothing else in it counts."""

    product: ProductReference


class AllDeclared(Struct):
    """BulkResponse of `shares.retrieveProducts`."""

    responses: Sequence[Declared] = ()


class FilesSupport(Struct):
    """What can be done with files; only what concerns shares."""

    sharesSupported: bool = False


class DriveSupport(Struct):
    """FSSupport: only what concerns shares."""

    product: ProductReference
    files: FilesSupport = msgspec.field(default_factory=FilesSupport)


class DriveSupports(Struct):
    """BulkResponse of `files.collections.retrieveProducts`."""

    responses: Sequence[DriveSupport] = ()


class Said(Struct):
    """An answer of which nothing matters but that it is an object."""


class Failure(Struct):
    """CommonErrorMessage, as a provider writes it."""

    why: str = ""
    errorCode: str | None = None
