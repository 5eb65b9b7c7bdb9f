"""From a path to what a person may do there: the number of a drive, then names."""

from dataclasses import dataclass, replace

from polyshare.domain import paths
from polyshare.domain.drives import DriveKind, DriveShown
from polyshare.domain.errors import Denied, Invalid, NotFound, NotSupported
from polyshare.domain.nodes import NodeKind, Reach, Taken, checked_node_name
from polyshare.engine.tree import access, deeds, driving, filing
from polyshare.engine.work import Work
from polyshare.store.tree import nodes


@dataclass(frozen=True, slots=True)
class Spot:
    """
    What lies at a path, for one person.

    Attributes:
        path: In normal form, as the person may write it.
        drive: The drive that the path begins with.
    """

    path: str
    drive: DriveShown
    reach: Reach


@dataclass(frozen=True, slots=True)
class Way:
    """A path that was looked at: its drive, the names below the drive's root, and the deepest of them that is there."""

    drive: DriveShown
    names: tuple[str, ...]
    reach: Reach
    known: int

    @property
    def is_whole(self) -> bool:
        """Whether something lies at the very path."""
        return self.known == len(self.names)

    @property
    def spot(self) -> Spot:
        """The deepest that is there."""
        path = "/".join(("", str(self.drive.id), *self.names[: self.known]))
        return Spot(path, self.drive, self.reach)


def drive_in(path: str) -> int:
    """
    The number of the drive that a path begins with.

    Raises:
        NotFound: There can be none.
    """
    normal = paths.normal(path)
    if normal is None:
        raise NotFound("drive")
    return paths.drive_and_names(normal)[0]


async def at(work: Work, person: int, path: str) -> Spot:
    """
    What lies at a path on a drive that a person has, as far as it may read it there. Three statements.

    On a mount its grant alone counts, whatever else the person holds; on any other drive nothing counts but owning it.

    Raises:
        NotFound: There is nothing, or nothing that this person may read: nobody learns which.
        NotSupported: The files of this drive lie at its provider.
    """
    drive, names = await _begun(work, person, path)
    node = None if names is None else await nodes.by_path(work.rows, drive.root or 0, names)
    if node is None:
        raise NotFound("item")
    reach = await _reach(work, person, drive, node.id)
    return Spot("/".join(("", str(drive.id), *names)), drive, reach)  # type: ignore[misc] # a node has names


async def _begun(work: Work, person: int, path: str) -> tuple[DriveShown, list[str] | None]:
    """The drive that a path begins with, and the names below its root; None: there can be none of these."""
    normal = paths.normal(path)
    if normal is None:
        raise NotFound("item")
    number, names = paths.drive_and_names(normal)
    try:
        drive = await driving.show(work, person, number)
    except NotFound as error:
        raise NotFound("item") from error
    if drive.root is None:
        raise NotSupported("The files of this drive lie at its provider; ask there.")
    try:
        return drive, [checked_node_name(name, "path") for name in names]
    except Invalid:
        return drive, None


async def _reach(work: Work, person: int, drive: DriveShown, node: int) -> Reach:
    try:
        reach = await access.reach(work, person, node, via=drive.via)
        deeds.allow_reading(reach)
    except Denied as error:
        raise NotFound("item") from error
    if drive.kind is DriveKind.OWN and not reach.owner:
        raise NotFound("item")
    return reach


async def above(work: Work, person: int, path: str, *, make: bool = False) -> tuple[Spot, str]:
    """
    The folder in which something of a path is to lie, and its name there.

    Args:
        make: Make what is missing of the folders on the way.

    Raises:
        NotFound: As `at`, of the folder.
        NotSupported: As `at`.
        Invalid: The path is that of a drive, or has a name that can be none.
        Insufficient: Folders would have to be made where the person makes none.
        WrongState: What lies on the way is no folder.
    """
    head, _, name = (paths.normal(path) or "").rpartition("/")
    if not head:
        await at(work, person, path)
        raise Invalid("This is a drive; name something in it.", "id")
    name = checked_node_name(name, "id")
    if not make:
        return await at(work, person, head), name
    return await _made(work, person, head), name


async def _made(work: Work, person: int, path: str) -> Spot:
    """The folder at a path, made with those above it as far as they are missing."""
    drive, names = await _begun(work, person, path)
    if names is None:
        raise Invalid("A name in this path can't be one; choose another.", "id")
    way = await _deepest(work, person, drive, names)
    reach = way.reach
    for name in names[way.known :]:
        deeds.allow_adding(reach)
        if reach.node.kind is not NodeKind.FOLDER:
            raise NotFound("item")
        made = await filing.create_folder(work, reach, name, taken=Taken.REFUSE, folded=False)
        reach = replace(reach, node=made, top=False)
    return replace(way, reach=reach, known=len(names)).spot


async def _deepest(work: Work, person: int, drive: DriveShown, names: list[str]) -> Way:
    """How far a path is there; two statements."""
    down = await nodes.down_path(work.rows, drive.root or 0, names)
    if not down:
        raise NotFound("item")
    reach = await _reach(work, person, drive, down[-1])
    return Way(drive, tuple(names), reach, len(down) - 1)
