"""Public links on folders and files."""

from collections.abc import Sequence
from functools import partial

from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.base.lenient import Lenient
from polyshare.dialects.oracle import wire
from polyshare.dialects.oracle.routes import subjects
from polyshare.dialects.oracle.routes.subjects import Target
from polyshare.dialects.oracle.translate import inward, outward
from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.links import Audience, Link, LinkTerms, Reader
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.directory import finding, naming
from polyshare.engine.links import publishing
from polyshare.engine.tree import access, browsing
from polyshare.engine.work import Work

EVERYBODY, SIGNED_IN = "@everybody", "@serviceinstance"


async def _terms(work: Work, body: wire.LinkInput, code: str | None, before: Link | None) -> LinkTerms:
    """What a link is to be; what is not said stays as it was."""
    role = body.role if body.role is not None else body.roleName
    permissions = before.permissions if before is not None else Permission.VIEW
    if role is not None:
        permissions = inward.role_in(role)
        if permissions is Permission.MANAGE:
            raise Invalid("role must be viewer, downloader or contributor.", "role")
    audience, readers = await _audience(work, body.assignedUsers, before)
    expires_at = inward.moment_in(body.expirationTime, "expirationTime")
    if body.expirationTime is None and before is not None:
        expires_at = before.expires_at
    name = body.linkName if body.linkName is not None else (before.name if before is not None else "")
    # That files can only be left there is no role of this vendor's; it stays while the role does.
    drops = before is not None and before.drops and permissions is Permission.EDIT
    return LinkTerms(audience, Permission(permissions), readers, name.strip(), expires_at, code, drops)


async def _audience(
    work: Work, assigned: str | None, before: Link | None
) -> tuple[Audience, tuple[Reader, ...]]:
    if assigned is None and before is not None:
        return before.audience, tuple(before.readers)
    texts = inward.ids_in(assigned, "assignedUsers", many=True)
    known = {EVERYBODY: Audience.ANYONE, SIGNED_IN: Audience.SIGNED_IN}
    if len(texts) == 1 and texts[0].lower() in known:
        return known[texts[0].lower()], ()
    if any(text.lower() in known for text in texts):
        raise Invalid("assignedUsers is @everybody, @serviceinstance, or a list of people.", "assignedUsers")
    named, principals = await subjects.principals(work, texts)
    readers = []
    for text, id_ in zip(named, principals, strict=True):
        found = id_
        if found is None and "@" in text:
            found = next((person.id for person in await finding.by_email(work, text)), None)
        if found is None:
            raise NotFound("user", f"Nobody is known as {text[:80]!r}.")
        readers.append(Reader(found, text))
    return Audience.LISTED, tuple(readers)


async def _out(work: Work, reach: Reach, link: Link) -> wire.PublicLink:
    _, [one] = await _all_out(work, reach, [link], alone=True)
    return one


async def _all_out(
    work: Work, reach: Reach, links: Sequence[Link], *, alone: bool
) -> tuple[tuple[str, str], list[wire.PublicLink]]:
    """Id and type of what links lead to, and the links."""
    seen, (tail, secret) = await browsing.show(work, reach), await naming.tail_and_link_secret(work)
    item, owner = outward.item_id(seen, tail), outward.person_out(seen.owned_by, tail)
    ids = [naming.shown_link(link.id, secret) for link in links]
    made = [
        outward.link_out(link, id_, item, owner, alone=alone) for link, id_ in zip(links, ids, strict=True)
    ]
    return (item, outward.TYPES[seen.node.kind]), made


async def create_public_link(call: Call, target: Target, body: wire.LinkInput) -> wire.PublicLink:
    """POST publiclinks/folder/{id} and publiclinks/file/{id}."""
    access.allow(target.reach, Permission.MANAGE)
    code = await publishing.hash_code(call.house, body.password) if body.password else None

    async def create(work: Work) -> wire.PublicLink:
        again = await subjects.reach(call, work, target.id)
        link = await publishing.create(work, again.reach, await _terms(work, body, code, None))
        return await _out(work, again.reach, link)

    return await call.write(create)


async def list_public_links(call: Call, target: Target, _: None) -> wire.PublicLinks:
    """GET publiclinks/folder/{id} and publiclinks/file/{id}."""
    found = await publishing.list_links(call.work, target.reach)
    (item, kind), items = await _all_out(call.work, target.reach, found, alone=False)
    return wire.PublicLinks(count=str(len(items)), id=item, type=kind, items=items)


async def show_public_link(call: Call, link: Link, _: None) -> wire.PublicLink:
    """GET publiclinks/{link}."""
    return await _out(call.work, await _reach(call.work, link), link)


async def edit_public_link(call: Call, link: Link, body: wire.LinkInput) -> wire.PublicLink:
    """PUT publiclinks/{link}: what is not said stays; an empty password takes the access code away."""
    code = await publishing.hash_code(call.house, body.password) if body.password else None
    return await call.write(partial(_change, link=link.id, body=body, code=code))


async def _change(work: Work, *, link: int, body: wire.LinkInput, code: str | None) -> wire.PublicLink:
    person = subjects.person_of(work) or 0
    before = await publishing.show(work, person, link)
    terms = await _terms(work, body, code, before)
    after = await publishing.change(work, person, link, terms, keep_code=body.password is None)
    return await _out(work, await _reach(work, after), after)


async def delete_public_link(call: Call, link: Link, _: None) -> wire.LinkGone:
    """DELETE publiclinks/{link}."""
    gone = await publishing.remove(call.work, subjects.person_of(call.work) or 0, link.id)
    return wire.LinkGone(linkID=naming.shown_link(gone.id, await naming.link_secret(call.work)))


async def _reach(work: Work, link: Link) -> Reach:
    if link.node is None:
        raise NotFound("link")
    return await access.reach(work, subjects.person_of(work), link.node)


_link = Lenient[wire.LinkInput](wire.LinkInput)
_FOLDER, _FILE, _LINK = "/publiclinks/folder/{folder}", "/publiclinks/file/{file}", "/publiclinks/{link}"

ROUTES = (
    Route("POST", _FOLDER, create_public_link, Doing.STEPS, _link, subjects.shared, has_body=True),
    Route("POST", _FILE, create_public_link, Doing.STEPS, _link, subjects.file, has_body=True),
    Route("GET", _FOLDER, list_public_links, Doing.READ, None, subjects.shared),
    Route("GET", _FILE, list_public_links, Doing.READ, None, subjects.file),
    Route("GET", _LINK, show_public_link, Doing.READ, None, subjects.public_link),
    Route("PUT", _LINK, edit_public_link, Doing.STEPS, _link, subjects.public_link, has_body=True),
    Route("DELETE", _LINK, delete_public_link, Doing.WRITE, None, subjects.public_link, has_body=True),
)
