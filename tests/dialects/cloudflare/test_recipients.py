"""Recipients come, are carried in, and go."""

import asyncio
import json

import pytest

from tests.dialects.cloudflare.desk import (
    COUNTS,
    ELSEWHERE,
    FOREIGN,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    SHARE_FIELDS,
    A,
    B,
    C,
    D,
    a_desk,
    a_recipient,
    a_resource,
    good,
    pointed,
    refused,
    some_id,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

RECIPIENT_FIELDS = {"id", "account_id", "association_status", "status_message", "created", "modified"}


def counted(share):
    """The four counts of a share, in the order of a recipient's life."""
    return tuple(share[name] for name in COUNTS)


@both
@pytest.mark.behaviour("cloudflare", 3)
async def test_a_recipient_becomes_associated_by_itself(desk):
    share = await desk.alice.share()

    added = good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(C)), 201)
    before = counted(await desk.alice.seen(share, include_recipient_counts=True))
    await desk.settle()
    settled = good(await desk.alice.get(f"/{share['id']}/recipients/{added['id']}"))
    after = counted(await desk.alice.seen(share, include_recipient_counts=True))

    assert set(added) == RECIPIENT_FIELDS
    assert (added["account_id"], added["association_status"], added["status_message"]) == (
        C,
        "associating",
        "",
    )
    assert before == (2, 0, 0, 0)
    assert settled["association_status"] == "associated"
    assert settled["modified"] > added["modified"]
    assert {**settled, "association_status": 0, "modified": 0} == {
        **added,
        "association_status": 0,
        "modified": 0,
    }
    assert after == (0, 2, 0, 0)


@both
@pytest.mark.behaviour("cloudflare", 3)
async def test_a_recipient_shows_what_it_has_of_each_entry(desk):
    share = await desk.alice.share(resources=[a_resource(1), a_resource(2)])
    recipient = (await desk.alice.recipients(share))[0]
    path = f"/{share['id']}/recipients/{recipient['id']}"

    plain = good(await desk.alice.get(path))
    await desk.settle()
    shown = good(await desk.alice.get(path, include_resources=True))
    listed = await desk.alice.recipients(share, include_resources=True)

    assert "resources" not in plain
    assert shown["resources"] == [
        {"resource_id": some_id(number), "resource_version": 1, "error": "", "terminal": False}
        for number in (1, 2)
    ]
    assert listed == [shown]


@pytest.mark.behaviour("cloudflare", 3)
async def test_only_what_changed_is_modified(desk):
    share = await desk.alice.share()
    await desk.settle()
    before = await desk.alice.whole(share)
    desk.clock.pass_s(1)

    good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(C)), 201)
    await desk.settle()
    after = await desk.alice.whole(share)

    assert after["share"]["modified"] == before["share"]["modified"]
    assert after["recipients"][0] == before["recipients"][0]
    assert after["resources"] == before["resources"]


@both
@pytest.mark.behaviour("cloudflare", 5)
async def test_a_removed_recipient_leaves_and_stays_readable(desk):
    share = await desk.alice.share(to=[B, C])
    await desk.settle()
    recipient = next(each for each in await desk.alice.recipients(share) if each["account_id"] == B)
    path = f"/{share['id']}/recipients/{recipient['id']}"

    removed = good(await desk.alice.delete(path))
    leaving = counted(await desk.alice.seen(share, include_recipient_counts=True))
    await desk.settle()

    assert removed["association_status"] == "disassociating"
    assert removed["modified"] > recipient["modified"]
    assert leaving == (0, 1, 1, 0)
    assert good(await desk.alice.get(path))["association_status"] == "disassociated"
    assert await desk.alice.statuses(share) == {B: "disassociated", C: "associated"}
    assert counted(await desk.alice.seen(share, include_recipient_counts=True)) == (0, 1, 0, 1)


@both
@pytest.mark.behaviour("cloudflare", 5)
async def test_a_recipient_removed_before_it_was_carried_in_leaves_too(desk):
    share = await desk.alice.share(to=[B, C])
    recipient = (await desk.alice.recipients(share))[0]

    removed = good(await desk.alice.delete(f"/{share['id']}/recipients/{recipient['id']}"))
    await desk.settle()

    assert removed["association_status"] == "disassociating"
    assert (await desk.alice.statuses(share))[recipient["account_id"]] == "disassociated"


