"""What can happen, as the event log names it."""

from enum import StrEnum


class What(StrEnum):
    """A noun and what befell it; names are stored and stay."""

    SHARE_OFFERED = "share.offered"
    SHARE_REVISED = "share.revised"
    SHARE_WITHDRAWN = "share.withdrawn"
    SHARE_SETTLED = "share.settled"
    SHARES_PURGED = "shares.purged"
    RECIPIENT_INVITED = "recipient.invited"
    RECIPIENTS_MATCHED = "recipients.matched"
    RECIPIENT_DISMISSED = "recipient.dismissed"
    ITEM_ADDED = "item.added"
    ITEM_REVISED = "item.revised"
    ITEM_REMOVED = "item.removed"
    EXCLUSION_ADDED = "exclusion.added"
    EXCLUSIONS_MATCHED = "exclusions.matched"
    EXCLUSION_REMOVED = "exclusion.removed"
    AUDIENCE_ALIGNED = "audience.aligned"
    DELIVERY_CLAIMED = "delivery.claimed"
    DELIVERY_DONE = "delivery.done"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_REFUSED = "delivery.refused"
    DELIVERY_WITHDRAWN = "delivery.withdrawn"
