"""Claiming grants that are due, reading what is to be carried out, and recording what came of it."""

from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import statement

# `offset 0` keeps PostgreSQL from beginning with every item of such a kind.
NOT_OF = """
      and not exists (select 1 from item i where i.share = g.share and i.gone_at is null and i.kind in :full[]
        {postgres: offset 0})"""
"""Grants that need none of the providers that are busy."""

# What was only refused has been taken back and stays.
GONE_NOW = "case when leaving_at is not null then cast(:now as bigint) end"

CLAIM = statement(
    "delivery.claim",
    f"""
    update share_grant set next_attempt_at = cast(:until as bigint), claimed_until = cast(:until as bigint)
    where id in (
      select g.id from share_grant g where g.next_attempt_at <= :now{NOT_OF}
      order by g.next_attempt_at, g.id limit :limit {{postgres: for update of g skip locked}}
    ) returning id
    """,  # noqa: S608 - a fragment of ours
)
ERRANDS = statement(
    "delivery.errands",
    """
    select g.id, g.public_id, g.share, g.delivery, g.generation, g.joined_at, g.permissions, g.attempts,
      s.public_id, s.name, o.public_id, p.public_id, p.kind, coalesce(u.login, ''), g.location
    from share_grant g join share s on s.id = g.share
    join principal o on o.id = s.owner join principal p on p.id = g.principal
    left join person u on u.principal = g.principal
    where g.id in :grants[] and g.delivery in ('due', 'recalled') order by g.id
    """,
)
WAITING = statement(
    "delivery.waiting",
    f"""
    select
      (select g.next_attempt_at from share_grant g where g.next_attempt_at > 0{NOT_OF}
        order by g.next_attempt_at limit 1),
      (select min(settle_at) from share where settle_at is not null),
      (select min(at) from realignment),
      (select min(mail_at) from notification where mail_at is not null),
      (select min(again_at) from draft)
    """,  # noqa: S608 - a fragment of ours
)
STATES = statement(
    "delivery.states",
    """
    select id, delivery, generation, claimed_until, joined_at from share_grant
    where id in :grants[] {postgres: for update}
    """,
)
OVERTAKEN = statement(
    "delivery.overtaken",
    """
    update share_grant set claimed_until = null, next_attempt_at = :again
    where id = :grant and delivery in ('due', 'recalled')
    """,
)
DONE = statement(
    "delivery.done",
    f"""
    update share_grant set delivery = 'delivered', next_attempt_at = null, claimed_until = null, attempts = 0, error = '',
      modified_at = case when joined_at is null then {GREATEST} else modified_at end,
      joined_at = coalesce(joined_at, cast(:now as bigint))
    where id in :grants[]
    """,  # noqa: S608 - a fragment of ours
)
# What an instant provider carries is through in the transaction that made it due.
INSTANT = statement(
    "delivery.instant",
    """
    update share_grant set delivery = 'delivered', next_attempt_at = null, claimed_until = null, attempts = 0, error = '',
      joined_at = coalesce(joined_at, cast(:now as bigint))
    where id in :grants[] and delivery = 'due'
    """,
)
INSTANTLY_GONE = statement(
    "delivery.instantly_gone",
    f"""
    update share_grant set delivery = 'withdrawn', next_attempt_at = null, claimed_until = null, attempts = 0, error = '',
      gone_at = {GONE_NOW}
    where id in :grants[] and delivery = 'recalled' returning share
    """,  # noqa: S608 - a fragment of ours
)
FAILED = statement(
    "delivery.failed",
    """
    update share_grant set delivery = 'failed', next_attempt_at = null, claimed_until = null, attempts = attempts + 1,
      error = :error
    where id = :grant
    """,
)
REFUSED = statement(
    "delivery.refused",
    """
    update share_grant set next_attempt_at = :again, claimed_until = null, attempts = attempts + 1, error = :error
    where id = :grant
    """,
)
PUT_BACK = statement(
    "delivery.put_back",
    "update share_grant set next_attempt_at = :again, claimed_until = null where id = :grant",
)
WITHDRAWN = statement(
    "delivery.withdrawn",
    f"""
    update share_grant set delivery = 'withdrawn', next_attempt_at = null, claimed_until = null, attempts = 0, error = '',
      gone_at = {GONE_NOW}, modified_at = {GREATEST}
    where id in :grants[]
    """,  # noqa: S608 - a fragment of ours
)
