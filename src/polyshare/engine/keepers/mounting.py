"""Drives that lie at their providers: registered by them, and told of to them."""

from collections.abc import Mapping, Sequence

from polyshare.domain.directory import checked_name
from polyshare.domain.drives import DriveFilter
from polyshare.domain.errors import Denied, Invalid, NotFound, Taken
from polyshare.domain.events import What
from polyshare.domain.remote_drives import Holder, NewRemoteDrive, RemoteDrive
from polyshare.domain.views import Window
from polyshare.engine.directory.directing import facts
from polyshare.engine.work import Work
from polyshare.store.directory import projects
from polyshare.store.shares.folder_places import people
from polyshare.store.tree import drives, remote_drives

KEPT_US = 24 * 3600 * 1_000_000
"""How long the row of a drive stays at least that shows nothing any more."""


async def register(work: Work, provider: str, new: Sequence[NewRemoteDrive]) -> list[int]:
    """
    Take in drives that a provider has: all of them or none. As many statements, however many drives.

    Returns:
        Their numbers, in order.

    Raises:
        Denied: One is of another provider's product.
        Invalid: A title can't be used, or an owner or a project is unknown.
        Taken: The provider has registered one by this id before.
    """
    for at, one in enumerate(new):
        if one.product.provider != provider:
            raise Denied("A provider registers drives of its own products alone.")
        checked_name(one.title, "items", at, "spec", "title")
    owners = await _owners(work, new)
    refs = [one.ref for one in new if one.ref]
    taken = await remote_drives.taken(work.rows, provider, refs) if refs else []
    if taken or len(set(refs)) < len(refs):
        raise Taken("remote_drive_ref", "A drive with this providerGeneratedId is registered already.")
    first = await drives.next_id(work.rows)
    await work.note(What.DRIVE_ADDED, facts=facts(provider=provider, drives=len(new)))
    made = [
        RemoteDrive(first + at, one.owner, one.project, one.title, one.product, one.ref or "", work.now)
        for at, one in enumerate(new)
    ]
    await remote_drives.add(work.rows, list(zip(made, owners, strict=True)))
    return [one.id for one in made]


async def show(work: Work, provider: str, drive: int) -> RemoteDrive:
    """
    A drive that lies at this provider.

    Raises:
        NotFound: There is none of that number there; `what` is "drive".
    """
    found = await remote_drives.one(work.rows, provider, drive)
    if found is None:
        raise NotFound("drive", "There is no drive with this id.")
    return found


async def page(
    work: Work, provider: str, wanted: DriveFilter, window: Window
) -> tuple[list[RemoteDrive], tuple[int, int] | None]:
    """
    One page of the drives that lie at a provider, by number.

    Returns:
        The drives, and twice the number of the last; None where nothing follows.
    """
    found = await remote_drives.page(work.rows, provider, wanted, window.ahead())
    rows = found[: window.most]
    return rows, (rows[-1].id, rows[-1].id) if len(found) > window.most else None


async def holders(work: Work, found: Sequence[RemoteDrive]) -> Mapping[int, Sequence[Holder]]:
    """Who may use these drives because a folder is shared there, by their numbers."""
    return await remote_drives.holders(work.rows, [one.id for one in found])


async def purge(work: Work, limit: int) -> int:
    """Remove drives that show nothing any more; how many."""
    return await remote_drives.purge(work.rows, work.now - KEPT_US, limit)


async def _owners(work: Work, new: Sequence[NewRemoteDrive]) -> list[int | None]:
    """Who has each drive; None: nobody but the house. Two statements at most."""
    logins = sorted({one.owner for one in new if one.owner})
    titles = sorted({one.project for one in new if one.project is not None})
    known: Mapping[str, int] = await people(work.rows, logins) if logins else {}
    led = await projects.by_public_id(work.rows, titles) if titles else {}
    owners: list[int | None] = []
    for at, one in enumerate(new):
        if one.owner and one.owner not in known:
            raise Invalid("There is no user of this name.", "items", at, "createdBy")
        if one.project is not None and one.project not in led:
            raise Invalid("There is no project of this id.", "items", at, "project")
        owners.append(known.get(one.owner) if one.project is None else led[one.project])
    return owners
