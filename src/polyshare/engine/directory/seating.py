"""Saying who acts for which account or organization, and who is in which group."""

from typing import Literal

from polyshare.domain.directory import Acting, Member
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import Work
from polyshare.store.directory import acting, groups

Seated = Literal[Kind.ACCOUNT, Kind.ORGANIZATION]


async def roles(work: Work, key: str) -> list[Acting]:
    """
    For which accounts and organizations a user acts.

    Raises:
        NotFound: There is no such user.
    """
    return await acting.roles(work.rows, (await enrolling.show(work, key)).id)


async def give_role(work: Work, key: str, kind: Seated, public_id: str, access: Access) -> None:
    """
    Let a user act for an account, or for an organization and all of its accounts.

    Raises:
        NotFound: There is no such user, account or organization.
    """
    person = await enrolling.show(work, key)
    seat = await directing.show(work, kind, public_id)
    await work.note(
        What.ROLE_GIVEN, facts=facts(user=person.public_id, kind=kind, id=public_id, access=access)
    )
    await work.rows.run(acting.GIVE, person=person.id, principal=seat.id, access=access.rank)
    await bump(work)


async def take_role(work: Work, key: str, kind: Seated, public_id: str) -> None:
    """
    Let a user act for an account or organization no longer.

    Raises:
        NotFound: There is no such user, account or organization, or the user had no role there.
    """
    person = await enrolling.show(work, key)
    seat = await directing.show(work, kind, public_id)
    await work.note(What.ROLE_TAKEN, facts=facts(user=person.public_id, kind=kind, id=public_id))
    if not await work.rows.run(acting.TAKE, person=person.id, principal=seat.id):
        raise NotFound("role", f"This user has no role on this {kind.value}.")
    await bump(work)


async def members(work: Work, group: str, after: int = 0, limit: int = 100) -> list[Member]:
    """
    At most *limit* members of a group after the member id *after*.

    Raises:
        NotFound: There is no such group.
    """
    return await groups.members(work.rows, (await directing.show(work, Kind.GROUP, group)).id, after, limit)


async def join(work: Work, group: str, member: str) -> bool:
    """
    Put a user (by login or id), or another group (written `group:name`), into a group.

    Returns:
        Whether it was not in the group before.

    Raises:
        NotFound: There is no such group.
        Invalid: There is no such member, or the group would be within itself.
    """
    into = await directing.show(work, Kind.GROUP, group, lock=True)
    kind, ident = await _member(work, member)
    if into.status is Status.DELETED:
        raise NotFound("group", "This group was removed.")
    if kind is Kind.GROUP and await groups.holds(work.rows, ident, into.id):
        raise Invalid(
            f"{member} holds {group}, so {group} can't hold it; a group is never within itself", "members"
        )
    if await work.rows.one(groups.IS_MEMBER, group=into.id, member=ident) is not None:
        return False
    await work.note(What.MEMBER_ADDED, facts=facts(group=group, member=member))
    return await work.rows.run(groups.ADD, group=into.id, member=ident) > 0


async def leave(work: Work, group: str, member: str) -> None:
    """
    Take a user or a group out of a group; who is named as for `join`.

    Raises:
        NotFound: There is no such group, or it has no such member.
    """
    out_of = await directing.show(work, Kind.GROUP, group)
    try:
        _, ident = await _member(work, member)
    except Invalid as error:
        raise NotFound("member", error.message) from error
    await work.note(What.MEMBER_REMOVED, facts=facts(group=group, member=member))
    if not await work.rows.run(groups.REMOVE, group=out_of.id, member=ident):
        raise NotFound("member", f"{member} is not in {group}.")


async def _member(work: Work, member: str) -> tuple[Kind, int]:
    """What a member is and its id."""
    try:
        if member.startswith("group:"):
            return Kind.GROUP, (await directing.show(work, Kind.GROUP, member.removeprefix("group:"))).id
        return Kind.USER, (await enrolling.show(work, member)).id
    except NotFound as error:
        raise Invalid(
            f"{member!r} is no user's login and no group; write a group as group:name", "members"
        ) from error
