"""Archives: whatever is in a folder comes out again, the length announced is the length sent, and no name climbs."""

import asyncio
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyshare.domain.errors import Insufficient, LimitReached, NotFound, Unavailable, WrongState
from polyshare.domain.nodes import NodeKind, Reach
from polyshare.domain.permissions import Permission
from polyshare.engine.content import storing, zipping
from polyshare.engine.content.zipping import Entry
from polyshare.engine.tree.placing import new_node
from polyshare.files.bytes import CHUNK_BYTES
from polyshare.store.statements import statement
from polyshare.store.tree import drives, nodes
from tests.engine.tree import Tree, a_person, acting, owned

NAMED = statement("test.named", "update node set name = :name where id = :node")


@pytest.fixture
async def tree(house):
    """What Ann does in her own trees."""
    return Packer(house, await a_person(house, "ann"))


class Packer(Tree):
    """A tree whose files have bytes, and are packed."""

    async def upload(self, folder, name, content=b"hello"):
        async def pieces():
            yield content

        staged = await storing.stage(self.house, pieces())

        async def job(work):
            return await storing.keep(
                work, await owned(work, folder), name, staged, "text/plain", folded=False
            )

        return await self.write(job)

    async def archive(self, *tops, **more):
        async def reaches(work):
            return [await owned(work, top) for top in tops]

        found = await self.house.read(None, reaches)
        return await zipping.archive(self.house, acting(self.person), found, **more)

    async def packed(self, *tops):
        """The archive of these nodes, opened."""
        return zipfile.ZipFile(io.BytesIO(await whole(await self.archive(*tops))))


async def whole(archive):
    content = b"".join([chunk async for chunk in archive.chunks()])
    assert len(content) == archive.size
    return content


async def test_a_folder_comes_with_everything_below_it(tree):
    root = await tree.root()
    docs = await tree.folder(root, "docs")
    deeper = await tree.folder(docs.id, "öl & größe")
    await tree.folder(docs.id, "empty")
    await tree.upload(docs.id, "a.txt", b"aaa")
    await tree.upload(docs.id, "nothing.bin", b"")
    await tree.upload(deeper.id, "日本.txt", b"x" * 600_000)
    await tree.upload(root, "beside.txt")

    packed = await tree.packed(docs.id)

    assert packed.testzip() is None
    assert {name: packed.read(name) for name in packed.namelist()} == {
        "docs/": b"",
        "docs/a.txt": b"aaa",
        "docs/empty/": b"",
        "docs/nothing.bin": b"",
        "docs/öl & größe/": b"",
        "docs/öl & größe/日本.txt": b"x" * 600_000,
    }


async def test_an_archive_is_named_after_its_only_node(tree):
    root = await tree.root()
    docs = await tree.folder(root, "docs")
    file = await tree.upload(root, "a.txt")

    names = [
        (await tree.archive(docs.id)).name,
        (await tree.archive(file.id, file.id)).name,
        (await tree.archive(docs.id, file.id)).name,
        (await tree.archive(docs.id, name="holiday")).name,
    ]

    assert names == ["docs.zip", "a.txt.zip", "files.zip", "holiday.zip"]


async def test_equal_names_get_a_number_whatever_their_case(tree):
    root = await tree.root()
    one, two = await tree.folder(root, "one"), await tree.folder(root, "two")
    tops = [
        await tree.upload(one.id, "a.txt", b"1"),
        await tree.upload(two.id, "A.txt", b"2"),
        await tree.upload(root, "a.txt", b"3"),
        await tree.folder(one.id, "x.y"),
        await tree.folder(two.id, "x.y"),
    ]
    await tree.upload(tops[4].id, "inside")

    packed = await tree.packed(*(top.id for top in tops), tops[0].id)

    assert sorted(packed.namelist()) == [
        "A (1).txt",
        "a (2).txt",
        "a.txt",
        "x.y (1)/",
        "x.y (1)/inside",
        "x.y/",
    ]
    assert [packed.read(name) for name in ("a.txt", "A (1).txt", "a (2).txt")] == [b"1", b"2", b"3"]


async def test_names_that_differ_in_case_only_do_not_overwrite_each_other(tree):
    docs = await tree.folder(await tree.root(), "docs")
    await tree.upload(docs.id, "a.txt", b"lower")
    await tree.upload(docs.id, "A.txt", b"upper")

    packed = await tree.packed(docs.id)

    assert len({name.lower() for name in packed.namelist()}) == 3
    assert {packed.read(name) for name in packed.namelist()} == {b"", b"lower", b"upper"}


