"""What the vendor's provider programs call when they start and while they run: what they sell, who uses how much, who may."""

import asyncio

import pytest

from polyshare.engine.worlds import loading
from tests.dialects.ucloud.desk import PRODUCT, both_engines, good, refused

PRODUCTS = "/api/products/v2"
BROWSE = f"{PRODUCTS}/browse"
RETRIEVE = f"{PRODUCTS}/retrieve"
USAGE = "/api/accounting/v2/reportUsage"


def category(name="disk", provider="example", **more):
    """A category as the program says it; what is false is left out."""
    return {
        "name": name,
        "provider": provider,
        "productType": "STORAGE",
        "accountingUnit": {
            "name": "GB",
            "namePlural": "GB",
            "floatingPoint": False,
            "displayFrequencySuffix": False,
        },
        "accountingFrequency": "ONCE",
        "allowSubAllocations": True,
        **more,
    }


def product(name="disk", of=None, **more):
    """A product as the program says it, with all that it sends besides."""
    return {
        "type": "storage",
        "category": category() if of is None else of,
        "name": name,
        "description": "A storage product",
        "productType": "STORAGE",
        "price": 1,
        "fraction": {"numerator": 1, "denominator": 1},
        "hiddenInGrantApplications": False,
        "usage": None,
        "balance": 0,
        "maxUsableBalance": 0,
        "pricePerUnit": 0,
        **more,
    }


async def register(caller, *products):
    """Say what is sold; the answer, whatever it is."""
    return await caller.post(PRODUCTS, {"items": list(products)})


async def known(caller, provider="example"):
    """What a provider is told that it sells, page by page, as it asks: each product's name, and its category."""
    found, query = [], {}
    while True:
        page = good(await caller.get(BROWSE, itemsPerPage=0, filterProvider=provider, **query))
        found += [(one["name"], one["category"]) for one in page["items"]]
        if page["next"] is None:
            return found
        query = {"next": page["next"]}


async def seen(caller, name="disk"):
    """A product as a user sees it."""
    [found] = good(await caller.get(BROWSE, filterName=name))["items"]
    return found


@both_engines
async def test_a_provider_that_starts_for_the_first_time_says_what_it_sells(desk):
    provider = desk.provider()
    assert await known(provider) == []

    assert good(await register(provider, product(), product("tape", hiddenInGrantApplications=True))) == {}

    said = category(freeToUse=False)
    assert await known(provider) == [("disk", said), ("tape", said)]
    told = await seen(desk.bob)
    assert told["category"] == said
    assert (told["freeToUse"], told["price"], told["unitOfPrice"]) == (False, 1, "PER_UNIT")
    assert (told["description"], told["chargeType"]) == ("A storage product", "DIFFERENTIAL_QUOTA")
    assert (await seen(desk.bob, "tape"))["hiddenInGrantApplications"] is True


@both_engines
async def test_a_provider_that_starts_again_finds_what_it_said(desk):
    provider = desk.provider()
    good(await register(provider, product()))
    before = await seen(desk.bob)

    for _ in range(2):
        assert await known(provider) == [("disk", category(freeToUse=False))]
        good(await register(provider, product(price=9, description="Otherwise")))

    assert await seen(desk.bob) == before


@both_engines
async def test_servers_of_one_provider_may_start_at_once(desk):
    provider = desk.provider()

    answers = await asyncio.gather(*(register(provider, product(), product("tape")) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(await known(provider)) == 2


@pytest.mark.parametrize(
    ("frequency", "floating", "unit", "charge"),
    [
        ("ONCE", False, "PER_UNIT", "DIFFERENTIAL_QUOTA"),
        ("ONCE", True, "PER_UNIT", "DIFFERENTIAL_QUOTA"),
        ("PERIODIC_MINUTE", False, "UNITS_PER_MINUTE", "ABSOLUTE"),
        ("PERIODIC_HOUR", True, "CREDITS_PER_HOUR", "ABSOLUTE"),
        ("PERIODIC_DAY", False, "UNITS_PER_DAY", "ABSOLUTE"),
    ],
)
async def test_how_it_is_accounted_is_told_again_to_the_letter(desk, frequency, floating, unit, charge):
    units = {
        "name": "IP address",
        "namePlural": "IP addresses",
        "floatingPoint": floating,
        "displayFrequencySuffix": True,
    }
    said = category(accountingUnit=units, accountingFrequency=frequency, freeToUse=True)
    del said["allowSubAllocations"]

    good(await register(desk.provider(), product(of=said)))

    assert await known(desk.provider()) == [("disk", {**said, "allowSubAllocations": False})]
    told = await seen(desk.bob)
    assert (told["unitOfPrice"], told["chargeType"], told["freeToUse"]) == (unit, charge, True)


async def test_only_storage_is_kept(desk):
    compute = {
        "type": "compute",
        "productType": "COMPUTE",
        "name": "u1-standard-1",
        "cpu": 1,
        "memoryInGigs": 4,
        "category": category("u1-standard", productType="COMPUTE", accountingFrequency="PERIODIC_MINUTE"),
    }
    later = {"type": "teleport", "productType": "TELEPORT", "name": "a/b", "category": category("teleport")}

    good(await register(desk.provider(), compute, later, product("share"), product("project-home")))

    assert [name for name, _ in await known(desk.provider())] == ["project-home"]


@both_engines
async def test_what_an_operator_declared_stays_on_its_terms(desk):
    provider = desk.provider()
    of = category(PRODUCT["category"])
    before = await seen(desk.bob, PRODUCT["id"])
    assert before["freeToUse"] is True
    assert await known(provider) == []

    good(await register(provider, product(PRODUCT["id"], of, price=9, description="Mine")))
    declared = {**PRODUCT, "description": "Example storage, larger", "free": True}
    await loading.load_world(desk.house, {"products": [declared]})

    assert await known(provider) == [(PRODUCT["id"], {**of, "freeToUse": False})]
    told = await seen(desk.bob, PRODUCT["id"])
    assert told == before | {"description": "Example storage, larger"}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"of": category(provider="other")}, 403),
        ({"of": category(provider="polyshare")}, 403),
        ({"of": category(accountingFrequency="DAILY")}, 400),
        ({"of": category("no/category")}, 400),
        ({"name": "no/name"}, 400),
        ({"name": ""}, 400),
        ({"price": -1}, 400),
        ({"price": 2**53}, 400),
        ({"of": {"name": "disk", "provider": "example"}}, 400),
        ({"category": None}, 400),
    ],
)
async def test_what_can_not_be_sold_is_refused_with_all_else(desk, wrong, status):
    refused(await register(desk.provider(), product("tape"), product(**wrong)), status)
    refused(await register(desk.provider()), 400)

    assert await known(desk.provider()) == []


