"""Products: which are listed to whom, filtered, page by page."""

import pytest

from polyshare.domain.products import ProductFilter
from polyshare.domain.views import Window
from polyshare.engine.directory import products
from polyshare.engine.worlds import loading
from tests.dialects.ucloud.desk import PROJECT, WORLD, a_desk, good, refused

BROWSE = "/api/products/v2/browse"
OURS = ("polyshare", "storage", "storage")
EXAMPLE = ("example", "example-ssd", "example-ssd")
DEAR = ("example", "gold", "gold-ssd")
OTHER = ("other", "example-ssd", "tape")
SOLD = {
    "products": [
        *WORLD["products"],
        {
            "id": "gold-ssd",
            "category": "gold",
            "provider": "example",
            "description": "Dear storage",
            "free": False,
            "price": 7,
            "unit": "CREDITS_PER_HOUR",
            "charge_type": "ABSOLUTE",
        },
        {"id": "tape", "category": "example-ssd", "provider": "other", "free": True},
    ],
    "allocations": [
        {"product": "gold-ssd", "user": "alice", "balance": 1000},
        {"product": "gold-ssd", "project": PROJECT, "balance": 5},
    ],
}


@pytest.fixture
async def shop(database, tmp_path):
    """The desk with more products, one of which is not everybody's."""
    async with a_desk(database, str(tmp_path / "files"), world=SOLD) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """The address of a new, empty database of each engine."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'polyshare.db'}"
    return request.getfixturevalue("postgres_url")


def name_of(product):
    """Provider, category and name."""
    return product["category"]["provider"], product["category"]["name"], product["name"]


async def browse(caller, **query):
    """The first page of products."""
    return good(await caller.get(BROWSE, **query))["items"]


async def names(caller, **query):
    """What is on that page."""
    return [name_of(product) for product in await browse(caller, **query)]


async def test_all_products_are_listed_with_their_terms(shop):
    found = await browse(shop.bob)

    assert [name_of(product) for product in found] == [OURS, EXAMPLE, DEAR, OTHER]
    assert found[2] == {
        "type": "storage",
        "productType": "STORAGE",
        "name": "gold-ssd",
        "description": "Dear storage",
        "category": {
            "name": "gold",
            "provider": "example",
            "productType": "STORAGE",
            "accountingUnit": found[2]["category"]["accountingUnit"],
            "accountingFrequency": "PERIODIC_HOUR",
            "freeToUse": False,
            "allowSubAllocations": True,
        },
        "pricePerUnit": 7,
        "price": 7,
        "priority": 0,
        "version": 1,
        "freeToUse": False,
        "unitOfPrice": "CREDITS_PER_HOUR",
        "chargeType": "ABSOLUTE",
        "hiddenInGrantApplications": False,
        "balance": None,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filterProductType": "STORAGE"}, [OURS, EXAMPLE, DEAR, OTHER]),
        ({"filterProductType": "storage"}, [OURS, EXAMPLE, DEAR, OTHER]),
        ({"filterProductType": "COMPUTE"}, []),
        ({"filterName": "tape"}, [OTHER]),
        ({"filterName": "tap"}, []),
        ({"filterName": "storage"}, [OURS]),
        ({"filterProvider": "example"}, [EXAMPLE, DEAR]),
        ({"filterProvider": "polyshare"}, [OURS]),
        ({"filterCategory": "example-ssd"}, [EXAMPLE, OTHER]),
        ({"filterCategory": "example-ssd", "filterProvider": "other"}, [OTHER]),
        ({"filterUsable": "true"}, [OURS, EXAMPLE, OTHER]),
        ({"filterUsable": "false"}, [DEAR]),
        ({"filterUsable": "true", "filterCategory": "gold"}, []),
        ({"itemsToSkip": 1}, [EXAMPLE, DEAR, OTHER]),
        ({"itemsToSkip": 1, "filterProvider": "example"}, [DEAR]),
        ({"itemsToSkip": 2**63 - 1}, []),
        ({"unknown": "x", "filterName": ""}, [OURS, EXAMPLE, DEAR, OTHER]),
    ],
)
async def test_filters_combine(shop, query, found):
    assert await names(shop.bob, **query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"filterProductType": "DISK"},
        {"filterUsable": "maybe"},
        {"includeBalance": "2"},
        {"itemsPerPage": "x"},
        {"itemsToSkip": -1},
        {"next": "x"},
    ],
)
async def test_what_can_not_be_asked_is_refused(shop, query):
    refused(await shop.bob.get(BROWSE, **query), 400)


async def test_a_balance_is_told_to_whose_it_is_if_it_is_asked_for(shop):
    async def balances(caller, **query):
        return {name_of(product): product["balance"] for product in await browse(caller, **query)}

    asked = {"includeBalance": "true"}
    assert (await balances(shop.alice, **asked))[DEAR] == 1000
    assert (await balances(shop.alice))[DEAR] is None
    assert (await balances(shop.bob, **asked))[DEAR] is None
    assert (await balances(shop.bob.acting_in(PROJECT), **asked))[DEAR] == 5


async def test_what_is_usable_depends_on_the_workspace(shop):
    assert DEAR in await names(shop.alice, filterUsable="true")
    assert DEAR not in await names(shop.bob, filterUsable="true")
    assert DEAR in await names(shop.bob.acting_in(PROJECT), filterUsable="true")
    refused(await shop.carol.acting_in(PROJECT).get(BROWSE), 403)


@pytest.mark.parametrize("count", [8, 9, 10, 28])
async def test_pages_hold_each_product_once(database, tmp_path, count):
    many = [
        {"id": f"disk-{number}", "category": "disk", "provider": "other", "free": True}
        for number in range(count)
    ]
    world = {"products": [*WORLD["products"], *many]}
    async with a_desk(database, str(tmp_path / "files"), world=world) as desk:
        pages, query = [], {"itemsPerPage": 10}
        while True:
            page = good(await desk.bob.get(BROWSE, **query))
            pages.append(page["items"])
            if page["next"] is None:
                break
            query = {"next": page["next"]}

        whole = [product for page in pages for product in page]
        assert whole == await browse(desk.bob, itemsPerPage=250)
        assert len({name_of(product) for product in whole}) == len(whole) == count + 2
        assert [len(page) for page in pages[:-1]] == [10] * (len(pages) - 1)
        assert pages[-1]


async def test_a_list_that_must_be_of_one_moment_is_begun_again_when_it_changed(database, tmp_path):
    many = [
        {"id": f"disk-{number}", "category": "disk", "provider": "other", "free": True} for number in range(9)
    ]
    world = {"products": [*WORLD["products"], *many]}
    async with a_desk(database, str(tmp_path / "files"), world=world) as desk:
        first = good(await desk.bob.get(BROWSE, itemsPerPage=10, consistency="REQUIRE"))
        assert len(good(await desk.bob.get(BROWSE, next=first["next"]))["items"]) == 1

        await loading.load_world(
            desk.house, {"products": [{"id": "new", "category": "disk", "provider": "other"}]}
        )

        refused(await desk.bob.get(BROWSE, next=first["next"]), 400, "PAGINATION_CONSISTENCY_LOST")


async def test_a_list_that_nobody_limits_is_of_a_length_all_the_same(shop, monkeypatch):
    monkeypatch.setattr(products, "MOST", 2)

    found, last = await shop.house.read(
        None, lambda work: products.browse(work, products.NOBODY, ProductFilter(), Window())
    )

    assert len(found) == 2
    assert last is not None


async def test_strangers_see_none_and_providers_none_that_they_did_not_register(shop):
    refused(await shop.nobody.get(BROWSE), 401)
    assert await browse(shop.provider()) == []


# Providers


INTEGRATIONS = "/api/providers/integration/browse"


async def test_whoever_keeps_files_is_connected_for_everybody(shop):
    page = good(await shop.bob.get(INTEGRATIONS, itemsPerPage=250))

    assert page == {
        "itemsPerPage": 250,
        "items": [
            {
                "provider": name,
                "connected": True,
                "providerTitle": name,
                "requiresMessageSigning": False,
                "unmanagedConnection": False,
            }
            for name in ("example", "other", "polyshare")
        ],
        "next": None,
    }
    refused(await shop.nobody.get(INTEGRATIONS), 401)
    refused(await shop.provider().get(INTEGRATIONS), 403)


async def test_providers_come_page_by_page(database, tmp_path):
    world = {"providers": [{"id": f"p{number:02}", "kind": "files"} for number in range(12)]}
    async with a_desk(
        database,
        str(tmp_path / "files"),
        world={**world, "products": [], "drives": [], "folders": [], "files": []},
    ) as desk:
        first = good(await desk.bob.get(INTEGRATIONS, itemsPerPage=10, itemsToSkip=1, consistency="REQUIRE"))
        second = good(await desk.bob.get(INTEGRATIONS, next=first["next"]))

        found = [one["provider"] for page in (first, second) for one in page["items"]]
        assert found == [*(f"p{number:02}" for number in range(1, 12)), "polyshare"]
        assert second["next"] is None
        refused(await desk.bob.get(INTEGRATIONS, next="x"), 400)

        await loading.load_world(desk.house, {"providers": [{"id": "p99", "kind": "files"}]})
        refused(await desk.bob.get(INTEGRATIONS, next=first["next"]), 400, "PAGINATION_CONSISTENCY_LOST")
