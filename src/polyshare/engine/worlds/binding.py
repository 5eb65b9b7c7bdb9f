"""Laying out links and permissions as they were elsewhere, so that links once sent go on working."""

import re
from collections.abc import Sequence

from polyshare.domain.errors import AlreadyThere, Invalid, NotFound
from polyshare.domain.link_shares import SOMEBODY, Entity, LinkShare, NewLinkShare, ShareChanges, Thing
from polyshare.domain.links import Audience, LinkTerms, Reader, checked_terms
from polyshare.domain.nodes import Reach
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.engine.content import bringing
from polyshare.engine.credentials import verifying
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.links import linking, permitting, publishing
from polyshare.engine.tree import pointing
from polyshare.engine.work import Work
from polyshare.engine.worlds.planting import How
from polyshare.engine.worlds.shapes import tree
from polyshare.store.directory import principals
from polyshare.store.links import link_shares
from polyshare.store.tree import drives

VALUES = {
    "ReadFile": Permission.DOWNLOAD,
    "WriteFile": Permission.EDIT,
    "WriteFilePerms": Permission.MANAGE,
}
SHARE_ID, ENTITY_ID = "mycloud", "mycloud_auth"
SECOND_US = 1_000_000
KEPT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
"""A share's id that can be kept: what stands in an address as it is."""


async def link(work: Work, entry: tree.Link, token: str | None, code_hash: str | None) -> How:
    """
    Make sure that a link is there: with a fixed My Cloud id a share with its permission, else one known by its token.

    A link that is there keeps its password, expiry and uses.

    Raises:
        Invalid: Path or user are unknown, or the id or the token are something else's.
    """
    if unknown := set(entry.ids) - {SHARE_ID, ENTITY_ID}:
        raise Invalid(f"there is no such id; use {SHARE_ID} or {ENTITY_ID}", "ids", min(unknown))
    reached = await _reached(work, entry.path)
    named = await _readers(work, entry.users)
    if SHARE_ID not in entry.ids:
        return await _plain(work, entry, reached, named, token, code_hash)
    if entry.drop:
        raise Invalid("what is left by a My Cloud link has no place; leave out its id", "drop")
    terms = LinkTerms(
        Audience.LISTED if named else Audience.ANYONE,
        Permission.DOWNLOAD,
        named,
        expires_at=_expiry(entry),
        code_hash=code_hash,
        uses=entry.uses,
        token=token,
    )
    ids = entry.ids[SHARE_ID], entry.ids.get(ENTITY_ID)
    return await _shared(work, reached, await _as_it_was(work, [reached], ids, terms))


async def keep(
    work: Work, reached: Sequence[Reach], ids: tuple[str, str | None], terms: LinkTerms
) -> LinkShare:
    """
    Make a share by link that has the ids it had elsewhere, of its nodes' owner, and the permissions that open it.

    Args:
        reached: One node or more, on one drive.
        ids: The share's, and what permissions on nodes name its link by; None: drawn.
        terms: They give the permission to download, and readers as `handing_out.readers_of_share` finds them.

    Raises:
        Invalid: The nodes lie on several drives, or an id or the terms make no sense.
        AlreadyThere: An id is, or was, another share's.
    """
    new = await _as_it_was(work, reached, ids, terms)
    if await link_shares.is_known(work.rows, ids[0]):
        raise AlreadyThere("There is, or was, a share with this id; give each its own.")
    if new.entity is not None:
        asked = {"kind": Kind.LINK.value, "public_id": new.entity}
        if await work.rows.one(principals.SEE, **asked) is not None:
            raise AlreadyThere("There is, or was, a share with this authId; give each its own.")
    made = await linking.offer(work, new, owner=reached[0].node.owner)
    for one in reached:
        await _permitted(work, one, made)
    return made


async def permission(work: Work, entry: tree.FilePermission) -> How:
    """
    Make sure that a permission stands on a file or folder; a user may be named by login, too.

    Raises:
        Invalid: The path or the entity is unknown, or the entity can't have this permission.
    """
    reached = await _reached(work, entry.path)
    kind, _, named = entry.entity.partition(":")
    permissions = VALUES[entry.value]
    entity = {"user:anybody": Entity.EVERYONE, "user:somebody": Entity.SIGNED_IN}.get(entry.entity)
    if kind == "cloudShare" and named:
        entity = Entity.LINK
    elif kind != "user" or not named:
        raise Invalid("write cloudShare:AUTHID, user:anybody, user:somebody or user:LOGIN", "entity")
    try:
        if entity is None:
            person = await _person(work, named, "entity")
            await permitting.permit_person(work, reached, person, permissions)
        elif permissions is not Permission.DOWNLOAD:
            raise Invalid("only a user can have more than ReadFile", "value")
        else:
            await permitting.permit(work, reached, entity, named if entity is Entity.LINK else "")
    except AlreadyThere:
        return ""
    return "added"


async def _as_it_was(
    work: Work, reached: Sequence[Reach], ids: tuple[str, str | None], terms: LinkTerms
) -> NewLinkShare:
    share, entity = ids
    if not KEPT_ID.fullmatch(share):
        raise Invalid("a share's id has 1 to 64 letters, digits, -, ., _ or ~", "ids", SHARE_ID)
    if entity is not None and not (1 <= len(entity) <= permitting.LONGEST_NAMED and entity.isprintable()):
        raise Invalid(f"an authId has 1 to {permitting.LONGEST_NAMED} printable characters", "ids", ENTITY_ID)
    checked_terms(terms)
    if len({one.node.drive for one in reached}) > 1:
        raise Invalid("what one share holds lies on one drive", "path")
    drive = await drives.one(work.rows, reached[0].node.drive)
    nodes = list(dict.fromkeys(one.node.id for one in reached))
    shown = await pointing.shown_for(work, nodes)
    return NewLinkShare(
        drive.device if drive is not None else "",
        tuple(Thing(shown[node], node) for node in nodes),
        terms.audience,
        (SOMEBODY,) if terms.audience is Audience.SIGNED_IN else terms.readers,
        "{}",
        share,
        entity,
        terms.code_hash,
        terms.expires_at,
        terms.uses,
        terms.token,
    )


async def _shared(work: Work, reached: Reach, new: NewLinkShare) -> How:
    """A share of the node's owner, and the permission that opens it."""
    public_id = str(new.public_id)
    found = await link_shares.one(work.rows, public_id, work.now)
    how: How = ""
    if found is None:
        if await link_shares.is_known(work.rows, public_id):
            raise Invalid(
                "this id was a share's that is gone or has ended; give each its own", "ids", SHARE_ID
            )
        found, how = await linking.offer(work, new, owner=reached.node.owner), "added"
    elif found.owner != reached.node.owner:
        raise Invalid("this id is another user's share's; give each its own", "ids", SHARE_ID)
    elif _differs(found, new):
        changes = ShareChanges(new.things, new.audience, new.readers)
        found, how = await linking.revise(work, found, changes), "changed"
    permitted = await _permitted(work, reached, found)
    return how or ("changed" if permitted else "")


async def _permitted(work: Work, reached: Reach, share: LinkShare) -> bool:
    """Have the link of a share be permitted on a node; whether it was not before."""
    try:
        await permitting.permit(work, reached, Entity.LINK, share.entity)
    except AlreadyThere:
        return False
    return True


def _differs(found: LinkShare, new: NewLinkShare) -> bool:
    now = (tuple(found.things), found.audience, tuple(found.readers))
    return now != (new.things, new.audience, new.readers)


async def _plain(
    work: Work,
    entry: tree.Link,
    reached: Reach,
    named: tuple[Reader, ...],
    token: str | None,
    code_hash: str | None,
) -> How:
    """A link on the node itself, known by its token."""
    if token is None:
        raise Invalid(f"give it a token, or ids with {SHARE_ID}, to be known by", "token")
    there = await link_shares.node_of_token(work.rows, digest_of(token))
    if there is not None:
        if there != reached.node.id:
            raise Invalid("this token is another link's; give each its own", "token")
        return ""
    await publishing.create(
        work,
        reached,
        LinkTerms(
            Audience.LISTED if named else Audience.ANYONE,
            Permission.EDIT if entry.drop else Permission.DOWNLOAD,
            named,
            name=f"link {token[:8]}",
            expires_at=_expiry(entry),
            code_hash=code_hash,
            drops=entry.drop,
            uses=entry.uses,
            token=token,
        ),
    )
    return "added"


async def _reached(work: Work, path: str) -> Reach:
    try:
        return await bringing.found(work, path)
    except NotFound as error:
        raise Invalid(error.message, "path") from error


async def _readers(work: Work, logins: Sequence[str]) -> tuple[Reader, ...]:
    persons = [await _person(work, login, "users") for login in logins]
    subjects = await verifying.subjects_of(work, persons)
    return tuple(Reader(person, subjects[person]) for person in persons)


async def _person(work: Work, login: str, key: str) -> int:
    found = await principals.person(work.rows, login)
    if found is not None and found.login == login:
        return found.id
    known = await verifying.person_of(work, login)
    if known is None:
        raise Invalid(f"there is no user {login[:80]!r}; add it first", key)
    return known


def _expiry(entry: tree.Link) -> int | None:
    return None if entry.expires is None else round(entry.expires.timestamp()) * SECOND_US
