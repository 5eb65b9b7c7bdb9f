"""Shares of what lies at a provider: it is asked first, calls back meanwhile, may refuse, and opens and closes the drive that shows them."""

import asyncio

import pytest

from polyshare.engine.sharing import delivering, recounting
from polyshare.engine.worker import tidying
from polyshare.providers import ucloud
from polyshare.store.statements import statement
from tests.dialects.ucloud.desk import PRODUCT, PROJECT, both_engines, good, refused
from tests.dialects.ucloud.keeping import DRIVES, SHARES, kept, registered
from tests.dialects.ucloud.sharing import (
    BASE,
    browse,
    end,
    folders,
    ids,
    offer,
    one,
    permit,
    say,
    show,
    spec,
    state,
    told,
)
from tests.ucloud_provider import (
    ACL,
    CREATE,
    CUT,
    DELETE,
    GARBAGE,
    INIT,
    PRODUCTS,
    READY,
    SYSTEM,
    VERIFY,
    Failing,
)

__all__ = ["kept"]

BOTH = ("READ", "EDIT")
DRIVES_LEFT = statement("test.drives_left", "select id from remote_drive order by id")


def to(kept, recipient="bob", path="", permissions=("EDIT",), **more):
    """What is asked for about Alice's folder at the provider."""
    return spec(recipient, path or kept.source, permissions, **more)


async def approved(kept, **more):
    """A share that was approved and carried out; its id."""
    share = await one(kept.desk.alice, to(kept, **more))
    good(await say(kept.desk.bob, "approve", share))
    await kept.catch_up()
    return share


# Beginning


@both_engines
@pytest.mark.behaviour("ucloud", 29)
async def test_a_provider_is_asked_first_and_calls_back_meanwhile(kept):
    share = await one(kept.desk.alice, to(kept))

    [asked] = kept.program.calls(CREATE)
    [resource] = asked.body["items"]
    assert asked.by == "alice"
    assert resource["id"] == share
    assert resource["specification"] == to(kept)
    assert resource["status"]["state"] == "PENDING"
    assert resource["status"]["shareAvailableAt"] is None
    assert resource["permissions"]["myself"] == ["READ", "PROVIDER"]
    assert resource["permissions"]["others"][0]["entity"]["username"] == "bob"
    assert resource["status"]["resolvedProduct"]["name"] == PRODUCT["id"]
    assert resource["status"]["resolvedSupport"]["support"]["product"] == PRODUCT
    mount = kept.program.mount_of(share)
    controlled = good(await kept.itself.get(f"{SHARES}/retrieve", id=share))
    assert controlled["status"]["shareAvailableAt"] == f"/{mount}"
    assert (await show(kept.desk.bob, share))["status"]["shareAvailableAt"] is None
    assert await told(kept.desk, "bob") == [("request", "my-collaboration")]


@both_engines
@pytest.mark.behaviour("ucloud", 29)
async def test_nobody_but_its_provider_sees_a_share_that_is_being_prepared(kept):
    seen = {}

    async def look(heard):
        if heard.name == CREATE:
            [share] = heard.ids
            seen["alice"] = await ids(kept.desk.alice)
            seen["bob"] = (await kept.desk.bob.get(f"{BASE}/retrieve", id=share)).status_code
            seen["approve"] = (await say(kept.desk.bob, "approve", share)).status_code
            seen["itself"] = good(await kept.itself.get(f"{SHARES}/retrieve", id=share))["id"] == share
            seen["browse"] = [
                one["id"] for one in good(await kept.itself.get(f"{SHARES}/browse"))["items"]
            ] == [share]

    kept.program.before = look

    await one(kept.desk.alice, to(kept))

    assert seen == {"alice": [], "bob": 404, "approve": 403, "itself": True, "browse": True}


@both_engines
async def test_fifty_creates_at_once_are_all_prepared(kept):
    people = ["bob", "carol", "dave"]
    wanted = [(name, f"/{kept.drive}/folder-{n}") for n in range(17) for name in people][:50]
    for _, path in wanted:
        kept.program.folders[f"{path}/"] = b""

    made = await asyncio.gather(*(offer(kept.desk.alice, to(kept, name, path)) for name, path in wanted))

    assert len({share for [share] in made}) == 50
    assert set(kept.program.shares) == {share for [share] in made}
    controlled = good(await kept.itself.get(f"{SHARES}/browse", itemsPerPage=50))["items"]
    assert len({one["status"]["shareAvailableAt"] for one in controlled}) == 50


