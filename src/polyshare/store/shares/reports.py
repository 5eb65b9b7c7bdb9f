"""What providers report of the shares that they keep, and what has to be known for it."""

from collections.abc import Mapping, Sequence

from polyshare.domain.products import OURS
from polyshare.store.database import Rows
from polyshare.store.shares.shares import LOCK as LOCK_ALL
from polyshare.store.statements import BY_ID, statement

__all__ = ["LOCATE", "LOCK", "LOCK_ALL", "LOCK_REFS", "by_ref", "providers_of"]

LOCK = statement(
    "report.lock",
    f"""
    select s.id from share s
    where s.id in (select i.share from item i where i.share in :shares[] and i.kind = :kind)
    order by s.{BY_ID} {{postgres: for update}}
    """,  # noqa: S608 - a word of ours
)
# Ids are a provider's own to give: whoever takes some in waits for who took some in of the same provider.
LOCK_REFS = statement(
    "report.lock_refs", "select name from provider where name = :provider {postgres: for no key update}"
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
    where g.provider_ref in :refs[] and g.leaving_at is null and i.share = g.share and i.kind = :kind
    and i.leaving_at is null order by g.{BY_ID}
    """,  # noqa: S608 - a word of ours
)


async def providers_of(rows: Rows, drives: Sequence[int]) -> Mapping[int, str]:
    """At whom those of these drives lie that there are."""
    return dict(await rows.all(PROVIDERS_OF, drives=drives, ours=OURS.provider))  # type: ignore[arg-type] # rows of two columns


async def by_ref(rows: Rows, kind: str, refs: Sequence[str]) -> Mapping[str, int]:
    """The live shares of this kind that their provider knows by these ids."""
    return dict(await rows.all(BY_REF, kind=kind, refs=refs))  # type: ignore[arg-type] # rows of two columns
