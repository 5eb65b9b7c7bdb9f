"""Rows of `cell`: a row only while one recipient's crossing with one item differs."""

from polyshare.store.statements import statement

REVISED = statement(
    "cell.revised",
    """
    insert into cell (share_grant, item, revision, error, final)
    select id, cast(:item as bigint), cast(:revision as bigint), '', 0 from share_grant
    where share = :share and leaving_at is null and joined_at is not null
    on conflict (share_grant, item) do update set error = '', final = 0
    """,
)
LEAVING = statement(
    "cell.leaving",
    """
    insert into cell (share_grant, item, revision, error, final)
    select id, cast(:item as bigint), cast(:revision as bigint), '', 0 from share_grant
    where share = :share and gone_at is null and delivery <> 'held'
    on conflict (share_grant, item) do update set error = '', final = 0
    """,
)
"""An item leaves also from those who leave themselves: should they come back first, it must not stay with them."""
REOPEN = statement("cell.reopen", "update cell set error = '', final = 0 where item = :item")
DROP = statement("cell.drop", "delete from cell where share_grant in :grants[]")
DROP_STAYING = statement(
    "cell.drop_staying",
    """
    delete from cell where share_grant in :grants[]
    and exists (select 1 from item i where i.id = cell.item and i.leaving_at is null)
    """,
)
DROP_OPEN = statement("cell.drop_open", "delete from cell where share_grant in :grants[] and final = 0")
TRIED = statement(
    "cell.tried",
    """
    insert into cell (share_grant, item, revision, error, final)
    values (:share_grant, :item, :revision, :error, :final)
    on conflict (share_grant, item) do update set
      revision = excluded.revision, error = excluded.error, final = excluded.final
    """,
)
OF = statement(
    "cell.of",
    "select share_grant, item, revision, error, final from cell where share_grant in :grants[]",
)
