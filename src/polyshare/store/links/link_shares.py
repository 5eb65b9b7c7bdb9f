"""Rows of `share`, `principal` and `link` that belong together: shares that open by their link."""

from collections.abc import Sequence
from typing import Any

import msgspec

from polyshare.domain.link_shares import LinkShare, Thing
from polyshare.domain.links import Audience, Reader
from polyshare.store.database import Row, Rows
from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import Statement, composed, statement
from polyshare.store.tree.access import ADMITTED, HOLDERS, LINK_LIVES

_THINGS = """(select {sqlite: json_group_array(json_array(i.key, i.node) order by i.id)}{postgres: cast(json_agg(json_build_array(i.key, i.node) order by i.id) as text)}
      from item i where i.share = s.id and i.gone_at is null)"""
_READERS = """(select {sqlite: json_group_array(json_array(r.principal, r.named) order by r.position)}{postgres: cast(json_agg(json_build_array(r.principal, r.named) order by r.position) as text)}
      from link_reader r where r.link = k.id)"""
COLUMNS = f"""s.id, s.public_id, k.id, p.public_id, s.owner, coalesce(s.place, ''), {_THINGS}, k.audience, {_READERS},
      coalesce(s.meta, ''), case when k.code_hash is null then 0 else 1 end, k.expires_at, k.uses_left, s.created_at,
      s.modified_at"""
# Whoever made a share and can't log in any more offers nothing.
BELONG = f"""k.share = s.id and p.id = k.id and o.id = s.owner and {LINK_LIVES}"""

ADD = statement(
    "link_share.add",
    """
    insert into share (id, public_id, owner, created_by, name, consent, permissions, created_at, modified_at, place, meta,
      gated)
    values (:id, :public_id, :owner, :owner, '', 'given', :permissions, :now, :now, :place, :meta, 1)
    """,
)
_ONE = f"""
    select {COLUMNS} from share s cross join link k cross join principal p cross join principal o
    where s.public_id = :public_id and {BELONG}"""  # noqa: S608 - fragments of ours
ONE = statement("link_share.one", _ONE)
ONE_LOCKED = statement("link_share.one_locked", _ONE + "{postgres:  for update of s}")
# The share that a link leads to, with now = 0 also after its end.
OF_LINK = statement(
    "link_share.of_link",
    f"""
    select {COLUMNS} from link k cross join share s cross join principal p cross join principal o
    where k.id = :link and s.id = k.share and {BELONG}{{postgres:  for update of s}}""",  # noqa: S608 - fragments of ours
)
ADMITS = statement(
    "link_share.admits",
    f"""
    with recursive {HOLDERS}
    select 1 from link k cross join share s where k.id = :link and s.id = k.share and {ADMITTED}
    """,  # noqa: S608 - fragments of ours
)
REVISE = statement(
    "link_share.revise",
    f"update share set meta = :meta, modified_at = {GREATEST} where id = :share",  # noqa: S608 - a fragment of ours
)
REVISE_LINK = statement(
    "link_share.revise_link", "update link set audience = :audience, modified_at = :now where id = :link"
)
LAY = statement(
    "link_share.lay",
    """
    update item set node = :node where kind = 'file' and key = :key and node is null and leaving_at is null and share in (
      select s.id from principal p cross join link k cross join share s
      where p.kind = 'link' and p.public_id = :entity and k.id = p.id and s.id = k.share and s.place = :place)
    """,
)
DROP_ITEMS = statement("link_share.drop_items", "delete from item where share = :share")
END_PRINCIPAL = statement(
    "link_share.end_principal", "update principal set status = 'deleted', modified_at = :now where id = :link"
)

MADE = f"""
    select {COLUMNS} from link k cross join share s cross join principal p cross join principal o
    where k.created_by = :person and s.owner = :person and {BELONG} {{filters}} order by k.id desc limit :limit
    """  # noqa: S608 - fragments of ours
