"""A request that carries an idempotency key may be repeated."""

import asyncio

import pytest

from tests.dialects.cloudflare.desk import A, B, C, Party, a_recipient, a_resource, bearer, good, refused

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)

KEYED = {"Idempotency-Key": "first-try"}
HOUR_S = 3600


def a_body(name="Once"):
    return {"name": name, "recipients": [a_recipient(B)], "resources": [a_resource()]}


async def test_a_repeated_create_is_answered_as_the_first_was(desk):
    first = await desk.alice.post("", a_body(), headers=KEYED)
    desk.clock.pass_s(23 * HOUR_S)

    again = await desk.alice.post("", a_body(), headers=KEYED)

    assert good(first, 201) == good(again, 201)
    assert again.content == first.content
    assert await desk.alice.names() == ["Once"]


async def test_after_a_day_a_key_is_new_again(desk):
    first = good(await desk.alice.post("", a_body(), headers=KEYED), 201)
    desk.clock.pass_s(25 * HOUR_S)

    again = good(await desk.alice.post("", a_body(), headers=KEYED), 201)

    assert again["id"] != first["id"]


async def test_a_key_with_another_body_is_a_conflict(desk):
    good(await desk.alice.post("", a_body(), headers=KEYED), 201)

    response = await desk.alice.post("", a_body("Other"), headers=KEYED)

    refused(response, 409, 1005)
    assert response.headers["x-should-retry"] == "false"
    assert await desk.alice.names() == ["Once"]


async def test_a_refusal_is_not_kept(desk):
    refused(await desk.alice.post("", {**a_body(), "recipients": []}, headers=KEYED), 400, 1001)

    good(await desk.alice.post("", a_body(), headers=KEYED), 201)


async def test_another_credential_or_call_has_keys_of_its_own(desk):
    share = good(await desk.alice.post("", a_body(), headers=KEYED), 201)

    by_another = good(await desk.as_admin(A).post("", a_body(), headers=KEYED), 201)
    elsewhere = good(await desk.alice.post(f"/{share['id']}/recipients", a_recipient(C), headers=KEYED), 201)

    assert by_another["id"] != share["id"]
    assert elsewhere["account_id"] == C


async def test_an_empty_answer_is_repeated_too(desk):
    share = good(await desk.alice.post("", a_body()), 201)
    path = f"/{share['id']}/recipients"

    for _ in range(2):
        answered = await desk.alice.put(path, [a_recipient(C)], headers=KEYED)
        assert (answered.status_code, answered.content) == (204, b"")

    assert await desk.alice.statuses(share) == {B: "disassociating", C: "associating"}


async def test_one_key_sent_twenty_times_at_once_makes_one_share(desk):
    answers = await asyncio.gather(*(desk.alice.post("", a_body(), headers=KEYED) for _ in range(20)))

    made = {good(answer, 201)["id"] for answer in answers}

    assert len(made) == 1
    assert await desk.alice.names() == ["Once"]


async def test_a_kept_answer_is_not_for_one_who_lost_the_right(desk):
    good(await desk.alice.post("", a_body(), headers=KEYED), 201)

    refused(await Party(desk.http, A, bearer("alice reading")).post("", a_body(), headers=KEYED), 403, 10000)
