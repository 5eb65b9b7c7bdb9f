"""Speaking to those who keep folders, apart from shares: who is about to use them, and what of theirs can be shared."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from polyshare.domain.errors import ProviderRefused, Unavailable
from polyshare.domain.principals import Actor
from polyshare.domain.products import Product, ProductRef
from polyshare.domain.projects import Project
from polyshare.engine import products
from polyshare.engine.work import Declared, House
from polyshare.providers.base import Keeper

log = structlog.get_logger(__name__)

KEPT_S, AWAY_S = 60, 10
"""Seconds for which a keeper's word counts, and for which one that did not give it is not asked again."""


async def announce(house: House, actor: Actor) -> None:
    """
    Tell whoever keeps storage that the actor may use that the actor is about to; those who don't listen are passed over.

    Nothing is open while they are told, all at the same time.
    """
    usable = await house.read(actor, lambda work: products.usable(work, actor.id))
    keepers = _keepers(house, {product.ref.provider for product in usable})
    await asyncio.gather(*(_greet(name, keeper, actor.login) for name, keeper in keepers.items()))


async def _greet(name: str, keeper: Keeper, login: str) -> None:
    try:
        await keeper.greet(login)
    except (ProviderRefused, Unavailable) as error:
        log.info("provider.not_greeted", provider=name, reason=error.message)


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
    keepers = _keepers(house, offered)
    declared = await asyncio.gather(*(_declared(house, name, keeper) for name, keeper in keepers.items()))
    for name, known in zip(keepers, declared, strict=True):
        offered[name] = [product for product in offered[name] if product.ref in known]
    return offered


async def _declared(house: House, name: str, keeper: Keeper) -> frozenset[ProductRef]:
    """What of a keeper's can be shared, as it said not long ago or says now."""
    known = house.declared.get(name)
    if known is not None and known.by is keeper and house.clock() < known.until:
        return known.products
    try:
        products, kept_s = frozenset(await keeper.supported()), KEPT_S
    except (ProviderRefused, Unavailable) as error:
        log.info("provider.support_unknown", provider=name, reason=error.message)
        products, kept_s = frozenset(), AWAY_S
    house.declared[name] = Declared(keeper, products, house.clock() + kept_s * 1_000_000)
    return products


def _keepers(house: House, names: Iterable[str]) -> dict[str, Keeper]:
    """Those of these names who keep folders elsewhere."""
    there = house.providers.keepers
    return {name: there[name] for name in sorted(names) if name in there}