async def test_what_lies_in_the_trash_is_left_out_and_a_node_that_is_gone_is_not_found(house, tree):
    root = await tree.root()
    docs = await tree.folder(root, "docs")
    await tree.upload(docs.id, "kept.txt")
    gone = await tree.upload(docs.id, "gone.txt")
    await tree.trash(gone.id)
    missing = Reach(await tree.node(docs.id), Permission.MANAGE.closed, owner=True, top=False)
    missing = Reach(_with_id(missing.node, 1), missing.permissions, owner=True, top=False)

    packed = await tree.packed(docs.id)

    assert packed.namelist() == ["docs/", "docs/kept.txt"]
    with pytest.raises(NotFound):
        await zipping.archive(house, None, [missing])


def _with_id(node, id_):
    return type(node)(**{name: getattr(node, name) for name in node.__dataclass_fields__} | {"id": id_})


async def test_who_may_only_look_packs_nothing(house, tree):
    root = await tree.root()
    docs, file = await tree.folder(root, "docs"), await tree.upload(root, "a.txt")
    may = Reach(await tree.node(docs.id), Permission.DOWNLOAD.closed, owner=False, top=True)
    looks = Reach(await tree.node(file.id), Permission.VIEW.closed, owner=False, top=True)

    with pytest.raises(Insufficient):
        await zipping.archive(house, None, [may, looks])


async def test_a_collection_is_not_packed(house, tree):
    await tree.root()

    async def collection(work):
        drive = await drives.first_of(work.rows, tree.person)
        node = new_node(work, drive, None, work.new_id(), NodeKind.COLLECTION, "picks")
        await nodes.add(work.rows, [node])
        return node

    made = await tree.write(collection)

    with pytest.raises(WrongState):
        await tree.archive(made.id)


async def test_files_bear_the_time_of_their_version_to_two_seconds(tree, clock):
    root = await tree.root()
    clock.pass_s(3 * 86_400 + 3_723)
    file = await tree.upload(root, "a.txt")
    clock.pass_s(86_400)

    packed = await tree.packed(file.id)

    assert packed.infolist()[0].date_time == (2026, 1, 4, 13, 2, 2)


async def test_a_big_folder_and_many_small_ones_are_packed_whole(house, tree):
    root = await tree.root()
    top = await tree.folder(root, "top")
    big = await tree.folder(top.id, "big")
    file = await tree.upload(big.id, "0000.txt")
    expected = {f"top/big/{number:04}.txt" for number in range(1203)}
    await _copies(house, file, big.id, range(1, 1203))
    for number in range(40):
        small = await tree.folder(top.id, f"small {number}")
        await _copies(house, file, small.id, range(30))
        expected |= {f"top/small {number}/{each:04}.txt" for each in range(30)}
    await _count_children(house)
    before = house.database.statements

    archive = await tree.archive(top.id)

    assert house.database.statements - before < 15
    packed = zipfile.ZipFile(io.BytesIO(await whole(archive)))
    assert {name for name in packed.namelist() if not name.endswith("/")} == expected


async def _copies(house, file, folder, numbers):
    """More files with the same bytes, as rows."""

    async def job(work):
        made = [work.new_id() for _ in numbers]
        await work.rows.many(
            COPY_NODE,
            [
                {"id": id_, "parent": folder, "name": f"{n:04}.txt", "of": file.id}
                for id_, n in zip(made, numbers, strict=True)
            ],
        )
        await work.rows.many(COPY_VERSION, [{"id": id_, "of": file.id} for id_ in made])

    await house.write(None, job)


async def _count_children(house):
    await house.write(None, lambda work: work.rows.run(COUNT))


COPY_NODE = statement(
    "test.copy_node",
    """
    insert into node (id, drive, parent, kind, name, name_folded, description, mime, size, children, version,
      created_by, modified_by, created_at, modified_at)
    select cast(:id as bigint), drive, cast(:parent as bigint), kind, cast(:name as text), cast(:name as text), '', mime,
      size, 0, version, created_by, modified_by, created_at, modified_at from node where id = :of
    """,
)
COPY_VERSION = statement(
    "test.copy_version",
    """
    insert into version (node, number, blob, size, mime, created_by, created_at)
    select cast(:id as bigint), number, blob, size, mime, created_by, created_at from version where node = :of
    """,
)
COUNT = statement(
    "test.count",
    "update node set children = (select count(*) from node c where c.parent = node.id) where kind = 'folder'",
)


async def test_an_archive_has_a_bound(sqlite_house, monkeypatch):
    tree = Packer(sqlite_house, await a_person(sqlite_house, "ann"))
    docs = await tree.folder(await tree.root(), "docs")
    for number in range(4):
        await tree.folder(docs.id, f"{number}")
    monkeypatch.setattr(zipping, "MOST_ENTRIES", 4)

    with pytest.raises(LimitReached):
        await tree.archive(docs.id)


