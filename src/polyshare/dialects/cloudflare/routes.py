"""The calls of Cloudflare Resource Sharing: what each path means, and what is done there."""

from typing import Any

from polyshare.dialects.base.answers import Listed
from polyshare.dialects.base.bodies import Body
from polyshare.dialects.base.calls import Call, Doing, Route
from polyshare.dialects.cloudflare import translate, wire
from polyshare.dialects.cloudflare.translate.queries import (
    PageQuery,
    RecipientsQuery,
    ResourcesQuery,
    SharesQuery,
)
from polyshare.domain.delivery import Consent
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.shares import Exclusion
from polyshare.domain.terms import Terms
from polyshare.domain.views import GrantSeen, ItemSeen, ShareSeen, Wanted
from polyshare.engine.sharing import excluding, inviting, itemizing, listing, offering

TERMS = Terms(
    consent=Consent.GIVEN,
    recipients=frozenset({Kind.ACCOUNT, Kind.ORGANIZATION}),
    permissions=Permission.VIEW,
)

# Subjects: what a path names. A call that changes something locks the share and needs it to be one's own.


async def share_there(call: Call) -> ShareSeen:
    """The share that the path names, with what the query wants to see beside it."""
    wanted = call.given if isinstance(call.given, Wanted) else Wanted()
    return await listing.share(call.work, call.seat, call.path["share"], wanted)


async def own_share(call: Call) -> ShareSeen:
    """The share that the path names, to be changed by its sender."""
    seen = await listing.share(call.work, call.seat, call.path["share"], lock=True)
    listing.own(seen)
    return seen


async def recipient_there(call: Call) -> GrantSeen:
    """The recipient that the path names."""
    seen = await share_there(call)
    return await listing.recipient(
        call.work, call.seat, seen, call.path["recipient"], crossings=call.given is True
    )


async def own_recipient(call: Call) -> tuple[ShareSeen, GrantSeen]:
    """The recipient that the path names, to be changed by the share's sender."""
    seen = await own_share(call)
    return seen, await listing.recipient(call.work, call.seat, seen, call.path["recipient"])


async def resource_there(call: Call) -> ItemSeen:
    """The entry that the path names."""
    return await listing.item(call.work, await share_there(call), call.path["resource"])


async def own_resource(call: Call) -> tuple[ShareSeen, ItemSeen]:
    """The entry that the path names, to be changed by the share's sender."""
    seen = await own_share(call)
    return seen, await listing.item(call.work, seen, call.path["resource"])


async def excluding_share(call: Call) -> ShareSeen:
    """The share that the path names, if it can leave accounts out and the caller may see which."""
    seen = await share_there(call)
    excluding.shown(seen)
    return seen


async def exclusion_there(call: Call) -> Exclusion:
    """The excluded account that the path names."""
    return await listing.exclusion(call.work, await excluding_share(call), call.path["excluded"])


# Shares


async def create_share(call: Call, _: None, body: wire.NewShare) -> wire.Share:
    """POST shares."""
    new = translate.offer_from(body, call.path["account"])
    return translate.share_out(await offering.offer(call.work, call.seat, new, TERMS))


async def list_shares(call: Call, _: None, query: SharesQuery) -> Listed[wire.Share]:
    """GET shares of an account or of an organization."""
    found = await listing.shares(call.work, call.seat, query.filter, query.order, call.window, query.wanted)
    return Listed([translate.share_out(seen) for seen in found.rows], found.total, found.last)


async def show_share(_: Call, seen: ShareSeen, __: Wanted) -> wire.Share:
    """GET share."""
    return translate.share_out(seen)


async def revise_share(call: Call, seen: ShareSeen, body: wire.ShareUpdate) -> wire.Share:
    """PUT share."""
    name, tags = translate.revision_from(body)
    return translate.share_out(await offering.revise(call.work, seen, name=name, tags=tags))


async def withdraw_share(call: Call, seen: ShareSeen, _: None) -> wire.Share:
    """DELETE share."""
    return translate.share_out(await offering.withdraw(call.work, seen))


# Recipients


async def add_recipient(call: Call, seen: ShareSeen, body: wire.RecipientInput) -> wire.Recipient:
    """POST recipients."""
    account = translate.account_from(body)
    return translate.recipient_out(await inviting.invite(call.work, call.seat, seen, account, TERMS))


async def match_recipients(call: Call, seen: ShareSeen, body: list[wire.RecipientInput]) -> None:
    """PUT recipients."""
    await inviting.match_recipients(call.work, call.seat, seen, translate.accounts_from(body), TERMS)


async def list_recipients(call: Call, seen: ShareSeen, query: RecipientsQuery) -> Listed[wire.Recipient]:
    """GET recipients."""
    found = await listing.recipients(call.work, call.seat, seen, call.window, crossings=query.crossings)
    return Listed([translate.recipient_out(grant) for grant in found.rows], found.total)


async def show_recipient(_: Call, grant: GrantSeen, __: bool) -> wire.Recipient:
    """GET recipient."""
    return translate.recipient_out(grant)


async def dismiss_recipient(call: Call, at: tuple[ShareSeen, GrantSeen], _: None) -> wire.Recipient:
    """DELETE recipient."""
    return translate.recipient_out(await inviting.dismiss(call.work, *at))


