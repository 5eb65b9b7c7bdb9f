"""Notifications: what people are told.  Source: UCloud developer guide, "Notifications"."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from polyshare.dialects.base.bodies import Whole


class Notification(Struct):
    """Notification; `ts` is in milliseconds, the id a small number of its own for each person."""

    id: int
    type: str
    message: str
    meta: Mapping[str, str]
    ts: int
    read: bool


class NumberedPage(Struct):
    """Page: how lists are told that are older than PageV2, by the number of the page from 0."""

    itemsInTotal: int
    itemsPerPage: int
    pageNumber: int
    items: Sequence[Notification]


class ListNotifications(Struct):
    """Query of GET /api/notifications; `since` is in milliseconds."""

    itemsPerPage: Whole | None = None
    page: Whole | None = None
    type: str | None = None
    since: Whole | None = None


class NotificationIds(Struct):
    """Body of POST …/read: ids parted by commas."""

    ids: str
