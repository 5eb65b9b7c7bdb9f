"""Stands in for a provider whose row can't be used, so that its grants wait for the operator instead of being lost."""

from dataclasses import dataclass

from polyshare.domain.errors import Unavailable
from polyshare.providers.base import Errand, Outcome


@dataclass(frozen=True, slots=True)
class Unusable:
    """Carries nothing out and says what is wrong; `problem` is for the operator and may name settings."""

    name: str
    problem: str
    delay_s: float = 0.0

    async def deliver(self, errand: Errand) -> Outcome:
        """
        Refuse for now.

        Raises:
            Unavailable: Always.
        """
        raise Unavailable("The provider of this resource is not set up rightly; its operator has to mend it.")

    async def withdraw(self, errand: Errand) -> Outcome:
        """
        Refuse for now.

        Raises:
            Unavailable: Always.
        """
        return await self.deliver(errand)

    async def close(self) -> None:
        """There is nothing to let go of."""
