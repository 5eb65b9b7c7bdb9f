"""Issuing tokens and keys, narrowing and revoking them; a secret is handed out once and kept as a hash."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from polyshare.domain.directory import (
    Acting,
    Credential,
    CredentialChange,
    NewCredential,
    NewPerson,
    Scope,
    checked_name,
    checked_secret,
)
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory import directing, enrolling
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import House, Work
from polyshare.store.credentials import credentials
from polyshare.store.directory import principals

CredentialKind = Literal["token", "key"]
KINDS: tuple[CredentialKind, ...] = ("token", "key")
_LAST_MOMENT = 253_402_300_799_000_000  # the end of the year 9999


def new_secret() -> str:
    """256 random bits as text; drawn before the transaction, which may be run again."""
    return secrets.token_hex(32)


async def show(work: Work, kind: CredentialKind, public_id: str, *, lock: bool = False) -> Credential:
    """
    A token or key, without its secret.

    Raises:
        NotFound: There is none of that kind and id.
    """
    found = await credentials.find(work.rows, public_id, lock=lock) if public_id.isprintable() else None
    if found is None or found.kind != kind:
        raise NotFound(kind, f"There is no {kind} with this id.")
    return found


async def page(
    work: Work, kind: CredentialKind, after: int = 0, limit: int = 100, *, user: str = ""
) -> list[Credential]:
    """At most *limit* tokens or keys after the internal id *after*, oldest first; those of one user, if it is given."""
    person = (await enrolling.show(work, user)).id if user else None
    return await credentials.listed(work.rows, kind, after, limit, person)


async def scopes(work: Work, found: Sequence[Credential]) -> Mapping[int, Sequence[Acting]]:
    """What these credentials name, if they are narrowed, by their internal ids; one statement."""
    return await credentials.scopes(work.rows, [one.id for one in found])


async def issue(work: Work, new: NewCredential, secret: str) -> Credential:
    """
    Issue a token or key with this secret, of which only the SHA-256 is kept.

    Raises:
        Invalid: A field can't be used, or the user or what the scope names is not there.
        Taken: The secret is in use.
    """
    person = await _person(work, new.login)
    checked_secret(secret, new.kind)
    _check(new.name, new.expires_at)
    scope = await _scope(work, new.scope)
    public_id = work.new_public_id()
    await work.note(What.CREDENTIAL_ISSUED, facts=facts(kind=new.kind, id=public_id, user=person))
    ident = work.new_id()
    await work.rows.run(
        credentials.ADD,
        id=ident,
        public_id=public_id,
        kind=new.kind,
        hash=digest_of(secret),
        person=person,
        name=new.name,
        access=new.access.rank,
        narrowed=int(new.scope is not None),
        now=work.now,
        expires_at=new.expires_at,
        revoked_at=work.now if new.revoked else None,
    )
    await _write_scope(work, ident, scope)
    await bump(work)
    found = await credentials.find(work.rows, public_id)
    assert found is not None  # noqa: S101 - it was written just now
    return found


async def hand_out(work: Work, new: NewCredential, secret: str) -> Credential:
    """
    Issue a token or key that somebody is to use; a world may also describe one that has expired, this may not.

    Raises:
        Invalid: As for `issue`, or it would be refused from the start.
        Taken: The secret is in use.
    """
    if new.expires_at is not None:
        check_to_come(work, new.expires_at)
    return await issue(work, new, secret)


async def change(work: Work, kind: CredentialKind, public_id: str, wanted: CredentialChange) -> Credential:
    """
    Make a token or key different; every process knows within `settings.credential_recheck_s`.

    Raises:
        NotFound: There is none of that kind and id.
        Invalid: A field can't be used, or what the scope names is not there.
    """
    found = await show(work, kind, public_id, lock=True)
    after = replace(
        found,
        name=found.name if wanted.name is None else wanted.name,
        access=wanted.access or found.access,
        narrowed=found.narrowed or wanted.scope is not None,
        expires_at=found.expires_at if wanted.expires_at is None else wanted.expires_at,
        revoked_at=work.now if wanted.revoked and found.revoked_at is None else found.revoked_at,
    )
    present = {(one.kind, one.public_id): one.access for one in (await scopes(work, [found]))[found.id]}
    if after == found and (wanted.scope is None or present == _named(wanted.scope)):
        return found
    _check(after.name, after.expires_at)
    scope = await _scope(work, wanted.scope)
    revoked = after.revoked_at != found.revoked_at
    what = What.CREDENTIAL_REVOKED if revoked else What.CREDENTIAL_CHANGED
    await work.note(what, facts=facts(kind=kind, id=public_id))
    await work.rows.run(
        credentials.CHANGE,
        id=found.id,
        name=after.name,
        access=after.access.rank,
        narrowed=int(after.narrowed),
        expires_at=after.expires_at,
        revoked_at=after.revoked_at,
    )
    if wanted.scope is not None:
        await work.rows.run(credentials.CLEAR_SCOPE, credential=found.id)
        await _write_scope(work, found.id, scope)
    await bump(work)
    return await show(work, kind, public_id)


async def with_secret(work: Work, kind: CredentialKind, secret: str) -> Credential | None:
    """The token or key that has this secret, whether it is live or not."""
    return await credentials.by_hash(work.rows, kind, digest_of(secret))


async def with_name(work: Work, kind: CredentialKind, user: str, name: str) -> Credential | None:
    """A user's oldest token or key of that name."""
    owned = await page(work, kind, 0, 1000, user=user)
    return next((one for one in owned if one.name == name), None)


