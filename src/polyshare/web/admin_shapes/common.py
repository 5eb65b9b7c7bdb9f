"""What all of the admin API takes and gives: times, pages and problems."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Moment = Annotated[datetime, Meta(tz=True)]
Active = Literal["active", "inactive", "pending"]


def moment(at: int) -> datetime:
    """Microseconds as a moment."""
    return _EPOCH + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """A moment as microseconds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class Given(Struct, forbid_unknown_fields=True):
    """A request's body; in a change, what is left out or null stays as it is."""


class Page(Struct):
    """A stretch of a list; `next` goes into `after` to get the one after it, null at the end."""

    items: list[Any]
    next: str | None


class Problem(Struct, omit_defaults=True):
    """What went wrong (RFC 9457); `pointer` leads to the culprit in the body."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    pointer: str | None = None
