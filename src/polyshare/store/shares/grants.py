"""Rows of `share_grant`: one recipient's row of the matrix, moved only along the table of moves."""

from collections.abc import Sequence

from polyshare.domain.delivery import UNSETTLED, Consent, Delivery, Step, movable
from polyshare.domain.folder_shares import ELSEWHERE
from polyshare.domain.permissions import Permission
from polyshare.domain.shares import Grant
from polyshare.domain.views import GrantSeen
from polyshare.store.database import Row, Rows
from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import BY_ID, statement

COLUMNS = """g.id, g.public_id, g.share, g.principal, g.consent, g.delivery, g.generation, g.error, g.joined_at,
      g.created_at, g.modified_at, g.leaving_at, g.gone_at, p.public_id"""


def after(step: Step) -> str:
    """The table of moves for *step* as one expression over the present state."""
    cases = " ".join(f"when '{now}' then '{after}'" for now, after in movable(step).items())
    return f"case delivery {cases} else delivery end"


def when_due(step: Step) -> str:
    """
    When the reconciler looks next: after *due*, but not before a call that is under way has ended.

    Calls to a provider for one grant never overlap; recording an outcome brings the time forward again.
    """
    states = ", ".join(f"'{now}'" for now, after in movable(step).items() if after in UNSETTLED)
    latest = "{sqlite: max}{postgres: greatest}"
    return f"case when delivery in ({states}) then {latest}(cast(:due as bigint), coalesce(claimed_until, 0)) end"


def gone_at_once(step: Step) -> str:
    """Whether nothing is left for the reconciler to take back after *step*, as a condition over the present state."""
    states = ", ".join(f"'{now}'" for now, then in movable(step).items() if then is Delivery.WITHDRAWN)
    return f"delivery in ({states})"


ADD = statement(
    "grant.add",
    """
    insert into share_grant (id, public_id, share, principal, permissions, consent, delivery, generation, error,
      attempts, next_attempt_at, joined_at, created_at, modified_at)
    values (:id, :public_id, :share, :principal, :permissions, :consent, :delivery, 1, '',
      0, :due, :joined_at, :now, :now)
    """,
)
RECALL = statement(
    "grant.recall",
    f"""
    update share_grant set delivery = {after(Step.RECALL)}, next_attempt_at = {when_due(Step.RECALL)},
      generation = generation + 1, attempts = 0, error = '', leaving_at = :now, modified_at = {GREATEST},
      gone_at = case when {gone_at_once(Step.RECALL)} then cast(:now as bigint) end
    where id in :grants[] and leaving_at is null returning share, gone_at
    """,  # noqa: S608 - fragments of ours
)
REVIVE = statement(
    "grant.revive",
    f"""
    update share_grant set delivery = {after(Step.REVIVE)}, next_attempt_at = {when_due(Step.REVIVE)},
      generation = generation + 1, attempts = 0, error = '', leaving_at = null, gone_at = null, joined_at = null,
      consent = :consent, permissions = :permissions, asked = null, modified_at = {GREATEST}
    where id in :grants[] and leaving_at is not null
    """,  # noqa: S608 - fragments of ours
)
REVISE = statement(
    "grant.revise",
    f"""
    update share_grant set delivery = {after(Step.REVISE)}, next_attempt_at = {when_due(Step.REVISE)},
      generation = generation + 1, attempts = 0
    where share = :share and leaving_at is null
    """,  # noqa: S608 - fragments of ours
)
LIVE_OF = statement(
    "grant.live_of",
    f"select id from share_grant where share in :shares[] and leaving_at is null order by {BY_ID}",  # noqa: S608 - a word of ours
)
LIVE_HELD_BY = statement(
    "grant.live_held_by",
    "select id from share_grant where share = :share and principal in :principals[] and leaving_at is null",
)
# Providers know people by their logins: from a person whose grant one has carried out, or is carrying out.
HELD_ELSEWHERE = statement(
    "grant.held_elsewhere",
    f"""
    select 1 from share_grant g cross join item i
    where g.principal = :person and g.gone_at is null and g.delivery not in ('held', 'withdrawn')
    and i.share = g.share and substr(i.kind, 1, {len(ELSEWHERE)}) = '{ELSEWHERE}' limit 1
    """,  # noqa: S608 - a fragment of ours
)
ALL_OF = statement(
    "grant.all_of",
    f"select {COLUMNS} from share_grant g join principal p on p.id = g.principal where g.share = :share order by g.{BY_ID}",  # noqa: S608
)
OF = statement(
    "grant.of",
    f"""
    select {COLUMNS} from share_grant g join principal p on p.id = g.principal
    where g.share = :share and g.principal = :principal
    """,  # noqa: S608 - a list of columns of ours
)
ONE = statement(
    "grant.one",
    f"""
    select {COLUMNS} from share_grant g join principal p on p.id = g.principal
    where g.share = :share and g.public_id = :public_id
    """,  # noqa: S608 - a list of columns of ours
)
SEEN_BY = "where g.share = :share and (cast(:only as bigint) is null or g.principal = :only)"
PAGE = statement(
    "grant.page",
    f"""
    select {COLUMNS} from share_grant g join principal p on p.id = g.principal {SEEN_BY}
    order by g.{BY_ID} limit :limit offset :skip
    """,  # noqa: S608 - fragments of ours
)
COUNT = statement("grant.count", f"select count(*) from share_grant g {SEEN_BY}")  # noqa: S608 - a fragment of ours
OFFERED_COUNT = statement(
    "grant.offered_count", "select count(*) from share_grant where share = :share and leaving_at is null"
)
COUNTS = statement(
    "grant.counts",
    """
    select g.share,
      sum(case when g.leaving_at is null and g.joined_at is null then 1 else 0 end),
      sum(case when g.leaving_at is null and g.joined_at is not null then 1 else 0 end),
      sum(case when g.leaving_at is not null and g.gone_at is null then 1 else 0 end),
      sum(case when g.gone_at is not null then 1 else 0 end)
    from share_grant g join share s on s.id = g.share
    where g.share in :shares[] and (cast(:all as bigint) = 1 or s.owner = :viewer or g.principal = :viewer)
    group by g.share
    """,
)


def grant_of(row: Row) -> GrantSeen:
    """The grant in a row of COLUMNS."""
    id_, public_id, share, principal, consent, delivery, *rest = row[:13]
    return GrantSeen(
        Grant(id_, public_id, share, principal, Consent(consent), Delivery(delivery), *rest), row[13]
    )


async def add(rows: Rows, grants: Sequence[Grant], permissions: Permission, due: int | None) -> None:
    """Write new grants; the reconciler looks at those that are DUE from *due* on."""
    await rows.many(
        ADD,
        [
            {
                "id": grant.id,
                "public_id": grant.public_id,
                "share": grant.share,
                "principal": grant.principal,
                "permissions": int(permissions),
                "consent": grant.consent,
                "delivery": grant.delivery,
                "due": due if grant.delivery in UNSETTLED else None,
                "joined_at": grant.joined_at,
                "now": grant.created_at,
            }
            for grant in grants
        ],
    )
