"""What must hold before a share may change: it is still offered, and no limit is passed."""

from polyshare.domain.errors import LimitReached, WrongState
from polyshare.domain.shares import Share, Standing


def active(share: Share) -> None:
    """
    Let only changes to a share that is still offered pass.

    Raises:
        WrongState: It is being withdrawn or is gone.
    """
    if share.standing is not Standing.ACTIVE:
        raise WrongState("The share is being deleted or is deleted; create a new one instead.")


def within(number: int, limit: int, what: str) -> None:
    """
    Hold a number against a limit; a limit of 0 is none.

    Raises:
        LimitReached: It is above.
    """
    if 0 < limit < number:
        raise LimitReached(what, limit)