@both
@pytest.mark.behaviour("cloudflare", 6)
async def test_a_list_of_recipients_adds_keeps_and_removes(desk):
    share = await desk.alice.share(to=[B, C])
    await desk.settle()
    before = {each["account_id"]: each for each in await desk.alice.recipients(share)}
    desk.clock.pass_s(1)

    answered = await desk.alice.put(f"/{share['id']}/recipients", [a_recipient(C), a_recipient(D)])
    after = {each["account_id"]: each for each in await desk.alice.recipients(share)}
    await desk.settle()

    assert answered.status_code == 204
    assert answered.content == b""
    assert after[C] == before[C]
    assert after[B]["association_status"] == "disassociating"
    assert after[B]["id"] == before[B]["id"]
    assert after[D]["association_status"] == "associating"
    assert await desk.alice.statuses(share) == {B: "disassociated", C: "associated", D: "associated"}


@both
@pytest.mark.behaviour("cloudflare", 6)
async def test_a_list_revives_whom_it_names_again(desk):
    share = await desk.alice.share(to=[B])
    path = f"/{share['id']}/recipients"
    first = (await desk.alice.recipients(share))[0]
    assert (await desk.alice.put(path, [])).status_code == 204
    await desk.settle()

    assert (await desk.alice.put(path, [a_recipient(B), a_recipient(B)])).status_code == 204
    await desk.settle()

    revived = (await desk.alice.recipients(share))[0]
    assert (revived["id"], revived["created"]) == (first["id"], first["created"])
    assert await desk.alice.statuses(share) == {B: "associated"}


@pytest.mark.behaviour("cloudflare", 6)
@pytest.mark.parametrize("body", [a_recipient(C), {"recipients": [a_recipient(C)]}, "text", 1, True, None])
async def test_anything_but_a_list_of_recipients_changes_nothing(desk, body):
    share = await desk.alice.share()
    before = await desk.alice.whole(share)

    refused(
        await desk.alice.call("PUT", f"/{share['id']}/recipients", content=json.dumps(body).encode()),
        400,
        1001,
    )

    assert await desk.alice.whole(share) == before


@pytest.mark.behaviour("cloudflare", 6)
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"organization_id": ORGANIZATION},
        a_recipient(FOREIGN),
        a_recipient(A),
        a_recipient(some_id(77)),
        7,
        [],
    ],
)
async def test_one_wrong_recipient_in_a_list_refuses_all(desk, wrong):
    share = await desk.alice.share()
    before = await desk.alice.whole(share)

    response = await desk.alice.put(f"/{share['id']}/recipients", [a_recipient(C), wrong])

    assert pointed(response, 400, 1001).startswith("/1")
    assert await desk.alice.whole(share) == before


@both
@pytest.mark.behaviour("cloudflare", 7)
async def test_an_organizations_share_takes_no_single_recipients(desk):
    share = await desk.alice.share(to=[])
    await desk.settle()
    before = await desk.alice.whole(share)
    path = f"/{share['id']}/recipients"

    tried = [
        await desk.alice.put(path, [a_recipient(B)]),
        await desk.alice.put(path, []),
        await desk.alice.post(path, a_recipient(B)),
        await desk.alice.delete(f"{path}/{before['recipients'][0]['id']}"),
    ]

    for response in tried:
        refused(response, 400, 1006)
    assert await desk.alice.whole(share) == before


@both
@pytest.mark.behaviour("cloudflare", 8)
@pytest.mark.parametrize("recipient", [{}, {"organization_id": ORGANIZATION}, {"recipient_account_id": None}])
async def test_the_organization_means_every_other_account(desk, recipient):
    body = {"name": "For all", "recipients": [recipient], "resources": [a_resource()]}

    share = good(await desk.alice.post("", body), 201)
    started = await desk.alice.statuses(share)
    await desk.settle()

    assert share["target_type"] == "organization"
    assert set(share) == SHARE_FIELDS
    assert started == dict.fromkeys((B, C, D), "associating")
    assert await desk.alice.statuses(share) == dict.fromkeys((B, C, D), "associated")


@both
@pytest.mark.behaviour("cloudflare", 8)
async def test_an_account_that_joins_later_is_picked_up_and_one_that_leaves_let_go(desk):
    share = await desk.alice.share(to=[])
    named = await desk.alice.share(to=[B])
    await desk.settle()

    await desk.found(some_id(0x77), "Newcomer", ORGANIZATION)
    await desk.settle()
    joined = await desk.alice.statuses(share)
    await desk.move(some_id(0x77), OTHER_ORGANIZATION)
    await desk.settle()

    assert joined == dict.fromkeys((B, C, D, some_id(0x77)), "associated")
    assert (await desk.alice.statuses(share))[some_id(0x77)] == "disassociated"
    assert await desk.alice.statuses(named) == {B: "associated"}


