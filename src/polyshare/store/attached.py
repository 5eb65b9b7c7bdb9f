"""Drives to which somebody is attached: one's own, and those in which one holds a grant in place to download something."""

from typing import Any

from polyshare.domain.nodes import DriveSeen
from polyshare.domain.permissions import Permission
from polyshare.store.access import HOLDERS, IN_PLACE
from polyshare.store.database import Rows
from polyshare.store.statements import composed

_ATTACHED = f"""
    with recursive {HOLDERS},
    attached (drive) as (
      select d.id from holder h cross join drive d where h.id = :person and d.owner = h.id and d.gone_at is null
      union
      select n.drive from holder h cross join share_grant g cross join share s cross join item i cross join node n
      where g.principal = h.id and g.permissions > {int(Permission.VIEW)} and g.gone_at is null and s.id = g.share
      and i.share = s.id and {IN_PLACE} and n.id = i.node
      and n.trashed_at is null
    )
    select d.id, d.owner, d.title, d.device, d.created_at from attached a cross join drive d
    where d.id = a.drive {{filters}} order by d.id limit :limit
    """  # noqa: S608 - fragments of ours
_FILTERS = {"after": "d.id > :after", "device": "d.device = :device"}


async def drives(
    rows: Rows, person: int, limit: int, *, after: int | None = None, device: str | None = None
) -> list[DriveSeen]:
    """
    The drives to which a person is attached, in the order of their numbers.

    Args:
        after: Only those behind this number.
        device: Only the one that is this device.
    """
    asked: dict[str, Any] = {"after": after, "device": device}
    given = {name: value for name, value in asked.items() if value is not None}
    found = composed("attached.drives", _ATTACHED, tuple(_FILTERS[name] for name in given))
    return [DriveSeen(*row) for row in await rows.all(found, person=person, limit=limit, **given)]
