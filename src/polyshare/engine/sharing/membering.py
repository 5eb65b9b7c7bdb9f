"""The members of a node: sharing it with people and groups, changing and revoking that, leaving, and listing them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from polyshare.domain.errors import AlreadyMember, Invalid, NotFound, NotMember, OwnersPlace, PolyshareError
from polyshare.domain.members import MemberSeen, MembersSeen, Outcome
from polyshare.domain.nodes import Node, Reach
from polyshare.domain.notifications import Told
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Status
from polyshare.engine.directory import notifying
from polyshare.engine.sharing import memberships
from polyshare.engine.tree import access
from polyshare.engine.tree.placing import locked_anywhere
from polyshare.engine.work import Work
from polyshare.store.database import Row
from polyshare.store.shares import members

LONGEST_MESSAGE = 4000


async def share_with(
    work: Work,
    reached: Reach,
    principals: Sequence[int | None],
    permissions: Permission,
    message: str | None = "",
) -> list[Outcome]:
    """
    Make people and groups members of a node, each with a share of its own; a fixed number of statements.

    Args:
        principals: Their ids; None stands for one that nobody could tell.
        message: What they read beside being told; None: nobody is told.

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
        await memberships.offer_each(work, node, fresh, permissions)
        if message is not None:
            await notifying.tell(work, Told.SHARE, node, fresh, permissions, message)
    return outcomes


async def change(
    work: Work,
    reached: Reach,
    principals: Sequence[int | None],
    permissions: Permission,
    message: str | None = "",
) -> list[Outcome]:
    """
    Give members another set of permissions; who has access from above or through a group only becomes a member here.

    What is the same already stays as it is, and nobody is told.

    Args:
        message: As for `share_with`.

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
        await memberships.revise(work, [row for one in changed for row in here[one]], permissions)
    if fresh:
        await memberships.offer_each(work, node, fresh, permissions)
    if message is not None and (changed or fresh):
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
    caller = memberships.caller(work)
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
        await memberships.end(work, [row for one in done for row in here[one]])
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
    caller = memberships.caller(work)
    node, _, here = await _known(work, reached.node, [caller])
    if caller == node.owner or caller not in here:
        raise NotMember(caller)
    await memberships.end(work, here[caller])


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
        await memberships.end(work, live)
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


def _checked(message: str | None) -> None:
    if message is not None and len(message) > LONGEST_MESSAGE:
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
    return node, {one.principal.id: one for one in who if one.principal.kind in memberships.WHO}, here


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
