"""Drives for those who have them: shown, listed, given another title, and removed with everything in them."""

from collections.abc import Sequence
from dataclasses import replace

from polyshare.domain.drives import DriveFilter, DriveKind, DriveOrder, DriveShown
from polyshare.domain.errors import Denied, NotFound, NotSupported
from polyshare.domain.events import What
from polyshare.domain.nodes import Drive, Trashed, checked_node_name
from polyshare.domain.products import ProductRef
from polyshare.domain.projects import Project
from polyshare.domain.shares import touched
from polyshare.domain.views import Sorting, Window
from polyshare.engine.directory import products
from polyshare.engine.directory.directing import facts
from polyshare.engine.tree import filing, giving_way
from polyshare.engine.tree.placing import locked_anywhere
from polyshare.engine.work import Work
from polyshare.store.content import sweeps
from polyshare.store.shares import drives_shown
from polyshare.store.tree import drives, nodes

ALL = DriveFilter()


async def show(work: Work, person: int, drive: int, wanted: DriveFilter = ALL) -> DriveShown:
    """
    A drive that a person has: its own, one of a project that it leads, or one that shows what is shared with it.

    Raises:
        NotFound: It has none of that number that is wanted; `what` is "drive".
    """
    found = await drives_shown.one(work.rows, person, drive, wanted)
    if found is None:
        raise NotFound("drive")
    return found


async def page(
    work: Work,
    person: int,
    project: int | None,
    wanted: DriveFilter,
    sorting: Sorting[DriveOrder],
    window: Window,
) -> tuple[Sequence[DriveShown], tuple[int | str, int] | None]:
    """
    One page of the drives that a person has, or of those of a project that it leads. One statement.

    Returns:
        The drives, and where the next page goes on; None where nothing follows.
    """
    found = await drives_shown.page(work.rows, person, project, wanted, sorting, window.ahead())
    rows = found[: window.most]
    return [one for one, _ in rows], rows[-1][1] if len(found) > window.most else None


async def stamp(work: Work, person: int, project: int | None) -> str:
    """What changes with whatever a list of these drives shows. One statement."""
    return await drives_shown.stamp(work.rows, person, project)


async def create(work: Work, person: int, project: Project | None, title: str, product: ProductRef) -> Drive:
    """
    Make a drive for a person, or for a project that it leads.

    Raises:
        Denied: The person has no say in the project's drives.
        NoAllocation: The product is unknown, or nothing of it is theirs to use.
        NotSupported: The files of this product lie at its provider, where drives are made.
        Invalid: The title can't be one.
    """
    if project is not None and not project.part.administers:
        raise Denied("Only who administers a project makes drives for it.")
    holder = person if project is None else project.id
    return await filing.add_drive(
        work, holder, title, product=await products.for_drive(work, product, holder)
    )


async def _ours(work: Work, person: int, drive: int) -> Drive:
    """A drive that its person may change here; raises NotFound, or NotSupported for all but what lies in our tree."""
    shown = await show(work, person, drive)
    if shown.kind is not DriveKind.OWN:
        raise NotSupported(
            "Only who provides this drive can change it; ask its provider, or leave the share."
        )
    found = await drives.one(work.rows, drive)
    if found is None:
        raise NotFound("drive")
    return found


async def retitle(work: Work, person: int, drive: int, title: str) -> None:
    """
    Give a drive another title.

    Raises:
        NotFound: As `show`.
        NotSupported: It is none of our own tree.
        Invalid: The title can't be one.
    """
    await give_title(work, await _ours(work, person, drive), title)


async def give_title(work: Work, drive: Drive, title: str) -> None:
    """Give a drive another title, which is its top folder's name too; raises Invalid."""
    title = checked_node_name(title, "title")
    await work.note(What.DRIVE_CHANGED, facts=facts(drive=drive.id, node=drive.root))
    [root] = await locked_anywhere(work, drive.root)
    modified_at = touched(work.now, root.modified_at)
    await drives.retitle(work.rows, drive.id, title, modified_at)
    by = work.actor.id if work.actor is not None else drive.owner
    await nodes.describe(work.rows, replace(root, name=title, modified_by=by, modified_at=modified_at))


async def empty_trash(work: Work, person: int, drive: int) -> None:
    """
    Remove for good whatever of a drive lies in the trash.

    Raises:
        NotFound: As `show`.
        NotSupported: It is none of our own tree.
    """
    found = await _ours(work, person, drive)
    await work.note(What.NODE_REMOVED, facts=facts(drive=drive))
    await locked_anywhere(work, found.root)
    await sweeps.add_trashed(work.rows, drive, work.now)
    work.due()


async def remove(work: Work, person: int, drive: int) -> None:
    """
    Remove a drive with everything in it, for good; whatever was shared of it ends.

    It is out of sight at once, as a device too, and its number is nobody else's ever after; the worker takes the nodes
    away batch by batch. If it was its owner's home, the next drive is from then on, or one is made when it is needed.
    Collections, which no folder holds, go on to that home.

    Raises:
        NotFound: As `show`.
        NotSupported: It is none of our own tree.
    """
    found = await _ours(work, person, drive)
    await work.note(What.DRIVE_REMOVED, facts=facts(drive=drive, root=found.root))
    [root] = await locked_anywhere(work, found.root)
    if root.trashed_at is not None:
        raise NotFound("drive")
    await giving_way.put_away(work, root, Trashed.WITHDRAW)
    await drives.retire(work.rows, drive, work.now)
    if await drives.has_collections(work.rows, drive):
        home = await filing.home(work, found.owner)
        await drives.take_collections(work.rows, drive, home.id)
    await sweeps.add(work.rows, [found.root], 0, work.now)
    work.due()
