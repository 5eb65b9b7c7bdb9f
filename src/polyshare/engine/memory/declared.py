"""What keepers said lately of which of their products can be shared, so that they are not asked at every call."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog

from polyshare.domain.errors import ProviderRefused, Unavailable
from polyshare.domain.products import ProductRef
from polyshare.providers.base import Keeper

log = structlog.get_logger(__name__)

KEPT_US = 60 * 1_000_000
"""How long an answer counts."""
SILENT_US = 5 * 1_000_000
"""How long a keeper that did not answer is not asked again, and is taken to share nothing."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a keeper said, and until when that counts (microseconds)."""

    by: Keeper
    products: frozenset[ProductRef]
    until: int


@dataclass(slots=True)
class Declared:
    """What a process remembers of it; however many ask at once, a keeper is asked once."""

    _said: dict[str, _Said] = field(default_factory=dict)
    _asking: "dict[str, asyncio.Task[_Said]]" = field(default_factory=dict)

    async def by_all(
        self, keepers: Collection[Keeper], clock: Callable[[], int]
    ) -> dict[str, frozenset[ProductRef]]:
        """What each of these keepers shares, by its name; nothing may be open meanwhile."""
        said = await asyncio.gather(*(self._by(keeper, clock) for keeper in keepers))
        return {keeper.name: products for keeper, products in zip(keepers, said, strict=True)}

    async def _by(self, keeper: Keeper, clock: Callable[[], int]) -> frozenset[ProductRef]:
        known = self._said.get(keeper.name)
        if known is not None and known.by is keeper and clock() < known.until:
            return known.products
        asking = self._asking.get(keeper.name)
        if asking is None:
            asking = self._asking[keeper.name] = asyncio.create_task(_asked(keeper, clock))
            asking.add_done_callback(lambda done: self._keep(keeper.name, done))
        # Whoever asked first may go away: the others still wait for the answer.
        return (await asyncio.shield(asking)).products

    def _keep(self, name: str, done: "asyncio.Task[_Said]") -> None:
        self._asking.pop(name, None)
        if not done.cancelled() and done.exception() is None:
            self._said[name] = done.result()


async def _asked(keeper: Keeper, clock: Callable[[], int]) -> _Said:
    try:
        products = frozenset(await keeper.supported())
    except (ProviderRefused, Unavailable) as error:
        log.warning("keeper.silent", provider=keeper.name, reason=error.message)
        return _Said(keeper, frozenset(), clock() + SILENT_US)
    return _Said(keeper, products, clock() + KEPT_US)