@both_engines
@pytest.mark.behaviour("ucloud", 29)
@pytest.mark.parametrize(
    ("fault", "status", "code", "text"),
    [
        (Failing(400, "No such folder", "NO_FOLDER"), 400, "NO_FOLDER", "No such folder"),
        (Failing(409, "Twice"), 409, None, "Twice"),
        (Failing(500, "Disk full"), 502, None, "Disk full"),
        (Failing(482, "Odd"), 502, None, "Odd"),
        (Failing(401), 502, None, "provider"),
        (GARBAGE, 502, None, "provider"),
        (CUT, 502, None, "provider"),
    ],
)
async def test_what_a_provider_says_of_its_failure_reaches_the_user_and_nothing_is_left(
    kept, fault, status, code, text
):
    kept.program.fail(CREATE, fault)

    answer = await kept.desk.alice.bulk(BASE, to(kept))

    assert text in refused(answer, status, code)
    for caller in (kept.desk.alice, kept.desk.bob):
        assert await ids(caller) == []
    assert good(await kept.itself.get(f"{SHARES}/browse"))["items"] == []
    assert await told(kept.desk, "bob") == []
    kept.program.faults.clear()
    assert len(await offer(kept.desk.alice, to(kept))) == 1


@pytest.mark.behaviour("ucloud", 4)
async def test_a_folder_that_is_not_there_is_the_providers_to_refuse(kept):
    refused(await kept.desk.alice.bulk(BASE, to(kept, path=f"/{kept.drive}/nowhere")), 400)

    assert await ids(kept.desk.alice) == []


@both_engines
@pytest.mark.behaviour("ucloud", 7)
async def test_a_bulk_whose_last_is_refused_is_forgotten_at_the_provider(kept):
    wanted = [to(kept), to(kept, "carol"), to(kept, "bob", f"/{kept.drive}/nowhere")]

    refused(await kept.desk.alice.bulk(BASE, *wanted), 400)

    made = {share for heard in kept.program.calls(CREATE) for share in heard.ids}
    forgotten = {share for heard in kept.program.calls(DELETE) for share in heard.ids}
    assert made <= forgotten
    assert kept.program.shares == {}
    for caller in (kept.desk.alice, kept.desk.bob, kept.desk.carol):
        assert await ids(caller) == []
    assert (await told(kept.desk, "bob"), await told(kept.desk, "carol")) == ([], [])


@pytest.mark.behaviour("ucloud", 7)
async def test_a_bulk_that_is_wrong_in_itself_reaches_no_provider(kept):
    refused(await kept.desk.alice.bulk(BASE, to(kept), to(kept, "nobody-we-know")), 403)

    assert kept.program.calls(CREATE) == []


@both_engines
@pytest.mark.behaviour("ucloud", 29)
@pytest.mark.parametrize("status", [449, 503])
async def test_a_provider_that_is_not_ready_for_the_user_is_made_so(kept, status, monkeypatch):
    monkeypatch.setattr(ucloud, "PAUSE_S", 0.0)
    kept.program.fail(CREATE, Failing(status))

    await one(kept.desk.alice, to(kept))

    assert kept.program.calls(READY)[0].body == {"username": "alice"}
    assert len(kept.program.calls(CREATE)) == 2


async def test_an_id_of_the_providers_own_is_told_with_the_share(kept):
    kept.program.made_ids = lambda share: {"id": f"own-{share}"}

    share = await one(kept.desk.alice, to(kept))

    for caller in (kept.desk.alice, kept.desk.bob):
        assert (await show(caller, share))["providerGeneratedId"] == f"own-{share}"
    assert await ids(kept.desk.bob, filterProviderIds=f"own-{share}") == [share]


# Approval and access


@both_engines
@pytest.mark.behaviour("ucloud", 14)
async def test_nobody_approves_before_the_provider_said_where_it_is(kept):
    kept.program.reports = False
    share = await one(kept.desk.alice, to(kept))

    refused(await say(kept.desk.bob, "approve", share), 400)

    assert await state(kept.desk.bob, share) == "PENDING"
    status, _ = await kept.program.report(share)
    assert status == 200
    good(await say(kept.desk.bob, "approve", share))
    assert (await show(kept.desk.bob, share))["status"][
        "shareAvailableAt"
    ] == f"/{kept.program.mount_of(share)}"


