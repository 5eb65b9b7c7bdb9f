"""Bringing folders in and out: whole, again, and past what can't be brought."""

import os
import time

import pytest

from polyshare.domain.errors import Invalid, NotFound, WrongState
from polyshare.engine.content import bringing, machine
from tests.engine.test_storing import Files, on_disk
from tests.engine.tree import a_person

LONG_AGO_US = 983_761_506_000_000  # in March 2001


@pytest.fixture
async def tree(house, clock):
    """What Ann does in her drive, the first one; the clock shows the time of the machine."""
    clock.now = time.time_ns() // 1000 + 1_000_000
    made = Files(house, await a_person(house, "ann"))
    await made.root()
    return made


@pytest.fixture
def folder(tmp_path):
    """A folder with files, one of them deep and one empty."""
    top = tmp_path / "here"
    (top / "a" / "b").mkdir(parents=True)
    (top / "one.txt").write_bytes(b"one")
    (top / "a" / "two.pdf").write_bytes(b"two" * 500_000)
    (top / "a" / "b" / "empty").write_bytes(b"")
    return top


async def brought_in(house, folder, into="/1"):
    return await bringing.bring_in(house, folder, into, lambda _: None)


async def at(house, path):
    return (await house.read(None, lambda work: bringing.found(work, path))).node


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_folder_comes_in_and_goes_out_as_it_was(house, tree, folder, tmp_path):
    done = []

    brought = await bringing.bring_in(house, folder, "/1", done.append)
    out = await bringing.bring_out(house, "/1", tmp_path / "out" / "there", lambda _: None)

    assert (brought.folders, brought.files, brought.bytes, brought.problems) == (2, 3, 1_500_003, [])
    assert sum(done) == bringing.measured(folder) == 1_500_003
    assert (out.files, out.bytes, out.problems) == (3, 1_500_003, [])
    assert contents(tmp_path / "out" / "there") == contents(folder)
    two = await at(house, "/1/a/two.pdf")
    assert (two.mime, two.created_by, two.version) == ("application/pdf", tree.person, 1)
    assert await bringing.measured_out(house, "/1") == 1_500_003


async def test_coming_again_brings_only_what_differs(house, tree, folder, clock):
    await brought_in(house, folder)
    (folder / "one.txt").write_bytes(b"ONE")
    (folder / "new.txt").write_bytes(b"new")
    clock.pass_s(10)

    brought = await brought_in(house, folder)

    assert (brought.folders, brought.files, brought.unchanged) == (0, 2, 2)
    one = await at(house, "/1/one.txt")
    assert one.version == 2
    assert await tree.content(one.id) == b"ONE"


async def test_files_untouched_for_long_are_not_read_again(house, tree, folder, clock, monkeypatch):
    clock.pass_s(2 * 3600)
    await brought_in(house, folder)
    monkeypatch.setattr(machine, "digest", lambda path: pytest.fail(f"{path} was read"))

    assert (await brought_in(house, folder)).unchanged == 3


async def test_an_import_that_broke_goes_on_where_it_stood(house, tree, folder, monkeypatch):
    class Broken(BaseException):
        pass

    told = []

    def breaking(count):
        told.append(count)
        if sum(told) > 1_000_000:
            raise Broken

    with pytest.raises(Broken):
        await bringing.bring_in(house, folder, "/1", breaking)
    before = len(on_disk(house))

    brought = await brought_in(house, folder)

    assert brought.unchanged == before
    assert brought.files == 3 - before
    assert await tree.content((await at(house, "/1/a/two.pdf")).id) == b"two" * 500_000


async def test_what_cannot_be_brought_is_told_and_the_rest_goes_on(house, tree, folder):
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "a" / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    (folder / "back\\slash").write_bytes(b"x")
    (folder / "line\nbreak").write_bytes(b"x")
    os.close(os.open(os.fsencode(folder) + b"/not-\xff-text", os.O_CREAT | os.O_WRONLY))

    brought = await brought_in(house, folder)

    assert brought.files == 3
    said = "\n".join(brought.problems)
    assert len(brought.problems) == 6
    for part in (
        "link: It is a symbolic link",
        "loop: It is a symbolic link",
        "pipe: It is a device",
        "back\\slash: ",
        "line\\nbreak: ",
        "-text: A name must be text in UTF-8",
        "\\xff",
    ):
        assert part in said
    assert {node.name for node in (await tree_children(house, "/1"))} == {"a", "one.txt"}


async def tree_children(house, path):
    folder = await at(house, path)
    there, _ = await house.read(None, lambda work: bringing._children(work, folder.id))
    return there.values()


async def test_two_spellings_of_one_name_are_not_taken_for_one_file(house, tree, folder):
    (folder / "\u00fc").write_bytes(b"composed")
    (folder / "u\u0308").write_bytes(b"decomposed")

    brought = await brought_in(house, folder)

    assert (brought.files, len(brought.problems)) == (4, 1)


