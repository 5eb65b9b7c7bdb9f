"""Which nodes lie under a share by link that a permission on the way opens as well."""

from collections.abc import Sequence

from polyshare.domain.nodes import DEEPEST
from polyshare.store.access import IN_PLACE
from polyshare.store.database import Rows
from polyshare.store.statements import statement

COVERED = statement(
    "cover.covered",
    f"""
    with recursive up (start, id, level) as (
      select n.id, n.id, 0 from node n where n.id in :nodes[]
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and u.level < {DEEPEST}
    )
    select distinct u.start, case when k.audience = 'anyone' then 1 else 0 end
    from up u cross join item i cross join share s cross join link k cross join share_grant g cross join principal p
    where i.node = u.id and {IN_PLACE} and k.share = s.id and g.principal = k.id and p.id = k.id
    and (k.expires_at is null or k.expires_at > :now)
    and (s.gated = 0 or exists (
      select 1 from up a cross join file_permission f
      where a.start = u.start and f.node = a.id
      and (f.entity = 'everyone' or (f.entity = 'link' and f.named = p.public_id))))
    """,  # noqa: S608 - fragments of ours
)


async def covered(rows: Rows, nodes: Sequence[int], now: int) -> tuple[set[int], set[int]]:
    """Those of these nodes that a share for anyone opens, and those that one for some people does; one statement."""
    publicly: set[int] = set()
    privately: set[int] = set()
    for node, is_public in await rows.all(COVERED, nodes=list(nodes), now=now):
        (publicly if is_public else privately).add(node)
    return publicly, privately
