"""Rows of the event log: written in the transaction of the change that they speak of, never changed, only purged."""

from collections.abc import Sequence

from polyshare.domain.events import What
from polyshare.store.database import Rows
from polyshare.store.ids import first_id_at
from polyshare.store.statements import statement

APPEND = statement(
    "event.append",
    """
    insert into event (id, at, actor, what, share, share_grant, facts)
    values (:id, :at, :actor, :what, :share, :share_grant, :facts)
    """,
)
# By id, which grows with time, so that the log needs no index of its own for this.
PURGE = statement(
    "event.purge",
    "delete from event where id in (select id from event where id < :before order by id limit :limit)",
)

Entry = tuple[int, int, int | None, What, int | None, int | None, str]
"""id, time in microseconds, actor, what, share, grant, facts as JSON text."""

COLUMNS = ("id", "at", "actor", "what", "share", "share_grant", "facts")


async def append(rows: Rows, entry: Entry) -> None:
    """Write one event."""
    await rows.run(APPEND, **dict(zip(COLUMNS, entry, strict=True)))


async def append_all(rows: Rows, entries: Sequence[Entry]) -> None:
    """Write several events in one round trip."""
    await rows.many(APPEND, [dict(zip(COLUMNS, entry, strict=True)) for entry in entries])


async def purge(rows: Rows, before: int, limit: int) -> int:
    """Forget at most *limit* events that are older than *before* (microseconds), oldest first; how many went."""
    return await rows.run(PURGE, before=first_id_at(before), limit=limit)
