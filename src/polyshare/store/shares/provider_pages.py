"""Shares of folders that a provider keeps, as the provider sees them: whoever sent them, and also before they have begun."""

from functools import lru_cache

from polyshare.domain.folder_shares import FolderShare
from polyshare.domain.views import Window
from polyshare.store.database import Rows
from polyshare.store.shares.folder_pages import (
    COLUMNS,
    FILTERS,
    PARTS,
    TOGETHER,
    Restrictions,
    restricted,
    share_of,
    spelled,
)
from polyshare.store.shares.folder_shares import DRIVE_OF, SENT
from polyshare.store.statements import Statement, statement

STAMP = statement(
    "provider_page.stamp_of_provider",
    """
    select count(*), coalesce(cast(sum(told / 2147483648) as bigint), 0), coalesce(cast(sum(told % 2147483648) as bigint), 0),
      (select count(*) from draft where provider = :provider and step = 'beginning'),
      (select coalesce(max(share), 0) from draft where provider = :provider and step = 'beginning')
    from folder_share where provider = :provider and facet < 10
    """,
)


async def page(rows: Rows, provider: str, shown: Restrictions, window: Window) -> list[FolderShare]:
    """Shares of a provider by id, whoever sent them, also those that it is still being asked about; one statement."""
    after = window.after[1] if window.after is not None else 0
    values = dict(shown.values) | {"facets": shown.facets, "of": provider, "after": after}
    if shown.picked is not None:
        values["picked"] = list(shown.picked)
    reading = _reading_provider(shown.picked is not None, tuple(sorted(shown.values.keys() & FILTERS.keys())))
    found = await rows.all(
        reading, limit=window.most, skip=window.skip, upto=window.most + window.skip, **values
    )
    return [share_of(row, begun=bool(row[17])) for row in found]


async def stamp(rows: Rows, provider: str) -> str:
    """A text that is another one whenever the shares of a provider are; one statement, which reads all of them."""
    return spelled(await rows.one(STAMP, provider=provider))


@lru_cache(maxsize=256)
def _reading_provider(picked: bool, filters: tuple[str, ...]) -> Statement:
    """Listed ones by their index, and the few that wait to begin, which have no rows in lists yet."""
    admitted = (" and f.share in :picked[]" if picked else "") + restricted(filters)
    drafts = f"""
      select x.share, 0 as begun, s.created_at / 1000 as created, po.login as created_by, i.key as path, {SENT} as facet,
        x.provider as provider, coalesce(t.category, e.category, '') as category, coalesce(t.name, e.product, '') as product
      from draft x cross join share s cross join item i cross join person po left join product t on t.id = s.product
      left join remote_drive e on e.id = {DRIVE_OF.replace("o.key", "i.key")}
      where x.provider = :of and x.step = 'beginning' and x.share > :after
      and s.id = x.share and i.share = s.id and i.leaving_at is null and po.principal = s.owner"""  # noqa: S608 - numbers of ours
    told = "f.share, f.path, f.provider, f.category, f.product"
    return statement(
        "provider_page.of_provider",
        f"""
        select {COLUMNS}, f.begun from (
          select * from (
            select {told}, 1 as begun from folder_share f where f.provider = :of and f.facet < 10 and f.share > :after
            and f.facet in :facets[]{admitted} order by f.share limit :upto
          ) a union all select {told}, f.begun from ({drafts}) f where f.facet in :facets[]{admitted}
          order by 1 limit :limit offset :skip
        ) f cross join {PARTS} where s.id = f.share and {TOGETHER} order by s.id
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )
