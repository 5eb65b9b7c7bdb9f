"""Shares that open by their link: offered, found, revised and withdrawn by who made them, and whom they let in."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import Invalid, NotFound, NotYours
from polyshare.domain.events import What
from polyshare.domain.link_shares import (
    SOMEBODY,
    LinkShare,
    LinkSharePage,
    NewLinkShare,
    ShareChanges,
    Thing,
    Wanted,
)
from polyshare.domain.links import Audience, Link, LinkTerms, checked_terms
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind, Status
from polyshare.domain.shares import FILE, Item, touched
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine.credentials.admitting import digest_of
from polyshare.engine.grants import granting
from polyshare.engine.grants.beginnings import new_grant, new_item, new_link
from polyshare.engine.links import publishing
from polyshare.engine.work import Work
from polyshare.store.directory import principals
from polyshare.store.links import file_permissions, link_shares, links
from polyshare.store.shares import grants, items

LONGEST_ID = 255
TERMS = Terms(Consent.GIVEN, frozenset({Kind.LINK}), Permission.DOWNLOAD)


async def offer(work: Work, new: NewLinkShare, *, owner: int | None = None) -> LinkShare:
    """
    Make a share of the actor's, or of *owner*, with its link; a fixed number of statements.

    Its things need be nowhere: what names no node opens nothing. Nor does the rest, before a permission
    (`permitting.permit`) stands on it.

    Raises:
        Taken: The id that was fixed is another share's.
    """
    if owner is None:
        owner = work.actor.id if work.actor is not None else 0
    share, link = work.new_id(), work.new_id()
    public_id, entity = new.public_id or _uuid(work), new.entity or _uuid(work)
    grant = new_grant(work, share, link, TERMS, instant=True)
    await work.note(What.SHARE_OFFERED, share=share, grant=grant.id)
    await work.rows.run(
        link_shares.ADD,
        id=share,
        public_id=public_id,
        owner=owner,
        permissions=int(TERMS.permissions),
        now=work.now,
        place=new.place,
        meta=new.meta,
    )
    await work.rows.run(
        principals.ADD,
        id=link,
        kind=Kind.LINK.value,
        public_id=entity,
        name="",
        status=Status.ACTIVE.value,
        organization=None,
        now=work.now,
    )
    door = new_link(work, _terms(new), owner, share=share, ident=link)
    await links.add(work.rows, door, digest_of(door.token), new.code_hash)
    await items.add(work.rows, _items(work, share, owner, new.things))
    await grants.add(work.rows, [grant], TERMS.permissions, None)
    return LinkShare(
        share,
        public_id,
        link,
        entity,
        owner,
        new.place,
        new.things,
        new.audience,
        new.readers,
        new.meta,
        new.code_hash is not None,
        new.expires_at,
        new.uses,
        work.now,
        work.now,
    )


async def find(work: Work, public_id: str, *, lock: bool = False) -> LinkShare:
    """
    A share by its public id, whoever asks: `admits` tells for whom it is. One statement.

    Args:
        lock: Let nobody else change it while this transaction lasts.

    Raises:
        NotFound: There is none, it was withdrawn or has expired, or its owner is not active; `what` is "share".
    """
    known = len(public_id) <= LONGEST_ID and public_id.isprintable()
    found = await link_shares.one(work.rows, public_id, work.now, lock=lock) if known else None
    if found is None:
        raise NotFound("share")
    return found


async def of_link(work: Work, link: int) -> LinkShare:
    """
    The share that a link leads to, also after the link's end; nobody else changes it while this transaction lasts.

    Raises:
        NotFound: It leads to none, it was withdrawn, or its owner is not active.
    """
    found = await link_shares.of_link(work.rows, link)
    if found is None:
        raise NotFound("share")
    return found


async def admits(work: Work, share: LinkShare, person: int | None) -> bool:
    """Whether the link of a share lets a person in; None: nobody known. No statement where anyone may come."""
    if share.audience is Audience.ANYONE:
        return True
    if person is None:
        return False
    return await work.rows.one(link_shares.ADMITS, link=share.link, person=person) is not None


async def own(work: Work, public_id: str) -> LinkShare:
    """
    A share of the actor's, which nobody else changes while this transaction lasts.

    Raises:
        NotFound: As `find`, or it is somebody else's and does not let the actor in.
        NotYours: It lets the actor in, but is somebody else's.
    """
    found = await find(work, public_id, lock=True)
    actor = work.actor.id if work.actor is not None else 0
    if found.owner == actor:
        return found
    if not await admits(work, found, actor):
        raise NotFound("share")
    raise NotYours("Only the owner of a share changes it.")


async def revise(work: Work, share: LinkShare, changes: ShareChanges) -> LinkShare:
    """Have a share that was found to be the actor's (`own`) be otherwise; what it opens changes at once."""
    await work.note(What.SHARE_REVISED, share=share.id)
    after = replace(share, modified_at=touched(work.now, share.modified_at))
    if changes.meta is not None:
        after = replace(after, meta=changes.meta)
    if changes.things is not None:
        await work.rows.run(link_shares.DROP_ITEMS, share=share.id)
        await items.add(work.rows, _items(work, share.id, share.owner, changes.things))
        after = replace(after, things=changes.things)
    if changes.audience is not None:
        await work.rows.run(
            link_shares.REVISE_LINK, link=share.link, audience=changes.audience.value, now=work.now
        )
        await work.rows.run(links.DROP_READERS, link=share.link)
        await links.set_readers(work.rows, share.link, changes.readers)
        after = replace(after, audience=changes.audience, readers=changes.readers)
    await work.rows.run(link_shares.REVISE, share=share.id, meta=after.meta, now=work.now)
    return after


