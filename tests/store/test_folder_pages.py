"""A list of shared folders costs as much among ten thousand as among a hundred, on both engines."""

import json

import asyncpg

from polyshare.domain.folder_shares import FolderOrder
from polyshare.domain.views import Sorting, Window
from polyshare.store.migrations import prepare_schema
from polyshare.store.opening import open_database
from polyshare.store.shares import folder_groups, folder_pages, folder_shares, provider_pages
from polyshare.store.shares.folder_pages import Restrictions
from polyshare.store.shares.folder_shares import MARKED
from polyshare.store.sqlite.file import open_reader
from polyshare.store.statements import statement
from tests.store.conftest import OPTIONS
from tests.store.folders import a_drive, a_user, folders, shares

ALICE, BOB, CAROL, DAVE = 1, 2, 3, 4
FEW, MANY = 1000, 10_000
TOP = 1 << 40
ANALYZE = statement("analyze", "analyze")
ALL = (0, 1, 10)
ROOM = {"sqlite": 1200, "postgres": 200}
"""For indexes that are deeper among many."""


class Noting:
    """Rows that note which statements were run with which values."""

    alone = True

    def __init__(self, rows):
        self.rows, self.noted = rows, []

    async def all(self, asked, /, **values):
        self.noted.append((asked, values))
        return await self.rows.all(asked, **values)

    async def one(self, asked, /, **values):
        self.noted.append((asked, values))
        return await self.rows.one(asked, **values)

    async def run(self, asked, /, **values):
        return await self.rows.run(asked, **values)

    async def many(self, asked, values, /):
        return await self.rows.many(asked, values)


async def fill(database, count):
    """Alice shares *count* folders with Bob and Dave has as many of his own with Carol; half of the latter are reports."""
    await prepare_schema(database)

    async def people(rows):
        for id_, login in ((ALICE, "alice"), (BOB, "bob"), (CAROL, "carol"), (DAVE, "dave")):
            await a_user(rows, id_, login)
        await a_drive(rows, 7, ALICE, TOP)
        await a_drive(rows, 8, DAVE, TOP + 1)

    await database.write(people)
    for first in range(0, count, 2000):
        numbers = range(first, min(first + 2000, count))

        async def some(rows, numbers=numbers):
            own = [
                (TOP + 10 + 2 * n, TOP, f"work {n % 7} {'rare' if n % 50 == 0 else 'usual'} {n}")
                for n in numbers
            ]
            theirs = [(TOP + 11 + 2 * n, TOP + 1, f"report {n}") for n in numbers]
            await folders(rows, 7, own)
            await folders(rows, 8, theirs)
            given = [(10 + 2 * n, ALICE, TOP + 10 + 2 * n, BOB) for n in numbers]
            given += [(11 + 2 * n, DAVE, TOP + 11 + 2 * n, CAROL) for n in numbers]
            await shares(rows, given)
            await folder_shares.refresh(rows, [id_ for id_, *_ in given], locked=True)

        await database.write(some)
    if database.kind == "postgres":
        await database.write(lambda rows: rows.run(ANALYZE))


async def calls(rows, count):
    """What lists are read by, as (name, statement, values)."""
    noting, made = Noting(rows), []

    async def note(name, job):
        noting.noted.clear()
        await job
        made.extend((name, *one) for one in noting.noted)

    middle, keys = 10 + 2 * (count // 2), {}
    for by in FolderOrder:
        stretch = Window(count // 2, 51)
        _, found = await folder_pages.page(rows, ALICE, Restrictions(ALL, {}), Sorting(by), stretch)
        keys[by] = (found[0], middle)
        for descending in (False, True):
            way = f"{by}{' descending' * descending}"
            order = Sorting(by, descending)
            for start, after in (("first", None), ("going on", keys[by])):
                job = folder_pages.page(noting, ALICE, Restrictions(ALL, {}), order, Window(0, 51, after))
                await note(f"{way} {start}", job)
            words = {"words": "usual", "marked": MARKED}
            job = folder_pages.page(noting, ALICE, Restrictions(ALL, words), order, Window(0, 51))
            await note(f"{way} with a word that most have", job)
            job = folder_pages.page(noting, BOB, Restrictions((10,), {}, [10, 12, 14]), order, Window(0, 51))
            await note(f"{way} picked", job)
            job = folder_pages.page(
                noting, BOB, Restrictions(ALL, {"path": "/7/work 1 usual 1"}), order, Window(0, 51)
            )
            await note(f"{way} of one path", job)
            job = folder_pages.page(noting, BOB, Restrictions(ALL, {"owner": "dave"}), order, Window(0, 51))
            await note(f"{way} of one owner", job)
    await note("a word that others have", folder_pages.hits(noting, ALICE, "report"))
    await note("a word that nobody has", folder_pages.hits(noting, ALICE, "xyzzy"))
    await note("folders", folder_groups.paths(noting, ALICE, Window(0, 51)))
    await note("folders going on", folder_groups.paths(noting, ALICE, Window(0, 51, ("/7/work 3", 0))))
    await note(
        "their shares", folder_groups.at_paths(noting, ALICE, [f"/7/work {n} usual {n}" for n in range(1, 7)])
    )
    await note("updates", folder_pages.updates(noting, [10, 12]))
    await note("refreshing", folder_shares.refresh(noting, [10, 12]))
    await note("below a folder", folder_shares.below(noting, TOP + 10))
    of_provider = provider_pages.page(noting, "polyshare", Restrictions((0, 1), {}), Window(0, 51))
    await note("of a provider", of_provider)
    going_on = provider_pages.page(
        noting, "polyshare", Restrictions((0, 1), {}), Window(0, 51, (middle, middle))
    )
    await note("of a provider going on", going_on)
    return made


def steps(path, asked, values):
    """How many steps of its machine SQLite takes for a statement."""
    connection, taken = open_reader(path), 0

    def count():
        nonlocal taken
        taken += 1
        return False

    connection.set_progress_handler(count, 10)
    connection.execute(asked.sqlite, asked.for_sqlite(values)).fetchall()
    connection.close()
    return taken * 10


async def blocks(connection, asked, values):
    """How many pages PostgreSQL looks at for a statement."""
    explained = f"explain (analyze, buffers, format json) {asked.postgres}"
    told = json.loads(await connection.fetchval(explained, *asked.for_postgres(values)))[0]["Plan"]
    return told["Shared Hit Blocks"] + told["Shared Read Blocks"]


async def costs(database, url, count):
    """What each call costs among *count* shares, in what the engine counts."""
    await fill(database, count)
    made = await database.read(lambda rows: calls(rows, count))
    if database.kind == "sqlite":
        return {name: steps(database.path, *one) for name, *one in made}
    connection = await asyncpg.connect(url)
    try:
        return {name: await blocks(connection, *one) for name, *one in made}
    finally:
        await connection.close()


async def test_a_list_costs_as_much_among_many_as_among_few(database, database_url, tmp_path, request):
    if database.kind == "sqlite":
        other_url = f"sqlite://{tmp_path}/other.db"
    else:
        databases = request.getfixturevalue("postgres_databases")
        other_name, other_url = databases.create()
        request.addfinalizer(lambda: databases.drop(other_name))
    other = await open_database(other_url, OPTIONS)

    few = await costs(database, database_url, FEW)
    many = await costs(other, other_url, MANY)
    await other.close()

    dear = {
        name: (few[name], cost) for name, cost in many.items() if cost > 2 * few[name] + ROOM[database.kind]
    }
    assert dear == {}
