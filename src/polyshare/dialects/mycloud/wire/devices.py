"""Devices. Source: My Cloud Home developer guide, "Get devices of a user"."""

from msgspec import Struct, field


class DeviceNetwork(Struct):
    """Under which addresses a device is reached; all are ours, and no local address is known."""

    proxyURL: str
    externalURI: str
    internalURL: str
    internalDNSName: str
    localIpAddress: str = ""
    externalIpAddress: str = ""
    localHttpPort: int = -1
    localHttpsPort: int = -1
    portForwardPort: int = -1
    tunnelId: str = ""
    portForwardURL: str = ""
    portForwardDomain: str = ""
    portForwardInfoUpdateStatus: str = ""


class Device(Struct, rename="camel"):
    """A device as somebody who is attached to it sees it."""

    device_id: str
    name: str
    mac: str
    serial_number: str
    type: str
    created_on: str
    owner_access: bool
    network: DeviceNetwork
    api_version: str = "1"
    lang: str = "en_US"
    attached_status: str = "APPROVED"
    cloud_connected: bool = True
    last_hd_storage_percent: int = field(default=0, name="lastHDStoragePercent")
