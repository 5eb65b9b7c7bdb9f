"""The members of a node: sharing it with people and groups, changing and revoking that, leaving, and listing them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import AlreadyMember, Invalid, NotFound, NotMember, OwnersPlace, PolyshareError
from polyshare.domain.events import What
from polyshare.domain.members import MemberSeen, MembersSeen, Outcome
from polyshare.domain.nodes import Node, Reach
from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Status
from polyshare.domain.shares import NODE, Item, Share
from polyshare.domain.terms import Terms
from polyshare.engine import access, granting, notifying
from polyshare.engine.placing import locked_anywhere
from polyshare.engine.work import Work
from polyshare.store import claims, events, grants, items, listing, members, shares
from polyshare.store.database import Row

LONGEST_MESSAGE = 4000
WHO = frozenset({Kind.USER, Kind.GROUP})


async def share_with(
    work: Work, reached: Reach, principals: Sequence[int | None], permissions: Permission, message: str = ""
) -> list[Outcome]:
    """
    Make people and groups members of a node, each with a share of its own; a fixed number of statements.

    Args:
        principals: Their ids; None stands for one that nobody could tell.

    Returns:
        What came of each, in the order given. Refusals: NotFound("user") for unknown and deleted ones, OwnersPlace,
        AlreadyMember for who holds a share of this very node, whatever it gives.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: The message is too long.
    """
    access.allow(reached, Permission.MANAGE)
    _checked(message)
    node, known, here = await _known(work, reached.node, principals)

    def refusal(one: MemberSeen) -> PolyshareError | None:
        if one.principal.status is Status.DELETED:
            return NotFound("user")
        return AlreadyMember("It is shared with them already.") if one.principal.id in here else None

    outcomes = [_outcome(node, known, one, refusal, permissions) for one in principals]
    fresh = _done(outcomes)
    if fresh:
        await _offer_each(work, node, fresh, permissions)
        await notifying.tell(work, Told.SHARE, node, fresh, permissions, message)
    return outcomes


async def change(
    work: Work, reached: Reach, principals: Sequence[int | None], permissions: Permission, message: str = ""
) -> list[Outcome]:
    """
    Give members another set of permissions; who has access from above or through a group only becomes a member here.

    What is the same already stays as it is, and nobody is told.

    Returns:
        As `share_with`. Refusals: NotFound("user"), OwnersPlace, NotMember for who has no access at all.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: The message is too long.
    """
    access.allow(reached, Permission.MANAGE)
    _checked(message)
    node, known, here = await _known(work, reached.node, principals)
    strangers = [
        one for one in known if one not in here and known[one].principal.status is not Status.DELETED
    ]
    found = await work.rows.all(members.REACHING, node=node.id, principals=strangers) if strangers else ()
    reaching = {row[0] for row in found}

    def refusal(one: MemberSeen) -> PolyshareError | None:
        if one.principal.id in here or one.principal.id in reaching:
            return None
        deleted = one.principal.status is Status.DELETED
        return NotFound("user") if deleted else NotMember(one.principal.id)

    outcomes = [_outcome(node, known, one, refusal, permissions) for one in principals]
    done = _done(outcomes)
    fresh = [one for one in done if one not in here]
    changed = [one for one in done if any(_closed(row) != permissions.closed for row in here.get(one, ()))]
    if changed:
        await _revise(work, [row for one in changed for row in here[one]], permissions)
    if fresh:
        await _offer_each(work, node, fresh, permissions)
    if changed or fresh:
        await notifying.tell(work, Told.ROLE, node, [*changed, *fresh], permissions, message)
    return outcomes


async def revoke(
    work: Work, reached: Reach, principals: Sequence[int | None], message: str = ""
) -> list[Outcome]:
    """
    Take the node back from members; who has access from above or through a group as well keeps that.

    Returns:
        As `share_with`. Refusals: NotFound("user"), OwnersPlace, NotMember for who holds no share of this very node.

    Raises:
        Insufficient: The actor does not manage the node and means somebody else than itself.
        Invalid: The message is too long.
    """
    caller = _caller(work)
    if set(principals) != {caller}:
        access.allow(reached, Permission.MANAGE)
    _checked(message)
    node, known, here = await _known(work, reached.node, principals)

    def refusal(one: MemberSeen) -> PolyshareError | None:
        if one.principal.id in here:
            return None
        deleted = one.principal.status is Status.DELETED
        return NotFound("user") if deleted else NotMember(one.principal.id)

    outcomes = [_outcome(node, known, one, refusal, Permission(0)) for one in principals]
    done = _done(outcomes)
    if done:
        await _end(work, [row for one in done for row in here[one]])
        # Who revokes itself leaves, which is told to nobody.
        told = [one for one in done if one != caller]
        await notifying.tell(work, Told.REVOKE, node, told, Permission(0), message)
    return outcomes


async def leave(work: Work, reached: Reach) -> None:
    """
    Give up one's own share of a node; nobody is told.

    Raises:
        NotMember: The actor is the owner, or has its access from above or through a group only.
    """
    caller = _caller(work)
    node, _, here = await _known(work, reached.node, [caller])
    if caller == node.owner or caller not in here:
        raise NotMember(caller)
    await _end(work, here[caller])


async def unshare_all(work: Work, reached: Reach, message: str = "") -> int:
    """
    Take the node back from all its members; shares of what lies above and below stay, and so do public links.

    Returns:
        How many members it had.

    Raises:
        Insufficient: The actor does not manage the node.
        Invalid: The message is too long.
    """
    access.allow(reached, Permission.MANAGE)
    _checked(message)
    node = await _turn(work, reached.node)
    live = await work.rows.all(members.LIVE_ON, node=node.id)
    held_by = list(dict.fromkeys(row[0] for row in live))
    if held_by:
        await _end(work, live)
        await notifying.tell(work, Told.UNSHARE, node, held_by, Permission(0), message)
    return len(held_by)


async def list_members(work: Work, reached: Reach, *, current_only: bool) -> MembersSeen:
    """
    Who the node is shared with, one entry each with the most that its grants give; two statements.

    Args:
        current_only: Leave out shares of what lies above.
    """
    node = reached.node
    asked = members.HERE if current_only else members.HERE_AND_ABOVE
    found = [
        members.member_of(row, row[6]) for row in await work.rows.all(asked, node=node.id, owner=node.owner)
    ]
    found.sort(key=lambda one: (one.principal.name.casefold(), one.principal.name, one.principal.id))
    [owner] = await work.rows.all(members.WHO_IS, principals=[node.owner])
    return MembersSeen(members.member_of(owner, Permission.MANAGE), found)


def _caller(work: Work) -> int:
    return work.actor.id if work.actor is not None else 0


def _checked(message: str) -> None:
    if len(message) > LONGEST_MESSAGE:
        raise Invalid(f"A message can have at most {LONGEST_MESSAGE} characters.", "message")


def _closed(row: Row) -> Permission:
    return Permission(row[3]).closed


async def _turn(work: Work, node: Node) -> Node:
    """
    The node as it is now; until this transaction ends nobody else changes who has access to it.

    Access comes from above, too, so that all changes of one drive's members and places take turns.
    """
    return (await locked_anywhere(work, node.id))[0]


async def _known(
    work: Work, node: Node, principals: Iterable[int | None]
) -> tuple[Node, dict[int, MemberSeen], dict[int, list[Row]]]:
    """The node in its turn, who is named, and the grants that they hold on this very node."""
    named = list(dict.fromkeys(one for one in principals if one is not None))
    node = await _turn(work, node)
    who = [members.member_of(row, 0) for row in await work.rows.all(members.WHO_IS, principals=named)]
    here: dict[int, list[Row]] = {}
    for row in await work.rows.all(members.IN_PLACE_OF, node=node.id, principals=named):
        here.setdefault(row[0], []).append(row)
    return node, {one.principal.id: one for one in who if one.principal.kind in WHO}, here


def _outcome(
    node: Node,
    known: Mapping[int, MemberSeen],
    principal: int | None,
    refusal: Callable[[MemberSeen], PolyshareError | None],
    permissions: Permission,
) -> Outcome:
    """What comes of one: what is refused to everybody first, then what the verb refuses."""
    one = known.get(principal) if principal is not None else None
    if one is None:
        return Outcome(None, NotFound("user"))
    if principal == node.owner:
        return Outcome(one, OwnersPlace("The owner has everything here already and can't be a member."))
    refused = refusal(one)
    return Outcome(one if refused else replace(one, permissions=permissions.closed), refused)


def _done(outcomes: Sequence[Outcome]) -> list[int]:
    """Ids of those for whom something is to be done, each once."""
    return list(
        dict.fromkeys(
            one.member.principal.id for one in outcomes if one.refusal is None and one.member is not None
        )
    )


async def _offer_each(work: Work, node: Node, principals: Sequence[int], permissions: Permission) -> None:
    """Make a share of the node for each; one that somebody had not taken up yet is replaced."""
    terms = Terms(Consent.GIVEN, WHO, permissions)
    due = granting.due_at(work, [NODE])
    made = [_new_share(work, node) for _ in principals]
    given = [
        granting.new_grant(work, share.id, principal, terms, instant=due is None)
        for share, principal in zip(made, principals, strict=True)
    ]
    await _note_all(work, What.SHARE_OFFERED, [(one.share, one.id) for one in given])
    old = await work.rows.all(claims.OF, node=node.id, principals=principals)
    if old:
        await granting.withdraw_shares(work, [row[1] for row in old])
    await shares.add_all(work.rows, made, _caller(work), terms)
    await items.add(work.rows, [_new_item(work, node, share) for share in made])
    await grants.add(work.rows, given, permissions, due)
    await work.rows.many(
        claims.ADD, [{"node": node.id, "principal": one.principal, "share": one.share} for one in given]
    )
    await listing.add_new(work.rows, [share.id for share in made])


def _new_share(work: Work, node: Node) -> Share:
    return Share(
        id=work.new_id(),
        public_id=work.new_public_id(),
        owner=node.owner,
        name=node.name,
        tags=None,
        audience=None,
        created_at=work.now,
        modified_at=work.now,
        leaving_at=None,
        gone_at=None,
        within=None,
    )


def _new_item(work: Work, node: Node, share: Share) -> Item:
    return Item(
        id=work.new_id(),
        public_id=work.new_public_id(),
        share=share.id,
        kind=NODE,
        key=str(node.id),
        owner=node.owner,
        meta="{}",
        revision=1,
        created_at=work.now,
        modified_at=work.now,
        leaving_at=None,
        gone_at=None,
        node=node.id,
    )


async def _revise(work: Work, held: Sequence[Row], permissions: Permission) -> None:
    """Have grants give something else."""
    await _note_all(work, What.RECIPIENT_REVISED, [(row[2], row[1]) for row in held])
    await work.rows.all(shares.LOCK, shares=sorted({row[2] for row in held}))
    ids = sorted(row[1] for row in held)
    await work.rows.run(members.REVISE, grants=ids, permissions=int(permissions), now=work.now)


async def _end(work: Work, held: Sequence[Row]) -> None:
    """Take grants back; a share that has no other goes with its last one."""
    counted: dict[int, int] = {}
    for row in held:
        counted[row[2]] = counted.get(row[2], 0) + 1
    whole = {row[2] for row in held if counted[row[2]] == row[4]}
    parts = [row for row in held if row[2] not in whole]
    await _note_all(work, What.SHARE_WITHDRAWN, [(row[2], row[1]) for row in held if row[2] in whole])
    await _note_all(work, What.RECIPIENT_DISMISSED, [(row[2], row[1]) for row in parts])
    await work.rows.all(shares.LOCK, shares=sorted(counted))
    await granting.withdraw_shares(work, sorted(whole))
    if parts:
        kinds = await work.rows.all(items.KINDS_OF_SHARES, shares=sorted({row[2] for row in parts}))
        due = granting.due_at(work, [row[0] for row in kinds])
        await granting.recall(work, sorted(row[1] for row in parts), due)


async def _note_all(work: Work, what: What, of: Collection[tuple[int, int]]) -> None:
    """An event for each (share, grant)."""
    if of:
        actor = work.actor.id if work.actor is not None else None
        await events.append_all(
            work.rows,
            [(work.new_id(), work.now, actor, what, share, grant, "{}") for share, grant in of],
        )
