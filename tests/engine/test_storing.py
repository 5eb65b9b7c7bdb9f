"""Files: staged bytes become files and versions, uploads that go wrong leave nothing, bytes nobody needs go."""

import asyncio
import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from polyshare.domain.errors import AlreadyThere, Invalid, NotFound, TooLarge, Unavailable, WrongState
from polyshare.domain.nodes import Taken
from polyshare.engine.content import collecting, storing
from polyshare.files.bytes import new_key
from polyshare.store.content import blobs
from polyshare.store.statements import statement
from tests.engine.tree import Tree, a_person, acting, owned

HOUR_S = 3600
BLOBS = statement("test.blobs", "select key, size, sha256, collect_at from blob order by id")
DROP_VERSION = statement("test.drop_version", "delete from version where node = :node and number = :number")
BLOB_OF = statement("test.blob_of", "select blob from version where node = :node and number = :number")


async def pieces(*parts: bytes):
    """A stream of these pieces."""
    for part in parts:
        yield part


async def broken(*parts: bytes):
    """A stream whose sender vanishes after these pieces."""
    for part in parts:
        yield part
    raise ConnectionResetError("gone")


@pytest.fixture
async def tree(house):
    """What Ann does in her own trees."""
    return Files(house, await a_person(house, "ann"))


class Files(Tree):
    """A tree with files in it."""

    async def upload(self, folder, name, content=b"hello", taken=Taken.VERSION, mime="text/plain", **more):
        staged = await storing.stage(self.house, pieces(content))

        async def job(work):
            return await storing.keep(work, await owned(work, folder), name, staged, mime, taken, **more)

        return await self.write(job)

    async def download(self, node, number=None):
        async def job(work):
            return await storing.open_version(work, await owned(work, node), number)

        return await self.house.read(acting(self.person), job)

    async def content(self, node, number=None):
        download = await self.download(node, number)
        return b"".join([chunk async for chunk in storing.read(self.house, download)])

    async def let_go(self, node, number):
        """Drop one version as a removal for good does."""

        async def job(work):
            [blob] = await work.rows.one(BLOB_OF, node=node, number=number)
            await work.rows.run(DROP_VERSION, node=node, number=number)
            await blobs.release(work.rows, [blob], work.now)

        await self.write(job)


async def rows_of(house):
    return await house.read(None, lambda work: work.rows.all(BLOBS))


def on_disk(house):
    """All files below the folder of the byte store."""
    return [path for path in Path(house.settings.files).rglob("*") if path.is_file()]


async def test_an_upload_is_a_file_with_what_was_sent(house, tree):
    root = await tree.root()

    node = await tree.upload(root, "a.txt", b"hello")

    download = await tree.download(node.id)
    assert (node.name, node.size, node.version, node.mime) == ("a.txt", 5, 1, "text/plain")
    assert (download.size, download.sha256) == (5, hashlib.sha256(b"hello").hexdigest())
    assert download.etag == f'"{download.sha256}"'
    assert await tree.content(node.id) == b"hello"


@pytest.mark.parametrize("said", ["", "text", "text/html\x01", "text/" + "x" * 5000, "a/b/c", "text/h\u00fc"])
async def test_what_is_no_media_type_is_told_by_the_name_instead(tree, said):
    folder = await tree.root()

    made = await tree.upload(folder, "report.pdf", mime=said)
    again = await tree.upload(folder, "report.pdf", mime=said)

    assert [made.mime, again.mime] == ["application/pdf"] * 2
    assert (await tree.upload(folder, "x.pdf", mime="image/svg+xml")).mime == "image/svg+xml"


async def test_the_same_name_again_is_the_next_version_and_the_old_one_stays(house, tree):
    root = await tree.root()
    first = await tree.upload(root, "a.txt", b"one")

    second = await tree.upload(root, "A.TXT", b"two and more", mime="text/html")

    assert (second.id, second.version, second.name, second.mime) == (first.id, 2, "a.txt", "text/html")
    assert await tree.content(first.id) == b"two and more"
    assert await tree.content(first.id, 1) == b"one"
    listed = await house.read(None, lambda work: _versions(work, first.id))
    assert [(version.number, version.size) for version in listed] == [(2, 12), (1, 3)]


async def _versions(work, node):
    return await storing.versions_of(work, await owned(work, node))


async def test_a_caller_may_tell_upper_from_lower_case(tree):
    root = await tree.root()
    lower = await tree.upload(root, "a.txt", b"one", folded=False)

    upper = await tree.upload(root, "A.txt", b"two", folded=False)

    assert (upper.version, upper.name, upper.id != lower.id) == (1, "A.txt", True)


async def test_a_name_in_use_gets_a_number_or_is_refused_as_asked(tree):
    root = await tree.root()
    await tree.upload(root, "a.txt")

    numbered = await tree.upload(root, "a.txt", taken=Taken.NUMBER)

    assert numbered.name == "a(2).txt"
    with pytest.raises(AlreadyThere):
        await tree.upload(root, "a.txt", taken=Taken.REFUSE)


