"""What providers see and say of the shares that they keep."""

import asyncio
from collections import Counter

import pytest

from tests.dialects.ucloud.desk import PRODUCT, both_engines, good, refused
from tests.dialects.ucloud.keeping import SHARES, kept, new_drive, registered
from tests.dialects.ucloud.sharing import ids, offer, one, say, show, spec, state, told
from tests.ucloud_provider import CREATE, SYSTEM

__all__ = ["kept"]


def to(kept, recipient="bob", path="", **more):
    """What is asked for about Alice's folder at the provider."""
    return spec(recipient, path or kept.source, **more)


async def report(caller, *told):
    """Say something of shares: (share, update) each; the answer, whatever it is."""
    return await caller.bulk(f"{SHARES}/update", *({"id": share, "update": update} for share, update in told))


async def seen(kept, share, **flags):
    """A share as its provider sees it."""
    return good(await kept.itself.get(f"{SHARES}/retrieve", id=share, **flags))


async def quiet(kept, *specs):
    """Shares whose provider has not said where it shows them."""
    kept.program.reports = False
    return await offer(kept.desk.alice, *(specs or (to(kept),)))


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_a_provider_sees_its_shares_whatever_state_they_are_in(kept):
    pending, approved, rejected = await offer(
        kept.desk.alice, to(kept), to(kept, "carol"), to(kept, "bob", kept.beside)
    )
    good(await say(kept.desk.carol, "approve", approved))
    good(await say(kept.desk.bob, "reject", rejected))

    told = good(await kept.itself.get(f"{SHARES}/browse"))

    assert [(each["id"], each["status"]["state"]) for each in told["items"]] == [
        (pending, "PENDING"),
        (approved, "APPROVED"),
        (rejected, "REJECTED"),
    ]
    for each in told["items"]:
        assert each["permissions"] == {"myself": ["READ", "PROVIDER"], "others": None}
        assert each["status"]["shareAvailableAt"] == f"/{kept.program.mount_of(each['id'])}"
        assert each == await seen(kept, each["id"])


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_another_provider_sees_nothing_of_it_and_changes_nothing(kept):
    [share] = await quiet(kept)
    other = kept.desk.provider("other")
    before = await seen(kept, share, includeUpdates=True)

    refused(await other.get(f"{SHARES}/retrieve", id=share), 404)
    assert good(await other.get(f"{SHARES}/browse"))["items"] == []
    refused(await report(other, (share, {"newState": "REJECTED", "shareAvailableAt": None})), 404)
    refused(await other.bulk(f"{SHARES}/chargeCredits", {"id": share, "chargeId": "a", "units": 1}), 404)
    refused(await other.bulk(f"{SHARES}/checkCredits", {"id": share, "chargeId": "a", "units": 1}), 404)

    assert await seen(kept, share, includeUpdates=True) == before


@pytest.mark.behaviour("ucloud", 3)
async def test_users_call_nothing_of_it(kept):
    share = await one(kept.desk.alice, to(kept))

    for caller in (kept.desk.alice, kept.desk.bob):
        refused(await caller.get(f"{SHARES}/retrieve", id=share), 403)
        refused(await caller.get(f"{SHARES}/browse"), 403)
        for call in ("update", "register", "chargeCredits", "checkCredits"):
            refused(await caller.bulk(f"{SHARES}/{call}", {"id": share}), 403)
    refused(await kept.itself.get("/api/shares/browse"), 403)


