"""Who calls: a user by a token of ours or of an issuer that we trust; on devices also whoever holds the token of a link."""

from polyshare.dialects.base.calls import Call
from polyshare.domain.errors import MalformedCredential, NoCredential, UnknownCredential
from polyshare.domain.principals import Access, Actor

NOBODY = Actor(0, "", 0, Access.READ, narrowed=False, administrator=False)
"""Who holds a link and nothing else, or asks for what there is not."""


async def authenticate(call: Call) -> Actor:
    """
    Who calls. What is no call at all is told to everybody, as a browser's preflight has no token.

    Raises:
        NoCredential, MalformedCredential, UnknownCredential
    """
    if getattr(call, "route", None) is None:
        return NOBODY
    bearer_of(call)
    raise UnknownCredential("jwt")


def bearer_of(call: Call) -> str:
    """
    The token in the header Authorization.

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
