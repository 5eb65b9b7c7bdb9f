"""Between Cloudflare's words and ours, both ways, without looking at anything else."""

from polyshare.dialects.cloudflare.translate.inward import (
    account_from,
    accounts_from,
    excluded_from,
    exclusions_from,
    is_id,
    item_from,
    meta_from,
    offer_from,
    pointer_to,
    revision_from,
)
from polyshare.dialects.cloudflare.translate.outward import (
    excluded_out,
    recipient_out,
    resource_out,
    result_info,
    share_out,
    time_out,
)
from polyshare.dialects.cloudflare.translate.queries import (
    Paging,
    crossings_query,
    organization_query,
    page_query,
    recipients_query,
    resources_query,
    share_query,
    shares_query,
)

__all__ = [
    "Paging",
    "account_from",
    "accounts_from",
    "crossings_query",
    "excluded_from",
    "excluded_out",
    "exclusions_from",
    "is_id",
    "item_from",
    "meta_from",
    "offer_from",
    "organization_query",
    "page_query",
    "pointer_to",
    "recipient_out",
    "recipients_query",
    "resource_out",
    "resources_query",
    "result_info",
    "revision_from",
    "share_out",
    "share_query",
    "shares_query",
    "time_out",
]
