"""Signs webhook messages as Standard Webhooks 1.0 says, with one secret or, while it is rotated, with several."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from polyshare.domain.errors import Invalid

PREFIX = "whsec_"
_SHORTEST_BYTES, _LONGEST_BYTES = 24, 64


def signing_key(secret: str) -> bytes:
    """
    The key in a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`.

    Raises:
        Invalid: It is not `whsec_` and base64 of 24 to 64 bytes; the message does not repeat the secret.
    """
    wrong = (
        f"A webhook secret is {PREFIX!r} and base64 of {_SHORTEST_BYTES} to {_LONGEST_BYTES} random bytes."
    )
    if not secret.startswith(PREFIX):
        raise Invalid(wrong)
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(wrong) from None
    if not _SHORTEST_BYTES <= len(key) <= _LONGEST_BYTES:
        raise Invalid(wrong)
    return key


def signed_headers(keys: Iterable[bytes], message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a message sent at *at_s* (seconds since the epoch, UTC), with a signature by each key."""
    content = f"{message_id}.{at_s}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