@both_engines
@pytest.mark.parametrize(("permissions", "given"), [(("EDIT",), BOTH), (("READ",), ("READ",)), (BOTH, BOTH)])
async def test_approval_opens_the_drive_at_the_provider(kept, permissions, given):
    share = await one(kept.desk.alice, to(kept, permissions=permissions))
    await kept.catch_up()
    assert kept.program.opens() == set()

    good(await say(kept.desk.bob, "approve", share))
    await kept.catch_up()

    mount = kept.program.mount_of(share)
    assert kept.program.opens() == {(mount, "bob", given)}
    [item] = kept.program.calls(ACL)[0].body["items"]
    assert item["deleted"] == []
    assert item["resource"]["specification"]["title"] == "my-collaboration"
    assert item["resource"]["owner"] == {"createdBy": SYSTEM, "project": None}


@both_engines
@pytest.mark.parametrize("believes", [False, True])
async def test_changed_permissions_reach_the_provider_at_once_where_a_share_was_approved(kept, believes):
    kept.program.believes = believes
    share = await approved(kept, permissions=("READ",))
    mount = kept.program.mount_of(share)

    good(await permit(kept.desk.alice, share, "READ", "EDIT"))
    await kept.catch_up()
    assert kept.program.opens() == {(mount, "bob", BOTH)}
    good(await permit(kept.desk.alice, share, "READ"))
    await kept.catch_up()

    assert kept.program.opens() == {(mount, "bob", ("READ",))}
    gone, come = kept.program.calls(ACL)[-1].body["items"]
    assert [one["username"] for one in gone["deleted"]] == ["bob"]
    assert [one["entity"]["username"] for one in come["added"]] == ["bob"]


@both_engines
async def test_changed_permissions_of_a_pending_share_are_told_to_nobody(kept):
    share = await one(kept.desk.alice, to(kept, permissions=("READ",)))

    good(await permit(kept.desk.alice, share, "EDIT"))
    await kept.catch_up()

    assert kept.program.calls(ACL) == []
    good(await say(kept.desk.bob, "approve", share))
    await kept.catch_up()
    assert kept.program.opens() == {(kept.program.mount_of(share), "bob", BOTH)}


@both_engines
async def test_a_provider_that_is_too_busy_is_left_alone_for_as_long_as_it_asks(kept):
    share = await one(kept.desk.alice, to(kept))
    kept.program.fail(ACL, Failing(429, retry_after="120"))
    good(await say(kept.desk.bob, "approve", share))
    await delivering.deliver_due(kept.desk.house)

    kept.desk.clock.pass_s(119.99)
    early = await delivering.deliver_due(kept.desk.house)
    kept.desk.clock.pass_s(0.01)
    late = await delivering.deliver_due(kept.desk.house)

    assert (early, late) == (0, 1)
    assert kept.program.opens() == {(kept.program.mount_of(share), "bob", BOTH)}


@pytest.mark.parametrize("status", [429, 503])
async def test_a_user_learns_how_long_a_busy_provider_asks_to_be_left_alone(kept, status):
    kept.program.fail(CREATE, Failing(status, retry_after="120"))

    answer = await kept.desk.alice.bulk(BASE, to(kept))

    assert (answer.status_code, answer.headers["retry-after"]) == (status, "120")
    assert await ids(kept.desk.alice) == []


@both_engines
async def test_a_provider_that_refuses_a_change_of_access_is_asked_until_it_takes_it(kept):
    kept.program.fail(ACL, Failing(500), GARBAGE, CUT, Failing(403))

    share = await approved(kept)

    assert kept.program.opens() == {(kept.program.mount_of(share), "bob", BOTH)}
    assert len(kept.program.calls(ACL)) == 5


# The end


