"""Grants whose holder is asked: who stands where in a share of one folder, and what their words do to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polyshare.domain.delivery import Consent, Step
from polyshare.domain.permissions import Permission
from polyshare.store.database import Row, Rows
from polyshare.store.shares.folder_shares import ASLEEP
from polyshare.store.shares.grants import after, when_due
from polyshare.store.shares.shares import GREATEST
from polyshare.store.statements import BY_ID, statement

# Changes of who has access to what lies in one drive take turns, as those of its members do.
LOCK_DRIVES = statement(
    "consent.lock_drives",
    f"""
    select d.id from drive d where d.id in (
      select n.drive from folder_share f cross join item i cross join node n
      where f.viewer = :viewer and f.share in :shares[] and i.share = f.share and n.id = i.node)
    order by d.{BY_ID} {{postgres: for no key update}}
    """,  # noqa: S608 - a word of ours
)
LOCK_DRIVES_OF = statement(
    "consent.lock_drives_of",
    f"""
    select d.id from drive d where d.id in (
      select n.drive from item i cross join node n where i.share in :shares[] and n.id = i.node)
    order by d.{BY_ID} {{postgres: for no key update}}
    """,  # noqa: S608 - a word of ours
)
LOCK = statement(
    "consent.lock",
    f"""
    select s.id from share s
    where s.id in (select f.share from folder_share f where f.viewer = :viewer and f.share in :shares[])
    order by s.{BY_ID} {{postgres: for update}}
    """,  # noqa: S608 - a word of ours
)
COLUMNS = """s.id, g.id, s.owner, g.principal, g.consent, g.permissions, i.kind, i.key, i.node, g.location,
      coalesce(t.step, ''), coalesce(t.again_at, 0)"""
PARTS = """s.leaving_at is null and g.share = s.id and g.leaving_at is null and i.share = s.id and i.leaving_at is null"""
# The sign keeps SQLite from walking all that the viewer has.
STAKES = statement(
    "consent.stakes",
    f"""
    select {COLUMNS} from folder_share f cross join share s cross join share_grant g cross join item i
    left join draft t on t.share = i.share
    where f.viewer = :viewer and f.share in :shares[] and {{sqlite: +}}f.facet < {ASLEEP} and s.id = f.share and {PARTS}
    """,  # noqa: S608 - fragments of ours
)
SOME = statement(
    "consent.some",
    f"""
    select {COLUMNS} from share s cross join share_grant g cross join item i left join draft t on t.share = i.share
    where s.id in :shares[] and {PARTS}
    """,  # noqa: S608 - fragments of ours
)
ASK = statement(
    "consent.ask",
    """
    insert into share_grant (id, public_id, share, principal, permissions, consent, delivery, generation, error,
      attempts, created_at, modified_at, asked, location, provider_ref)
    values (:id, :public_id, :share, :principal, :permissions, :consent, :delivery, 1, '', 0, :now, :now, :asked,
      :location, :provider_ref)
    """,
)
ACCEPT = statement(
    "consent.accept",
    f"""
    update share_grant set consent = 'given', delivery = {after(Step.RELEASE)}, next_attempt_at = {when_due(Step.RELEASE)},
      attempts = 0, error = '', modified_at = {GREATEST}
    where id in :grants[] and consent = 'awaited' and leaving_at is null
    """,  # noqa: S608 - fragments of ours
)
# The share stays, so that its owner sees what became of it; only what leaves is gone.
DECLINE = statement(
    "consent.decline",
    f"""
    update share_grant set consent = 'refused', delivery = {after(Step.RECALL)}, next_attempt_at = {when_due(Step.RECALL)},
      generation = generation + 1, attempts = 0, error = '', modified_at = {GREATEST}
    where id in :grants[] and consent <> 'refused' and leaving_at is null
    """,  # noqa: S608 - fragments of ours
)
REGRANT = statement(
    "consent.regrant",
    f"""
    update share_grant set permissions = :permissions, asked = cast(:asked as text),
      delivery = {after(Step.REVISE)}, next_attempt_at = {when_due(Step.REVISE)},
      generation = generation + 1, attempts = 0, modified_at = {GREATEST}
    where id = :grant and consent <> 'refused' and leaving_at is null
    """,  # noqa: S608 - fragments of ours
)
ADD_UPDATE = statement(
    "share_update.add",
    """
    insert into share_update (id, share, at, consent, text, location)
    values (:id, :share, :at, :consent, cast(:text as text), cast(:location as text))
    """,
)


@dataclass(frozen=True, slots=True)
class Stake:
    """
    A share of one folder with one user, as far as verbs need to know it.

    Attributes:
        kind, key: Of the resource.
        reported: Where its provider said that it is shown; None: not yet, or the files are ours.
        step: Of its draft; empty for none, and then `again_at` is 0.
    """

    share: int
    grant: int
    owner: int
    recipient: int
    consent: Consent
    permissions: Permission
    kind: str
    key: str
    node: int | None
    reported: str | None
    step: str
    again_at: int

    @property
    def location(self) -> str | None:
        """Where its recipient finds the files once it has been accepted; None while that is not known."""
        return self.reported if self.node is None else f"/{self.grant}"


def stake_of(row: Row) -> Stake:
    """The stake in a row of COLUMNS."""
    share, grant, owner, recipient, consent, permissions, *rest = row
    return Stake(share, grant, owner, recipient, Consent(consent), Permission(permissions), *rest)


async def stakes(rows: Rows, viewer: int, shares: Sequence[int]) -> dict[int, Stake]:
    """Those of *shares* that *viewer* sees, locked until the transaction ends; three statements."""
    await rows.all(LOCK_DRIVES, viewer=viewer, shares=shares)
    await rows.all(LOCK, viewer=viewer, shares=shares)
    # Behind the locks: whoever was waited for may have changed them.
    return {row[0]: stake_of(row) for row in await rows.all(STAKES, viewer=viewer, shares=shares)}


async def some(rows: Rows, shares: Sequence[int]) -> dict[int, Stake]:
    """Those of *shares* that are live, whoever sees them; each has one item and one grant."""
    return {row[0]: stake_of(row) for row in await rows.all(SOME, shares=shares)}


async def add_updates(rows: Rows, updates: Sequence[dict[str, Any]]) -> None:
    """Write what befell shares: id, share, at, consent, text and location each."""
    await rows.many(ADD_UPDATE, updates)