async def test_a_folder_of_the_name_is_not_overwritten(tree):
    root = await tree.root()
    await tree.folder(root, "docs")

    with pytest.raises(AlreadyThere):
        await tree.upload(root, "docs")


async def test_the_folders_above_count_what_is_in_a_file_now(tree):
    root = await tree.root()
    folder = await tree.folder(root, "docs")
    await tree.upload(folder.id, "a.txt", b"12345")
    await tree.upload(folder.id, "b.txt", b"123")

    await tree.upload(folder.id, "a.txt", b"1")

    docs, top = await tree.node(folder.id), await tree.node(root)
    assert (docs.size, docs.children, top.size, top.children) == (4, 2, 4, 1)


async def test_a_new_version_by_id_keeps_the_name(house, tree):
    node = await tree.upload(await tree.root(), "a.txt", b"one")
    staged = await storing.stage(house, pieces(b"two"))

    async def job(work):
        return await storing.add_version(work, await owned(work, node.id), staged, "text/plain")

    after = await tree.write(job)

    assert (after.id, after.name, after.version) == (node.id, "a.txt", 2)
    assert await tree.content(node.id) == b"two"


async def test_only_files_have_content(house, tree):
    root = await tree.root()
    with pytest.raises(WrongState):
        await tree.download(root)
    node = await tree.upload(root, "a.txt")
    with pytest.raises(WrongState):
        await tree.upload(node.id, "b.txt")
    with pytest.raises(NotFound):
        await tree.download(node.id, 2)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", "x" * 256])
async def test_a_name_that_leads_elsewhere_is_refused(tree, name):
    root = await tree.root()

    with pytest.raises(Invalid):
        await tree.upload(root, name)

    assert (await tree.node(root)).children == 0


async def test_parallel_uploads_of_one_name_are_versions_one_to_n(house, tree):
    root = await tree.root()
    contents = [b"%d" % n * (n + 1) for n in range(12)]

    nodes = await asyncio.gather(*(tree.upload(root, "a.txt", content) for content in contents))

    assert len({node.id for node in nodes}) == 1
    assert sorted(node.version for node in nodes) == list(range(1, 13))
    assert sorted([await tree.content(nodes[0].id, number) for number in range(1, 13)]) == sorted(contents)
    last = max(nodes, key=lambda node: node.version)
    assert (await tree.node(root)).size == last.size == (await tree.download(last.id)).size


async def test_an_upload_over_the_limit_leaves_nothing(house, tree):
    with pytest.raises(TooLarge):
        await storing.stage(house, pieces(b"12345", b"678"), limit=7)

    assert on_disk(house) == []


async def test_an_upload_announced_over_the_limit_is_refused_unread(house):
    read = []

    async def watched():
        read.append(1)
        yield b"12345678"

    with pytest.raises(TooLarge):
        await storing.stage(house, watched(), limit=7, length=8)

    assert read == []


@pytest.mark.parametrize("announced", [4, 6])
async def test_a_length_that_lies_is_refused_and_nothing_is_left(house, announced):
    with pytest.raises(Invalid):
        await storing.stage(house, pieces(b"12345"), length=announced)

    assert on_disk(house) == []


async def test_a_client_that_vanishes_leaves_nothing_and_its_row_is_collected(house, clock):
    with pytest.raises(ConnectionResetError):
        await storing.stage(house, broken(b"x" * 3_000_000))

    assert on_disk(house) == []
    clock.pass_s(HOUR_S)
    await collecting.collect(house)
    assert await rows_of(house) == []


async def test_an_upload_that_is_cancelled_leaves_nothing(house):
    begun, never = asyncio.Event(), asyncio.Event()

    async def hanging():
        yield b"x" * 3_000_000
        begun.set()
        await never.wait()

    staging = asyncio.ensure_future(storing.stage(house, hanging()))
    await begun.wait()
    staging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await staging

    assert on_disk(house) == []


async def test_staged_bytes_that_nobody_keeps_are_collected(house, clock):
    await storing.stage(house, pieces(b"hello"))
    await collecting.collect(house)
    assert len(on_disk(house)) == 1

    clock.pass_s(HOUR_S)

    assert await collecting.collect(house) == 1
    assert on_disk(house) == []
    assert await rows_of(house) == []


async def test_what_was_collected_is_not_kept_any_more(house, tree, clock):
    root = await tree.root()
    staged = await storing.stage(house, pieces(b"hello"))
    clock.pass_s(HOUR_S)
    await collecting.collect(house)

    async def job(work):
        return await storing.keep(work, await owned(work, root), "a.txt", staged, "text/plain")

    with pytest.raises(Unavailable):
        await tree.write(job)

    assert (await tree.node(root)).children == 0


async def test_an_upload_that_takes_hours_is_not_collected_under_way(house, tree, clock):
    async def slow():
        for _ in range(4):
            yield b"x" * 10
            clock.pass_s(HOUR_S / 2)
            await collecting.collect(house)

    staged = await storing.stage(house, slow())

    assert staged.size == 40
    assert len(on_disk(house)) == 1


