"""What laying a share that a world file describes asks of rows."""

from polyshare.domain.shares import Share
from polyshare.store.database import Rows
from polyshare.store.shares import share_of
from polyshare.store.statements import statement

SHARE = statement(
    "laid.share",
    """
    select id, public_id, owner, name, tags, audience, created_at, modified_at, leaving_at, gone_at,
      within
    from share where public_id = :public_id{postgres:  for update}
    """,
)
ITEMS = statement("laid.items", "select kind, key from item where share = :share and gone_at is null")
HOLDERS = statement("laid.holders", "select principal from share_grant where share = :share")


async def share(rows: Rows, public_id: str) -> Share | None:
    """The share of that public id, whoever's it is."""
    row = await rows.one(SHARE, public_id=public_id)
    return None if row is None else share_of(row)


async def resources(rows: Rows, ident: int) -> set[tuple[str, str]]:
    """Kind and key of everything in a share that is not gone."""
    return {(kind, key) for kind, key in await rows.all(ITEMS, share=ident)}


async def holders(rows: Rows, ident: int) -> set[int]:
    """Who holds a grant on a share, or held one."""
    return {row[0] for row in await rows.all(HOLDERS, share=ident)}
