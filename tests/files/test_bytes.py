"""The byte store, on a folder and on a real S3 server: whole or not at all, streamed, under keys of ours only."""

import asyncio
import errno
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from polyshare.domain.errors import Taken, TooLarge, Unavailable
from polyshare.files.bytes import CHUNK_BYTES, new_key
from polyshare.files.local import INCOMING, LocalBytes
from polyshare.files.opening import open_bytes
from tests import weed

LIMIT = 200_000_000
LONG = 20_000_000  # more than two parts of a multipart upload


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


async def in_pieces(content: bytes, piece: int = 100_000):
    for at in range(0, len(content), piece):
        yield content[at : at + piece]


async def all_of(chunks) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def keys_of(store) -> list[str]:
    return [each.key async for each in store.everything()]


@pytest.mark.parametrize("size", [0, 1, 300_000, LONG])
async def test_what_was_put_comes_back_with_its_digest(store, size):
    content, key = content_of(size), new_key()

    stored = await store.put(key, in_pieces(content), LIMIT)

    assert (stored.key, stored.size, stored.sha256) == (key, size, hashlib.sha256(content).hexdigest())
    assert await all_of(store.get(key, 0, size)) == content
    assert [(each.key, each.size) async for each in store.everything()] == [(key, size)]


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (5, 700_000), (LONG - 1, LONG), (4_194_303, 8_388_609), (7, 7)]
)
async def test_a_part_is_read_alone_in_small_chunks(store, start, end):
    content, key = content_of(LONG), new_key()
    await store.put(key, in_pieces(content), LIMIT)

    chunks = [chunk async for chunk in store.get(key, start, end)]

    assert b"".join(chunks) == content[start:end]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


async def test_a_key_is_written_once(store):
    key = new_key()
    await store.put(key, in_pieces(b"first"), LIMIT)

    with pytest.raises(Taken):
        await store.put(key, in_pieces(b"second"), LIMIT)

    assert await all_of(store.get(key, 0, 5)) == b"first"


@pytest.mark.parametrize("size", [10, LONG])
async def test_a_stream_that_is_too_long_leaves_nothing(store, size):
    with pytest.raises(TooLarge) as caught:
        await store.put(new_key(), in_pieces(content_of(size)), size - 1)

    assert caught.value.limit == size - 1
    assert await keys_of(store) == []


async def test_a_stream_of_just_the_limit_is_stored(store):
    assert (await store.put(new_key(), in_pieces(b"x" * 10, 3), 10)).size == 10


@pytest.mark.parametrize("size", [10, LONG])
async def test_a_stream_that_breaks_leaves_nothing_and_its_error_comes_through(store, size):
    async def breaking():
        async for piece in in_pieces(content_of(size)):
            yield piece
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await store.put(new_key(), breaking(), LIMIT)

    assert await keys_of(store) == []


@pytest.mark.parametrize("size", [10, LONG])
async def test_a_put_that_is_cancelled_leaves_nothing(store, size):
    sent, never = asyncio.Event(), asyncio.Event()

    async def hanging():
        async for piece in in_pieces(content_of(size)):
            yield piece
        sent.set()
        await never.wait()

    putting = asyncio.ensure_future(store.put(new_key(), hanging(), LIMIT))
    await sent.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await keys_of(store) == []


async def test_nothing_is_seen_before_it_is_whole(store):
    seen = []

    async def looking():
        async for piece in in_pieces(content_of(LONG), 5_000_000):
            yield piece
            seen.append(await keys_of(store))

    await store.put(new_key(), looking(), LIMIT)

    assert seen == [[]] * 4


async def test_what_is_deleted_is_gone_and_deleting_again_is_fine(store):
    key = new_key()
    await store.put(key, in_pieces(b"hello"), LIMIT)

    await store.delete(key)
    await store.delete(key)

    assert await keys_of(store) == []
    with pytest.raises(Unavailable):
        await all_of(store.get(key, 0, 5))


async def test_bytes_that_end_too_soon_are_told(store):
    key = new_key()
    await store.put(key, in_pieces(b"hello"), LIMIT)

    with pytest.raises(Unavailable):
        await all_of(store.get(key, 0, 6))


@pytest.mark.parametrize(
    "key", ["", "a", "../../etc/passwd", "A" * 32, "0" * 31 + "/", "0" * 33, "0" * 32 + "\n"]
)
async def test_only_keys_of_ours_are_looked_for(store, key):
    with pytest.raises(ValueError, match="no key"):
        await store.put(key, in_pieces(b""), LIMIT)
    with pytest.raises(ValueError, match="no key"):
        await all_of(store.get(key, 0, 1))
    with pytest.raises(ValueError, match="no key"):
        await store.delete(key)


async def test_many_puts_at_once_do_not_mix(store):
    contents = {new_key(): content_of(200_000 + n) for n in range(12)}

    await asyncio.gather(*(store.put(key, in_pieces(content), LIMIT) for key, content in contents.items()))

    for key, content in contents.items():
        assert await all_of(store.get(key, 0, len(content))) == content


