"""Who calls: a user by a token of ours or of an issuer that we trust; on devices also whoever holds the token of a link."""

from polyshare.dialects.base.bearers import token_of
from polyshare.dialects.base.calls import Call
from polyshare.dialects.mycloud.errors import Scopeless, Voice, voice_of
from polyshare.domain.errors import (
    NoCredential,
    Unauthenticated,
    UnknownCredential,
)
from polyshare.domain.link_shares import Bearer
from polyshare.domain.principals import Access, Actor
from polyshare.engine.credentials import verifying

NOBODY = Actor(0, "", 0, Access.READ, narrowed=False, administrator=False)
"""Who holds a link and nothing else, or asks for what there is not."""

BEARER = "polyshare.mycloud.bearer"
"""Where in a call's scope it stands who came with the token of a link."""

READ_SCOPES = frozenset({"nas_read_only", "nas_read_write"})
WRITE_SCOPES = frozenset({"nas_read_write"})


async def authenticate(call: Call) -> Actor:
    """
    Who calls. What is no call at all is told to everybody, as a browser's preflight has no token.

    Raises:
        NoCredential, MalformedCredential, UnknownCredential
        Scopeless: The token was not given for this device call.
    """
    if getattr(call, "route", None) is None:
        return NOBODY
    if voice_of(call) is not Voice.DEVICE:
        return await verifying.user(call.house, token_of(call))
    return await _on_device(call)


async def user_if_any(call: Call) -> Actor | None:
    """The user who calls where nobody need be known; a token that is no good counts as none."""
    try:
        return await verifying.user(call.house, token_of(call))
    except Unauthenticated:
        return None


def bearer_of(call: Call) -> Bearer | None:
    """Who came with the token of a link; None: a user came."""
    found: Bearer | None = call.scope.get(BEARER)
    return found


async def _on_device(call: Call) -> Actor:
    """A user, or whoever holds a link, who may read; the header goes before the query."""
    token = call.value("access_token") if call.header(b"authorization") is None else token_of(call)
    if not token:
        raise NoCredential("Send an access token.")
    who = await verifying.bearer(call.house, token)
    reads = call.scope["method"] in ("GET", "HEAD")
    if isinstance(who, Bearer):
        if not reads:
            raise UnknownCredential("jwt")
        call.scope[BEARER] = who
        return NOBODY
    wanted = READ_SCOPES if reads else WRITE_SCOPES
    if who.scopes is not None and not who.scopes & wanted:
        raise Scopeless("The access token was not given for this.")
    return who
