"""Uploads in pieces: whole or nothing, resumed where they stopped, and given up after their time."""

import asyncio
import hashlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyshare.domain.errors import (
    AlreadyThere,
    Insufficient,
    Invalid,
    LimitReached,
    NotFound,
    TooLarge,
    WrongState,
)
from polyshare.domain.nodes import Taken
from polyshare.domain.permissions import Permission
from polyshare.engine.content import collecting, completing, storing, uploading
from polyshare.engine.content.uploading import NewUpload
from polyshare.engine.tree import access, sweeping
from polyshare.engine.worker import tidying
from polyshare.store.statements import statement
from tests.engine.tree import Tree, a_person, acting, share
from tests.house import a_house

DAY_S = 86_400
LEFT = [statement(f"test.left_{name}", f"select count(*) from {name}") for name in ("upload", "upload_part")]
BLOBS = statement("test.blob_count", "select count(*) from blob")


async def pieces(*parts: bytes):
    """A stream of these pieces."""
    for part in parts:
        yield part


async def broken(*parts: bytes):
    """A stream whose sender vanishes after these pieces."""
    for part in parts:
        yield part
    raise ConnectionResetError("gone")


class Uploader(Tree):
    """What one person uploads in pieces."""

    @property
    def actor(self):
        return acting(self.person)

    async def begin(self, folder, name="film.mp4", taken=Taken.REFUSE):
        async def job(work):
            into = await access.reach(work, self.person, folder)
            return await uploading.begin(work, self.actor, into, NewUpload(name, "video/mp4", taken))

        return (await self.write(job)).id

    async def begin_version(self, file):
        async def job(work):
            reach = await access.reach(work, self.person, file)
            return await uploading.begin_version(work, self.actor, reach, "text/plain")

        return (await self.write(job)).id

    async def put(self, upload, *parts, **more):
        return await uploading.add_part(self.house, self.actor, upload, pieces(*parts), **more)

    async def finish(self, upload):
        return await completing.finish(self.house, self.actor, upload)

    async def is_kept(self, upload, size):
        return await self.house.read(
            self.actor, lambda work: completing.is_kept(work, self.actor, upload, size)
        )

    async def content(self, node):
        async def job(work):
            return await storing.open_version(work, await access.reach(work, self.person, node))

        download = await self.house.read(self.actor, job)
        content = b"".join([chunk async for chunk in storing.read(self.house, download)])
        assert hashlib.sha256(content).hexdigest() == download.sha256
        return content


@pytest.fixture
async def ann(house):
    return Uploader(house, await a_person(house, "ann"))


async def left(house):
    """How many uploads and pieces there are, how many rows of bytes, and how many files on the disk."""
    rows = await house.read(None, lambda work: _counts(work.rows))
    return (*rows, len([path for path in Path(house.settings.files).rglob("*") if path.is_file()]))


async def _counts(rows):
    return [(await rows.one(asked))[0] for asked in (*LEFT, BLOBS)]


async def test_pieces_become_one_file_with_the_id_of_the_upload(house, ann):
    root = await ann.root()
    upload = await ann.begin(root)

    ends = [await ann.put(upload, b"one ", b"two "), await ann.put(upload, b"three")]
    unseen = (await ann.children(root)).total
    node = await ann.finish(upload)

    assert (ends, unseen) == ([8, 13], 0)
    assert (node.id, node.name, node.mime, node.size, node.version) == (
        upload,
        "film.mp4",
        "video/mp4",
        13,
        1,
    )
    assert await ann.content(node.id) == b"one two three"
    assert (await ann.node(root)).size == 13
    await collecting.collect(house)
    assert await left(house) == (0, 0, 1, 1)


async def test_a_single_piece_is_stored_once(house, ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"all of it")

    node = await ann.finish(upload)

    assert await left(house) == (0, 0, 1, 1)
    await collecting.collect(house)
    assert await ann.content(node.id) == b"all of it"


async def test_an_upload_without_a_piece_is_an_empty_file(ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload)

    node = await ann.finish(upload)

    assert (node.size, await ann.content(node.id)) == (0, b"")


