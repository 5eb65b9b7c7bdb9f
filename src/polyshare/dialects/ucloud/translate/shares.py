"""Shares of folders: from their words to ours and back, whoever looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
from msgspec import UNSET

from polyshare.dialects.ucloud.translate.products import (
    product_out,
    reference_from,
    reference_out,
    support_out,
)
from polyshare.dialects.ucloud.translate.reading import id_from
from polyshare.dialects.ucloud.wire import shares as wire
from polyshare.dialects.ucloud.wire.common import (
    AclEntity,
    AclEntry,
    FindById,
    Owner,
    PermissionName,
    Permissions,
)
from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.folder_shares import FolderShare, NewFolderShare, SharedFolder
from polyshare.domain.join_links import JoinLink
from polyshare.domain.permissions import Permission
from polyshare.domain.products import Product, ProductRef
from polyshare.providers.ucloud_telling import STATES, spelled, update

# What nobody can be given is MANAGE here, so that it is refused where all else is.
_GIVEN: Mapping[PermissionName, Permission] = {
    "READ": Permission.DOWNLOAD,
    "EDIT": Permission.EDIT,
    "ADMIN": Permission.MANAGE,
    "PROVIDER": Permission.MANAGE,
}
_READING: Sequence[PermissionName] = ("READ",)


class Eye(StrEnum):
    """Whose eyes see a share."""

    OWNER = "owner"
    RECIPIENT = "recipient"
    PROVIDER = "provider"


_OWN: Mapping[Eye, Sequence[PermissionName]] = {
    Eye.OWNER: ("ADMIN", "READ", "EDIT"),
    Eye.RECIPIENT: _READING,
    Eye.PROVIDER: ("READ", "PROVIDER"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """
    What is told beside shares.

    Attributes:
        products: Those that may be told of, where products or their support were asked for.
        support: Whether to tell that they can be shared.
    """

    others: bool = False
    updates: bool = False
    products: Mapping[ProductRef, Product] = field(default_factory=dict)
    support: bool = False


NOTHING = Beside()


def eye_of(share: FolderShare, person: int) -> Eye:
    """Whose eyes a user sees a share with, who is its owner or its recipient."""
    return Eye.OWNER if share.owner_id == person else Eye.RECIPIENT


def share_out(share: FolderShare, eye: Eye, beside: Beside = NOTHING) -> wire.Share:
    """
    A share as somebody sees it.

    Users learn where the files are while the share is approved; its provider always does.
    """
    product = beside.products.get(share.product)
    shown = eye is Eye.PROVIDER or share.consent is Consent.GIVEN
    return wire.Share(
        str(share.id),
        wire.Spec(share.recipient, share.path, permissions_out(share), reference_out(share.product)),
        share.created_at // 1000,
        wire.Status(
            share.location if shown else None,
            STATES[share.consent],
            support_out(product) if product is not None and beside.support else None,
            product_out(product) if product is not None else None,
        ),
        [update(one) for one in share.updates] if beside.updates else [],
        Owner(share.owner, None),
        Permissions(_OWN[eye], [_recipients_entry(share)] if beside.others else None),
        share.provider_ref or UNSET,
    )


def permissions_out(share: FolderShare | JoinLink) -> list[PermissionName]:
    """What a share gives, as it was asked for; else spelled from what counts."""
    return spelled(share.asked, share.permissions)


def _recipients_entry(share: FolderShare) -> AclEntry:
    """Who else sees the share itself, which says nothing of the files."""
    return AclEntry(AclEntity("user", username=share.recipient), _READING)


def folder_out(folder: SharedFolder) -> wire.OutgoingShareGroup:
    """A folder with all of its shares."""
    previews = [
        wire.SharePreview(share.recipient, permissions_out(share), STATES[share.consent], str(share.id))
        for share in folder.shares
    ]
    return wire.OutgoingShareGroup(folder.path, reference_out(folder.product), previews)


def new_from(spec: wire.Spec) -> NewFolderShare:
    """What is asked for; a path that leads nowhere is refused in its turn."""
    permissions, asked = permissions_from(spec.permissions)
    path = paths.normal(spec.sourceFilePath) or paths.NOWHERE
    return NewFolderShare(path, spec.sharedWith, permissions, asked, reference_from(spec.product))


def permissions_from(names: Iterable[PermissionName]) -> tuple[Permission, str]:
    """Permissions as they count, and as they are kept: in the order sent, each once."""
    asked = list(dict.fromkeys(names))
    permissions = Permission(0)
    for name in asked:
        permissions |= _GIVEN[name]
    return permissions, msgspec.json.encode(asked).decode()


def ids_from(named: Iterable[FindById]) -> list[int]:
    """The shares that are named, each once, in order."""
    return list(dict.fromkeys(id_from(one.id) for one in named))


def changes_from(items: Iterable[wire.NewPermissions]) -> list[tuple[int, Permission, str]]:
    """Which shares shall give what from now on; of several changes of one share the last counts."""
    wanted = {id_from(item.id): permissions_from(item.permissions) for item in items}
    return [(share, *changed) for share, changed in wanted.items()]
