"""Lists of shares: what is told beside them, which ones, in what order, and page by page."""

import asyncio

import pytest

from tests.dialects.ucloud.desk import ALICES, PRODUCT, PROJECT, SOURCE, a_desk, both_engines, good, refused
from tests.dialects.ucloud.keeping import kept
from tests.dialects.ucloud.sharing import (
    BASE,
    browse,
    end,
    folders,
    found,
    grow,
    ids,
    offer,
    one,
    say,
    show,
    spec,
    walk,
)

__all__ = ["kept"]

BESIDE = f"/{ALICES}/work/beside"
REFERENCE = {"id": "other-hdd", "category": "other", "provider": "other"}
OTHERS = 6001  # a drive of Alice's on another provider's product
MORE = {
    "products": [
        {**PRODUCT, "description": "Example storage", "free": True},
        {**REFERENCE, "description": "Other storage", "free": True},
    ],
    "drives": [
        {"id": ALICES, "title": "Alice's drive", "owner": "alice", "product": PRODUCT},
        {"id": 5124, "title": "Bob's drive", "owner": "bob", "product": PRODUCT},
        {"id": OTHERS, "title": "Another drive of Alice's", "owner": "alice", "product": REFERENCE},
    ],
}


def numbered(count):
    """Paths of folders that sort as they are counted."""
    return [f"/{ALICES}/many/{number:03}" for number in range(count)]


@pytest.fixture
async def many(desk):
    """The desk where Alice shares 120 folders with Bob, each a second after the one before."""
    paths = numbered(120)
    await grow(desk, *paths)
    desk.shares = []
    for path in paths:
        desk.shares.append(await one(desk.alice, spec(path=path)))
        desk.clock.pass_s(1)
    desk.sign_in()
    return desk


# What is told beside


@both_engines
@pytest.mark.behaviour("ucloud", 21)
async def test_each_flag_fills_its_own_part_and_nothing_else(desk):
    share = await one(desk.alice)
    good(await say(desk.bob, "approve", share))
    plain = await show(desk.bob, share)

    told = {flag: await show(desk.bob, share, **{flag: "true"}) for flag in FLAGS}

    assert plain["permissions"]["others"] is None
    assert told["includeOthers"]["permissions"].pop("others") == [
        {"entity": {"type": "user", "username": "bob"}, "permissions": ["READ"]}
    ]
    assert [one["newState"] for one in told["includeUpdates"].pop("updates")] == ["APPROVED"]
    product = told["includeProduct"]["status"].pop("resolvedProduct")
    assert (product["name"], product["category"]["provider"], product["balance"]) == (
        "example-ssd",
        "example",
        None,
    )
    assert told["includeSupport"]["status"].pop("resolvedProduct") == product
    assert told["includeSupport"]["status"].pop("resolvedSupport") == {
        "product": product,
        "support": {"type": "UCLOUD_MANAGED_COLLECTION", "product": PRODUCT},
    }
    for flag, parts in FLAGS.items():
        rest = await show(desk.bob, share)
        for part in parts:
            holder = rest
            for step in part[:-1]:
                holder = holder[step]
            del holder[part[-1]]
        assert told[flag] == rest
    [listed] = await browse(desk.bob, **dict.fromkeys(FLAGS, "true"))
    assert listed == await show(desk.bob, share, **dict.fromkeys(FLAGS, "true"))


FLAGS = {
    "includeOthers": [("permissions", "others")],
    "includeUpdates": [("updates",)],
    "includeProduct": [("status", "resolvedProduct")],
    "includeSupport": [("status", "resolvedProduct"), ("status", "resolvedSupport")],
}


# Which ones


