"""Organizations, accounts, groups and their members, and projects."""

from collections.abc import Mapping

from polyshare.domain import directory
from polyshare.domain.errors import Invalid
from polyshare.domain.principals import Kind, Status
from polyshare.engine.directory import directing, seating
from polyshare.engine.work import Work
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call, Handler, statuses

KINDS: Mapping[str, Kind] = {
    "organizations": Kind.ORGANIZATION,
    "accounts": Kind.ACCOUNT,
    "groups": Kind.GROUP,
    "projects": Kind.PROJECT,
}


def list_principals(kind: Kind) -> Handler:
    """GET /organizations, /accounts, /groups, /projects."""

    async def handle(call: Call) -> shapes.Page:
        after, limit, shown = call.after(), call.limit() + 1, statuses(call)
        within = call.query.get("organization", "") if kind is Kind.ACCOUNT else ""

        async def job(work: Work) -> list[directory.Listed]:
            return await directing.page(work, kind, after, limit, statuses=shown, organization=within)

        if not after.isprintable():
            raise Invalid("after is the `next` of the page before, as it was given")
        return call.page(await call.look(job), lambda row: row.public_id, shapes.principal)

    return handle


def add_principal(kind: Kind) -> Handler:
    """POST /organizations, /accounts, /groups, /projects."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        name = call.body.name if call.body.name is not None else call.body.id
        new = directory.NewPrincipal(kind, name, call.body.id, getattr(call.body, "organization", ""))
        return shapes.principal(await call.change(lambda work: directing.add(work, new)))

    return handle


def show_principal(kind: Kind) -> Handler:
    """GET /organizations/{id}, and so on."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        return shapes.principal(await call.look(lambda work: directing.show(work, kind, call.path["id"])))

    return handle


def change_principal(kind: Kind) -> Handler:
    """PATCH /organizations/{id}, and so on."""

    async def handle(call: Call) -> shapes.PrincipalOut:
        status = None if call.body.status is None else Status(call.body.status)
        wanted = directory.PrincipalChange(call.body.name, status, getattr(call.body, "organization", None))
        changed = await call.change(lambda work: directing.change(work, kind, call.path["id"], wanted))
        return shapes.principal(changed)

    return handle


def remove_principal(kind: Kind) -> Handler:
    """DELETE /organizations/{id}, and so on."""

    async def handle(call: Call) -> None:
        await call.change(lambda work: directing.remove(work, kind, call.path["id"]))

    return handle


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
