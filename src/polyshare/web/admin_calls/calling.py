"""One request to the admin API, and what its handlers read from it."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from polyshare.domain.errors import Invalid
from polyshare.domain.principals import Actor, Status
from polyshare.engine.directory import directing
from polyshare.engine.work import House, Work
from polyshare.web import admin_shapes as shapes

T = TypeVar("T")
LIMIT, MOST = 50, 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request: whose, what its path and query say, and its decoded body."""

    house: House
    actor: Actor
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    async def look(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* on one consistent view."""
        return await self.house.read(self.actor, job)

    async def change(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* in one transaction."""
        return await directing.changing(self.house, self.actor, job)

    def limit(self) -> int:
        """How many rows a page may have."""
        given = self.query.get("limit", str(LIMIT))
        if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MOST):
            raise Invalid(f"limit is a whole number from 1 to {MOST}")
        return int(given)

    def after(self) -> str:
        """Behind which row the page begins; empty: at the first."""
        given = self.query.get("after", "")
        try:
            return urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4)).decode()
        except (UnicodeError, binascii.Error) as error:
            raise Invalid("after is the `next` of the page before, as it was given") from error

    def after_id(self) -> int:
        """The same where rows are ordered by a number."""
        given = self.after() or "0"
        if not (given.isascii() and given.isdigit() and len(given) < 19):
            raise Invalid("after is the `next` of the page before, as it was given")
        return int(given)

    def page(self, rows: Sequence[T], key: Callable[[T], object], shape: Callable[[T], Any]) -> shapes.Page:
        """A page of *rows*, of which one more was asked for than it has room for."""
        limit = self.limit()
        more = (
            urlsafe_b64encode(str(key(rows[limit - 1])).encode()).rstrip(b"=").decode()
            if len(rows) > limit
            else None
        )
        return shapes.Page([shape(row) for row in rows[:limit]], more)


Handler = Callable[[Call], Awaitable[Any]]


def statuses(call: Call) -> tuple[Status, ...]:
    """Which statuses a list shows: those not removed, unless one is asked for."""
    given = call.query.get("status")
    if given is None:
        return directing.LIVING
    if given not in tuple(Status):
        raise Invalid(f"status is one of {', '.join(Status)}")
    return (Status(given),)
