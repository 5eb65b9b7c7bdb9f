"""Who sees a share, and who may change it."""

import pytest

from tests.dialects.cloudflare.desk import (
    COUNTS,
    ORGANIZATION,
    SHARE_FIELDS,
    A,
    B,
    C,
    D,
    a_recipient,
    a_resource,
    good,
    refused,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


@both
@pytest.mark.behaviour("cloudflare", 11)
@pytest.mark.parametrize("settled", [False, True], ids=["associating", "associated"])
async def test_a_recipient_sees_the_share_as_received(desk, settled):
    share = await desk.alice.share()
    if settled:
        await desk.settle()

    listed = good(await desk.bob.get("", kind="received"))
    seen = await desk.bob.seen(share)

    assert seen == {**share, "kind": "received"}
    assert (seen["account_id"], seen["account_name"], seen["organization_id"]) == (
        A,
        "Account A",
        ORGANIZATION,
    )
    assert listed == [seen]
    assert await desk.bob.names(kind="sent") == []
    assert await desk.bob.names() == ["Baseline rules"]
    assert await desk.alice.names(kind="received") == []


@both
@pytest.mark.behaviour("cloudflare", 11)
async def test_a_third_account_finds_nothing(desk):
    share = await desk.alice.share()
    recipient, entry = (await desk.alice.recipients(share))[0], (await desk.alice.resources(share))[0]
    path = f"/{share['id']}"

    for party in (desk.carol, desk.frank):
        assert await party.names() == []
        for below in (
            "",
            "/recipients",
            "/resources",
            f"/recipients/{recipient['id']}",
            f"/resources/{entry['id']}",
        ):
            refused(await party.get(f"{path}{below}"), 404, 1004)
        refused(await party.put(path, {"name": "Mine"}), 404, 1004)
        refused(await party.delete(path), 404, 1004)
    assert await desk.alice.seen(share) == share


@both
@pytest.mark.behaviour("cloudflare", 11)
async def test_a_recipient_sees_of_the_recipients_only_itself(desk):
    share = await desk.alice.share(to=[B, C, D])
    await desk.settle()
    everyone = {each["account_id"]: each for each in await desk.alice.recipients(share)}

    own = await desk.bob.recipients(share)
    seen = await desk.bob.seen(share, include_recipient_counts=True, include_resources=True)

    assert own == [everyone[B]]
    assert good(await desk.bob.get(f"/{share['id']}/recipients/{everyone[B]['id']}")) == everyone[B]
    refused(await desk.bob.get(f"/{share['id']}/recipients/{everyone[C]['id']}"), 404, 1004)
    assert tuple(seen[name] for name in COUNTS) == (0, 1, 0, 0)
    assert set(seen) == SHARE_FIELDS | set(COUNTS) | {"resources"}
    assert seen["resources"] == await desk.alice.resources(share)
    assert await desk.bob.resources(share) == await desk.alice.resources(share)
    counted = (await desk.bob.get(f"/{share['id']}/recipients", per_page=1)).json()["result_info"]
    assert counted["total_count"] == 1


@both
@pytest.mark.behaviour("cloudflare", 11)
async def test_a_removed_recipient_sees_the_share_until_it_is_disassociated(desk):
    share = await desk.alice.share(to=[B, C])
    await desk.settle()
    recipient = next(each for each in await desk.alice.recipients(share) if each["account_id"] == B)
    good(await desk.alice.delete(f"/{share['id']}/recipients/{recipient['id']}"))

    leaving = await desk.bob.seen(share)
    listed = await desk.bob.names()
    await desk.settle()

    assert leaving["kind"] == "received"
    assert listed == ["Baseline rules"]
    refused(await desk.bob.get(f"/{share['id']}"), 404, 1004)
    refused(await desk.bob.get(f"/{share['id']}/recipients/{recipient['id']}"), 404, 1004)
    refused(await desk.bob.get(f"/{share['id']}/resources"), 404, 1004)
    assert await desk.bob.names() == []
    assert await desk.carol.names() == ["Baseline rules"]


@both
@pytest.mark.behaviour("cloudflare", 11)
async def test_a_withdrawn_share_leaves_its_recipients(desk):
    share = await desk.alice.share()
    await desk.settle()
    good(await desk.alice.delete(f"/{share['id']}"))

    leaving = await desk.bob.seen(share)
    await desk.settle()

    assert leaving["status"] == "deleting"
    refused(await desk.bob.get(f"/{share['id']}"), 404, 1004)
    assert await desk.bob.names() == []


@both
@pytest.mark.behaviour("cloudflare", 11)
async def test_a_recipient_that_comes_back_sees_the_share_again(desk):
    share = await desk.alice.share(to=[B, C])
    assert (await desk.alice.put(f"/{share['id']}/recipients", [a_recipient(C)])).status_code == 204
    await desk.settle()

    good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(B)), 201)

    assert await desk.bob.names(kind="received") == ["Baseline rules"]
    assert (await desk.bob.seen(share))["kind"] == "received"


@both
@pytest.mark.behaviour("cloudflare", 12)
async def test_a_recipient_changes_nothing(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    await desk.settle()
    before = await desk.alice.whole(share)
    path = f"/{share['id']}"
    recipient, entry = before["recipients"][0]["id"], before["resources"][0]["id"]

    tried = [
        await desk.bob.put(path, {"name": "Mine"}),
        await desk.bob.delete(path),
        await desk.bob.post(f"{path}/recipients", a_recipient(C)),
        await desk.bob.put(f"{path}/recipients", [a_recipient(C)]),
        await desk.bob.delete(f"{path}/recipients/{recipient}"),
        await desk.bob.post(f"{path}/resources", a_resource(3, resource_account_id=B)),
        await desk.bob.put(f"{path}/resources/{entry}", {"meta": {"mine": True}}),
        await desk.bob.delete(f"{path}/resources/{entry}"),
    ]

    for response in tried:
        refused(response, 403, 1003)
    assert await desk.alice.whole(share) == before


@pytest.mark.behaviour("cloudflare", 12)
async def test_a_recipient_of_an_organizations_share_excludes_nobody(desk):
    share = await desk.alice.share(to=[])

    refused(await desk.bob.post(f"/{share['id']}/excluded-recipients", {"account_id": C}), 403, 1003)
    refused(await desk.bob.put(f"/{share['id']}/excluded-recipients", [{"account_id": C}]), 403, 1003)

    assert good(await desk.alice.get(f"/{share['id']}/excluded-recipients")) == []


@both
async def test_the_sender_side_and_the_received_side_do_not_mix(desk):
    await desk.alice.share("From A", to=[B])
    await desk.bob.share("From B", to=[A])

    assert await desk.alice.names() == ["From A", "From B"]
    assert await desk.alice.names(kind="sent") == ["From A"]
    assert await desk.alice.names(kind="received") == ["From B"]
    kinds = [share["kind"] for share in good(await desk.bob.get(""))]
    assert kinds == ["received", "sent"]
