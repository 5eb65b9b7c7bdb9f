"""Rows of `remote_drive`."""

from collections.abc import Mapping, Sequence
from typing import Any

from polyshare.domain.drives import DriveFilter
from polyshare.domain.nodes import folded_name
from polyshare.domain.permissions import Permission
from polyshare.domain.products import ProductRef
from polyshare.domain.remote_drives import Holder, RemoteDrive
from polyshare.domain.views import Window
from polyshare.store.database import Row, Rows
from polyshare.store.statements import composed, statement

COLUMNS = """r.id, coalesce(u.login, ''), case when o.kind = 'project' then o.public_id end, r.title, r.product, r.category,
      r.provider, coalesce(r.ref, ''), r.created_at"""
FROM = """remote_drive r left join principal o on o.id = r.owner left join person u on u.principal = r.owner
      where r.closed = 0"""

ADD = statement(
    "remote_drive.add",
    """
    insert into remote_drive (id, owner, title, title_folded, provider, category, product, ref, closed, created_at, modified_at)
    values (:id, :owner, :title, :folded, :provider, :category, :product, :ref, 0, :now, :now)
    """,
)
ONE = statement(
    "remote_drive.one",
    f"select {COLUMNS} from {FROM} and r.id = :drive and r.provider = :provider",  # noqa: S608 - fragments of ours
)
OWNER_OF = statement("remote_drive.owner_of", "select owner from remote_drive where id = :drive")
CHANGE = statement(
    "remote_drive.change",
    """
    update remote_drive set title = :title, title_folded = :folded, category = :category, product = :product,
      ref = :ref, modified_at = :now
    where id = :id
    """,
)
TAKEN = statement(
    "remote_drive.taken",
    "select ref from remote_drive where provider = :provider and ref in :refs[] order by ref",
)
# Also those that are closed: whoever is to take access to one back is told which it is.
MOUNTS = statement(
    "remote_drive.mounts",
    """
    select id, '', null, title, product, category, provider, coalesce(ref, ''), created_at
    from remote_drive where id in :drives[]
    """,
)
HOLDERS = statement(
    "remote_drive.holders",
    """
    select r.id, u.login, g.permissions from remote_drive r cross join share_grant g cross join person u
    where r.id in :drives[] and g.location = '/' || cast(r.id as text) and u.principal = g.principal
    and g.consent = 'given' and g.leaving_at is null order by r.id, u.login
    """,
)
# Where a provider shows what is shared stands as `/number`.
SHOWING = "select cast(substr(g.location, 2) as bigint) from share_grant g where g.location is not null and"
CLOSE = statement(
    "remote_drive.close",
    f"update remote_drive set closed = 1, modified_at = :now where owner is null and id in ({SHOWING} g.share in :shares[])",  # noqa: S608
)
# Whoever takes access to one back is told which it is. The last number stays taken, so that no other drive gets it.
PURGE = statement(
    "remote_drive.purge",
    """
    delete from remote_drive where id in (
      select r.id from remote_drive r
      where r.closed = 1 and r.modified_at < :before and r.id < (select max(id) from remote_drive)
      and not exists (select 1 from share_grant g where g.location = '/' || cast(r.id as text) and g.delivery = 'recalled')
      order by r.modified_at, r.id limit :limit)
    """,
)
_FILTERS: Mapping[str, str] = {
    "created_from": "r.created_at / 1000 >= :created_from",
    "created_to": "r.created_at / 1000 <= :created_to",
    "owner": "coalesce(u.login, '') = :owner",
    "provider": "r.provider = :provider",
    "category": "r.category = :category",
    "product": "r.product = :product",
    "not_provider": "r.provider <> :not_provider",
    "not_category": "r.category <> :not_category",
    "not_product": "r.product <> :not_product",
    "refs": "r.ref in :refs[]",
    "ids": "r.id in :ids[]",
}


def _drive_of(row: Row) -> RemoteDrive:
    id_, owner, project, title, product, category, provider, ref, created_at = row
    return RemoteDrive(id_, owner, project, title, ProductRef(product, category, provider), ref, created_at)


