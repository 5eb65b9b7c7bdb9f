"""Members of folders: shared with, given another role, taken back, listed."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from msgspec import UNSET

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.errors import MEMBERS
from polyshare.dialects.oracle.routes import subjects
from polyshare.dialects.oracle.routes.subjects import Target
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.domain.members import MemberSeen, Outcome
from polyshare.domain.permissions import role_of
from polyshare.engine.directory import finding, naming
from polyshare.engine.sharing import membering
from polyshare.engine.work import Work

Verb = Callable[[Sequence[int | None]], Awaitable[list[Outcome]]]


async def spelling(work: Work, seen: Iterable[MemberSeen | None]) -> outward.Spelling:
    """How the ids of these members are shown; two statements."""
    ids = [one.principal.id for one in seen if one is not None]
    return outward.Spelling(await naming.tail(work), await finding.fixed_ids(work, outward.NAMESPACE, ids))


async def _for_each(call: Call, target: Target, user: str | None, verb: Verb, role: str | None) -> wire.Share:
    """Do something for everybody named, and tell what came of it; an error when nothing was done for anybody."""
    old = subjects.is_old(call)
    ids = inward.ids_in(user, "userID", many=not old)
    named, principals = await subjects.principals(call.work, ids)
    outcomes = await verb(principals)
    members = [outward.outcome_out(text, one) for text, one in zip(named, outcomes, strict=True)]
    done = [one for one in outcomes if one.refusal is None]
    if not done and outcomes[0].refusal is not None:
        if len(ids) > 1:
            call.scope[MEMBERS] = members
        raise outcomes[0].refusal
    shown = await spelling(call.work, [done[0].member])
    return wire.Share(
        id=target.id,
        role=UNSET if role is None else role,
        user=UNSET if old and role is None else outward.first_done(done, shown),
        members=UNSET if old else members,
    )


async def share_folder(call: Call, target: Target, body: wire.ShareInput) -> wire.Share:
    """POST shares/{id}."""
    permissions, message = inward.role_in(body.role), body.message or ""

    async def share(principals: Sequence[int | None]) -> list[Outcome]:
        return await membering.share_with(call.work, target.reach, principals, permissions, message)

    return await _for_each(call, target, body.userID, share, role_of(permissions))


async def edit_role(call: Call, target: Target, body: wire.ShareInput) -> wire.Share:
    """PUT shares/{id}/role."""
    permissions, message = inward.role_in(body.role), body.message or ""

    async def change(principals: Sequence[int | None]) -> list[Outcome]:
        return await membering.change(call.work, target.reach, principals, permissions, message)

    return await _for_each(call, target, body.userID, change, role_of(permissions))


async def list_members(call: Call, target: Target, query: wire.MembersQuery) -> wire.Members:
    """GET shares/{id}/items."""
    current = inward.flag_in(query.currentOnly, "currentOnly")
    seen = await membering.list_members(call.work, target.reach, current_only=current)
    shown = await spelling(call.work, [seen.owner, *seen.members])
    return outward.members_out(target.id, seen, shown, status=not subjects.is_old(call))


async def revoke_user(call: Call, target: Target, body: wire.RevokeInput) -> wire.Share:
    """DELETE shares/{id}/user."""

    async def revoke(principals: Sequence[int | None]) -> list[Outcome]:
        return await membering.revoke(call.work, target.reach, principals, body.message or "")

    return await _for_each(call, target, body.userID, revoke, None)


async def leave_folder(call: Call, target: Target, _: None) -> wire.Share:
    """DELETE shares/{id}/myuser."""
    await membering.leave(call.work, target.reach)
    return wire.Share(id=target.id)


async def unshare_folder(call: Call, target: Target, body: wire.UnshareInput) -> wire.Share:
    """DELETE shares/{id}."""
    await membering.unshare_all(call.work, target.reach, body.message or "")
    return wire.Share(id=target.id)


async def show_catalog(call: Call, _: None, __: None) -> wire.Catalog:
    """GET metadata-catalog/shares."""
    base = f"{call.house.settings.public_url.rstrip('/')}/documents/api/{subjects.version_of(call)}"
    links = [
        wire.Link("describedBy", f"{base}/metadata-catalog/shares"),
        wire.Link("self", f"{base}/metadata-catalog/shares"),
        wire.Link("share-folder", f"{base}/shares/{{folder-id}}", "POST"),
        wire.Link("edit-user-role", f"{base}/shares/{{folder-id}}/role", "PUT"),
        wire.Link("get-shared-folder-users", f"{base}/shares/{{folder-id}}/items", "GET"),
        wire.Link("revoke-user", f"{base}/shares/{{folder-id}}/user", "DELETE"),
        wire.Link("revoke-current-user", f"{base}/shares/{{folder-id}}/myuser", "DELETE"),
        wire.Link("unshare-folder", f"{base}/shares/{{folder-id}}", "DELETE"),
    ]
    return wire.Catalog(links=links)


_share = Lenient[wire.ShareInput](wire.ShareInput)
_revoke = Lenient[wire.RevokeInput](wire.RevokeInput, query=("userID", "message"))
_unshare = Lenient[wire.UnshareInput](wire.UnshareInput, query=("message",))
_members = Lenient[wire.MembersQuery](wire.MembersQuery, query=("currentOnly",))
_S = "/shares/{folder}"

ROUTES = (
    Route("POST", _S, share_folder, Doing.WRITE, _share, subjects.shared, has_body=True),
    Route("PUT", f"{_S}/role", edit_role, Doing.WRITE, _share, subjects.shared, has_body=True),
    Route("GET", f"{_S}/items", list_members, Doing.READ, _members, subjects.shared, has_body=True),
    Route("DELETE", f"{_S}/user", revoke_user, Doing.WRITE, _revoke, subjects.shared, has_body=True),
    Route("DELETE", f"{_S}/myuser", leave_folder, Doing.WRITE, None, subjects.shared, has_body=True),
    Route("DELETE", _S, unshare_folder, Doing.WRITE, _unshare, subjects.shared, has_body=True),
    Route("GET", "/metadata-catalog/shares", show_catalog, Doing.READ),
)
