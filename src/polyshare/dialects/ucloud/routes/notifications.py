"""Notifications: listed and marked as read.  Source: UCloud developer guide, "Notifications"."""

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.ucloud.translate import notifications as translate
from polyshare.dialects.ucloud.translate.notifications import Asked
from polyshare.dialects.ucloud.translate.reading import Body
from polyshare.dialects.ucloud.wire.common import Nothing
from polyshare.dialects.ucloud.wire.notifications import NotificationIds, NumberedPage
from polyshare.engine.directory import notifying


async def list_notifications(call: Call, _: None, asked: Asked) -> NumberedPage:
    """GET: newest first."""
    found, total = await notifying.listed(call.work, call.actor.id, asked.window, asked.kinds, asked.since)
    return translate.page_out(asked, found, total)


async def mark_as_read(call: Call, _: None, body: NotificationIds) -> Nothing:
    """POST …/read."""
    await notifying.mark_read(call.work, call.actor.id, translate.numbers_from(body))
    return Nothing()


async def mark_all_as_read(call: Call, _: None, __: Nothing) -> Nothing:
    """POST …/read/all."""
    await notifying.mark_all_read(call.work, call.actor.id)
    return Nothing()


_BASE = "/api/notifications"

ROUTES = (
    Route("GET", _BASE, list_notifications, Doing.READ, translate.asked_for),
    Route("POST", f"{_BASE}/read", mark_as_read, Doing.WRITE, Body(NotificationIds), has_body=True),
    Route(
        "POST", f"{_BASE}/read/all", mark_all_as_read, Doing.WRITE, Body(Nothing, needed=False), has_body=True
    ),
)
