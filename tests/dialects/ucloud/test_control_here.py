"""What providers say of shares whose folders lie in our own tree, which nobody has to be asked about."""

import pytest

from tests.dialects.ucloud.desk import PRODUCT, SOURCE, Desk, both_engines, good, refused
from tests.dialects.ucloud.filing import status
from tests.dialects.ucloud.sharing import ids, one, permit, say, show, spec, state, told

SHARES = "/api/shares/control"


async def mount_of(desk: Desk, share: str) -> str:
    """Where a share is shown."""
    seen = good(await desk.provider().get(f"{SHARES}/retrieve", id=share))
    return str(seen["status"]["shareAvailableAt"])


async def report(desk, share, provider="example", **update):
    """Say something of a share; the answer, whatever it is."""
    return await desk.provider(provider).bulk(f"{SHARES}/update", {"id": share, "update": update})


async def updates(caller, share):
    """What befell a share."""
    seen = (await show(caller, share, includeUpdates=True))["updates"]
    return [(each["newState"], each["status"], each["shareAvailableAt"]) for each in seen]


def registration(ref="old-1", **more):
    """One item of what registers shares."""
    return {"spec": spec(), "providerGeneratedId": ref, "createdBy": "alice", "project": None, **more}


async def register(desk, *items):
    """Register shares; the answer, whatever it is."""
    return await desk.provider().bulk(f"{SHARES}/register", *items)


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_charges_are_taken_as_those_of_shares_elsewhere(desk):
    share = await one(desk.alice)
    item = {"id": share, "chargeId": "a", "units": 3}

    told = [
        good(await desk.provider().bulk(f"{SHARES}/{call}", item))
        for call in ("checkCredits", "chargeCredits", "chargeCredits", "checkCredits")
    ]

    fresh = {"insufficientFunds": [], "duplicateCharges": []}
    again = {"insufficientFunds": [], "duplicateCharges": [{"id": share}]}
    assert told == [fresh, fresh, again, again]


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_what_its_provider_says_of_a_share_is_written_down(desk):
    share = await one(desk.alice)
    mount = await mount_of(desk, share)

    good(await report(desk, share, newState="APPROVED", status="Ready", shareAvailableAt=f"{mount}/"))
    good(await report(desk, share, status="Still ready"))

    assert await updates(desk.alice, share) == [
        ("APPROVED", "Ready", mount),
        ("PENDING", "Still ready", None),
    ]
    assert await state(desk.alice, share) == "PENDING"
    assert await status(desk.bob, mount) == 404
    good(await say(desk.bob, "approve", share))
    assert (await show(desk.bob, share))["status"]["shareAvailableAt"] == mount
    assert await status(desk.bob, mount) == 200


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize("place", ["/5123", "/1", "nowhere", "", "/"])
async def test_a_folder_that_lies_here_is_shown_here(desk, place):
    share = await one(desk.alice)

    answer = await report(desk, share, shareAvailableAt=place)

    assert await mount_of(desk, share) in refused(answer, 400)
    assert await updates(desk.alice, share) == []


@both_engines
@pytest.mark.behaviour("ucloud", 30)
@pytest.mark.parametrize("approved", [False, True])
async def test_a_share_that_its_provider_rejects_is_taken_back_at_once(desk, approved):
    share = await one(desk.alice)
    mount = await mount_of(desk, share)
    if approved:
        good(await say(desk.bob, "approve", share))

    good(await report(desk, share, newState="REJECTED", status="Against the rules"))

    assert await state(desk.alice, share) == "REJECTED"
    assert await status(desk.bob, mount) == 404
    assert (await updates(desk.alice, share))[-1] == ("REJECTED", "Against the rules", None)
    refused(await say(desk.bob, "approve", share), 403)
    assert await one(desk.alice) != share


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_shares_of_another_provider_are_not_there(desk):
    share = await one(desk.alice)
    charge = {"id": share, "chargeId": "a", "units": 1}

    refused(await report(desk, share, "other", newState="REJECTED"), 404)
    refused(await desk.provider("other").bulk(f"{SHARES}/chargeCredits", charge), 404)
    refused(await desk.provider("other").bulk(f"{SHARES}/checkCredits", charge), 404)

    assert await state(desk.alice, share) == "PENDING"


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_a_share_of_a_drive_here_is_registered_and_brought_in_line(desk):
    [made] = good(await register(desk, registration()))["responses"]
    good(await say(desk.bob, "approve", made["id"]))
    reading = registration(spec=spec(permissions=("READ",), path=f"{SOURCE}/"))

    [again] = good(await register(desk, reading))["responses"]

    assert again == made
    assert await ids(desk.alice) == [made["id"]]
    assert await told(desk, "bob") == []
    seen = await show(desk.bob, made["id"])
    assert (seen["providerGeneratedId"], seen["specification"]["permissions"]) == ("old-1", ["READ"])
    assert await status(desk.bob, await mount_of(desk, made["id"])) == 200


@both_engines
@pytest.mark.behaviour("ucloud", 30)
async def test_an_id_follows_the_folder_that_it_was_given_for(desk):
    [made] = good(await register(desk, registration()))["responses"]
    moved = f"{SOURCE}-renamed"
    good(
        await desk.alice.bulk(
            "/api/files/move", {"oldId": SOURCE, "newId": moved, "conflictPolicy": "REJECT"}
        )
    )

    refused(await register(desk, registration()), 400)
    refused(await register(desk, registration(spec=spec("carol", moved))), 400)
    [again] = good(await register(desk, registration(spec=spec(path=moved))))["responses"]

    assert again == made


@pytest.mark.behaviour("ucloud", 30)
async def test_what_can_not_be_registered_is_refused(desk):
    share = await one(desk.alice)
    wrong = {**PRODUCT, "provider": "other"}

    refused(await register(desk, registration()), 409)
    refused(await register(desk, registration(spec=spec("carol", product=wrong))), 403)
    refused(await register(desk, registration(spec=spec("carol", "/5123/nowhere"))), 400)
    good(await say(desk.bob, "reject", share))
    [made] = good(await register(desk, registration()))["responses"]
    good(await permit(desk.alice, made["id"], "READ"))
    good(await say(desk.bob, "reject", made["id"]))
    refused(await register(desk, registration()), 400)
