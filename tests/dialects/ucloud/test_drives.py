"""Drives: one's own, those of projects, and those that show what others share."""

import pytest

from polyshare.engine.tree import sweeping
from tests.dialects.ucloud.desk import (
    ALICES,
    BOBS,
    PRODUCT,
    PROJECT,
    SOURCE,
    both_engines,
    good,
    refused,
)
from tests.dialects.ucloud.filing import (
    DRIVES,
    FILES,
    address,
    approve,
    asked,
    decline,
    drives,
    folder,
    move,
    names,
    shared,
)
from tests.dialects.ucloud.sharing import spec

OURS = {"id": "storage", "category": "storage", "provider": "polyshare"}
UNSUPPORTED = "FEATURE_NOT_SUPPORTED_BY_PROVIDER"


async def create(caller, *titles, product=PRODUCT):
    """Make drives; their ids."""
    made = good(await caller.bulk(DRIVES, *({"title": title, "product": product} for title in titles)))
    return [one["id"] for one in made["responses"]]


async def rename(caller, drive, title):
    return await caller.bulk(f"{DRIVES}/rename", {"id": str(drive), "newTitle": title})


async def remove(caller, *ids):
    return await caller.delete(DRIVES, {"items": [{"id": str(drive)} for drive in ids]})


@both_engines
async def test_a_drive_of_ones_own_is_told_of(desk):
    drive = good(await desk.alice.get(f"{DRIVES}/retrieve", id=str(ALICES)))

    assert drive == {
        "id": str(ALICES),
        "specification": {"title": "Alice's drive", "product": PRODUCT},
        "createdAt": desk.clock.now // 1000,
        "status": {"preferredDrive": True, "resolvedSupport": None, "resolvedProduct": None},
        "updates": [],
        "owner": {"createdBy": "alice", "project": None},
        "permissions": {"myself": ["ADMIN", "READ", "EDIT"], "others": None},
    }


@both_engines
async def test_a_mount_is_told_of_as_it_was_granted(desk):
    share, mount = await asked(desk, SOURCE, "bob", "EDIT")
    await approve(desk, share)

    drive = good(await desk.bob.get(f"{DRIVES}/retrieve", id=mount[1:], includeOthers="true"))

    assert drive == {
        "id": mount[1:],
        "specification": {"title": "my-collaboration", "product": PRODUCT | {"id": "share"}},
        "createdAt": desk.clock.now // 1000,
        "status": {"preferredDrive": False, "resolvedSupport": None, "resolvedProduct": None},
        "updates": [],
        "owner": {"createdBy": "_ucloud", "project": None},
        "permissions": {
            "myself": ["READ", "EDIT"],
            "others": [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ", "EDIT"]}],
        },
        "providerGeneratedId": f"s-{share}",
    }
    for caller in (desk.alice, desk.carol):
        refused(await caller.get(f"{DRIVES}/retrieve", id=mount[1:]), 404)


@pytest.mark.parametrize("drive", ["", "x", "-1", "1", "99999999999999999999", str(BOBS)])
async def test_what_one_has_not_is_not_there(desk, drive):
    status = 400 if not drive else 404
    refused(await desk.alice.get(f"{DRIVES}/retrieve", id=drive), status)
    refused(await rename(desk.alice, drive, "Mine"), 404)
    refused(await remove(desk.alice, drive), 404)
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}


async def test_support_says_what_is_possible(desk):
    mount = await shared(desk)

    async def status(caller, drive, **query):
        return good(await caller.get(f"{DRIVES}/retrieve", id=drive, **query))["status"]

    own = await status(desk.alice, str(ALICES), includeSupport="true")
    theirs = await status(desk.bob, mount[1:], includeSupport="true")
    product = await status(desk.alice, str(ALICES), includeProduct="true")

    assert own["resolvedSupport"]["support"] == {
        "product": PRODUCT,
        "stats": {
            "sizeInBytes": True,
            "sizeIncludingChildrenInBytes": True,
            "modifiedAt": True,
            "createdAt": True,
            "accessedAt": False,
            "unixPermissions": False,
            "unixOwner": False,
            "unixGroup": False,
        },
        "collection": {
            "aclModifiable": False,
            "usersCanCreate": True,
            "usersCanDelete": True,
            "usersCanRename": True,
        },
        "files": {
            "aclModifiable": False,
            "trashSupported": True,
            "isReadOnly": False,
            "searchSupported": True,
            "streamingSearchSupported": False,
            "sharesSupported": True,
        },
    }
    assert own["resolvedSupport"]["features"] == []
    assert own["resolvedSupport"]["product"] == own["resolvedProduct"] == product["resolvedProduct"]
    assert product["resolvedSupport"] is None
    assert theirs["resolvedSupport"]["support"]["files"]["sharesSupported"] is False
    assert theirs["resolvedSupport"]["support"]["product"]["id"] == "share"
    assert theirs["resolvedProduct"]["name"] == "share"