async def test_a_reader_that_leaves_early_holds_nothing_open(store):
    key = new_key()
    await store.put(key, in_pieces(content_of(LONG)), LIMIT)

    reading = store.get(key, 0, LONG)
    await anext(reading)
    await reading.aclose()
    await store.delete(key)

    assert await keys_of(store) == []


# A folder


async def test_a_folder_and_its_files_are_for_their_owner_only(tmp_path):
    store = open_bytes(str(tmp_path / "data" / "files"))
    await store.put(new_key(), in_pieces(b"hello"), LIMIT)

    made = list((tmp_path / "data").rglob("*"))

    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}


async def test_nothing_is_made_before_something_is_put(tmp_path):
    store = open_bytes(str(tmp_path / "files"))

    assert await keys_of(store) == []
    assert await store.tidy() == 0
    assert list(tmp_path.iterdir()) == []


async def test_a_file_and_its_name_are_synced_before_the_answer(tmp_path, monkeypatch):
    store, key = open_bytes(str(tmp_path / "files")), new_key()
    done: list[int | str] = []
    sync, link = os.fsync, os.link

    def watched_sync(file: int) -> None:
        done.append(os.fstat(file).st_ino)
        sync(file)

    def watched_link(source: Path, target: Path) -> None:
        done.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(os, "link", watched_link)

    await store.put(key, in_pieces(b"hello"), LIMIT)

    folder = tmp_path / "files" / key[:2]
    assert [
        (folder / key).stat().st_ino,
        (tmp_path / "files").stat().st_ino,
        "link",
        folder.stat().st_ino,
    ] == done[-4:]


async def test_a_file_system_without_hard_links_will_do(tmp_path, monkeypatch):
    def no_link(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_link)
    store, key = open_bytes(str(tmp_path / "files")), new_key()
    await store.put(key, in_pieces(b"hello"), LIMIT)

    with pytest.raises(Taken):
        await store.put(key, in_pieces(b"again"), LIMIT)

    assert await all_of(store.get(key, 0, 5)) == b"hello"
    assert list((tmp_path / "files" / INCOMING).iterdir()) == []


async def test_tidying_removes_what_a_killed_process_left_and_nothing_else(tmp_path):
    place = str(tmp_path / "files")
    script = Path(__file__).parent / "putting.py"
    with subprocess.Popen(
        [sys.executable, str(script), place, "10000000", "hang"], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.readline) == b"hanging\n"
        store = open_bytes(place)
        assert await store.tidy() == 0
        process.kill()

    left = list(Path(place, INCOMING).iterdir())
    assert len(left) == 1
    assert await keys_of(store) == []
    assert await store.tidy() == 1
    assert list(Path(place, INCOMING).iterdir()) == []


async def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "files").write_text("not a folder")
    store = open_bytes(str(tmp_path / "files"))

    with pytest.raises(Unavailable, match="Files can't be read or written in"):
        await store.put(new_key(), in_pieces(b"hello"), LIMIT)


@pytest.mark.parametrize("place", ["", "a\0b", "ftp://host/x"])
def test_a_place_that_is_no_folder_is_refused(place):
    with pytest.raises(ValueError, match="no folder"):
        LocalBytes.of(place)


# A bucket


@pytest.mark.parametrize("place", ["s3://", "s3://b/p?colour=red", "s3://user@b/p", "s3://b/p#x"])
def test_an_address_that_names_no_bucket_is_refused(place):
    with pytest.raises(ValueError, match="name the bucket"):
        open_bytes(place)


async def test_a_bucket_that_does_not_answer_is_told():
    store = open_bytes(f"s3://b/p?endpoint=http://127.0.0.1:{weed.free_ports(1)[0]}", weed.KEYS)

    with pytest.raises(Unavailable):
        await store.put(new_key(), in_pieces(b"hello"), LIMIT)


async def test_wrong_keys_are_told(s3_place):
    store = open_bytes(s3_place, ("the-access-key", "wrong"))

    with pytest.raises(Unavailable):
        await store.put(new_key(), in_pieces(b"hello"), LIMIT)


# Memory


@pytest.mark.parametrize(("kind", "most_mb"), [("folder", 12), ("s3", 90)])
def test_memory_stays_flat_however_long_the_file_is(kind, most_mb, tmp_path, request):
    """A long file takes hardly more memory than one that just fills every buffer."""
    place = str(tmp_path / "files") if kind == "folder" else request.getfixturevalue("s3_place")
    script = Path(__file__).parent / "putting.py"

    def peak_mb(size: int) -> float:
        done = subprocess.run(
            [sys.executable, str(script), place, str(size), "read"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "AWS_ACCESS_KEY_ID": weed.KEYS[0], "AWS_SECRET_ACCESS_KEY": weed.KEYS[1]},
        )
        assert done.returncode == 0, done.stderr
        return float(done.stdout) / 1024

    small, long = peak_mb(1_000_000), peak_mb(200_000_000)

    assert long - small < most_mb, f"{small:.0f} MB for a small file, {long:.0f} MB for a long one"
