"""
Pages of shares of folders as one viewer has them in lists: walks of one index for each facet, merged by the engine.

SQLite joins in the order that "cross join" gives, from what is found to what is looked up for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from polyshare.domain.delivery import Consent
from polyshare.domain.folder_shares import FolderOrder, FolderShare, Update
from polyshare.domain.permissions import Permission
from polyshare.domain.products import ProductRef
from polyshare.domain.views import Sorting, Window
from polyshare.store.database import Row, Rows
from polyshare.store.shares.folder_shares import MARKED, WORDS_ID, mark_of
from polyshare.store.statements import Statement, statement

SHORTEST = 3
"""The index of words holds three letters in a row; shorter ones are looked for by reading what the viewer has."""
MOST_BY_INDEX = 500
"""Where a viewer has more hits than these, its lists are walked instead, in which the next one is never far then."""

FIND = "{sqlite: instr}{postgres: strpos}"
HAS_WORDS = f"{FIND}(w.words, :words) between 1 and {FIND}(w.words, :marked)"
"""Marks stand behind what may be looked for."""

FILTERS = {
    "created_from": "f.created >= :created_from",
    "created_to": "f.created <= :created_to",
    "owner": "f.created_by = :owner",
    "path": "f.path = :path",
    "provider": "f.provider = :provider",
    "category": "f.category = :category",
    "product": "f.product = :product",
    "not_provider": "f.provider <> :not_provider",
    "not_category": "f.category <> :not_category",
    "not_product": "f.product <> :not_product",
    "refs": """exists (select 1 from share_grant x where x.share = f.share and x.leaving_at is null
      and x.provider_ref in :refs[] {postgres: offset 0})""",
    "words": f"""exists (select 1 from folder_share_words w where w.{WORDS_ID} = f.share and {HAS_WORDS} {{postgres: offset 0}})""",  # noqa: S608 - fragments of ours
}
"""What may restrict a list, by the names of the parameters; `words` needs `marked` as well."""

INDEXES = {"path": "folder_share_by_path", "owner": "folder_share_by_creator"}
"""By which index is found what some filters admit."""

COLUMNS = """s.id, g.id, s.owner, po.login, g.principal, pr.login, i.node, f.path, f.provider, f.category, f.product,
      g.permissions, g.asked, g.consent, case when i.kind = 'node' then '/' || cast(g.id as text) else g.location end,
      coalesce(g.provider_ref, ''), s.created_at"""
PARTS = """share s cross join share_grant g cross join item i cross join person po cross join person pr"""
TOGETHER = """g.share = s.id and g.leaving_at is null and i.share = s.id and i.leaving_at is null
      and po.principal = s.owner and pr.principal = g.principal"""

UPDATES = statement(
    "folder_page.updates",
    "select share, at, consent, text, location from share_update where share in :shares[] order by share, id",
)
HAS_INDEX = statement(
    "folder_page.has_index",
    "{sqlite: select 1}{postgres: select 1 where to_regclass('folder_share_by_words') is not null}",
)
# The mark in the words keeps what others have out of the walk through the index.
HITS = statement(
    "folder_page.hits",
    f"""
    with hit as {{postgres: materialized }}(
      select w.{WORDS_ID} as share from folder_share_words w
      where {{sqlite: w.folder_share_words match :match}}{{postgres: w.words like :like and w.words like :mark}} and {HAS_WORDS}
    )
    select f.share from hit h cross join folder_share f where f.viewer = :viewer and f.share = h.share limit :limit
    """,  # noqa: S608 - fragments of ours
)
# A number that is the same while all rows are; in two halves, for sums of whole digests grow too large.
STAMP = statement(
    "folder_page.stamp",
    """
    select count(*), coalesce(cast(sum(told / 2147483648) as bigint), 0), coalesce(cast(sum(told % 2147483648) as bigint), 0)
    from folder_share where viewer = :viewer and facet < 100
    """,
)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """
    What a list is restricted to.

    Attributes:
        facets: Those that are shown.
        values: Of parameters of FILTERS, by name.
        picked: None of the shares besides these; None: all that there are.
    """

    facets: tuple[int, ...]
    values: Mapping[str, object]
    picked: Sequence[int] | None = None


async def page(
    rows: Rows, viewer: int, shown: Restrictions, sorting: Sorting[FolderOrder], window: Window
) -> tuple[list[FolderShare], list[int | str]]:
    """Shares in the viewer's lists in order, and the sort key of each; one statement."""
    way = sorting.by, sorting.descending, window.after is not None
    values = dict(shown.values)
    if window.after is not None:
        values["after_key"], values["after_share"] = window.after
    filters = tuple(sorted(shown.values.keys() & FILTERS.keys()))
    if shown.picked is None:
        reading = _reading(len(shown.facets), *way, filters)
        values |= {f"facet{n}": facet for n, facet in enumerate(shown.facets)}
        if len(shown.facets) > 1:
            values["upto"] = window.most + window.skip
    else:
        reading = _picking(*way, filters)
        values |= {"facets": shown.facets, "picked": list(shown.picked)}
    found = await rows.all(reading, viewer=viewer, limit=window.most, skip=window.skip, **values)
    return [share_of(row) for row in found], [row[17] for row in found]