async def told_of(caller, path=DRIVES):
    """The products on which somebody may have drives, by provider."""
    found = good(await caller.get(f"{path}/retrieveProducts"))["productsByProvider"]
    return {name: [one["support"]["product"] for one in some] for name, some in found.items()}


async def test_products_are_told_of_with_what_is_possible(desk):
    for path in (DRIVES, FILES):
        assert await told_of(desk.alice, path) == {"example": [PRODUCT]}
    assert good(await desk.alice.post(f"{DRIVES}/init", {})) == {}


async def test_the_servers_own_product_is_told_of_to_who_has_drives_of_it(desk):
    [ours] = await create(desk.alice, "Ours", product=OURS)
    assert await told_of(desk.alice) == {"example": [PRODUCT], "polyshare": [OURS]}
    assert await told_of(desk.bob) == {"example": [PRODUCT]}

    good(await desk.alice.delete(DRIVES, {"items": [{"id": ours}]}))

    assert await told_of(desk.alice) == {"example": [PRODUCT]}


@both_engines
async def test_drives_are_made_and_hold_files(desk):
    made = await create(desk.alice, "First", "Second", "First")
    [ours] = await create(desk.alice, "Ours", product=OURS)

    assert sorted((await drives(desk.alice)).values()) == [
        "Alice's drive",
        "First",
        "First",
        "Ours",
        "Second",
    ]
    assert len({*made, ours, str(ALICES), str(BOBS)}) == 6
    good(await folder(desk.alice, f"/{made[0]}/docs"))
    assert await names(desk.alice, f"/{made[0]}") == ["docs"]
    found = good(await desk.alice.get(f"{DRIVES}/retrieve", id=ours))
    assert found["specification"]["product"] == OURS
    assert found["status"]["preferredDrive"] is False


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ({"title": "", "product": PRODUCT}, 400),
        ({"title": " ", "product": PRODUCT}, 400),
        ({"title": "a/b", "product": PRODUCT}, 400),
        ({"title": "a\nb", "product": PRODUCT}, 400),
        ({"title": "x" * 256, "product": PRODUCT}, 400),
        ({"title": "x"}, 400),
        ({"product": PRODUCT}, 400),
        ({"title": "x", "product": PRODUCT | {"id": "none"}}, 402),
        ({"title": "x", "product": PRODUCT | {"id": "share"}}, 402),
        ({"title": "x", "product": PRODUCT | {"provider": "nobody"}}, 402),
    ],
)
async def test_a_drive_that_can_not_be_made_is_refused_with_all_others(desk, item, status):
    refused(await desk.alice.bulk(DRIVES, {"title": "fine", "product": PRODUCT}, item), status)

    assert await drives(desk.alice) == {str(ALICES): "Alice's drive"}


@both_engines
async def test_a_drive_gets_another_title(desk):
    assert good(await rename(desk.alice, ALICES, "Renamed")) == {}

    assert await drives(desk.alice) == {str(ALICES): "Renamed"}
    for title in ("", "a/b", "a\nb"):
        refused(await rename(desk.alice, ALICES, title), 400)


