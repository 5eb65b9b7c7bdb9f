"""The shares behind the members of a node, one for each: offered, revised, ended."""

from collections.abc import Collection, Sequence

from polyshare.domain.delivery import Consent
from polyshare.domain.events import What
from polyshare.domain.nodes import Node, NodeKind
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.shares import NODE
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine.grants import granting
from polyshare.engine.grants.beginnings import new_grant, new_item, new_share
from polyshare.engine.work import Work
from polyshare.store.database import Row
from polyshare.store.process import events
from polyshare.store.shares import (
    claims,
    folder_places,
    folder_shares,
    grants,
    items,
    listing,
    members,
    shares,
)

WHO = frozenset({Kind.USER, Kind.GROUP})


def caller(work: Work) -> int:
    """Id of who acts; 0 for nobody."""
    return work.actor.id if work.actor is not None else 0


async def offer_each(work: Work, node: Node, principals: Sequence[int], permissions: Permission) -> None:
    """Make a share of the node for each; one that somebody had not taken up yet is replaced."""
    terms = Terms(Consent.GIVEN, WHO, permissions)
    due = granting.due_at(work, [NODE])
    made = [new_share(work, node.owner, node.name) for _ in principals]
    given = [
        new_grant(work, share.id, principal, terms, instant=due is None)
        for share, principal in zip(made, principals, strict=True)
    ]
    await note_all(work, What.SHARE_OFFERED, [(one.share, one.id) for one in given])
    old = await _not_taken_up(work, node, principals)
    if old:
        await granting.withdraw_shares(work, old)
    await shares.add_all(work.rows, made, caller(work), terms)
    new = NewItem(NODE, str(node.id), "{}")
    await items.add(work.rows, [new_item(work, share.id, node.owner, new, node=node.id) for share in made])
    await grants.add(work.rows, given, permissions, due)
    await work.rows.many(
        claims.ADD, [{"node": node.id, "principal": one.principal, "share": one.share} for one in given]
    )
    await listing.add_new(work.rows, [share.id for share in made])
    if node.kind is NodeKind.FOLDER:
        await folder_shares.refresh(work.rows, [share.id for share in made], locked=True)


async def _not_taken_up(work: Work, node: Node, principals: Sequence[int]) -> list[int]:
    """Shares of this very node that principals have been offered and do not hold, or refused."""
    claimed = await work.rows.all(claims.OF, node=node.id, principals=principals)
    offered = await folder_places.on_nodes(work.rows, [node.id], principals)
    refused = {one.share for one in offered if one.consent is Consent.REFUSED}
    return sorted(refused | {row[1] for row in claimed})


async def revise(work: Work, held: Sequence[Row], permissions: Permission) -> None:
    """Have grants, as rows of `members.IN_PLACE_OF`, give something else."""
    await note_all(work, What.RECIPIENT_REVISED, [(row[2], row[1]) for row in held])
    await work.rows.all(shares.LOCK, shares=sorted({row[2] for row in held}))
    ids = sorted(row[1] for row in held)
    await work.rows.run(members.REVISE, grants=ids, permissions=int(permissions), now=work.now)
    await folder_shares.refresh(work.rows, [row[2] for row in held], locked=True)


async def end(work: Work, held: Sequence[Row]) -> None:
    """Take grants, as rows of `members.IN_PLACE_OF`, back; a share that has no other goes with its last one."""
    counted: dict[int, int] = {}
    for row in held:
        counted[row[2]] = counted.get(row[2], 0) + 1
    whole = {row[2] for row in held if counted[row[2]] == row[4]}
    parts = [row for row in held if row[2] not in whole]
    await note_all(work, What.SHARE_WITHDRAWN, [(row[2], row[1]) for row in held if row[2] in whole])
    await note_all(work, What.RECIPIENT_DISMISSED, [(row[2], row[1]) for row in parts])
    await work.rows.all(shares.LOCK, shares=sorted(counted))
    await granting.withdraw_shares(work, sorted(whole))
    if parts:
        kinds = await work.rows.all(items.KINDS_OF_SHARES, shares=sorted({row[2] for row in parts}))
        due = granting.due_at(work, [row[0] for row in kinds])
        await granting.recall(work, sorted(row[1] for row in parts), due)
        await folder_shares.refresh(work.rows, [row[2] for row in parts], locked=True)


async def note_all(work: Work, what: What, of: Collection[tuple[int, int]]) -> None:
    """An event for each (share, grant)."""
    if of:
        actor = (work.actor.id or None) if work.actor is not None else None
        await events.append_all(
            work.rows,
            [(work.new_id(), work.now, actor, what, share, grant, "{}") for share, grant in of],
        )
