"""Allotting: saying how much of a product that is not free a user or a project may use."""

from collections.abc import Sequence

from polyshare.domain.errors import Invalid, NotFound
from polyshare.domain.events import What
from polyshare.domain.principals import Kind, Status
from polyshare.domain.products import Allocation, Holder, ProductRef
from polyshare.engine.directory import directing, enrolling, products
from polyshare.engine.directory.directing import facts
from polyshare.engine.directory.products import LARGEST
from polyshare.engine.work import Work
from polyshare.store.directory import allocations


async def page(work: Work, skip: int = 0, limit: int = 100) -> list[Allocation]:
    """A stretch of all allocations, by product and holder."""
    return await allocations.page(work.rows, skip, limit)


async def of(work: Work, ref: ProductRef) -> Sequence[Allocation]:
    """
    What of a product was allotted.

    Raises:
        NotFound: There is no such product.
    """
    return await allocations.of_product(work.rows, (await products.show(work, ref)).id)


async def allot(work: Work, ref: ProductRef, holder: Holder, balance: int) -> str:
    """
    Have a user or a project have that much of a product.

    Returns:
        "added", "changed", or nothing if it was so already.

    Raises:
        NotFound: There is no such product.
        Invalid: There is no such user or project, or no such number.
    """
    if not 0 <= balance <= LARGEST:
        raise Invalid("a balance is a whole number of 0 or more", "balance")
    product, who = (await products.show(work, ref)).id, await id_of(work, holder)
    before = await allocations.balance(work.rows, product, who)
    if before == balance:
        return ""
    told = facts(product=str(ref), user=holder.user, project=holder.project, balance=balance)
    await work.note(What.ALLOCATION_CHANGED, facts=told)
    await work.rows.run(allocations.PUT, product=product, holder=who, balance=balance)
    return "added" if before is None else "changed"


async def take_back(work: Work, ref: ProductRef, holder: Holder) -> None:
    """
    Have a user or a project have nothing of a product any more; what was made on it stays.

    Raises:
        NotFound: There is no such product, or nothing of it was allotted to them.
        Invalid: There is no such user or project.
    """
    product, who = (await products.show(work, ref)).id, await id_of(work, holder)
    await work.note(
        What.ALLOCATION_CHANGED, facts=facts(product=str(ref), user=holder.user, project=holder.project)
    )
    if not await work.rows.run(allocations.REMOVE, product=product, holder=who):
        raise NotFound("allocation", f"Nothing of {ref} was allotted to them.")


async def id_of(work: Work, holder: Holder) -> int:
    """Our own id of a user or a project; raises Invalid if there is none."""
    try:
        if holder.user:
            return (await enrolling.show(work, holder.user)).id
        found = await directing.show(work, Kind.PROJECT, holder.project)
    except NotFound as error:
        raise Invalid(
            f"there is no {'user' if holder.user else 'project'} of this name; add it first",
            "user" if holder.user else "project",
        ) from error
    if found.status is Status.DELETED:
        raise Invalid("this project was removed", "project")
    return found.id
