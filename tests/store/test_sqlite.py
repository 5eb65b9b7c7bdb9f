"""The SQLite engine: groups, turns, and files that are surely ours."""

import asyncio
import fcntl
import os
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import apsw
import pytest

from polyshare.domain.errors import Taken, Unavailable
from polyshare.store.database import ForeignAwait, NotUsable, Options
from polyshare.store.opening import open_database
from polyshare.store.sqlite import file as sqlite_file
from polyshare.store.sqlite.database import SqliteDatabase
from polyshare.store.sqlite.file import APPLICATION_ID, file_system_of
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS, TABLE
from tests.store.test_database import ALL, COUNT, PUT, asking, ids_of, put

SOURCE = Path(sqlite_file.__file__).parents[3]


@pytest.fixture
async def things(sqlite):
    await sqlite.write(asking("run", TABLE))
    return sqlite


def committed(path):
    """The ids in the file as another connection sees them now."""
    with apsw.Connection(str(path)) as connection:
        return [row[0] for row in connection.execute("select id from thing order by id")]


def until(claim):
    """Return once *claim* holds; fails after ten seconds."""
    deadline = time.monotonic() + 10
    while not claim():
        assert time.monotonic() < deadline, "waited for in vain"
        time.sleep(0.001)


class Held:
    """Holds the writing thread inside a job until `let_go()`, so that what is queued meanwhile becomes one group."""

    def __init__(self, database):
        self._entered, self._free = threading.Event(), threading.Event()
        self.task = asyncio.ensure_future(database.write(self._job))

    async def _job(self, rows):
        self._entered.set()
        self._free.wait(10)
        await rows.one(COUNT)

    async def wait(self):
        await asyncio.to_thread(self._entered.wait, 10)
        return self

    def let_go(self):
        self._free.set()


async def test_a_group_is_answered_only_after_its_commit(things):
    seen = []

    async def first(rows):
        await rows.run(PUT, id=1, name=None, size=0)

    async def last(rows):
        await rows.run(PUT, id=2, name=None, size=0)
        seen.append((committed(things.path), one.done()))

    held = await Held(things).wait()
    one, two = asyncio.ensure_future(things.write(first)), asyncio.ensure_future(things.write(last))
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(one, two)

    assert seen == [([], False)]
    assert committed(things.path) == [1, 2]


async def test_a_job_sees_what_its_group_wrote_before(things):
    held = await Held(things).wait()
    tasks = [
        asyncio.ensure_future(things.write(put(1, "same"))),
        asyncio.ensure_future(things.write(put(2, "same"))),
    ]
    await asyncio.sleep(0)
    held.let_go()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert answers[0] == 1
    assert isinstance(answers[1], Taken)


async def test_when_the_commit_fails_nobody_in_the_group_has_an_answer(things):
    async def breaks_commit(rows):
        await rows.run(statement("later", "pragma defer_foreign_keys = on"))
        await rows.run(statement("orphan", "insert into child values (99)"))

    await things.write(
        asking("run", statement("child", "create table child (thing bigint references thing (id))"))
    )
    held = await Held(things).wait()
    jobs = [put(1, "one"), breaks_commit, put(1, "again")]
    tasks = [asyncio.ensure_future(things.write(job)) for job in jobs]
    await asyncio.sleep(0)
    held.let_go()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert committed(things.path) == []
    assert await things.write(put(1)) == 1


async def test_a_full_disk_is_unavailable_until_there_is_room_again(things):
    await things.write(put(1))
    pages = statement("limit", "pragma max_page_count = 8")
    no_limit = statement("no limit", "pragma max_page_count = 1000000")
    await things.write(asking("all", pages))

    with pytest.raises(Unavailable):
        await things.write(put(2, "x" * 200_000))

    await things.write(asking("all", no_limit))
    await things.write(put(3))
    assert await ids_of(things) == [1, 3]