async def test_a_mount_is_changed_by_nobody(desk):
    mount = await shared(desk)
    acl = {"id": mount[1:], "added": [], "deleted": []}

    refused(await rename(desk.bob, mount[1:], "Mine"), 400, UNSUPPORTED)
    refused(await remove(desk.bob, mount[1:]), 400, UNSUPPORTED)
    refused(await desk.bob.bulk(f"{DRIVES}/updateAcl", acl), 400, UNSUPPORTED)
    refused(await desk.alice.bulk(f"{DRIVES}/updateAcl", acl), 404)
    refused(await desk.alice.bulk(f"{DRIVES}/updateAcl", acl | {"id": str(ALICES)}), 400, UNSUPPORTED)
    assert (await drives(desk.bob))[mount[1:]] == "my-collaboration"
    assert await names(desk.alice, SOURCE) == ["report.txt"]


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_a_removed_drive_takes_shares_mounts_and_files_along(desk):
    mount = await shared(desk)
    found = await address(desk.bob, f"{mount}/report.txt")
    [second] = await create(desk.alice, "Second")

    assert good(await remove(desk.alice, ALICES, ALICES)) == {"responses": [{}, {}]}

    assert await drives(desk.alice) == {second: "Second"}
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    for caller, path in ((desk.alice, SOURCE), (desk.bob, mount), (desk.alice, f"/{ALICES}")):
        refused(await caller.get(f"{FILES}/browse", path=path), 404)
    refused(await desk.nobody.call("GET", found), 404)
    refused(await remove(desk.alice, ALICES), 404)
    refused(await desk.alice.bulk("/api/shares", spec(to="carol")), 403)
    await sweeping.sweep(desk.house)
    [third] = await create(desk.alice, "Third")
    assert int(third) > int(second)
    assert good(await desk.alice.get(f"{DRIVES}/retrieve", id=second))["status"]["preferredDrive"] is True


@both_engines
async def test_drives_of_a_project_are_for_who_leads_it(desk):
    leading, working = desk.alice.acting_in(PROJECT), desk.bob.acting_in(PROJECT)
    assert await drives(leading) == {}
    [drive] = await create(leading, "Ours together")

    assert await drives(leading) == {drive: "Ours together"}
    assert await drives(desk.alice) == {str(ALICES): "Alice's drive"}
    assert await drives(working) == await drives(desk.dave) == {}
    found = good(await desk.alice.get(f"{DRIVES}/retrieve", id=drive))
    assert found["owner"] == {"createdBy": "alice", "project": PROJECT}
    assert found["permissions"]["myself"] == ["ADMIN", "READ", "EDIT"]
    good(await folder(desk.alice, f"/{drive}/docs"))
    good(await move(desk.alice, f"/{drive}/docs", f"/{drive}/texts"))
    assert await names(desk.alice, f"/{drive}") == ["texts"]
    refused(await working.bulk(DRIVES, {"title": "x", "product": PRODUCT}), 403)
    refused(await desk.bob.get(f"{FILES}/browse", path=f"/{drive}"), 404)
    refused(await desk.dave.acting_in(PROJECT).get(f"{DRIVES}/browse"), 403)
    refused(await desk.alice.acting_in("none").get(f"{FILES}/browse", path=f"/{drive}"), 403)
    good(await rename(desk.alice, drive, "Still ours"))
    good(await remove(desk.alice, drive))
    assert await drives(leading) == {}


async def a_list(caller, path="browse", **query):
    """Titles, over as many pages as there are."""
    found, token = [], None
    while True:
        page = good(await caller.get(f"{DRIVES}/{path}", **query, **({"next": token} if token else {})))
        found += [one["specification"]["title"] for one in page["items"]]
        token = page["next"]
        if token is None:
            return found
        assert page["items"]


@both_engines
async def test_drives_and_mounts_are_listed_together_page_by_page(desk):
    for number in range(12):
        desk.clock.pass_s(1)
        good(await folder(desk.alice, f"/{ALICES}/{number:02} shared"))
        await shared(desk, f"/{ALICES}/{number:02} shared")
    await create(desk.bob, *[f"{number:02} own" for number in range(12)])

    titles = sorted([f"{n:02} {kind}" for n in range(12) for kind in ("own", "shared")] + ["Bob's drive"])
    for size in ("10", "25", "50"):
        assert await a_list(desk.bob, itemsPerPage=size) == titles
    assert await a_list(desk.bob, itemsPerPage="10", sortDirection="descending") == titles[::-1]
    assert await a_list(desk.bob, itemsPerPage="10", consistency="REQUIRE") == titles
    assert await a_list(desk.bob, itemsToSkip="23") == titles[23:]
    by_age = await a_list(desk.bob, itemsPerPage="10", sortBy="createdAt")
    assert by_age[:2] == ["Bob's drive", "00 shared"]
    assert sorted(by_age) == titles
    by_creator = await a_list(desk.bob, itemsPerPage="10", sortBy="createdBy")
    assert sorted(by_creator[:12]) == [title for title in titles if "shared" in title]


