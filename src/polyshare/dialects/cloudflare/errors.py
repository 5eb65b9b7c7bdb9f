"""How Cloudflare's API tells errors: one table of statuses, codes and messages, and the envelope around them."""

import math
from collections.abc import Mapping

from msgspec import UNSET, UnsetType

from polyshare.dialects.base import refusals
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Fault, Telling
from polyshare.dialects.cloudflare import wire
from polyshare.dialects.cloudflare.translate import pointer_to
from polyshare.domain import errors

HEADERS = "Invalid request headers"
OURS = "Internal Server Error"


def _unknown_credential(error: errors.UnknownCredential) -> Fault:
    if error.kind == "key":
        return Fault(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
    return Fault(401, 10000, "Authentication error")


ERRORS: Mapping[type[Exception], Telling] = {
    errors.NotFound: Fault(404, 1004),
    errors.Unauthenticated: Fault(401, 10000, "Authentication error"),
    errors.NoCredential: Fault(400, 9106),
    errors.MalformedCredential: Fault(400, 6003, HEADERS),
    errors.UnknownCredential: _unknown_credential,
    errors.Denied: Fault(403, 9109, "Unauthorized to access requested resource"),
    errors.ReadOnly: Fault(403, 10000, "Authentication error"),
    errors.NotYours: Fault(403, 1003),
    errors.Invalid: Fault(400, 1001),
    errors.WrongState: Fault(400, 1006),
    errors.LimitReached: Fault(400, 1007),
    errors.TooLarge: Fault(413, 1001),
    errors.Braked: Fault(429, 971, "Please wait and consider throttling your request speed"),
    errors.Conflict: Fault(409, 1005),
    errors.Unavailable: Fault(503, 1000, "Service temporarily unavailable; try again."),
    refusals.NoRoute: Fault(404, 7000),
    refusals.NoMethod: Fault(405, 7001),
    refusals.MalformedId: Fault(400, 7003),
    refusals.BadHeader: Fault(400, 6003, HEADERS),
    refusals.BadQuery: Fault(400, 1002),
    refusals.BadBody: Fault(400, 1001),
    refusals.TooLarge: Fault(413, 1001),
    refusals.TooSlow: Fault(408, 1001),
    Exception: Fault(500, 1000, OURS),
}

# what lies behind 6003, by header
CHAINED = {"authorization": 6111, "x-auth-email": 6102, "x-auth-key": 6103}


def refuse(call: Call, fault: Fault, error: Exception) -> Answer:
    """The envelope of *error*."""
    item = wire.ErrorItem(
        code=int(fault.code),
        message=fault.message or str(error),
        source=_source(call, error),
        error_chain=_chain(error),
    )
    headers: list[tuple[bytes, bytes]] = []
    if fault.status == 409:
        headers.append((b"x-should-retry", b"false"))  # all SDKs try a 409 again unless told not to
    elif fault.status == 503:
        headers.append((b"retry-after", b"1"))
    elif isinstance(error, errors.Braked):
        headers.append((b"retry-after", b"%d" % math.ceil(error.retry_after_s)))
    if isinstance(error, refusals.NoMethod):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    return Answer(fault.status, encode(wire.Failure(errors=[item])), tuple(headers))


def _source(call: Call, error: Exception) -> wire.Source | UnsetType:
    if isinstance(error, refusals.BadQuery):
        return wire.Source(error.parameter)
    if isinstance(error, errors.Invalid | refusals.BadBody):
        return wire.Source(pointer_to(error.where, call.given))
    return UNSET


def _chain(error: Exception) -> list[wire.ChainedError] | UnsetType:
    if isinstance(error, errors.MalformedCredential | refusals.BadHeader):
        return [wire.ChainedError(CHAINED.get(error.header.lower(), 6003), error.message)]
    return UNSET