@both_engines
@pytest.mark.behaviour("ucloud", 22)
async def test_each_filter_finds_what_it_names(database, tmp_path):
    async with a_desk(database, str(tmp_path / "files"), world=MORE) as desk:
        await grow(desk, f"/{OTHERS}/x", "/5124/theirs")
        start = desk.clock() // 1000
        first = await one(desk.alice)
        desk.clock.pass_s(1)
        second = await one(desk.alice, spec(path=f"/{OTHERS}/x", product=REFERENCE))
        desk.clock.pass_s(1)
        third = await one(desk.bob, spec("alice", "/5124/theirs"))

        async def of_alice(**query):
            return set(await ids(desk.alice, **query))

        everything = {first, second, third}
        assert await of_alice() == everything
        assert await of_alice(filterCreatedBy="alice") == {first, second}
        assert await of_alice(filterCreatedBy="ali") == set()
        assert await of_alice(filterCreatedAfter=start + 1000) == {second, third}
        assert await of_alice(filterCreatedAfter=start + 1001) == {third}
        assert await of_alice(filterCreatedBefore=start + 1000) == {first, second}
        assert await of_alice(filterCreatedBefore=start + 999) == {first}
        assert await of_alice(filterProvider="other") == {second}
        assert await of_alice(filterProductId="other-hdd") == {second}
        assert await of_alice(filterProductCategory="other") == {second}
        assert await of_alice(hideProvider="other") == {first, third}
        assert await of_alice(hideProductId="other-hdd") == {first, third}
        assert await of_alice(hideProductCategory="example-ssd") == {second}
        assert await of_alice(filterIds=f"{first},x,{third},,99") == {first, third}
        assert await of_alice(filterIds="x") == await of_alice(filterIds=",") == set()
        assert await of_alice(filterIds="") == everything
        assert await of_alice(filterProviderIds="a,b") == await of_alice(filterProviderIds=",") == set()
        assert await of_alice(filterOriginalPath=f"//{ALICES}/work/./my-project/my-collaboration/") == {first}
        assert await of_alice(filterOriginalPath=f"/{ALICES}/work") == set()
        assert await of_alice(filterOriginalPath="nowhere") == set()
        assert await of_alice(filterIngoing="true") == {third}
        assert await of_alice(filterIngoing="false") == {first, second}
        assert await of_alice(filterIngoing="false", filterProvider="example") == {first}
        assert await of_alice(filterIngoing="true", filterProvider="other") == set()
        assert await of_alice(filterCreatedAfter=start + 1000, filterCreatedBefore=start + 1000) == {second}


@pytest.mark.behaviour("ucloud", 22)
async def test_the_providers_own_id_of_a_share_is_told_and_looked_for(kept):
    alice, ids_ = kept.desk.alice, iter(["own-1", "own-2", ""])
    kept.program.made_ids = lambda _: {"id": next(ids_)}
    first, second = await offer(alice, spec(path=kept.source), spec(path=kept.beside))
    third = await one(alice, spec("carol", kept.source))

    told = [(await show(alice, share)).get("providerGeneratedId", "none") for share in (first, second, third)]

    assert told == ["own-1", "own-2", "none"]
    assert await ids(alice, filterProviderIds="own-1") == [first]
    assert await ids(kept.desk.bob, filterProviderIds="x,own-2,,own-1", sortBy="createdAt") == [first, second]
    assert await ids(alice, filterProviderIds="own") == await ids(alice, filterProviderIds=",") == []


@pytest.mark.behaviour("ucloud", 22)
async def test_whether_rejected_ones_are_listed_depends_on_the_side_unless_it_is_said(desk):
    await grow(desk, "/5124/theirs")
    hers = await one(desk.alice)
    his = await one(desk.bob, spec("alice", "/5124/theirs"))
    good(await say(desk.bob, "reject", hers))
    good(await say(desk.alice, "reject", his))

    assert await ids(desk.alice) == [hers]
    assert await ids(desk.bob) == [his]
    assert await ids(desk.alice, filterRejected="false", sortBy="createdAt") == [hers, his]
    assert await ids(desk.alice, filterRejected="true") == []
    assert await ids(desk.alice, filterRejected="false", filterIngoing="true") == [his]


