"""Many calls about one thing at the same moment: they end as if they had come one after another."""

import asyncio

import pytest

from polyshare.engine.sharing import aligning, delivering
from polyshare.engine.worker import tidying
from tests.consistency import broken_laws
from tests.dialects.cloudflare.desk import B, C, D, a_desk, a_recipient, a_resource

MANY = 40


@pytest.fixture(params=["sqlite", "postgres"])
async def desk(request, tmp_path):
    url = (
        f"sqlite://{tmp_path}/parallel.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    async with a_desk(url) as opened:
        yield opened


def offer(name):
    return {"name": name, "recipients": [a_recipient(B)], "resources": [a_resource()]}


def answered(answers):
    """The status codes, and how often each came."""
    codes = [answer.status_code for answer in answers]
    return {code: codes.count(code) for code in sorted(set(codes))}


async def test_one_recipient_added_many_times_at_once_is_there_once(desk):
    share = await desk.alice.share(to=[B])

    answers = await asyncio.gather(
        *(desk.alice.post(f"/{share['id']}/recipients", a_recipient(C)) for _ in range(MANY))
    )

    assert answered(answers) == {201: 1, 409: MANY - 1}
    assert [one["account_id"] for one in await desk.alice.recipients(share)] == [B, C]
    assert await broken_laws(desk.house.database) == []


async def test_one_request_sent_many_times_at_once_under_one_key_is_carried_out_once(desk):
    share = await desk.alice.share(to=[B])
    key = {"Idempotency-Key": "the-same-for-all"}

    answers = await asyncio.gather(
        *(desk.alice.post(f"/{share['id']}/recipients", a_recipient(C), headers=key) for _ in range(MANY))
    )

    assert answered(answers) == {201: MANY}
    assert len({answer.json()["result"]["id"] for answer in answers}) == 1
    assert [one["account_id"] for one in await desk.alice.recipients(share)] == [B, C]


async def test_recipients_put_many_times_at_once_are_one_of_the_lists(desk):
    share = await desk.alice.share(to=[B])
    wanted = [[B], [C], [B, D], [C, D]]

    answers = await asyncio.gather(
        *(
            desk.alice.put(
                f"/{share['id']}/recipients", [a_recipient(one) for one in wanted[n % len(wanted)]]
            )
            for n in range(MANY)
        )
    )
    live = sorted(
        account
        for account, status in (await desk.alice.statuses(share)).items()
        if status in ("associating", "associated")
    )

    assert answered(answers) == {204: MANY}
    assert live in wanted
    assert await broken_laws(desk.house.database) == []
    await desk.settle()
    assert {
        one for one, status in (await desk.alice.statuses(share)).items() if status == "associated"
    } == set(live)


async def test_everything_at_once_ends_in_a_state_that_some_order_explains(desk):
    shares = [await desk.alice.share(f"share {n}", to=[B]) for n in range(4)]
    [b] = [one["id"] for one in await desk.alice.recipients(shares[0])]
    calls = []
    for n in range(MANY):
        share = shares[n % 4]
        calls += [
            desk.alice.post(f"/{share['id']}/recipients", a_recipient([C, D][n % 2])),
            desk.alice.post(f"/{share['id']}/resources", a_resource(100 + n)),
        ]
    calls += [desk.alice.delete(f"/{shares[0]['id']}/recipients/{b}") for _ in range(5)]
    calls += [desk.alice.delete(f"/{shares[1]['id']}") for _ in range(5)]

    async def work():
        for _ in range(10):
            desk.clock.pass_s(1)
            await asyncio.gather(*(deliver(desk) for _ in range(3)))

    *answers, _ = await asyncio.gather(*calls, work())
    await desk.settle()

    assert {answer.status_code for answer in answers} <= {200, 201, 202, 400, 409}
    assert await broken_laws(desk.house.database) == []
    for n, share in enumerate(shares):
        taken = [a for a, to in zip(answers[0 : 2 * MANY : 2], range(MANY), strict=True) if to % 4 == n]
        added = [a for a, to in zip(answers[1 : 2 * MANY : 2], range(MANY), strict=True) if to % 4 == n]
        statuses = await desk.alice.statuses(share)
        there = len([status for status in statuses.values() if status == "associated"])
        resources = [one["resource_id"] for one in await desk.alice.resources(share)]
        good = [a.json()["result"]["resource_id"] for a in added if a.status_code == 201]
        assert set(good) <= set(resources)
        if n != 1:
            assert (await desk.alice.seen(share))["status"] == "active"
            assert there == (n != 0) + len([a for a in taken if a.status_code == 201])
            assert len(good) == len(added)
        else:
            assert (await desk.alice.seen(share))["status"] == "deleted"
            assert there == 0


async def test_many_offers_at_once_keep_to_the_limit_of_an_account(database_url):
    async with a_desk(database_url, shares_per_account=3) as desk:
        answers = await asyncio.gather(
            *(desk.alice.post("", offer(f"share {n}")) for n in range(20)),
        )

        assert answered(answers) == {201: 3, 400: 17}
        assert {a.json()["errors"][0]["code"] for a in answers if a.status_code == 400} == {1007}
        assert len(await desk.alice.names()) == 3


async def test_processes_that_tidy_up_at_once_count_nothing_twice(desk, request):
    shares = [await desk.alice.share(f"share {n}", to=[B]) for n in range(6)]
    for share in shares[:4]:
        await desk.alice.delete(f"/{share['id']}")
    await desk.settle()
    desk.clock.pass_s(31 * 86_400)

    await asyncio.gather(*(sweep(desk) for _ in range(4)))

    assert await broken_laws(desk.house.database) == []
    assert await desk.alice.names() == ["share 4", "share 5"]


async def deliver(desk):

    return await delivering.deliver_due(desk.house)


async def sweep(desk):

    await aligning.purge(desk.house)
    await tidying.fold_tallies(desk.house)
