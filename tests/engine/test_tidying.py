"""What goes by itself after its time: shares that are gone, answers that were kept, events, tallies in pieces."""

import msgspec
import pytest

from polyshare.engine.worker import tidying
from polyshare.store.statements import statement
from tests.consistency import broken_laws
from tests.dialects.cloudflare.desk import B, C, a_desk, a_recipient

DAY_S = 86_400
PIECES = statement("tally pieces", "select count(*) from tally")
FACETS = statement("tally facets", "select count(*) from (select distinct viewer, facet from tally) t")
EVENTS = statement("events kept", "select count(*) from event")
EVENTS_OF_A_SHARE = statement("events of shares", "select count(*) from event where share is not null")
LEFT = [
    statement(f"left in {table}", f"select count(*) from {table}")
    for table in ("share", "item", "share_grant", "cell", "listing", "share_tag", "exclusion")
]
ANSWERS = statement("answers kept", "select count(*) from answered")


@pytest.fixture(params=["sqlite", "postgres"])
async def desk(request, tmp_path):
    url = (
        f"sqlite://{tmp_path}/tidying.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    async with a_desk(url) as opened:
        yield opened


async def number(desk, asked):
    return (await desk.house.database.read(lambda rows: rows.one(asked)))[0]


async def later(desk, seconds):
    """Let time pass and the worker tidy up."""
    desk.clock.pass_s(seconds)
    await tidying.tidy(desk.house)


async def test_a_deleted_share_can_be_read_for_thirty_days_and_then_it_is_gone(desk):
    share = await desk.alice.share(to=[B], tags={"team": "red"})
    await desk.alice.delete(f"/{share['id']}")
    await desk.settle()
    gone_at = desk.clock.now

    await later(desk, 30 * DAY_S - 120)
    kept = await desk.alice.get(f"/{share['id']}")
    listed = (await desk.alice.get("", status="deleted", page=1)).json()["result_info"]["total_count"]
    await later(desk, 180)
    after = await desk.alice.get(f"/{share['id']}")
    then = (await desk.alice.get("", status="deleted", page=1)).json()["result_info"]["total_count"]

    assert desk.clock.now > gone_at + 30 * DAY_S * 1_000_000
    assert (kept.status_code, kept.json()["result"]["status"], listed) == (200, "deleted", 1)
    assert (after.status_code, then) == (404, 0)
    assert [await number(desk, asked) for asked in LEFT] == [0] * len(LEFT)
    assert await broken_laws(desk.house.database) == []


async def test_a_share_that_is_still_leaving_stays_however_old_it_is(desk):
    share = await desk.alice.share(to=[B])
    await desk.alice.delete(f"/{share['id']}")

    await later(desk, 90 * DAY_S)

    assert (await desk.alice.seen(share))["status"] == "deleting"


async def test_an_answer_is_repeated_for_a_day_and_then_forgotten(desk):
    share = await desk.alice.share(to=[B])
    key = {"Idempotency-Key": "once"}
    place = f"/{share['id']}/recipients"

    first = await desk.alice.post(place, a_recipient(C), headers=key)
    await later(desk, DAY_S - 60)
    again = await desk.alice.post(place, a_recipient(C), headers=key)
    kept = await number(desk, ANSWERS)
    await later(desk, 120)
    forgotten = await number(desk, ANSWERS)
    anew = await desk.alice.post(place, a_recipient(C), headers=key)

    assert (first.status_code, again.status_code, again.content == first.content) == (201, 201, True)
    assert (kept, forgotten, anew.status_code) == (1, 0, 409)


async def test_tallies_in_pieces_are_summed_up_to_one_each(desk):
    for n in range(5):
        share = await desk.alice.share(f"share {n}", to=[B])
        if n % 2:
            await desk.alice.delete(f"/{share['id']}")
    before = await number(desk, PIECES)

    await later(desk, 120)

    assert await number(desk, PIECES) == await number(desk, FACETS)
    if desk.house.database.kind == "postgres":
        assert before > await number(desk, FACETS)
    assert await broken_laws(desk.house.database) == []
    assert len(await desk.alice.names()) == 5


async def test_events_are_kept_for_ever_unless_a_time_is_set(desk):
    before = await number(desk, EVENTS)

    await later(desk, 3650 * DAY_S)

    assert await number(desk, EVENTS) == before > 0


async def test_events_go_after_their_time_oldest_first(desk):
    desk.house.settings = msgspec.structs.replace(desk.house.settings, event_retention_days=90)
    desk.clock.pass_s(DAY_S)
    await desk.alice.share(to=[B])
    newer = await number(desk, EVENTS_OF_A_SHARE)

    await later(desk, 90 * DAY_S - 3600)
    kept = await number(desk, EVENTS), await number(desk, EVENTS_OF_A_SHARE)
    await later(desk, 7200)

    assert kept == (newer, newer)
    assert await number(desk, EVENTS) == 0
