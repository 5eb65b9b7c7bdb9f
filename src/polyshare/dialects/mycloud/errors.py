"""How errors are told: one table for the cloud services, one for devices, one for signing in, and the body around each."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from polyshare.dialects.base import refusals
from polyshare.dialects.base.answers import Answer, encode
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Fault, Telling, told
from polyshare.dialects.mycloud import cors
from polyshare.dialects.mycloud.wire import common
from polyshare.domain import errors


class Parameter(refusals.BadBody):
    """A parameter is missing, empty or wrong; `name` is what the vendor calls it."""

    slug = "parameter"

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(message or f"Required parameter {name} not present, invalid or empty", name)
        self.name = name


class ParameterList(Parameter):
    """A parameter is no list, or has what such a list can't have."""

    slug = "parameter-list"

    def __init__(self, name: str) -> None:
        super().__init__(name, f"Required parameter {name} is not a list, invalid, or empty")


class Scopeless(errors.Denied):
    """The token was not given for this."""

    slug = "scopeless"


class Voice(Enum):
    """Which of the services a call is for, each with an error body of its own."""

    CLOUD = "cloud"
    DEVICE = "device"
    SIGN_IN = "sign_in"


def voice_of(call: Call) -> Voice:
    """The service that a path belongs to."""
    words = str(call.scope["path"]).split("/", 3)
    if words[1:2] == ["authrouter"]:
        return Voice.SIGN_IN
    if words[2:3] == ["sdk"] or words[1:2] == ["cache"]:
        return Voice.DEVICE
    return Voice.CLOUD