async def test_a_piece_sent_again_takes_the_place_of_what_is_there(ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"0123456789", at=0)
    await ann.put(upload, b"abcdef", at=10)

    ends = [await ann.put(upload, b"ABC", at=10), await ann.put(upload, b"xy", at=4)]
    node = await ann.finish(upload)

    assert ends == [13, 6]
    assert await ann.content(node.id) == b"0123xy"


async def test_a_piece_that_leaves_a_gap_is_told_where_to_go_on(ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"12345")

    with pytest.raises(WrongState, match="byte 5"):
        await ann.put(upload, b"x", at=6)

    assert await ann.put(upload, b"6", at=5) == 6


async def test_a_connection_that_breaks_leaves_what_was_there_before(house, ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"kept ")

    with pytest.raises(ConnectionResetError):
        await uploading.add_part(house, ann.actor, upload, broken(b"lost"))
    with pytest.raises(Invalid):
        await ann.put(upload, b"four", length=5)

    assert await house.read(None, lambda work: _received(work, ann.actor, upload)) == 5


async def _received(work, actor, upload):
    return await uploading.received(work, await uploading.find(work, actor, upload))


async def test_of_two_pieces_at_once_one_is_refused_and_none_is_lost(ann):
    upload = await ann.begin(await ann.root())

    outcomes = await asyncio.gather(
        ann.put(upload, b"a" * 1000), ann.put(upload, b"b" * 1000), return_exceptions=True
    )
    node = await ann.finish(upload)

    refused = [each for each in outcomes if isinstance(each, WrongState)]
    assert 1000 * (2 - len(refused)) == node.size
    assert len(refused) + len([each for each in outcomes if isinstance(each, int)]) == 2


async def test_finishing_twice_at_once_makes_one_file(house, ann):
    root = await ann.root()
    upload = await ann.begin(root, taken=Taken.NUMBER)
    await ann.put(upload, b"x")

    outcomes = await asyncio.gather(ann.finish(upload), ann.finish(upload), return_exceptions=True)

    assert sorted(type(each).__name__ for each in outcomes) == ["Node", "NotFound"]
    assert (await ann.children(root)).total == 1


async def test_others_do_not_find_an_upload_and_neither_can_one_make_one_where_one_only_reads(house, ann):
    bob = Uploader(house, await a_person(house, "bob"))
    folder = await ann.folder(await ann.root(), "docs")
    await share(house, folder.id, bob.person, Permission.DOWNLOAD)
    upload = await ann.begin(folder.id)

    with pytest.raises(NotFound):
        await bob.put(upload, b"x")
    with pytest.raises(NotFound):
        await bob.finish(upload)
    with pytest.raises(Insufficient):
        await bob.begin(folder.id)


async def test_who_loses_the_folder_meanwhile_can_not_finish(house, ann):
    folder = await ann.folder(await ann.root(), "docs")
    upload = await ann.begin(folder.id)
    await ann.put(upload, b"x")
    await ann.trash(folder.id)

    with pytest.raises(NotFound):
        await ann.finish(upload)
    await ann.restore(folder.id)

    assert (await ann.finish(upload)).parent == folder.id


async def test_a_name_in_use_is_refused_at_once_or_numbered_as_asked(ann):
    root = await ann.root()
    await ann.file(root, "film.mp4")

    with pytest.raises(AlreadyThere):
        await ann.begin(root)
    numbered = await ann.finish(await ann.begin(root, taken=Taken.NUMBER))

    assert numbered.name == "film(2).mp4"


async def test_a_name_taken_meanwhile_refuses_the_end_and_the_upload_stays(ann):
    root = await ann.root()
    upload = await ann.begin(root)
    await ann.put(upload, b"x")
    other = await ann.file(root, "film.mp4")

    with pytest.raises(AlreadyThere):
        await ann.finish(upload)
    await ann.rename(other.id, "other.mp4")

    assert (await ann.finish(upload)).name == "film.mp4"


async def test_a_file_gets_its_next_version_in_pieces(house, ann):
    file = await ann.file(await ann.root(), "a.txt", 3)
    upload = await ann.begin_version(file.id)
    await ann.put(upload, b"one")
    await ann.put(upload, b"two")

    found = await house.read(None, lambda work: uploading.find_version(work, ann.actor, file.id))
    node = await ann.finish(found.id)

    assert (found.id, node.id, node.version, node.name) == (upload, file.id, 2, "a.txt")
    assert await ann.content(file.id) == b"onetwo"


