"""Shares of folders from UCloud's words to ours and back, without a server."""

import dataclasses
import json

import msgspec
import pytest

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody, BadQuery
from polyshare.dialects.ucloud.translate import share_lists as lists
from polyshare.dialects.ucloud.translate import shares as translate
from polyshare.dialects.ucloud.translate.products import product_out, supports_out
from polyshare.dialects.ucloud.translate.reading import NO_ID
from polyshare.dialects.ucloud.translate.shares import Beside, Eye
from polyshare.dialects.ucloud.wire import shares as wire
from polyshare.dialects.ucloud.wire.common import FindById, ProductReference
from polyshare.domain.delivery import Consent
from polyshare.domain.errors import ListChanged
from polyshare.domain.folder_shares import FolderOrder, FolderShare, FolderShareFilter, SharedFolder, Update
from polyshare.domain.permissions import Permission
from polyshare.domain.products import Product, ProductRef

SSD = ProductRef("example-ssd", "example-ssd", "example")
REFERENCE = {"id": "example-ssd", "category": "example-ssd", "provider": "example"}
PRODUCT = Product(SSD, "Example storage", True, "PER_UNIT", "DIFFERENTIAL_QUOTA", 1)
UPDATES = (Update(3_000_999, Consent.GIVEN, "ready", "/6412"), Update(4_000_000, Consent.REFUSED, None, None))


def a_share(**more):
    """A share of Alice's with Bob."""
    given = {
        "id": 6342,
        "grant": 6412,
        "owner_id": 1,
        "owner": "alice",
        "recipient_id": 2,
        "recipient": "bob",
        "node": 10,
        "path": "/5123/work",
        "product": SSD,
        "permissions": Permission.EDIT,
        "asked": '["EDIT"]',
        "consent": Consent.GIVEN,
        "location": "/6412",
        "provider_ref": "",
        "created_at": 1_635_151_675_465_999,
    }
    return FolderShare(**given | more)


def told(share, eye=Eye.OWNER, beside=translate.NOTHING):
    """A share as JSON."""
    return json.loads(msgspec.json.encode(translate.share_out(share, eye, beside)))


def a_call(query="", body=None):
    """A call with that query or body."""
    nowhere = None
    call = Call({"query_string": query.encode(), "path": "/", "method": "GET", "headers": []}, nowhere)
    call.body = b"" if body is None else json.dumps(body).encode()
    return call


def next_of(listing, last=("/5123/work", 6342), stamp=""):
    """The token that the page of a listing ends with."""
    return listing.page([], last, stamp).next


# One share


def test_a_share_has_the_keys_of_the_guide_in_its_order():
    text = msgspec.json.encode(translate.share_out(a_share(), Eye.RECIPIENT)).decode()

    assert text == (
        '{"id":"6342","specification":{"sharedWith":"bob","sourceFilePath":"/5123/work","permissions":["EDIT"],'
        '"product":{"id":"example-ssd","category":"example-ssd","provider":"example"}},"createdAt":1635151675465,'
        '"status":{"shareAvailableAt":"/6412","state":"APPROVED","resolvedSupport":null,"resolvedProduct":null},'
        '"updates":[],"owner":{"createdBy":"alice","project":null},"permissions":{"myself":["READ"],"others":null}}'
    )


@pytest.mark.parametrize(
    ("consent", "state", "users", "providers"),
    [
        (Consent.AWAITED, "PENDING", None, "/6412"),
        (Consent.GIVEN, "APPROVED", "/6412", "/6412"),
        (Consent.REFUSED, "REJECTED", None, "/6412"),
    ],
)
def test_users_learn_where_a_share_is_while_it_is_approved(consent, state, users, providers):
    share = a_share(consent=consent)

    assert told(share)["status"]["state"] == state
    assert told(share, Eye.OWNER)["status"]["shareAvailableAt"] == users
    assert told(share, Eye.RECIPIENT)["status"]["shareAvailableAt"] == users
    assert told(share, Eye.PROVIDER)["status"]["shareAvailableAt"] == providers


@pytest.mark.parametrize(
    ("eye", "own"),
    [(Eye.OWNER, ["ADMIN", "READ", "EDIT"]), (Eye.RECIPIENT, ["READ"]), (Eye.PROVIDER, ["READ", "PROVIDER"])],
)
def test_what_one_may_do_with_a_share_says_nothing_of_the_files(eye, own):
    assert told(a_share(), eye)["permissions"] == {"myself": own, "others": None}