@pytest.mark.parametrize("how", ["read", "write"])
async def test_a_foreign_await_is_caught_and_nothing_is_kept(things, how):
    async def job(rows):
        if how == "write":
            await rows.run(PUT, id=1, name=None, size=0)
        await asyncio.sleep(0)

    with pytest.raises(ForeignAwait, match="not its store"):
        await getattr(things, how)(job)

    assert await ids_of(things) == []
    await things.write(put(2))


async def test_a_read_inside_a_read_is_refused(things):
    async def job(rows):
        return await things.read(asking("one", COUNT))

    with pytest.raises(RuntimeError, match="inside a read"):
        await things.read(job)

    assert await ids_of(things) == []


async def test_several_event_loops_are_served(things):
    answers = []

    def serve(first):
        async def main():
            answers.extend(await asyncio.gather(*(things.write(put(first + number)) for number in range(50))))
            answers.append(len(await ids_of(things)) >= 50)

        asyncio.run(main())

    threads = [threading.Thread(target=serve, args=(first,)) for first in (0, 1000, 2000)]
    for thread in threads:
        thread.start()
    await asyncio.gather(things.write(put(5000)), *(asyncio.to_thread(thread.join) for thread in threads))

    assert answers.count(True) >= 3
    assert len(await ids_of(things)) == 151


async def test_a_loop_that_has_gone_does_not_stop_the_others(things):
    held = await Held(things).wait()

    def leave():
        loop = asyncio.new_event_loop()
        left = loop.create_task(things.write(put(1)))
        loop.run_until_complete(asyncio.sleep(0))
        assert not left.done()
        loop.close()

    await asyncio.to_thread(leave)
    mine = asyncio.ensure_future(things.write(put(2)))
    await asyncio.sleep(0)
    held.let_go()

    assert await asyncio.wait_for(mine, 10) == 2


