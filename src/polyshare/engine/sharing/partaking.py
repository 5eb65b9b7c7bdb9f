"""Who has a part in shares of one folder each: their owners and those they are offered to, locked for a change."""

from collections.abc import Mapping, Sequence

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import NotFound
from polyshare.domain.events import What
from polyshare.domain.folder_shares import ELSEWHERE
from polyshare.domain.permissions import Permission
from polyshare.engine.grants import granting, shelving
from polyshare.engine.sharing import memberships
from polyshare.engine.work import Work
from polyshare.store.shares import cells, claims, consents, deliveries, path_claims
from polyshare.store.shares.consents import Stake
from polyshare.store.tree import remote_drives

Due = tuple[int | None, list[Stake]]


async def stakes(work: Work, ids: Sequence[int]) -> Mapping[int, Stake]:
    """Those of these shares that the actor sees, locked in the order of ids: what others did to them before is seen."""
    return await consents.stakes(work.rows, memberships.caller(work), list(dict.fromkeys(ids)))


def stake(found: Mapping[int, Stake], share: int) -> Stake:
    """
    One of what `stakes` found.

    Raises:
        NotFound: The actor sees no such share; `what` is "share".
    """
    if share not in found:
        raise NotFound("share")
    return found[share]


def provider_of(one: Stake) -> str:
    """The name of who keeps the folder; empty for what lies here."""
    return one.kind.removeprefix(ELSEWHERE) if one.kind.startswith(ELSEWHERE) else ""


def by_due(work: Work, those: Sequence[Stake]) -> list[Due]:
    """
    Shares with when the reconciler may first look at them, as `granting.due_at` says it: at most two sorts.

    What lies here is carried out at once, what lies elsewhere by its provider.
    """
    kinds = sorted({one.kind for one in those if granting.due_at(work, [one.kind]) is not None})
    here = [one for one in those if one.kind not in kinds]
    elsewhere = [one for one in those if one.kind in kinds]
    sorts: list[Due] = [(None, here)] if here else []
    return [*sorts, (granting.due_at(work, kinds), elsewhere)] if elsewhere else sorts


async def accept(work: Work, those: Sequence[Stake]) -> None:
    """Let those whose shares wait for their word have them; `location` must be known."""
    await memberships.note_all(work, What.SHARE_ACCEPTED, [(one.share, one.grant) for one in those])
    for due, some in by_due(work, those):
        grants = [one.grant for one in some]
        await work.rows.run(consents.ACCEPT, grants=grants, due=due, now=work.now)
        if due is None:
            await work.rows.run(deliveries.INSTANT, grants=grants, now=work.now)
        else:
            work.due()
    await _tell(work, those, Consent.GIVEN)


async def decline(work: Work, those: Sequence[Stake]) -> None:
    """Let people refuse shares, or leave them; they stay, and what was shared may be offered anew."""
    await memberships.note_all(work, What.SHARE_DECLINED, [(one.share, one.grant) for one in those])
    await retire(work, those)
    await _tell(work, those, Consent.REFUSED)


async def retire(work: Work, those: Sequence[Stake]) -> None:
    """Take shares back from who has them or was to have them, so that they are refused and nothing else of them changes."""
    shares = [one.share for one in those]
    for due, some in by_due(work, those):
        grants = [one.grant for one in some]
        await work.rows.run(consents.DECLINE, grants=grants, due=due, now=work.now)
        if due is None:
            await work.rows.all(deliveries.INSTANTLY_GONE, grants=grants, now=work.now)
            await work.rows.run(cells.DROP, grants=grants)
        else:
            work.due()
    await work.rows.run(claims.FREE, shares=shares)
    await work.rows.run(path_claims.FREE, shares=shares)
    if any(one.reported is not None for one in those):
        await remote_drives.close(work.rows, shares, work.now)


async def regrant(
    work: Work, those: Sequence[Stake], wanted: Mapping[int, tuple[Permission, str | None]]
) -> None:
    """Have shares give something else, as *wanted* has it for each: as it counts, and as it was sent."""
    if not those:
        return
    await memberships.note_all(work, What.RECIPIENT_REVISED, [(one.share, one.grant) for one in those])
    for due, some in by_due(work, those):
        revised = [
            {
                "grant": one.grant,
                "permissions": int(wanted[one.share][0]),
                "asked": wanted[one.share][1],
                "due": due,
                "now": work.now,
            }
            for one in some
        ]
        await work.rows.many(consents.REGRANT, revised)
        if due is None:
            await work.rows.run(deliveries.INSTANT, grants=[one.grant for one in some], now=work.now)
        else:
            work.due()
    await shelving.refresh(work, [one.share for one in those])


async def _tell(work: Work, those: Sequence[Stake], consent: Consent) -> None:
    """Write down what became of shares, and bring lists in line."""
    updates = [
        {
            "id": work.new_id(),
            "share": one.share,
            "at": work.now,
            "consent": consent,
            "text": None,
            "location": one.location if consent is Consent.GIVEN else None,
        }
        for one in those
    ]
    await consents.add_updates(work.rows, updates)
    await shelving.refresh(work, [one.share for one in those])