async def test_a_list_that_must_fit_together_fails_after_a_change(desk):
    await create(desk.bob, *[f"{number:02}" for number in range(12)])
    first = good(await desk.bob.get(f"{DRIVES}/browse", itemsPerPage="10", consistency="REQUIRE"))
    await shared(desk)

    refused(await desk.bob.get(f"{DRIVES}/browse", next=first["next"]), 400, "PAGINATION_CONSISTENCY_LOST")
    refused(await desk.bob.get(f"{DRIVES}/browse", next="x"), 400)
    refused(await desk.bob.get(f"{DRIVES}/browse", itemsToSkip="-1"), 400)


@both_engines
async def test_drives_are_filtered(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    desk.clock.pass_s(60)
    await create(desk.bob, "Later", product=OURS)
    now = desk.clock.now // 1000

    async def titles(**query):
        return await a_list(desk.bob, **query)

    everything = ["Bob's drive", "Later", "my-collaboration"]
    assert await titles() == everything
    assert await titles(filterCreatedBy="bob") == ["Bob's drive", "Later"]
    assert await titles(filterCreatedBy="_ucloud") == ["my-collaboration"]
    assert await titles(filterCreatedAfter=str(now)) == ["Later"]
    assert await titles(filterCreatedBefore=str(now - 1)) == ["Bob's drive", "my-collaboration"]
    assert await titles(filterProvider="polyshare") == await titles(hideProvider="example") == ["Later"]
    assert await titles(filterProductId="share") == ["my-collaboration"]
    assert await titles(hideProductId="share", filterProductCategory="example-ssd") == ["Bob's drive"]
    assert await titles(hideProductCategory="example-ssd") == ["Later"]
    assert await titles(filterIds=f"{BOBS},x,{ALICES}") == ["Bob's drive"]
    assert await titles(filterProviderIds=f"s-{share},s-1") == ["my-collaboration"]
    assert await titles(filterProviderIds=",") == []
    for kind in ("SHOW_ONLY_MINE", "DONT_FILTER_COLLECTIONS"):
        assert await titles(filterMemberFiles=kind) == everything
    assert await titles(filterMemberFiles="SHOW_ONLY_MEMBER_FILES") == ["Bob's drive"]
    refused(await desk.bob.get(f"{DRIVES}/browse", filterMemberFiles="x"), 400)
    for kind in ("ordinary", "all"):
        assert await titles(filterApplicationFiles=kind) == everything
    assert await titles(filterApplicationFiles="application", itemsPerPage="1") == []
    assert await titles(filterApplicationFiles="application", filterIds=f"{BOBS}") == []
    good(await desk.bob.get(f"{DRIVES}/retrieve", id=mount[1:], filterProductId="share"))
    refused(await desk.bob.get(f"{DRIVES}/retrieve", id=mount[1:], hideProductId="share"), 404)


@both_engines
async def test_drives_are_found_by_part_of_their_titles(desk):
    await shared(desk)
    await create(desk.bob, "100% Æble", "other")

    async def found(query, **more):
        page = good(await desk.bob.post(f"{DRIVES}/search", {"query": query, **more}))
        return [one["specification"]["title"] for one in page["items"]]

    assert await found("COLLAB") == ["my-collaboration"]
    assert await found("æBLE") == await found("0%") == ["100% Æble"]
    assert await found("_") == await found("alice") == []
    assert len(await found("")) == 4
    assert await found("o", flags={"filterCreatedBy": "bob", "includeProduct": "true"}) == [
        "Bob's drive",
        "other",
    ]
    refused(await desk.bob.post(f"{DRIVES}/search", {}), 400)


@pytest.mark.behaviour("ucloud", 15)
async def test_a_mount_goes_when_its_share_is_left(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    assert mount[1:] in await drives(desk.bob)

    await decline(desk, share)

    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}


@both_engines
async def test_a_list_makes_as_many_statements_for_more_drives(desk):
    await shared(desk)

    async def cost():
        before = desk.house.database.statements
        found = await drives(desk.bob, includeProduct="true", includeOthers="true")
        return desk.house.database.statements - before, len(found)

    await cost()
    few, _ = await cost()
    await create(desk.bob, *[f"{number}" for number in range(30)])
    for number in range(10):
        good(await folder(desk.alice, f"/{ALICES}/{number}"))
        await shared(desk, f"/{ALICES}/{number}")
    many, count = await cost()

    assert (many, count) == (few, 42)
    assert few <= 3
