"""Migrations: which state a database is in, and how it comes to the next."""

import asyncio

import apsw
import pytest

from polyshare.store.migrations import (
    MIGRATIONS,
    SchemaRefused,
    State,
    migrate,
    migrations_in,
    prepare_schema,
    schema_state,
)
from polyshare.store.opening import open_database
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS
from tests.store.test_database import asking

FILES = {
    "0001_things.sql": "-- Things; they have names.\n"
    "create table thing (  -- it isn't much;\n  id {sqlite: integer}{postgres: bigint} primary key, -- drawn by us\n"
    '  name text{postgres:  collate "C"} not null\n);\n'
    "{postgres: create index only_there on thing (name)};\ninsert into thing values (1, 'a; b');\n",
    "0002_sizes.sql": "-- Sizes.\nalter table thing add column size bigint not null default 0;\n",
    "0003_big.sql": "-- Big ones are looked up.\ncreate index thing_big on thing (size) where size > 10;\n",
}

SQLITE_DUMP = (
    "select type, name, tbl_name, sql from sqlite_schema where name not like 'sqlite_%' order by type, name"
)
POSTGRES_DUMP = """
    select 'column', table_name || '.' || column_name, data_type, is_nullable, column_default, collation_name, ordinal_position::text
      from information_schema.columns where table_schema = 'public'
    union all select 'index', indexname, indexdef, null, null, null, null from pg_indexes where schemaname = 'public'
    union all select 'constraint', conname, pg_get_constraintdef(oid), null, null, null, null
      from pg_constraint where connamespace = 'public'::regnamespace
    order by 1, 2
"""


async def dump(database):
    text = SQLITE_DUMP if database.kind == "sqlite" else POSTGRES_DUMP
    return [tuple(row) for row in await database.read(asking("all", statement("dump", text)))]


@pytest.fixture
def carried(tmp_path):
    """Makes what a release carries: the first *count* files, any of them with another text."""

    def make(count, **other):
        folder = tmp_path / f"release-{count}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, text in list(FILES.items())[:count]:
            (folder / name).write_text(other.get(name[5:-4], text))
        return migrations_in(folder)

    return make


async def test_an_empty_database_is_filled(database, carried):
    found = await prepare_schema(database, carried(2))

    assert found.state is State.EMPTY
    assert (await schema_state(database, carried(2))).state is State.CURRENT
    assert await database.read(asking("one", statement("thing", "select id, name, size from thing"))) == (
        1,
        "a; b",
        0,
    )


async def test_preparing_again_changes_nothing(database, carried):
    await prepare_schema(database, carried(2))
    before = await dump(database)

    assert (await prepare_schema(database, carried(2))).state is State.CURRENT
    assert await migrate(database, carried(2)) == ()
    assert await dump(database) == before


async def test_an_older_schema_says_what_is_pending(database, carried):
    await migrate(database, carried(1))

    found = await schema_state(database, carried(3))

    assert found.state is State.OLDER
    assert [each.name for each in found.pending] == ["sizes", "big"]


async def test_migrating_brings_an_older_schema_up(database, carried):
    await migrate(database, carried(1))

    assert [each.number for each in await migrate(database, carried(3))] == [2, 3]
    assert (await schema_state(database, carried(3))).state is State.CURRENT


async def test_a_newer_schema_is_refused(database, carried):
    await migrate(database, carried(3))

    assert (await schema_state(database, carried(2))).state is State.NEWER
    for attempt in (prepare_schema, migrate):
        with pytest.raises(SchemaRefused, match=r"newer release .*0003_big"):
            await attempt(database, carried(2))


async def test_an_altered_schema_is_refused(database, carried):
    await migrate(database, carried(2))
    other = carried(3, things="create table thing (id bigint);\n")

    assert (await schema_state(database, other)).state is State.ALTERED
    for attempt in (prepare_schema, migrate):
        with pytest.raises(SchemaRefused, match="0001_things was applied with another text"):
            await attempt(database, other)


async def test_a_schema_with_a_gap_is_refused(database, carried):
    await migrate(database, carried(3))
    forget = statement("forget", "delete from schema_migration where number = 2")
    await database.write(asking("run", forget))

    with pytest.raises(SchemaRefused, match="0002 was never applied"):
        await prepare_schema(database, carried(3))


