"""The one sentence that decides whether a grant opens something now; the store says it in SQL, and a test compares the two."""

from dataclasses import dataclass

from polyshare.domain.delivery import Consent, Delivery

SHUT = (Delivery.RECALLED, Delivery.WITHDRAWN)
"""Deliveries that open nothing any more, whatever else stands in the row."""


@dataclass(frozen=True, slots=True)
class Held:
    """
    One grant on one item, with all that its opening depends on; times are microseconds.

    Attributes:
        leaving: `leaving_at` of the share, of the item and of the grant.
        active: Whether who asks, the grant's principal and every group on the way between them are active.
        trashed: Whether the node or one above it is in the trash.
        expires_at: From when on it opens nothing; None: never.
    """

    consent: Consent
    delivery: Delivery
    joined_at: int | None
    leaving: tuple[int | None, int | None, int | None]
    active: bool
    trashed: bool
    expires_at: int | None = None


def opens(held: Held, now: int) -> bool:
    """Whether *held* gives its permissions at the time *now*, in microseconds."""
    return (
        held.consent is Consent.GIVEN
        and held.joined_at is not None
        and held.delivery not in SHUT
        and all(at is None for at in held.leaving)
        and not_expired(held.expires_at, now)
        and held.active
        and not held.trashed
    )


def not_expired(expires_at: int | None, now: int) -> bool:
    """Whether something that ends at *expires_at* still holds at *now*, both in microseconds."""
    return expires_at is None or expires_at > now
