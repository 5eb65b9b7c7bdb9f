"""Drives to which somebody is attached: one's own, and those in which one holds a grant in place to download something."""

from typing import Any

from polyshare.domain.nodes import DriveSeen
from polyshare.domain.permissions import Permission
from polyshare.store.database import Rows
from polyshare.store.statements import composed, statement
from polyshare.store.tree.access import HOLDERS, IN_PLACE

_COLUMNS = "d.id, d.owner, d.title, d.device, d.created_at"
_OWN = "d.owner = (select h.id from holder h where h.id = :person) and d.gone_at is null"
_REACHED = f"""
      select n.drive from holder h cross join share_grant g cross join share s cross join item i cross join node n
      where g.principal = h.id and g.permissions > {int(Permission.VIEW)} and g.gone_at is null and s.id = g.share
      and i.share = s.id and {IN_PLACE} and n.id = i.node and n.trashed_at is null"""  # noqa: S608 - a fragment of ours

# The drive is known: what its owner asks of it costs nothing more, however much is shared with the owner.
ONE = statement(
    "attached.one",
    f"""
    with recursive {HOLDERS}
    select {_COLUMNS} from drive d where d.device = :device and ({_OWN} or d.id in ({_REACHED}))
    """,  # noqa: S608 - fragments of ours
)
# `+ 0`: PostgreSQL would go through all drives, to have these in order (docs/decisions/0005-sql.md).
DRIVES = f"""
    with recursive {HOLDERS}, attached (drive) as (select d.id from drive d where {_OWN} union {_REACHED})
    select {_COLUMNS} from attached a cross join drive d where d.id = a.drive {{filters}} order by d.id + 0 limit :limit
    """  # noqa: S608 - fragments of ours
BEHIND = "d.id > :after"


async def drives(rows: Rows, person: int, limit: int, *, after: int | None = None) -> list[DriveSeen]:
    """The drives to which a person is attached, in the order of their numbers; only those behind the number *after*."""
    asked: dict[str, Any] = {} if after is None else {"after": after}
    found = composed("attached.drives", DRIVES, (BEHIND,) if asked else ())
    return [DriveSeen(*row) for row in await rows.all(found, person=person, limit=limit, **asked)]


async def drive(rows: Rows, person: int, device: str) -> DriveSeen | None:
    """The drive that is a device, if a person is attached to it."""
    row = await rows.one(ONE, person=person, device=device)
    return None if row is None else DriveSeen(*row)
