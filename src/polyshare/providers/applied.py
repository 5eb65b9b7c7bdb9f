"""A provider for resources that nothing outside has to be told about: what is asked counts as carried out."""

from dataclasses import dataclass

from polyshare.providers.base import Errand, Outcome


@dataclass(frozen=True, slots=True)
class Applied:
    """
    Marks grants as carried out.

    The delay is kept by the reconciler, which asks no earlier than `delay_s` seconds after the change; so a client sees
    *associating* first, as it would with a provider that has something to do.
    """

    name: str
    delay_s: float

    async def deliver(self, errand: Errand) -> Outcome:
        """Everything is carried out."""
        return Outcome()

    async def withdraw(self, errand: Errand) -> Outcome:
        """Everything is taken back."""
        return Outcome()

    async def close(self) -> None:
        """There is nothing to let go of."""
