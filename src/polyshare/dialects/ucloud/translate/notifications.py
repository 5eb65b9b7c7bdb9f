"""Notifications: from their words to ours and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.ucloud.translate import paging
from polyshare.dialects.ucloud.translate.reading import Query, number
from polyshare.dialects.ucloud.wire import notifications as wire
from polyshare.dialects.ucloud.wire.common import Paged
from polyshare.domain.notifications import Notification, Told
from polyshare.domain.views import Window

_LIST: Query[wire.ListNotifications] = Query(wire.ListNotifications)

# Clients know SHARE_REQUEST and open the list of shares for it; of whatever else they show the message.
_TYPES: Mapping[Told, tuple[str, str]] = {
    Told.REQUEST: ("SHARE_REQUEST", "{sender} wants to share a folder with you"),
    Told.SHARE: ("SHARE_GIVEN", "{sender} shared “{name}” with you"),
    Told.ROLE: ("SHARE_CHANGED", "{sender} changed what you may do in “{name}”"),
    Told.REVOKE: ("SHARE_REVOKED", "{sender} stopped sharing “{name}” with you"),
    Told.UNSHARE: ("SHARE_ENDED", "{sender} stopped sharing “{name}”"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which notifications are asked for; `page` counts from 0, `since` is in microseconds."""

    page: int
    size: int
    kinds: Sequence[Told] | None
    since: int | None

    @property
    def window(self) -> Window:
        """The stretch that the page is."""
        return Window(self.page * self.size, self.size)


def asked_for(call: Call) -> Asked:
    """What GET /api/notifications asks for; raises BadQuery."""
    query = _LIST(call)
    page, size = query.page or 0, paging.size(Paged(itemsPerPage=query.itemsPerPage))
    if not 0 <= page <= LARGEST // size:
        raise BadQuery("page", "page: use 0 or more")
    kinds = None
    if query.type is not None:
        kinds = [kind for kind, (name, _) in _TYPES.items() if name == query.type]
    since = None if query.since is None else max(0, min(query.since, LARGEST // 1000) * 1000)
    return Asked(page, size, kinds, since)


def page_out(asked: Asked, found: Sequence[tuple[Notification, str]], total: int) -> wire.NumberedPage:
    """A page of notifications, each with its sender's login."""
    return wire.NumberedPage(total, asked.size, asked.page, [_out(one, sender) for one, sender in found])


def _out(told: Notification, sender: str) -> wire.Notification:
    kind, message = _TYPES[told.kind]
    text = message.format(sender=sender or "Somebody", name=told.name)
    return wire.Notification(told.number, kind, text, {}, told.at // 1000, told.read_at is not None)


def numbers_from(body: wire.NotificationIds) -> list[int]:
    """The notifications that are named; what is no number names none."""
    found = (number(part.strip()) for part in body.ids.split(","))
    return [one for one in found if one is not None]
