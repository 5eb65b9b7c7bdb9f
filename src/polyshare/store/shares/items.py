"""Rows of `item`."""

from collections.abc import Sequence

from polyshare.domain.shares import Item
from polyshare.domain.views import ItemSeen
from polyshare.store.database import Row, Rows
from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import statement

COLUMNS = """i.id, i.public_id, i.share, i.kind, i.key, i.owner, i.meta, i.revision, i.created_at, i.modified_at,
      i.leaving_at, i.gone_at, p.public_id"""

ADD = statement(
    "item.add",
    """
    insert into item (id, public_id, share, kind, key, owner, meta, revision, created_at, modified_at, node)
    values (:id, :public_id, :share, :kind, :key, :owner, :meta, :revision, :now, :now, :node)
    """,
)
LIVE_OF = statement(
    "item.live_of",
    f"""
    select {COLUMNS} from item i join principal p on p.id = i.owner
    where i.share in :shares[] and i.gone_at is null order by i.share, i.id
    """,  # noqa: S608 - a list of columns of ours
)
KEYS_OF = statement(
    "item.keys_of",
    "select id, key, revision from item where share = :share and gone_at is null order by id",
)
ONE = statement(
    "item.one",
    f"select {COLUMNS} from item i join principal p on p.id = i.owner where i.share = :share and i.public_id = :public_id",  # noqa: S608
)
MATCHING = """
    from item i join principal p on p.id = i.owner where i.share = :share
    and (cast(:kind as text) is null or i.kind = :kind)
    and case when i.gone_at is not null then 'gone' when i.leaving_at is not null then 'leaving' else 'active' end
      = coalesce(:standing, case when i.gone_at is not null then 'gone' when i.leaving_at is not null then 'leaving'
        else 'active' end)"""
PAGE = statement(
    "item.page",
    f"select {COLUMNS} {MATCHING} order by i.id limit :limit offset :skip",
)
COUNT = statement("item.count", f"select count(*) {MATCHING}")
LIVE_COUNT = statement(
    "item.live_count",
    "select count(*), count(*) - count(leaving_at) from item where share = :share and gone_at is null",
)
KINDS_OF = statement(
    "item.kinds_of", "select distinct kind from item where share = :share and gone_at is null"
)
KINDS_OF_SHARES = statement(
    "item.kinds_of_shares", "select distinct kind from item where share in :shares[] and gone_at is null"
)
SAME = statement(
    "item.same",
    """
    select 1 from item where share = :share and owner = :owner and kind = :kind and key = :key and gone_at is null
    """,
)
REVISE = statement(
    "item.revise",
    "update item set meta = :meta, revision = :revision, modified_at = :modified_at where id = :id",
)
LEAVE = statement(
    "item.leave",
    f"update item set leaving_at = :now, modified_at = {GREATEST} where id = :id",  # noqa: S608 - a fragment of ours
)
LEAVE_ALL = statement(
    "item.leave_all",
    f"""
    update item set leaving_at = :now, modified_at = {GREATEST} where share in :shares[] and leaving_at is null
    """,  # noqa: S608 - a fragment of ours
)
FINISH = statement(
    "item.finish",
    f"""
    update item set gone_at = :now, modified_at = {GREATEST}
    where share in :shares[] and leaving_at is not null and gone_at is null
    and not exists (select 1 from cell c where c.item = item.id)
    and not exists (select 1 from share s where s.id = item.share and s.leaving_at is not null and s.gone_at is null)
    """,  # noqa: S608 - a fragment of ours
)


def item_of(row: Row) -> ItemSeen:
    """The item in a row of COLUMNS."""
    return ItemSeen(Item(*row[:12]), row[12])


async def add(rows: Rows, items: Sequence[Item]) -> None:
    """Write new items."""
    await rows.many(
        ADD,
        [
            {
                "id": item.id,
                "public_id": item.public_id,
                "share": item.share,
                "kind": item.kind,
                "key": item.key,
                "owner": item.owner,
                "meta": item.meta,
                "revision": item.revision,
                "now": item.created_at,
                "node": item.node,
            }
            for item in items
        ],
    )
