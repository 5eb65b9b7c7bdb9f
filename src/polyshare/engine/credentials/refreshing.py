"""Refresh tokens that need no client: giving them to users and providers, and telling whose one is."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from polyshare.domain.directory import Person, checked_name, checked_secret
from polyshare.domain.errors import Invalid, NotFound, UnknownCredential
from polyshare.domain.events import What
from polyshare.domain.principals import Actor, Status
from polyshare.domain.projects import Project
from polyshare.domain.refresh_tokens import Holder, RefreshToken
from polyshare.engine.credentials import issuing
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.directory import enrolling, projecting
from polyshare.engine.directory.directing import bump, facts
from polyshare.engine.work import House, Work
from polyshare.store.credentials import refresh_tokens
from polyshare.store.directory import people
from polyshare.store.directory import providers as kept

BROWSER_US = 30 * 24 * 3600 * 1_000_000
"""How long a browser can get new tokens after somebody signed in."""

MOST_PROJECTS = 100
"""Of how many projects a token tells; who is in more of them is known from the rows all the same."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Who is to get new tokens by the refresh token of that public id: a person with their projects, or a provider."""

    token: str
    person: Person | None
    projects: tuple[Project, ...]
    provider: str


async def issue(
    work: Work, holder: Holder, secret: str, name: str = "", expires_at: int | None = None
) -> RefreshToken:
    """
    Give a user or a provider a refresh token with this secret, of which only the SHA-256 is kept.

    Args:
        expires_at: When it ends, in microseconds, for those of users; None: never.

    Raises:
        Invalid: There is no such user or provider, or a field can't be used.
        Taken: The secret is in use.
    """
    checked_secret(secret, "token")
    if name:
        checked_name(name, "name")
    if expires_at is not None:
        _check_end(work, holder, name, expires_at)
    ident, public_id = work.new_id(), work.new_public_id()
    told = facts(kind="refresh", id=public_id, user=holder.user, provider=holder.provider)
    fields = {"id": ident, "public_id": public_id, "hash": digest_of(secret), "now": work.now}
    if holder.provider:
        if not any(name == holder.provider for name, _ in await kept.storage(work.rows)):
            raise Invalid("there is no provider of this name that keeps files; add it first", "provider")
        await work.note(What.CREDENTIAL_ISSUED, facts=told)
        await work.rows.run(refresh_tokens.ADD_OF_PROVIDER, **fields, provider=holder.provider)
    else:
        person = await _person(work, holder.user)
        await work.note(What.CREDENTIAL_ISSUED, facts=told)
        await work.rows.run(refresh_tokens.ADD, **fields, person=person.id, name=name, expires_at=expires_at)
    return await show(work, public_id)


async def give(work: Work, holder: Holder, secret: str) -> bool:
    """
    Have a user or a provider hold a refresh token with this secret, unless it does or did; whether it did not.

    Raises:
        Invalid: As `issue`, or the token is another's.
    """
    held = await refresh_tokens.by_hash(work.rows, digest_of(secret))
    if held is None:
        await issue(work, holder, secret)
        return True
    person = None if holder.provider else (await _person(work, holder.user)).id
    if (held.person, held.provider) != (person, holder.provider):
        raise Invalid("this refresh token is somebody else's; give each an own one", "token")
    return False


def _check_end(work: Work, holder: Holder, name: str, expires_at: int) -> None:
    if holder.provider:
        raise Invalid("a provider's refresh token has no end; revoke it instead", "expires_at")
    if name == refresh_tokens.BROWSER:
        raise Invalid("this is what those are called that browsers get; use another name", "name")
    issuing.check_to_come(work, expires_at)


async def _person(work: Work, login: str) -> Person:
    try:
        return await enrolling.show(work, login)
    except NotFound as error:
        raise Invalid(f"there is no user {login!r}; add the user first", "user") from error


async def show(work: Work, public_id: str) -> RefreshToken:
    """
    A refresh token, without its secret.

    Raises:
        NotFound: There is none of that id.
    """
    found = await refresh_tokens.find(work.rows, public_id) if public_id.isprintable() else None
    if found is None:
        raise NotFound("refresh token", "There is no refresh token with this id.")
    return found


async def page(
    work: Work, after: int = 0, limit: int = 100, holder: Holder | None = None
) -> list[RefreshToken]:
    """At most *limit* refresh tokens after the internal id *after*, oldest first; of one user or provider, if given."""
    return await refresh_tokens.listed(work.rows, after, limit, holder)


