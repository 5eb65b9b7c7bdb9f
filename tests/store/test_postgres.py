"""The PostgreSQL engine: the pool, jobs that are run again, and commits whose answer was lost."""

import asyncio
import contextlib
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from polyshare.domain.errors import Taken, Unavailable
from polyshare.store.database import NotUsable, Options, Outdated
from polyshare.store.links import link_doors
from polyshare.store.migrations import prepare_schema
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.store.conftest import TABLE
from tests.store.test_database import ALL, COUNT, PUT, asking, ids_of, put

PID = statement("pid", "select pg_backend_pid()")
SLEEP = statement("sleep", "select pg_sleep(:seconds)")
PLANNED = statement(
    "planned", "select generic_plans, custom_plans from pg_prepared_statements where statement = :text"
)
TOLD = statement("told", "select current_setting('jit'), current_setting('max_parallel_workers_per_gather')")
# What says that it never changes is worked out when a statement is planned.
NUMBERED_PLANS = (
    statement("plans", "create sequence plans"),
    statement(
        "number",
        "create function number() returns bigint immutable language plpgsql as 'begin return nextval(''plans''); end'",
    ),
)
PLAN_NUMBER = statement("plan number", "select number()")
CONNECTIONS = statement(
    "connections",
    "select count(*) from pg_stat_activity where application_name = 'polyshare' and datname = current_database()",
)
EVENTS = statement("events", "create table event (id bigint primary key, text text)")
APPEND = statement("append", "insert into event (id, text) values (:id, :text)")
TEXTS = statement("texts", "select text from event order by id")


@contextlib.asynccontextmanager
async def opened(url, **options):
    database = await open_database(url, Options(**options))
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def things(postgres_url):
    async with opened(postgres_url) as database:
        await database.write(asking("run", TABLE))
        yield database


