"""What is checked before folders are shared: who owns them, who is to have them, and of which product they are."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from polyshare.domain import paths
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import AlreadyThere, Denied, Invalid, NoAllocation, OwnersPlace, ProviderUnknown
from polyshare.domain.folder_shares import NewFolderShare, demand_giveable
from polyshare.domain.nodes import Node, NodeKind
from polyshare.domain.principals import Kind
from polyshare.domain.products import OURS, ProductRef
from polyshare.domain.shares import NODE
from polyshare.engine.work import Work
from polyshare.providers.base import path_kind
from polyshare.store.directory import products
from polyshare.store.shares import folder_places
from polyshare.store.shares.folder_places import DriveFound, There


@dataclass(frozen=True, slots=True)
class Sharer:
    """Whose folders are to be shared."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class Screened:
    """
    A folder that may be shared as it is wanted.

    Attributes:
        node: The folder, if it lies in our own tree.
        kind, key: Of the resource.
        product: Id of the product named, None where none was.
        replaced: What had been offered before and was declined.
    """

    new: NewFolderShare
    recipient: int
    node: Node | None
    kind: str
    key: str
    product: int | None
    replaced: tuple[int, ...]

    @property
    def name(self) -> str:
        """What the folder is called."""
        return paths.last_name(self.new.path) if self.node is None else self.node.name


async def screen(work: Work, sharer: Sharer, new: Sequence[NewFolderShare]) -> list[Screened]:
    """
    Check all that is wanted, in order; the drives concerned are locked until the transaction ends.

    A fixed number of statements, whatever is wanted.

    Raises:
        Denied: The recipient is unknown; there is no such drive, or it is not the sharer's own; nothing is given.
        OwnersPlace: The recipient is the sharer.
        AlreadyThere: The folder is shared with the recipient already, or named twice for the same.
        NoAllocation: The product is unknown or not the sharer's to use.
        Invalid: What is given can't be; the product is another provider's than the drive, or there is no such folder.
        ProviderUnknown: Nobody of that name keeps the drive.
    """
    screening = await _looked_up(work, sharer, new)
    seen: set[tuple[int | str, int]] = set()
    return [screening.one(each, seen) for each in new]


@dataclass(frozen=True, slots=True)
class _Screening:
    """Everything that there is to know about what is wanted."""

    sharer: Sharer
    people: Mapping[str, int]
    drives: Mapping[int, DriveFound]
    nodes: Mapping[str, Node]
    there: Mapping[tuple[int | str, int], Sequence[There]]
    products: Mapping[ProductRef, int]
    keepers: Collection[str]

    def one(self, new: NewFolderShare, seen: set[tuple[int | str, int]]) -> Screened:
        """What is wanted once, if it may be; *seen* are the folders and recipients before it."""
        if not new.permissions:
            raise Denied("Say what may be done with the folder.")
        demand_giveable(new.permissions)
        if new.recipient == self.sharer.login:
            raise OwnersPlace("Nobody shares a folder with themselves; name somebody else.")
        recipient = self.people.get(new.recipient)
        if recipient is None:
            raise Denied(f"There is no user {new.recipient!r}.")
        drive = self.drives.get(paths.drive_and_names(new.path)[0])
        if drive is None or drive.owner != self.sharer.id or drive.owned_by is not Kind.USER:
            raise Denied("Only folders of one's own drives can be shared.")
        node = self.nodes.get(new.path)
        on: int | str = new.path if node is None else node.id
        held = self.there.get((on, recipient), ())
        if (on, recipient) in seen or any(one.consent is not Consent.REFUSED for one in held):
            raise AlreadyThere("This folder is shared with this user already.")
        seen.add((on, recipient))
        product = self._product(new.product, drive)
        kind = NODE if drive.root is not None else path_kind(drive.product.provider)
        key = new.path if node is None else str(node.id)
        if drive.root is not None and (node is None or node.kind is not NodeKind.FOLDER):
            raise Invalid("There is no such folder.", "path")
        return Screened(new, recipient, node, kind, key, product, tuple(one.share for one in held))

    def _product(self, named: ProductRef | None, drive: DriveFound) -> int | None:
        if named is not None and named not in self.products and named != OURS:
            raise NoAllocation("This product is unknown, or nothing of it is yours to use.")
        if named is not None and named.provider != drive.product.provider:
            raise Invalid("The product is another provider's than the folder's drive.", "product")
        if drive.root is None and drive.product.provider not in self.keepers:
            raise ProviderUnknown(f"There is no provider {drive.product.provider!r}.")
        # Who keeps a folder is told of its product, also where the caller named none.
        told = drive.product if named is None and drive.root is None else named
        return None if told is None else self.products.get(told)


async def _looked_up(work: Work, sharer: Sharer, new: Sequence[NewFolderShare]) -> _Screening:
    """Read what `screen` must know: drives first, which are locked, then what lies in them and who has it."""
    ways = {one.path: paths.drive_and_names(one.path) for one in new}
    drives = await folder_places.drives(work.rows, sorted({number for number, _ in ways.values()}))
    people = await folder_places.people(work.rows, sorted({one.recipient for one in new}))
    named = {one.product for one in new if one.product is not None}
    remote = {drive.product for drive in drives.values() if drive.root is None}
    usable = await products.usable_of(work.rows, sharer.id, named | remote)
    ours = {path: root for path, (number, _) in ways.items() if (root := _root(drives, number)) is not None}
    found = await folder_places.by_ways(
        work.rows, [(root, _spelled_as_ours(ways[path][1])) for path, root in ours.items()]
    )
    nodes = {path: node for path, node in zip(ours, found, strict=True) if node is not None}
    recipients = sorted(set(people.values()))
    ids = sorted({node.id for node in nodes.values()})
    there = await folder_places.on_nodes(work.rows, ids, recipients)
    if elsewhere := sorted(set(ways) - set(ours)):
        kinds = sorted({path_kind(drive.product.provider) for drive in drives.values() if drive.root is None})
        there += await folder_places.on_paths(work.rows, kinds, elsewhere, recipients)
    held: dict[tuple[int | str, int], list[There]] = {}
    for one in there:
        held.setdefault((one.on, one.principal), []).append(one)
    keepers = work.house.providers.keepers
    return _Screening(sharer, people, drives, nodes, held, usable, keepers)


def _spelled_as_ours(names: Sequence[str]) -> list[str]:
    """Names as our tree keeps them."""
    return [unicodedata.normalize("NFC", name) for name in names]


def _root(drives: Mapping[int, DriveFound], number: int) -> int | None:
    """The root of a drive of ours."""
    return drives[number].root if number in drives else None