async def revoke(work: Work, public_id: str) -> RefreshToken:
    """
    Have a refresh token be good for nothing any more; access tokens that were got by it hold until they are over.

    Raises:
        NotFound: There is none of that id.
    """
    found = await show(work, public_id)
    if found.revoked_at is not None:
        return found
    await work.note(What.CREDENTIAL_REVOKED, facts=facts(kind="refresh", id=public_id))
    statement = refresh_tokens.REVOKE_OF_PROVIDER if found.holder.provider else refresh_tokens.REVOKE
    await work.rows.run(statement, public_id=public_id, now=work.now)
    await bump(work)
    return await show(work, public_id)


async def begin(house: House, actor: Actor) -> str:
    """
    A refresh token for the browser in which *actor* just signed in, good for BROWSER_US.

    Raises:
        Unavailable: The database did not answer.
    """
    secret = issuing.new_secret()

    async def job(work: Work) -> None:
        public_id = work.new_public_id()
        await work.note(What.CREDENTIAL_ISSUED, facts=facts(kind="refresh", id=public_id, user=actor.id))
        await work.rows.run(
            refresh_tokens.ADD,
            id=work.new_id(),
            public_id=public_id,
            hash=digest_of(secret),
            person=actor.id,
            name=refresh_tokens.BROWSER,
            now=work.now,
            expires_at=work.now + BROWSER_US,
        )

    await house.write(actor, job)
    return secret


async def holder(work: Work, secret: str) -> Refreshed:
    """
    Who is to get new tokens by this one: at most three statements.

    Raises:
        UnknownCredential: It is unknown, has ended or was revoked, or its user is not active.
    """
    held = await refresh_tokens.by_hash(work.rows, digest_of(secret))
    ended = held is None or (held.expires_at is not None and held.expires_at <= work.now)
    if held is None or ended or held.revoked_at is not None:
        raise UnknownCredential("refresh token")
    if held.person is None:
        return Refreshed(held.public_id, None, (), held.provider)
    found = await people.by_ids(work.rows, [held.person])
    if not found or found[0].status is not Status.ACTIVE:
        raise UnknownCredential("refresh token")
    projects = tuple(await projecting.all_of(work, held.person, MOST_PROJECTS))
    return Refreshed(held.public_id, found[0], projects, "")


async def providers(work: Work, secrets: Sequence[str]) -> dict[str, Refreshed]:
    """
    Which providers are to get new tokens by these; one statement.

    Raises:
        UnknownCredential: One of them is no live refresh token of a provider.
    """
    digests = {secret: digest_of(secret) for secret in secrets}
    held = await refresh_tokens.providers_by_hash(work.rows, list(digests.values()))
    if not held.keys() >= set(digests.values()):
        raise UnknownCredential("refresh token")
    found = {secret: held[digest] for secret, digest in digests.items()}
    return {secret: Refreshed(token, None, (), provider) for secret, (token, provider) in found.items()}


async def end(work: Work, secret: str) -> None:
    """
    Have a refresh token end, because its holder says so: one of a browser is gone, any other revoked.

    Raises:
        UnknownCredential: There is none, or it has ended already.
    """
    digest = digest_of(secret)
    held = await refresh_tokens.by_hash(work.rows, digest)
    if held is None or held.revoked_at is not None:
        raise UnknownCredential("refresh token")
    await work.note(
        What.CREDENTIAL_REVOKED, facts=facts(kind="refresh", user=held.person, provider=held.provider)
    )
    if held.person is None:
        await work.rows.run(refresh_tokens.END_OF_PROVIDER, hash=digest, now=work.now)
    elif not await work.rows.run(refresh_tokens.END, hash=digest):
        await work.rows.run(refresh_tokens.END_STANDING, hash=digest, now=work.now)


def form_mark(secret: str) -> str:
    """What a browser's scripts hold beside its refresh token, which they can't see: nobody else can tell it from the token."""
    return hmac.new(
        secret.encode("utf-8", "surrogatepass"), b"refresh from a script", hashlib.sha256
    ).hexdigest()


def is_mark_of(secret: str, mark: str) -> bool:
    """Whether this is the mark that goes with a refresh token."""
    return hmac.compare_digest(form_mark(secret).encode(), mark.encode("utf-8", "surrogatepass"))
