"""Who a world file says is there: organizations, accounts, users, groups and projects, each brought in line."""

from typing import Any

from polyshare.domain.directory import NewPerson, NewPrincipal, PersonChange, PrincipalChange
from polyshare.domain.errors import Invalid, PolyshareError
from polyshare.domain.principals import Kind, Status
from polyshare.domain.projects import Part
from polyshare.engine.directory import directing, enrolling, projecting, seating
from polyshare.engine.worlds.load import Load
from polyshare.store.directory import principals


async def organization(load: Load, entry: Any) -> None:
    await _principal(load, Kind.ORGANIZATION, entry.id, entry.name, entry.status)


async def account(load: Load, entry: Any) -> None:
    await _principal(load, Kind.ACCOUNT, entry.id, entry.name, entry.status, entry.organization)


async def group(load: Load, entry: Any) -> None:
    await _principal(load, Kind.GROUP, entry.name, entry.title or entry.name, None)


async def _principal(
    load: Load,
    kind: Kind,
    ident: str | None,
    name: str,
    status: Status | None,
    organization: str | None = None,
) -> None:
    rows = load.work.rows
    found = await (
        principals.named(rows, kind, name) if ident is None else principals.find(rows, kind, ident)
    )
    if found is None:
        new = NewPrincipal(kind, name, ident, organization or "", status or Status.ACTIVE)
        made = await directing.add(load.work, new)
        load.did(kind.value, made.public_id, "added")
        return
    wanted = PrincipalChange(name, status, organization)
    after = await directing.change(load.work, kind, found.public_id, wanted)
    load.did(kind.value, found.public_id, "" if after == found else "changed")


async def user(load: Load, entry: Any) -> None:
    found = await principals.person(load.work.rows, entry.login)
    password_hash = load.prepared.hashes.get(entry.login)
    if found is None or found.login != entry.login:
        new = NewPerson(
            entry.login,
            entry.name,
            entry.email or "",
            entry.id,
            password_hash,
            administrator=bool(entry.administrator),
            role=entry.role or "USER",
            status=entry.status or Status.ACTIVE,
            aliases=entry.aliases,
        )
        await enrolling.enroll(load.work, new)
        how = "added"
    else:
        if entry.id not in (None, found.public_id):
            raise Invalid(f"this user is there with the id {found.public_id}; ids stay as they are", "id")
        wanted = PersonChange(
            name=entry.name,
            email=entry.email,
            password_hash=password_hash,
            administrator=entry.administrator,
            role=entry.role,
            status=entry.status,
            aliases=entry.aliases,
        )
        after = await enrolling.change(load.work, entry.login, wanted)
        how = "" if after == found else "changed"
    roles = await _roles(load, entry)
    load.did("user", entry.login, how or roles)


async def _roles(load: Load, entry: Any) -> str:
    """Give a user the roles that its entry names."""
    present = {(one.kind, one.public_id): one.access for one in await seating.roles(load.work, entry.login)}
    how = ""
    for kind, wanted in ((Kind.ACCOUNT, entry.accounts), (Kind.ORGANIZATION, entry.organizations)):
        for public_id, access in wanted.items():
            if present.get((kind, public_id)) is access:
                continue
            try:
                await seating.give_role(load.work, entry.login, kind, public_id, access)  # type: ignore[arg-type]
            except PolyshareError as error:
                raise Invalid(error.message, f"{kind.value}s", public_id) from error
            how = "changed"
    return how


async def members(load: Load, entry: Any) -> None:
    for at, member in enumerate(entry.members):
        try:
            joined = await seating.join(load.work, entry.name, member)
        except Invalid as error:
            raise Invalid(error.message, "members", at) from error
        load.did("group", entry.name, f"{member} joined" if joined else "")


async def project(load: Load, entry: Any) -> None:
    await _principal(load, Kind.PROJECT, entry.id, entry.title, None)
    for login, part in entry.members.items():
        different = await projecting.put(load.work, entry.id, login, Part(part))
        load.did("project", entry.id, f"{login} is in it as {part}" if different else "")
