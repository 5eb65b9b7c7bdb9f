"""Making the drives that a world file describes: in our own tree, or known of those that lie at their providers."""

from dataclasses import replace

from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.principals import Kind
from polyshare.domain.products import OURS, ProductRef
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.engine.directory import products
from polyshare.engine.directory.directing import facts
from polyshare.engine.grants import shelving
from polyshare.engine.tree import driving, filing
from polyshare.engine.work import Work
from polyshare.engine.worlds.planting import How
from polyshare.engine.worlds.shapes import tree
from polyshare.store.directory import principals, providers
from polyshare.store.tree import drives, remote_drives

ELSEWHERE = "ucloud"
"""The kind of providers that keep drives of their own."""


async def drive(work: Work, entry: tree.Drive) -> How:
    """
    Make sure that a drive is there, with that title and of that product.

    Raises:
        Invalid: Its owner or product is unknown, the drive is another's, or the title can't be one.
    """
    owner = await _owner(work, entry)
    ref = None if entry.product is None else _ref(entry)
    product = None if ref is None or ref == OURS else await _product(work, ref)
    if ref is not None and product is not None and await _lies_elsewhere(work, ref):
        return await _elsewhere(work, entry, owner, ref)
    if entry.ref is not None:
        raise Invalid("only a drive that lies at its provider is known by another id there", "ref")
    if await remote_drives.owner_of(work.rows, entry.id) is not None:
        raise Invalid("this drive lies at its provider; give each its own number", "id")
    found = await drives.one(work.rows, entry.id)
    if found is None:
        await filing.add_drive(work, owner, entry.title, id_=entry.id, device=entry.device, product=product)
        return "added"
    if found.owner != owner:
        raise Invalid("this drive is somebody else's; give each its own number", "owner")
    if entry.device not in (None, found.device):
        raise Invalid(f"this drive is there as device {found.device}; ids stay as they are", "device")
    how: How = ""
    if entry.title != found.title:
        await driving.give_title(work, found, entry.title)
        how = "changed"
    if ref is not None and await drives.product_of(work.rows, entry.id) != product:
        await work.note(What.DRIVE_CHANGED, facts=facts(drive=entry.id, product=str(ref)))
        await drives.set_product(work.rows, entry.id, product)
        await shelving.refresh_below(work, found.root)
        how = "changed"
    return how


async def _elsewhere(work: Work, entry: tree.Drive, owner: int, ref: ProductRef) -> How:
    """A drive that lies at its provider: what is known of it here."""
    if entry.device is not None:
        raise Invalid("a drive that lies at its provider is no device here; leave this out", "device")
    if await drives.one(work.rows, entry.id) is not None:
        raise Invalid("this drive lies in our own tree; give each its own number", "id")
    there = await remote_drives.owner_of(work.rows, entry.id)
    if there is None:
        await work.note(What.DRIVE_ADDED, facts=facts(drive=entry.id, provider=ref.provider))
        await drives.next_id(work.rows)  # nobody else draws this number meanwhile
        made = RemoteDrive(entry.id, "", None, entry.title, ref, entry.ref or "", work.now)
        await remote_drives.add(work.rows, [(made, owner)])
        return "added"
    if there != owner:
        raise Invalid("this drive is somebody else's; give each its own number", "owner")
    found = await remote_drives.one(work.rows, ref.provider, entry.id)
    if found is None:
        raise Invalid("this drive lies at another provider; give each its own number", "id")
    wanted = replace(found, title=entry.title, product=ref, ref=found.ref if entry.ref is None else entry.ref)
    if wanted == found:
        return ""
    await work.note(What.DRIVE_CHANGED, facts=facts(drive=entry.id, provider=ref.provider))
    await remote_drives.change(work.rows, wanted, work.now)
    return "changed"


async def _owner(work: Work, entry: tree.Drive) -> int:
    if entry.project is not None:
        found = await principals.find(work.rows, Kind.PROJECT, entry.project)
        if found is None:
            raise Invalid("there is no project of this id; add it first", "project")
        return found.id
    person = await principals.person(work.rows, str(entry.owner))
    if person is None or person.login != entry.owner:
        raise Invalid("there is no user of this login; add it first", "owner")
    return person.id


def _ref(entry: tree.Drive) -> ProductRef:
    assert entry.product is not None  # noqa: S101 - asked before
    return ProductRef(entry.product.id, entry.product.category, entry.product.provider)


async def _product(work: Work, ref: ProductRef) -> int:
    try:
        return (await products.show(work, ref)).id
    except NotFound as error:
        raise Invalid(f"there is no product {ref}; add it first", "product") from error


async def _lies_elsewhere(work: Work, ref: ProductRef) -> bool:
    kind = await providers.kind_of(work.rows, ref.provider)
    if kind is None:
        raise Invalid(f"there is no provider {ref.provider!r}; add it first", "product")
    return kind == ELSEWHERE
