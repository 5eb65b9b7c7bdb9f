"""Laying down a share that a world file describes: with fixed ids, and as if it had been carried out long ago."""

import json
from dataclasses import replace
from typing import Literal

import msgspec

from polyshare.domain.delivery import Consent
from polyshare.domain.directory import Listed, checked_path_id
from polyshare.domain.errors import Invalid
from polyshare.domain.events import What
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.shares import Grant, Item, Share, Standing, touched
from polyshare.domain.terms import Terms
from polyshare.domain.views import NewItem
from polyshare.engine.grants.beginnings import new_grant, new_item, new_share
from polyshare.engine.keepers.equipping import check_kind
from polyshare.engine.sharing.inviting import named_accounts
from polyshare.engine.work import Work
from polyshare.engine.worlds.shapes import shares as shapes
from polyshare.store.directory import principals
from polyshare.store.shares import audiences, grants, items, laid, listing, shares

TERMS = Terms(Consent.GIVEN, frozenset({Kind.ACCOUNT, Kind.ORGANIZATION}), Permission.VIEW)


async def lay(work: Work, entry: shapes.Share) -> Literal["added", "changed", ""]:
    """
    Make sure that a share is there, with at least these recipients and resources.

    One that was withdrawn stays so. What is added is in place at once; no provider is told.

    Raises:
        Invalid: An account is unknown or foreign, or the share is another account's; `where` leads to it.
    """
    owner = await principals.find(work.rows, Kind.ACCOUNT, entry.account)
    if owner is None:
        raise Invalid("there is no account with this id; add it first", "account")
    row = await work.rows.one(audiences.ORGANIZATION_OF, account=owner.id)
    organization: int | None = row[0] if row is not None else None
    found = await laid.share(work.rows, checked_path_id(entry.id, "id"))
    if found is not None and found.owner != owner.id:
        raise Invalid("this share is another account's", "id")
    if found is not None and found.standing is not Standing.ACTIVE:
        return ""
    recipients = await _recipients(work, owner, organization, entry)
    share = found or await _add(work, owner, organization, entry)
    different = await _fill(work, share, recipients, organization, entry)
    if found is None:
        return "added"
    return "changed" if await _revise(work, share, entry) or different else ""


async def _recipients(
    work: Work, owner: Listed, organization: int | None, entry: shapes.Share
) -> dict[int, str | None]:
    """The public id that each recipient's grant is to have, by the account's id; None: drawn."""
    if entry.organization is not None:
        if organization is None or entry.organization != owner.organization:
            raise Invalid("this is not the organization of the share's account", "organization")
        members = await work.rows.all(audiences.MEMBERS, organization=organization, owner=owner.id)
        return {row[0]: None for row in members if row[0] != owner.id}
    named = [one.account for one in entry.recipients]
    if len(set(named)) < len(named):
        raise Invalid("an account is named twice; name each one once", "recipients")
    found = await named_accounts(work, owner.id, organization, named, TERMS)
    return {ident: one.id for ident, one in zip(found, entry.recipients, strict=True)}


async def _add(work: Work, owner: Listed, organization: int | None, entry: shapes.Share) -> Share:
    """Write the share alone."""
    audience = organization if entry.organization is not None else None
    share = new_share(
        work,
        owner.id,
        entry.name,
        tags=_tags(entry),
        audience=audience,
        within=organization,
        public_id=entry.id,
    )
    await work.note(What.SHARE_OFFERED, share=share.id)
    await shares.add(work.rows, share, work.actor.id if work.actor else 0, TERMS)
    viewers = [owner.id] if organization is None else [owner.id, organization]
    await listing.add(work.rows, share.id, audience is not None, senders=viewers)
    return share


async def _fill(
    work: Work,
    share: Share,
    recipients: dict[int, str | None],
    organization: int | None,
    entry: shapes.Share,
) -> bool:
    """Add the resources and recipients that the share lacks; whether there were any."""
    present = await laid.resources(work.rows, share.id)
    for at, one in enumerate(entry.resources):
        check_kind(work, one.type, "resources", at, "type")
    new_items = [
        _item(work, share, one) for one in entry.resources if (one.type, one.resource) not in present
    ]
    held = await laid.holders(work.rows, share.id)
    given = [_grant(work, share, ident, fixed) for ident, fixed in recipients.items() if ident not in held]
    if new_items:
        await work.note(What.ITEM_ADDED, share=share.id)
        await items.add(work.rows, new_items)
    if given:
        await work.note(What.RECIPIENT_INVITED, share=share.id)
        await grants.add(work.rows, given, TERMS.permissions, work.now)
        viewers = [*(grant.principal for grant in given), *([] if organization is None else [organization])]
        await listing.add(work.rows, share.id, share.audience is not None, receivers=viewers)
    return bool(new_items or given)


async def _revise(work: Work, share: Share, entry: shapes.Share) -> bool:
    """Bring name and tags in line; tags that the file does not name stay."""
    tags = _tags(entry) or share.tags
    if (share.name, share.tags) == (entry.name, tags):
        return False
    await work.note(What.SHARE_REVISED, share=share.id)
    modified_at = touched(work.now, share.modified_at)
    after = replace(share, name=entry.name, tags=tags, modified_at=modified_at)
    await shares.revise(work.rows, after, retagged=tags != share.tags)
    if after.name != share.name:
        await work.rows.run(listing.RENAME, share=share.id, name=after.name)
    return True


def _item(work: Work, share: Share, one: shapes.ShareResource) -> Item:
    new = NewItem(one.type, one.resource, msgspec.json.encode(one.meta).decode())
    return new_item(work, share.id, share.owner, new, public_id=_fixed(one.id, "resources"))


def _grant(work: Work, share: Share, principal: int, public_id: str | None) -> Grant:
    fixed = _fixed(public_id, "recipients")
    return new_grant(work, share.id, principal, TERMS, instant=True, public_id=fixed)


def _fixed(public_id: str | None, where: str) -> str | None:
    return None if public_id is None else checked_path_id(public_id, where)


def _tags(entry: shapes.Share) -> str | None:
    return json.dumps(entry.tags, ensure_ascii=False) if entry.tags else None