@both_engines
@pytest.mark.behaviour("ucloud", 15)
@pytest.mark.parametrize("first", ["pending", "approved"])
async def test_rejecting_closes_the_drive_and_the_share_stays(kept, first):
    share = await one(kept.desk.alice, to(kept)) if first == "pending" else await approved(kept)
    mount = kept.program.mount_of(share)

    good(await say(kept.desk.bob, "reject", share))
    await kept.catch_up()

    assert kept.program.opens() == set()
    assert kept.program.calls(DELETE) == []
    assert await state(kept.desk.alice, share) == "REJECTED"
    assert await ids(kept.desk.bob) == []
    refused(await kept.itself.get(f"{DRIVES}/retrieve", id=mount), 404)
    assert kept.untouched


@both_engines
@pytest.mark.behaviour("ucloud", 15)
async def test_a_rejection_is_through_where_the_drive_is_gone_already(kept):
    share = await approved(kept)
    kept.program.wrong = lambda heard: Failing(404, "No such drive") if heard.name == ACL else None
    good(await say(kept.desk.bob, "reject", share))

    await kept.catch_up()

    told = kept.program.counted()[ACL]
    await kept.catch_up()
    assert kept.program.counted()[ACL] == told == 2
    assert await state(kept.desk.alice, share) == "REJECTED"


@both_engines
@pytest.mark.behaviour("ucloud", 16)
@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("first", ["pending", "approved"])
async def test_ending_a_share_is_told_to_the_provider_once_and_never_as_the_end_of_a_drive(kept, who, first):
    share = await one(kept.desk.alice, to(kept)) if first == "pending" else await approved(kept)
    mount, caller = kept.program.mount_of(share), getattr(kept.desk, who)

    good(await end(caller, share))
    await kept.catch_up()

    assert [heard.ids for heard in kept.program.calls(DELETE)] == [[share]]
    assert not any(heard.method == "DELETE" and heard.name != DELETE for heard in kept.program.heard)
    assert kept.program.opens() == set()
    for one_of in (kept.desk.alice, kept.desk.bob):
        assert await ids(one_of, filterRejected="false") == []
    refused(await kept.itself.get(f"{DRIVES}/retrieve", id=mount), 404)
    assert kept.untouched
    refused(await end(caller, share), 403)


@both_engines
@pytest.mark.behaviour("ucloud", 17)
@pytest.mark.parametrize("fault", [Failing(500, "Not now"), Failing(400, "Never"), GARBAGE, CUT])
async def test_a_provider_that_refuses_to_forget_keeps_the_share_as_it_is(kept, fault):
    share = await approved(kept)
    before = [await show(caller, share) for caller in (kept.desk.alice, kept.desk.bob)]
    kept.program.fail(DELETE, fault)

    answer = await end(kept.desk.alice, share)

    assert answer.status_code >= 400
    await kept.catch_up()
    assert [await show(caller, share) for caller in (kept.desk.alice, kept.desk.bob)] == before
    assert kept.program.opens() == {(kept.program.mount_of(share), "bob", BOTH)}
    good(await end(kept.desk.alice, share))


@both_engines
async def test_a_bulk_that_is_refused_midway_is_prepared_again(kept):
    first, second = await offer(kept.desk.alice, to(kept), to(kept, "carol"))
    kept.program.wrong = lambda heard: Failing(400, "Not this") if heard.name == DELETE else None

    refused(await end(kept.desk.alice, first, second), 400)
    kept.program.wrong = lambda _: None
    await kept.catch_up()

    assert set(kept.program.shares) == {first, second}
    assert [await state(kept.desk.alice, share) for share in (first, second)] == ["PENDING"] * 2
    good(await end(kept.desk.alice, first, second))
    assert kept.program.shares == {}


@both_engines
@pytest.mark.behaviour("ucloud", 6)
async def test_what_was_rejected_can_be_offered_anew_at_another_drive(kept):
    share = await approved(kept)
    good(await say(kept.desk.bob, "reject", share))
    await kept.catch_up()

    again = await one(kept.desk.alice, to(kept))

    assert again != share
    assert [one["id"] for one in await browse(kept.desk.alice)] == [again]
    assert kept.program.mount_of(again) != kept.program.mount_of(share)
    [folder] = await folders(kept.desk.alice)
    assert [one["shareId"] for one in folder["sharePreview"]] == [again]
    await kept.catch_up()
    assert set(kept.program.shares) == {again}


# How the vendor's programs spell what they ask

FLAGS = {f"include{what}": "false" for what in ("Others", "Updates", "Support", "Product")}


