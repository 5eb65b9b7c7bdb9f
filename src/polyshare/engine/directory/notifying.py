"""Telling people what concerns them: a row each in the transaction of the change, whatever becomes of the mail."""

from collections.abc import Sequence
from typing import Any

import msgspec

from polyshare.domain.nodes import Node
from polyshare.domain.notifications import Notification, Told
from polyshare.domain.permissions import Permission, role_of
from polyshare.domain.views import Window
from polyshare.engine.work import Work
from polyshare.store.database import Row
from polyshare.store.directory import notifications
from polyshare.store.statements import composed

NEWEST = 2**62
"""A number that no notification reaches."""


class Luggage(msgspec.Struct, frozen=True):
    """What is kept with a notification so that it can still be read when the node has another name or is gone."""

    name: str


async def tell(
    work: Work, kind: Told, node: Node, principals: Sequence[int], permissions: Permission, text: str
) -> None:
    """
    Write one notification for everybody who is meant: users, and members of groups at any depth, each once.

    Two statements, whatever their number. Only who is active is told. Mail goes out later, if an SMTP server is set.
    """
    if not principals:
        return
    people = [row[0] for row in await work.rows.all(notifications.TURN, principals=principals)]
    if not people:
        return
    mailing = bool(work.house.settings.smtp_url)
    await work.rows.run(
        notifications.ADD,
        people=people,
        kind=kind.value,
        sender=work.actor.id if work.actor is not None else 0,
        node=node.id,
        role=role_of(permissions),
        text=text,
        meta=msgspec.json.encode(Luggage(node.name)).decode(),
        now=work.now,
        mail_at=work.now if mailing else None,
    )
    if mailing:
        work.due()


async def tell_each(work: Work, kind: Told, told: Sequence[tuple[int, int | None, str]]) -> None:
    """
    Write one notification for each (person, node, name), in order; two statements, whatever their number.

    Args:
        told: The node, None for what lies elsewhere, and what it is called.
    """
    if not told:
        return
    turns = await work.rows.all(notifications.TURN, principals=sorted({person for person, *_ in told}))
    active = {row[0] for row in turns}
    mailing = bool(work.house.settings.smtp_url)
    written = [
        {
            "people": [person],
            "kind": kind.value,
            "sender": work.actor.id if work.actor is not None else 0,
            "node": node,
            "role": "",
            "text": "",
            "meta": msgspec.json.encode(Luggage(name)).decode(),
            "now": work.now,
            "mail_at": work.now if mailing else None,
        }
        for person, node, name in told
        if person in active
    ]
    if written:
        await work.rows.many(notifications.ADD, written)
        if mailing:
            work.due()


async def page(work: Work, person: int, *, before: int = NEWEST, limit: int = 100) -> list[Notification]:
    """At most *limit* notifications of a person, newest first, those whose number is below *before*."""
    rows = await work.rows.all(notifications.PAGE, person=person, before=before, limit=limit)
    return [read(row) for row in rows]


async def listed(
    work: Work, person: int, window: Window, kinds: Sequence[Told] | None = None, since: int | None = None
) -> tuple[list[tuple[Notification, str]], int]:
    """
    A stretch of a person's notifications, newest first, each with its sender's login, and how many there are in all.

    Args:
        kinds: Of what they tell; None: of anything.
        since: Microseconds; None: from the first on.
    """
    asked: dict[str, Any] = {}
    if kinds is not None:
        asked["kinds"] = [kind.value for kind in kinds]
    if since is not None:
        asked["since"] = since
    known = {"kinds": notifications.OF_KINDS, "since": notifications.SINCE}
    fragments = tuple(known[name] for name in known if name in asked)
    page = composed("notification.list", notifications.LIST, fragments)
    count = composed("notification.count", notifications.COUNT, fragments)
    rows = await work.rows.all(page, person=person, limit=window.limit, skip=window.skip, **asked)
    total = await work.rows.one(count, person=person, **asked)
    return [(read(row), row[11]) for row in rows], 0 if total is None else int(total[0])


async def mark_read(work: Work, person: int, numbers: Sequence[int]) -> None:
    """Have some of a person's notifications be read; what was read stays read since then, and what is not there is no fault."""
    await work.rows.run(notifications.READ, person=person, numbers=list(numbers), now=work.now)


async def mark_all_read(work: Work, person: int) -> None:
    """Have all of a person's notifications be read."""
    await work.rows.run(notifications.READ_ALL, person=person, now=work.now)


def read(row: Row) -> Notification:
    """The notification that a row holds."""
    return notifications.notification_of(row, msgspec.json.decode(row[5], type=Luggage).name)