@both_engines
async def test_flags_and_pages_work_as_they_do_for_users(kept):
    paths = [f"/{kept.drive}/many-{n:02}" for n in range(12)]
    for path in paths:
        kept.program.folders[f"{path}/"] = b""
    shares = await offer(kept.desk.alice, *(to(kept, "bob", path) for path in paths))

    first = good(await kept.itself.get(f"{SHARES}/browse", itemsPerPage=10, consistency="REQUIRE"))
    second = good(
        await kept.itself.get(f"{SHARES}/browse", itemsPerPage=10, consistency="REQUIRE", next=first["next"])
    )

    assert [each["id"] for each in first["items"] + second["items"]] == shares
    assert second["next"] is None
    filtered = good(
        await kept.itself.get(f"{SHARES}/browse", filterOriginalPath=paths[3], filterIngoing="true")
    )
    assert [each["id"] for each in filtered["items"]] == [shares[3]]
    full = await seen(
        kept, shares[0], includeOthers=True, includeUpdates=True, includeSupport=True, includeProduct=True
    )
    assert full["permissions"]["others"] == [
        {"entity": {"type": "user", "username": "bob"}, "permissions": ["READ"]}
    ]
    assert len(full["updates"]) == 1
    assert full["status"]["resolvedProduct"]["name"] == PRODUCT["id"]
    refused(await kept.itself.get(f"{SHARES}/retrieve", id=shares[0], filterIds="7"), 404)
    refused(await kept.itself.get(f"{SHARES}/retrieve"), 400)
    refused(await kept.itself.get(f"{SHARES}/browse", next="x"), 400)


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize(
    "state_said", [{}, {"newState": "PENDING"}, {"newState": "APPROVED"}, {"newState": None}]
)
async def test_a_provider_says_where_a_share_is_and_approves_it_for_nobody(kept, state_said):
    [share] = await quiet(kept)
    mount = f"/{kept.program.mount_of(share)}"
    kept.desk.clock.pass_s(5)

    good(
        await report(
            kept.itself, (share, {"shareAvailableAt": mount, "timestamp": 7, "status": "Ready", **state_said})
        )
    )

    now = kept.desk.clock() // 1000
    told = await seen(kept, share, includeUpdates=True)
    assert told["status"]["shareAvailableAt"] == mount
    assert told["status"]["state"] == "PENDING"
    assert told["updates"] == [
        {
            "timestamp": now,
            "status": "Ready",
            "newState": state_said.get("newState") or "PENDING",
            "shareAvailableAt": mount,
        }
    ]
    assert (await show(kept.desk.bob, share))["status"]["shareAvailableAt"] is None
    await kept.catch_up()
    assert kept.program.opens() == set()


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_the_place_that_is_said_first_stays(kept):
    share = await one(kept.desk.alice, to(kept))
    first = (await seen(kept, share))["status"]["shareAvailableAt"]
    [drive] = await registered(kept.itself, new_drive("elsewhere", createdBy=SYSTEM))

    good(await report(kept.itself, (share, {"shareAvailableAt": f"/{drive}"})))
    good(await report(kept.itself, (share, {"shareAvailableAt": None})))
    good(await report(kept.itself, (share, {})))

    assert (await seen(kept, share))["status"]["shareAvailableAt"] == first


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize(
    ("place", "status"),
    [("/999999", 400), ("/x", 400), ("nowhere", 400), ("/", 400), ("{other}", 403)],
)
async def test_a_place_that_is_no_drive_of_its_own_is_refused(kept, place, status):
    [share] = await quiet(kept)
    theirs = {"title": "x", "product": {**PRODUCT, "provider": "other"}}
    [drive] = await registered(kept.desk.provider("other"), new_drive(spec=theirs))

    answer = await report(kept.itself, (share, {"shareAvailableAt": place.replace("{other}", f"/{drive}")}))

    refused(answer, status)
    told = await seen(kept, share, includeUpdates=True)
    assert (told["status"]["shareAvailableAt"], told["updates"]) == (None, [])


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize("wrong", ["999", "x"])
async def test_one_wrong_id_keeps_all_reports_out(kept, wrong):
    first, second = await quiet(kept, to(kept), to(kept, "carol"))
    other = kept.desk.provider("other")
    mounts = [f"/{kept.program.mount_of(share)}" for share in (first, second)]

    answer = await report(
        kept.itself,
        (first, {"shareAvailableAt": mounts[0]}),
        (wrong, {"newState": "REJECTED"}),
        (second, {"shareAvailableAt": mounts[1]}),
    )

    refused(answer, 404)
    refused(await report(other, (first, {})), 404)
    for share in (first, second):
        assert (await seen(kept, share))["status"]["shareAvailableAt"] is None


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize("before", ["pending", "approved"])
async def test_a_share_that_its_provider_rejects_is_taken_back(kept, before):
    share = await one(kept.desk.alice, to(kept))
    if before == "approved":
        good(await say(kept.desk.bob, "approve", share))
        await kept.catch_up()

    good(await report(kept.itself, (share, {"newState": "REJECTED", "status": "The disk is gone"})))

    assert await state(kept.desk.alice, share) == "REJECTED"
    assert await kept.mounts_of(kept.desk.bob) == set()
    refused(await say(kept.desk.bob, "approve", share), 403)
    updates = (await show(kept.desk.alice, share, includeUpdates=True))["updates"]
    assert [(each["newState"], each["status"]) for each in updates][-1] == ("REJECTED", "The disk is gone")
    await kept.catch_up()
    assert kept.program.opens() == set()


async def test_updates_of_a_share_tell_its_whole_life(kept):
    share = await one(kept.desk.alice, to(kept))
    mount = f"/{kept.program.mount_of(share)}"
    good(await say(kept.desk.bob, "approve", share))
    good(await report(kept.itself, (share, {"status": "Moved to a faster disk"})))
    good(await say(kept.desk.bob, "reject", share))

    updates = (await show(kept.desk.alice, share, includeUpdates=True))["updates"]

    assert [(each["newState"], each["status"], each["shareAvailableAt"]) for each in updates] == [
        ("PENDING", None, mount),
        ("APPROVED", None, mount),
        ("APPROVED", "Moved to a faster disk", None),
        ("REJECTED", None, None),
    ]


# Shares that the provider has already


