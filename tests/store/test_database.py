"""The face of the store: what holds on both engines."""

import asyncio
import contextvars

import pytest

from polyshare.domain.errors import NotFound, Taken, Unavailable
from polyshare.store.database import NotUsable, WritesInRead
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS

PUT = statement("put thing", "insert into thing (id, name, size) values (:id, :name, :size)")
GET = statement("get thing", "select id, name, size from thing where id = :id")
ALL = statement("all things", "select id from thing order by id")
THOSE = statement("those things", "select id from thing where id in :ids[] order by id")
OTHERS = statement("other things", "select id from thing where id not in :ids[] order by id")
NAMED = statement("named things", "select id from thing where name in :names[] order by id")
GROW = statement("grow things", "update thing set size = size + :by where size >= :least")
COUNT = statement("count things", "select count(*) from thing")
DROP_ALL = statement("drop things", "delete from thing")


def put(number, name=None, size=0):
    async def job(rows):
        await rows.run(PUT, id=number, name=name, size=size)
        return number

    return job


def asking(how, made, **values):
    async def job(rows):
        return await getattr(rows, how)(made, **values)

    return job


async def ids_of(database, made=ALL, **values):
    return [row[0] for row in await database.read(asking("all", made, **values))]


async def test_what_was_written_is_read(things):
    await things.write(put(1, "one", 5))

    number, name, size = await things.read(asking("one", GET, id=1))
    assert (number, name, size) == (1, "one", 5)
    assert await things.read(asking("one", GET, id=2)) is None
    assert list(await things.read(asking("all", GET, id=2))) == []


@pytest.mark.parametrize("name", [None, "", "ünïcödé 🎈 'quoted' \"twice\"", "a\nb\t\\", "x" * 100_000])
async def test_text_comes_back_as_it_went(things, name):
    await things.write(put(1, name))

    assert (await things.read(asking("one", GET, id=1)))[1] == name


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
async def test_whole_numbers_of_63_bits_come_back_as_they_went(things, number):
    await things.write(put(number, None, number))

    row = await things.read(asking("one", GET, id=number))
    assert tuple(row) == (number, None, number)
    assert await ids_of(things, THOSE, ids=[number, 7]) == [number]


async def test_a_set_is_one_parameter(things):
    for number in (1, 2, 3):
        await things.write(put(number, f"it's {number}"))

    assert await ids_of(things, THOSE, ids=[3, 1, 99]) == [1, 3]
    assert await ids_of(things, THOSE, ids=[]) == []
    assert await ids_of(things, OTHERS, ids=(3, 1)) == [2]
    assert await ids_of(things, OTHERS, ids=[]) == [1, 2, 3]
    assert await ids_of(things, NAMED, names=["it's 2"]) == [2]


async def test_run_tells_how_many_rows_were_changed(things):
    for number in (1, 2, 3):
        await things.write(put(number, None, number))

    assert await things.write(asking("run", GROW, by=1, least=2)) == 2
    assert await things.write(asking("run", GROW, by=1, least=99)) == 0


async def test_many_is_one_statement(things):
    before = things.statements

    async def job(rows):
        await rows.many(PUT, [{"id": number, "name": None, "size": 0} for number in range(500)])
        await rows.many(PUT, [])

    await things.write(job)

    assert things.statements - before == 1
    assert len(await ids_of(things)) == 500


async def test_statements_are_counted(things):
    await things.write(put(1))
    before = things.statements

    async def job(rows):
        await rows.one(GET, id=1)
        await rows.all(ALL)
        await rows.run(GROW, by=1, least=0)

    await things.write(job)
    await things.read(asking("one", GET, id=1))

    assert things.statements - before == 4


async def test_a_write_job_reads_its_own_rows(things):
    async def job(rows):
        await rows.run(PUT, id=1, name="mine", size=0)
        return tuple(await rows.one(GET, id=1))

    assert await things.write(job) == (1, "mine", 0)


async def test_a_job_that_raises_leaves_nothing(things):
    async def job(rows):
        await rows.run(PUT, id=1, name=None, size=0)
        raise NotFound("share")

    with pytest.raises(NotFound):
        await things.write(job)

    assert await ids_of(things) == []


@pytest.mark.parametrize(
    ("number", "name", "constraint"), [(1, "other", "thing_pkey"), (2, "one", "thing_name")]
)
async def test_a_unique_rule_is_named_alike(things, number, name, constraint):
    await things.write(put(1, "one"))

    with pytest.raises(Taken) as caught:
        await things.write(put(number, name))

    assert caught.value.constraint == constraint


@pytest.mark.parametrize(
    ("text", "columns", "constraint"),
    [
        ("create table t (a bigint, b text, unique (a, b))", "a, b", "t_a_b_key"),
        ("create table t (a bigint, b text, primary key (b, a))", "a, b", "t_pkey"),
        ("create table t (a bigint, b text, primary key (b, a)){sqlite:  without rowid}", "a, b", "t_pkey"),
        ("create table t (a bigint, b text, constraint mine unique (b, a))", "a, b", "mine"),
    ],
)
async def test_every_kind_of_unique_rule_has_its_name(database, text, columns, constraint):
    put_row = statement("put", f"insert into t ({columns}) values (1, 'x')")

    async def job(rows):
        await rows.run(statement("table", text))
        await rows.run(put_row)

    await database.write(job)

    with pytest.raises(Taken) as caught:
        await database.write(asking("run", put_row))
    assert caught.value.constraint == constraint


