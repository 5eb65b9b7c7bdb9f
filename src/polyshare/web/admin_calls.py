"""The calls of the admin API, one function each: decoded request in, answer out."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from polyshare.domain import directory
from polyshare.domain.errors import Invalid
from polyshare.domain.principals import Access, Actor, Kind, Status
from polyshare.engine import directing, enrolling, equipping, hashing, issuing, seating
from polyshare.engine.work import House, Work
from polyshare.web import admin_shapes as shapes

T = TypeVar("T")
LIMIT, MOST = 50, 200
KINDS: Mapping[str, Kind] = {
    "organizations": Kind.ORGANIZATION,
    "accounts": Kind.ACCOUNT,
    "groups": Kind.GROUP,
}
CREDENTIALS: Mapping[str, issuing.CredentialKind] = {"tokens": "token", "keys": "key"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: whose, what its path and query say, and its decoded body."""

    house: House
    actor: Actor
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    async def look(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* on one consistent view."""
        return await self.house.read(self.actor, job)

    async def change(self, job: Callable[[Work], Awaitable[T]]) -> T:
        """Run *job* in one transaction."""
        return await directing.changing(self.house, self.actor, job)

    def limit(self) -> int:
        """How many rows a page may have."""
        given = self.query.get("limit", str(LIMIT))
        if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MOST):
            raise Invalid(f"limit is a whole number from 1 to {MOST}")
        return int(given)

    def after(self) -> str:
        """Behind which row the page begins; empty: at the first."""
        given = self.query.get("after", "")
        try:
            return urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4)).decode()
        except (UnicodeError, binascii.Error) as error:
            raise Invalid("after is the `next` of the page before, as it was given") from error

    def after_id(self) -> int:
        """The same where rows are ordered by a number."""
        given = self.after() or "0"
        if not (given.isascii() and given.isdigit() and len(given) < 19):
            raise Invalid("after is the `next` of the page before, as it was given")
        return int(given)

    def page(self, rows: Sequence[T], key: Callable[[T], object], shape: Callable[[T], Any]) -> shapes.Page:
        """A page of *rows*, of which one more was asked for than it has room for."""
        limit = self.limit()
        more = (
            urlsafe_b64encode(str(key(rows[limit - 1])).encode()).rstrip(b"=").decode()
            if len(rows) > limit
            else None
        )
        return shapes.Page([shape(row) for row in rows[:limit]], more)


Handler = Callable[[Call], Awaitable[Any]]


def _statuses(call: Call) -> tuple[Status, ...]:
    """Which statuses a list shows: those not removed, unless one is asked for."""
    given = call.query.get("status")
    if given is None:
        return directing.LIVING
    if given not in tuple(Status):
        raise Invalid(f"status is one of {', '.join(Status)}")
    return (Status(given),)


# Organizations, accounts and groups


def list_principals(kind: Kind) -> Handler:
    """GET /organizations, /accounts, /groups."""

    async def handle(call: Call) -> shapes.Page:
        after, limit, statuses = call.after(), call.limit() + 1, _statuses(call)
        within = call.query.get("organization", "") if kind is Kind.ACCOUNT else ""

        async def job(work: Work) -> list[directory.Listed]:
            return await directing.page(work, kind, after, limit, statuses=statuses, organization=within)

        if not after.isprintable():
            raise Invalid("after is the `next` of the page before, as it was given")
        return call.page(await call.look(job), lambda row: row.public_id, shapes.principal)

    return handle


def add_principal(kind: Kind) -> Handler:
    """POST /organizations, /accounts, /groups."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        name = call.body.name if call.body.name is not None else call.body.id
        new = directory.NewPrincipal(kind, name, call.body.id, getattr(call.body, "organization", ""))
        return shapes.principal(await call.change(lambda work: directing.add(work, new)))

    return handle


def show_principal(kind: Kind) -> Handler:
    """GET /organizations/{id}, /accounts/{id}, /groups/{id}."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        return shapes.principal(await call.look(lambda work: directing.show(work, kind, call.path["id"])))

    return handle


def change_principal(kind: Kind) -> Handler:
    """PATCH /organizations/{id}, /accounts/{id}, /groups/{id}."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        status = None if call.body.status is None else Status(call.body.status)
        wanted = directory.PrincipalChange(call.body.name, status, getattr(call.body, "organization", None))
        changed = await call.change(lambda work: directing.change(work, kind, call.path["id"], wanted))
        return shapes.principal(changed)

    return handle


def remove_principal(kind: Kind) -> Handler:
    """DELETE /organizations/{id}, /accounts/{id}, /groups/{id}."""

    async def handle(call: Call) -> None:
        await call.change(lambda work: directing.remove(work, kind, call.path["id"]))

    return handle


# Members


async def list_members(call: Call) -> shapes.Page:
    """GET /groups/{id}/members."""
    after, limit = call.after_id(), call.limit() + 1
    found = await call.look(lambda work: seating.members(work, call.path["id"], after, limit))
    return call.page(found, lambda row: row.id, shapes.member)


async def add_member(call: Call) -> None:
    """PUT /groups/{id}/members/{member}."""
    await call.change(lambda work: seating.join(work, call.path["id"], call.path["member"]))


async def remove_member(call: Call) -> None:
    """DELETE /groups/{id}/members/{member}."""
    await call.change(lambda work: seating.leave(work, call.path["id"], call.path["member"]))


# Users and their roles


async def list_users(call: Call) -> shapes.Page:
    """GET /users."""
    after, limit, statuses = call.after(), call.limit() + 1, _statuses(call)
    if not after.isprintable():
        raise Invalid("after is the `next` of the page before, as it was given")
    found = await call.look(lambda work: enrolling.page(work, after, limit, statuses))
    return call.page(found, lambda row: row.login, shapes.user)


async def _whole_user(work: Work, found: directory.Person) -> shapes.UserWithAliases:
    return shapes.user_with_aliases(found, await enrolling.aliases(work, found))


async def _password_hash(call: Call) -> str | None:
    given = call.body.password
    return None if given is None else await hashing.hash_password(call.house, given)


async def add_user(call: Call) -> shapes.UserWithAliases:
    """POST /users."""
    body = call.body
    new = directory.NewPerson(
        body.login,
        body.name,
        body.email,
        body.id,
        await _password_hash(call),
        administrator=body.administrator,
        role=body.role,
        status=Status(body.status),
        aliases=body.aliases,
    )

    async def job(work: Work) -> shapes.UserWithAliases:
        return await _whole_user(work, await enrolling.enroll(work, new))

    return await call.change(job)


async def show_user(call: Call) -> shapes.UserWithAliases:
    """GET /users/{id}."""

    async def job(work: Work) -> shapes.UserWithAliases:
        return await _whole_user(work, await enrolling.show(work, call.path["id"]))

    return await call.look(job)


async def change_user(call: Call) -> shapes.UserWithAliases:
    """PATCH /users/{id}."""
    body = call.body
    wanted = directory.PersonChange(
        login=body.login,
        name=body.name,
        email=body.email,
        password_hash=await _password_hash(call),
        administrator=body.administrator,
        role=body.role,
        status=None if body.status is None else Status(body.status),
        aliases=body.aliases,
    )

    async def job(work: Work) -> shapes.UserWithAliases:
        return await _whole_user(work, await enrolling.change(work, call.path["id"], wanted))

    return await call.change(job)


async def remove_user(call: Call) -> None:
    """DELETE /users/{id}."""
    await call.change(lambda work: enrolling.remove(work, call.path["id"]))


async def list_roles(call: Call) -> shapes.Page:
    """GET /users/{id}/roles: all of them on one page."""
    found = await call.look(lambda work: seating.roles(work, call.path["id"]))
    return shapes.Page([shapes.role(one) for one in found], None)


def give_role(kind: seating.Seated) -> Handler:
    """PUT /users/{id}/roles/accounts/{seat}, …/organizations/{seat}."""

    async def handle(call: Call) -> None:
        access: Access = call.body.access
        await call.change(
            lambda work: seating.give_role(work, call.path["id"], kind, call.path["seat"], access)
        )

    return handle


def take_role(kind: seating.Seated) -> Handler:
    """DELETE /users/{id}/roles/accounts/{seat}, …/organizations/{seat}."""

    async def handle(call: Call) -> None:
        await call.change(lambda work: seating.take_role(work, call.path["id"], kind, call.path["seat"]))

    return handle


# Tokens and keys


def list_credentials(kind: issuing.CredentialKind) -> Handler:
    """GET /tokens, /keys."""

    async def handle(call: Call) -> shapes.Page:
        after, limit, user = call.after_id(), call.limit() + 1, call.query.get("user", "")

        async def job(
            work: Work,
        ) -> tuple[list[directory.Credential], Mapping[int, Sequence[directory.Acting]]]:
            found = await issuing.page(work, kind, after, limit, user=user)
            return found, await issuing.scopes(work, found)

        found, scopes = await call.look(job)
        return call.page(found, lambda row: row.id, lambda row: shapes.credential(row, scopes[row.id]))

    return handle


async def _whole_credential(work: Work, found: directory.Credential) -> shapes.CredentialOut:
    return shapes.credential(found, (await issuing.scopes(work, [found]))[found.id])


def add_credential(kind: issuing.CredentialKind) -> Handler:
    """POST /tokens, /keys."""

    async def handle(call: Call) -> shapes.CredentialWithSecret:
        body, secret = call.body, issuing.new_secret()
        new = directory.NewCredential(
            kind,
            body.user,
            body.name,
            body.access,
            None if body.scope is None else body.scope.scope(),
            None if body.expires_at is None else shapes.microseconds(body.expires_at),
        )

        async def job(work: Work) -> shapes.CredentialWithSecret:
            issued = await issuing.hand_out(work, new, secret)
            named = (await issuing.scopes(work, [issued]))[issued.id]
            return shapes.credential_with_secret(issued, named, secret)

        return await call.change(job)

    return handle


def show_credential(kind: issuing.CredentialKind) -> Handler:
    """GET /tokens/{id}, /keys/{id}."""

    async def handle(call: Call) -> shapes.CredentialOut:
        async def job(work: Work) -> shapes.CredentialOut:
            return await _whole_credential(work, await issuing.show(work, kind, call.path["id"]))

        return await call.look(job)

    return handle


def change_credential(kind: issuing.CredentialKind) -> Handler:
    """PATCH /tokens/{id}, /keys/{id}."""

    async def handle(call: Call) -> shapes.CredentialOut:
        body = call.body
        wanted = directory.CredentialChange(
            body.name,
            body.access,
            None if body.scope is None else body.scope.scope(),
            None if body.expires_at is None else shapes.microseconds(body.expires_at),
        )

        async def job(work: Work) -> shapes.CredentialOut:
            return await _whole_credential(work, await issuing.change(work, kind, call.path["id"], wanted))

        return await call.change(job)

    return handle


def revoke_credential(kind: issuing.CredentialKind) -> Handler:
    """DELETE /tokens/{id}, /keys/{id}."""

    async def handle(call: Call) -> None:
        await call.change(lambda work: issuing.revoke(work, kind, call.path["id"]))

    return handle


# Providers


async def list_providers(call: Call) -> shapes.Page:
    """GET /providers: all of them on one page."""
    return shapes.Page([shapes.provider(one) for one in await call.look(equipping.page)], None)


async def show_provider(call: Call) -> shapes.ProviderOut:
    """GET /providers/{id}."""
    return shapes.provider(await call.look(lambda work: equipping.show(work, call.path["id"])))


async def put_provider(call: Call) -> shapes.ProviderOut:
    """PUT /providers/{id}."""
    body, name = call.body, call.path["id"]
    settings = msgspec.json.encode(body.settings).decode()

    async def job(work: Work) -> shapes.ProviderOut:
        await equipping.equip(work, name, body.kind, settings, body.resource_types)
        return shapes.provider(await equipping.show(work, name))

    return await call.change(job)


async def remove_provider(call: Call) -> None:
    """DELETE /providers/{id}."""
    await call.change(lambda work: equipping.dismiss(work, call.path["id"]))