@both
async def test_a_sender_that_leaves_its_organization_takes_its_shares_along(desk):
    share = await desk.alice.share(to=[B])
    await desk.settle()

    await desk.move(A, OTHER_ORGANIZATION)
    await desk.settle()

    assert (await desk.alice.seen(share))["status"] == "deleted"
    assert await desk.bob.names() == []


@both
async def test_recipients_with_resources_are_the_same_list_in_shorter_stretches(desk):
    accounts = [some_id(0x700 + number) for number in range(25)]
    for account in accounts:
        await desk.found(account, "Account", ORGANIZATION)
    share = await desk.alice.share(to=accounts, resources=[a_resource(1), a_resource(2)])

    for query in ({}, {"page": 2, "per_page": 12}, {"page": 1, "per_page": 20}, {"page": 3, "per_page": 10}):
        light = (await desk.alice.get(f"/{share['id']}/recipients", **query)).json()
        heavy = (await desk.alice.get(f"/{share['id']}/recipients", include_resources=True, **query)).json()

        assert {len(each.pop("resources")) for each in heavy["result"]} == {2}
        assert heavy == light, query


async def test_a_recipient_comes_back_at_the_limit_by_either_call(database):
    async with a_desk(database, recipients_per_share=2) as desk:
        share = await desk.alice.share(to=[B, C])
        below = f"/{share['id']}/recipients"
        b = (await desk.alice.recipients(share))[0]

        good(await desk.alice.delete(f"{below}/{b['id']}"))
        one_by_one = await desk.alice.post(below, a_recipient(B))
        good(await desk.alice.delete(f"{below}/{b['id']}"))
        as_a_list = await desk.alice.put(below, [a_recipient(B), a_recipient(C)])

        assert (one_by_one.status_code, as_a_list.status_code) == (201, 204)
        refused(await desk.alice.post(below, a_recipient(D)), 400, 1007)
        assert await desk.alice.statuses(share) == {B: "associating", C: "associating"}


@pytest.mark.behaviour("cloudflare", 9)
@pytest.mark.parametrize(
    ("recipients", "pointer"),
    [
        ([{"recipient_account_id": B, "organization_id": ORGANIZATION}], "/recipients/0"),
        ([{"organization_id": OTHER_ORGANIZATION}], "/recipients/0/organization_id"),
        ([{"organization_id": some_id(1)}], "/recipients/0/organization_id"),
        ([a_recipient(FOREIGN)], "/recipients/0"),
        ([a_recipient(B), a_recipient(ELSEWHERE)], "/recipients/1"),
        ([a_recipient(some_id(77))], "/recipients/0"),
        ([a_recipient(A)], "/recipients/0"),
        ([a_recipient(B), {}], "/recipients"),
        ([{}, {}], "/recipients"),
        ([{"organization_id": ORGANIZATION}, a_recipient(B)], "/recipients"),
        ([], "/recipients"),
        (None, "/recipients"),
        ({}, "/recipients"),
        ([7], "/recipients/0"),
        ([{"recipient_account_id": 7}], "/recipients/0"),
        ([{"recipient_account_id": ""}], "/recipients/0"),
    ],
)
async def test_recipients_that_cannot_be_are_refused(desk, recipients, pointer):
    body = {"name": "Never", "recipients": recipients, "resources": [a_resource()]}

    response = await desk.alice.post("", body)

    assert pointed(response, 400, 1001).startswith(pointer)
    assert await desk.alice.names() == []


@pytest.mark.behaviour("cloudflare", 9)
async def test_repeated_accounts_count_once(desk):
    share = await desk.alice.share(to=[B, C, B])

    assert [each["account_id"] for each in await desk.alice.recipients(share)] == [B, C]


@pytest.mark.behaviour("cloudflare", 9)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"organization_id": ORGANIZATION},
        {"recipient_account_id": None},
        a_recipient(FOREIGN),
        a_recipient(A),
        [],
    ],
)
async def test_a_single_recipient_must_be_an_account_of_the_organization(desk, body):
    share = await desk.alice.share()
    before = await desk.alice.whole(share)

    refused(await desk.alice.post(f"/{share['id']}/recipients", body), 400, 1001)

    assert await desk.alice.whole(share) == before