async def test_a_migration_that_fails_changes_nothing(database, carried):
    await migrate(database, carried(1))
    before = await dump(database)
    broken = carried(3, big="create table other (id bigint);\ncreate index lost on nowhere (id);\n")

    with pytest.raises(SchemaRefused, match=r"0003_big failed, nothing was changed: .*nowhere"):
        await migrate(database, broken)

    assert await dump(database) == before
    assert (await schema_state(database, broken)).state is State.OLDER


async def test_many_starting_at_once_fill_an_empty_database_once(database, database_url, carried):
    others = [await open_database(database_url, OPTIONS) for _ in range(3)]

    await asyncio.gather(*(prepare_schema(each, carried(3)) for each in [database, *others]))

    assert await database.read(asking("one", statement("count", "select count(*) from thing"))) == (1,)
    for other in others:
        await other.close()


async def test_an_older_sqlite_schema_is_copied_aside_and_migrated_at_start(sqlite, carried):
    await migrate(sqlite, carried(1))

    await prepare_schema(sqlite, carried(3))

    aside = sqlite.path.with_name("store.db.before-0002.bak")
    assert (await schema_state(sqlite, carried(3))).state is State.CURRENT
    with apsw.Connection(str(aside)) as copy:
        assert copy.execute("select max(number) from schema_migration").fetchall() == [(1,)]
        assert copy.execute("select * from thing").fetchall() == [(1, "a; b")]
    copy.close()
    assert aside.stat().st_mode & 0o777 == 0o600
    assert not aside.with_name(f"{aside.name}.part").exists()


async def test_a_fresh_sqlite_file_is_not_copied_aside(sqlite, carried):
    await prepare_schema(sqlite, carried(3))
    await prepare_schema(sqlite, carried(3))

    assert list(sqlite.path.parent.glob("*.bak")) == []


async def test_a_copy_opens_as_a_database_of_ours(sqlite, carried):
    await migrate(sqlite, carried(1))
    await prepare_schema(sqlite, carried(3))

    restored = await open_database(f"sqlite://{sqlite.path}.before-0002.bak", OPTIONS)

    assert (await schema_state(restored, carried(1))).state is State.CURRENT
    await restored.close()


async def test_an_older_postgres_schema_is_refused_at_start_unless_told(postgres_url, carried):
    database = await open_database(postgres_url, OPTIONS)
    await migrate(database, carried(1))

    with pytest.raises(SchemaRefused, match=r"0002_sizes, 0003_big.*polyshare migrate"):
        await prepare_schema(database, carried(3))
    await prepare_schema(database, carried(3), upgrade=True)

    assert (await schema_state(database, carried(3))).state is State.CURRENT
    await database.close()


async def test_an_older_sqlite_schema_is_refused_if_told(sqlite, carried):
    await migrate(sqlite, carried(1))

    with pytest.raises(SchemaRefused, match="polyshare migrate"):
        await prepare_schema(sqlite, carried(3), upgrade=False)


@pytest.mark.parametrize(
    "names", [["0002_first.sql"], ["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["1_a.sql"]]
)
def test_files_that_are_not_numbered_one_by_one_are_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("select 1;\n")

    with pytest.raises(ValueError, match="should be number"):
        migrations_in(tmp_path)


async def test_a_fresh_schema_and_all_migrations_one_by_one_agree(database, database_url, tmp_path, request):
    known = migrations_in()
    if database.kind == "sqlite":
        other_url = f"sqlite://{tmp_path}/other.db"
    else:
        databases = request.getfixturevalue("postgres_databases")
        name, other_url = databases.create()
        request.addfinalizer(lambda: databases.drop(name))
    other = await open_database(other_url, OPTIONS)

    await prepare_schema(database)
    for count in range(1, len(known) + 1):
        await migrate(other, known[:count])

    assert await dump(other) == await dump(database)
    assert (await schema_state(database)).state is State.CURRENT
    await other.close()


def test_every_migration_of_ours_says_why_in_its_first_line():
    firsts = [file.read_text().splitlines()[0] for file in sorted(MIGRATIONS.glob("*.sql"))]

    assert firsts
    assert all(first.startswith("-- ") and len(first) > 20 for first in firsts)
