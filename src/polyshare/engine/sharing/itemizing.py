"""Putting items into a share, revising and removing them."""

from dataclasses import replace

from polyshare.domain.errors import AlreadyThere, WrongState
from polyshare.domain.events import What
from polyshare.domain.shares import Standing, touched
from polyshare.domain.views import ItemSeen, NewItem, ShareSeen
from polyshare.engine.grants import granting
from polyshare.engine.grants.beginnings import new_item
from polyshare.engine.grants.bounds import active, within
from polyshare.engine.work import Work
from polyshare.store.shares import cells, items, shares


async def add(work: Work, seen: ShareSeen, new: NewItem) -> ItemSeen:
    """
    Put one more resource of the owner into a share.

    Raises:
        WrongState: The share is not active.
        AlreadyThere: The same resource is in the share and not gone.
        LimitReached: Too many items.
    """
    share = seen.share
    active(share)
    item = new_item(work, share.id, share.owner, new)
    await work.note(What.ITEM_ADDED, share=share.id)
    if await work.rows.one(items.SAME, share=share.id, owner=share.owner, kind=new.kind, key=new.key):
        raise AlreadyThere("This resource is in the share already; change its meta instead.")
    count = await work.rows.one(items.LIVE_COUNT, share=share.id)
    within((count[0] if count else 0) + 1, work.house.settings.items_per_share, "resources in a share")
    await items.add(work.rows, [item])
    await work.rows.run(cells.REVISED, item=item.id, share=share.id, revision=0)
    await granting.revise(work, share.id)
    return ItemSeen(item, seen.owner)


async def revise(work: Work, seen: ShareSeen, item: ItemSeen, meta: str) -> ItemSeen:
    """
    Replace an item's luggage; recipients catch up with its new revision.

    Raises:
        WrongState: The share or the item is not active.
    """
    active(seen.share)
    old = item.item
    if old.standing is not Standing.ACTIVE:
        raise WrongState("The resource is being deleted or is deleted; add it again instead.")
    await work.note(What.ITEM_REVISED, share=seen.share.id)
    new = replace(old, meta=meta, revision=old.revision + 1, modified_at=touched(work.now, old.modified_at))
    await work.rows.run(
        items.REVISE, id=new.id, meta=new.meta, revision=new.revision, modified_at=new.modified_at
    )
    await work.rows.run(cells.REOPEN, item=new.id)
    await work.rows.run(cells.REVISED, item=new.id, share=new.share, revision=old.revision)
    await granting.revise(work, new.share)
    return replace(item, item=new)


async def remove(work: Work, seen: ShareSeen, item: ItemSeen) -> ItemSeen:
    """
    Take an item out of a share; one that is on its way out or gone stays as it is.

    Raises:
        WrongState: The share is not active, or this is its last item.
    """
    active(seen.share)
    old = item.item
    if old.standing is not Standing.ACTIVE:
        return item
    await work.note(What.ITEM_REMOVED, share=seen.share.id)
    count = await work.rows.one(items.LIVE_COUNT, share=old.share)
    if count is not None and count[1] <= 1:
        raise WrongState("The last resource of a share cannot be removed; delete the share instead.")
    await work.rows.run(items.LEAVE, id=old.id, now=work.now)
    await work.rows.run(cells.LEAVING, item=old.id, share=old.share, revision=old.revision)
    due = await granting.revise(work, old.share)
    if due is not None:
        await work.rows.run(shares.SETTLE_SOON, share=old.share, now=due)
    left = replace(old, leaving_at=work.now, modified_at=touched(work.now, old.modified_at))
    return replace(item, item=left)