async def test_a_share_is_found_with_all_flags_as_the_program_in_go_sends_them(kept):
    share = await one(kept.desk.alice, to(kept))

    found = good(await kept.itself.get(f"{SHARES}/retrieve", id=share, **FLAGS, filterIngoing="false"))

    assert (found["id"], found["specification"]["sourceFilePath"]) == (share, kept.source)


async def test_a_drive_is_found_with_who_may_use_it(kept):
    share = await approved(kept)
    mount = kept.program.mount_of(share)
    flags = FLAGS | {"includeOthers": "true"}

    found = good(await kept.itself.get(f"{DRIVES}/retrieve", id=mount, **flags))
    home = good(await kept.itself.get(f"{DRIVES}/retrieve", id=kept.drive, **flags))

    assert found["providerGeneratedId"] == f"s-{share}"
    assert found["permissions"]["others"] == [
        {"entity": {"type": "user", "username": "bob"}, "permissions": list(BOTH)}
    ]
    assert (home["owner"], home["permissions"]["others"]) == ({"createdBy": "alice", "project": None}, [])


async def test_drives_are_listed_with_the_filter_of_the_program_in_kotlin(kept):
    asked = {"itemsPerPage": 250, "filterMemberFiles": "DONT_FILTER_COLLECTIONS", **FLAGS}

    found = good(await kept.itself.get(f"{DRIVES}/browse", **asked))

    assert [one["id"] for one in found["items"]] == [kept.drive]


@pytest.mark.parametrize("state_said", [{"newState": "PENDING"}, {"status": None}])
async def test_a_share_is_reported_on_as_both_programs_do(kept, state_said):
    kept.program.reports = False
    [share] = await offer(kept.desk.alice, to(kept))
    mount = f"/{kept.program.mount_of(share)}"
    update = {"shareAvailableAt": mount, "timestamp": 1_795_953_600_123, **state_said}

    assert good(await kept.itself.bulk(f"{SHARES}/update", {"id": share, "update": update})) == {}

    good(await say(kept.desk.bob, "approve", share))
    await kept.catch_up()
    assert kept.program.opens() == {(mount[1:], "bob", BOTH)}


# Users and products


@both_engines
@pytest.mark.behaviour("ucloud", 19)
async def test_the_provider_is_told_of_a_user_who_is_about_to_use_it(kept):
    assert good(await kept.desk.alice.post(f"{BASE}/init", {})) == {}
    assert good(await kept.desk.alice.post(f"{BASE}/init")) == {}

    told = [heard.body for heard in kept.program.calls(INIT)]
    assert told == [{"principal": {"createdBy": "alice", "project": None}}] * 2


@pytest.mark.behaviour("ucloud", 19)
@pytest.mark.parametrize("fault", [Failing(500), Failing(400), GARBAGE, CUT])
async def test_a_provider_that_does_not_listen_keeps_nobody_from_it(kept, fault):
    kept.program.wrong = lambda _: fault

    assert good(await kept.desk.alice.post(f"{BASE}/init", {})) == {}


@both_engines
@pytest.mark.parametrize("path", ["/api/files/collections/init", "/api/files/init"])
async def test_a_provider_registers_drives_for_whoever_is_about_to_need_some(kept, path):
    bob = kept.desk.bob

    assert good(await bob.post(path, {})) == {}
    assert good(await bob.post(path)) == {}
    assert good(await bob.acting_in(PROJECT).post(path, {})) == {}

    mine = good(await bob.get("/api/files/collections/browse"))["items"]
    assert [(one["providerGeneratedId"], one["owner"]) for one in mine] == [
        ("h-bob", {"createdBy": "bob", "project": None})
    ]
    shared = good(await kept.desk.alice.acting_in(PROJECT).get("/api/files/collections/browse"))["items"]
    assert [one["providerGeneratedId"] for one in shared] == [f"p-{PROJECT}"]
    refused(await kept.desk.carol.acting_in(PROJECT).post(path, {}), 403)


@pytest.mark.parametrize("fault", [Failing(404), Failing(500), GARBAGE, CUT])
async def test_a_provider_that_makes_no_drives_keeps_nobody_from_them(kept, fault):
    kept.program.wrong = lambda _: fault

    assert good(await kept.desk.alice.post("/api/files/collections/init", {})) == {}


