"""Lists: filters, order, pages and totals."""

import pytest

from tests.dialects.cloudflare.desk import (
    OTHER_ORGANIZATION,
    A,
    B,
    C,
    D,
    Party,
    a_recipient,
    a_resource,
    bearer,
    good,
    refused,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

TYPES = [
    "custom-ruleset",
    "gateway-policy",
    "gateway-destination-ip",
    "gateway-block-page-settings",
    "gateway-extended-email-matching",
    "idp-federation-grant",
    "trust-grant",
]


async def info(party, **query):
    """The `result_info` of a list of shares."""
    response = await party.get("", **query)
    good(response)
    return response.json()["result_info"]


async def numbered(desk, count):
    """Shares of account A named 00, 01, …, all made at one moment."""
    for number in range(count):
        await desk.alice.share(f"{number:02}")
    return [f"{number:02}" for number in range(count)]


@both
@pytest.mark.behaviour("cloudflare", 17)
async def test_status_filters_shares(desk):
    for name in ("active", "deleting", "deleted"):
        share = await desk.alice.share(name)
        if name == "deleted":
            good(await desk.alice.delete(f"/{share['id']}"))
            await desk.settle()
    leaving = next(share for share in good(await desk.alice.get("")) if share["name"] == "deleting")
    good(await desk.alice.delete(f"/{leaving['id']}"))

    for status in ("active", "deleting", "deleted"):
        assert await desk.alice.names(status=status) == [status]
        assert (await info(desk.alice, status=status))["total_count"] == 1
    assert await desk.alice.names() == ["active", "deleting", "deleted"]


@both
@pytest.mark.behaviour("cloudflare", 17)
async def test_target_type_and_kind_filter_shares(desk):
    await desk.alice.share("named")
    await desk.alice.share("all", to=[])
    await desk.bob.share("back", to=[A])

    assert await desk.alice.names(target_type="account") == ["named", "back"]
    assert await desk.alice.names(target_type="organization") == ["all"]
    assert await desk.alice.names(kind="sent", target_type="account") == ["named"]
    assert await desk.bob.names(kind="received", target_type="organization") == ["all"]


@both
@pytest.mark.behaviour("cloudflare", 17)
async def test_resource_types_filter_shares_and_leave_what_is_embedded_whole(desk):
    await desk.alice.share("rules", resources=[a_resource(1)])
    await desk.alice.share("policy", resources=[a_resource(1, "gateway-policy")])
    await desk.alice.share("both", resources=[a_resource(1), a_resource(2, "gateway-policy")])
    await desk.alice.share("grant", resources=[a_resource(1, "trust-grant")])

    repeated = good(
        await desk.alice.get("", resource_types=["gateway-policy", "trust-grant"], include_resources=True)
    )

    assert [share["name"] for share in repeated] == ["policy", "both", "grant"]
    assert [len(share["resources"]) for share in repeated] == [1, 2, 1]
    assert await desk.alice.names(resource_types="gateway-policy,trust-grant") == ["policy", "both", "grant"]
    assert await desk.alice.names(**{"resource_types[]": ["gateway-policy", "trust-grant"]}) == [
        "policy",
        "both",
        "grant",
    ]
    assert await desk.alice.names(resource_types="idp-federation-grant") == []
    found = await info(desk.alice, resource_types="custom-ruleset", per_page=1)
    assert (found["count"], found["total_count"], found["total_pages"]) == (1, 2, 2)


@both
@pytest.mark.behaviour("cloudflare", 17)
async def test_a_deleted_entry_no_longer_counts_for_the_filter(desk):
    share = await desk.alice.share("both", resources=[a_resource(1), a_resource(2, "gateway-policy")])
    entry = (await desk.alice.resources(share, resource_type="gateway-policy"))[0]
    good(await desk.alice.delete(f"/{share['id']}/resources/{entry['id']}"))

    leaving = await desk.alice.names(resource_types="gateway-policy")
    await desk.settle()

    assert leaving == ["both"]
    assert await desk.alice.names(resource_types="gateway-policy") == []


@both
@pytest.mark.behaviour("cloudflare", 17)
async def test_entries_are_filtered_by_type_and_status(desk):
    given = [a_resource(number, kind) for number, kind in enumerate(TYPES)]
    share = await desk.alice.share(resources=given)
    first = (await desk.alice.resources(share))[0]
    good(await desk.alice.delete(f"/{share['id']}/resources/{first['id']}"))
    await desk.settle()

    for kind in TYPES:
        listed = await desk.alice.resources(share, resource_type=kind)
        assert [each["resource_type"] for each in listed] == [kind]
    assert [each["status"] for each in await desk.alice.resources(share)] == ["deleted"] + ["active"] * 6
    assert len(await desk.alice.resources(share, status="active")) == 6
    assert len(await desk.alice.resources(share, status="deleted")) == 1
    assert await desk.alice.resources(share, status="deleting") == []
    assert await desk.alice.resources(share, status="active", resource_type=TYPES[0]) == []


@pytest.mark.behaviour("cloudflare", 17)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "gone"),
        ("status", "Active"),
        ("status", ""),
        ("kind", "both"),
        ("target_type", "accounts"),
        ("resource_types", "widget"),
        ("resource_types", "gateway-policy,widget"),
        ("resource_types", ""),
        ("order", "modified"),
        ("direction", "down"),
    ],
)
async def test_a_value_outside_its_set_is_refused(desk, name, value):
    error = refused(await desk.alice.get("", **{name: value}), 400, 1002)

    assert name in error["message"]
    assert error["source"]["pointer"] == name


