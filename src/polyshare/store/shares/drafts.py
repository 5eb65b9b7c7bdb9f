"""Rows of `draft`: shares that wait for their provider's word to begin or to end, and by whom they are seen to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from polyshare.domain.folder_shares import FolderShare
from polyshare.store.database import Rows
from polyshare.store.shares.folder_pages import share_of
from polyshare.store.statements import statement

ADD = statement(
    "draft.add",
    """
    insert into draft (share, batch, step, provider, attempts, again_at)
    values (:share, :batch, :step, :provider, 0, :until)
    """,
)
# What ends by itself waits for nobody; its provider is told as soon as may be. Who waits for another word waits for this one.
FORGET = statement(
    "draft.forget",
    """
    insert into draft (share, batch, step, provider, attempts, again_at)
    select i.share, i.share, 'forgetting', substr(i.kind, length(:elsewhere) + 1), 0, cast(:now as bigint) from item i
    where i.share in :shares[] and substr(i.kind, 1, length(:elsewhere)) = :elsewhere
    on conflict (share) do update set step = 'forgetting', attempts = 0, again_at = excluded.again_at
      where draft.step = 'restoring'
    """,
)
# What is held until a moment belongs to whoever put that moment there: the next one puts a later one.
HELD = statement(
    "draft.held",
    """
    select share from draft where share in :shares[] and step = :step and again_at = :until
    order by share {postgres: for update}
    """,
)
TURN = statement(
    "draft.turn",
    """
    update draft set step = :step, attempts = 0, again_at = cast(:again as bigint)
    where share in :shares[] and again_at = :until
    """,
)
PUT_OFF = statement(
    "draft.put_off",
    "update draft set again_at = cast(:again as bigint) where share in :shares[] and again_at = :until",
)
DROP = statement("draft.drop", "delete from draft where share in :shares[]")
DUE = statement(
    "draft.due",
    """
    select batch from draft where again_at <= :now order by again_at, batch limit :limit
    {postgres: for update skip locked}
    """,
)
CLAIM = statement(
    "draft.claim",
    """
    update draft set again_at = cast(:until as bigint), attempts = attempts + 1
    where batch in :batches[] and again_at <= :now returning batch, share, step, attempts
    """,
)
SET_REF = statement(
    "draft.set_ref", "update share_grant set provider_ref = :ref where share = :share and leaving_at is null"
)
LEAVING = statement(
    "draft.leaving", "select id from share where id in :shares[] and leaving_at is not null order by id"
)
# The columns of a share of a folder as its pages have them, whether it has begun or is to end.
TOLD = statement(
    "draft.told",
    """
    select s.id, g.id, s.owner, po.login, g.principal, pr.login, i.node, i.key, t.provider,
      coalesce(p.category, e.category, ''), coalesce(p.name, e.product, ''), g.permissions, g.asked, g.consent, g.location,
      coalesce(g.provider_ref, ''), s.created_at, case when t.step = 'beginning' then 0 else 1 end
    from draft t cross join share s cross join share_grant g cross join item i cross join person po cross join person pr
    left join product p on p.id = s.product
    left join remote_drive e on e.id = {sqlite: cast(substr(i.key, 2, 18) as integer)}
      {postgres: cast(substring(substr(i.key, 2, 18) from '^[0-9]+') as bigint)}
    where t.share in :shares[] and s.id = t.share and g.share = s.id and i.share = s.id and i.node is null
    and (t.step = 'forgetting' or (g.leaving_at is null and i.leaving_at is null))
    and po.principal = s.owner and pr.principal = g.principal
    order by s.id
    """,
)


class Waiting(StrEnum):
    """
    For what a share waits.

    BEGINNING: its provider is asked to prepare it; nobody else sees it. ENDING: its provider is asked to forget it.
    RESTORING: its provider forgot it although it is to stay, and is asked to prepare it again. FORGETTING: it has ended
    without its provider's word, which is told to forget it.
    """

    BEGINNING = "beginning"
    ENDING = "ending"
    RESTORING = "restoring"
    FORGETTING = "forgetting"


@dataclass(frozen=True, slots=True)
class Claimed:
    """Drafts of one batch that wait for the same and whose time has come; `until` is how long they are ours."""

    step: Waiting
    shares: tuple[int, ...]
    attempts: int
    until: int


async def add(rows: Rows, step: Waiting, batch: int, drafts: Sequence[tuple[int, str]], until: int) -> None:
    """Write drafts of one batch, (share, provider) each, held until a moment in microseconds."""
    await rows.many(
        ADD,
        [
            {"share": share, "provider": provider, "batch": batch, "step": step, "until": until}
            for share, provider in drafts
        ],
    )


async def held(rows: Rows, step: Waiting, shares: Sequence[int], until: int) -> set[int]:
    """Which of these shares still wait for that and are held by whoever put this moment there; locked."""
    return {row[0] for row in await rows.all(HELD, step=step, shares=list(shares), until=until)}


async def claim(rows: Rows, now: int, until: int, limit: int) -> list[Claimed]:
    """Hold at most *limit* batches whose time has come; they are held as long as it takes to ask their providers."""
    due = [row[0] for row in await rows.all(DUE, now=now, limit=limit)]
    if not due:
        return []
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for batch, share, step, attempts in await rows.all(CLAIM, batches=sorted(set(due)), now=now, until=until):
        found.setdefault((batch, step), []).append((share, attempts))
    return [
        Claimed(
            Waiting(step), tuple(sorted(share for share, _ in of)), max(attempts for _, attempts in of), until
        )
        for (_, step), of in sorted(found.items())
    ]


async def set_refs(rows: Rows, refs: Mapping[int, str]) -> None:
    """Write providers' own ids of shares; empty for none."""
    await rows.many(SET_REF, [{"share": share, "ref": ref or None} for share, ref in refs.items()])


async def told(rows: Rows, shares: Sequence[int]) -> list[FolderShare]:
    """Those of these shares that have drafts and lie at providers, as those are told of them, by id; one statement."""
    return [share_of(row, begun=bool(row[17])) for row in await rows.all(TOLD, shares=list(shares))]