@pytest.fixture
async def observer(postgres_url):
    """A connection of the test's own, beside the pool."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


def raising(code):
    return statement(
        f"raise {code}", f"do $$ begin raise exception 'made up' using errcode = '{code}'; end $$"
    )


@pytest.mark.parametrize("code", ["40001", "40P01", "57P01", "57P02", "57P03", "25006", "08000", "08006"])
async def test_a_passing_failure_is_run_again_and_kept_once(things, code):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(PUT, id=1, name=f"run {len(runs)}", size=0)
        if len(runs) < 3:
            await rows.run(raising(code))
        return len(runs)

    assert await things.write(job) == 3
    assert await ids_of(things) == [1]


async def test_a_passing_failure_that_the_job_hides_is_run_again(things):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(PUT, id=len(runs), name=None, size=0)
        if len(runs) == 1:
            with contextlib.suppress(Unavailable):
                await rows.run(raising("40001"))

    await things.write(job)

    assert await ids_of(things) == [2]


async def test_a_failure_that_does_not_pass_is_unavailable_after_the_last_attempt(postgres_url):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(raising("40001"))

    async with opened(postgres_url, attempts=3) as database:
        with pytest.raises(Unavailable, match="serialise"):
            await database.write(job)

    assert len(runs) == 3


async def test_a_job_that_was_overtaken_is_run_again_from_the_start(things):
    runs = []

    async def job(rows):
        runs.append(await rows.all(ALL))
        await rows.run(PUT, id=len(runs), name=None, size=0)
        if len(runs) < 3:
            raise Outdated

    await things.write(job)

    assert runs == [[], [], []]
    assert await ids_of(things) == [3]


async def test_a_job_that_is_overtaken_each_time_is_unavailable_and_nothing_is_kept(postgres_url):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(PUT, id=len(runs), name=None, size=0)
        raise Outdated

    async with opened(postgres_url, attempts=3) as database:
        await database.write(asking("run", TABLE))
        with pytest.raises(Unavailable):
            await database.write(job)

        assert len(runs) == 3
        assert await ids_of(database) == []


async def test_other_failures_are_not_run_again(things):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(raising("53100"))

    with pytest.raises(Unavailable):
        await things.write(job)

    assert len(runs) == 1


async def test_two_jobs_in_each_others_way_both_hold(things):
    await things.write(put(1))
    await things.write(put(2))
    one = statement("one", "update thing set size = size + 1 where id = :id")
    both = asyncio.Barrier(2)

    def crossing(first, second):
        runs = []

        async def job(rows):
            runs.append(1)
            await rows.run(one, id=first)
            if len(runs) == 1:
                await both.wait()
            await rows.run(one, id=second)

        return job

    await asyncio.gather(things.write(crossing(1, 2)), things.write(crossing(2, 1)))

    sizes = await things.read(asking("all", statement("sizes", "select size from thing")))
    assert [row[0] for row in sizes] == [2, 2]


async def test_a_connection_that_the_server_ended_is_replaced(things, observer):
    runs = []

    async def job(rows):
        runs.append((await rows.one(PID))[0])
        await rows.run(PUT, id=1, name=None, size=0)
        if len(runs) == 1:
            await observer.execute(f"select pg_terminate_backend({runs[0]})")
        await rows.one(COUNT)

    await things.write(job)

    assert len(set(runs)) == 2
    assert await ids_of(things) == [1]


async def test_idle_connections_that_the_server_ended_cost_no_attempt(things, observer):
    async def all_at_once():
        await asyncio.gather(*(things.read(asking("one", SLEEP, seconds=0.01)) for _ in range(8)))

    await all_at_once()
    await observer.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'polyshare' and datname = current_database()"
    )

    await all_at_once()


async def test_the_connection_used_last_is_used_next(things):
    await asyncio.gather(*(things.read(asking("one", SLEEP, seconds=0.01)) for _ in range(4)))

    pids = {(await things.read(asking("one", PID)))[0] for _ in range(10)}

    assert len(pids) == 1


async def test_never_more_connections_than_allowed(postgres_url):
    async with opened(postgres_url, max_connections=3) as database:
        counts = await asyncio.gather(*(database.read(asking("one", CONNECTIONS)) for _ in range(30)))

    assert max(row[0] for row in counts) == 3


async def test_waiting_too_long_for_a_connection_is_unavailable(postgres_url):
    async with opened(postgres_url, max_connections=1, acquire_timeout_s=0.05) as database:
        entered, free = asyncio.Event(), asyncio.Event()

        async def hold(rows):
            entered.set()
            await free.wait()
            return (await rows.one(PID))[0]

        holding = asyncio.ensure_future(database.read(hold))
        await entered.wait()
        with pytest.raises(Unavailable, match="became free"):
            await database.read(asking("one", PID))
        free.set()

        assert (await database.read(asking("one", PID)))[0] == await holding


async def test_a_statement_is_planned_once_whatever_its_values_let_the_server_leave_out(postgres_url):
    async with opened(postgres_url, max_connections=1) as database:
        await prepare_schema(database)
        for person in (None, 1, 2, None, 3, None, None, None):
            await database.read(asking("all", link_doors.BY_TOKEN, value="token", person=person))

        planned = await database.read(asking("one", PLANNED, text=link_doors.BY_TOKEN.postgres))

        assert tuple(planned) == (8, 0)


async def test_no_statement_is_compiled_or_shared_out_however_dear_it_looks(postgres_url):
    async with opened(postgres_url) as database:
        told = await database.read(asking("one", TOLD))

        assert tuple(told) == ("off", "0")


@pytest.mark.parametrize(("plans_s", "plans"), [(3600.0, 1), (0.0, 3)])
async def test_plans_are_made_anew_after_a_while(postgres_url, plans_s, plans):
    async with opened(postgres_url, max_connections=1, plans_s=plans_s) as database:
        for part in NUMBERED_PLANS:
            await database.write(asking("run", part))

        numbers = {(await database.read(asking("one", PLAN_NUMBER), snapshot=False))[0] for _ in range(3)}

        assert len(numbers) == plans


async def test_an_old_connection_is_replaced(postgres_url):
    async with opened(postgres_url, max_age_s=0.0) as database:
        pids = {(await database.read(asking("one", PID)))[0] for _ in range(3)}

    assert len(pids) == 3


async def test_a_caller_cancelled_in_mid_query_ends_its_connection(postgres_url):
    async with opened(postgres_url, max_connections=1) as database:
        before = (await database.read(asking("one", PID)))[0]
        started = asyncio.Event()

        async def job(rows):
            started.set()
            await rows.one(SLEEP, seconds=60)

        task = asyncio.ensure_future(database.write(job))
        await started.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert (await database.read(asking("one", PID)))[0] != before


async def test_a_refused_job_gives_its_connection_back_outside_a_transaction(postgres_url):
    async with opened(postgres_url, max_connections=1) as database:
        await database.write(asking("run", TABLE))
        pid = (await database.read(asking("one", PID)))[0]

        async def job(rows):
            await rows.run(PUT, id=1, name=None, size=0)
            raise KeyError

        with pytest.raises(KeyError):
            await database.write(job)

        assert await database.read(asking("one", PID), snapshot=False) == (pid,)
        assert await database.read(asking("one", COUNT), snapshot=False) == (0,)


async def test_a_statement_that_takes_too_long_is_unavailable(postgres_url):
    async with opened(postgres_url, statement_timeout_s=0.1) as database:
        runs = []

        async def job(rows):
            runs.append(1)
            await rows.one(SLEEP, seconds=60)

        with pytest.raises(Unavailable, match="in time"):
            await database.write(job)

        assert len(runs) == 1
        assert await database.read(asking("one", statement("one", "select 1"))) == (1,)


async def test_a_statement_prepared_before_the_schema_changed_is_prepared_again(things, observer):
    everything = statement("everything", "select * from thing where id = :id")
    await things.write(put(1, "one", 5))
    assert len(await things.read(asking("one", everything, id=1))) == 3

    await observer.execute("alter table thing add column more text")

    assert len(await things.read(asking("one", everything, id=1))) == 4


async def test_the_host_that_answers_is_found_among_several(postgres_url, tmp_path):
    hosts = urlsplit(postgres_url)
    folder = parse_qs(hosts.query)["host"][0]
    (tmp_path / "nobody").mkdir()

    url = f"postgresql://postgres@{hosts.path}?host={tmp_path}/nobody,{folder}"

    async with opened(url) as database:
        assert await database.read(asking("one", statement("one", "select 1"))) == (1,)


async def test_a_database_that_is_not_there_is_refused(postgres_url):
    with pytest.raises(NotUsable, match="does not exist"):
        await open_database(postgres_url.replace("/" + urlsplit(postgres_url).path[1:], "/nowhere", 1))


async def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(Unavailable):
        await open_database(f"postgresql://postgres@/any?host={tmp_path}", Options(attempts=2))


class Cutter:
    """Stands between client and server and cuts the connection at the next COMMIT, before or after the server has it."""

    def __init__(self, url, folder):
        self._server = f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"
        self._place = folder / ".s.PGSQL.5432"
        self.url = f"postgresql://postgres@{urlsplit(url).path}?host={folder}"
        self.cut = None  # None, "before" or "after"
        self.cuts = 0

    async def __aenter__(self):
        self._listening = await asyncio.start_unix_server(self._serve, self._place)
        return self

    async def __aexit__(self, *_):
        self._listening.close()
        await self._listening.wait_closed()

    async def _serve(self, reader, writer):
        server_reader, server_writer = await asyncio.open_unix_connection(self._server)
        answers = asyncio.ensure_future(self._pass_on(server_reader, writer))
        try:
            while data := await reader.read(65536):
                if self.cut and b"COMMIT\0" in data:
                    how, self.cut, self.cuts = self.cut, None, self.cuts + 1
                    if how == "after":
                        answers.cancel()
                        await asyncio.gather(answers, return_exceptions=True)
                        server_writer.write(data)
                        await server_reader.read(65536)
                    break
                server_writer.write(data)
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            for each in (server_writer, writer):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    @staticmethod
    async def _pass_on(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


@pytest.mark.parametrize(("cut", "kept"), [("after", "run 1"), ("before", "run 2")])
async def test_a_commit_whose_answer_was_lost_is_kept_once(postgres_url, tmp_path, cut, kept):
    runs = []

    async def job(rows):
        runs.append(1)
        await rows.run(APPEND, id=7, text=f"run {len(runs)}")
        return f"run {len(runs)}"

    async with Cutter(postgres_url, tmp_path) as cutter, opened(cutter.url, max_connections=1) as database:
        await database.write(asking("run", EVENTS))
        cutter.cut = cut

        answer = await database.write(job)

        assert cutter.cuts == 1
        assert len(runs) == 2
        assert answer == kept
        assert [row[0] for row in await database.read(asking("all", TEXTS))] == [kept]


async def test_an_event_that_was_there_before_is_taken(postgres_url):
    async with opened(postgres_url) as database:
        await database.write(asking("run", EVENTS))
        await database.write(asking("run", APPEND, id=7, text="first"))

        with pytest.raises(Taken) as caught:
            await database.write(asking("run", APPEND, id=7, text="second"))

    assert caught.value.constraint == "event_pkey"


async def test_a_read_on_its_own_sends_its_statement_only(things, observer):
    await things.read(asking("one", PID), snapshot=False)
    pid = (await things.read(asking("one", PID), snapshot=False))[0]

    last = await observer.fetchval("select query from pg_stat_activity where pid = $1", pid)

    assert last == PID.postgres