@pytest.mark.behaviour("cloudflare", 17)
@pytest.mark.parametrize(
    ("name", "value"), [("status", "gone"), ("resource_type", "widget"), ("resource_type", "")]
)
async def test_a_value_outside_its_set_is_refused_for_entries_too(desk, name, value):
    share = await desk.alice.share()

    assert (
        name
        in refused(await desk.alice.get(f"/{share['id']}/resources", **{name: value}), 400, 1002)["message"]
    )


@pytest.mark.behaviour("cloudflare", 17)
async def test_unknown_parameters_are_ignored(desk):
    await desk.alice.share()

    assert await desk.alice.names(unknown="1", resource_type="custom-ruleset") == ["Baseline rules"]


@both
async def test_tags_filter_shares_and_several_must_all_hold(desk):
    await desk.alice.share("prod", tags={"env": "prod", "team": "a"})
    await desk.alice.share("test", tags={"env": "test", "team": "a,b"})
    await desk.alice.share("odd", tags={"k": "x=y"})
    await desk.alice.share("none")

    assert await desk.alice.names(tag="env=prod") == ["prod"]
    assert await desk.alice.names(tag="env") == ["prod", "test"]
    assert await desk.alice.names(tag=["env", "team=a"]) == ["prod"]
    assert await desk.alice.names(tag=["env=prod", "env=test"]) == []
    assert await desk.alice.names(tag="team=a,b") == ["test"]
    assert await desk.alice.names(tag="k=x=y") == ["odd"]
    assert await desk.alice.names(tag="k=") == []
    assert (await info(desk.alice, tag="team", per_page=1))["total_count"] == 2
    assert await desk.bob.names(tag="env=prod") == ["prod"]
    refused(await desk.alice.get("", tag=[f"k{number}" for number in range(21)]), 400, 1002)
    good(await desk.alice.get("", tag=[f"k{number}" for number in range(20)]))


@both
@pytest.mark.behaviour("cloudflare", 18)
async def test_shares_are_sorted_both_ways_by_both_fields(desk):
    for name in ("beta", "Alpha", "beta", "ängström", "alpha"):
        await desk.alice.share(name)
        desk.clock.pass_s(1)
    made = [share["id"] for share in good(await desk.alice.get(""))]

    by_name = good(await desk.alice.get("", order="name"))
    back = good(await desk.alice.get("", order="name", direction="desc"))

    assert [share["name"] for share in by_name] == ["Alpha", "alpha", "beta", "beta", "ängström"]
    assert [share["id"] for share in by_name if share["name"] == "beta"] == [made[0], made[2]]
    assert [share["id"] for share in back] == [share["id"] for share in by_name][::-1]
    assert [share["id"] for share in good(await desk.alice.get("", order="created", direction="asc"))] == made
    assert [share["id"] for share in good(await desk.alice.get("", direction="desc"))] == made[::-1]


