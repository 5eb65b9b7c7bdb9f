"""Rows of `link` and `link_reader`."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from polyshare.domain.links import Audience, Link, Reader
from polyshare.domain.permissions import Permission
from polyshare.store.database import Row, Rows
from polyshare.store.statements import statement
from polyshare.store.tree.access import HOLDERS, IS_DOOR

COLUMNS = """k.id, k.public_id, k.node, k.share, k.token, k.name, k.audience, k.permissions, k.drops,
      case when k.code_hash is null then 0 else 1 end, k.expires_at, k.uses_left, k.opened, k.opened_at,
      k.created_by, k.created_at, k.modified_at, r.principal, r.named"""
FROM = "from link k left join link_reader r on r.link = k.id"

OF_NODE = statement(
    "link.of_node",
    f"select {COLUMNS} {FROM} where k.node = :node and {IS_DOOR} order by k.id, r.position",
)
ONE = statement("link.one", f"select {COLUMNS} {FROM} where k.id = :link and {IS_DOOR} order by r.position")
BY_PUBLIC_ID = statement(
    "link.by_public_id",
    f"select {COLUMNS} {FROM} where k.public_id = :public_id and {IS_DOOR} order by r.position",
)
MADE_BY = statement(
    "link.made_by",
    f"""
    select {COLUMNS} from (
      select k.id from link k where k.created_by = :person and k.id < :before and {IS_DOOR} order by k.id desc limit :limit
    ) c join link k on k.id = c.id left join link_reader r on r.link = k.id order by k.id desc, r.position
    """,  # noqa: S608 - columns of ours
)
# What links of shares lead to: the share's public id, how many things it holds, and the first that is a node.
HELD = statement(
    "link.held",
    """
    select s.id, s.public_id, (select count(*) from item i where i.share = s.id and i.gone_at is null),
      (select i.node from item i where i.share = s.id and i.gone_at is null and i.node is not null order by i.id limit 1)
    from share s where s.id in :shares[]
    """,
)
UNNAMED = statement(
    "link.unnamed",
    f"select 1 from link k where k.node = :node and k.name = '' and k.id <> :other and {IS_DOOR} limit 1",  # noqa: S608 - a fragment of ours
)
ADD = statement(
    "link.add",
    """
    insert into link (id, public_id, node, share, token, token_hash, name, audience, permissions, drops, code_hash,
      expires_at, uses_left, opened, created_by, created_at, modified_at)
    values (:id, :public_id, :node, :share, :token, :token_hash, :name, :audience, :permissions, :drops, :code_hash,
      :expires_at, :uses, 0, :created_by, :now, :now)
    """,
)
ADD_READER = statement(
    "link.add_reader",
    "insert into link_reader (link, position, principal, named) values (:link, :position, :principal, :named)",
)
DROP_READERS = statement("link.drop_readers", "delete from link_reader where link = :link")
REVISE = statement(
    "link.revise",
    """
    update link set name = :name, audience = :audience, permissions = :permissions, drops = :drops,
      code_hash = :code_hash, expires_at = :expires_at, modified_at = :now,
      uses_left = case when :keep_uses = 1 then uses_left else :uses end
    where id = :id
    """,
)
DROP = statement("link.drop", "delete from link where id = :link")
CODE_OF = statement("link.code_of", "select code_hash from link where id = :link")
# What stands before an opening: the code's hash, when it ends, and whether this person is one of those that it is for.
_DOOR = f"""
    with recursive {HOLDERS}
    select k.id, k.code_hash, k.expires_at, case k.audience
      when 'anyone' then 1
      when 'signed_in' then case when exists (select 1 from holder) then 1 else 0 end
      else case when exists (
        select 1 from link_reader r join holder h on h.id = r.principal where r.link = k.id) then 1 else 0 end
      end
    from link k where {IS_DOOR} and """  # noqa: S608 - a fragment of ours
# Where uses are counted, and where files can only be left, people come through the link's page alone.
_PLAIN = "and k.uses_left is null and k.drops = 0"
DOOR = statement("link.door", f"{_DOOR} k.id = :link {_PLAIN}")
DOOR_BY_PUBLIC_ID = statement("link.door_by_public_id", f"{_DOOR} k.public_id = :link {_PLAIN}")


def links_of(rows: Iterable[Row]) -> list[Link]:
    """The links in rows of COLUMNS, those of one link side by side."""
    return [_link(list(same)) for _, same in groupby(rows, key=lambda row: row[0])]


def _link(rows: Sequence[Row]) -> Link:
    id_, public_id, node, share, token, name, audience, permissions, drops, coded, *rest = rows[0][:17]
    readers = tuple(Reader(row[17], row[18]) for row in rows if row[18] is not None)
    return Link(
        id_,
        public_id,
        node,
        share,
        token,
        name,
        Audience(audience),
        Permission(permissions),
        bool(drops),
        readers,
        bool(coded),
        *rest,
    )


async def add(rows: Rows, link: Link, token_hash: str, code_hash: str | None) -> None:
    """Write a new link and whom it is for. One statement, one more if it is for some only."""
    await rows.run(
        ADD,
        id=link.id,
        public_id=link.public_id,
        node=link.node,
        share=link.share,
        token=link.token,
        token_hash=token_hash,
        name=link.name,
        audience=link.audience.value,
        permissions=int(link.permissions),
        drops=int(link.drops),
        code_hash=code_hash,
        expires_at=link.expires_at,
        uses=link.uses_left,
        created_by=link.created_by,
        now=link.created_at,
    )
    await set_readers(rows, link.id, link.readers)


async def set_readers(rows: Rows, link: int, readers: Sequence[Reader]) -> None:
    """Write whom a link is for, which has none written."""
    if readers:
        await rows.many(
            ADD_READER,
            [
                {"link": link, "position": position, "principal": one.principal, "named": one.named}
                for position, one in enumerate(readers)
            ],
        )