def registration(kept, ref="old-1", **more):
    """One item of what registers shares."""
    return {"spec": to(kept), "providerGeneratedId": ref, "createdBy": "alice", "project": None, **more}


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_a_share_that_the_provider_has_is_taken_in_without_asking_it(kept):
    [made] = good(await kept.itself.bulk(f"{SHARES}/register", registration(kept)))["responses"]

    assert kept.program.calls(CREATE) == []
    assert await told(kept.desk, "bob") == []
    assert (await show(kept.desk.bob, made["id"]))["providerGeneratedId"] == "old-1"
    assert await state(kept.desk.alice, made["id"]) == "PENDING"


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_a_share_that_was_registered_before_is_brought_in_line(kept):
    first = good(await kept.itself.bulk(f"{SHARES}/register", registration(kept)))["responses"]

    again = good(
        await kept.itself.bulk(f"{SHARES}/register", registration(kept, spec=to(kept, permissions=("READ",))))
    )["responses"]

    assert again == first
    assert (await show(kept.desk.bob, first[0]["id"]))["specification"]["permissions"] == ["READ"]
    assert await ids(kept.desk.alice) == [first[0]["id"]]


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"spec": {"product": {**PRODUCT, "provider": "other"}}}, 403),
        ({"providerGeneratedId": "a,b"}, 400),
        ({"projectAllRead": True}, 400),
        ({"projectAllWrite": True, "project": ""}, 400),
        ({"spec": {"sharedWith": "alice"}}, 403),
        ({"spec": {"sharedWith": "nobody-we-know"}}, 403),
        ({"spec": {"permissions": []}}, 403),
        ({"spec": {"permissions": ["ADMIN"]}}, 400),
        ({"spec": {"sourceFilePath": "/999999/x"}}, 403),
        ({"createdBy": "nobody-we-know"}, 403),
        ({"createdBy": None}, 403),
    ],
)
async def test_what_users_may_not_share_no_provider_registers(kept, wrong, status):
    item = registration(kept, **{name: value for name, value in wrong.items() if name != "spec"})
    item["spec"] = {**item["spec"], **wrong.get("spec", {})}

    refused(
        await kept.itself.bulk(
            f"{SHARES}/register", registration(kept, "fine", spec=to(kept, "carol")), item
        ),
        status,
    )

    assert await ids(kept.desk.alice) == []


@pytest.mark.behaviour("ucloud", 30)
async def test_what_is_shared_already_is_not_registered_once_more(kept):
    await one(kept.desk.alice, to(kept))

    refused(await kept.itself.bulk(f"{SHARES}/register", registration(kept)), 409)


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_of_what_is_registered_at_once_by_one_id_there_is_one_share(kept):
    items = [registration(kept), registration(kept, spec=to(kept, path=kept.beside))]

    answers = await asyncio.gather(
        *(kept.itself.bulk(f"{SHARES}/register", item) for item in items for _ in range(5))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 5, 400: 5}
    made = {one["id"] for answer in answers if answer.is_success for one in good(answer)["responses"]}
    assert list(made) == await ids(kept.desk.alice)


# Charges


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_a_charge_counts_once_for_each_share(kept):
    first, second = await offer(kept.desk.alice, to(kept), to(kept, "carol"))

    async def charged(call, *charges):
        items = [{"id": share, "chargeId": charge, "units": 1, "periods": 2} for share, charge in charges]
        told = good(await kept.itself.bulk(f"{SHARES}/{call}", *items))
        assert told["insufficientFunds"] == []
        return [each["id"] for each in told["duplicateCharges"]]

    assert await charged("checkCredits", (first, "a")) == []
    assert await charged("chargeCredits", (first, "a"), (second, "a"), (first, "b")) == []
    assert await charged("checkCredits", (first, "a"), (second, "b")) == [first]
    assert await charged("chargeCredits", (second, "a"), (second, "c"), (second, "c")) == [second, second]
    assert await charged("chargeCredits", (second, "c")) == [second]


@pytest.mark.parametrize(
    "wrong",
    [
        {"units": -1},
        {"units": 2**63},
        {"chargeId": ""},
        {"chargeId": "x" * 256},
        {"units": None},
        {"periods": "x"},
    ],
)
async def test_a_charge_that_is_none_is_refused(kept, wrong):
    share = await one(kept.desk.alice, to(kept))

    refused(
        await kept.itself.bulk(
            f"{SHARES}/chargeCredits", {"id": share, "chargeId": "a", "units": 1, **wrong}
        ),
        400,
    )


@both_engines
async def test_reports_on_many_shares_cost_no_more_statements_than_on_two(kept):
    statements = []
    for number in (2, 100):
        paths = [f"/{kept.drive}/batch-{number}-{n}" for n in range(number)]
        for path in paths:
            kept.program.folders[f"{path}/"] = b""
        shares = await quiet(kept, *(to(kept, "bob", path) for path in paths))
        before = kept.desk.house.database.statements
        good(
            await report(
                kept.itself,
                *((share, {"shareAvailableAt": f"/{kept.program.mount_of(share)}"}) for share in shares),
            )
        )
        statements.append(kept.desk.house.database.statements - before)

    assert statements[0] == statements[1]
