"""A call makes a fixed number of statements, however many shares there are, are listed or are named."""

import pytest

from tests.dialects.ucloud.desk import ALICES, both_engines, good
from tests.dialects.ucloud.sharing import BASE, end, grow, offer, say, spec

ALL_FLAGS = dict.fromkeys(("includeOthers", "includeUpdates", "includeSupport", "includeProduct"), "true")
MOST = {"browse": 8, "browse whole": 9, "search": 8, "outgoing": 6, "retrieve": 6, "products": 6}


async def every_call(desk, name, size):
    """Make every call of shares for *size* folders below *name*; statements by call."""
    made = {}

    async def counted(call, calling):
        before = desk.house.database.statements
        answer = await calling
        made[call] = desk.house.database.statements - before
        return good(answer)

    paths = [f"/{ALICES}/{name}/{number:03}" for number in range(size)]
    await grow(desk, *paths)
    for caller in (desk.alice, desk.bob):
        await caller.get(f"{BASE}/browse")  # from here on both are remembered
    alice, bob = desk.alice, desk.bob
    told = await counted("create", alice.bulk(BASE, *(spec(path=path) for path in paths)))
    shares = [one["id"] for one in told["responses"]]
    named = [{"id": share} for share in shares]
    await counted("approve", bob.bulk(f"{BASE}/approve", *named))
    await counted("approve again", bob.bulk(f"{BASE}/approve", *named))
    permissions = [{"id": share, "permissions": ["READ"]} for share in shares]
    await counted("permissions", alice.bulk(f"{BASE}/permissions", *permissions))
    await counted("browse", bob.get(f"{BASE}/browse", itemsPerPage=250, **ALL_FLAGS))
    await counted(
        "browse whole", bob.get(f"{BASE}/browse", itemsPerPage=250, consistency="REQUIRE", **ALL_FLAGS)
    )
    await counted(
        "search", bob.post(f"{BASE}/search", {"query": name, "itemsPerPage": 250, "flags": ALL_FLAGS})
    )
    await counted("outgoing", alice.get(f"{BASE}/browseOutgoing", itemsPerPage=250))
    await counted("retrieve", alice.get(f"{BASE}/retrieve", id=shares[0], **ALL_FLAGS))
    await counted("products", alice.get(f"{BASE}/retrieveProducts"))
    await counted("reject", bob.bulk(f"{BASE}/reject", *named[: size // 2]))
    await counted("offer again", alice.bulk(BASE, *(spec(path=path) for path in paths[: size // 2])))
    await counted("delete", alice.delete(BASE, {"items": named[size // 2 :]}))
    return made


@both_engines
async def test_a_call_makes_as_many_statements_for_more_shares(desk):
    small = await every_call(desk, "small", 2)
    large = await every_call(desk, "large", 250)

    assert large == small


@pytest.mark.parametrize("call", MOST)
async def test_what_is_only_looked_at_takes_few_statements(desk, call):
    made = await every_call(desk, "few", 4)

    assert made[call] <= MOST[call]


async def test_a_list_costs_no_more_however_many_shares_others_have(desk):
    small = await every_call(desk, "own", 2)
    await grow(desk, *(f"/5124/theirs/{number:03}" for number in range(100)))
    shares = await offer(desk.bob, *(spec("carol", f"/5124/theirs/{number:03}") for number in range(100)))
    good(await say(desk.carol, "approve", *shares[::2]))
    good(await end(desk.bob, *shares[::3]))

    assert await every_call(desk, "again", 2) == small
