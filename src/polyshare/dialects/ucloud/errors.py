"""How errors are told: one table, and the body around each.  Source: UCloud developer guide, "Errors"."""

from collections.abc import Mapping

from polyshare.dialects.base import refusals
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call, Doing
from polyshare.dialects.base.dialect import Fault, Telling
from polyshare.dialects.ucloud.wire.common import Failure
from polyshare.domain import errors

JSON = b"application/json; charset=utf-8"
NO_CODE = ""
UNSUPPORTED = "FEATURE_NOT_SUPPORTED_BY_PROVIDER"
NOT_YOURS = Fault(403, NO_CODE, "This is not there, or not yours to change.")


class Uncovered(errors.Denied):
    """The scopes or the role of a token do not cover the call."""

    slug = "uncovered"


def _refused(error: errors.ProviderRefused) -> Fault:
    """A provider's word, as it gave it; where it failed itself nobody shall think that we did."""
    told = 400 <= error.status < 500 and error.status != 482
    status = error.status if told else 503 if error.status == 503 else 502
    return Fault(status, error.code or NO_CODE)


ERRORS: Mapping[type[Exception], Telling] = {
    errors.NotFound: Fault(404, NO_CODE),
    errors.Unauthenticated: Fault(401, NO_CODE),
    errors.Denied: Fault(403, NO_CODE),
    errors.NoAllocation: Fault(402, NO_CODE),
    errors.Invalid: Fault(400, NO_CODE),
    errors.OwnersPlace: Fault(403, NO_CODE),
    errors.WrongState: Fault(400, NO_CODE),
    errors.NotSupported: Fault(400, UNSUPPORTED),
    errors.ListChanged: Fault(400, "PAGINATION_CONSISTENCY_LOST"),
    errors.LimitReached: Fault(400, NO_CODE),
    errors.TooLarge: Fault(413, NO_CODE),
    errors.Braked: Fault(429, NO_CODE),
    errors.Conflict: Fault(409, NO_CODE),
    errors.ProviderRefused: _refused,
    errors.Unavailable: Fault(503, NO_CODE),
    errors.ProviderUnknown: Fault(503, NO_CODE),
    errors.ProviderAway: Fault(502, NO_CODE),
    refusals.NoRoute: Fault(404, NO_CODE, "There is no such call."),
    refusals.NoMethod: Fault(404, NO_CODE, "There is no such call."),
    refusals.MalformedId: Fault(404, NO_CODE, "There is no such call."),
    refusals.AtTheDoor: Fault(400, NO_CODE),
    refusals.TooLarge: Fault(413, NO_CODE),
    refusals.TooSlow: Fault(408, NO_CODE),
    Exception: Fault(500, NO_CODE, "Something went wrong on our side."),
}


def refuse(call: Call, fault: Fault, error: Exception) -> Answer:
    """The body of *error*; who changes a share that is not there learns no more than who may not."""
    if isinstance(error, errors.NotFound) and error.what == "share" and _changes(call):
        fault = NOT_YOURS
    why = fault.message or str(error)
    if fault.status >= 500 and call.request_id:
        why = f"{why} (request {call.request_id})"
    body = Failure(why, str(fault.code) or None, fault.status)
    return Answer(fault.status, encode(body), _headers(fault, error), JSON)


def _changes(call: Call) -> bool:
    """Whether a user changes something; a provider is told what is not there."""
    route = getattr(call, "route", None)
    return route is not None and route.doing is not Doing.READ and "/control" not in route.template


def _headers(fault: Fault, error: Exception) -> tuple[tuple[bytes, bytes], ...]:
    if fault.status == 401:
        return ((b"www-authenticate", b"Bearer"),)
    if isinstance(error, errors.Braked | errors.ProviderRefused) and error.retry_after_s is not None:
        return ((b"retry-after", b"%d" % max(1, round(error.retry_after_s))),)
    if fault.status == 503:
        return ((b"retry-after", b"1"),)
    return ()