@both
@pytest.mark.behaviour("cloudflare", 18)
@pytest.mark.parametrize("order", ["name", "created"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_pages_keep_the_order_when_everything_ties(desk, order, direction):
    for _ in range(7):
        await desk.alice.share("Same")
    whole = [share["id"] for share in good(await desk.alice.get("", order=order, direction=direction))]

    paged = []
    for page in (1, 2, 3, 4):
        listed = good(await desk.alice.get("", order=order, direction=direction, page=page, per_page=2))
        paged += [share["id"] for share in listed]

    assert paged == whole
    assert len(set(whole)) == 7


@both
@pytest.mark.behaviour("cloudflare", 19)
async def test_without_page_and_size_everything_comes_at_once(desk):
    names = await numbered(desk, 25)

    assert await desk.alice.names() == names
    assert await info(desk.alice) == {
        "count": 25,
        "page": 1,
        "per_page": 25,
        "total_count": 25,
        "total_pages": 1,
    }


@pytest.mark.behaviour("cloudflare", 19)
async def test_an_empty_list_says_so(desk):
    nothing = {"count": 0, "page": 1, "per_page": 0, "total_count": 0, "total_pages": 0}

    assert await info(desk.alice) == nothing
    assert await info(desk.alice, per_page=10) == {**nothing, "per_page": 10}


@both
@pytest.mark.behaviour("cloudflare", 19)
async def test_pages_are_cut_and_counted_right(desk):
    names = await numbered(desk, 25)

    assert await desk.alice.names(per_page=10) == names[:10]
    assert await info(desk.alice, per_page=10) == {
        "count": 10,
        "page": 1,
        "per_page": 10,
        "total_count": 25,
        "total_pages": 3,
    }
    assert await desk.alice.names(page=1) == names[:20]
    assert await info(desk.alice, page=2) == {
        "count": 5,
        "page": 2,
        "per_page": 20,
        "total_count": 25,
        "total_pages": 2,
    }
    assert await desk.alice.names(page=3, per_page=10) == names[20:]
    assert await desk.alice.names(page=4, per_page=10) == []
    assert await info(desk.alice, page=4, per_page=10) == {
        "count": 0,
        "page": 4,
        "per_page": 10,
        "total_count": 25,
        "total_pages": 3,
    }
    assert await desk.alice.names(page=1_000_000_000_000) == []
    assert len(await desk.alice.names(per_page=100)) == 25


@both
@pytest.mark.behaviour("cloudflare", 19)
@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_every_page_size_walks_the_same_list(desk, direction):
    names = await numbered(desk, 13)
    wanted = names if direction == "asc" else names[::-1]

    for size in (1, 3, 7, 13):
        walked = []
        for page in range(1, 15):
            walked += await desk.alice.names(page=page, per_page=size, direction=direction)
        assert walked == wanted


@pytest.mark.behaviour("cloudflare", 19)
async def test_zero_counts_as_the_default_of_its_parameter(desk):
    names = await numbered(desk, 21)

    assert await desk.alice.names(page=0) == names[:20]
    assert await desk.alice.names(per_page=0) == names[:20]
    assert await info(desk.alice, page=0, per_page=5) == {
        "count": 5,
        "page": 1,
        "per_page": 5,
        "total_count": 21,
        "total_pages": 5,
    }


@pytest.mark.behaviour("cloudflare", 19)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("per_page", "101"),
        ("per_page", "-1"),
        ("per_page", "1.5"),
        ("per_page", "ten"),
        ("per_page", ""),
        ("page", "-1"),
        ("page", "1.0"),
        ("page", "one"),
        ("page", "1e3"),
        ("page", " 1"),
        ("page", "0x1"),
    ],
)
async def test_an_odd_page_is_refused(desk, name, value):
    error = refused(await desk.alice.get("", **{name: value}), 400, 1002)

    assert name in error["message"]


@pytest.mark.behaviour("cloudflare", 19)
async def test_a_page_number_beyond_all_numbers_is_no_fault(desk):
    response = await desk.alice.get("", page="9" * 40)

    assert response.status_code in (200, 400)


@both
@pytest.mark.behaviour("cloudflare", 19)
async def test_totals_are_right_with_filters(desk):
    await desk.alice.share("all", to=[])
    for number in range(5):
        await desk.alice.share(f"named {number}")
    gone = await desk.alice.share("gone")
    good(await desk.alice.delete(f"/{gone['id']}"))
    await desk.settle()
    await desk.bob.share("back", to=[A])

    totals = {
        "": await info(desk.alice, per_page=2),
        "active": await info(desk.alice, per_page=2, status="active"),
        "sent": await info(desk.alice, per_page=2, kind="sent", target_type="account"),
        "received": await info(desk.alice, per_page=2, kind="received"),
        "gone": await info(desk.alice, per_page=2, status="deleted", kind="sent"),
    }

    assert {name: (each["total_count"], each["total_pages"]) for name, each in totals.items()} == {
        "": (8, 4),
        "active": (7, 4),
        "sent": (6, 3),
        "received": (1, 1),
        "gone": (1, 1),
    }


