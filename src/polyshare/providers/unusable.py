"""Stands in for a provider whose row can't be used, so that its grants wait for the operator instead of being lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from polyshare.domain.errors import ProviderAway
from polyshare.domain.products import ProductRef
from polyshare.providers.base import Asked, Away, Errand, Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Carries nothing out; `problem` says in the log what is wrong: it is for the operator and may name settings."""

    name: str
    problem: str
    delay_s: float = 0.0

    async def deliver(self, errand: Errand) -> Outcome:
        """
        Refuse for now.

        Raises:
            Away: Always.
        """
        raise Away(self.name, errand, self.problem)

    async def withdraw(self, errand: Errand) -> Outcome:
        """
        Refuse for now.

        Raises:
            Away: Always.
        """
        return await self.deliver(errand)

    async def prepare(self, asked: Asked) -> Sequence[str]:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    async def forget(self, asked: Asked) -> None:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    async def verify(self, asked: Asked) -> None:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    async def greet(self, login: str) -> None:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    async def furnish(self, login: str, project: str | None) -> None:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    async def supported(self) -> Sequence[ProductRef]:
        """
        Refuse for now.

        Raises:
            ProviderAway: Always.
        """
        raise self._away()

    def _away(self) -> ProviderAway:
        log.warning("provider.unusable", provider=self.name, problem=self.problem)
        return ProviderAway("The provider can't be reached as it is set up; its operator has to see to it.")

    async def close(self) -> None:
        """There is nothing to let go of."""
