"""Rows of `listing` and `tally`: what each viewer sees in lists and how much of it, kept in the change's transaction."""

from collections.abc import Sequence
from functools import lru_cache

from polyshare.domain.shares import Standing
from polyshare.domain.views import Order, ShareFilter, Side, Window
from polyshare.store.database import Row, Rows
from polyshare.store.statements import Statement, statement

SIDES = {Side.SENT: 0, Side.RECEIVED: 1}
STANDINGS = {Standing.ACTIVE: 0, Standing.LEAVING: 1, Standing.GONE: 2}


def facet(side: Side, standing: Standing, to_audience: bool) -> int:
    """The number under which listing rows of one sort are kept together."""
    return SIDES[side] * 100 + STANDINGS[standing] * 10 + to_audience


STEP = facet(Side.SENT, Standing.LEAVING, False) - facet(Side.SENT, Standing.ACTIVE, False)
"""From the facet of one standing to that of the next."""
GONE = frozenset(facet(side, Standing.GONE, to_audience) for side in SIDES for to_audience in (False, True))
"""Facets of shares that are gone."""

# PostgreSQL counts what it added in the same round trip and returns nothing; SQLite returns what is to be counted.
ADD = statement(
    "listing.add",
    """
    {postgres: with added as (}insert into listing (viewer, share, side, facet, created, name)
    select p.id, s.id, 0, cast(:sent as bigint), s.created_at, s.name
    from share s, principal p where s.id = :share and p.id in :senders[]
    union all
    select p.id, s.id, 1, cast(:received as bigint), s.created_at, s.name
    from share s, principal p where s.id = :share and p.id in :receivers[]
    on conflict (viewer, share, side) do nothing returning viewer, facet
    {postgres: ) insert into tally (viewer, facet, delta) select viewer, facet, 1 from added}
    """,
)
ADD_NEW = statement(
    "listing.add_new",
    """
    insert into listing (viewer, share, side, facet, created, name)
    select s.owner, s.id, 0, 0, s.created_at, s.name from share s where s.id in :shares[]
    union all
    select g.principal, s.id, 1, 100, s.created_at, s.name from share s join share_grant g on g.share = s.id
    where s.id in :shares[]
    """,
)
COUNT = statement(
    "listing.count",
    """
    insert into tally (viewer, facet, delta) values (:viewer, :facet, :delta)
    {sqlite: on conflict (viewer, facet) do update set delta = delta + excluded.delta}
    """,
)
COUNT_SHARES = statement(
    "listing.count_shares",
    """
    insert into tally (viewer, facet, delta)
    select viewer, facet, cast(:sign as bigint) * count(*) from listing where share in :shares[] group by viewer, facet
    {sqlite: on conflict (viewer, facet) do update set delta = delta + excluded.delta}
    """,
)
ADVANCE = statement("listing.advance", f"update listing set facet = facet + {STEP} where share in :shares[]")  # noqa: S608
RENAME = statement("listing.rename", "update listing set name = :name where share = :share")
DROP_SHARES = statement("listing.drop_shares", "delete from listing where share in :shares[]")
DROP_RECEIVED = statement(
    "listing.drop_received",
    """
    delete from listing where side = 1 and share in :shares[] and exists (
      select 1 from share_grant g where g.share = listing.share and g.principal = listing.viewer and g.gone_at is not null
    ) returning viewer, facet
    """,
)
DROP_UNHELD = statement(
    "listing.drop_unheld",
    """
    delete from listing where side = 1 and share in :shares[]
    and not exists (select 1 from share_grant g where g.share = listing.share and g.gone_at is null)
    returning viewer, facet
    """,
)
TOTALS = statement(
    "listing.totals",
    """
    select facet, cast(sum(delta) as bigint) from tally
    where viewer = :viewer and facet in :facets[] group by facet having sum(delta) <> 0
    """,
)
UNFOLDED = statement(
    "listing.unfolded",
    "select viewer, facet from tally group by viewer, facet having count(*) > 1 limit :limit",
)
FOLD = statement(
    "listing.fold",
    """
    {postgres: with taken as (delete from tally where viewer = :viewer and facet = :facet returning delta)
    insert into tally (viewer, facet, delta) select cast(:viewer as bigint), cast(:facet as bigint), sum(delta) from taken
    having count(*) > 0}
    {sqlite: update tally set delta = delta where viewer = :viewer and facet = :facet}
    """,
)

