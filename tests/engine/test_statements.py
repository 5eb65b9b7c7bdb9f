"""A call makes a fixed number of statements, however much there is or is listed: a list, for each of its stretches."""

import pytest

from polyshare.dialects.base.answers import HEAVY_STRETCH
from tests.dialects.cloudflare.desk import ORGANIZATION, a_desk, a_recipient, a_resource, good, some_id

LARGER = 12


class Counting:
    """Notes how many statements each named call made."""

    def __init__(self, database):
        self.made = {}
        self._database = database

    async def __call__(self, name, calling, status=200, *, heavy=False):
        before = self._database.statements
        response = await calling
        stretches = -(-len(good(response)) // HEAVY_STRETCH) if heavy else 1
        self.made[name] = -(-(self._database.statements - before) // stretches)  # the first may count, too
        return good(response, status) if status != 204 else response.status_code


@pytest.fixture
async def desk(database_url):
    """The dialect on an empty database of each engine, with an organization of many accounts."""
    async with a_desk(database_url) as opened:
        for number in range(LARGER + 1):
            await opened.found(some_id(0xACC0 + number), f"Account {number}", ORGANIZATION)
        yield opened


async def every_call(desk, size):
    """Make every call of the dialect once, on shares with *size* recipients and entries; statements by call."""
    counted, alice = Counting(desk.house.database), desk.alice
    accounts = [some_id(0xACC0 + number) for number in range(size)]
    extra = some_id(0xACC0 + LARGER)
    resources = [a_resource(number) for number in range(1, size + 1)]
    await alice.get("")
    await desk.organization.get("")  # from here on both callers are remembered

    body = {
        "name": "Rules",
        "recipients": [a_recipient(each) for each in accounts],
        "resources": resources,
        "tags": {f"key {number}": "value" for number in range(size)},
    }
    share = await counted("create", alice.post("", body), 201)
    at = f"/{share['id']}"
    await counted("create, held", alice.post("", body | {"name": "Held"}), 201)
    await desk.settle()
    seen = {"include_resources": True, "include_recipient_counts": True}
    filters = {"tag": "key 0=value", "resource_types": "custom-ruleset", "status": "active"}
    await counted("list", alice.get(""))
    await counted("list a page", alice.get("", per_page=100, **seen), heavy=True)
    await counted("list filtered", alice.get("", per_page=100, **filters))
    await counted("list of the organization", desk.organization.get("", per_page=100, **seen), heavy=True)
    await counted("get", alice.get(at))
    await counted("get with everything", alice.get(at, **seen))
    await counted("revise", alice.put(at, {"name": "Renamed", "tags": body["tags"]}))

    recipients = await counted("recipients", alice.get(f"{at}/recipients"))
    await counted(
        "recipients with resources", alice.get(f"{at}/recipients", include_resources=True), heavy=True
    )
    one = f"{at}/recipients/{recipients[0]['id']}"
    await counted("recipient", alice.get(one, include_resources=True))
    await counted("dismiss", alice.delete(one))
    await counted("invite", alice.post(f"{at}/recipients", a_recipient(extra)), 201)
    again = [a_recipient(each) for each in (*accounts, extra)]
    await counted("match recipients", alice.put(f"{at}/recipients", again), 204)

    entries = await counted("resources", alice.get(f"{at}/resources"))
    one = f"{at}/resources/{entries[0]['id']}"
    await counted("resource", alice.get(one))
    await counted("revise resource", alice.put(one, {"meta": {"a": 1}}))
    await counted("remove resource", alice.delete(one))
    await counted("add resource", alice.post(f"{at}/resources", a_resource(size + 1)), 201)

    await _organization_calls(counted, desk, accounts)
    await counted("withdraw", alice.delete(at))
    await desk.settle()
    return counted.made


async def _organization_calls(counted, desk, accounts):
    alice = desk.alice
    body = {"name": "For all", "recipients": [{}], "resources": [a_resource(999)]}
    whole = await counted("create for the organization", alice.post("", body), 201)
    at = f"/{whole['id']}/excluded-recipients"
    made = await counted("exclude", alice.post(at, {"account_id": accounts[0]}), 201)
    await counted("match excluded", alice.put(at, [{"account_id": each} for each in accounts]), 204)
    await counted("excluded recipients", alice.get(at))
    await counted("excluded recipient", alice.get(f"{at}/{made['id']}"))
    await counted("readmit", alice.delete(f"{at}/{made['id']}"))


async def test_a_call_makes_as_many_statements_in_a_larger_world(desk):
    small = await every_call(desk, 2)
    for number in range(LARGER):
        await desk.alice.share(f"Another {number}")

    large = await every_call(desk, LARGER)

    assert large == small


async def test_a_read_makes_at_most_six_statements(desk):
    made = await every_call(desk, 2)

    reading = ("list", "get", "recipient", "resource", "excluded recipient")
    assert {name: count for name, count in made.items() if name.startswith(reading) and count > 6} == {}
