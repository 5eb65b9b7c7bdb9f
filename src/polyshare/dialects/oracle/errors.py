"""How the Documents API tells errors: one table of statuses, codes and keys, and the body around them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET, UnsetType

from polyshare.dialects.base import downloads, refusals
from polyshare.dialects.base.answers import Answer
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.dialect import Fault, Telling
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.translate import formats
from polyshare.domain import errors

CHALLENGE = b'Basic realm="documents"'
OURS = "Something went wrong on our side; the log has the reason under the id in X-ORACLE-DMS-ECID."
AWAY = "The service is not available at the moment; try again."


@dataclass(frozen=True, slots=True)
class Said(Fault):
    """A fault with its key; `prefixed` ones have the key of the operation before it."""

    key: str = ""
    prefixed: bool = False


LACKING = Said(403, "-20", None, "!csCloudItemInsufficientPrivileges", True)
# The error itself says what a missing item says, which would contradict the status.
UNSEEN = replace(LACKING, message="You may not see this item; ask its owner to share it with you.")
NO_ITEM = Said(404, "-16", None, "!csItemNotFound")
NO_USER = Said(400, "-16", None, "!csUserNotFound")
NO_MEMBER = Said(400, "-16", None, "!csUserHasNotBeenShared")
SHARED = Said(400, "-17", None, "!csFolderAlreadyShared")
OWNER = Said(400, "-1", None, "!csOwnerCannotBeMember")
THERE = Said(400, "-17", None, "!csItemAlreadyExists")
WRONG = Said(400, "-32", None, "!csInvalidParameter")
STRANGER = Said(401, "-21", None, "!csLoginRequired")


def _not_found(error: errors.NotFound) -> Said:
    return NO_USER if error.what == "user" else NO_ITEM


ERRORS: Mapping[type[Exception], Telling] = {
    errors.NotFound: _not_found,
    errors.Hidden: UNSEEN,
    errors.Unauthenticated: STRANGER,
    errors.Denied: LACKING,
    errors.CodeNeeded: Said(403, "-18", None, "!csAccessCodeRequiredForLinkAccess", True),
    errors.Invalid: WRONG,
    errors.OwnersPlace: OWNER,
    errors.WrongState: WRONG,
    errors.LimitReached: Said(400, "-32", None, "!csLimitReached"),
    errors.Conflict: THERE,
    errors.AlreadyMember: SHARED,
    errors.NotMember: NO_MEMBER,
    errors.KeyReused: Said(409, "-32", None, "!csInvalidParameter"),
    errors.TooLarge: Said(413, "-32", None, "!csTooLarge"),
    errors.Braked: Said(429, "-32", None, "!csTooManyRequests"),
    errors.Unavailable: Said(503, "-1", AWAY, "!csServiceUnavailable"),
    refusals.NoRoute: Said(404, "-16", None, "!csServiceNotFound"),
    refusals.NoMethod: Said(405, "-32", None, "!csMethodNotAllowed"),
    refusals.AtTheDoor: WRONG,
    refusals.TooLarge: Said(413, "-32", None, "!csTooLarge"),
    refusals.TooSlow: Said(408, "-32", None, "!csRequestTimeout"),
    downloads.Unmet: Said(412, "-32", None, "!csPreconditionFailed"),
    downloads.NoSuchRange: Said(416, "-32", None, "!csRangeNotSatisfiable"),
    Exception: Said(500, "-1", OURS, "!csInternalError"),
}


def refuse(call: Call, fault: Fault, error: Exception) -> Answer:
    """The body of *error*, in the format asked for."""
    said = fault if isinstance(fault, Said) else Said(fault.status, fault.code, fault.message)
    message = said.message or str(error)
    about = _about(call)
    failure = wire.Failure(
        errorCode=str(said.code),
        errorKey=_key(call, said, error),
        errorMessage=message,
        errorType=_kind(call),
        id=about,
        name=_name(call.given),
        title=message,
        members=call.scope.get(MEMBERS, UNSET),
    )
    headers: list[tuple[bytes, bytes]] = []
    if said.status == 401:
        headers.append((b"www-authenticate", CHALLENGE))
    elif said.status == 503:
        headers.append((b"retry-after", b"1"))
    if isinstance(error, errors.Braked):
        headers.append((b"retry-after", b"%d" % max(1, round(error.retry_after_s))))
    if isinstance(error, refusals.NoMethod):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, downloads.NoSuchRange):
        headers.append((b"content-range", b"bytes */%d" % error.size))
    return formats.answered(call, said.status, failure, tuple(headers), root="error")


MEMBERS = "polyshare.oracle.members"
"""Where in a call's scope it is kept what came of each who was named."""


ABOUT = "polyshare.oracle.about"
"""Where in a call's scope the id stands that it names elsewhere than in its path."""


def _about(call: Call) -> str:
    """The id that the call named, as it was sent."""
    if ABOUT in call.scope:
        return _sayable(call.scope[ABOUT])
    for name in ("folder", "file", "link", "collection"):
        if name in call.path:
            return _sayable(call.path[name])
    return ""


def _kind(call: Call) -> str:
    return "file" if "file" in call.path and "collection" not in call.path else "folder"


def _name(given: Any) -> str | UnsetType:
    name = getattr(given, "name", None)
    return _sayable(name) if isinstance(name, str) else UNSET


def _key(call: Call, said: Said, error: Exception) -> str:
    if not said.prefixed:
        return said.key
    operation = operation_of(call)
    key = f"!csUnableTo{operation}{said.key}"
    if isinstance(error, errors.CodeNeeded):
        return key
    actor = getattr(call, "actor", None)
    who = actor.name or actor.login if actor is not None else ""
    guid = "fFileGUID" if _kind(call) == "file" else "fFolderGUID"
    service = "".join(f"_{char}" if char.isupper() else char for char in operation).lstrip("_").upper()
    return f"{key},{who},{guid}:{_about(call)},{service}"


def operation_of(call: Call) -> str:
    """What the call does, in one word, as error keys say it."""
    route = getattr(call, "route", None)
    if route is None:
        return "CallService"
    return "".join(word.capitalize() for word in route.handler.__name__.split("_"))


def _sayable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