async def test_an_upload_that_stood_still_too_long_is_refused(house, clock):
    async def stalled():
        yield b"x"
        clock.pass_s(2 * HOUR_S)
        await collecting.collect(house)
        yield b"y"

    with pytest.raises(Unavailable):
        await storing.stage(house, stalled())

    assert on_disk(house) == []
    assert await rows_of(house) == []


async def test_files_in_the_tree_are_never_collected(house, tree, clock):
    node = await tree.upload(await tree.root(), "a.txt")

    clock.pass_s(100 * 24 * HOUR_S)

    assert await collecting.collect(house) == 0
    assert await tree.content(node.id) == b"hello"


async def test_bytes_go_with_the_last_version_that_refers_to_them(house, tree):
    node = await tree.upload(await tree.root(), "a.txt", b"one")
    await tree.upload(await tree.root(), "a.txt", b"two")

    await tree.let_go(node.id, 1)

    assert await collecting.collect(house) == 1
    assert len(on_disk(house)) == len(await rows_of(house)) == 1
    assert await tree.content(node.id) == b"two"


async def test_bytes_that_another_version_still_refers_to_stay(house, tree, clock):
    node = await tree.upload(await tree.root(), "a.txt", b"one")

    async def job(work):
        [blob] = await work.rows.one(BLOB_OF, node=node.id, number=1)
        await blobs.release(work.rows, [blob], work.now)

    await tree.write(job)

    assert await collecting.collect(house) == 0
    [[_, _, sha256, collect_at]] = await rows_of(house)
    assert sha256
    assert collect_at is None
    assert await tree.content(node.id) == b"one"


async def test_a_death_between_shutting_off_and_deleting_is_made_up_for(house, clock):
    await storing.stage(house, pieces(b"hello"))
    clock.pass_s(HOUR_S)

    async def shut_off(work):
        return await blobs.sort_out(
            work.rows, await blobs.due(work.rows, work.now, 10), work.now + collecting.AGAIN_US
        )

    await house.write(None, shut_off)
    assert await collecting.collect(house) == 0
    clock.pass_s(61)

    assert await collecting.collect(house) == 1
    assert on_disk(house) == []
    assert await rows_of(house) == []


async def test_a_death_between_deleting_and_forgetting_is_made_up_for(house, clock):
    staged = await storing.stage(house, pieces(b"hello"))
    await house.files.delete(staged.key)
    clock.pass_s(HOUR_S)

    assert await collecting.collect(house) == 1
    assert await rows_of(house) == []


async def test_rows_and_bytes_that_differ_are_counted_and_left_alone(house, tree):
    root = await tree.root()
    kept = await tree.upload(root, "kept.txt")
    lost = await tree.download((await tree.upload(root, "lost.txt", b"lost")).id)
    cut = await tree.download((await tree.upload(root, "cut.txt", b"cut off")).id)
    assert await collecting.compare(house.database, house.files) == collecting.Comparison(0, 0, 0)

    await house.files.delete(lost.key)
    await house.files.delete(cut.key)
    await house.files.put(cut.key, pieces(b"cut"), 10)
    await house.files.put(new_key(), pieces(b"stray"), 10)

    assert await collecting.compare(house.database, house.files) == collecting.Comparison(1, 5, 2)
    assert await tree.content(kept.id) == b"hello"
    assert len(on_disk(house)) == 3


async def test_keeping_a_file_takes_as_many_statements_in_a_full_folder(house, tree):
    root = await tree.root()
    folder = root
    for _ in range(5):
        folder = (await tree.folder(folder, "deeper")).id

    async def cost(where, name):
        staged = await storing.stage(house, pieces(b"x"))

        async def job(work):
            return await storing.keep(work, await owned(work, where), name, staged, "text/plain")

        before = house.database.statements
        await tree.write(job)
        return house.database.statements - before

    few = await cost(root, "first")
    for n in range(10):
        await tree.upload(folder, f"{n}.txt")

    assert await cost(folder, "another") == few


@pytest.mark.parametrize("after", [1, 4, 7])
async def test_a_kill_in_the_middle_of_uploads_loses_nothing_acknowledged_and_leaves_nothing_else(
    house, tree, clock, after
):
    root = await tree.root()
    acknowledged = []
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.engine.uploading",
            house.settings.database,
            house.settings.files,
            str(tree.person),
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        while len(acknowledged) < after and (line := await asyncio.to_thread(process.stdout.readline)):
            acknowledged.append(line.split())
        process.kill()
        acknowledged += [
            line.split() for line in process.stdout.read().splitlines() if len(line.split()) == 2
        ]

    assert len(acknowledged) >= after
    for node, sha256 in acknowledged:
        if len(sha256) == 64:
            assert hashlib.sha256(await tree.content(int(node))).hexdigest() == sha256
    await house.files.tidy()
    clock.now = time.time_ns() // 1000
    clock.pass_s(2 * HOUR_S)
    await collecting.collect(house)
    files = (await tree.node(root)).children
    assert files >= len(acknowledged)
    assert len(on_disk(house)) == len(await rows_of(house)) == files