async def test_a_folder_is_not_taken_for_a_file_of_its_name(house, tree, folder):
    await tree.upload((await at(house, "/1")).id, "a", b"a file")

    brought = await brought_in(house, folder)

    assert brought.files == 1
    assert "there is a file of this name" in brought.problems[0]


async def test_folders_that_are_not_there_are_made_on_the_way(house, tree, folder):
    brought = await brought_in(house, folder, "/1/photos/old/")
    again = await brought_in(house, folder, "/1/photos/old")

    assert (brought.folders, brought.files) == (4, 3)
    assert (again.folders, again.unchanged) == (0, 3)
    assert (await at(house, "/1/photos/old/one.txt")).created_by == tree.person


@pytest.mark.parametrize("path", ["/1/../x", "/1/a\\b", "/1/one.txt/below"])
async def test_a_place_that_can_not_be_is_told_and_nothing_brought(house, tree, folder, path):
    await tree.upload((await at(house, "/1")).id, "one.txt", b"a file")

    with pytest.raises((Invalid, WrongState)):
        await brought_in(house, folder, path)

    assert [node.name for node in await tree_children(house, "/1")] == ["one.txt"]


@pytest.mark.parametrize("path", ["", "/", "/2", "/2/x", "/x", "/99999999999999999999", "/-1"])
async def test_a_path_that_leads_nowhere_is_told(house, tree, folder, path):
    with pytest.raises(NotFound):
        await brought_in(house, folder, path)


async def test_files_come_into_folders_only(house, tree, folder):
    await brought_in(house, folder)

    with pytest.raises(WrongState):
        await brought_in(house, folder, "/1/one.txt")


@pytest.mark.parametrize("path", ["/1", "/1/one.txt"])
async def test_what_goes_out_is_its_owners_alone_with_every_folder_made_for_it(
    house, tree, folder, tmp_path, path
):
    await brought_in(house, folder)
    (tmp_path / "there").mkdir(mode=0o755)

    await bringing.bring_out(house, path, tmp_path / "there" / "above" / "out", lambda _: None)

    made = [*(tmp_path / "there").rglob("*")]
    assert {one.stat().st_mode & 0o777 for one in made if one.is_dir()} == {0o700}
    assert {one.stat().st_mode & 0o777 for one in made if one.is_file()} == {0o600}
    assert (tmp_path / "there").stat().st_mode & 0o777 == 0o755


async def test_going_out_again_replaces_what_differs_and_follows_no_link(house, tree, folder, tmp_path):
    await brought_in(house, folder)
    out, outside = tmp_path / "out", tmp_path / "outside"
    await bringing.bring_out(house, "/1", out, lambda _: None)
    (out / "one.txt").write_bytes(b"ENO")
    (out / "a" / "two.pdf").unlink()
    outside.write_bytes(b"mine")
    (out / "a" / "two.pdf").symlink_to(outside)

    again = await bringing.bring_out(house, "/1", out, lambda _: None)

    assert (again.files, again.unchanged, len(again.problems)) == (1, 1, 1)
    assert (out / "one.txt").read_bytes() == b"one"
    assert outside.read_bytes() == b"mine"


async def test_files_keep_the_time_of_their_last_change_in_and_out(house, tree, folder, tmp_path):
    os.utime(folder / "one.txt", ns=(LONG_AGO_US * 1000, LONG_AGO_US * 1000))

    await brought_in(house, folder)
    await bringing.bring_out(house, "/1/one.txt", tmp_path / "out", lambda _: None)

    one = await at(house, "/1/one.txt")
    assert (one.created_at, one.modified_at) == (house.clock(), LONG_AGO_US)
    written = tmp_path / "out" / "one.txt"
    assert written.read_bytes() == b"one"
    assert written.stat().st_mtime_ns // 1000 == LONG_AGO_US


@pytest.mark.parametrize("aside_s", [-(10**10), 10**6])
async def test_a_time_before_1970_or_in_the_future_is_drawn_in(house, tree, folder, aside_s):
    when = house.clock() * 1000 + aside_s * 10**9
    os.utime(folder / "one.txt", ns=(when, when))

    await brought_in(house, folder)

    assert (await at(house, "/1/one.txt")).modified_at == (0 if aside_s < 0 else house.clock())


async def test_what_comes_again_with_an_older_time_is_newer_all_the_same(house, tree, folder):
    await brought_in(house, folder)
    before = await at(house, "/1/one.txt")
    (folder / "one.txt").write_bytes(b"restored")
    os.utime(folder / "one.txt", ns=(LONG_AGO_US * 1000, LONG_AGO_US * 1000))

    await brought_in(house, folder)

    after = await at(house, "/1/one.txt")
    assert (after.version, after.modified_at) == (2, before.modified_at + 1000)
