"""What stands before a link's opening, and what opening it leaves behind: uses redeemed, openings counted."""

from polyshare.store.links.links import COLUMNS
from polyshare.store.statements import statement
from polyshare.store.tree.access import ADMITTED, HOLDERS, IS_DOOR

# Whether the link lets this person in: one of a node as it says, one of a share also who made that.
_ADMITS = f"""case
      when k.share is not null then case when {ADMITTED} then 1 else 0 end
      when k.audience = 'anyone' then 1
      when k.audience = 'signed_in' then case when exists (select 1 from holder) then 1 else 0 end
      else case when exists (
        select 1 from link_reader l join holder h on h.id = l.principal where l.link = k.id) then 1 else 0 end
      end"""  # noqa: S608 - a fragment of ours
_DOOR = f"""
    with recursive {HOLDERS}
    select {COLUMNS}, k.code_hash, {_ADMITS}, coalesce(c.name, '')
    from link k left join link_reader r on r.link = k.id left join principal c on c.id = k.created_by
      left join share s on s.id = k.share
    where {IS_DOOR} and (k.share is null or (c.status = 'active' and s.leaving_at is null)) and """  # noqa: S608 - fragments of ours

BY_ID = statement("link_door.by_id", f"{_DOOR} k.id = :value order by r.position")
BY_TOKEN = statement("link_door.by_token", f"{_DOOR} k.token_hash = :value order by r.position")
BY_SHARE = statement("link_door.by_share", f"{_DOOR} s.public_id = :value order by r.position")

REDEEM = statement(
    "link_door.redeem",
    """
    update link set uses_left = uses_left - 1, opened = opened + 1, opened_at = :now
    where id = :link and uses_left > 0 and (expires_at is null or expires_at > :now)
    """,
)
COUNT = statement(
    "link_door.count",
    """
    update link set opened = opened + :times,
      opened_at = case when opened_at is null or opened_at < :at then :at else opened_at end
    where id = :link
    """,
)
TOPS = statement(
    "link_door.tops",
    """
    select i.node from share s join item i on i.share = s.id join node n on n.id = i.node join drive d on d.id = n.drive
    where s.id = :share and (s.place is null or s.place = d.device) and i.leaving_at is null and n.trashed_at is null order by i.id
    """,
)
"""The nodes that a share's items name and that lie where it says, in their order; whether they open is asked of access."""
