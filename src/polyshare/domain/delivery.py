"""How far a grant has been carried out at its provider: states, moves, and the table that allows them."""

from enum import StrEnum


class Consent(StrEnum):
    """Does the recipient want it? AWAITED -> GIVEN or REFUSED, GIVEN -> REFUSED, never back."""

    AWAITED = "awaited"
    GIVEN = "given"
    REFUSED = "refused"


class Delivery(StrEnum):
    """Has the provider carried it out?"""

    HELD = "held"
    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECALLED = "recalled"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What may happen to a delivery."""

    RELEASE = "release"
    REVISE = "revise"
    RECALL = "recall"
    DONE = "done"
    FAIL = "fail"
    REVIVE = "revive"


MOVES: dict[tuple[Delivery, Step], Delivery] = {
    (Delivery.HELD, Step.RELEASE): Delivery.DUE,
    (Delivery.HELD, Step.REVISE): Delivery.HELD,
    (Delivery.HELD, Step.RECALL): Delivery.WITHDRAWN,
    (Delivery.DUE, Step.RELEASE): Delivery.DUE,
    (Delivery.DUE, Step.REVISE): Delivery.DUE,
    (Delivery.DUE, Step.RECALL): Delivery.RECALLED,
    (Delivery.DUE, Step.DONE): Delivery.DELIVERED,
    (Delivery.DUE, Step.FAIL): Delivery.FAILED,
    (Delivery.DELIVERED, Step.RELEASE): Delivery.DELIVERED,
    (Delivery.DELIVERED, Step.REVISE): Delivery.DUE,
    (Delivery.DELIVERED, Step.RECALL): Delivery.RECALLED,
    (Delivery.FAILED, Step.RELEASE): Delivery.FAILED,
    (Delivery.FAILED, Step.REVISE): Delivery.DUE,
    (Delivery.FAILED, Step.RECALL): Delivery.RECALLED,
    (Delivery.RECALLED, Step.RECALL): Delivery.RECALLED,
    (Delivery.RECALLED, Step.DONE): Delivery.WITHDRAWN,
    (Delivery.RECALLED, Step.REVIVE): Delivery.DUE,
    (Delivery.WITHDRAWN, Step.RECALL): Delivery.WITHDRAWN,
    (Delivery.WITHDRAWN, Step.REVIVE): Delivery.DUE,
}
"""Every allowed move; a pair that is not here is no move and is refused."""

UNSETTLED = (Delivery.DUE, Delivery.RECALLED)
"""What the reconciler has still to carry out."""


def moved(now: Delivery, step: Step) -> Delivery:
    """
    The state after *step*.

    Raises:
        ValueError: The table knows no such move; a fault of ours, never of a caller.
    """
    try:
        return MOVES[now, step]
    except KeyError:
        raise ValueError(f"no move {step} from {now}") from None


def movable(step: Step) -> dict[Delivery, Delivery]:
    """Where *step* leads from each state that it is allowed in, for statements that move many rows at once."""
    return {now: after for (now, taken), after in MOVES.items() if taken is step}
