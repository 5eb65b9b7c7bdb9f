"""The accounts that can be recipients, the members of an audience, and realignments still to be done."""

from collections.abc import Sequence

from polyshare.store.database import Rows
from polyshare.store.statements import BY_ID, statement

ACCOUNTS = statement(
    "audience.accounts",
    """
    select id, public_id, organization from principal
    where kind = 'account' and status = 'active' and public_id in :public_ids[]
    """,
)
# Owner and recipients as they are now, and stay until this transaction ends: who leaves at the same moment either is
# seen to have left, or leaves after the commit and has its shares brought in line.
PARTIES = statement(
    "audience.parties",
    """
    select id, public_id, organization, status from principal
    where kind = 'account' and (id = :owner or public_id in :public_ids[]) {postgres: for key share}
    """,
)
ORGANIZATION_OF = statement(
    "audience.organization_of", "select organization from principal where id = :account"
)
MEMBERS = statement(
    "audience.members",
    """
    select id from principal
    where organization = :organization and kind = 'account' and (status = 'active' or id = :owner) order by id
    {postgres: for key share}
    """,
)
MISSING = statement(
    "audience.missing",
    """
    select s.id, p.id, g.id, g.gone_at, s.consent, s.permissions from share s
    join principal p on p.organization = s.audience and p.kind = 'account' and p.status = 'active' and p.id <> s.owner
    left join share_grant g on g.share = s.id and g.principal = p.id
    where s.id in :shares[] and s.leaving_at is null and (g.id is null or g.leaving_at is not null)
    and not exists (select 1 from exclusion e where e.share = s.id and e.principal = p.id)
    order by s.id, p.id limit :limit
    """,
)
SURPLUS = statement(
    "audience.surplus",
    f"""
    select g.id from share s join share_grant g on g.share = s.id join principal p on p.id = g.principal
    where s.id in :shares[] and s.leaving_at is null and g.leaving_at is null
    and ((s.within is not null and p.kind = 'account' and (p.organization is null or p.organization <> s.within))
      or (s.audience is not null and (p.status <> 'active'
        or exists (select 1 from exclusion e where e.share = s.id and e.principal = p.id))))
    order by g.{BY_ID} limit :limit
    """,  # noqa: S608 - a fragment of ours
)
"""Grants of accounts that left the share's organization, or that its audience does not or no longer have."""
REALIGN = statement(
    "audience.realign",
    """
    insert into realignment (subject, at, cursor) values (:subject, :at, 0)
    on conflict (subject) do update set at = excluded.at, cursor = 0
    """,
)
NEXT = statement(
    "audience.next",
    """
    select r.subject, r.at, r.cursor, p.kind from realignment r join principal p on p.id = r.subject
    order by r.at, r.subject limit 1 {postgres: for update of r skip locked}
    """,
)
ADVANCE = statement(
    "audience.advance", "update realignment set cursor = :cursor where subject = :subject and at = :at"
)
DONE = statement("audience.done", "delete from realignment where subject = :subject and at = :at")


async def realign(rows: Rows, subjects: Sequence[int], now: int) -> None:
    """
    Ask the worker to bring shares in line after a change of membership.

    Args:
        subjects: Organizations whose accounts changed, and accounts that left one.
    """
    if subjects:
        await rows.many(REALIGN, [{"subject": subject, "at": now} for subject in subjects])
