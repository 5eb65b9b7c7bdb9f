"""Keeping people in the directory: users, their passwords and their aliases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from polyshare.domain.directory import (
    NewPerson,
    Person,
    PersonChange,
    checked_email,
    checked_id,
    checked_login,
    checked_name,
    folded,
)
from polyshare.domain.errors import Invalid, NotFound, WrongState
from polyshare.domain.events import What
from polyshare.domain.principals import Kind, Status
from polyshare.domain.shares import touched
from polyshare.engine.directory.directing import LIVING, bump, facts
from polyshare.engine.grants import shelving
from polyshare.engine.work import Work
from polyshare.store.credentials import credentials
from polyshare.store.directory import groups, principals, projects
from polyshare.store.shares import grants

ROLES = ("USER", "ADMIN")


async def show(work: Work, key: str, *, lock: bool = False) -> Person:
    """
    The user with that login, else with that id.

    Raises:
        NotFound: There is none.
    """
    found = await principals.person(work.rows, key, lock=lock) if key.isprintable() else None
    if found is None:
        raise NotFound("user", "There is no user with this login or id.")
    return found


async def page(
    work: Work, after: str = "", limit: int = 100, statuses: Sequence[Status] = LIVING
) -> list[Person]:
    """At most *limit* users after the login *after*, in the order of logins."""
    return await principals.people(work.rows, after, limit, statuses)


async def aliases(work: Work, person: Person) -> dict[str, str]:
    """A user's aliases by namespace."""
    return await principals.aliases(work.rows, person.id)


async def enroll(work: Work, new: NewPerson) -> Person:
    """
    Make a user.

    Raises:
        Invalid: A field can't be used.
        Taken: The login, e-mail, id or an alias is in use.
    """
    public_id = work.new_public_id() if new.public_id is None else checked_id(new.public_id, "id")
    _checked(new.login, new.name, new.email, new.role)
    _check_aliases(new.aliases)
    await work.note(What.PRINCIPAL_ADDED, facts=facts(kind=Kind.USER, id=public_id, login=new.login))
    ident = work.new_id()
    await work.rows.run(
        principals.ADD,
        id=ident,
        kind=Kind.USER.value,
        public_id=public_id,
        name=new.name,
        status=new.status.value,
        organization=None,
        now=work.now,
    )
    await work.rows.run(
        principals.ADD_PERSON,
        id=ident,
        login=new.login,
        login_folded=folded(new.login),
        email=new.email or None,
        email_folded=folded(new.email) or None,
        password_hash=new.password_hash,
        administrator=int(new.administrator),
        role=new.role,
    )
    await principals.set_aliases(work.rows, ident, new.aliases)
    return await show(work, new.login)


async def change(work: Work, key: str, wanted: PersonChange) -> Person:
    """
    Make a user different; who is not active any more is refused within `settings.credential_recheck_s`.

    Raises:
        NotFound: There is none with that login or id.
        Invalid: A field can't be used.
        Taken: The login, e-mail or an alias is another user's.
        WrongState: No active administrator would be left, or a provider lets the user in by the login that would change.
    """
    found = await show(work, key, lock=True)
    different = _different(found, wanted)
    new_aliases = dict(wanted.aliases or {})
    _check_aliases(new_aliases)
    if new_aliases and new_aliases.items() <= (await principals.aliases(work.rows, found.id)).items():
        new_aliases = {}
    if not different and not new_aliases and wanted.password_hash is None:
        return found
    after = replace(found, **different)
    _checked(after.login, after.name, after.email, after.role)
    if _administrates(found) and not _administrates(after):
        await _demand_another(work, found)
    if after.login != found.login:
        await _demand_unknown_elsewhere(work, found)
    await work.note(
        What.PRINCIPAL_CHANGED, facts=facts(kind=Kind.USER, id=found.public_id, fields=sorted(different))
    )
    await _write(work, after, wanted.password_hash)
    if wanted.password_hash is not None:  # whoever knew the old one may have signed in with it
        await work.rows.run(credentials.SIGN_OUT, person=found.id)
    await principals.set_aliases(work.rows, found.id, new_aliases)
    if after.login != found.login:
        await shelving.refresh_of(work, found.id)
    await bump(work)
    return await show(work, after.login)


def _different(found: Person, wanted: PersonChange) -> dict[str, Any]:
    """The fields that a change names and that are not so yet."""
    names = ("login", "name", "email", "administrator", "role", "status")
    given = {name: getattr(wanted, name) for name in names}
    return {
        name: value for name, value in given.items() if value is not None and value != getattr(found, name)
    }


def _administrates(person: Person) -> bool:
    return person.administrator and person.status is Status.ACTIVE


async def _demand_another(work: Work, person: Person) -> None:
    """Refuse to leave the directory without an administrator; the other one is locked, so that two can't leave at once."""
    if await work.rows.one(principals.OTHER_ADMINISTRATOR, id=person.id) is None:
        raise WrongState(
            f"{person.login} is the last active administrator; make another active user one first."
        )


async def _demand_unknown_elsewhere(work: Work, person: Person) -> None:
    """Refuse to free a login by which a provider lets somebody in: whoever took it next would have that access."""
    if await work.rows.one(grants.HELD_ELSEWHERE, person=person.id) is not None:
        raise WrongState(
            f"{person.login} uses what others share at a provider, which knows people by their logins; "
            "leave those shares first, or keep the login."
        )


async def _write(work: Work, after: Person, password_hash: str | None) -> None:
    """Write a user's fields; a password hash of None keeps the present one."""
    await work.rows.run(
        principals.CHANGE,
        id=after.id,
        name=after.name,
        status=after.status.value,
        organization=None,
        now=touched(work.now, after.modified_at),
    )
    await work.rows.run(
        principals.CHANGE_PERSON,
        id=after.id,
        login=after.login,
        login_folded=folded(after.login),
        email=after.email or None,
        email_folded=folded(after.email) or None,
        password_hash=password_hash,
        administrator=int(after.administrator),
        role=after.role,
    )


async def remove(work: Work, key: str) -> None:
    """
    Take a user out of use for good: every credential is refused from then on, and the login stays taken.

    Raises:
        NotFound: There is none with that login or id.
        WrongState: It is the last active administrator.
    """
    found = await change(work, key, PersonChange(status=Status.DELETED))
    await work.rows.run(groups.CLEAR, group=found.id)
    await work.rows.run(projects.LEAVE_ALL, person=found.id)


def _checked(login: str, name: str, email: str, role: str) -> None:
    checked_login(login, "login")
    checked_name(name, "name")
    if email:
        checked_email(email, "email")
    if role not in ROLES:
        raise Invalid(f"role {role!r} is unknown; use {' or '.join(ROLES)}", "role")


def _check_aliases(given: Mapping[str, str]) -> None:
    for namespace, value in given.items():
        checked_id(namespace, "aliases", namespace)
        checked_name(value, "aliases", namespace)
