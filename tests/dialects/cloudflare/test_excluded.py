"""Accounts that a share with the organization passes over."""

import pytest

from polyshare.domain.errors import Taken
from polyshare.domain.principals import Access, Kind
from polyshare.engine.credentials import admitting
from polyshare.engine.sharing import excluding, listing
from polyshare.engine.work import Drawn, Work
from tests.dialects.cloudflare.desk import (
    FOREIGN,
    TOKENS,
    A,
    B,
    C,
    D,
    good,
    refused,
    some_id,
)

both = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)


def excluded(share, below=""):
    return f"/{share['id']}/excluded-recipients{below}"


@both
async def test_an_excluded_account_lets_go_and_is_picked_up_again(desk):
    share = await desk.alice.share(to=[])
    await desk.settle()
    before = {each["account_id"]: each for each in await desk.alice.recipients(share)}

    made = good(await desk.alice.post(excluded(share), {"account_id": B}), 201)
    started = await desk.alice.statuses(share)
    await desk.settle()
    without = await desk.alice.statuses(share)
    removed = good(await desk.alice.delete(excluded(share, f"/{made['id']}")))
    await desk.settle()
    after = {each["account_id"]: each for each in await desk.alice.recipients(share)}

    assert set(made) == {"id", "account_id", "created", "modified"}
    assert made["account_id"] == B
    assert started == {B: "disassociating", C: "associated", D: "associated"}
    assert without == {B: "disassociated", C: "associated", D: "associated"}
    assert removed == made
    assert {account: each["association_status"] for account, each in after.items()} == dict.fromkeys(
        (B, C, D), "associated"
    )
    assert after[B]["id"] == before[B]["id"]


@both
async def test_a_list_of_exclusions_is_matched(desk):
    share = await desk.alice.share(to=[])
    good(await desk.alice.post(excluded(share), {"account_id": B}), 201)
    kept = good(await desk.alice.post(excluded(share), {"recipient_account_id": C}), 201)
    desk.clock.pass_s(1)

    answered = await desk.alice.put(excluded(share), [{"account_id": C}, {"recipient_account_id": D}])
    listed = good(await desk.alice.get(excluded(share)))
    await desk.settle()

    assert (answered.status_code, answered.content) == (204, b"")
    assert [each["account_id"] for each in listed] == [C, D]
    assert listed[0] == kept
    assert await desk.alice.statuses(share) == {B: "associated", C: "disassociated", D: "disassociated"}


async def test_an_account_is_let_in_once_when_the_answer_of_the_commit_was_lost(desk):
    share = await desk.alice.share(to=[])
    made = good(await desk.alice.post(excluded(share), {"account_id": B}), 201)
    me = await admitting.identify(desk.house, "token", TOKENS["alice"])
    run = 0

    async def job(work):
        nonlocal run
        run += 1
        seat = await admitting.seat(work, Kind.ACCOUNT, A, Access.EDIT)
        seen = await listing.share(work, seat, share["id"], lock=True)
        return await excluding.readmit(work, seen, made["id"])

    ids = Drawn(desk.house.ids)

    async def first(rows):
        return await job(Work(desk.house, rows, me, desk.clock.now, ids))

    async def again(rows):
        ids.rewind()
        return await job(Work(desk.house, rows, me, desk.clock.now, ids))

    await desk.house.database.write(first)
    with pytest.raises(Taken, match="event"):  # what tells the store that the first commit held
        await desk.house.database.write(again)

    assert run == 2


async def test_exclusions_are_read_one_by_one_and_in_pages(desk):
    share = await desk.alice.share(to=[])
    made = [good(await desk.alice.post(excluded(share), {"account_id": each}), 201) for each in (D, B)]

    page = await desk.alice.get(excluded(share), page=2, per_page=1)

    assert good(await desk.alice.get(excluded(share, f"/{made[0]['id']}"))) == made[0]
    assert good(page) == [made[1]]
    assert page.json()["result_info"]["total_count"] == 2


@both
async def test_what_cannot_be_excluded_changes_nothing(desk):
    share = await desk.alice.share(to=[])
    made = good(await desk.alice.post(excluded(share), {"account_id": B}), 201)

    again = await desk.alice.post(excluded(share), {"account_id": B})
    wrong = [
        await desk.alice.post(excluded(share), {"account_id": FOREIGN}),
        await desk.alice.post(excluded(share), {"account_id": some_id(77)}),
        await desk.alice.post(excluded(share), {"account_id": C, "recipient_account_id": D}),
        await desk.alice.post(excluded(share), {}),
        await desk.alice.put(excluded(share), [{"account_id": C}, {"account_id": FOREIGN}]),
        await desk.alice.put(excluded(share), {"account_id": C}),
    ]

    refused(again, 409, 1005)
    assert again.headers["x-should-retry"] == "false"
    for response in wrong:
        refused(response, 400, 1001)
    assert good(await desk.alice.get(excluded(share))) == [made]
    refused(await desk.alice.get(excluded(share, f"/{some_id(5)}")), 404, 1004)
    refused(await desk.alice.delete(excluded(share, f"/{some_id(5)}")), 404, 1004)


async def test_a_share_with_named_accounts_excludes_nobody(desk):
    share = await desk.alice.share()
    unknown = excluded(share, f"/{some_id(5)}")

    told = [
        refused(response, 400, 1006)["message"]
        for response in (
            await desk.alice.post(excluded(share), {"account_id": B}),
            await desk.alice.put(excluded(share), []),
            await desk.alice.get(excluded(share)),
            await desk.alice.get(unknown),
            await desk.alice.delete(unknown),
        )
    ]

    assert len(set(told)) == 1
    assert await desk.alice.statuses(share) == {B: "associating"}
