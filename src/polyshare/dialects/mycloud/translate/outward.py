"""From our words to theirs: shares, devices and permissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from polyshare.dialects.mycloud.wire import devices, permissions, shares
from polyshare.domain.link_shares import Entity, FilePermission, LinkShare, PersonalPermission
from polyshare.domain.nodes import DriveSeen
from polyshare.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class Said:
    """
    What a share is told with.

    Attributes:
        root: The server's public address.
        owner: The owner's id as clients know it.
        viewer: Who asks; None: nobody known.
    """

    root: str
    owner: str
    viewer: int | None


def share_out(share: LinkShare, said: Said) -> shares.Share:
    """A share as lists and changes have it."""
    return shares.Share(**_fields(share, said))


def opened_out(
    share: LinkShare, said: Said, token: str, *, attached: bool, cache: bool
) -> shares.OpenedShare:
    """
    A share with the token that opens it.

    Args:
        attached: Whether its owner is attached to its device; else that device is nobody's business.
        cache: Whether copies can be had from the cache.
    """
    network = shares.Network(*[f"{said.root}/{share.place}"] * 2) if attached else UNSET
    device = shares.SharedDevice(share.place, network) if network is not UNSET else UNSET
    return shares.OpenedShare(
        **_fields(share, said),
        share_token=token,
        cache_url=f"{said.root}/cache" if cache else "",
        device=device,
        network=network,
    )


def _fields(share: LinkShare, said: Said) -> dict[str, Any]:
    luggage = msgspec.json.decode(share.meta or "{}", type=shares.Luggage)
    return {
        "share_id": share.public_id,
        "device_id": share.place,
        "owner_id": said.owner,
        "auth_id": share.entity,
        "file_ids": [thing.key for thing in share.things],
        "metadata": Raw(bytes(luggage.metadata)),
        "use_cache": luggage.use_cache,
        "date_created": share.created_at // 1000,
        "last_modified": share.modified_at // 1000,
        "url": f"{said.root}/action/share/{share.public_id}",
        "user_ids": [reader.named for reader in share.readers] if said.viewer == share.owner else UNSET,
    }


def device_out(drive: DriveSeen, person: int, root: str) -> devices.Device:
    """A device as *person* sees it."""
    address, bare = f"{root}/{drive.device}", drive.device.replace("-", "")
    return devices.Device(
        device_id=drive.device,
        name=drive.title,
        mac=":".join(bare[at : at + 2] for at in range(0, 12, 2)).upper(),
        serial_number=bare[:12].upper(),
        type="monarch",
        created_on=_moment(drive.created_at),
        owner_access=drive.owner == person,
        network=devices.DeviceNetwork(address, address, address, root.partition("://")[2].partition(":")[0]),
    )


def permission_out(
    id_: str, file: str, permission: FilePermission | PersonalPermission, people: Mapping[int, str]
) -> permissions.FilePerm:
    """A permission under its id, on the file of that id; *people* are users' ids as clients know them."""
    return permissions.FilePerm(id_, file, _entity(permission, people), value_of(permission.permissions))


def value_of(held: Permission) -> str:
    """The largest of their permissions that a set amounts to; what is less than reading is none of theirs."""
    if Permission.MANAGE in held.closed:
        return "WriteFilePerms"
    return "WriteFile" if Permission.EDIT in held.closed else "ReadFile"


def _entity(permission: FilePermission | PersonalPermission, people: Mapping[int, str]) -> permissions.Entity:
    if isinstance(permission, PersonalPermission):
        return permissions.Entity(people[permission.person], "user")
    if permission.entity is Entity.LINK:
        return permissions.Entity(permission.named, "cloudShare")
    return permissions.Entity("anybody" if permission.entity is Entity.EVERYONE else "somebody", "user")


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