@pytest.mark.parametrize(
    ("asked", "permissions", "spelled"),
    [
        ('["EDIT"]', Permission.EDIT, ["EDIT"]),
        ('["EDIT","READ"]', Permission.EDIT | Permission.DOWNLOAD, ["EDIT", "READ"]),
        (None, Permission.DOWNLOAD, ["READ"]),
        (None, Permission.DOWNLOAD | Permission.VIEW, ["READ"]),
        (None, Permission.EDIT, ["READ", "EDIT"]),
        (None, Permission.MANAGE, ["READ", "EDIT"]),
    ],
)
def test_permissions_are_told_as_they_were_asked_for_or_as_they_count(asked, permissions, spelled):
    share = a_share(asked=asked, permissions=permissions)

    assert told(share)["specification"]["permissions"] == spelled


def test_the_providers_own_id_is_told_only_where_there_is_one():
    assert "providerGeneratedId" not in told(a_share())
    assert told(a_share(provider_ref="s-1"))["providerGeneratedId"] == "s-1"


def test_the_recipient_is_the_one_who_sees_a_share_besides_its_owner():
    others = told(a_share(), beside=Beside(others=True))["permissions"]["others"]

    assert others == [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ"]}]


def test_updates_are_told_where_they_are_wanted():
    share = a_share(updates=UPDATES)

    assert told(share)["updates"] == []
    assert told(share, beside=Beside(updates=True))["updates"] == [
        {"timestamp": 3000, "status": "ready", "newState": "APPROVED", "shareAvailableAt": "/6412"},
        {"timestamp": 4000, "status": None, "newState": "REJECTED", "shareAvailableAt": None},
    ]


@pytest.mark.parametrize("support", [True, False])
def test_a_product_comes_alone_or_with_what_it_supports(support):
    status = told(a_share(), beside=Beside(products={SSD: PRODUCT}, support=support))["status"]

    assert status["resolvedProduct"]["name"] == "example-ssd"
    assert (status["resolvedSupport"] is not None) is support
    if support:
        assert status["resolvedSupport"]["product"] == status["resolvedProduct"]
        assert status["resolvedSupport"]["support"] == {
            "type": "UCLOUD_MANAGED_COLLECTION",
            "product": REFERENCE,
        }


def test_a_product_that_is_not_known_is_null():
    status = told(a_share(), beside=Beside(products={}, support=True))["status"]

    assert status["resolvedProduct"] is None
    assert status["resolvedSupport"] is None


def test_a_folder_has_a_preview_of_each_of_its_shares():
    folder = SharedFolder("/5123/work", SSD, [a_share(), a_share(id=7, recipient="carol", asked=None)])

    assert json.loads(msgspec.json.encode(translate.folder_out(folder))) == {
        "sourceFilePath": "/5123/work",
        "storageProduct": REFERENCE,
        "sharePreview": [
            {"sharedWith": "bob", "permissions": ["EDIT"], "state": "APPROVED", "shareId": "6342"},
            {"sharedWith": "carol", "permissions": ["READ", "EDIT"], "state": "APPROVED", "shareId": "7"},
        ],
    }


# What is asked for


def test_what_is_asked_for_is_brought_into_normal_form():
    spec = wire.Spec("bob", "//5123/./a/b/", ["EDIT", "READ", "EDIT"], ProductReference(**REFERENCE))

    new = translate.new_from(spec)

    assert (new.path, new.recipient, new.product) == ("/5123/a/b", "bob", SSD)
    assert (new.permissions, new.asked) == (Permission.EDIT | Permission.DOWNLOAD, '["EDIT","READ"]')


def test_a_path_that_leads_nowhere_leads_to_no_drive():
    spec = wire.Spec("bob", "/5123/../..", ["READ"], ProductReference(**REFERENCE))

    assert translate.new_from(spec).path == "/0"


@pytest.mark.parametrize("name", ["ADMIN", "PROVIDER"])
def test_what_nobody_can_be_given_stays_visible_as_such(name):
    permissions, _ = translate.permissions_from(["READ", name])

    assert Permission.MANAGE in permissions


def test_ids_are_named_once_each_and_what_is_no_number_matches_nothing():
    named = [FindById(text) for text in ("7", "x", "7", "-1", "9" * 40, "", "007")]

    assert translate.ids_from(named) == [7, NO_ID]


def test_of_several_changes_of_one_share_the_last_counts():
    items = [
        wire.NewPermissions("7", ["READ"]),
        wire.NewPermissions("8", ["READ"]),
        wire.NewPermissions("7", ["EDIT"]),
    ]

    assert translate.changes_from(items) == [
        (7, Permission.EDIT, '["EDIT"]'),
        (8, Permission.DOWNLOAD, '["READ"]'),
    ]


# Filters


def test_flags_that_say_nothing_restrict_nothing():
    assert lists.filter_from(wire.ShareFlags()) == FolderShareFilter()


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({"filterIngoing": True}, {"received": True}),
        ({"filterIngoing": False}, {"received": False}),
        ({"filterRejected": "true"}, {"refused": False}),
        ({"filterRejected": "false"}, {"refused": True}),
        ({"filterCreatedBy": "alice"}, {"owner": "alice"}),
        ({"filterCreatedAfter": 5, "filterCreatedBefore": 6}, {"created_from": 5, "created_to": 6}),
        ({"filterOriginalPath": "//5123/a/"}, {"path": "/5123/a"}),
        ({"filterOriginalPath": "nowhere"}, {"path": "/0"}),
        ({"filterProvider": "p", "hideProvider": "q"}, {"provider": "p", "not_provider": "q"}),
        ({"filterProductId": "p", "hideProductId": "q"}, {"product": "p", "not_product": "q"}),
        ({"filterProductCategory": "p", "hideProductCategory": "q"}, {"category": "p", "not_category": "q"}),
        ({"filterIds": "7,x,8"}, {"ids": (7, -1, 8)}),
        ({"filterIds": ","}, {"ids": (-1, -1)}),
        ({"filterProviderIds": "a,,b"}, {"refs": ("a", "b")}),
        ({"filterProviderIds": ","}, {"refs": (",",)}),
    ],
)
def test_each_flag_is_one_restriction(flags, wanted):
    assert lists.filter_from(wire.ShareFlags(**flags)) == FolderShareFilter(**wanted)


