"""A provider for resources of our own: a grant on them is in place with the commit that makes it, and gone with the one that ends it."""

from dataclasses import dataclass

from polyshare.providers.base import Errand, Outcome


@dataclass(frozen=True, slots=True)
class Instant:
    """
    Has nothing to carry out.

    The engine marks its grants as carried out in the transaction that changes them. An errand comes only for a share
    that holds resources of others, too, which have to be waited for.
    """

    name: str
    delay_s: None = None

    async def deliver(self, errand: Errand) -> Outcome:
        """Everything is in place."""
        return Outcome()

    async def withdraw(self, errand: Errand) -> Outcome:
        """Everything is taken back."""
        return Outcome()

    async def close(self) -> None:
        """There is nothing to let go of."""
