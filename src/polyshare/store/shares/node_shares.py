"""Shares of nodes as the tree sees them: which hang on nodes, whose they are, and their end when nothing is left of them."""

from collections.abc import Sequence

from polyshare.domain.nodes import DEEPEST
from polyshare.store.database import Rows
from polyshare.store.shares import claims, folder_shares, listing
from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import statement

BELOW = f"""with recursive below (id, level) as (
      select cast(:node as bigint), 0
      union all select n.id, b.level + 1 from below b join node n on n.parent = b.id where b.level < {DEEPEST}
    )"""  # noqa: S608 - a number of ours
OF_TREE = statement(
    "node_share.of_tree",
    f"""
    {BELOW} select distinct i.share from below b cross join item i cross join share s
    where i.node = b.id and s.id = i.share and s.owner <> :owner and s.gated = 0
    """,  # noqa: S608 - a fragment of ours
)
# Live shares that offer nothing but what lies in this tree.
WITHIN = statement(
    "node_share.within",
    f"""
    {BELOW} select distinct i.share from below b cross join item i cross join share s
    where i.node = b.id and i.leaving_at is null and s.id = i.share and s.leaving_at is null and not exists (
      select 1 from item o where o.share = s.id and o.leaving_at is null
      and (o.node is null or o.node not in (select id from below))
    )
    """,  # noqa: S608 - a fragment of ours
)
GIVE_ITEMS = statement(
    "node_share.give_items", "update item set owner = :owner where share in :shares[] and node is not null"
)
GIVE_SHARES = statement("node_share.give_shares", "update share set owner = :owner where id in :shares[]")
GIVE_LISTED = statement(
    "node_share.give_listed",
    """
    update listing set viewer = :owner where share in :shares[] and side = 0 and viewer = :before
    returning facet
    """,
)
HELD_BY = statement(
    "node_share.held_by",
    """
    select s.id, s.leaving_at from share s
    where s.id in :shares[] and s.gone_at is null
    and exists (select 1 from share_grant g where g.share = s.id and g.principal = :principal and g.gone_at is null)
    and not exists (select 1 from share_grant g where g.share = s.id and g.principal <> :principal and g.gone_at is null)
    """,
)
ENDING = statement(
    "node_share.ending",
    """
    select s.id, s.leaving_at from share s
    where s.id in (select i.share from item i where i.node in :nodes[]) and s.gone_at is null
    and not exists (
      select 1 from item o where o.share = s.id and o.gone_at is null
      and (o.node is null or o.kind <> 'node' or o.node not in :nodes[])
    )
    """,
)
# What was named by a key that its owner sent stays in the record of the share, and opens nothing any more.
FORGET_NODES = statement(
    "node_share.forget_nodes", "update item set node = null where node in :nodes[] and kind <> 'node'"
)
LEAVE_NODES = statement(
    "node_share.leave_nodes",
    """
    update item set node = null, leaving_at = coalesce(leaving_at, :now), gone_at = coalesce(gone_at, :now)
    where node in :nodes[]
    """,
)
END_SHARES = statement(
    "node_share.end",
    f"""
    update share set leaving_at = coalesce(leaving_at, :now), gone_at = :now, modified_at = {GREATEST}
    where id in :shares[]
    """,  # noqa: S608 - a fragment of ours
)
END_ITEMS = statement(
    "node_share.end_items",
    f"""
    update item set leaving_at = coalesce(leaving_at, :now), gone_at = :now, modified_at = {GREATEST}
    where share in :shares[] and gone_at is null
    """,  # noqa: S608 - a fragment of ours
)
END_GRANTS = statement(
    "node_share.end_grants",
    f"""
    update share_grant set leaving_at = coalesce(leaving_at, :now), gone_at = :now, modified_at = {GREATEST},
      delivery = 'withdrawn', generation = generation + 1, next_attempt_at = null, attempts = 0, error = ''
    where share in :shares[] and gone_at is null
    """,  # noqa: S608 - a fragment of ours
)


async def give(rows: Rows, node: int, before: int, owner: int, now: int) -> None:
    """
    Let the shares of a node and of all below it be *owner*'s instead of *before*'s.

    What had been shared with the new owner alone ends: nobody is a member of what is theirs.
    """
    found = [row[0] for row in await rows.all(OF_TREE, node=node, owner=owner)]
    if not found:
        return
    await rows.run(GIVE_SHARES, shares=found, owner=owner)
    await rows.run(GIVE_ITEMS, shares=found, owner=owner)
    facets = [row[0] for row in await rows.all(GIVE_LISTED, shares=found, owner=owner, before=before)]
    counts = [(before, facet, -1) for facet in facets] + [(owner, facet, 1) for facet in facets]
    if counts:
        await rows.many(
            listing.COUNT,
            [{"viewer": viewer, "facet": facet, "delta": delta} for viewer, facet, delta in counts],
        )
    held = await rows.all(HELD_BY, shares=found, principal=owner)
    await _end(rows, [(row[0], row[1]) for row in held], now)
    await folder_shares.refresh(rows, found)


async def within(rows: Rows, node: int) -> list[int]:
    """Live shares that offer a node or something below it, and nothing else."""
    return sorted(row[0] for row in await rows.all(WITHIN, node=node))


async def leave(rows: Rows, nodes: Sequence[int], now: int) -> None:
    """Let nothing be shared of these nodes any more; shares that hold nothing else end at once."""
    ending = [(row[0], row[1]) for row in await rows.all(ENDING, nodes=list(nodes))]
    await rows.run(FORGET_NODES, nodes=list(nodes))
    await rows.run(LEAVE_NODES, nodes=list(nodes), now=now)
    await _end(rows, ending, now)


async def _end(rows: Rows, ending: Sequence[tuple[int, int | None]], now: int) -> None:
    """End shares, given as (id, leaving_at), with all their parts, at once."""
    if not ending:
        return
    ids = [share for share, _ in ending]
    await rows.run(END_SHARES, shares=ids, now=now)
    await rows.run(END_ITEMS, shares=ids, now=now)
    await rows.run(END_GRANTS, shares=ids, now=now)
    await rows.run(claims.FREE, shares=ids)
    await folder_shares.drop(rows, ids)
    if active := [share for share, leaving_at in ending if leaving_at is None]:
        await listing.advance(rows, active)
    await listing.advance(rows, ids)
