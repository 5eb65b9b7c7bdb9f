"""Asking those who keep folders, with nothing open: all of one keeper at a time, keepers side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from polyshare.domain.errors import (
    PolyshareError,
    ProviderAway,
    ProviderRefused,
    ProviderUnknown,
    Unavailable,
)
from polyshare.domain.folder_shares import FolderShare
from polyshare.engine.directory.products import NOBODY
from polyshare.engine.work import House, Work
from polyshare.providers.base import PASSING, UNKNOWN, Asked, Keeper
from polyshare.store.directory import products
from polyshare.store.shares import drafts, folder_pages

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a keeper said of some shares.

    Attributes:
        told: What it was told of them.
        refs: Its own ids of them, by share, where it was to prepare them.
        error: Why it did not do it; None: it did.
    """

    told: tuple[FolderShare, ...]
    refs: Mapping[int, str]
    error: PolyshareError | None

    @property
    def shares(self) -> tuple[int, ...]:
        """Ids of the shares."""
        return tuple(one.id for one in self.told)

    @property
    def refused(self) -> bool:
        """Whether it said no, and will again; else it was away, too busy or out of order."""
        return self._fault < 500 and self._fault not in PASSING

    @property
    def retry_after_s(self) -> float | None:
        """How long it asks to be left alone, in seconds; None: it does not say."""
        return self.error.retry_after_s if isinstance(self.error, ProviderRefused | Unavailable) else None

    @property
    def _fault(self) -> int:
        """The status with which it refused; where it did not, that of one that is out of order."""
        return self.error.status if isinstance(self.error, ProviderRefused) else 500

    @property
    def did_nothing(self) -> bool:
        """Whether that is certain: it refused the one thing that it was asked."""
        return self._fault < 500 and len(self.told) == 1


async def told(house: House, shares: Sequence[int]) -> list[FolderShare]:
    """What keepers are told of those of these shares that wait for their word; of what lies here there is nothing."""

    async def job(work: Work) -> list[FolderShare]:
        found = await drafts.told(work.rows, shares)
        updates = await folder_pages.updates(work.rows, [one.id for one in found])
        return [replace(one, updates=tuple(updates.get(one.id, ()))) for one in found]

    return await house.read(None, job)


async def prepare(house: House, told: Sequence[FolderShare], by: str) -> list[Answer]:
    """Have keepers make ready what is to be shared."""

    async def said(keeper: Keeper | None, asked: Asked) -> Mapping[int, str]:
        if keeper is None:
            raise ProviderUnknown(f"There is no provider {asked.shares[0].provider!r}.")
        refs = await keeper.prepare(asked)
        return {one.id: ref for one, ref in zip(asked.shares, refs, strict=True)}

    return await _consult(house, told, by, said)


async def forget(house: House, told: Sequence[FolderShare], by: str) -> list[Answer]:
    """Have keepers take back what they made ready; what one does not know, and what is nobody's any more, is forgotten."""

    async def said(keeper: Keeper | None, asked: Asked) -> Mapping[int, str]:
        if keeper is not None:
            await _forgotten(keeper, asked)
        return {}

    return await _consult(house, told, by, said)


async def _forgotten(keeper: Keeper, asked: Asked) -> None:
    try:
        await keeper.forget(asked)
    except ProviderRefused as error:
        if error.status not in UNKNOWN:
            raise
        if len(asked.shares) > 1:  # of which it does not know one, but maybe the others
            for one in asked.shares:
                await _forgotten(keeper, replace(asked, shares=(one,)))


def first_error(answers: Iterable[Answer], order: Sequence[int]) -> PolyshareError | None:
    """What went wrong with the first share in *order* of which anything did."""
    wrong = {share: answer.error for answer in answers if answer.error is not None for share in answer.shares}
    return next((wrong[share] for share in order if share in wrong), None)


async def _consult(
    house: House,
    told: Sequence[FolderShare],
    by: str,
    said: Callable[[Keeper | None, Asked], Awaitable[Mapping[int, str]]],
) -> list[Answer]:
    """One answer of each keeper that has a part in these shares."""
    refs = {one.product for one in told}
    known = await house.read(None, lambda work: products.known(work.rows, refs, NOBODY)) if refs else {}
    parts: dict[str, list[FolderShare]] = {}
    for one in told:
        parts.setdefault(one.provider, []).append(one)

    async def answer(provider: str, part: Sequence[FolderShare]) -> Answer:
        some = tuple(part)
        try:
            return Answer(
                some, await said(house.providers.keepers.get(provider), Asked(some, by, known)), None
            )
        except PolyshareError as error:
            return Answer(some, {}, error)
        except Exception:
            # One that breaks must not keep the others from being asked; the log says why.
            log.exception("keeper.broke", provider=provider)
            return Answer(
                some, {}, ProviderAway("The provider could not be reached, or its answer makes no sense.")
            )

    return list(await asyncio.gather(*(answer(*part) for part in parts.items())))
