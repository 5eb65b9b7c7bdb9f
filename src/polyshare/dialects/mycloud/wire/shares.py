"""Shares. Source: My Cloud Home developer guide, "Creates a new share" and "Get share"."""

from msgspec import UNSET, Raw, Struct, UnsetType


class Network(Struct):
    """Under which address a device is reached; two names of it, for clients read one or the other."""

    proxyURL: str
    externalURI: str


class SharedDevice(Struct, rename="camel"):
    """The device that holds what is shared, as whoever holds the link sees it."""

    device_id: str
    network: Network


class Share(Struct, rename="camel"):
    """A share; times are milliseconds. Whom it is for is told to its owner only."""

    share_id: str
    device_id: str
    owner_id: str
    auth_id: str
    file_ids: list[str]
    metadata: Raw
    use_cache: bool
    date_created: int
    last_modified: int
    url: str
    user_ids: list[str] | UnsetType = UNSET


class OpenedShare(Share, rename="camel"):
    """A share with the token that opens it on its device."""

    share_token: str = ""
    cache_url: str = ""
    device: SharedDevice | UnsetType = UNSET
    network: Network | UnsetType = UNSET


class Luggage(Struct, rename="camel"):
    """What only this dialect knows of a share, as it is kept."""

    metadata: Raw = Raw(b"null")
    use_cache: bool = False