def test_a_search_looks_for_folded_words():
    assert lists.filter_from(wire.ShareFlags(), "WORK_Ä").words == "work_ä"


def test_one_share_is_shown_even_if_rejected_unless_the_flags_say_otherwise():
    assert lists.filter_from(wire.ShareFlags(), refused=True).refused is True
    assert lists.filter_from(wire.ShareFlags(filterRejected="true"), refused=True).refused is False


# Lists


@pytest.mark.behaviour("ucloud", 23)
@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ("", 50),
        ("0", 50),
        ("7", 50),
        ("10", 10),
        ("25", 25),
        ("50", 50),
        ("100", 100),
        ("250", 250),
        ("251", 50),
    ],
)
def test_a_page_has_one_of_five_lengths(asked, size):
    listing = lists.browsed(a_call(f"itemsPerPage={asked}"))

    assert listing.size == listing.page([], None, "").itemsPerPage == size


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("", FolderOrder.PATH),
        ("sourceFilePath", FolderOrder.PATH),
        ("whatever", FolderOrder.PATH),
        ("createdAt", FolderOrder.CREATED),
        ("createdBy", FolderOrder.CREATOR),
    ],
)
def test_a_key_that_nobody_knows_sorts_by_path(by, order):
    assert lists.browsed(a_call(f"sortBy={by}")).position.asked.sorting.by is order


def test_a_token_says_by_itself_what_was_asked_for():
    first = lists.browsed(
        a_call(
            "itemsPerPage=10&filterCreatedBy=alice&includeOthers=true&sortDirection=DESCENDING&itemsToSkip=3"
        )
    )

    following = lists.browsed(a_call(f"next={next_of(first)}"))

    assert first.skip == 3
    assert following.skip == 0
    assert following.size == 10
    assert following.position.asked == first.position.asked
    assert following.position.after == ("/5123/work", 6342)
    assert following.position.asked.flags.filterCreatedBy == "alice"
    assert following.position.asked.descending


def test_a_page_may_be_of_another_length_than_the_one_before():
    token = next_of(lists.browsed(a_call("itemsPerPage=10")))

    assert lists.browsed(a_call(f"itemsPerPage=25&next={token}")).size == 25


@pytest.mark.parametrize("token", ["x", "e30", "W10", "....", "%C3%BF", "A" * 20_000, "bnVsbA"])
def test_a_token_that_is_none_is_refused(token):
    for read in (lists.browsed, lists.browsed_outgoing):
        with pytest.raises(BadQuery, match="next"):
            read(a_call(f"next={token}"))
    with pytest.raises(BadQuery, match="next"):
        lists.searched(a_call(body={"query": "", "next": token}))


def test_a_token_of_another_list_is_refused():
    token = next_of(lists.browsed(a_call()))

    with pytest.raises(BadQuery, match="next"):
        lists.browsed_outgoing(a_call(f"next={token}"))
    with pytest.raises(BadQuery, match="next"):
        lists.searched(a_call(body={"query": "", "next": token}))


@pytest.mark.parametrize(("by", "key"), [("createdAt", "text"), ("createdBy", 5), ("sourceFilePath", 5)])
def test_a_token_whose_key_does_not_fit_its_order_is_refused(by, key):
    token = next_of(lists.browsed(a_call(f"sortBy={by}")), (key, 1))

    with pytest.raises(BadQuery, match="next"):
        lists.browsed(a_call(f"next={token}"))


def test_a_list_of_one_moment_goes_on_only_while_it_is_as_it_was():
    first = lists.browsed(a_call("consistency=REQUIRE"))
    token = next_of(first, stamp=first.checked("as it was"))

    following = lists.browsed(a_call(f"next={token}"))

    assert following.whole
    assert following.checked("as it was") == "as it was"
    with pytest.raises(ListChanged):
        following.checked("otherwise")


