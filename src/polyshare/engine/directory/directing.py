"""Keeping the directory: organizations, accounts and groups, from their making to their removal."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from polyshare.domain.directory import (
    Listed,
    NewPrincipal,
    PrincipalChange,
    checked_id,
    checked_name,
    checked_path_id,
)
from polyshare.domain.errors import Invalid, NotFound, Taken, WrongState
from polyshare.domain.events import What
from polyshare.domain.principals import Actor, Kind, Status
from polyshare.domain.shares import touched
from polyshare.engine.work import House, Work
from polyshare.store.directory import groups, principals, projects
from polyshare.store.shares import audiences

T = TypeVar("T")

LIVING = (Status.ACTIVE, Status.INACTIVE, Status.PENDING)
_TAKEN = {
    "principal_public_id": "This id is in use, maybe by something that was removed; choose another one.",
    "person_login": "This login is in use, maybe by a user who was removed; choose another one.",
    "person_login_folded": "This login is another user's; upper and lower case are the same.",
    "person_email": "This e-mail address is another user's; upper and lower case are the same.",
    "principal_alias_pkey": "This alias is another principal's.",
    "client_public_id": "This id is another client's; choose another one.",
    "credential_hash": "This secret is in use; leave it out to have one made.",
    "provider_token_hash": "This secret is in use; leave it out to have one made.",
    "credential_public_id": "This id is another credential's; choose another one.",
    "provider_kind_pkey": "One of these resource types is another provider's.",
}


async def changing(house: House, actor: Actor | None, job: Callable[[Work], Awaitable[T]]) -> T:
    """
    Change the directory in one transaction; this process then forgets what it remembers of credentials.

    Raises:
        Taken: Something unique is in use; the message says what.
    """
    try:
        return await house.write(actor, job)
    except Taken as taken:
        raise Taken(taken.constraint, explained(taken)) from taken
    finally:
        house.remembered.forget()


def explained(taken: Taken) -> str:
    """What is in use, in words, where the store could only name the rule."""
    bare = taken.message == Taken(taken.constraint).message
    return _TAKEN.get(taken.constraint, taken.message) if bare else taken.message


def facts(**given: object) -> str:
    """The facts of an event as JSON text."""
    return msgspec.json.encode(given).decode()


async def bump(work: Work) -> None:
    """Have every process look credentials up again; part of each change that what they remember depends on."""
    await work.rows.run(principals.BUMP_EPOCH)


async def show(work: Work, kind: Kind, public_id: str, *, lock: bool = False) -> Listed:
    """
    One organization, account or group.

    Raises:
        NotFound: There is none of that id; one that was removed is still there, with its status.
    """
    found = await principals.find(work.rows, kind, public_id, lock=lock) if public_id.isprintable() else None
    if found is None:
        raise NotFound(kind.value, f"There is no {kind.value} with this id.")
    return found


async def page(
    work: Work,
    kind: Kind,
    after: str = "",
    limit: int = 100,
    *,
    statuses: Sequence[Status] = LIVING,
    organization: str = "",
) -> list[Listed]:
    """At most *limit* of one kind after the id *after*, in the order of ids; those of one organization, if it is given."""
    within = (await show(work, Kind.ORGANIZATION, organization)).id if organization else None
    return await principals.listed(work.rows, kind, after, limit, statuses=statuses, organization=within)


async def add(work: Work, new: NewPrincipal) -> Listed:
    """
    Make an organization, account, group or project.

    Raises:
        Invalid: A field can't be used, or the organization does not exist.
        Taken: The id is in use.
    """
    check = checked_id if new.kind in (Kind.GROUP, Kind.PROJECT) else checked_path_id
    public_id = work.new_public_id() if new.public_id is None else check(new.public_id, "id")
    checked_name(new.name, "name")
    organization = await _organization(work, new.kind, new.organization)
    await work.note(What.PRINCIPAL_ADDED, facts=facts(kind=new.kind, id=public_id))
    await work.rows.run(
        principals.ADD,
        id=work.new_id(),
        kind=new.kind.value,
        public_id=public_id,
        name=new.name,
        status=new.status.value,
        organization=organization,
        now=work.now,
    )
    if organization is not None:
        await _realign(work, {organization})
    return await show(work, new.kind, public_id)


async def change(work: Work, kind: Kind, public_id: str, wanted: PrincipalChange) -> Listed:
    """
    Rename it, (de)activate it, or let an account join, leave or change its organization.

    Raises:
        NotFound: There is none of that id.
        Invalid: A field can't be used, or the organization does not exist.
    """
    found = await show(work, kind, public_id, lock=True)
    name = found.name if wanted.name is None else checked_name(wanted.name, "name")
    status = found.status if wanted.status is None else wanted.status
    joined = found.organization if wanted.organization is None else wanted.organization
    if (name, status, joined) == (found.name, found.status, found.organization):
        return found
    before = await _organization(work, kind, found.organization, gone_too=True)
    after = before if joined == found.organization else await _organization(work, kind, joined)
    await work.note(What.PRINCIPAL_CHANGED, facts=facts(kind=kind, id=public_id))
    await work.rows.run(
        principals.CHANGE,
        id=found.id,
        name=name,
        status=status.value,
        organization=after,
        now=touched(work.now, found.modified_at),
    )
    subjects = {before, after} if after != before or status != found.status else set()
    if (kind is Kind.ORGANIZATION and status != found.status) or (before is not None and after != before):
        subjects.add(found.id)
    await _realign(work, (subject for subject in subjects if subject is not None))
    return await show(work, kind, public_id)


async def remove(work: Work, kind: Kind, public_id: str) -> None:
    """
    Take it out of use for good: its id stays taken, an account leaves its organization, a group or project loses its members.

    Raises:
        NotFound: There is none of that id.
        WrongState: An organization still has accounts.
    """
    found = await show(work, kind, public_id, lock=True)
    if kind is Kind.ORGANIZATION and await principals.listed(
        work.rows, Kind.ACCOUNT, "", 1, statuses=LIVING, organization=found.id
    ):
        raise WrongState("This organization still has accounts; move or remove them first.")
    await change(work, kind, public_id, PrincipalChange(status=Status.DELETED, organization=""))
    if kind is Kind.GROUP:
        await work.rows.run(groups.CLEAR, group=found.id)
    if kind is Kind.PROJECT:
        await work.rows.run(projects.CLEAR, project=found.id)


async def _organization(work: Work, kind: Kind, public_id: str, *, gone_too: bool = False) -> int | None:
    """The id of the organization that an account is to be in."""
    if not public_id:
        return None
    if kind is not Kind.ACCOUNT:
        raise Invalid(
            f"Only accounts are in an organization; leave it out for this {kind.value}.", "organization"
        )
    found = (
        await principals.find(work.rows, Kind.ORGANIZATION, public_id) if public_id.isprintable() else None
    )
    if found is None or (found.status is Status.DELETED and not gone_too):
        raise Invalid("There is no organization with this id; add it first.", "organization")
    return found.id


async def _realign(work: Work, subjects: Iterable[int]) -> None:
    """Have the worker bring shares in line with organizations whose accounts changed, and accounts that left one."""
    wanted = sorted(subjects)
    if wanted:
        await audiences.realign(work.rows, wanted, work.now)
        work.due()
