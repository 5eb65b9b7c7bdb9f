"""From Cloudflare's query parameters to filters, orders and stretches of a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from polyshare.dialects.base.answers import HEAVY_STRETCH, STRETCH
from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.base.refusals import BadQuery
from polyshare.dialects.cloudflare.translate.inward import RESOURCE_TYPES
from polyshare.domain.shares import Standing
from polyshare.domain.views import Order, ShareFilter, Side, Wanted, Window

V = TypeVar("V")

PER_PAGE = 20  # when only `page` is given
MOST_PER_PAGE = 100
MOST_TAGS = 20
FARTHEST = 2**62  # rows that can be skipped; nothing is beyond

STANDINGS = {"active": Standing.ACTIVE, "deleting": Standing.LEAVING, "deleted": Standing.GONE}
SIDES = {"sent": Side.SENT, "received": Side.RECEIVED}
TARGETS = {"account": False, "organization": True}
ORDERS: dict[str, Literal["created", "name"]] = {"created": "created", "name": "name"}
DIRECTIONS = {"asc": False, "desc": True}
WANTED = {(items, counts): Wanted(items, counts) for items in (False, True) for counts in (False, True)}
BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that was asked for, counted from 1."""

    page: int
    per_page: int


@dataclass(frozen=True, slots=True)
class SharesQuery:
    """Query of a list of shares; `paging` is None when the whole list is wanted."""

    filter: ShareFilter
    order: Order
    wanted: Wanted
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class RecipientsQuery:
    """Query of a list of recipients."""

    crossings: bool
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class ResourcesQuery:
    """Query of a list of resources."""

    standing: Standing | None
    kind: str | None
    paging: Paging | None


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Query of a list that has nothing but pages."""

    paging: Paging | None


EVERYTHING = SharesQuery(ShareFilter(), Order(), Wanted(), None)


def shares_query(call: Call) -> SharesQuery:
    """The query of an account's shares; raises BadQuery."""
    if not call.scope["query_string"]:
        paging = _paging(call)
        return EVERYTHING if paging is None else replace(EVERYTHING, paging=paging)
    by, descending = _choice(call, "order", ORDERS), _choice(call, "direction", DIRECTIONS)
    wanted = _wanted(call)
    return SharesQuery(
        filter=ShareFilter(
            side=_choice(call, "kind", SIDES),
            standing=_choice(call, "status", STANDINGS),
            to_audience=_choice(call, "target_type", TARGETS),
            kinds=_resource_types(call),
            tags=_tags(call),
        ),
        order=Order(by or "created", descending or False),
        wanted=wanted,
        paging=_paging(call, HEAVY_STRETCH if wanted.items else STRETCH),
    )


def organization_query(call: Call) -> SharesQuery:
    """The query of an organization's shares: sent by its accounts, unless asked otherwise; raises BadQuery."""
    query = shares_query(call)
    if query.filter.side is None:
        query = replace(query, filter=replace(query.filter, side=Side.SENT))
    return query


def share_query(call: Call) -> Wanted:
    """
    What to see beside one share; raises BadQuery.

    The Terraform provider reads without `include_resources` and takes resources that are left out for none, so for it
    they are there unless it says that it does not want them.
    """
    wanted = _wanted(call)
    if not wanted.items and call.house.settings.terraform_reads_resources:
        speaker = call.header(b"x-stainless-lang")
        if speaker is not None and speaker.lower() == "terraform" and not call.values("include_resources"):
            return WANTED[True, wanted.counts]
    return wanted


def recipients_query(call: Call) -> RecipientsQuery:
    """The query of a list of recipients; raises BadQuery."""
    crossings = _flag(call, "include_resources")
    return RecipientsQuery(crossings, _paging(call, HEAVY_STRETCH if crossings else STRETCH))


def crossings_query(call: Call) -> bool:
    """Whether one recipient's resources are wanted; raises BadQuery."""
    return _flag(call, "include_resources")


def resources_query(call: Call) -> ResourcesQuery:
    """The query of a list of resources; raises BadQuery."""
    kind = call.value("resource_type")
    if kind is not None and kind not in RESOURCE_TYPES:
        raise _unknown("resource_type", kind, RESOURCE_TYPES)
    return ResourcesQuery(_choice(call, "status", STANDINGS), kind, _paging(call))


def page_query(call: Call) -> PageQuery:
    """The query of a list that has nothing but pages; raises BadQuery."""
    return PageQuery(_paging(call))


def _wanted(call: Call) -> Wanted:
    return WANTED[_flag(call, "include_resources"), _flag(call, "include_recipient_counts")]


def _flag(call: Call, name: str) -> bool:
    return _choice(call, name, BOOLEANS) or False


def _choice(call: Call, name: str, choices: Mapping[str, V]) -> V | None:
    value = call.value(name)
    if value is None:
        return None
    if value not in choices:
        raise _unknown(name, value, choices)
    return choices[value]


def _unknown(name: str, value: str, choices: Iterable[str]) -> BadQuery:
    return BadQuery(name, f"{name} {value[:64]!r} is unknown; use {', '.join(sorted(choices))}.")


def _resource_types(call: Call) -> tuple[str, ...]:
    sent = call.values("resource_types") + call.values("resource_types[]")
    kinds = dict.fromkeys(kind for value in sent for kind in value.split(","))
    for kind in kinds:
        if kind not in RESOURCE_TYPES:
            raise _unknown("resource_types", kind, RESOURCE_TYPES)
    return tuple(kinds)


def _tags(call: Call) -> tuple[tuple[str, str | None], ...]:
    sent = call.values("tag") + call.values("tag[]")
    if len(sent) > MOST_TAGS:
        raise BadQuery("tag", f"At most {MOST_TAGS} tag parameters are allowed.")
    tags = []
    for text in sent:
        key, equals, value = text.partition("=")
        if not key:
            raise BadQuery("tag", "tag must be key=value or key.")
        tags.append((key, value if equals else None))
    return tuple(tags)


def _paging(call: Call, stretch: int = STRETCH) -> Paging | None:
    """The page that is asked for, if one is; the call's window becomes the first stretch of it, or of all."""
    page, per_page = _number(call, "page"), _number(call, "per_page")
    if page is None and per_page is None and not call.house.settings.always_page:
        call.window = Window(0, stretch)
        return None
    if per_page is not None and per_page > MOST_PER_PAGE:
        raise BadQuery("per_page", f"per_page must be at most {MOST_PER_PAGE}.")
    paging = Paging(page or 1, per_page or PER_PAGE)  # an older contract allowed 0 for both
    skip = min((paging.page - 1) * paging.per_page, FARTHEST)
    call.window = Window(skip, min(paging.per_page, stretch))
    return paging


def _number(call: Call, name: str) -> int | None:
    value = call.value(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= LARGEST):
        raise BadQuery(name, f"{name} must be a whole number from 1.")
    return int(value)