def test_a_list_that_was_begun_loosely_does_not_become_one_of_one_moment():
    token = next_of(lists.browsed(a_call()))

    with pytest.raises(ListChanged):
        lists.browsed(a_call(f"next={token}&consistency=REQUIRE")).checked("as it was")


def test_a_search_takes_its_flags_from_the_body_however_they_are_quoted():
    flags = {
        "filterIngoing": "true",
        "includeOthers": "false",
        "filterCreatedAfter": "5",
        "filterRejected": None,
    }

    listing = lists.searched(
        a_call(body={"query": "Work", "flags": flags, "itemsPerPage": "25", "type": "x"})
    )

    asked = listing.position.asked
    assert (listing.size, asked.words) == (25, "Work")
    assert asked.flags == wire.ShareFlags(filterIngoing=True, filterCreatedAfter=5)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 5},
        {"query": None},
        {"query": "", "flags": []},
        {"query": "", "flags": {"filterRejected": "yes"}},
        {"query": "", "flags": {"filterIngoing": "maybe"}},
        {"query": "", "sortDirection": "up"},
        {"query": "", "itemsPerPage": "many"},
        {"query": "", "itemsPerPage": 2**70},
        {"query": "", "consistency": "SOMETIMES"},
        [],
        "text",
    ],
)
def test_a_search_of_another_shape_is_refused(body):
    with pytest.raises(BadBody):
        lists.searched(a_call(body=body))


@pytest.mark.parametrize(
    "query",
    [
        "filterIngoing=maybe",
        "filterRejected=yes",
        "filterCreatedAfter=x",
        "itemsToSkip=-1",
        "itemsPerPage=x",
        "sortDirection=up",
        "consistency=SOMETIMES",
        "includeOthers=2",
        f"filterCreatedBefore={2**63}",
    ],
)
def test_a_query_with_a_value_that_cannot_be_is_refused(query):
    with pytest.raises(BadQuery):
        lists.browsed(a_call(query))


def test_words_of_a_query_are_taken_in_any_case_and_empty_values_not_at_all():
    listing = lists.browsed(
        a_call("sortDirection=DESCENDING&consistency=require&filterRejected=TRUE&filterIds=&next=")
    )

    assert listing.whole
    assert listing.position.asked.descending
    assert listing.position.asked.flags == wire.ShareFlags(filterRejected="true")


# Products


def test_a_product_is_told_as_older_and_newer_servers_do():
    assert json.loads(msgspec.json.encode(product_out(PRODUCT))) == {
        "type": "storage",
        "productType": "STORAGE",
        "name": "example-ssd",
        "description": "Example storage",
        "category": {
            "name": "example-ssd",
            "provider": "example",
            "productType": "STORAGE",
            "accountingUnit": {
                "name": "GB",
                "namePlural": "GB",
                "floatingPoint": False,
                "displayFrequencySuffix": False,
            },
            "accountingFrequency": "ONCE",
            "freeToUse": True,
            "allowSubAllocations": True,
        },
        "pricePerUnit": 1,
        "price": 1,
        "priority": 0,
        "version": 1,
        "freeToUse": True,
        "unitOfPrice": "PER_UNIT",
        "chargeType": "DIFFERENTIAL_QUOTA",
        "hiddenInGrantApplications": False,
        "balance": None,
    }


@pytest.mark.parametrize(
    ("unit", "frequency", "counted"),
    [
        ("PER_UNIT", "ONCE", "GB"),
        ("CREDITS_PER_UNIT", "ONCE", "DKK"),
        ("CREDITS_PER_HOUR", "PERIODIC_HOUR", "DKK"),
        ("UNITS_PER_DAY", "PERIODIC_DAY", "GB"),
        ("UNITS_PER_MINUTE", "PERIODIC_MINUTE", "GB"),
    ],
)
def test_what_a_price_is_for_says_how_often_is_counted(unit, frequency, counted):
    category = product_out(dataclasses.replace(PRODUCT, unit=unit)).category

    assert (category.accountingFrequency, category.accountingUnit.name) == (frequency, counted)


def test_supported_products_are_sorted_and_a_provider_without_any_is_named():
    def of(name, category, priority):
        return Product(ProductRef(name, category, "p"), "", True, "PER_UNIT", "ABSOLUTE", 1, priority)

    told = supports_out(
        {"p": [of("b", "y", 0), of("a", "y", 0), of("c", "y", -1), of("z", "x", 9)], "away": []}
    )

    assert list(told.productsByProvider) == ["away", "p"]
    assert told.productsByProvider["away"] == []
    assert [one.product.name for one in told.productsByProvider["p"]] == ["z", "c", "a", "b"]
