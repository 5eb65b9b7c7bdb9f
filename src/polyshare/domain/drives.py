"""Drives as the people who have them see them: their own, those of their projects, and those that show what is shared with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from polyshare.domain.filters import Filter
from polyshare.domain.permissions import Permission
from polyshare.domain.products import Product, ProductRef


class DriveKind(StrEnum):
    """
    Where a drive comes from.

    OWN lies in our tree. MOUNT shows a folder of somebody else's in our tree, as one grant gives it. REMOTE lies at its
    provider, and REMOTE_MOUNT shows a folder there.
    """

    OWN = "own"
    MOUNT = "mount"
    REMOTE = "remote"
    REMOTE_MOUNT = "remote_mount"


@dataclass(frozen=True, slots=True)
class DriveShown:
    """
    A drive for somebody who has it.

    Attributes:
        id: The number with which paths in it begin; of a mount, the id of its grant.
        created_at: In microseconds.
        created_by: A login; empty for what the house made itself.
        project: Public id of the project that it belongs to; None: a person's own.
        ref: How its provider knows it; empty for not at all.
        permissions: What the viewer holds there, closed.
        asked: The same as it was sent, as JSON text; None: nobody sent any.
        recipient: Login of who a mount is for; empty for others.
        root: The node at its top; None where it lies elsewhere.
        first: Whether it is its owner's first one: the home.
        shows: The product of the drive whose folder a mount shows; None for others.
    """

    id: int
    kind: DriveKind
    title: str
    created_at: int
    created_by: str
    project: str | None
    product: ProductRef
    ref: str
    permissions: Permission
    asked: str | None
    recipient: str
    root: int | None
    first: bool
    shows: ProductRef | None = None

    @property
    def via(self) -> int | None:
        """The grant that alone counts in it; None: whatever its viewer holds."""
        return self.id if self.kind is DriveKind.MOUNT else None

    @property
    def sold_as(self) -> ProductRef:
        """The product that somebody sells; a mount names another one, which is of the drive that it shows."""
        return self.product if self.shows is None else self.shows

    def product_among(self, known: Mapping[ProductRef, Product]) -> Product | None:
        """The product as it is told of this drive; None: it is none of those known."""
        found = known.get(self.sold_as)
        return None if found is None else replace(found, ref=self.product)

    @property
    def is_mount(self) -> bool:
        """Whether it shows what somebody else shares."""
        return self.kind in (DriveKind.MOUNT, DriveKind.REMOTE_MOUNT)


class DriveOrder(StrEnum):
    """By what drives are sorted; ties are broken by id, in the same direction."""

    TITLE = "title"
    CREATED = "created"
    CREATOR = "creator"


@dataclass(frozen=True, slots=True)
class DriveFilter(Filter):
    """
    Which drives; words are looked for in titles.

    Attributes:
        owner: A login; empty: those that no user has made, as mounts.
        members: True: only those that hold the files of members of a project; False: none of those of others.
    """

    members: bool | None = None
