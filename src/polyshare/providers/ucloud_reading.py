"""What UCloud's providers answer, read: whether it is what was asked for, why they refuse, and what they call what they made."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from polyshare.domain.errors import ProviderRefused, Unavailable
from polyshare.providers import ucloud_wire as wire
from polyshare.providers.outbound import Answer
from polyshare.providers.texts import plain

T = TypeVar("T", bound=Struct)

ANSWER_LIMIT_BYTES = 1024 * 1024
WHY_LIMIT = 500  # characters of what a provider writes
CODE_LIMIT = 100
REF_LIMIT = 255  # characters of an id of its own

_OUR_FAULT = frozenset({401, 407})  # it does not believe our token: no user can do anything about that


def said(answer: Answer, shape: type[T], now_s: float) -> T:
    """
    What an answer says.

    Args:
        now_s: Seconds since the epoch.

    Raises:
        ProviderRefused: It is an error of the provider's own.
        Unavailable: It is nothing that could be meant by one; the message is for the operator alone.
    """
    if answer.status >= 400 and answer.status not in _OUR_FAULT:
        raise _refusal(answer, now_s)
    if not 200 <= answer.status < 300:
        raise Unavailable(f"It answered {answer.status}.")
    if answer.body is None:
        raise Unavailable(f"Its answer is longer than {ANSWER_LIMIT_BYTES} bytes.")
    try:
        return msgspec.json.decode(answer.body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"Its answer is not as agreed: {plain(str(error), 200)}") from error


def refs(made: wire.MadeAll, number: int) -> list[str]:
    """
    Its ids of the *number* of things that it made, empty for none; of what it says nothing it has none.

    Raises:
        Unavailable: There are more, or one that can't be kept; the message is for the operator alone.
    """
    found = [one.id or "" if one is not None else "" for one in made.responses or ()]
    if len(found) > number or not all(map(_usable, found)):
        raise Unavailable(f"It named {len(found)} ids of {number}, or one that can't be kept.")
    return [*found, *[""] * (number - len(found))]


def _refusal(answer: Answer, now_s: float) -> ProviderRefused:
    """What an error of its own says."""
    try:
        failure = msgspec.json.decode(answer.body or b"", type=wire.Failure)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        failure = wire.Failure()
    why = (
        plain(failure.why, WHY_LIMIT) or f"The provider refused, and gave no reason (status {answer.status})."
    )
    code = plain(failure.errorCode or "", CODE_LIMIT) or None
    return ProviderRefused(why, answer.status, code, answer.retry_after_s(now_s))


def _usable(ref: str) -> bool:
    """Whether an id can be kept, and be listed between commas."""
    return "," not in ref and len(ref) <= REF_LIMIT and (not ref or ref.isprintable())