# In what order


@both_engines
@pytest.mark.behaviour("ucloud", 25)
async def test_lists_are_sorted_by_key_and_id_in_one_direction(desk):
    await grow(desk, "/5124/a", f"/{ALICES}/B", f"/{ALICES}/a", f"/{ALICES}/ä")
    b = await one(desk.alice, spec(path=f"/{ALICES}/a"))
    a = await one(desk.alice, spec(path=f"/{ALICES}/B"))
    c = await one(desk.alice, spec(path=f"/{ALICES}/ä"))
    desk.clock.pass_s(1)
    d, e = await offer(desk.bob, spec("alice", "/5124/a"), spec("carol", "/5124/a"))
    f = await one(desk.alice, spec("carol", f"/{ALICES}/a"))

    for by in ("", "sourceFilePath", "unknown"):
        assert await ids(desk.alice, sortBy=by) == [a, b, f, c, d]
        assert await ids(desk.alice, sortBy=by, sortDirection="descending") == [d, c, f, b, a]
    assert await ids(desk.alice, sortBy="createdAt") == [b, a, c, d, f]
    assert await ids(desk.alice, sortBy="createdAt", sortDirection="DESCENDING") == [f, d, c, a, b]
    assert await ids(desk.alice, sortBy="createdBy") == [b, a, c, f, d]
    assert await ids(desk.alice, sortBy="createdBy", sortDirection="descending") == [d, f, c, a, b]
    assert await ids(desk.carol) == [f, e]
    assert await ids(desk.alice) == await ids(desk.alice)


# Page by page