SHARE_COLUMNS = "s.id, s.public_id, s.owner, s.name, s.tags, s.audience, s.created_at, s.modified_at, s.leaving_at, s.gone_at, s.within"
# `offset 0` keeps PostgreSQL from beginning with every item or tag that there is: each is looked up from the listing row.
OF_KINDS = """
    and exists (select 1 from item i where i.share = l.share and i.gone_at is null and i.kind in :kinds[]
      {postgres: offset 0})"""
TAGGED = """
    and exists (select 1 from share_tag t where t.share = l.share and t.key = :key{n} {postgres: offset 0})"""
TAGGED_AS = """
    and exists (select 1 from share_tag t where t.share = l.share and t.key = :key{n} and t.value = :value{n}
      {postgres: offset 0})"""


def facets(wanted: ShareFilter) -> list[int]:
    """The facets that a filter admits."""
    return [
        facet(side, standing, to_audience)
        for side in SIDES
        if wanted.side in (None, side)
        for standing in STANDINGS
        if wanted.standing in (None, standing)
        for to_audience in (False, True)
        if wanted.to_audience in (None, to_audience)
    ]


async def add(
    rows: Rows, share: int, to_audience: bool, *, senders: Sequence[int] = (), receivers: Sequence[int] = ()
) -> None:
    """List an active share with those of its *senders* and *receivers* who do not see it yet on their side."""
    added = await rows.all(
        ADD,
        share=share,
        sent=facet(Side.SENT, Standing.ACTIVE, to_audience),
        senders=senders,
        received=facet(Side.RECEIVED, Standing.ACTIVE, to_audience),
        receivers=receivers,
    )
    await _count(rows, added, 1)


async def add_new(rows: Rows, shares: Sequence[int]) -> None:
    """List new shares without an audience, which nobody sees yet, with their owners and with who holds their grants."""
    await rows.run(ADD_NEW, shares=shares)
    await rows.run(COUNT_SHARES, shares=shares, sign=1)


async def advance(rows: Rows, shares: Sequence[int]) -> None:
    """Move every listing row of *shares* to the next standing: ACTIVE to LEAVING, LEAVING to GONE."""
    await rows.run(COUNT_SHARES, shares=shares, sign=-1)
    await rows.run(ADVANCE, shares=shares)
    await rows.run(COUNT_SHARES, shares=shares, sign=1)


async def drop_received(rows: Rows, shares: Sequence[int]) -> None:
    """Take shares out of the lists of those whose grant is gone, and of those who see them for nobody any more."""
    gone = [*await rows.all(DROP_RECEIVED, shares=shares), *await rows.all(DROP_UNHELD, shares=shares)]
    await _count(rows, gone, -1)


async def drop(rows: Rows, shares: Sequence[int]) -> None:
    """Take shares out of every list."""
    await rows.run(COUNT_SHARES, shares=shares, sign=-1)
    await rows.run(DROP_SHARES, shares=shares)


async def go_on(
    rows: Rows, viewer: int, wanted: ShareFilter, order: Order, window: Window, after: tuple[int | str, int]
) -> Sequence[Row]:
    """Rows like those of `page` that come after a sort key and id; costs the same anywhere and counts nothing."""
    admitted = facets(wanted)
    way = order.descending, bool(wanted.kinds), _tag_shape(wanted)
    values = _values(wanted) | {f"facet{n}": number for n, number in enumerate(admitted)}
    values["after_key"], values["after_share"] = after
    reading = _reading(len(admitted), order.by, *way, after=True)
    return await rows.all(reading, viewer=viewer, limit=window.most, skip=window.skip, **values)


async def totals(rows: Rows, viewer: int, wanted: ShareFilter) -> dict[int, int]:
    """How many rows the viewer has in each facet that is not empty; counted by index only under kinds or tags."""
    admitted = facets(wanted)
    if not wanted.kinds and not wanted.tags:
        return {row[0]: row[1] for row in await rows.all(TOTALS, viewer=viewer, facets=admitted)}
    counting = _counting(bool(wanted.kinds), _tag_shape(wanted))
    found = await rows.all(counting, viewer=viewer, facets=admitted, **_values(wanted))
    return {row[0]: row[1] for row in found}


