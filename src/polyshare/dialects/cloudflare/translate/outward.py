"""From what a viewer sees to Cloudflare's objects."""

import time
from functools import lru_cache

from msgspec import UNSET, Raw

from polyshare.dialects.cloudflare import wire
from polyshare.dialects.cloudflare.translate.queries import Paging
from polyshare.domain.shares import Exclusion, Joining, Standing
from polyshare.domain.views import GrantSeen, ItemSeen, ShareSeen

STATUS = {Standing.ACTIVE: "active", Standing.LEAVING: "deleting", Standing.GONE: "deleted"}
ASSOCIATION = {
    Joining.JOINING: "associating",
    Joining.JOINED: "associated",
    Joining.LEAVING: "disassociating",
    Joining.LEFT: "disassociated",
}


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def time_out(at: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC with six digits of fraction."""
    seconds, micros = divmod(at, 1_000_000)
    return f"{_second(seconds)}.{micros:06d}Z"


def share_out(seen: ShareSeen) -> wire.Share:
    """A share as its viewer sees it, with what was asked for beside it."""
    share, counts = seen.share, seen.counts
    created = time_out(share.created_at)
    out = wire.Share(
        id=share.public_id,
        account_id=seen.owner,
        account_name=seen.owner_name,
        organization_id=seen.organization,
        name=share.name,
        status=STATUS[share.standing],
        target_type="account" if share.audience is None else "organization",
        kind=seen.side.value,
        created=created,
        modified=created if share.modified_at == share.created_at else time_out(share.modified_at),
    )
    if share.tags is not None and share.tags != "{}":
        out.tags = Raw(share.tags.encode())
    if seen.items is not None:
        out.resources = [resource_out(item) for item in seen.items]
    if counts is not None:
        out.associating_recipient_count = counts.joining
        out.associated_recipient_count = counts.joined
        out.disassociating_recipient_count = counts.leaving
        out.disassociated_recipient_count = counts.left
    return out


def resource_out(seen: ItemSeen) -> wire.Resource:
    """An entry of a share; its luggage goes out as it came in."""
    item = seen.item
    return wire.Resource(
        id=item.public_id,
        resource_id=item.key,
        resource_account_id=seen.owner,
        resource_type=item.kind,
        resource_version=item.revision,
        meta=Raw(item.meta.encode()),
        status=STATUS[item.standing],
        created=time_out(item.created_at),
        modified=time_out(item.modified_at),
    )


def recipient_out(seen: GrantSeen) -> wire.Recipient:
    """A recipient, with what it has of each resource if that was asked for."""
    grant = seen.grant
    return wire.Recipient(
        id=grant.public_id,
        account_id=seen.principal,
        association_status=ASSOCIATION[grant.joining],
        status_message=grant.error,
        created=time_out(grant.created_at),
        modified=time_out(grant.modified_at),
        resources=UNSET
        if seen.crossings is None
        else [
            wire.RecipientResource(crossing.error, crossing.key, crossing.revision, crossing.final)
            for crossing in seen.crossings
        ],
    )


def excluded_out(exclusion: Exclusion) -> wire.Excluded:
    """An account that is passed over."""
    return wire.Excluded(
        id=exclusion.public_id,
        account_id=exclusion.principal_public_id,
        created=time_out(exclusion.created_at),
        modified=time_out(exclusion.modified_at),
    )


def result_info(paging: Paging | None, count: int, total: int) -> wire.ResultInfo:
    """What stands beside a list of *count* rows out of *total*; without paging it is one page that has them all."""
    if paging is None:
        return wire.ResultInfo(count, 1, count, count, 1 if count else 0)
    return wire.ResultInfo(count, paging.page, paging.per_page, total, -(-total // paging.per_page))