@both_engines
@pytest.mark.behaviour("ucloud", 28)
async def test_only_products_that_are_known_and_declared_can_be_shared(kept):
    kept.program.products = [PRODUCT, {**PRODUCT, "id": "never-heard-of"}]

    told = good(await kept.desk.alice.get(f"{BASE}/retrieveProducts"))

    [support] = told["productsByProvider"]["example"]
    assert support["support"] == {"product": PRODUCT, "type": "UCLOUD_MANAGED_COLLECTION"}
    assert support["product"]["name"] == PRODUCT["id"]


@pytest.mark.behaviour("ucloud", 28)
@pytest.mark.parametrize("fault", [Failing(500), GARBAGE, CUT])
async def test_a_provider_that_says_nothing_shares_nothing_until_it_does(kept, fault):
    kept.program.fail(PRODUCTS, fault)

    silent = good(await kept.desk.alice.get(f"{BASE}/retrieveProducts"))
    kept.desk.clock.pass_s(6)
    spoken = good(await kept.desk.alice.get(f"{BASE}/retrieveProducts"))
    good(await kept.desk.alice.get(f"{BASE}/retrieveProducts"))

    assert silent["productsByProvider"]["example"] == []
    assert len(spoken["productsByProvider"]["example"]) == 1
    assert len(kept.program.calls(PRODUCTS)) == 2


async def test_a_drive_that_shows_what_is_shared_cannot_be_shared_on(kept):
    share = await approved(kept)
    mount = kept.program.mount_of(share)

    refused(await kept.desk.bob.bulk(BASE, to(kept, "carol", f"/{mount}/sub")), 403)


async def test_a_drive_of_another_provider_does_not_go_with_a_product_of_this_one(kept):
    theirs = {"title": "x", "product": {**PRODUCT, "provider": "other"}}
    [drive] = await registered(
        kept.desk.provider("other"), {"spec": theirs, "createdBy": "alice", "providerGeneratedId": None}
    )

    refused(await kept.desk.alice.bulk(BASE, to(kept, path=f"/{drive}/x")), 400)
    assert kept.program.calls(CREATE) == []


@both_engines
async def test_the_number_of_a_drive_that_showed_a_share_is_never_anothers(kept):
    shares = [await one(kept.desk.alice, to(kept, name)) for name in ("bob", "carol")]
    for share in shares:
        good(await end(kept.desk.alice, share))
    await kept.catch_up()
    kept.desk.clock.pass_s(3 * 86_400)
    await tidying.tidy(kept.desk.house)

    last = await one(kept.desk.alice, to(kept))

    numbers = [int(kept.program.mount_of(share)) for share in (*shares, last)]
    assert numbers == sorted(set(numbers))
    left = await kept.desk.house.read(None, lambda work: work.rows.all(DRIVES_LEFT))
    assert [row[0] for row in left] == [int(kept.drive), *numbers[1:]]


# Telling it of all its shares


@both_engines
async def test_a_provider_is_told_of_all_its_shares_that_were_not_refused(kept):
    paths = [f"/{kept.drive}/many-{n:03}" for n in range(recounting.BATCH + 2)]
    for path in paths:
        kept.program.folders[f"{path}/"] = b""
    shares = await offer(kept.desk.alice, *(to(kept, "bob", path) for path in paths))
    good(await say(kept.desk.bob, "approve", shares[0]))
    good(await say(kept.desk.bob, "reject", shares[1]))

    told_of = await recounting.recount(kept.desk.house)

    calls = kept.program.calls(VERIFY)
    assert [len(call.ids) for call in calls] == [recounting.BATCH, 1]
    assert [share for call in calls for share in call.ids] == [shares[0], *shares[2:]]
    assert told_of == recounting.BATCH + 1
    assert calls[0].body["items"][0]["status"]["state"] == "APPROVED"
    assert "ucloud-username" not in calls[0].headers


async def test_a_provider_that_does_not_listen_is_told_the_next_time(kept):
    share = await one(kept.desk.alice, to(kept))
    kept.program.fail(VERIFY, Failing(500))

    assert await recounting.recount(kept.desk.house) == 0
    assert await recounting.recount(kept.desk.house) == 1

    assert [call.ids for call in kept.program.calls(VERIFY)] == [[share], [share]]
