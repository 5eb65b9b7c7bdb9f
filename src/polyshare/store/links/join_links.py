"""Rows of `link` that join: they lead to a folder in the tree or at a path elsewhere, and open nothing themselves."""

from polyshare.domain.join_links import JoinLink
from polyshare.domain.permissions import Permission
from polyshare.store.database import Row
from polyshare.store.shares.node_shares import BELOW
from polyshare.store.statements import statement

COLUMNS = """k.id, k.token, k.node, coalesce(k.path, ''), k.created_by, u.login, c.name, k.permissions, k.asked, k.expires_at"""
# Whoever made it can still log in, and what it leads to is still theirs. A path begins with the number of its drive.
LIVES = """k.joins = 1 and k.expires_at > :now and c.id = k.created_by and c.status = 'active' and u.principal = k.created_by
    and (exists (select 1 from node n cross join drive d where n.id = k.node and d.id = n.drive and d.owner = k.created_by and d.gone_at is null)
      or exists (
        select 1 from remote_drive d where d.owner = k.created_by and d.closed = 0
        and substr(k.path || '/', 1, length('/' || d.id || '/')) = '/' || d.id || '/'))"""
FROM = "from link k cross join principal c cross join person u"

ADD = statement(
    "join_link.add",
    """
    insert into link (id, public_id, node, path, share, token, token_hash, name, audience, permissions, asked, drops,
      expires_at, opened, created_by, created_at, modified_at, joins)
    values (:id, :public_id, :node, :path, null, :token, :token_hash, '', 'signed_in', :permissions, :asked, 0,
      :expires_at, 0, :created_by, :now, :now, 1)
    """,
)
BY_TOKEN = statement(
    "join_link.by_token",
    f"select {COLUMNS} {FROM} where k.token_hash = :token_hash and {LIVES}",
)
BEHIND = "k.expires_at < :before or (k.expires_at = :before and k.id < :link)"
_PAGE = f"""
    select {COLUMNS} {FROM} where {{at}} and {LIVES} {{filters}}
    order by k.expires_at desc, k.id desc limit :limit offset :skip"""
# What tells one state of the list from another; a remainder, for the sum of ids is more than a column holds.
_STAMP = f"""
    select count(*), coalesce(max(k.modified_at), 0), coalesce(sum(k.id % 1000003), 0) {FROM} where {{at}} and {LIVES}"""
_AT_NODE, _AT_PATH = "k.node = :node", "k.path = :path"
OF_NODE, OF_PATH = _PAGE.replace("{at}", _AT_NODE), _PAGE.replace("{at}", _AT_PATH)
STAMP_OF_NODE = statement("join_link.stamp_of_node", _STAMP.replace("{at}", _AT_NODE))
STAMP_OF_PATH = statement("join_link.stamp_of_path", _STAMP.replace("{at}", _AT_PATH))
MADE_BY = statement(
    "join_link.made_by",
    "select id from link where token_hash = :token_hash and joins = 1 and created_by = :person",
)
REVISE = statement(
    "join_link.revise",
    """
    update link set permissions = :permissions, asked = :asked,
      modified_at = {sqlite: max}{postgres: greatest}(:now, modified_at + 1000)
    where id = :link
    """,
)
DROP_ENDED = statement(
    "join_link.drop_ended",
    """
    delete from link where id in (
      select id from link where joins = 1 and expires_at <= :before order by expires_at limit :limit)
    """,
)
DROP_BELOW = statement(
    "join_link.drop_below",
    f"{BELOW} delete from link where joins = 1 and node in (select id from below)",  # noqa: S608 - a fragment of ours
)
OWNS_REMOTE = statement(
    "join_link.owns_remote",
    "select 1 from remote_drive where id = :drive and owner = :person and closed = 0",
)


def join_link_of(row: Row) -> JoinLink:
    """The link in a row of COLUMNS; its path is empty where it leads to a node."""
    id_, token, node, path, owner, login, name, permissions, asked, expires_at = row
    return JoinLink(id_, token, node, path, owner, login, name, Permission(permissions), asked, expires_at)
