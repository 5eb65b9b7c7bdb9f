"""Rows of lists of shared folders: what a migration writes of shares that are there already."""

import asyncio

import asyncpg

from polyshare.store.migrations import migrate, migrations_in
from polyshare.store.opening import open_database
from polyshare.store.shares import folder_shares
from polyshare.store.shares.folder_shares import mark_of
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS
from tests.store.folders import a_drive, a_user, add, folders, shares

LISTED = statement("all listed", "select * from folder_share order by share, viewer")
WORDS = statement(
    "all words", "select {sqlite: rowid}{postgres: share}, words from folder_share_words order by 1"
)
RENAME = statement("rename", "update node set name = 'Renamed' where id = 11")
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)
ALICE, BOB, TEAM, ROOT = 1, (1 << 40) + 987_654_321, 3, 10


async def read(database):
    async def job(rows):
        return [[tuple(row) for row in await rows.all(one)] for one in (LISTED, WORDS)]

    return await database.read(job)


async def older(database):
    """A database of the schema before, in which folders are shared."""
    await migrate(database, migrations_in()[:5])

    async def job(rows):
        for id_, login, kind in ((ALICE, "alice", "user"), (BOB, "Bob", "user"), (TEAM, "team", "group")):
            await a_user(rows, id_, login, kind)
        await a_drive(rows, 7, ALICE, ROOT)
        await folders(rows, 7, [(11, ROOT, "Ärger"), (12, 11, "Plans")])
        await folders(rows, 7, [(13, ROOT, "gone")], trashed_at=1)
        await folders(rows, 7, [(14, ROOT, "note.txt")], kind="file")
        await shares(rows, [(101, ALICE, 12, BOB), (102, ALICE, 11, BOB), (103, ALICE, 13, BOB)])
        await shares(rows, [(104, ALICE, 14, BOB), (105, ALICE, 11, TEAM)])
        await shares(rows, [(106, ALICE, ROOT, BOB)], permissions=1)
        await shares(rows, [(107, ALICE, 12, TEAM)])
        await add(rows, "share", {"id": 108, "public_id": "s108", "owner": ALICE, "created_by": 1, "name": "",
                                  "consent": "given", "permissions": 1, "created_at": 0, "modified_at": 0})  # fmt: skip

    await database.write(job)


async def test_what_is_shared_already_is_listed_after_the_migration(database):
    await older(database)

    await migrate(database, migrations_in()[:6])

    def row(viewer, share, facet, path):
        return (viewer, share, facet, path, 5, "alice", "polyshare", "storage", "storage", 0)

    listed, words = await read(database)
    assert listed == [
        row(ALICE, 101, 0, "/7/Ärger/Plans"),
        row(BOB, 101, 10, "/7/Ärger/Plans"),
        row(ALICE, 102, 0, "/7/Ärger"),
        row(BOB, 102, 10, "/7/Ärger"),
        row(ALICE, 103, 100, "/7/gone"),
        row(BOB, 103, 110, "/7/gone"),
    ]
    assert [share for share, _ in words] == [101, 102, 103]
    assert words[2][1] == f"/7/gone\x1fbob\x1e{mark_of(ALICE)}\x1e{mark_of(BOB)}"


async def test_what_a_migration_wrote_is_made_like_what_a_change_writes(database):
    await older(database)
    await migrate(database)

    found = await database.read(lambda rows: folder_shares.to_look_at(rows, 100))
    await database.write(lambda rows: folder_shares.refresh(rows, found))

    assert sorted(found) == [101, 102, 103]
    assert await database.read(lambda rows: folder_shares.to_look_at(rows, 100)) == []
    listed, words = await read(database)
    assert [row[:4] for row in listed][:2] == [
        (ALICE, 101, 0, "/7/Ärger/Plans"),
        (BOB, 101, 10, "/7/Ärger/Plans"),
    ]
    assert words[0] == (101, f"/7/ärger/plans\x1fbob\x1e{mark_of(ALICE)}\x1e{mark_of(BOB)}")
    assert len({row[9] for row in listed}) == 3


async def test_a_change_that_is_under_way_is_waited_for_and_listed(postgres_url):
    database = await open_database(postgres_url, OPTIONS)
    await older(database)
    await migrate(database)
    changing, watching = await asyncpg.connect(postgres_url), await asyncpg.connect(postgres_url)
    await changing.execute("begin")
    await changing.execute("select id from share where id = 101 for update")
    await changing.execute("update share_grant set consent = 'refused' where share = 101")

    refreshing = asyncio.create_task(database.write(lambda rows: folder_shares.refresh(rows, [101])))
    while not refreshing.done() and not await watching.fetchval(WAITING):
        pass
    await changing.execute("commit")
    await refreshing

    listed, _ = await read(database)
    assert [row[2] for row in listed if row[1] == 101] == [1, 11]
    for connection in (changing, watching):
        await connection.close()
    await database.close()
