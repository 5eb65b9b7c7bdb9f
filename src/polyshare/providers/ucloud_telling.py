"""What UCloud's providers are told, in their words: shares, drives, and changes of who may use a drive."""

import msgspec

from polyshare.domain.delivery import Consent
from polyshare.domain.folder_shares import FolderShare, Update
from polyshare.domain.permissions import Permission
from polyshare.domain.products import Product, ProductRef
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.providers import ucloud_wire as wire
from polyshare.providers.base import Asked, Errand

STATES: dict[Consent, wire.State] = {
    Consent.AWAITED: "PENDING",
    Consent.GIVEN: "APPROVED",
    Consent.REFUSED: "REJECTED",
}
_TO_MS = 1000
_BYTES = wire.AccountingUnit("GB", "GB", floatingPoint=False, displayFrequencySuffix=False)
_MONEY = wire.AccountingUnit("DKK", "DKK", floatingPoint=True, displayFrequencySuffix=False)
_VERSION = 1  # of a product's terms; only what is in force now is told


def reference(ref: ProductRef) -> wire.ProductReference:
    """How a product is named."""
    return wire.ProductReference(ref.name, ref.category, ref.provider)


def opened(permissions: Permission) -> list[wire.PermissionName]:
    """What a set lets its holder do with files; who may change them may see them."""
    return ["READ", "EDIT"] if Permission.EDIT in permissions.closed else ["READ"]


def spelled(asked: str | None, permissions: Permission) -> list[wire.PermissionName]:
    """What is given, as it was asked for; else spelled from what counts."""
    return (
        opened(permissions) if asked is None else msgspec.json.decode(asked, type=list[wire.PermissionName])
    )


def share(found: FolderShare, product: Product | None) -> wire.Share:
    """
    A share as its provider sees it, with all that can be told beside it.

    Source: UCloud developer guide, "Shares"; a provider is told where it shows a share in any state.
    """
    ref = reference(found.product)
    support = None if product is None else wire.ResolvedSupport(storage(product), wire.ShareSupport(ref))
    return wire.Share(
        id=str(found.id),
        specification=wire.Spec(found.recipient, found.path, spelled(found.asked, found.permissions), ref),
        createdAt=found.created_at // _TO_MS,
        status=wire.Status(
            found.location, STATES[found.consent], support, None if support is None else support.product
        ),
        updates=[update(one) for one in found.updates],
        owner=wire.Owner(found.owner, None),
        permissions=wire.Permissions(["READ", "PROVIDER"], [entry(found.recipient, ["READ"])]),
        providerGeneratedId=found.provider_ref or msgspec.UNSET,
    )


def storage(product: Product) -> wire.Storage:
    """Product.Storage, with `balance` as its holder has it."""
    ref = product.ref
    return wire.Storage(
        name=ref.name,
        description=product.description,
        category=_category(product),
        pricePerUnit=product.price,
        price=product.price,
        priority=product.priority,
        version=_VERSION,
        freeToUse=product.free,
        unitOfPrice=product.unit,
        chargeType=product.charge_type,
        hiddenInGrantApplications=product.accounted is not None and product.accounted.hidden,
        balance=product.balance,
    )


def shares(asked: Asked) -> list[wire.Share]:
    """The shares that a provider is asked about."""
    return [share(one, asked.products.get(one.product)) for one in asked.shares]


def entry(login: str, permissions: list[wire.PermissionName]) -> wire.AclEntry:
    """What a user may do."""
    return wire.AclEntry(entity(login), permissions)


def entity(login: str) -> wire.AclEntity:
    """A user who may do something."""
    return wire.AclEntity("user", username=login)


def access(errand: Errand, mount: RemoteDrive) -> list[wire.AclChange]:
    """
    Who may use a drive from now on, in one or two steps; sent twice it comes to the same.

    What stood there before is taken away first, but for the first time: then nothing did. That is a step of its own, for a
    provider may keep the list as it stands in the drive that it is sent, and strike whom `deleted` names from that.
    """
    user, changes = entity(errand.login), []
    if errand.withdraw or not errand.first:
        changes.append(wire.AclChange(drive(mount, []), [], [user]))
    if not errand.withdraw:
        added = [wire.AclEntry(user, opened(errand.permissions))]
        changes.append(wire.AclChange(drive(mount, added), added, []))
    return changes


def drive(found: RemoteDrive, others: list[wire.AclEntry] | None) -> wire.Drive:
    """
    A drive as its provider sees it.

    Source: UCloud developer guide, "Drives"; whose drive has no owner is the house's own, to show what a share offers.
    """
    return wire.Drive(
        id=str(found.id),
        specification=wire.DriveSpec(found.title, reference(found.product)),
        createdAt=found.created_at // _TO_MS,
        status=wire.DriveStatus(),
        updates=[],
        owner=wire.Owner(found.owner or wire.SYSTEM, found.project),
        permissions=wire.Permissions(["READ", "PROVIDER"], others),
        providerGeneratedId=found.ref or msgspec.UNSET,
    )


def update(one: Update) -> wire.Update:
    """What befell a share."""
    return wire.Update(one.at // _TO_MS, one.text, STATES[one.consent], one.location)


def _category(product: Product) -> wire.Category:
    """What a product is accounted under: as its provider says, else as its terms amount to."""
    ref, said = product.ref, product.accounted
    if said is None:
        unit, frequency = _MONEY if product.unit.startswith("CREDITS") else _BYTES, _frequency(product.unit)
    else:
        unit = wire.AccountingUnit(said.unit, said.units, said.fraction, said.suffix)
        frequency = said.frequency
    parted = said is None or said.parted
    return wire.Category(ref.category, ref.provider, "STORAGE", unit, frequency, product.free, parted)


def _frequency(unit: str) -> str:
    """How often is counted: `UNITS_PER_HOUR` every hour, `PER_UNIT` once."""
    every = unit.rpartition("_")[2]
    return "ONCE" if every == "UNIT" else f"PERIODIC_{every}"