async def test_a_partial_unique_index_gives_its_name(things):
    index = statement("index", "create unique index thing_big on thing (size) where size > 10")
    await things.write(asking("run", index))
    await things.write(put(1, None, 11))
    await things.write(put(2, None, 1))
    await things.write(put(3, None, 1))

    with pytest.raises(Taken) as caught:
        await things.write(put(4, None, 11))

    assert caught.value.constraint == "thing_big"


async def test_a_job_that_goes_on_after_a_failed_statement_keeps_nothing(things):
    await things.write(put(1, "one"))

    async def swallows(rows):
        await rows.run(PUT, id=2, name="two", size=0)
        try:
            await rows.run(PUT, id=3, name="one", size=0)
        except Taken:
            return "all well"

    async def asks_again(rows):
        try:
            await rows.run(PUT, id=3, name="one", size=0)
        except Taken:
            await rows.one(GET, id=1)

    with pytest.raises(RuntimeError, match="went on after a statement that failed"):
        await things.write(swallows)
    with pytest.raises(RuntimeError, match=r"'get thing' after one that failed"):
        await things.write(asks_again)

    assert await ids_of(things) == [1]


@pytest.mark.parametrize("values", [{}, {"id": 1, "other": 2}, {"other": 2}])
async def test_wrong_parameters_are_refused_by_name(things, values):
    with pytest.raises(TypeError, match=r"'get thing' .*parameter '(id|other)'"):
        await things.read(asking("one", GET, **values))

    await things.write(put(1))


async def test_a_faulty_statement_says_which_it_was(things):
    with pytest.raises(Exception, match="nowhere") as caught:
        await things.read(asking("all", statement("lost", "select 1 from nowhere")))

    assert caught.value.__notes__ == ["in statement 'lost'"]


async def test_a_read_cannot_write(things):
    with pytest.raises(WritesInRead):
        await things.read(put(1))

    assert await ids_of(things) == []
    await things.write(put(2))


async def test_a_read_job_sees_one_state_while_others_write(things):
    await things.write(put(1))
    counts = []

    async def job(rows):
        counts.append((await rows.one(COUNT))[0])
        if things.kind == "postgres":  # there the loop goes on meanwhile, and so may a writer
            await things.write(put(2))
        counts.append((await rows.one(COUNT))[0])

    await things.read(job)

    assert counts == [1, 1]


async def test_concurrent_writes_all_hold(things):
    answers = await asyncio.gather(*(things.write(put(number)) for number in range(200)))

    assert answers == list(range(200))
    assert await ids_of(things) == list(range(200))


async def test_a_failing_job_does_not_hurt_its_neighbours(things):
    await things.write(put(50, "taken"))

    answers = await asyncio.gather(
        *(things.write(put(number, "taken" if number % 10 == 0 else None)) for number in range(1, 50)),
        return_exceptions=True,
    )

    refused = [number for number, answer in enumerate(answers, 1) if isinstance(answer, Taken)]
    assert refused == [10, 20, 30, 40]
    assert await ids_of(things) == [number for number in range(1, 51) if number % 10 or number == 50]


async def test_cancelled_callers_do_not_hurt_their_neighbours(things):
    tasks = [asyncio.ensure_future(things.write(put(number))) for number in range(60)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    kept = [number for number in range(60) if number % 3]
    assert [answer for answer in answers if not isinstance(answer, asyncio.CancelledError)] == kept
    assert set(kept) <= set(await ids_of(things))
    await things.write(put(1000))


async def test_a_job_runs_with_its_callers_context(things):
    request = contextvars.ContextVar("request", default="none")

    async def job(rows):
        await rows.one(COUNT)
        return request.get()

    request.set("mine")

    assert await things.write(job) == "mine"
    assert await things.read(job) == "mine"


async def test_closing_finishes_what_is_queued(things, database_url):
    tasks = [asyncio.ensure_future(things.write(put(number))) for number in range(20)]
    await asyncio.sleep(0)

    await things.close()

    assert await asyncio.gather(*tasks) == list(range(20))
    again = await open_database(database_url, OPTIONS)
    assert await ids_of(again) == list(range(20))
    await again.close()


async def test_a_closed_database_is_unavailable(things):
    await things.close()

    with pytest.raises(Unavailable):
        await things.read(asking("one", COUNT))
    with pytest.raises(Unavailable):
        await things.write(put(1))
    await things.close()


@pytest.mark.parametrize("url", ["mysql://host/name", "store.db", "", "sqlite://", "sqlite:///x.db?mode=ro"])
async def test_an_unknown_address_is_refused_with_what_would_be_right(url):
    with pytest.raises(NotUsable, match="sqlite:///"):
        await open_database(url, OPTIONS)


async def test_another_database_sees_what_was_committed(things, database_url):
    other = await open_database(database_url, OPTIONS)
    try:
        await things.write(put(1))
        await other.write(put(2))

        assert await ids_of(other) == [1, 2]
        assert await ids_of(things) == [1, 2]
    finally:
        await other.close()
