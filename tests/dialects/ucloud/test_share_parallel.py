"""Whoever comes at the same moment, the answers and the end fit together."""

import asyncio
from collections import Counter

import pytest

from tests.dialects.ucloud.desk import both_engines, good
from tests.dialects.ucloud.filing import asked, status
from tests.dialects.ucloud.sharing import BASE, browse, end, folders, ids, one, permit, say, spec


def statuses(answers):
    """How often each status was answered."""
    return Counter(answer.status_code for answer in answers)


@both_engines
@pytest.mark.behaviour("ucloud", 36)
async def test_ten_who_approve_and_ten_who_delete_leave_one_end(desk):
    for _ in range(3):
        share, mount = await asked(desk)

        answers = await asyncio.gather(
            *(say(desk.bob, "approve", share) for _ in range(10)),
            *(end(desk.alice, share) for _ in range(10)),
        )

        assert set(statuses(answers)) <= {200, 403}
        assert statuses(answers[10:])[200] == 1
        for caller in (desk.alice, desk.bob):
            assert await ids(caller, filterRejected="false") == []
        assert await status(desk.bob, mount) == 404


@both_engines
@pytest.mark.behaviour("ucloud", 36)
async def test_whoever_approves_and_rejects_at_once_ends_up_without(desk):
    share, mount = await asked(desk)

    answers = await asyncio.gather(
        *(say(desk.bob, verb, share) for verb in ("approve", "reject") * 5),
        *(permit(desk.alice, share, "READ"),) * 1,
    )

    assert set(statuses(answers)) <= {200, 400, 403}
    assert all(answer.status_code == 200 for answer in answers[1:10:2])
    [seen] = await browse(desk.alice)
    assert seen["status"]["state"] == "REJECTED"
    assert seen["status"]["shareAvailableAt"] is None
    assert await status(desk.bob, mount) == 404


@both_engines
@pytest.mark.behaviour("ucloud", 36)
async def test_of_several_who_offer_the_same_one_succeeds(desk):
    for verb in (None, "reject"):
        answers = await asyncio.gather(*(desk.alice.bulk(BASE, spec()) for _ in range(5)))

        assert statuses(answers) == {200: 1, 409: 4}
        [share] = await ids(desk.bob)
        [folder] = await folders(desk.alice)
        assert [preview["shareId"] for preview in folder["sharePreview"]] == [share]
        if verb:
            break
        good(await say(desk.bob, "reject", share))


@both_engines
@pytest.mark.behaviour("ucloud", 36)
async def test_the_last_of_several_lists_of_permissions_counts_everywhere(desk):
    share = await one(desk.alice)

    answers = await asyncio.gather(
        *(permit(desk.alice, share, *wanted) for wanted in (["READ"], ["EDIT"], ["READ", "EDIT"]) * 3),
        say(desk.bob, "approve", share),
    )

    assert statuses(answers) == {200: 10}
    [sent], [received] = await browse(desk.alice), await browse(desk.bob)
    assert sent["specification"] == received["specification"]
    assert received["status"]["state"] == "APPROVED"
