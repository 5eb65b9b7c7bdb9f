"""What lets web pages of other origins call this API: headers on every answer, and the answer to a preflight."""

import re

from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call

ALLOWED = b"Authorization, Content-Type, X-Correlation-ID, correlationID, If-Match, If-None-Match, Range"
EXPOSED = b"ETag, Location, Content-Range, Content-Disposition, Content-Length, X-Correlation-ID"

_SANE = re.compile(r"[!-~]{1,128}")

Headers = tuple[tuple[bytes, bytes], ...]


def headers(call: Call) -> Headers:
    """On every answer: who may read it, and the caller's own id of the request."""
    return (*_origin(call), (b"access-control-expose-headers", EXPOSED), *_correlation(call))


def preflight(methods: tuple[str, ...]) -> Answer:
    """What a browser is told before it calls: with which methods and headers it may."""
    return Answer(
        204,
        headers=(
            (b"allow", allow(methods)),
            (b"access-control-allow-methods", allow(methods)),
            (b"access-control-allow-headers", ALLOWED),
            (b"access-control-max-age", b"600"),
        ),
    )


def allow(methods: tuple[str, ...]) -> bytes:
    """The methods of a path, with the one that preflights have."""
    return ", ".join(sorted({*methods, "OPTIONS"})).encode()


def _origin(call: Call) -> Headers:
    listed = call.house.settings.cors_origins
    if not listed:
        return ((b"access-control-allow-origin", b"*"),)
    origin = call.header(b"origin")
    vary = (b"vary", b"Origin")
    if origin not in listed:
        return (vary,)
    return ((b"access-control-allow-origin", origin.encode("latin-1")), vary)


def _correlation(call: Call) -> Headers:
    sent = call.header(b"x-correlation-id") or call.header(b"correlationid")
    if sent is None or not _SANE.fullmatch(sent):
        return ()
    call.scope["polyshare.correlation_id"] = sent
    return ((b"x-correlation-id", sent.encode()),)
