"""Tokens in the header Authorization, where an API takes no other credential there."""

from polyshare.dialects.base.calls import Call
from polyshare.domain.errors import MalformedCredential, NoCredential


def token_of(call: Call) -> str:
    """
    What is in the header Authorization.

    Raises:
        NoCredential: There is none, or nothing after its scheme.
        MalformedCredential: It is of another scheme.
    """
    scheme, _, token = (call.header(b"authorization") or "").strip(" \t").partition(" ")
    if not scheme or (scheme.lower() == "bearer" and not token.strip()):
        raise NoCredential("Send an access token.")
    if scheme.lower() != "bearer" or not token.isascii():
        raise MalformedCredential("Authorization", "The Authorization header must be Bearer.")
    return token.strip()
