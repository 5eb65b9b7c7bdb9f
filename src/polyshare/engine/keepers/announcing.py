"""Speaking to those who keep folders, apart from shares: who is about to use them, and what of theirs can be shared."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from polyshare.domain.errors import ProviderRefused, Unavailable
from polyshare.domain.principals import Actor
from polyshare.domain.products import Product
from polyshare.domain.projects import Project
from polyshare.engine.directory import products
from polyshare.engine.work import House
from polyshare.providers.base import Keeper

log = structlog.get_logger(__name__)


async def announce(house: House, actor: Actor) -> None:
    """
    Tell whoever keeps storage that the actor may use that the actor is about to; those who don't listen are passed over.

    Nothing is open while they are told, all at the same time.
    """
    await _tell(house, actor, actor.id, lambda keeper: keeper.greet(actor.login))


async def furnish(house: House, actor: Actor, project: Project | None) -> None:
    """
    Have whoever keeps storage that the actor may use register drives there; as `announce`.

    Args:
        project: For which the actor acts.
    """
    holder, named = (actor.id, None) if project is None else (project.id, project.public_id)
    await _tell(house, actor, holder, lambda keeper: keeper.furnish(actor.login, named))


async def _tell(
    house: House, actor: Actor, holder: int, telling: Callable[[Keeper], Awaitable[None]]
) -> None:
    usable = await house.read(actor, lambda work: products.usable(work, holder))
    keepers = _keepers(house, {product.ref.provider for product in usable})
    await asyncio.gather(*(_told(keeper, telling) for keeper in keepers))


async def _told(keeper: Keeper, telling: Callable[[Keeper], Awaitable[None]]) -> None:
    try:
        await telling(keeper)
    except (ProviderRefused, Unavailable) as error:
        log.info("keeper.not_told", provider=keeper.name, reason=error.message)


async def shareable(house: House, actor: Actor, project: Project | None) -> Mapping[str, list[Product]]:
    """
    Products on which the actor may use storage that can be shared, by who keeps it; none of whoever does not say which.

    What lies in our own tree can all be shared. Nothing is open while keepers are asked, all at the same time.

    Args:
        project: For which the actor acts.
    """
    holder = actor.id if project is None else project.id
    usable = await house.read(actor, lambda work: products.usable(work, holder))
    offered: dict[str, list[Product]] = {}
    for product in usable:
        offered.setdefault(product.ref.provider, []).append(product)
    declared = await house.declared.by_all(_keepers(house, offered), house.clock)
    for name, known in declared.items():
        offered[name] = [product for product in offered[name] if product.ref in known]
    return offered


def _keepers(house: House, names: Iterable[str]) -> list[Keeper]:
    """Those of these names who keep folders elsewhere."""
    there = house.providers.keepers
    return [there[name] for name in sorted(names) if name in there]
