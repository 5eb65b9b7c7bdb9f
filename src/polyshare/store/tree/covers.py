"""Which nodes lie under a share by link that a permission on the way opens as well."""

from collections.abc import Sequence

from polyshare.domain.links import Audience
from polyshare.domain.nodes import DEEPEST
from polyshare.store.database import Rows
from polyshare.store.statements import statement
from polyshare.store.tree.access import IN_PLACE

UP = f"""
    with recursive up (start, id, level) as (
      select n.id, n.id, 0 from node n where n.id in :nodes[]
      union all select u.start, n.parent, u.level + 1 from up u join node n on n.id = u.id
      where n.parent is not null and u.level < {DEEPEST}
    )"""  # noqa: S608 - a number of ours
# The two halves are put together outside: joined here, each node would be held against all others.
SHARES = statement(
    "cover.shares",
    f"""
    {UP}
    select distinct u.start, k.audience, s.gated, p.public_id
    from up u cross join item i cross join share s cross join link k cross join share_grant g cross join principal p
    where i.node = u.id and {IN_PLACE} and k.share = s.id and g.principal = k.id and p.id = k.id
    and (k.expires_at is null or k.expires_at > :now)
    """,  # noqa: S608 - fragments of ours
)
PERMISSIONS = statement(
    "cover.permissions",
    f"""
    {UP}
    select distinct u.start, f.named from up u cross join file_permission f
    where f.node = u.id and f.entity in ('everyone', 'link')
    """,  # noqa: S608 - a fragment of ours
)
EVERYONE = ""
"""What a permission names that is for everyone."""


async def covered(rows: Rows, nodes: Sequence[int], now: int) -> tuple[set[int], set[int]]:
    """Those of these nodes that a share for anyone opens, and those that one for some people does; two statements."""
    publicly: set[int] = set()
    privately: set[int] = set()
    shares = await rows.all(SHARES, nodes=list(nodes), now=now)
    if not shares:
        return publicly, privately
    permitted = {(node, named) for node, named in await rows.all(PERMISSIONS, nodes=list(nodes))}
    for node, audience, gated, entity in shares:
        if not gated or (node, EVERYONE) in permitted or (node, entity) in permitted:
            (publicly if audience == Audience.ANYONE else privately).add(node)
    return publicly, privately
