"""Tokens and keys."""

from collections.abc import Mapping, Sequence

from polyshare.domain import directory
from polyshare.engine.credentials import issuing
from polyshare.engine.work import Work
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call, Handler

CREDENTIALS: Mapping[str, issuing.CredentialKind] = {"tokens": "token", "keys": "key"}


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
