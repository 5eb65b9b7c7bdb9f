"""What all services have in common: the envelope around answers, and the bodies of errors."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Told(Struct):
    """An error; the message stands in the envelope as well, for clients read one or the other."""

    label: str
    message: str


class Failure(Struct):
    """The envelope around an error of a cloud service. Source: My Cloud Home developer guide, "Creates a new share"."""

    message: str
    error: Told
    data: None = None


class Envelope(Struct):
    """The envelope around an answer of a cloud service; `pageToken` in lists, empty at the end. Source: as `Failure`."""

    data: Any
    message: str
    error: None = None
    pageToken: str | UnsetType = UNSET


class DeviceFailure(Struct):
    """An error of a device."""

    key: str
    message: str


class SignInFailure(Struct):
    """An error of the token service (RFC 6749, section 5.2)."""

    error: str
    error_description: str
