"""Cloudflare's words and ours, there and back, with nothing behind them."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyshare.dialects.base import refusals
from polyshare.dialects.base.answers import STRETCH, encode
from polyshare.dialects.base.bodies import Body
from polyshare.dialects.base.calls import Call
from polyshare.dialects.cloudflare import translate, wire
from polyshare.dialects.cloudflare.translate import queries
from polyshare.dialects.cloudflare.translate.inward import LARGEST_META_BYTES, RESOURCE_TYPES
from polyshare.domain.delivery import Consent, Delivery
from polyshare.domain.errors import Invalid
from polyshare.domain.shares import Crossing, Exclusion, Grant, Item, Share, Standing
from polyshare.domain.views import (
    Counts,
    GrantSeen,
    ItemSeen,
    Order,
    ShareFilter,
    ShareSeen,
    Side,
    Wanted,
    Window,
)
from polyshare.settings import Settings

A, B, C = "a" * 32, "b" * 32, "c" * 32
ORGANIZATION = "0" * 32
NOW = 1_695_322_592_624_632  # 2023-09-21T18:56:32.624632Z


def a_call(query="", headers=(), **settings):
    # as much of a house as a query looks at: its settings
    house: Any = SimpleNamespace(settings=Settings(database="sqlite://:memory:", **settings))
    return Call({"query_string": query.encode(), "headers": list(headers)}, house)


def a_body(shape, value, call=None):
    call = call or a_call()
    call.body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Body(shape)(call)


def a_resource(**other):
    return {
        "resource_id": "r-1",
        "resource_type": "trust-grant",
        "resource_account_id": A,
        "meta": {},
        **other,
    }


def an_offer(**other):
    body = {"name": "N", "recipients": [{"recipient_account_id": B}], "resources": [a_resource()], **other}
    return translate.offer_from(a_body(wire.NewShare, body), A)


def where_invalid(verb, *args):
    with pytest.raises(Invalid) as caught:
        verb(*args)
    return caught.value.where


def where_no_offer(**other):
    with pytest.raises(Invalid) as caught:
        an_offer(**other)
    return "/".join(map(str, caught.value.where))


# Times


def test_a_time_has_six_digits_and_a_z():
    assert translate.time_out(NOW) == "2023-09-21T18:56:32.624632Z"
    assert translate.time_out(0) == "1970-01-01T00:00:00.000000Z"
    assert translate.time_out(1) == "1970-01-01T00:00:00.000001Z"


@given(st.integers(min_value=0, max_value=253_402_300_799_999_999))
def test_every_time_says_what_the_calendar_says(at):
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)

    assert translate.time_out(at) == there.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# Ids


@pytest.mark.parametrize("text", ["a", "0" * 32, "A-b_9", "-", "_"])
def test_an_id_is_up_to_32_letters_digits_and_dashes(text):
    assert translate.is_id(text)


@pytest.mark.parametrize("text", ["", "0" * 33, "a.b", "a b", "é", "٣", "a\n", "a\0", "\ud800"])
def test_nothing_else_is_an_id(text):
    assert not translate.is_id(text)


# Luggage


def luggages():
    texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    leaves = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
    )
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    )
    return st.dictionaries(texts, values, max_size=5)


@given(luggages(), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_luggage_comes_back_to_the_byte(luggage, ascii_only, indent):
    text = json.dumps(luggage, ensure_ascii=ascii_only, indent=indent)
    body = a_body(wire.ResourceUpdate, f'{{"meta": {text} }}'.encode())

    kept = translate.meta_from(body.meta)

    assert kept == text
    assert f'"meta":{text},'.encode() in encode(translate.resource_out(an_item(meta=kept)))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_luggage_is_refused_exactly_when_it_holds_u0000(text):
    body = json.dumps({"meta": {"a": text, text: 1}}).encode()

    if "\0" in text:
        with pytest.raises(refusals.BadBody):
            a_body(wire.ResourceUpdate, body)
    else:
        assert json.loads(translate.meta_from(a_body(wire.ResourceUpdate, body).meta)) == {"a": text, text: 1}


@pytest.mark.parametrize("meta", ["null", "[]", '"{}"', "1", "true"])
def test_luggage_is_an_object(meta):
    body = a_body(wire.ResourceUpdate, b'{"meta": %b}' % meta.encode())

    assert where_invalid(translate.meta_from, body.meta) == ("meta",)


def test_luggage_has_a_limit_in_bytes():
    fits = '{"a":"' + "é" * ((LARGEST_META_BYTES - 8) // 2) + '"}'

    assert translate.meta_from(msgspec.Raw(fits.encode())) == fits
    assert where_invalid(translate.meta_from, msgspec.Raw(fits.replace('"a"', '"a" ').encode())) == ("meta",)


# New shares


def test_a_share_for_accounts_names_each_once():
    new = an_offer(
        recipients=[
            {"recipient_account_id": B},
            {"account_id": C},
            {"body_account_id": B, "account_id": None},
        ],
        tags={"env": "prod", "gone": None},
    )

    assert (new.name, new.to, new.to_audience, new.audience) == ("N", (B, C), False, None)
    assert new.tags == {"env": "prod"}
    assert [(item.kind, item.key, item.meta) for item in new.items] == [("trust-grant", "r-1", "{}")]


@pytest.mark.parametrize(
    ("recipient", "audience"),
    [({}, None), ({"account_id": None}, None), ({"organization_id": ORGANIZATION}, ORGANIZATION)],
)
def test_a_recipient_without_an_account_is_the_organization(recipient, audience):
    new = an_offer(recipients=[recipient])

    assert (new.to, new.to_audience, new.audience) == ((), True, audience)


def test_spellings_of_an_account_may_agree():
    assert an_offer(recipients=[{"recipient_account_id": B, "account_id": B, "body_account_id": B}]).to == (
        B,
    )


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"recipients": None}, "recipients"),
        ({"recipients": []}, "recipients"),
        ({"recipients": [{}, {}]}, "recipients"),
        ({"recipients": [{"account_id": B}, {}]}, "recipients"),
        ({"recipients": [{"organization_id": ORGANIZATION}, {"account_id": B}]}, "recipients"),
        (
            {"recipients": [{"account_id": B}, {"account_id": B, "body_account_id": C}]},
            "recipients/1/account_id",
        ),
        (
            {"recipients": [{"account_id": B, "organization_id": ORGANIZATION}]},
            "recipients/0/organization_id",
        ),
        ({"recipients": [{"recipient_account_id": ""}]}, "recipients/0/recipient_account_id"),
        ({"recipients": [{"organization_id": "x" * 33}]}, "recipients/0/organization_id"),
        ({"resources": None}, "resources"),
        ({"resources": []}, "resources"),
        ({"resources": [a_resource(), a_resource()]}, "resources/1/resource_id"),
        ({"resources": [a_resource(resource_id=None)]}, "resources/0/resource_id"),
        ({"resources": [a_resource(resource_id="")]}, "resources/0/resource_id"),
        ({"resources": [a_resource(resource_id="x" * 65)]}, "resources/0/resource_id"),
        ({"resources": [a_resource(resource_id="a.b")]}, "resources/0/resource_id"),
        ({"resources": [a_resource(resource_type=None)]}, "resources/0/resource_type"),
        ({"resources": [a_resource(resource_type="widget")]}, "resources/0/resource_type"),
        ({"resources": [a_resource(resource_type="Trust-Grant")]}, "resources/0/resource_type"),
        ({"resources": [a_resource(resource_account_id=None)]}, "resources/0/resource_account_id"),
        ({"resources": [a_resource(resource_account_id=B)]}, "resources/0/resource_account_id"),
        ({"resources": [a_resource(meta=None)]}, "resources/0/meta"),
        ({"resources": [a_resource(meta=[])]}, "resources/0/meta"),
        ({"tags": {"": "x"}}, "tags"),
        ({"tags": {"x" * 257: "x"}}, "tags"),
        ({"tags": {"x": "x" * 1025}}, "tags/x"),
    ],
)
def test_a_new_share_that_can_not_be_is_pointed_at(other, where):
    assert where_no_offer(**other) == where


def test_a_name_is_kept_as_sent_up_to_255_characters():
    assert an_offer(name=" é ").name == " é "
    assert an_offer(name="é" * 255).name == "é" * 255


@pytest.mark.parametrize("kind", sorted(RESOURCE_TYPES))
def test_every_resource_type_of_the_vendor_is_known(kind):
    assert an_offer(resources=[a_resource(resource_type=kind, resource_id="x" * 64)]).items[0].kind == kind


def test_what_terraform_sends_along_is_ignored():
    body = a_body(wire.ShareUpdate, {"name": "M", "recipients": 1, "resources": None, "unknown": {}})

    assert translate.revision_from(body) == ("M", None)
    assert translate.revision_from(a_body(wire.ShareUpdate, {"name": "M", "tags": {}})) == ("M", {})


# Recipients


def test_only_accounts_are_recipients_one_by_one():
    def account(sent):
        return translate.account_from(a_body(wire.RecipientInput, sent))

    assert account({"body_account_id": B}) == B
    assert where_invalid(account, {}) == ("recipient_account_id",)
    assert where_invalid(account, {"organization_id": ORGANIZATION}) == ("organization_id",)


def test_a_list_of_recipients_names_each_once():
    def accounts(sent):
        return translate.accounts_from(a_body(list[wire.RecipientInput], sent))

    assert accounts([{"account_id": B}, {"recipient_account_id": C}, {"body_account_id": B}]) == (B, C)
    assert accounts([]) == ()
    assert where_invalid(accounts, [{"account_id": B}, {}]) == (1, "recipient_account_id")


def test_excluded_accounts_have_two_spellings():
    def excluded(sent):
        return translate.exclusions_from(a_body(list[wire.ExcludedInput], sent))

    assert excluded([{"account_id": B}, {"recipient_account_id": C}, {"account_id": C}]) == (B, C)
    assert where_invalid(excluded, [{}]) == (0, "account_id")
    assert where_invalid(excluded, [{"account_id": B, "recipient_account_id": C}]) == (0, "account_id")


# Pointers


@pytest.mark.parametrize(
    ("where", "shape", "body", "pointer"),
    [
        (("name",), wire.NewShare, {}, "/name"),
        (("tags", "a/b~c"), wire.NewShare, {}, "/tags/a~1b~0c"),
        ((), wire.NewShare, {}, ""),
        (
            ("recipients", 1),
            wire.NewShare,
            {"recipients": [{"account_id": B}] * 3 + [{"account_id": C}]},
            "/recipients/3",
        ),
        (("recipients", 0), wire.NewShare, {"recipients": [{"organization_id": B}]}, "/recipients/0"),
        (("recipients", 1), list[wire.RecipientInput], [{"account_id": B}, {"body_account_id": C}], "/1"),
        (("recipients", 0), list[wire.ExcludedInput], [{"account_id": B}], "/0"),
        (("recipients", 0), wire.RecipientInput, {"account_id": B}, "/recipient_account_id"),
        (("recipients", 0), wire.ExcludedInput, {"account_id": B}, "/account_id"),
        ((1, "account_id"), list[wire.RecipientInput], [], "/1/account_id"),
    ],
)
def test_a_pointer_leads_into_the_body_that_was_sent(where, shape, body, pointer):
    assert translate.pointer_to(where, a_body(shape, body)) == pointer


# Queries


def test_a_list_of_shares_wants_everything_unless_told():
    call = a_call()

    query = translate.shares_query(call)

    assert query == queries.SharesQuery(ShareFilter(), Order(), Wanted(), None)
    assert call.window == Window(0, STRETCH)


def test_every_filter_reaches_the_engine():
    query = translate.shares_query(
        a_call(
            "status=deleting&kind=received&target_type=organization&order=name&direction=desc"
            "&resource_types=trust-grant,custom-ruleset&resource_types[]=gateway-policy&resource_types=trust-grant"
            "&tag=env%3Dprod%3Dx&tag[]=team&include_resources=1&include_recipient_counts=true&unknown=x"
        )
    )

    assert query.filter == ShareFilter(
        side=Side.RECEIVED,
        standing=Standing.LEAVING,
        to_audience=True,
        kinds=("trust-grant", "custom-ruleset", "gateway-policy"),
        tags=(("env", "prod=x"), ("team", None)),
    )
    assert (query.order, query.wanted) == (Order("name", descending=True), Wanted(items=True, counts=True))


def test_an_organization_lists_what_its_accounts_sent_unless_asked_otherwise():
    assert translate.organization_query(a_call()).filter.side is Side.SENT
    assert translate.organization_query(a_call("kind=received")).filter.side is Side.RECEIVED


@pytest.mark.parametrize(
    ("query", "page", "window"),
    [
        ("page=1", (1, 20), Window(0, 20)),
        ("per_page=7", (1, 7), Window(0, 7)),
        ("page=3&per_page=100", (3, 100), Window(200, 100)),
        ("page=0", (1, 20), Window(0, 20)),
        ("per_page=0", (1, 20), Window(0, 20)),
        (f"page={2**63 - 1}", (2**63 - 1, 20), Window(2**62, 20)),
    ],
)
def test_pages_are_counted_from_one(query, page, window):
    call = a_call(query)

    assert translate.page_query(call).paging == translate.Paging(*page)
    assert call.window == window


def test_a_server_may_always_page():
    call = a_call(always_page=True)

    assert translate.recipients_query(call).paging == translate.Paging(1, 20)
    assert call.window == Window(0, 20)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        *(
            (f"{name}={value}", name)
            for name in ("page", "per_page")
            for value in ("-1", "1.5", "x", "", "%20", "٣", 2**63)
        ),
        ("per_page=101", "per_page"),
        ("status=gone", "status"),
        ("status=", "status"),
        ("kind=Sent", "kind"),
        ("target_type=user", "target_type"),
        ("order=modified", "order"),
        ("direction=up", "direction"),
        ("resource_types=widget", "resource_types"),
        ("resource_types=", "resource_types"),
        ("tag=%3Dx", "tag"),
        ("&".join(["tag=x"] * 21), "tag"),
        ("include_resources=yes", "include_resources"),
        ("include_recipient_counts=True", "include_recipient_counts"),
    ],
)
def test_a_bad_parameter_is_named(query, parameter):
    with pytest.raises(refusals.BadQuery) as caught:
        translate.shares_query(a_call(query))

    assert caught.value.parameter == parameter


def test_a_list_of_resources_takes_one_type():
    assert translate.resources_query(
        a_call("resource_type=trust-grant&status=deleted")
    ) == queries.ResourcesQuery(Standing.GONE, "trust-grant", None)
    with pytest.raises(refusals.BadQuery):
        translate.resources_query(a_call("resource_type=trust-grant,custom-ruleset"))


@pytest.mark.parametrize(
    ("query", "language", "settings", "items"),
    [
        ("", b"Terraform", {}, True),
        ("", b"TERRAFORM", {}, True),
        ("include_recipient_counts=true", b"terraform", {}, True),
        ("include_resources=false", b"terraform", {}, False),
        ("", b"python", {}, False),
        ("", b"terraform", {"terraform_reads_resources": False}, False),
        ("include_resources=true", b"python", {}, True),
    ],
)
def test_terraform_reads_resources_unless_it_says_otherwise(query, language, settings, items):
    wanted = translate.share_query(a_call(query, [(b"x-stainless-lang", language)], **settings))

    assert wanted.items is items


# Answers


def an_item(**other):
    values = {
        "id": 1,
        "public_id": "e" * 32,
        "share": 1,
        "kind": "trust-grant",
        "key": "r-1",
        "owner": 1,
        "meta": "{}",
    }
    times = {"created_at": NOW, "modified_at": NOW + 1, "leaving_at": None, "gone_at": None}
    return ItemSeen(Item(**{**values, "revision": 3, **times, **other}), A)


def a_share(seen=None, **other):
    values = {"id": 1, "public_id": "f" * 32, "owner": 1, "name": "N", "tags": None, "audience": None}
    times = {"created_at": NOW, "modified_at": NOW, "leaving_at": None, "gone_at": None, "within": None}
    return ShareSeen(
        Share(**{**values, **times, **other}), Side.SENT, A, "Account A", ORGANIZATION, **(seen or {})
    )


def a_grant(crossings=None, **other):
    values = {
        "id": 1,
        "public_id": "d" * 32,
        "share": 1,
        "principal": 1,
        "consent": Consent.GIVEN,
        "error": "",
    }
    state = {
        "delivery": Delivery.DUE,
        "generation": 1,
        "joined_at": None,
        "leaving_at": None,
        "gone_at": None,
    }
    return GrantSeen(
        Grant(**{**values, **state, "created_at": NOW, "modified_at": NOW, **other}), B, crossings
    )


def said(shape):
    return json.loads(encode(shape))


def test_a_share_says_ten_things_and_no_more_unless_asked():
    assert said(translate.share_out(a_share())) == {
        "id": "f" * 32,
        "account_id": A,
        "account_name": "Account A",
        "organization_id": ORGANIZATION,
        "name": "N",
        "status": "active",
        "target_type": "account",
        "kind": "sent",
        "created": "2023-09-21T18:56:32.624632Z",
        "modified": "2023-09-21T18:56:32.624632Z",
    }


def test_a_share_says_what_was_asked_for():
    share = said(
        translate.share_out(
            a_share(
                {"items": [], "counts": Counts(1, 2, 3, 4)},
                audience=7,
                tags='{"env": "prod"}',
                leaving_at=NOW,
            )
        )
    )

    assert (share["status"], share["target_type"]) == ("deleting", "organization")
    assert share["tags"] == {"env": "prod"}
    assert share["resources"] == []
    assert [
        share[f"{status}_recipient_count"]
        for status in ("associating", "associated", "disassociating", "disassociated")
    ] == [1, 2, 3, 4]


def test_a_share_without_tags_says_none():
    assert "tags" not in said(translate.share_out(a_share(tags="{}")))


def test_an_entry_says_nine_things():
    assert said(translate.resource_out(an_item(leaving_at=NOW, gone_at=NOW))) == {
        "id": "e" * 32,
        "resource_id": "r-1",
        "resource_account_id": A,
        "resource_type": "trust-grant",
        "resource_version": 3,
        "meta": {},
        "status": "deleted",
        "created": "2023-09-21T18:56:32.624632Z",
        "modified": "2023-09-21T18:56:32.624633Z",
    }


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({}, "associating"),
        ({"joined_at": NOW}, "associated"),
        ({"joined_at": NOW, "leaving_at": NOW}, "disassociating"),
        ({"leaving_at": NOW, "gone_at": NOW}, "disassociated"),
    ],
)
def test_a_recipient_says_where_it_is_on_its_way(times, status):
    recipient = said(translate.recipient_out(a_grant(**times)))

    assert recipient["association_status"] == status
    assert recipient["status_message"] == ""
    assert "resources" not in recipient


def test_a_recipient_says_how_far_each_resource_has_come():
    recipient = said(translate.recipient_out(a_grant([Crossing(1, "r-1", 2, "no room", True)])))

    assert recipient["resources"] == [
        {"error": "no room", "resource_id": "r-1", "resource_version": 2, "terminal": True}
    ]


def test_an_excluded_account_says_four_things():
    excluded = said(translate.excluded_out(Exclusion(1, "9" * 32, 1, B, NOW, NOW)))

    assert excluded == {
        "id": "9" * 32,
        "account_id": B,
        "created": translate.time_out(NOW),
        "modified": translate.time_out(NOW),
    }


@pytest.mark.parametrize(
    ("paging", "count", "total", "info"),
    [
        (None, 3, 3, (3, 1, 3, 3, 1)),
        (None, 0, 0, (0, 1, 0, 0, 0)),
        ((1, 20), 20, 41, (20, 1, 20, 41, 3)),
        ((3, 20), 1, 41, (1, 3, 20, 41, 3)),
        ((9, 20), 0, 40, (0, 9, 20, 40, 2)),
        ((1, 20), 0, 0, (0, 1, 20, 0, 0)),
    ],
)
def test_what_stands_beside_a_list_adds_up(paging, count, total, info):
    found = translate.result_info(paging and translate.Paging(*paging), count, total)

    assert found == wire.ResultInfo(*info)


# Every shape survives a round trip


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (
            wire.NewShare,
            {"name": "N", "recipients": [{"account_id": B}], "resources": [a_resource()], "tags": {"a": "b"}},
        ),
        (wire.ShareUpdate, {"name": "N", "tags": {}}),
        (wire.ResourceUpdate, {"meta": {"a": None}}),
        (wire.ExcludedInput, {"account_id": B}),
        (wire.Share, said(translate.share_out(a_share({"counts": Counts()}, tags='{"a": "b"}')))),
        (wire.Resource, said(translate.resource_out(an_item()))),
        (wire.Recipient, said(translate.recipient_out(a_grant([Crossing(1, "r-1", 1, "", False)])))),
        (wire.Excluded, said(translate.excluded_out(Exclusion(1, "9" * 32, 1, B, NOW, NOW)))),
    ],
)
def test_every_shape_survives_a_round_trip(shape, value):
    first = {
        name: left
        for name, left in said(msgspec.json.decode(json.dumps(value), type=shape)).items()
        if left is not None
    }

    assert first.items() >= {name: left for name, left in value.items() if not isinstance(left, list)}.items()
    assert said(msgspec.json.decode(json.dumps(first), type=shape)).items() >= first.items()
