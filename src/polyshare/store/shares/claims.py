"""Rows of `claim`: the one share that a node has with a principal, where a second one would be refused."""

from polyshare.store.statements import statement

ADD = statement("claim.add", "insert into claim (node, principal, share) values (:node, :principal, :share)")
OF = statement(
    "claim.of", "select principal, share from claim where node = :node and principal in :principals[]"
)
# After the recall: the claims of those who hold nothing of their share any more.
FREE_RECALLED = statement(
    "claim.free_recalled",
    """
    delete from claim where share in (select share from share_grant where id in :grants[]) and exists (
      select 1 from share_grant g
      where g.share = claim.share and g.principal = claim.principal and g.leaving_at is not null)
    """,
)
FREE = statement("claim.free", "delete from claim where share in :shares[]")
