"""Access: the one function behind every door that tells what somebody may do with a node."""

from collections.abc import Collection

from polyshare.domain.errors import Hidden, Insufficient, NotFound
from polyshare.domain.link_shares import Bearer
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.work import Reached, Work
from polyshare.store.database import Outdated
from polyshare.store.tree import access, nodes

EVERYTHING = Permission.MANAGE.closed
_NEEDS = {
    Permission.VIEW: "see this",
    Permission.DOWNLOAD: "download this",
    Permission.EDIT: "change this",
    Permission.MANAGE: "manage this",
}


async def reach(
    work: Work,
    person: int | None,
    node: int,
    *,
    link: int | None = None,
    via: int | None = None,
    in_trash: bool = False,
) -> Reach:
    """
    What a person may do with a node: everything as its owner or who leads the project that owns it, else the union of what all grants in place on it or above
    give the person, directly or through groups, and what permissions there give everyone. One statement.

    Args:
        person: None: nobody known, who comes by a link.
        link: Id of a link that was opened (`publishing.open_link`, `link_of`): what it gives counts alone. One of a share
            must admit the person, and what it gives must be opened by a permission on the node or above as well.
        via: Id of a grant: what it gives counts alone, if it is the person's own.
        in_trash: Reach what is in the trash, too, which opens to its owner only.

    Raises:
        NotFound: There is no such node, or it or one above it is in the trash; `what` is "item".
        Hidden: It is there, but nothing opens it: no grant, or the link or grant is gone, ended or leads elsewhere.
    """
    answer = await _reach(work, person, node, link, via, in_trash)
    work.reached.append(Reached(answer, person, link, via, in_trash))
    return answer


async def check_again(work: Work, locked: Collection[int]) -> None:
    """
    See to it, behind the locks of a change, that access is still what it was when this transaction asked for it.

    Else two who take access from each other at once could both succeed. Where a write is alone nothing can have changed. What
    was true behind the lock of its drive is not asked again: others can't change it, and what this transaction does to it
    itself, when it trashes or moves one thing after another, is no reason to begin anew.

    Args:
        locked: Drives that are locked now.

    Raises:
        Outdated: It is not; the transaction is run again, and meets what is true now.
    """
    if work.rows.alone:
        return
    for one in work.reached:
        try:
            now = await _reach(work, one.person, one.answer.node.id, one.link, one.via, one.in_trash)
        except NotFound:  # Hidden is one
            raise Outdated from None
        if (now.permissions, now.owner) != (one.answer.permissions, one.answer.owner):
            raise Outdated
    work.reached[:] = [one for one in work.reached if one.answer.node.drive not in locked]


async def _reach(
    work: Work, person: int | None, node: int, link: int | None, via: int | None, in_trash: bool
) -> Reach:
    if link is not None:
        row = await work.rows.one(access.REACH_BY_LINK, node=node, link=link, person=person, now=work.now)
    elif via is not None:
        row = await work.rows.one(access.REACH_BY_GRANT, node=node, grant=via, person=person)
    else:
        row = await work.rows.one(access.REACH, node=node, person=person)
    if row is None:
        raise NotFound("item")
    trashed, owner, given, above = row[16:]
    if trashed and not (in_trash and owner):
        raise NotFound("item")
    found = nodes.node_of(row)
    if owner:
        return Reach(found, EVERYTHING, owner=True, top=found.parent is None)
    if not given:
        raise Hidden("item")
    return Reach(found, Permission(given).closed, owner=False, top=not above)


async def link_of(work: Work, bearer: Bearer) -> int:
    """
    The id of the link whose token somebody brought, for `reach`. One statement.

    Raises:
        NotFound: The link or its share is gone; `what` is "share".
    """
    row = await work.rows.one(access.LINK_OF, entity=bearer.entity, share=bearer.share, now=work.now)
    if row is None:
        raise NotFound("share")
    return int(row[0])


async def need(
    work: Work,
    person: int | None,
    node: int,
    permission: Permission,
    *,
    link: int | None = None,
    via: int | None = None,
) -> Reach:
    """
    `reach`, if it comes with *permission*.

    Raises:
        NotFound, Hidden: As `reach`.
        Insufficient: The node is open, but for less.
    """
    reached = await reach(work, person, node, link=link, via=via)
    allow(reached, permission)
    return reached


def allow(reached: Reach, permission: Permission) -> None:
    """
    Let only those pass who hold *permission*, by implication too.

    Raises:
        Insufficient: They hold less.
    """
    if permission not in reached.permissions:
        raise Insufficient(
            reached.node.id,
            f"You may not {_NEEDS.get(permission, 'do this')}; ask its owner for a higher role.",
        )


async def own(reached: Reach) -> None:
    """
    Let only the owner pass.

    Raises:
        Insufficient: Somebody else.
    """
    if not reached.owner:
        raise Insufficient(reached.node.id, "Only the owner may do this.")
