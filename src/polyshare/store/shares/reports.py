"""What providers report of the shares that they keep, and what has to be known for it."""

from collections.abc import Mapping, Sequence

from polyshare.domain.products import OURS
from polyshare.store.database import Rows
from polyshare.store.statements import BY_ID, statement

# What a provider of folders of ours has is what lists say is its; what lies elsewhere is not in lists before it begins.
_LISTED = "select f.share from folder_share f where f.share in :shares[] and f.provider = :provider and f.facet < 10"
LOCK_DRIVES = statement(
    "report.lock_drives",
    f"""
    select d.id from drive d where d.id in (
      select n.drive from item i cross join node n where i.share in ({_LISTED}) and n.id = i.node)
    order by d.{BY_ID} {{postgres: for no key update}}
    """,  # noqa: S608 - fragments of ours
)
LOCK = statement(
    "report.lock",
    f"""
    select s.id from share s
    where s.id in (select i.share from item i where i.share in :shares[] and i.kind = :kind union {_LISTED})
    order by s.{BY_ID} {{postgres: for update}}
    """,  # noqa: S608 - fragments of ours
)
# The place that was named first stays, for access has been given there.
LOCATE = statement(
    "report.locate", "update share_grant set location = :location where id = :grant and location is null"
)
PROVIDERS_OF = statement(
    "report.providers_of",
    """
    select d.id, d.provider from remote_drive d where d.id in :drives[] and d.closed = 0
    union all
    select d.id, coalesce(p.provider, :ours) from drive d left join product p on p.id = d.product
    where d.id in :drives[] and d.gone_at is null
    """,
)
BY_REF = statement(
    "report.by_ref",
    f"""
    select g.provider_ref, g.share from share_grant g cross join item i
    where g.provider_ref in :refs[] and g.leaving_at is null and i.share = g.share and i.leaving_at is null
    and (i.kind = :kind
      or exists (select 1 from folder_share f where f.share = g.share and f.provider = :provider and f.facet < 10))
    order by g.{BY_ID}
    """,  # noqa: S608 - a word of ours
)

PATHS = statement(
    "report.paths", "select share, path from folder_share where share in :shares[] and facet < 10"
)


async def providers_of(rows: Rows, drives: Sequence[int]) -> Mapping[int, str]:
    """At whom those of these drives lie that there are."""
    return dict(await rows.all(PROVIDERS_OF, drives=drives, ours=OURS.provider))  # type: ignore[arg-type] # rows of two columns


async def lock(rows: Rows, provider: str, kind: str, shares: Sequence[int]) -> set[int]:
    """Lock those of these shares that are a provider's, whose folders have this kind where it keeps them itself."""
    await rows.all(LOCK_DRIVES, provider=provider, shares=shares)
    return {row[0] for row in await rows.all(LOCK, provider=provider, kind=kind, shares=shares)}


async def by_ref(rows: Rows, provider: str, kind: str, refs: Sequence[str]) -> Mapping[str, int]:
    """The live shares of a provider that it knows by these ids; *kind* as for `lock`."""
    return dict(await rows.all(BY_REF, provider=provider, kind=kind, refs=refs))  # type: ignore[arg-type] # rows of two columns


async def paths(rows: Rows, shares: Sequence[int]) -> Mapping[int, str]:
    """Where the folders of shares are that their owners have in lists."""
    return dict(await rows.all(PATHS, shares=shares))  # type: ignore[arg-type] # rows of two columns
