"""What laying a share that a world file describes asks of rows."""

from polyshare.domain.shares import Share
from polyshare.store.database import Rows
from polyshare.store.shares.shares import share_of
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

IS_SHARE = statement("laid.is_share", "select 1 from share where id = :share")
WAS_OF = statement(
    "laid.was_of",
    """
    select 1 from item i join share_grant g on g.share = i.share
    where i.share = :share and (i.node = :node or i.key = :key) and g.principal = :principal
    """,
)
LOGIN = statement("laid.login", "select login from person where principal = :principal")


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


async def is_share(rows: Rows, ident: int) -> bool:
    """Whether there is a share of that id, gone or not."""
    return await rows.one(IS_SHARE, share=ident) is not None


async def was_of(rows: Rows, ident: int, node: int, principal: int) -> bool:
    """Whether a share offers a node to that principal, or did."""
    return await rows.one(WAS_OF, share=ident, node=node, key=str(node), principal=principal) is not None


async def login(rows: Rows, principal: int) -> str:
    """A user's login; empty for what is no user."""
    row = await rows.one(LOGIN, principal=principal)
    return "" if row is None else str(row[0])