# Resources


async def add_resource(call: Call, seen: ShareSeen, body: wire.ResourceInput) -> wire.Resource:
    """POST resources."""
    new = translate.item_from(body, call.path["account"])
    return translate.resource_out(await itemizing.add(call.work, seen, new))


async def list_resources(call: Call, seen: ShareSeen, query: ResourcesQuery) -> Listed[wire.Resource]:
    """GET resources."""
    found = await listing.items(call.work, seen, query.standing, query.kind, call.window)
    return Listed([translate.resource_out(item) for item in found.rows], found.total)


async def show_resource(_: Call, item: ItemSeen, __: None) -> wire.Resource:
    """GET resource."""
    return translate.resource_out(item)


async def revise_resource(
    call: Call, at: tuple[ShareSeen, ItemSeen], body: wire.ResourceUpdate
) -> wire.Resource:
    """PUT resource."""
    return translate.resource_out(await itemizing.revise(call.work, *at, translate.meta_from(body.meta)))


async def remove_resource(call: Call, at: tuple[ShareSeen, ItemSeen], _: None) -> wire.Resource:
    """DELETE resource."""
    return translate.resource_out(await itemizing.remove(call.work, *at))


# Excluded recipients


async def exclude(call: Call, seen: ShareSeen, body: wire.ExcludedInput) -> wire.Excluded:
    """POST excluded-recipients."""
    account = translate.excluded_from(body)
    return translate.excluded_out(await excluding.exclude(call.work, seen, account))


async def match_excluded(call: Call, seen: ShareSeen, body: list[wire.ExcludedInput]) -> None:
    """PUT excluded-recipients."""
    await excluding.match_exclusions(call.work, seen, translate.exclusions_from(body))


async def list_excluded(call: Call, seen: ShareSeen, _: PageQuery) -> Listed[wire.Excluded]:
    """GET excluded-recipients."""
    found = await listing.exclusions(call.work, seen, call.window)
    return Listed([translate.excluded_out(exclusion) for exclusion in found.rows], found.total)


async def show_excluded(_: Call, exclusion: Exclusion, __: None) -> wire.Excluded:
    """GET excluded recipient."""
    return translate.excluded_out(exclusion)


async def readmit(call: Call, seen: ShareSeen, _: None) -> wire.Excluded:
    """DELETE excluded recipient."""
    return translate.excluded_out(await excluding.readmit(call.work, seen, call.path["excluded"]))


def _get(template: str, handler: Any, given: Any = None, subject: Any = None) -> Route:
    return Route("GET", template, handler, Doing.READ, given, subject)


def _put(template: str, handler: Any, shape: Any, subject: Any, status: int = 200) -> Route:
    return Route("PUT", template, handler, Doing.WRITE, Body(shape), subject, has_body=True, status=status)


def _post(template: str, handler: Any, shape: Any, subject: Any = None) -> Route:
    return Route("POST", template, handler, Doing.WRITE, Body(shape), subject, has_body=True, status=201)


def _delete(template: str, handler: Any, subject: Any) -> Route:
    return Route("DELETE", template, handler, Doing.WRITE, None, subject)


SHARES = "/accounts/{account}/shares"
SHARE = SHARES + "/{share}"
RECIPIENTS, RECIPIENT = SHARE + "/recipients", SHARE + "/recipients/{recipient}"
RESOURCES, RESOURCE = SHARE + "/resources", SHARE + "/resources/{resource}"
EXCLUDEDS, EXCLUDED = SHARE + "/excluded-recipients", SHARE + "/excluded-recipients/{excluded}"

ROUTES = (
    _post(SHARES, create_share, wire.NewShare),
    _get(SHARES, list_shares, translate.shares_query),
    _get(SHARE, show_share, translate.share_query, share_there),
    _put(SHARE, revise_share, wire.ShareUpdate, own_share),
    _delete(SHARE, withdraw_share, own_share),
    _post(RECIPIENTS, add_recipient, wire.RecipientInput, own_share),
    _get(RECIPIENTS, list_recipients, translate.recipients_query, share_there),
    _put(RECIPIENTS, match_recipients, list[wire.RecipientInput], own_share, 204),
    _get(RECIPIENT, show_recipient, translate.crossings_query, recipient_there),
    _delete(RECIPIENT, dismiss_recipient, own_recipient),
    _post(RESOURCES, add_resource, wire.ResourceInput, own_share),
    _get(RESOURCES, list_resources, translate.resources_query, share_there),
    _put(RESOURCE, revise_resource, wire.ResourceUpdate, own_resource),
    _get(RESOURCE, show_resource, None, resource_there),
    _delete(RESOURCE, remove_resource, own_resource),
    _post(EXCLUDEDS, exclude, wire.ExcludedInput, own_share),
    _get(EXCLUDEDS, list_excluded, translate.page_query, excluding_share),
    _put(EXCLUDEDS, match_excluded, list[wire.ExcludedInput], own_share, 204),
    _get(EXCLUDED, show_excluded, None, exclusion_there),
    _delete(EXCLUDED, readmit, own_share),
    _get("/organizations/{organization}/shares", list_shares, translate.organization_query),
)
