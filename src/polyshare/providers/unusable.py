"""Stands in for a provider whose row can't be used, so that its grants wait for the operator instead of being lost."""

from dataclasses import dataclass

from polyshare.providers.base import Away, Errand, Outcome


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

    async def close(self) -> None:
        """There is nothing to let go of."""
