"""Who calls: a user, a provider or a service, by a token whose role and scopes must cover the call."""

from polyshare.dialects.base.calls import Call
from polyshare.domain.errors import NoCredential
from polyshare.domain.principals import Actor


async def authenticate(call: Call) -> Actor:
    """
    Who calls.

    Raises:
        NoCredential: Nobody is known.
    """
    raise NoCredential("Send an access token.")