async def page(
    rows: Rows, viewer: int, wanted: ShareFilter, order: Order, window: Window, counted: dict[int, int]
) -> Sequence[Row]:
    """
    Rows of one stretch, in order: the share's columns, side, owner's public id and name, organization's public id.

    *counted* is what `totals` said: only those facets are looked at, and a stretch in the second half is reached from
    the end.
    """
    total = sum(counted.values())
    left = max(total - window.skip, 0)
    limit = min(window.most, left)
    if limit == 0:
        return []
    skip, backwards = window.skip, False
    if window.skip > total // 2:
        skip, backwards = left - limit, True
    way = order.descending != backwards, bool(wanted.kinds), _tag_shape(wanted)
    values = _values(wanted) | {f"facet{n}": number for n, number in enumerate(counted)}
    reading = _reading(len(counted), order.by, *way, after=False)
    found = await rows.all(reading, viewer=viewer, limit=limit, skip=skip, **values)
    return found[::-1] if backwards else found


async def _count(rows: Rows, listed: Sequence[Row], delta: int) -> None:
    if listed:
        await rows.many(
            COUNT, [{"viewer": viewer, "facet": number, "delta": delta} for viewer, number in listed]
        )


def _values(wanted: ShareFilter) -> dict[str, object]:
    values: dict[str, object] = {"kinds": list(wanted.kinds)} if wanted.kinds else {}
    for n, (key, value) in enumerate(wanted.tags):
        values[f"key{n}"] = key
        if value is not None:
            values[f"value{n}"] = value
    return values


def _tag_shape(wanted: ShareFilter) -> tuple[bool, ...]:
    return tuple(value is not None for _, value in wanted.tags)


def _restrictions(kinds: bool, tags: tuple[bool, ...]) -> str:
    tagged = [(TAGGED_AS if valued else TAGGED).replace("{n}", str(n)) for n, valued in enumerate(tags)]
    return "".join([OF_KINDS if kinds else "", *tagged])


@lru_cache(maxsize=256)
def _counting(kinds: bool, tags: tuple[bool, ...]) -> Statement:
    return statement(
        "listing.counting",
        f"""
        select l.facet, count(*) from listing l
        where l.viewer = :viewer and l.facet in :facets[]{_restrictions(kinds, tags)} group by l.facet
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )


@lru_cache(maxsize=1024)
def _reading(
    arms: int, by: str, descending: bool, kinds: bool, tags: tuple[bool, ...], after: bool
) -> Statement:
    """One index walk per facet, merged by the engine: no facet is sorted and none is read further than needed."""
    way = "desc" if descending else "asc"
    beyond = (
        f" and (l.{by}, l.share) {'<' if descending else '>'} (:after_key, :after_share)" if after else ""
    )
    # SQLite merges the walks by itself, PostgreSQL only those that are said to be in order.
    opening, ordered = ("{postgres: (}", f"{{postgres:  order by l.{by} {way}, l.share {way})}}")
    if arms == 1:
        opening = ordered = ""
    walks = "\n union all ".join(
        f"{opening}select l.{by} as sort_key, l.share as share, l.facet / 100 as side from listing l"  # noqa: S608 - as above
        f" where l.viewer = :viewer and l.facet = :facet{n}{beyond}{_restrictions(kinds, tags)}{ordered}"
        for n in range(arms)
    )
    return statement(
        "listing.reading",
        f"""
        select {SHARE_COLUMNS}, p.side, o.public_id, o.name, coalesce(g.public_id, '') from (
          {walks} order by sort_key {way}, share {way} limit :limit offset :skip
        ) p
        join share s on s.id = p.share join principal o on o.id = s.owner left join principal g on g.id = o.organization
        order by p.sort_key {way}, p.share {way}
        """,  # noqa: S608 - as above
    )


async def fold(rows: Rows, limit: int) -> int:
    """Sum up tallies that have gathered several rows; returns how many were folded, 0 where each has one row."""
    found = await rows.all(UNFOLDED, limit=limit)
    if found:
        await rows.many(FOLD, [{"viewer": viewer, "facet": number} for viewer, number in found])
    return len(found)