async def revise_link(
    work: Work, share: LinkShare, link: Link, terms: LinkTerms, *, keep_code: bool, keep_uses: bool
) -> Link:
    """
    Have the link of a share that was found to be the actor's be as *terms* say from now on.

    Args:
        keep_code: Leave the access code, or that there is none, as it is.
        keep_uses: Leave as it is how often it can still be opened.

    Raises:
        Invalid: The terms make no sense, or give something else than to download.
    """
    checked_terms(terms)
    if terms.permissions != TERMS.permissions or terms.drops:
        raise Invalid("The link of a share lets people download, and nothing else.", "gives")
    await work.note(What.SHARE_REVISED, share=share.id)
    if terms.audience is not Audience.LISTED:  # whom clients named stays as they sent it
        named = (SOMEBODY,) if terms.audience is Audience.SIGNED_IN else ()
        terms = replace(terms, readers=tuple(share.readers) if terms.audience is share.audience else named)
    await work.rows.run(link_shares.REVISE, share=share.id, meta=share.meta, now=work.now)
    return await publishing.rewrite(work, link, terms, keep_code=keep_code, keep_uses=keep_uses)


async def lay(work: Work, entity: str, key: str, node: int, place: str) -> None:
    """
    Have the thing of that key mean a node, in the share whose link is that entity, if it meant none when it was shared: a
    file may come after the share that names it. For whom gives the link a permission there. One statement.

    It opens only as far as the share's owner reaches the node, as everything in a share does.
    """
    if entity.isprintable() and key.isprintable():
        await work.rows.run(link_shares.LAY, entity=entity, key=key, node=node, place=place)


async def withdraw(work: Work, share: LinkShare) -> None:
    """Take a share that was found to be the actor's (`own`) back, with its link and the permissions for that."""
    await work.note(What.SHARE_WITHDRAWN, share=share.id)
    await granting.withdraw_shares(work, [share.id])
    await work.rows.run(file_permissions.DROP_OF_LINK, named=share.entity)
    await work.rows.run(links.DROP_READERS, link=share.link)
    await work.rows.run(links.DROP, link=share.link)
    await work.rows.run(link_shares.END_PRINCIPAL, link=share.link, now=work.now)


async def page(
    work: Work, person: int, wanted: Wanted, limit: int, before: int | None = None
) -> LinkSharePage:
    """
    A stretch of the shares by link that a person made, or was given by name; newest first. One statement.

    Args:
        before: Where the last stretch said that the next one begins; None: with the newest.
    """
    if any(text is not None and not text.isprintable() for text in (wanted.place, wanted.key)):
        return LinkSharePage((), None)
    found = await link_shares.page(
        work.rows,
        person,
        work.now,
        limit + 1,
        received=wanted.received,
        before=before,
        owner=wanted.owner,
        place=wanted.place,
        key=wanted.key,
    )
    rows = found[:limit]
    return LinkSharePage(rows, rows[-1].link if len(found) > limit else None)


def _terms(new: NewLinkShare) -> LinkTerms:
    return LinkTerms(
        new.audience,
        TERMS.permissions,
        new.readers,
        expires_at=new.expires_at,
        code_hash=new.code_hash,
        uses=new.uses,
        token=new.token,
    )


def _items(work: Work, share: int, owner: int, things: Sequence[Thing]) -> list[Item]:
    return [new_item(work, share, owner, NewItem(FILE, thing.key, "{}"), node=thing.node) for thing in things]


def _uuid(work: Work) -> str:
    return str(uuid.UUID(hex=work.new_public_id(), version=4))