@pytest.mark.parametrize("there", [False, True])
async def test_what_became_of_an_upload_is_known_as_long_as_it_is_there(house, ann, there):
    root = await ann.root()
    if there:
        await ann.file(root, "film.mp4", 3)
    upload = await ann.begin(root, taken=Taken.VERSION)
    await ann.put(upload, b"pieces")
    under_way = await ann.is_kept(upload, 6)
    node = await ann.finish(upload)
    later = await ann.begin_version(node.id)
    await ann.put(later, b"newer")
    await ann.finish(later)

    assert (under_way, node.id == upload) == (False, not there)
    assert [await ann.is_kept(upload, size) for size in (6, 5)] == [True, False]
    assert [await ann.is_kept(later, size) for size in (6, 5)] == [False, True]
    assert not await Uploader(house, await a_person(house, "bob")).is_kept(upload, 6)
    await ann.trash(node.id)
    with pytest.raises(NotFound):
        await ann.is_kept(upload, 6)


async def test_a_file_is_never_larger_than_files_may_be(sqlite_house):
    sqlite_house.settings = msgspec.structs.replace(sqlite_house.settings, file_limit_bytes=10)
    ann = Uploader(sqlite_house, await a_person(sqlite_house, "ann"))
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"123456")

    with pytest.raises(TooLarge):
        await ann.put(upload, b"78901")

    assert await ann.put(upload, b"7890") == 10
    with pytest.raises(TooLarge):
        await ann.put(upload, b"1")


async def test_nobody_begins_uploads_without_end(sqlite_house, monkeypatch):
    monkeypatch.setattr(uploading, "MOST_OPEN", 2)
    ann = Uploader(sqlite_house, await a_person(sqlite_house, "ann"))
    root = await ann.root()
    first = await ann.begin(root, "1")
    await ann.begin(root, "2")

    with pytest.raises(LimitReached):
        await ann.begin(root, "3")
    await ann.finish(first)

    assert await ann.begin(root, "3")


async def test_an_upload_waits_a_day_for_its_next_piece_and_then_goes_with_its_bytes(house, ann, clock):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"one")
    clock.pass_s(DAY_S - 60)
    await ann.put(upload, b"two")
    clock.pass_s(DAY_S - 60)
    await tidying.tidy(house)
    await collecting.collect(house)
    kept = await left(house)

    clock.pass_s(120)
    with pytest.raises(NotFound):
        await ann.put(upload, b"three")
    await tidying.tidy(house)
    await collecting.collect(house)

    assert kept == (1, 2, 2, 2)
    assert await left(house) == (0, 0, 0, 0)


async def test_an_upload_that_is_given_up_leaves_nothing(house, ann):
    upload = await ann.begin(await ann.root())
    await ann.put(upload, b"one")

    async def give_up(work):
        await uploading.give_up(work, await uploading.find(work, ann.actor, upload))

    await ann.write(give_up)
    await collecting.collect(house)

    assert await left(house) == (0, 0, 0, 0)


async def test_an_upload_goes_with_the_folder_that_it_was_for(house, ann, clock):
    folder = await ann.folder(await ann.root(), "docs")
    await ann.put(await ann.begin(folder.id), b"one")
    await ann.trash(folder.id)
    await ann.remove(folder.id)

    await tidying.tidy(house)
    await sweeping.sweep(house)
    await collecting.collect(house)

    assert await left(house) == (0, 0, 0, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=30)), max_size=8))
async def test_whatever_is_sent_where_the_file_is_what_a_buffer_would_hold(tmp_path_factory, clock, sent):
    folder = tmp_path_factory.mktemp("uploads")
    buffer = b""
    async with a_house(f"sqlite://{folder}/house.db", clock, files=str(folder / "files")) as house:
        ann = Uploader(house, await a_person(house, "ann"))
        upload = await ann.begin(await ann.root())

        for where, data in sent:
            at = round(where * len(buffer))
            buffer = buffer[:at] + data
            assert await ann.put(upload, data, at=at) == len(buffer)
        node = await ann.finish(upload)

        assert await ann.content(node.id) == buffer
        await collecting.collect(house)
        assert await left(house) == (0, 0, 1, 1)