async def hits(rows: Rows, viewer: int, words: str) -> list[int]:
    """Shares of a viewer that have folded *words*, which the index can look for; as many as `MOST_BY_INDEX` and no more."""
    mark = mark_of(viewer)
    found = await rows.all(
        HITS,
        match=f'"{words.replace(chr(34), chr(34) * 2)}" AND "{mark}"',
        like=_like(words),
        mark=f"%{mark}%",
        words=words,
        marked=MARKED,
        viewer=viewer,
        limit=MOST_BY_INDEX,
    )
    return [row[0] for row in found]


async def has_index(rows: Rows) -> bool:
    """Whether words are found by index; else PostgreSQL lacks pg_trgm, and searches read what the viewer has."""
    return await rows.one(HAS_INDEX) is not None


async def updates(rows: Rows, shares: Sequence[int]) -> dict[int, list[Update]]:
    """What befell these shares, the oldest first; one statement."""
    told: dict[int, list[Update]] = {}
    for share, at, consent, text, location in await rows.all(UPDATES, shares=list(shares)):
        told.setdefault(share, []).append(Update(at, Consent(consent), text, location))
    return told


async def stamp(rows: Rows, viewer: int) -> str:
    """A text that is another one whenever the viewer's lists are; one statement, which reads all that the viewer has."""
    return spelled(await rows.one(STAMP, viewer=viewer))


def share_of(row: Row, *, begun: bool = True) -> FolderShare:
    """The share in a row that begins with COLUMNS."""
    id_, grant, owner_id, owner, recipient_id, recipient, node, path, provider, category, product = row[:11]
    permissions, asked, consent, location, ref, created_at = row[11:17]
    return FolderShare(
        id=id_,
        grant=grant,
        owner_id=owner_id,
        owner=owner,
        recipient_id=recipient_id,
        recipient=recipient,
        node=node,
        path=path,
        product=ProductRef(product, category, provider),
        permissions=Permission(permissions),
        asked=asked,
        consent=Consent(consent),
        location=location,
        provider_ref=ref,
        created_at=created_at,
        begun=begun,
    )


def _like(words: str) -> str:
    for special in "\\%_":
        words = words.replace(special, "\\" + special)
    return f"%{words}%"


def spelled(row: Row | None) -> str:
    """The numbers of a stamp as one text."""
    return ".".join(f"{number:x}" for number in row or ())


def _beyond(by: str, descending: bool, after: bool) -> str:
    return f" and ({by}, f.share) {'<' if descending else '>'} (:after_key, :after_share)" if after else ""


def restricted(filters: tuple[str, ...]) -> str:
    """The condition that some of FILTERS make together."""
    return "".join(f" and {FILTERS[name]}" for name in filters)


@lru_cache(maxsize=1024)
def _reading(
    arms: int, by: FolderOrder, descending: bool, after: bool, filters: tuple[str, ...]
) -> Statement:
    """One walk for each facet: none is sorted, and none is read further than needed."""
    way = "desc" if descending else "asc"
    beyond = _beyond(f"f.{by}", descending, after)
    # SQLite merges the walks by itself; PostgreSQL would sort all that there is where no walk is said to be short.
    opening, ordered = "{postgres: (}", f"{{postgres:  order by f.{by} {way}, f.share {way} limit :upto)}}"
    if arms == 1:
        opening = ordered = ""
    walks = "\n union all ".join(
        f"{opening}select f.{by} as sort_key, f.share as share from {_source(n, filters)} f"  # noqa: S608 - fragments of ours
        f" where f.viewer = :viewer and f.facet = :facet{n}{beyond}{restricted(filters)}{ordered}"
        for n in range(arms)
    )
    return _furnished("folder_page.reading", f"{walks} order by sort_key {way}, share {way}", way)


def _source(number: int, filters: tuple[str, ...]) -> str:
    """Where a walk goes: what few can have is looked up and then sorted, which the engines do not see by themselves."""
    for name, index in INDEXES.items():
        if name in filters:
            own = f"f.viewer = :viewer and f.facet = :facet{number} and {FILTERS[name]}"
            return f"""{{postgres: (select * from folder_share f where {own} offset 0)}}
              {{sqlite: (select * from folder_share f indexed by {index} where {own})}}"""  # noqa: S608 - fragments of ours
    return "folder_share"


@lru_cache(maxsize=1024)
def _picking(by: FolderOrder, descending: bool, after: bool, filters: tuple[str, ...]) -> Statement:
    """Few that are known, each looked up and then sorted."""
    way = "desc" if descending else "asc"
    picked = f"""
      select f.{by} as sort_key, f.share as share
      from {{sqlite: (select distinct value as id from json_each(:picked[]))}}
        {{postgres: (select distinct id from unnest(cast(:picked[] as bigint[])) as t (id))}} c cross join folder_share f
      where f.viewer = :viewer and f.share = c.id and f.facet in :facets[]{_beyond(f"f.{by}", descending, after)}
      {restricted(filters)} order by sort_key {way}, share {way}"""  # noqa: S608 - fragments of ours
    return _furnished("folder_page.picking", picked, way)


def _furnished(name: str, found: str, way: str) -> Statement:
    """The shares of one stretch of what was *found* as (sort_key, share), with all that is told of them."""
    return statement(
        name,
        f"""
        select {COLUMNS}, p.sort_key from ({found} limit :limit offset :skip) p cross join folder_share f cross join {PARTS}
        where f.viewer = :viewer and f.share = p.share and s.id = p.share and {TOGETHER}
        order by p.sort_key {way}, p.share {way}
        """,  # noqa: S608 - fragments of ours, chosen by shape; no value enters the text
    )