async def add(rows: Rows, drives: Sequence[tuple[RemoteDrive, int | None]]) -> None:
    """
    Write new drives, each with the id of who has it; None: nobody but the house.

    Raises:
        Taken: The provider knows another one by the same id.
    """
    await rows.many(
        ADD,
        [
            {
                "id": one.id,
                "owner": owner,
                "title": one.title,
                "folded": folded_name(one.title),
                "provider": one.product.provider,
                "category": one.product.category,
                "product": one.product.name,
                "ref": one.ref or None,
                "now": one.created_at,
            }
            for one, owner in drives
        ],
    )


async def one(rows: Rows, provider: str, drive: int) -> RemoteDrive | None:
    """The drive of that number, if it lies at this provider."""
    row = await rows.one(ONE, provider=provider, drive=drive)
    return None if row is None else _drive_of(row)


async def owner_of(rows: Rows, drive: int) -> int | None:
    """Who has the drive of that number, wherever it lies, 0 for the house; None: there is none."""
    row = await rows.one(OWNER_OF, drive=drive)
    return None if row is None else row[0] or 0


async def change(rows: Rows, drive: RemoteDrive, now: int) -> None:
    """
    Write title, product and the provider's own id as a drive has them now.

    Raises:
        Taken: The provider knows another one by the same id.
    """
    await rows.run(
        CHANGE,
        id=drive.id,
        title=drive.title,
        folded=folded_name(drive.title),
        category=drive.product.category,
        product=drive.product.name,
        ref=drive.ref or None,
        now=now,
    )


async def page(rows: Rows, provider: str, wanted: DriveFilter, window: Window) -> list[RemoteDrive]:
    """A stretch of the drives of a provider, by id."""
    values: dict[str, Any] = {}
    filters = []
    for name, fragment in _FILTERS.items():
        value = getattr(wanted, name)
        if value is not None:
            filters.append(fragment)
            values[name] = list(value) if isinstance(value, tuple) else value
    template = f"""
    select {COLUMNS} from {FROM} and r.provider = :of and r.id > :after {{filters}}
    order by r.id limit :limit offset :skip
    """  # noqa: S608 - fragments of ours
    after = 0 if window.after is None else window.after[1]
    reading = composed("remote_drive.page", template, tuple(filters))
    found = await rows.all(reading, of=provider, after=after, limit=window.most, skip=window.skip, **values)
    return [_drive_of(row) for row in found]


async def taken(rows: Rows, provider: str, refs: Sequence[str]) -> list[str]:
    """Which of these ids the provider has given to drives already."""
    return [row[0] for row in await rows.all(TAKEN, provider=provider, refs=refs)]


async def mounts(rows: Rows, locations: Sequence[str | None]) -> dict[str | None, RemoteDrive]:
    """The drives at these places, also those that nobody sees any more; one statement, or none without places."""
    numbers = {int(location[1:]): location for location in locations if location is not None}
    found = await rows.all(MOUNTS, drives=list(numbers)) if numbers else []
    return {numbers[row[0]]: _drive_of(row) for row in found}


async def holders(rows: Rows, drives: Sequence[int]) -> dict[int, list[Holder]]:
    """Who may use these drives because a folder is shared there; those whom nobody may use are left out."""
    found: dict[int, list[Holder]] = {}
    for drive, login, permissions in await rows.all(HOLDERS, drives=drives):
        found.setdefault(drive, []).append(Holder(login, Permission(permissions)))
    return found


async def close(rows: Rows, shares: Sequence[int], now: int) -> None:
    """Let nobody see the drives that show these shares any more; whoever takes access to them back still finds them."""
    await rows.run(CLOSE, shares=shares, now=now)


async def purge(rows: Rows, before: int, limit: int) -> int:
    """Remove drives that nobody sees since then (microseconds), once access to them was taken back; how many."""
    return await rows.run(PURGE, before=before, limit=limit)