@pytest.mark.behaviour("ucloud", 23)
@pytest.mark.parametrize(
    ("asked", "size"),
    [(0, 50), (7, 50), (10, 10), (25, 25), (50, 50), (100, 100), (250, 250), (251, 50), (-5, 50)],
)
async def test_a_page_is_as_long_as_it_says(many, asked, size):
    page = good(await many.bob.get(f"{BASE}/browse", itemsPerPage=asked))

    assert page["itemsPerPage"] == size
    assert [share["id"] for share in page["items"]] == many.shares[:size]
    assert (page["next"] is None) is (size >= 120)


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.behaviour("ucloud", 23)
async def test_pages_hold_each_share_once_and_the_last_is_not_empty(many):
    desk = many
    for size in (10, 25, 50):
        for by in ("sourceFilePath", "createdAt", "createdBy"):
            for direction in ("ascending", "descending"):
                pages = await walk(
                    desk.alice, "browse", itemsPerPage=size, sortBy=by, sortDirection=direction
                )

                listed = [share["id"] for page in pages for share in page]
                assert listed == (desk.shares if direction == "ascending" else desk.shares[::-1])
                assert len(pages) == -(-120 // size)


@pytest.mark.behaviour("ucloud", 23)
async def test_tokens_know_what_was_asked_for(many):
    first = good(
        await many.bob.get(f"{BASE}/browse", itemsPerPage=25, sortDirection="descending", itemsToSkip=30)
    )
    second = good(await many.bob.get(f"{BASE}/browse", next=first["next"]))
    repeated = good(
        await many.bob.get(
            f"{BASE}/browse", next=first["next"], itemsPerPage=25, sortDirection="descending", itemsToSkip=30
        )
    )

    backwards = many.shares[::-1]
    assert [share["id"] for share in first["items"]] == backwards[30:55]
    assert second == repeated
    assert second["itemsPerPage"] == 25
    assert [share["id"] for share in second["items"]] == backwards[55:80]


@pytest.mark.behaviour("ucloud", 23)
async def test_what_is_skipped_lies_before_the_first_page(many):
    assert await ids(many.bob, itemsToSkip=0, itemsPerPage=10) == many.shares[:10]
    assert await ids(many.bob, itemsToSkip=30, itemsPerPage=10) == many.shares[30:40]
    assert await ids(many.bob, itemsToSkip=119) == many.shares[119:]
    assert await ids(many.bob, itemsToSkip=120) == await ids(many.bob, itemsToSkip=2**63 - 1) == []
    for call in ("browse", "browseOutgoing"):
        refused(await many.bob.get(f"{BASE}/{call}", itemsToSkip=-1), 400)
        refused(await many.bob.get(f"{BASE}/{call}", itemsPerPage="x"), 400)
        refused(await many.bob.get(f"{BASE}/{call}", next="garbage"), 400)
    refused(await many.bob.post(f"{BASE}/search", {"query": "", "next": "garbage"}), 400)


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.behaviour("ucloud", 23)
@pytest.mark.behaviour("ucloud", 35)
async def test_tokens_outlive_the_process(database, tmp_path):
    files = str(tmp_path / "files")
    async with a_desk(database, files) as desk:
        paths = numbered(15)
        await grow(desk, *paths)
        shares = await offer(desk.alice, *(spec(path=path) for path in paths))
        listed = good(await desk.bob.get(f"{BASE}/browse", itemsPerPage=10))
        grouped = good(await desk.alice.get(f"{BASE}/browseOutgoing", itemsPerPage=10))

    async with a_desk(database, files) as desk:
        assert await ids(desk.bob, next=listed["next"]) == shares[10:]
        rest = await folders(desk.alice, next=grouped["next"])
        assert [folder["sourceFilePath"] for folder in rest] == paths[10:]


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.behaviour("ucloud", 24)
async def test_pages_repeat_nothing_while_others_insert_and_delete(many):
    seen, query = [], {"itemsPerPage": 10}
    removed, added = set(), 0
    while True:
        page = good(await many.bob.get(f"{BASE}/browse", **query))
        seen += [share["id"] for share in page["items"]]
        if page["next"] is None:
            break
        query = {"next": page["next"]}
        path = f"/{ALICES}/many/{added:03}a"  # between what was read already
        await grow(many, path)
        await one(many.alice, spec(path=path))
        removed |= {seen[added], many.shares[-1 - added]}
        good(await end(many.alice, seen[added], many.shares[-1 - added]))
        added += 1

    assert len(seen) == len(set(seen))
    assert set(many.shares) - removed <= set(seen)


@both_engines
@pytest.mark.behaviour("ucloud", 24)
@pytest.mark.parametrize(("call", "who"), [("browse", "bob"), ("browseOutgoing", "alice")])
async def test_a_list_of_one_moment_is_whole_or_fails(desk, call, who):
    paths = numbered(30)
    await grow(desk, *paths, BESIDE)
    shares = await offer(desk.alice, *(spec(path=path) for path in paths))
    caller = getattr(desk, who)
    whole = {"itemsPerPage": 10, "consistency": "REQUIRE"}

    assert sum(map(len, await walk(caller, call, **whole))) == 30

    async def later(change):
        first = good(await caller.get(f"{BASE}/{call}", **whole))
        second = good(await caller.get(f"{BASE}/{call}", next=first["next"], **whole))
        await change
        for more in ({}, whole):
            answer = await caller.get(f"{BASE}/{call}", next=second["next"], **more)
            refused(answer, 400, "PAGINATION_CONSISTENCY_LOST")

    await later(one(desk.alice, spec(path=BESIDE)))
    await later(say(desk.bob, "approve", shares[0]))
    await later(desk.alice.bulk(f"{BASE}/permissions", {"id": shares[0], "permissions": ["READ"]}))
    await later(say(desk.bob, "reject", shares[-1]))
    await later(end(desk.alice, shares[5]))
    loosely = good(await caller.get(f"{BASE}/{call}", itemsPerPage=10))
    refused(
        await caller.get(f"{BASE}/{call}", next=loosely["next"], **whole), 400, "PAGINATION_CONSISTENCY_LOST"
    )


@pytest.mark.behaviour("ucloud", 24)
async def test_what_others_do_elsewhere_does_not_break_a_list_of_one_moment(desk):
    paths = numbered(11)
    await grow(desk, *paths, "/5124/theirs")
    await offer(desk.alice, *(spec(path=path) for path in paths))
    first = good(await desk.alice.get(f"{BASE}/browse", itemsPerPage=10, consistency="REQUIRE"))

    await one(desk.bob, spec("carol", "/5124/theirs"))

    assert len(await browse(desk.alice, next=first["next"])) == 1


# Searching


@both_engines
@pytest.mark.behaviour("ucloud", 26)
async def test_a_search_finds_parts_of_paths_and_usernames_whatever_their_case(desk):
    await grow(desk, f"/{ALICES}/100%_Ölçü", f"/{ALICES}/100 xyz")
    source, percent, plain = await offer(
        desk.alice, spec(), spec(path=f"/{ALICES}/100%_Ölçü"), spec("carol", f"/{ALICES}/100 xyz")
    )

    assert await found(desk.alice, "collab") == [source]
    assert await found(desk.alice, "MY-PROJECT/MY") == [source]
    assert await found(desk.alice, "BOB", sortBy="createdAt") == [source, percent]
    assert await found(desk.alice, "o", sortBy="createdAt") == [source, percent, plain]
    assert (
        await found(desk.alice, "%")
        == await found(desk.alice, "_")
        == await found(desk.alice, "%_ö")
        == [percent]
    )
    assert await found(desk.alice, "ÖLÇÜ") == [percent]
    assert await found(desk.alice, "100") == [plain, percent]
    assert await found(desk.alice, "nothing of that kind") == await found(desk.alice, '"') == []
    assert await found(desk.alice, "", sortBy="createdAt") == [source, percent, plain]
    assert await found(desk.bob, "ob", sortBy="createdAt") == [source, percent]
    assert await found(desk.carol, "bob") == await found(desk.dave, "") == []


@pytest.mark.behaviour("ucloud", 26)
async def test_a_search_is_filtered_by_flags_in_its_body(desk):
    await grow(desk, "/5124/work")
    hers = await one(desk.alice)
    his = await one(desk.bob, spec("alice", "/5124/work"))
    good(await say(desk.bob, "reject", hers))

    assert await found(desk.alice, "work", flags={}) == [hers, his]
    assert await found(desk.alice, "work", flags={"filterIngoing": True}) == [his]
    assert await found(desk.alice, "work", flags={"filterIngoing": "false"}) == [hers]
    assert await found(desk.alice, "work", flags={"filterRejected": "true"}) == [his]
    assert await found(desk.alice, "work", flags={"filterIds": his, "hideProvider": None}) == [his]
    assert await found(desk.alice, "work", flags=None, sortDirection="descending") == [his, hers]
    told = good(
        await desk.alice.post(f"{BASE}/search", {"query": "work", "flags": {"includeOthers": "true"}})
    )
    assert all(share["permissions"]["others"] for share in told["items"])


@pytest.mark.behaviour("ucloud", 26)
async def test_a_search_goes_on_page_by_page(many):
    pages, following = [], None
    while not pages or following:
        asked = {"query": "MANY", "itemsPerPage": "50", "next": following}
        page = good(await many.bob.post(f"{BASE}/search", asked))
        pages.append([share["id"] for share in page["items"]])
        following = page["next"]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [share for page in pages for share in page] == many.shares


# Folders


@both_engines
@pytest.mark.behaviour("ucloud", 27)
async def test_folders_are_listed_with_all_of_their_shares(database, tmp_path):
    logins = [f"user{number:02}" for number in range(15)]
    people = [{"login": login, "name": login} for login in ("alice", "bob", "carol", "dave", *logins)]
    async with a_desk(database, str(tmp_path / "files"), world={"users": people}) as desk:
        await grow(desk, "/5124/theirs")
        shares = await offer(desk.alice, *(spec(login) for login in reversed(logins)))
        beside, theirs = (
            (await one(desk.alice, spec(path=BESIDE))),
            await one(desk.bob, spec("alice", "/5124/theirs")),
        )
        good(await say(desk.user("user01"), "approve", shares[-2]))
        good(await say(desk.user("user02"), "reject", shares[-3]))

        listed = await folders(desk.alice)

        assert [folder["sourceFilePath"] for folder in listed] == [BESIDE, SOURCE]
        assert [folder["storageProduct"] for folder in listed] == [PRODUCT, PRODUCT]
        assert [preview["shareId"] for preview in listed[0]["sharePreview"]] == [beside]
        states = {"user01": "APPROVED", "user02": "REJECTED"}
        assert listed[1]["sharePreview"] == [
            {
                "sharedWith": login,
                "permissions": ["EDIT"],
                "state": states.get(login, "PENDING"),
                "shareId": share,
            }
            for login, share in zip(logins, reversed(shares), strict=True)
        ]
        assert [folder["sourceFilePath"] for folder in await folders(desk.bob)] == ["/5124/theirs"]
        assert theirs not in str(listed)
        assert await folders(desk.carol) == await folders(desk.alice.acting_in(PROJECT)) == []
        assert await folders(desk.alice, filterIngoing="true", filterCreatedBy=5) == listed


@pytest.mark.behaviour("ucloud", 27)
async def test_a_page_of_folders_counts_folders(many):
    again = await offer(many.alice, *(spec("carol", path) for path in numbered(120)[:20]))

    pages = await walk(many.alice, "browseOutgoing", itemsPerPage=50)

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [folder["sourceFilePath"] for page in pages for folder in page] == numbered(120)
    assert [len(folder["sharePreview"]) for folder in pages[0][:21]] == [2] * 20 + [1]
    assert [folder["sharePreview"][1]["shareId"] for folder in pages[0][:20]] == again
    skipped = await folders(many.alice, itemsToSkip=115)
    assert [folder["sourceFilePath"] for folder in skipped] == numbered(120)[115:]


# Products


@pytest.mark.behaviour("ucloud", 28)
async def test_products_whose_folders_can_be_shared_are_listed_by_provider(database, tmp_path):
    async with a_desk(database, str(tmp_path / "files"), world=MORE) as desk:
        told = good(await desk.alice.get(f"{BASE}/retrieveProducts"))["productsByProvider"]

        assert [one["support"] for one in told["example"]] == [
            {"type": "UCLOUD_MANAGED_COLLECTION", "product": PRODUCT}
        ]
        assert [one["support"]["product"] for one in told["other"]] == [REFERENCE]
        [shown] = told["other"]
        assert (shown["product"]["type"], shown["product"]["productType"]) == ("storage", "STORAGE")
        assert (shown["product"]["name"], shown["product"]["description"]) == ("other-hdd", "Other storage")


@pytest.mark.behaviour("ucloud", 28)
async def test_a_product_is_listed_for_whom_it_is_allocated_to(database, tmp_path):
    priced = {**REFERENCE, "free": False}
    world = {
        "products": [*MORE["products"][:1], priced],
        "allocations": [
            {"product": "other-hdd", "user": "bob", "balance": 500},
            {"product": "other-hdd", "project": PROJECT, "balance": 700},
        ],
    }
    async with a_desk(database, str(tmp_path / "files"), world=world) as desk:

        async def balances(caller):
            told = good(await caller.get(f"{BASE}/retrieveProducts"))["productsByProvider"]
            return [one["product"]["balance"] for one in told.get("other", [])]

        assert await balances(desk.alice) == []
        assert await balances(desk.bob) == [500]
        assert await balances(desk.alice.acting_in(PROJECT)) == [700]


async def test_lists_are_read_side_by_side(many):
    pages = await asyncio.gather(*(ids(many.bob, itemsPerPage=10) for _ in range(20)))

    assert all(page == many.shares[:10] for page in pages)