async def test_a_description_of_any_kind_is_made_to_fit(desk):
    good(await register(desk.provider(), product(description=f" Line\nline\t{'x' * 300}")))
    good(await register(desk.provider(), product("tape", description="\n")))

    told = (await seen(desk.bob))["description"]
    assert told.startswith("Line line x")
    assert len(told) == 255
    assert (await seen(desk.bob, "tape"))["description"] == ""


async def test_nobody_else_says_what_a_provider_sells(desk):
    refused(await register(desk.alice, product()), 403)
    refused(await register(desk.nobody, product()), 401)
    refused(await register(desk.service(), product()), 403)
    refused(await register(desk.provider("other"), product()), 403)

    good(await register(desk.provider(), product()))
    assert await known(desk.provider("other"), "example") == []
    assert await known(desk.provider(), "other") == []


@pytest.mark.parametrize("path", [RETRIEVE, "/api/products/retrieve"])
async def test_one_product_is_looked_up_by_its_names(desk, path):
    good(await register(desk.provider(), product()))
    query = {"filterName": "disk", "filterCategory": "disk", "filterProvider": "example"}

    mine = good(await desk.provider().get(path, **query))
    theirs = good(await desk.bob.get(path, **query))

    assert mine == theirs == await seen(desk.bob)
    declared = {f"filter{name.capitalize()}": PRODUCT[name] for name in ("category", "provider")}
    assert (
        good(await desk.provider().get(path, filterName=PRODUCT["id"], **declared))["name"] == PRODUCT["id"]
    )
    refused(await desk.provider().get(path, **{**query, "filterName": "tape"}), 404)
    refused(await desk.provider("other").get(path, **query), 404)
    refused(await desk.bob.get(path, filterUsable="true", **query), 404)
    refused(await desk.bob.get(path, filterProductType="COMPUTE", **query), 404)
    refused(await desk.nobody.get(path, **query), 401)


# While it runs


def usage(category="disk", provider="example", **more):
    """How much somebody uses, as the program says it."""
    return {
        "isDeltaCharge": False,
        "owner": {"type": "user", "username": "alice", "projectId": ""},
        "categoryIdV2": {"name": category, "provider": provider},
        "usage": 12,
        "description": {"scope": "Drive-5123", "description": None},
        **more,
    }


async def test_what_is_used_may_go_on_being_used(desk):
    items = [usage(), usage("tape", usage=-1, owner={"type": "project", "username": "", "projectId": "x"})]

    for _ in range(2):
        assert good(await desk.provider().bulk(USAGE, *items)) == {"responses": [True, True]}


async def test_nobody_reports_what_is_used_of_anothers(desk):
    refused(await desk.provider().bulk(USAGE, usage(), usage(provider="other")), 403)
    refused(await desk.alice.bulk(USAGE, usage()), 403)
    refused(await desk.nobody.bulk(USAGE, usage()), 401)
    refused(await desk.provider().bulk(USAGE), 400)
    refused(await desk.provider().bulk(USAGE, {"usage": 1}), 400)


@pytest.mark.parametrize("verb", ["approveConnection", "clearConnection"])
async def test_everybody_is_known_to_a_provider_by_their_login(desk, verb):
    path = f"/api/providers/integration/control/{verb}"

    assert good(await desk.provider().post(path, {"username": "alice"})) == {}

    refused(await desk.provider().post(path, {}), 400)
    refused(await desk.alice.post(path, {"username": "alice"}), 403)