# The sign turned round: PostgreSQL would go through all links, to have these in order (docs/decisions/0005-sql.md).
GIVEN = f"""
    with listed (link) as (
      select r.link from link_reader r where r.principal = :person
      union
      select r.link from principal_alias a cross join link_reader r
      where a.principal = :person and a.namespace = 'mycloud' and r.named = a.value and r.principal is null
    )
    select {COLUMNS} from listed l cross join link k cross join share s cross join principal p cross join principal o
    where k.id = l.link and k.audience = 'listed' and {BELONG} {{filters}} order by -k.id limit :limit
    """  # noqa: S608 - fragments of ours
BEFORE = "k.id < :before"
OF_OWNER = "s.owner = :owner"
AT_PLACE = "s.place = :place"
WITH_KEY = """exists (select 1 from item w where w.share = s.id and w.kind = 'file' and w.key = :key and w.gone_at is null)"""


def share_of(row: Row) -> LinkShare:
    """The share in a row of COLUMNS."""
    id_, public_id, link, entity, owner, place, things, audience, readers, meta, coded, *rest = row
    return LinkShare(
        id_,
        public_id,
        link,
        entity,
        owner,
        place,
        [Thing(key, node) for key, node in msgspec.json.decode(things or "[]")],
        Audience(audience),
        [Reader(principal, named) for principal, named in msgspec.json.decode(readers or "[]")],
        meta,
        bool(coded),
        *rest,
    )


async def one(rows: Rows, public_id: str, now: int, *, lock: bool = False) -> LinkShare | None:
    """The share of that public id, if it is still offered."""
    row = await rows.one(ONE_LOCKED if lock else ONE, public_id=public_id, now=now)
    return None if row is None else share_of(row)


async def of_link(rows: Rows, link: int) -> LinkShare | None:
    """The share that a link leads to, also after the link's end; nobody else changes it while this transaction lasts."""
    row = await rows.one(OF_LINK, link=link, now=0)
    return None if row is None else share_of(row)


async def page(
    rows: Rows, person: int, now: int, limit: int, *, received: bool, **filters: int | str | None
) -> list[LinkShare]:
    """
    Shares that a person made, or that were given to it by name, newest first.

    Args:
        filters: before (id of a link), owner, place, key; None: not asked.
    """
    asked: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    known = {"before": BEFORE, "owner": OF_OWNER, "place": AT_PLACE, "key": WITH_KEY}
    fragments = tuple(known[name] for name in known if name in asked)
    found: Statement = composed(
        "link_share.given" if received else "link_share.made", GIVEN if received else MADE, fragments
    )
    return [share_of(row) for row in await rows.all(found, person=person, now=now, limit=limit, **asked)]


async def is_known(rows: Rows, public_id: str) -> bool:
    """Whether any share ever had this public id."""
    return await rows.one(IS_KNOWN, public_id=public_id) is not None


async def node_of_token(rows: Rows, token_hash: str) -> int | None:
    """The node to which the link with this token opens, 0 if it opens a share or joins; None: there is no such link."""
    row = await rows.one(NODE_OF_TOKEN, token_hash=token_hash)
    return None if row is None else int(row[0])


async def links_of(rows: Rows, shares: Sequence[int]) -> list[int]:
    """The links, as principals, that hold or held grants of these shares."""
    return [row[0] for row in await rows.all(LINKS_OF, shares=list(shares))]


async def drop_links(rows: Rows, links: Sequence[int]) -> None:
    """Remove links as principals, which hold nothing any more."""
    if links:
        await rows.run(DROP_PRINCIPALS, links=list(links))


IS_KNOWN = statement("link_share.is_known", "select 1 from share where public_id = :public_id")
NODE_OF_TOKEN = statement(
    "link_share.node_of_token",
    "select case when joins = 1 then 0 else coalesce(node, 0) end from link where token_hash = :token_hash",
)
LINKS_OF = statement(
    "link_share.links_of",
    """
    select g.principal from share_grant g cross join principal p
    where g.share in :shares[] and p.id = g.principal and p.kind = 'link'
    """,
)
DROP_PRINCIPALS = statement("link_share.drop_principals", "delete from principal where id in :links[]")
