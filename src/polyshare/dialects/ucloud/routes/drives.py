"""Drives as users have them.  Source: UCloud developer guide, "Drives"."""

from polyshare.dialects.base.calls import Call
from polyshare.dialects.ucloud.translate import drives as translate
from polyshare.dialects.ucloud.translate.drives import Drives
from polyshare.dialects.ucloud.translate.share_lists import Listing
from polyshare.dialects.ucloud.wire.common import Page
from polyshare.domain.projects import Project
from polyshare.engine import driving


async def browse(call: Call, project: Project | None, listing: Listing[Drives]) -> Page:
    """GET …/browse and POST …/search: those of the workspace that is active."""
    if project is not None and not project.leads:
        return listing.empty
    work, asked, holder = call.work, listing.position.asked, None if project is None else project.id
    stamp = listing.checked(await driving.stamp(work, call.actor.id, holder)) if listing.whole else ""
    found, last = await driving.page(
        work,
        call.actor.id,
        holder,
        translate.filter_from(asked.flags, asked.words),
        asked.order,
        descending=asked.descending,
        limit=listing.size,
        skip=listing.skip,
        after=listing.position.after,
    )
    return listing.page(await _told(call, found, asked.flags), last, stamp)
