"""Users and their roles."""

from polyshare.domain import directory
from polyshare.domain.errors import Invalid
from polyshare.domain.principals import Access, Status
from polyshare.engine.credentials import hashing
from polyshare.engine.directory import enrolling, seating
from polyshare.engine.work import Work
from polyshare.web import admin_shapes as shapes
from polyshare.web.admin_calls.calling import Call, Handler, statuses


async def list_users(call: Call) -> shapes.Page:
    """GET /users."""
    after, limit, shown = call.after(), call.limit() + 1, statuses(call)
    if not after.isprintable():
        raise Invalid("after is the `next` of the page before, as it was given")
    found = await call.look(lambda work: enrolling.page(work, after, limit, shown))
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
