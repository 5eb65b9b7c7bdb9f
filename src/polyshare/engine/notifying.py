"""Telling people what concerns them: a row each in the transaction of the change, whatever becomes of the mail."""

from collections.abc import Sequence

import msgspec

from polyshare.domain.nodes import Node
from polyshare.domain.notifications import Notification, Told
from polyshare.domain.permissions import Permission, role_of
from polyshare.engine.work import Work
from polyshare.store import notifications
from polyshare.store.database import Row

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


def read(row: Row) -> Notification:
    """The notification that a row holds."""
    return notifications.notification_of(row, msgspec.json.decode(row[5], type=Luggage).name)