SHORT, LIST = "GENERAL_INSUFFICIENT_PARAMETERS", "GENERAL_INVALID_PARAMETER_LIST"
STRANGER = Fault(401, "GENERAL_INVALID_TOKEN", "User token is invalid")
UNKNOWN = Fault(500, "GENERAL_UNKNOWN", "An unexpected error occurred")
NOT_CREATED = Fault(500, "GENERAL_NOT_CREATED", "Could not create share")
NO_SHARE = Fault(404, "SHARE_NOT_FOUND", "Could not find share")
NOTHING = Fault(404, "GENERAL_NOT_FOUND", "Could not find share")
NO_OTHER = {
    "user": Fault(404, "GENERAL_NOT_FOUND", "Could not find user"),
    "device": Fault(404, "DEVICE_NOT_FOUND", "Could not find device"),
    "share": NO_SHARE,
}
REASONS = {
    400: "Bad Request",
    401: "Not Authorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def _not_found(error: errors.NotFound) -> Fault:
    return NO_OTHER.get(error.what, NOTHING)


ERRORS: Mapping[type[Exception], Telling] = {
    errors.NotFound: _not_found,
    errors.Unauthenticated: STRANGER,
    errors.NoCredential: Fault(400, SHORT, "Required parameter accessToken not present or empty"),
    errors.Denied: STRANGER,
    errors.NotYours: Fault(
        400, "SHARES_AUTH_OWNER_MISMATCH", "The authorized user id is not the same as the owner id"
    ),
    errors.Insufficient: NOTHING,
    errors.Invalid: Fault(400, SHORT),
    errors.WrongState: Fault(400, SHORT),
    errors.LimitReached: Fault(400, SHORT),
    errors.TooLarge: Fault(413, SHORT),
    errors.Conflict: Fault(409, "GENERAL_CONFLICT"),
    errors.Braked: Fault(429, "GENERAL_TOO_MANY_REQUESTS"),
    errors.Unavailable: UNKNOWN,
    refusals.NoRoute: NOTHING,
    refusals.MalformedId: NO_SHARE,
    refusals.NoMethod: Fault(405, "GENERAL_METHOD_NOT_ALLOWED"),
    refusals.BadBody: Fault(400, SHORT, "Required parameter body not present, invalid or empty"),
    refusals.AtTheDoor: Fault(400, SHORT),
    refusals.BadQuery: lambda error: Fault(
        400, SHORT, f"Required parameter {error.parameter} not present, invalid or empty"
    ),
    Parameter: Fault(400, SHORT),
    ParameterList: Fault(400, LIST),
    refusals.TooLarge: Fault(413, SHORT),
    refusals.TooSlow: Fault(408, SHORT),
    Exception: UNKNOWN,
}

DEVICE: Mapping[type[Exception], Telling] = {
    errors.NotFound: Fault(404, "notFound", "There is no such file."),
    errors.Unauthenticated: Fault(401, "unauthenticated", "The access token is missing or not valid."),
    errors.Denied: Fault(404, "notFound", "There is no such file."),
    Scopeless: Fault(403, "unauthorized"),
    errors.Invalid: Fault(400, "invalidArgument"),
    errors.WrongState: Fault(400, "invalidArgument"),
    errors.LimitReached: Fault(400, "invalidArgument"),
    errors.TooLarge: Fault(413, "invalidArgument"),
    errors.Conflict: Fault(409, "conflict"),
    errors.Braked: Fault(429, "tooManyRequests"),
    errors.Unavailable: Fault(503, "unavailable", "The device is not available at the moment; try again."),
    refusals.NoRoute: Fault(404, "notFound", "There is no such call."),
    refusals.MalformedId: Fault(404, "notFound", "There is no such file."),
    refusals.NoMethod: Fault(405, "methodNotAllowed"),
    refusals.AtTheDoor: Fault(400, "invalidArgument"),
    refusals.TooLarge: Fault(413, "invalidArgument"),
    refusals.TooSlow: Fault(408, "timeout"),
    Exception: Fault(500, "internal", "An unexpected error occurred."),
}

SIGN_IN: Mapping[type[Exception], Telling] = {
    errors.NotFound: Fault(404, "not_found"),
    errors.Unauthenticated: Fault(401, "unauthorized"),
    errors.Denied: Fault(403, "access_denied"),
    errors.Invalid: Fault(400, "invalid_request"),
    errors.WrongState: Fault(400, "invalid_request"),
    errors.LimitReached: Fault(400, "invalid_request"),
    errors.Conflict: Fault(409, "invalid_request"),
    errors.Braked: Fault(429, "too_many_attempts"),
    errors.Unavailable: Fault(503, "temporarily_unavailable"),
    refusals.NoRoute: Fault(404, "not_found"),
    refusals.NoMethod: Fault(405, "method_not_allowed"),
    refusals.AtTheDoor: Fault(400, "invalid_request"),
    refusals.TooLarge: Fault(413, "invalid_request"),
    refusals.TooSlow: Fault(408, "invalid_request"),
    Exception: Fault(500, "server_error", "An unexpected error occurred."),
}


def refuse(call: Call, fault: Fault, error: Exception) -> Answer:
    """The body of *error*, as the service says it that the call was for; a preflight is no error."""
    if isinstance(error, refusals.NoMethod) and call.scope["method"] == "OPTIONS":
        return cors.preflight(error.allowed)
    match voice_of(call):
        case Voice.DEVICE:
            fault = told(DEVICE, error)
            body: Any = common.DeviceFailure(str(fault.code), fault.message or str(error))
        case Voice.SIGN_IN:
            fault = told(SIGN_IN, error)
            body = common.SignInFailure(str(fault.code), fault.message or str(error))
        case _:
            fault = _cloud(call, fault, error)
            message = f"{fault.status} {REASONS[fault.status]} {fault.message or error}"
            body = common.Failure(message, common.Told(str(fault.code), message))
    return Answer(fault.status, encode(body), _headers(fault, error))


def _cloud(call: Call, fault: Fault, error: Exception) -> Fault:
    if isinstance(error, refusals.NoMethod):
        return Fault(fault.status, fault.code, f"{call.scope['method']} not allowed for this resource")
    if isinstance(error, refusals.MalformedId) and error.path.startswith("/device/"):
        return NO_OTHER["user" if error.path.startswith("/device/v1/user/") else "device"]
    if fault.status == 500 and is_creating(call):
        return NOT_CREATED
    return fault


def is_creating(call: Call) -> bool:
    """Whether a call was to make a share."""
    route = getattr(call, "route", None)
    return route is not None and route.method == "POST" and route.template.endswith("/v1/shares")


def _headers(fault: Fault, error: Exception) -> tuple[tuple[bytes, bytes], ...]:
    headers: list[tuple[bytes, bytes]] = []
    if fault.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    elif fault.status == 503:
        headers.append((b"retry-after", b"1"))
    if isinstance(error, errors.Braked):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after_s))))
    if isinstance(error, refusals.NoMethod):
        headers.append((b"allow", cors.allow(error.allowed)))
    return tuple(headers)
