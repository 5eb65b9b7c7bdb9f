"""A share is made, read, renamed and withdrawn."""

import pytest

from tests.dialects.cloudflare.desk import (
    COUNTS,
    DAY_S,
    ORGANIZATION,
    SHARE_FIELDS,
    A,
    B,
    C,
    a_desk,
    a_recipient,
    a_resource,
    good,
    refused,
    some_id,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

RESOURCE_FIELDS = {
    "id",
    "resource_id",
    "resource_account_id",
    "resource_type",
    "resource_version",
    "meta",
    "status",
    "created",
    "modified",
}


@both
@pytest.mark.behaviour("cloudflare", 1)
async def test_a_new_share_has_exactly_its_mandatory_fields(desk):
    body = {"name": "Baseline rules", "recipients": [a_recipient(B)], "resources": [a_resource()]}

    share = good(await desk.alice.post("", body), 201)

    assert set(share) == SHARE_FIELDS
    assert share == {
        "id": share["id"],
        "account_id": A,
        "account_name": "Account A",
        "organization_id": ORGANIZATION,
        "name": "Baseline rules",
        "status": "active",
        "target_type": "account",
        "kind": "sent",
        "created": "2026-01-02T03:04:05.678901Z",
        "modified": "2026-01-02T03:04:05.678901Z",
    }
    assert len(share["id"]) == 32
    assert int(share["id"], 16) >= 0


@pytest.mark.behaviour("cloudflare", 1)
async def test_the_envelope_of_a_new_share_has_no_result_info(desk):
    body = {"name": "Baseline rules", "recipients": [a_recipient(B)], "resources": [a_resource()]}

    said = (await desk.alice.post("", body)).json()

    assert set(said) == {"success", "errors", "messages", "result"}


@pytest.mark.behaviour("cloudflare", 1)
async def test_two_shares_may_bear_one_name_and_offer_one_resource(desk):
    first = await desk.alice.share("Twin")
    second = await desk.alice.share("Twin")

    assert first["id"] != second["id"]
    assert await desk.alice.names() == ["Twin", "Twin"]


@pytest.mark.parametrize("name", ["x", "n" * 255, "  led by blanks", "Ünïcödé 共有 😀"])
async def test_a_name_is_kept_as_it_was_sent(desk, name):
    share = await desk.alice.share(name)

    assert (await desk.alice.seen(share))["name"] == name


@pytest.mark.behaviour("cloudflare", 1)
async def test_the_prefix_may_be_left_out(desk):
    share = await desk.alice.share()

    bare = await desk.http.get(f"/accounts/{A}/shares/{share['id']}", headers=desk.alice.headers)
    slashed = await desk.http.get(
        f"/client/v4/accounts/{A}/shares/{share['id']}/", headers=desk.alice.headers
    )

    assert good(bare) == share
    assert good(slashed) == share


@both
@pytest.mark.behaviour("cloudflare", 2)
async def test_reading_by_id_gives_what_was_made(desk):
    share = await desk.alice.share()

    assert await desk.alice.seen(share) == share


@both
@pytest.mark.behaviour("cloudflare", 2)
async def test_entries_are_embedded_in_the_order_given(desk):
    kinds = ["gateway-policy", "custom-ruleset", "trust-grant", "idp-federation-grant"]
    given = [a_resource(9 - number, kind, meta={"n": number}) for number, kind in enumerate(kinds)]
    share = await desk.alice.share(resources=given)

    entries = (await desk.alice.seen(share, include_resources=True))["resources"]

    assert [set(entry) for entry in entries] == [RESOURCE_FIELDS] * 4
    assert [(entry["resource_type"], entry["resource_id"], entry["meta"]) for entry in entries] == [
        (each["resource_type"], each["resource_id"], each["meta"]) for each in given
    ]
    assert {entry["resource_version"] for entry in entries} == {1}
    assert {entry["status"] for entry in entries} == {"active"}
    assert {entry["resource_account_id"] for entry in entries} == {A}


@both
@pytest.mark.behaviour("cloudflare", 2)
async def test_counts_come_all_four_when_asked_for(desk):
    share = await desk.alice.share(to=[B, C])

    seen = await desk.alice.seen(share, include_recipient_counts=True)

    assert {name: seen[name] for name in COUNTS} == dict(zip(COUNTS, (2, 0, 0, 0), strict=True))
    assert set(seen) == SHARE_FIELDS | set(COUNTS)


@pytest.mark.behaviour("cloudflare", 2)
@pytest.mark.parametrize("spelled", [False, "0"])
async def test_false_embeds_neither(desk, spelled):
    share = await desk.alice.share()

    seen = await desk.alice.seen(share, include_resources=spelled, include_recipient_counts=spelled)

    assert set(seen) == SHARE_FIELDS


@pytest.mark.behaviour("cloudflare", 2)
async def test_a_list_embeds_what_it_is_asked_for(desk):
    await desk.alice.share("First", resources=[a_resource(1), a_resource(2)])
    await desk.alice.share("Second", to=[B, C])

    listed = good(await desk.alice.get("", include_resources="1", include_recipient_counts="1"))

    assert [len(share["resources"]) for share in listed] == [2, 1]
    assert [share["associating_recipient_count"] for share in listed] == [1, 2]


@pytest.mark.behaviour("cloudflare", 2)
@pytest.mark.parametrize("name", ["include_resources", "include_recipient_counts"])
@pytest.mark.parametrize("value", ["yes", "True", "", "2"])
async def test_an_odd_truth_value_is_refused(desk, name, value):
    share = await desk.alice.share()

    error = refused(await desk.alice.get(f"/{share['id']}", **{name: value}), 400, 1002)

    assert name in error["message"]


@both
@pytest.mark.behaviour("cloudflare", 4)
async def test_a_deleted_share_winds_down_with_all_its_parts(desk):
    share = await desk.alice.share(to=[B, C], resources=[a_resource(1), a_resource(2)])
    await desk.settle()
    desk.clock.pass_s(1)

    answered = good(await desk.alice.delete(f"/{share['id']}"))
    leaving = await desk.alice.whole(share)
    await desk.settle()
    gone = await desk.alice.whole(share)

    assert answered["status"] == "deleting"
    assert answered["modified"] > share["modified"]
    assert set(answered) == SHARE_FIELDS
    assert {each["association_status"] for each in leaving["recipients"]} == {"disassociating"}
    assert {each["status"] for each in leaving["resources"]} == {"deleting"}
    assert gone["share"]["status"] == "deleted"
    assert gone["share"]["resources"] == []
    assert gone["share"]["disassociated_recipient_count"] == 2
    assert {each["association_status"] for each in gone["recipients"]} == {"disassociated"}
    assert {each["status"] for each in gone["resources"]} == {"deleted"}


@both
@pytest.mark.behaviour("cloudflare", 4)
async def test_a_share_deleted_before_it_arrived_winds_down_too(desk):
    share = await desk.alice.share(to=[B, C])

    good(await desk.alice.delete(f"/{share['id']}"))
    await desk.settle()

    assert (await desk.alice.seen(share))["status"] == "deleted"
    assert set((await desk.alice.statuses(share)).values()) == {"disassociated"}


@both
@pytest.mark.behaviour("cloudflare", 4)
async def test_a_share_without_recipients_left_is_deleted_too(desk):
    share = await desk.alice.share()
    assert (await desk.alice.put(f"/{share['id']}/recipients", [])).status_code == 204
    await desk.settle()

    good(await desk.alice.delete(f"/{share['id']}"))
    await desk.settle()

    assert (await desk.alice.seen(share))["status"] == "deleted"


@both
@pytest.mark.behaviour("cloudflare", 4)
async def test_a_deleted_share_is_listed_until_it_is_purged(database):
    async with a_desk(database, retention_days=3) as desk:
        share = await desk.alice.share()
        good(await desk.alice.delete(f"/{share['id']}"))
        await desk.settle()

        desk.clock.pass_s(2.9 * DAY_S)
        await desk.sweep()
        kept = await desk.alice.get(f"/{share['id']}")
        listed = await desk.alice.names()
        desk.clock.pass_s(0.2 * DAY_S)
        await desk.sweep()

        assert good(kept)["status"] == "deleted"
        assert listed == ["Baseline rules"]
        refused(await desk.alice.get(f"/{share['id']}"), 404, 1004)
        assert await desk.alice.names() == []


@both
@pytest.mark.behaviour("cloudflare", 13)
async def test_an_update_renames_and_ignores_everything_else(desk):
    share = await desk.alice.share()
    before = await desk.alice.whole(share)
    desk.clock.pass_s(1)

    body = {
        "name": "Renamed",
        "recipients": [a_recipient(C)],
        "resources": [a_resource(99)],
        "id": some_id(1),
        "status": "deleted",
        "unknown": {"deep": [1]},
    }
    updated = good(await desk.alice.put(f"/{share['id']}", body))
    after = await desk.alice.whole(share)

    assert updated == {**share, "name": "Renamed", "modified": "2026-01-02T03:04:06.678901Z"}
    assert after["recipients"] == before["recipients"]
    assert after["resources"] == before["resources"]


@pytest.mark.behaviour("cloudflare", 13)
async def test_modified_moves_on_although_the_clock_stands_still(desk):
    share = await desk.alice.share()

    updated = good(await desk.alice.put(f"/{share['id']}", {"name": "Renamed"}))

    assert updated["modified"] > share["modified"]


@both
async def test_tags_are_kept_replaced_and_cleared(desk):
    share = await desk.alice.share(tags={"env": "prod", "team": ""})
    path = f"/{share['id']}"

    kept = good(await desk.alice.put(path, {"name": "Same", "tags": None}))
    replaced = good(await desk.alice.put(path, {"name": "Same", "tags": {"env": "test"}}))
    cleared = good(await desk.alice.put(path, {"name": "Same", "tags": {}}))

    assert share["tags"] == {"env": "prod", "team": ""}
    assert kept["tags"] == {"env": "prod", "team": ""}
    assert replaced["tags"] == {"env": "test"}
    assert "tags" not in cleared
    assert "tags" not in await desk.alice.seen(share)


@both
@pytest.mark.behaviour("cloudflare", 24)
async def test_deleting_a_share_again_changes_nothing(desk):
    share = await desk.alice.share()
    first = good(await desk.alice.delete(f"/{share['id']}"))
    desk.clock.pass_s(1)

    leaving = good(await desk.alice.delete(f"/{share['id']}"))
    await desk.settle()
    gone = await desk.alice.seen(share)
    desk.clock.pass_s(1)
    again = good(await desk.alice.delete(f"/{share['id']}"))

    assert leaving == first
    assert again == gone
    assert again["status"] == "deleted"


@pytest.mark.behaviour("cloudflare", 24)
async def test_removing_a_recipient_or_an_entry_again_changes_nothing(desk):
    share = await desk.alice.share(to=[B, C], resources=[a_resource(1), a_resource(2)])
    recipient = (await desk.alice.recipients(share))[0]
    entry = (await desk.alice.resources(share))[0]
    paths = [f"/{share['id']}/recipients/{recipient['id']}", f"/{share['id']}/resources/{entry['id']}"]

    for path in paths:
        first = good(await desk.alice.delete(path))
        desk.clock.pass_s(1)
        assert good(await desk.alice.delete(path)) == first
    await desk.settle()
    for path in paths:
        gone = good(await desk.alice.get(path))
        desk.clock.pass_s(1)
        assert good(await desk.alice.delete(path)) == gone


@both
@pytest.mark.behaviour("cloudflare", 24)
@pytest.mark.parametrize("settled", [False, True], ids=["deleting", "deleted"])
async def test_a_share_on_its_way_out_takes_no_change(desk, settled):
    share = await desk.alice.share(to=[B, C], resources=[a_resource(1), a_resource(2)])
    recipient, entry = (await desk.alice.recipients(share))[0], (await desk.alice.resources(share))[0]
    path = f"/{share['id']}"
    good(await desk.alice.delete(path))
    if settled:
        await desk.settle()
    before = await desk.alice.whole(share)
    desk.clock.pass_s(1)

    tried = [
        await desk.alice.put(path, {"name": "Renamed"}),
        await desk.alice.post(f"{path}/recipients", a_recipient(B)),
        await desk.alice.put(f"{path}/recipients", [a_recipient(B)]),
        await desk.alice.post(f"{path}/resources", a_resource(3)),
        await desk.alice.put(f"{path}/resources/{entry['id']}", {"meta": {"n": 1}}),
    ]
    parts = [
        await desk.alice.delete(f"{path}/recipients/{recipient['id']}"),
        await desk.alice.delete(f"{path}/resources/{entry['id']}"),
    ]

    for response in tried:
        refused(response, 400, 1006)
    # What is on its way out already is answered as a repeated delete is, or refused like every other change.
    assert {response.status_code for response in parts} <= {200, 400}
    assert await desk.alice.whole(share) == before


@pytest.mark.behaviour("cloudflare", 27)
async def test_terraform_gets_resources_without_asking(desk):
    share = await desk.alice.share()
    path = f"/{share['id']}"

    terraform = good(await desk.alice.get(path, headers={"X-Stainless-Lang": "Terraform"}))
    lower = good(await desk.alice.get(path, headers={"x-stainless-lang": "terraform"}))
    declined = good(
        await desk.alice.get(path, headers={"X-Stainless-Lang": "Terraform"}, include_resources=False)
    )
    python = good(await desk.alice.get(path, headers={"X-Stainless-Lang": "python"}))

    assert len(terraform["resources"]) == 1
    assert lower == terraform
    assert "resources" not in declined
    assert "resources" not in python
    assert set(terraform) == SHARE_FIELDS | {"resources"}