async def test_a_caller_cancelled_before_its_turn_writes_nothing(things):
    held = await Held(things).wait()
    task = asyncio.ensure_future(things.write(put(1)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    held.let_go()

    await things.write(put(2))

    assert await ids_of(things) == [2]


WRITING_PROCESS = """
    import asyncio, sys
    from polyshare.store.opening import open_database
    from polyshare.store.statements import statement

    PUT = statement("put", "insert into thing (id, name, size) values (:id, null, 0)")

    async def main():
        database = await open_database("sqlite://" + sys.argv[1])
        first = int(sys.argv[2])

        async def one(number):
            async def job(rows):
                await rows.run(PUT, id=number)
            await database.write(job)

        print("ready", flush=True)
        sys.stdin.readline()
        for start in range(first, first + 500, 10):
            await asyncio.gather(*(one(start + at) for at in range(10)))
        await database.close()
        print("done", flush=True)

    asyncio.run(main())
"""


def start_python(source, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_two_processes_write_at_once_and_nothing_is_lost(things):
    processes = [start_python(WRITING_PROCESS, things.path, first) for first in (10_000, 20_000)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for number in range(100):
        await things.write(put(number))

    outputs = await asyncio.gather(*(asyncio.to_thread(process.communicate) for process in processes))

    assert [output for output, _ in outputs] == ["done\n"] * 2
    assert await ids_of(things) == [*range(100), *range(10_000, 10_500), *range(20_000, 20_500)]
    assert await things.read(asking("one", statement("check", "pragma integrity_check"))) == ("ok",)


async def test_what_was_acknowledged_survives_a_killed_process(tmp_path):
    source = """
        import asyncio, os, signal, sys
        from polyshare.store.opening import open_database
        from polyshare.store.statements import statement

        async def main():
            database = await open_database("sqlite://" + sys.argv[1])
            async def make(rows):
                await rows.run(statement("t", "create table thing (id bigint primary key, name text, size bigint)"))
            await database.write(make)
            for number in range(50):
                async def job(rows):
                    await rows.run(statement("p", "insert into thing values (:id, null, 0)"), id=number)
                await database.write(job)
                print(number, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    path = tmp_path / "store.db"

    process = start_python(source, path)
    output, _ = await asyncio.to_thread(process.communicate)

    opened = await open_database(f"sqlite://{path}", OPTIONS)
    assert await ids_of(opened, ALL) == [int(line) for line in output.split()] == list(range(50))
    await opened.close()


async def test_while_another_process_keeps_its_turn_writes_are_refused(tmp_path):
    options = Options(guard_library=False, acquire_timeout_s=0)
    opened = await open_database(f"sqlite://{tmp_path}/store.db", options)
    assert isinstance(opened, SqliteDatabase)
    await opened.write(asking("run", TABLE))
    with (tmp_path / "store.db.lock").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        waiting = asyncio.ensure_future(opened.write(put(1)))
        await asyncio.to_thread(until, lambda: opened._writer.waited_s > 0)

        for refused in (waiting, opened.write(put(2))):
            with pytest.raises(Unavailable, match="kept the database to itself"):
                await asyncio.wait_for(refused, 30)
        assert await ids_of(opened) == []

    await asyncio.to_thread(until, lambda: opened._writer.waited_s < 0)
    assert await opened.write(put(3)) == 3
    assert await ids_of(opened) == [3]
    await opened.close()


async def test_commits_wait_for_the_disk(things):
    async def job(rows):
        return [
            (await rows.one(statement("pragma", f"pragma {name}")))[0]
            for name in (
                "synchronous",
                "journal_mode",
                "foreign_keys",
                "wal_autocheckpoint",
                "application_id",
            )
        ]

    assert await things.write(job) == [2, "wal", 1, 1000, APPLICATION_ID]


async def test_file_and_folder_are_their_owners_only(tmp_path):
    opened = await open_database(f"sqlite://{tmp_path}/new/store.db", OPTIONS)
    await opened.write(asking("run", TABLE))

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "new").iterdir()}
    await opened.close()

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm", "store.db.lock"), 0o600)


async def test_a_memory_database_leaves_nothing_behind():
    opened = await open_database("sqlite://:memory:", OPTIONS)
    await opened.write(asking("run", TABLE))
    await opened.write(put(1))

    assert await ids_of(opened) == [1]
    assert isinstance(opened, SqliteDatabase)
    folder = opened.path.parent
    assert folder.exists()
    await opened.close()
    assert not folder.exists()


async def test_another_programs_file_is_refused(tmp_path):
    with apsw.Connection(str(tmp_path / "other.db")) as other:
        other.execute("create table theirs (a)")
    other.close()
    with apsw.Connection(str(tmp_path / "marked.db")) as marked:
        marked.pragma("application_id", 7)
    marked.close()
    (tmp_path / "text.db").write_text("no database at all, and long enough to be read as a header" * 20)

    for name, reason in (
        ("other", "another program"),
        ("marked", "another program"),
        ("text", "not a SQLite"),
    ):
        with pytest.raises(NotUsable, match=reason):
            await open_database(f"sqlite://{tmp_path}/{name}.db", OPTIONS)


async def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(NotUsable, match="can't be opened"):
        await open_database(f"sqlite://{tmp_path}/file/store.db", OPTIONS)


def test_a_second_sqlite_library_in_the_process_is_refused(tmp_path):
    source = """
        import asyncio, sys
        import sqlite3
        from polyshare.store.database import NotUsable
        from polyshare.store.opening import open_database
        try:
            asyncio.run(open_database("sqlite://" + sys.argv[1]))
        except NotUsable as error:
            print(error)
    """

    output, _ = start_python(source, tmp_path / "store.db").communicate()

    assert "standard sqlite3 module" in output
    assert not (tmp_path / "store.db").exists()


def test_an_sqlite_library_that_damages_files_is_refused(monkeypatch):
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")

    with pytest.raises(NotUsable, match=r"3\.51\.3"):
        sqlite_file.check_library()


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path}/net\\040work nfs4 rw 0 0\n")

    assert file_system_of(tmp_path / "store.db", mounts) == "ext4"
    assert file_system_of(tmp_path / "net work" / "store.db", mounts) == "nfs4"
    assert file_system_of(tmp_path / "store.db", tmp_path / "missing") is None