@pytest.mark.behaviour("cloudflare", 10)
@pytest.mark.parametrize("spelling", ["recipient_account_id", "account_id", "body_account_id"])
async def test_every_spelling_names_the_account(desk, spelling):
    body = {"name": "Spelled", "recipients": [{spelling: B}], "resources": [a_resource()]}
    share = good(await desk.alice.post("", body), 201)

    added = good(await desk.alice.post(f"/{share['id']}/recipients", {spelling: C}), 201)
    replaced = await desk.alice.put(f"/{share['id']}/recipients", [{spelling: C}, {spelling: D}])

    assert share["target_type"] == "account"
    assert added["account_id"] == C
    assert replaced.status_code == 204
    assert await desk.alice.statuses(share) == {B: "disassociating", C: "associating", D: "associating"}


@pytest.mark.behaviour("cloudflare", 10)
async def test_spellings_that_agree_are_fine(desk):
    recipient = {"recipient_account_id": B, "account_id": B, "body_account_id": B}
    body = {"name": "Spelled", "recipients": [recipient], "resources": [a_resource()]}

    share = good(await desk.alice.post("", body), 201)

    assert await desk.alice.statuses(share) == {B: "associating"}


@pytest.mark.behaviour("cloudflare", 10)
@pytest.mark.parametrize(
    "recipient",
    [
        {"recipient_account_id": B, "account_id": C},
        {"recipient_account_id": B, "body_account_id": C},
        {"account_id": B, "body_account_id": C},
    ],
)
async def test_spellings_that_contradict_each_other_are_refused(desk, recipient):
    share = await desk.alice.share(to=[D])
    path = f"/{share['id']}/recipients"
    before = await desk.alice.whole(share)
    body = {"name": "Never", "recipients": [recipient], "resources": [a_resource()]}

    assert pointed(await desk.alice.post("", body), 400, 1001).startswith("/recipients/0")
    refused(await desk.alice.post(path, recipient), 400, 1001)
    refused(await desk.alice.put(path, [recipient]), 400, 1001)

    assert await desk.alice.whole(share) == before


@both
@pytest.mark.behaviour("cloudflare", 16)
async def test_a_recipient_that_is_there_is_a_conflict_nobody_should_retry(desk):
    share = await desk.alice.share()
    path = f"/{share['id']}/recipients"
    before = await desk.alice.whole(share)

    associating = await desk.alice.post(path, a_recipient(B))
    unchanged = await desk.alice.whole(share)
    await desk.settle()
    associated = await desk.alice.post(path, a_recipient(B))

    for response in (associating, associated):
        refused(response, 409, 1005)
        assert response.headers["x-should-retry"] == "false"
    assert unchanged == before


@both
@pytest.mark.behaviour("cloudflare", 16)
@pytest.mark.parametrize("settled", [False, True], ids=["disassociating", "disassociated"])
async def test_a_recipient_that_comes_back_keeps_its_id(desk, settled):
    share = await desk.alice.share(to=[B, C])
    await desk.settle()
    first = (await desk.alice.recipients(share))[0]
    good(await desk.alice.delete(f"/{share['id']}/recipients/{first['id']}"))
    if settled:
        await desk.settle()

    again = good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(first["account_id"])), 201)
    await desk.settle()

    assert (again["id"], again["created"]) == (first["id"], first["created"])
    assert again["association_status"] == "associating"
    assert await desk.alice.statuses(share) == {B: "associated", C: "associated"}
    assert len(await desk.alice.recipients(share)) == 2


@both
async def test_forty_additions_at_once_leave_one_recipient(desk):
    share = await desk.alice.share(to=[B])
    path = f"/{share['id']}/recipients"

    answers = await asyncio.gather(*(desk.alice.post(path, a_recipient(C)) for _ in range(40)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 39
    assert await desk.alice.statuses(share) == {B: "associating", C: "associating"}
    assert counted(await desk.alice.seen(share, include_recipient_counts=True)) == (2, 0, 0, 0)


async def test_recipients_are_listed_oldest_first_and_paged(desk):
    share = await desk.alice.share(to=[D, B])
    good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(C)), 201)

    first = await desk.alice.get(f"/{share['id']}/recipients", per_page=2)
    second = await desk.alice.get(f"/{share['id']}/recipients", per_page=2, page=2)

    assert [each["account_id"] for each in good(first) + good(second)] == [D, B, C]
    assert second.json()["result_info"] == {
        "count": 1,
        "page": 2,
        "per_page": 2,
        "total_count": 3,
        "total_pages": 2,
    }