async def revoke(work: Work, kind: CredentialKind, public_id: str) -> Credential:
    """
    Revoke a token or key, once and for all; it is refused everywhere within `settings.credential_recheck_s`.

    Raises:
        NotFound: There is none of that kind and id.
    """
    return await change(work, kind, public_id, CredentialChange(revoked=True))


async def first_administrator(house: House, login: str = "admin") -> str | None:
    """Make an administrator with a token if the directory has no user at all; the token's secret, or None."""
    secret = new_secret()

    async def job(work: Work) -> str | None:
        if await work.rows.one(principals.ANYONE) is not None:
            return None
        await enrolling.enroll(work, NewPerson(login=login, name="Administrator", administrator=True))
        await issue(work, NewCredential("token", login, name="first token"), secret)
        return secret

    return await directing.changing(house, None, job)


def check_to_come(work: Work, expires_at: int) -> None:
    """
    See to it that what ends then is good for something.

    Raises:
        Invalid: The moment has passed, or no calendar has it.
    """
    if expires_at <= work.now:
        raise Invalid("this moment has passed; use one that is still to come, or leave it out", "expires_at")
    _check("", expires_at)


def _check(name: str, expires_at: int | None) -> None:
    if name:
        checked_name(name, "name")
    if expires_at is not None and not 0 <= expires_at <= _LAST_MOMENT:
        raise Invalid("this moment is too far away; use a time up to the year 9999", "expires_at")


async def _person(work: Work, key: str) -> int:
    try:
        return (await enrolling.show(work, key)).id
    except NotFound as error:
        raise Invalid(f"there is no user {key!r}; add the user first", "user") from error


def _named(scope: Scope | None) -> dict[tuple[Kind, str], Access]:
    """A scope's access by kind and public id."""
    if scope is None:
        return {}
    accounts = {(Kind.ACCOUNT, public_id): access for public_id, access in scope.accounts.items()}
    return accounts | {
        (Kind.ORGANIZATION, public_id): access for public_id, access in scope.organizations.items()
    }


async def _scope(work: Work, scope: Scope | None) -> dict[int, Access]:
    """The access of what a scope names, by internal ids."""
    found: dict[int, Access] = {}
    for (kind, public_id), access in _named(scope).items():
        try:
            seat = await directing.show(work, kind, public_id)
        except NotFound as error:
            raise Invalid(
                f"there is no {kind.value} {public_id!r}; add it first", f"{kind.value}s", public_id
            ) from error
        if seat.status is Status.DELETED:
            raise Invalid(
                f"{kind.value} {public_id!r} was removed; leave it out", f"{kind.value}s", public_id
            )
        found[seat.id] = access
    return found


async def _write_scope(work: Work, credential: int, scope: Mapping[int, Access]) -> None:
    rows = [
        {"credential": credential, "principal": ident, "access": access.rank}
        for ident, access in scope.items()
    ]
    if rows:
        await work.rows.many(credentials.ADD_SCOPE, rows)