@pytest.mark.parametrize(
    "name", ["../up", "..", ".", "/etc/passwd", "a\\..\\b", "C:\\x", "C:", "a\0b", "a\nb", "...", " "]
)
async def test_a_name_that_came_in_behind_our_back_does_not_climb(sqlite_house, name):
    tree = Packer(sqlite_house, await a_person(sqlite_house, "ann"))
    docs = await tree.folder(await tree.root(), "docs")
    file = await tree.upload(docs.id, "a.txt")
    await sqlite_house.write(None, lambda work: work.rows.run(NAMED, node=file.id, name=name))

    packed = await tree.packed(docs.id)

    [_, path] = sorted(packed.namelist())
    folder, own = path.split("/")
    assert (folder, own.strip(". ") != "") == ("docs", True)
    assert not set(own) & set("/\\:\0\n")


@given(st.text(max_size=40))
def test_no_name_is_a_way_anywhere(name):
    safe = zipping.safe_name(name)

    assert safe not in ("", ".", "..")
    assert not set(safe) & set("/\\:\0\r\n\u2028\u202e\u2066")
    safe.encode()


async def test_as_many_entries_as_the_old_format_can_count_have_the_length_announced(sqlite_house):
    entries = [Entry(f"{number}/", None, 0, 0) for number in range(65_535)]

    content = await whole(zipping.packed(sqlite_house, "many", entries))

    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == len(entries)


def a_sparse_file(house, size):
    """The key of bytes that are all zero and take no room."""
    key = "ab" * 16
    folder = house.files.root / key[:2]
    folder.mkdir(parents=True)
    with (folder / key).open("wb") as file:
        file.truncate(size)
    return key


@pytest.mark.heavy
async def test_a_file_over_two_gigabytes_has_the_length_announced(sqlite_house, tmp_path):
    size = 2**31 + 5_000_000
    key = a_sparse_file(sqlite_house, size)
    archive = zipping.packed(
        sqlite_house, "big", [Entry("big.bin", key, size, 0), Entry("after.bin", key, 10, 0)]
    )
    kept, zeros = tmp_path / "big.zip", bytes(4 * CHUNK_BYTES)

    with kept.open("wb") as copy:
        async for chunk in archive.chunks():
            if chunk == zeros[: len(chunk)]:
                copy.seek(len(chunk), io.SEEK_CUR)
            else:
                copy.write(chunk)

    assert kept.stat().st_size == archive.size
    found = zipfile.ZipFile(kept)
    assert [(info.filename, info.file_size) for info in found.infolist()] == [
        ("big.bin", size),
        ("after.bin", 10),
    ]
    assert found.read("after.bin") == bytes(10)


async def test_memory_stays_flat_however_much_is_packed(sqlite_house):
    key = a_sparse_file(sqlite_house, 1_000_000)

    async def most_for(files):
        archive = zipping.packed(
            sqlite_house, "many", [Entry(f"{n}.bin", key, 1_000_000, 0) for n in range(files)]
        )
        tracemalloc.start()
        sent = sum([len(chunk) async for chunk in archive.chunks()])
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sent == archive.size
        return most

    assert await most_for(60) < await most_for(5) + 500_000


async def test_a_reader_who_leaves_in_the_middle_leaves_no_file_open(sqlite_house):
    tree = Packer(sqlite_house, await a_person(sqlite_house, "ann"))
    file = await tree.upload(await tree.root(), "a.bin", b"x" * 3_000_000)
    chunks = (await tree.archive(file.id)).chunks()
    await anext(chunks)

    await chunks.aclose()

    assert [path for path in _open_files() if str(sqlite_house.files.root) in path] == []


def _open_files():
    """What this process has open."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(each.readlink()))
        except OSError:
            continue
    return found


async def test_bytes_that_are_lost_break_the_archive_off(sqlite_house):
    tree = Packer(sqlite_house, await a_person(sqlite_house, "ann"))
    file = await tree.upload(await tree.root(), "a.bin", b"x" * 1000)
    archive = await tree.archive(file.id)
    async for each in sqlite_house.files.everything():
        await sqlite_house.files.delete(each.key)

    with pytest.raises(Unavailable):
        await whole(archive)


async def test_others_get_their_turn_while_an_archive_is_made(sqlite_house):
    tree = Packer(sqlite_house, await a_person(sqlite_house, "ann"))
    file = await tree.upload(await tree.root(), "a.bin", b"x" * 20_000_000)
    archive = await tree.archive(file.id)
    packing = asyncio.ensure_future(whole(archive))
    turns = 0

    while not packing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 20
