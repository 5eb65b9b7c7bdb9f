"""Opening the byte store that a setting names."""

from polyshare.files.bytes import Bytes
from polyshare.files.local import LocalBytes


def open_bytes(place: str, credentials: tuple[str, str] | None = None) -> Bytes:
    """
    The byte store at *place*; nothing is made or asked until it is used.

    Args:
        place: A folder, or `s3://bucket/prefix?endpoint=http://…&region=…`.
        credentials: Access key and secret key for S3; None: those of the environment or the machine.

    Raises:
        ValueError: No such place can be; the message says what would be right.
    """
    if place.startswith("s3://"):
        from polyshare.files.s3 import S3Bytes  # with its library only where a bucket is asked for

        return S3Bytes.of(place, credentials)
    return LocalBytes.of(place)