@pytest.mark.parametrize("size", [None, 2])
async def test_entries_are_listed_oldest_first_and_paged(desk, size):
    share = await desk.alice.share(resources=[a_resource(number) for number in (3, 1, 2)])
    path = f"/{share['id']}/resources"

    pages = [await desk.alice.get(path, page=1, per_page=2), await desk.alice.get(path, page=2, per_page=2)]
    listed = [each for page in pages for each in good(page)] if size else await desk.alice.resources(share)

    assert [int(each["resource_id"], 16) for each in listed] == [3, 1, 2]
    assert pages[1].json()["result_info"]["total_count"] == 3


@both
@pytest.mark.behaviour("cloudflare", 25)
async def test_an_organization_lists_the_shares_of_all_its_accounts_once(desk):
    await desk.alice.share("from A", to=[B, C, D])
    await desk.bob.share("from B", to=[])
    await desk.frank.call("GET")
    gone = await desk.carol.share(
        "from C", to=[A], resources=[a_resource(1, "trust-grant", resource_account_id=C)]
    )
    good(await desk.carol.delete(f"/{gone['id']}"))
    await desk.settle()

    listed = good(await desk.organization.get(""))

    assert [share["name"] for share in listed] == ["from A", "from B", "from C"]
    assert {share["kind"] for share in listed} == {"sent"}
    assert await desk.organization.names(kind="sent", status="active") == ["from A", "from B"]
    assert await desk.organization.names(kind="received") == ["from A", "from B"]
    assert {share["kind"] for share in good(await desk.organization.get("", kind="received"))} == {"received"}
    assert await desk.organization.names(target_type="organization") == ["from B"]
    assert await desk.organization.names(resource_types="custom-ruleset") == ["from A", "from B"]
    assert await desk.organization.names(order="name", direction="desc") == ["from C", "from B", "from A"]
    assert await desk.organization.names(page=2, per_page=2) == ["from C"]
    assert (await info(desk.organization, per_page=2))["total_pages"] == 2


@both
@pytest.mark.behaviour("cloudflare", 25)
async def test_an_organization_no_longer_receives_what_everyone_lost(desk):
    share = await desk.alice.share(to=[B, C])

    assert (await desk.alice.put(f"/{share['id']}/recipients", [a_recipient(C)])).status_code == 204
    await desk.settle()
    one_left = await desk.organization.names(kind="received")
    assert (await desk.alice.put(f"/{share['id']}/recipients", [])).status_code == 204
    await desk.settle()

    assert one_left == ["Baseline rules"]
    assert await desk.organization.names(kind="received") == []
    assert await desk.organization.names() == ["Baseline rules"]


@pytest.mark.behaviour("cloudflare", 25)
async def test_an_organization_embeds_what_it_is_asked_for(desk):
    await desk.alice.share(tags={"env": "prod"})

    seen = good(
        await desk.organization.get("", include_resources=True, include_recipient_counts=True, tag="env=prod")
    )

    assert len(seen[0]["resources"]) == 1
    assert seen[0]["associating_recipient_count"] == 1
    assert await desk.organization.names(tag="env=test") == []


@pytest.mark.behaviour("cloudflare", 25)
async def test_a_foreign_organization_is_closed(desk):
    strangers = [
        Party(desk.http, OTHER_ORGANIZATION, bearer("admin"), root="organizations"),
        Party(desk.http, "0" * 32, bearer("admin"), root="organizations"),
        Party(desk.http, desk.organization.account, bearer("frank"), root="organizations"),
    ]

    for stranger in strangers:
        refused(await stranger.get(""), 403, 9109)


@pytest.mark.behaviour("cloudflare", 25)
@pytest.mark.parametrize(
    ("name", "value"), [("status", "gone"), ("kind", "all"), ("per_page", "101"), ("order", "id")]
)
async def test_an_organizations_list_refuses_odd_values_too(desk, name, value):
    refused(await desk.organization.get("", **{name: value}), 400, 1002)
