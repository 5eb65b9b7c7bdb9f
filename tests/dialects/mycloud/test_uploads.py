"""New files and folders on a device: at once as sloppily as clients write them, and in pieces."""

import pytest

from tests.dialects.mycloud.desk import (
    BELOW,
    BESIDE,
    BOBS_DEVICE,
    CONTENT,
    DEEP,
    DEVICE,
    FOLDER,
    a_desk,
    both_engines,
    refused,
)
from tests.dialects.mycloud.visiting import content, id_in, listed, metadata, upload

FILES = f"/{DEVICE}/sdk/v2/files"
RELATED = {"content-type": "multipart/related; boundary=foo"}


async def sent(caller, body, path=FILES):
    """Send a body of two parts as it stands."""
    return await caller.call("POST", path, body, headers=RELATED)


async def count(desk, folder="root"):
    """How much lies in a folder."""
    return len((await listed(desk.alice, folder))["files"])


@both_engines
async def test_a_file_that_is_sent_is_there_with_its_bytes(desk):
    file = id_in(await upload(desk.alice, "new.png", b"\x89PNG\r\n\x1a\n", FOLDER))

    said = (await metadata(desk.alice, file)).json()
    assert (said["name"], said["parentID"], said["mimeType"], said["size"]) == (
        "new.png",
        FOLDER,
        "image/png",
        8,
    )
    assert (await content(desk.alice, file)).content == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "body",
    [
        '--foo\n\n{"name":"n"}\n--foo\n\ndata\n--foo--',
        '\n--foo\n\n{"name":"n"}\n--foo\n\ndata\n--foo--\n',
        '\r\n--foo\r\nContent-Type: application/json\r\n\r\n{"name":"n"}\r\n--foo\r\n\r\ndata\r\n--foo--\r\n',
        '--foo\r\n{"name":"n"}\r\n--foo\r\ndata\r\n--foo--',
        '--foo\r\n\r\n{"name":"n","parentID":"root","mTime":"2020-01-01T00:00:00Z"}\r\n--foo\r\nContent-Type: a/b\r\n\r\ndata\r\n--foo--',
    ],
)
async def test_what_clients_write_is_read(desk, body):
    file = id_in(await sent(desk.alice, body))

    assert (await content(desk.alice, file)).text == "data"
    assert (await metadata(desk.alice, file)).json()["parentID"] == (
        await metadata(desk.alice, "root")
    ).json()["id"]


@both_engines
async def test_a_missing_second_part_makes_an_empty_file_or_a_folder(desk):
    empty = id_in(await upload(desk.alice, "empty.txt", None))
    folder = id_in(
        await sent(desk.alice, '--foo\n\n{"name":"sub","mimeType":"application/x.wd.dir"}\n--foo--')
    )
    plain = id_in(await desk.alice.post(FILES, {"name": "other", "mimeType": "application/x.wd.dir"}))

    assert (
        (await metadata(desk.alice, empty)).json()["size"],
        (await content(desk.alice, empty)).content,
    ) == (0, b"")
    assert (await metadata(desk.alice, folder)).json()["childCount"] == 0
    assert (await metadata(desk.alice, plain)).json()["name"] == "other"
    refused(
        await sent(desk.alice, '--foo\n\n{"name":"sub","mimeType":"application/x.wd.dir"}\n--foo--'),
        409,
        "conflict",
    )


async def test_a_name_in_use_is_refused_or_numbered_as_asked(desk):
    refused(await upload(desk.alice, "beside.txt"), 409, "conflict")

    numbered = id_in(await upload(desk.alice, "beside.txt", params={"resolveNameConflict": "1"}))

    assert (await metadata(desk.alice, numbered)).json()["name"] == "beside(2).txt"
    assert (await content(desk.alice, BESIDE)).text == "beside"
    assert (await upload(desk.alice, "Beside.txt")).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ("", 400, "invalidArgument"),
        ("--foo\n\nno json\n--foo\n\nx\n--foo--", 400, "invalidArgument"),
        ("--foo\n\n{}\n--foo\n\nx\n--foo--", 400, "invalidArgument"),
        ('--foo\n\n{"name":1}\n--foo\n\nx\n--foo--', 400, "invalidArgument"),
        ('--foo\n\n{"name":"../x"}\n--foo\n\nx\n--foo--', 400, "invalidArgument"),
        ('--foo\n\n{"name":"x\\u0000"}\n--foo\n\nx\n--foo--', 400, "invalidArgument"),
        ('--foo\n\n{"name":"x"}\n--foo\n\nbroken off', 400, "invalidArgument"),
        ('--foo\n\n{"name":"x","parentID":"unknown"}\n--foo\n\nx\n--foo--', 404, "notFound"),
        ('--foo\n\n{"name":"x","parentID":"deep-id"}\n--foo\n\nx\n--foo--', 400, "invalidArgument"),
        ('--foo\n\n{"name":"x","parentID":"bobs-id"}\n--foo\n\nx\n--foo--', 404, "notFound"),
        ('--foo\n\n{"name":"' + "x" * 70_000 + '"}\n--foo\n\nx\n--foo--', 413, "invalidArgument"),
    ],
)
async def test_what_can_not_be_a_file_is_refused_and_nothing_is_there(desk, body, status, key):
    refused(await sent(desk.alice, body), status, key)
    refused(await sent(desk.alice, body, f"{FILES}/resumable"), status, key)

    assert await count(desk) == 2


async def test_a_file_over_the_limit_is_refused(tmp_path):
    async with a_desk(f"sqlite://{tmp_path}/x.db", str(tmp_path / "files"), file_limit_bytes=1000) as desk:
        refused(await upload(desk.alice, "big", b"x" * 1001), 413, "invalidArgument")
        id_in(await upload(desk.alice, "fits", b"x" * 1000))


@both_engines
async def test_who_may_only_read_sends_nothing_and_who_may_write_does(desk):
    await desk.alice.permit(FOLDER, desk.bob.subject, "user")

    refused(await upload(desk.bob, "x", parent=FOLDER), 404, "notFound")
    refused(await desk.bob.post(f"{FILES}/resumable", {"name": "x", "parentID": FOLDER}), 404, "notFound")
    refused(await upload(desk.bob, "x"), 404, "notFound")
    await desk.alice.permit(FOLDER, desk.bob.subject, "user", "WriteFile")

    file = id_in(await upload(desk.bob, "x", parent=FOLDER))
    assert (await content(desk.alice, file)).text == "hello"


async def begun(caller, name="film.mp4", **more):
    """Begin an upload in pieces; the address of the file to be."""
    file = id_in(await caller.post(f"{FILES}/resumable?done=false", {"name": name, **more}))
    return f"{FILES}/{file}", file


@both_engines
async def test_a_file_comes_in_pieces(desk):
    path, file = await begun(desk.alice, parentID=FOLDER)

    one = await desk.alice.put(f"{path}/resumable/content", b"one ")
    two = await desk.alice.put(f"{path}/resumable/content?offset=4", b"two ")
    refused(await metadata(desk.alice, file), 404, "notFound")
    done = await desk.alice.put(f"{path}/resumable/content?done=true", b"three")

    assert [(each.status_code, each.content) for each in (one, two, done)] == [(204, b"")] * 3
    assert (await content(desk.alice, file)).text == "one two three"
    said = (await metadata(desk.alice, file)).json()
    assert (said["parentID"], said["mimeType"]) == (FOLDER, "video/mp4")
    assert await count(desk, FOLDER) == 2


async def test_the_first_piece_may_come_along_and_the_end_alone(desk):
    body = '--foo\n\n{"name":"a.txt"}\n--foo\n\none \n--foo--'
    path = f"{FILES}/{id_in(await sent(desk.alice, body, f'{FILES}/resumable'))}"
    whole = id_in(await sent(desk.alice, body.replace("a.txt", "b.txt"), f"{FILES}/resumable?done=true"))

    more = await desk.alice.post(f"{path}/resumable?done=true&offset=4", b"two")

    assert id_in(more) == path.rpartition("/")[2]
    assert (await content(desk.alice, id_in(more))).text == "one two"
    assert (await content(desk.alice, whole)).text == "one "
    refused(await desk.alice.put(f"{path}/resumable/content?offset=99", b"x"), 400, "invalidArgument")


async def test_a_piece_that_leaves_a_gap_or_begins_nowhere_is_refused(desk):
    path, file = await begun(desk.alice)

    for offset in ("1", "x", "-1"):
        refused(
            await desk.alice.put(f"{path}/resumable/content?offset={offset}", b"x"), 400, "invalidArgument"
        )

    assert (await desk.alice.put(f"{path}/resumable/content?offset=0&done=true", b"x")).status_code == 204
    assert (await content(desk.alice, file)).text == "x"


@both_engines
async def test_an_upload_is_its_owners_alone_and_on_one_device(desk):
    path, file = await begun(desk.alice)

    refused(await desk.bob.put(f"{path}/resumable/content", b"x"), 404, "notFound")
    refused(await desk.bob.delete(path), 404, "notFound")
    elsewhere = f"/{BOBS_DEVICE}/sdk/v2/files/{file}"
    refused(await desk.alice.put(f"{elsewhere}/resumable/content", b"x"), 404, "notFound")
    refused(await desk.alice.delete(elsewhere), 404, "notFound")
    refused(await desk.alice.put(f"{FILES}/unknown/resumable/content", b"x"), 404, "notFound")


async def test_an_upload_can_be_given_up(desk):
    path, file = await begun(desk.alice)
    await desk.alice.put(f"{path}/resumable/content", b"x")

    assert (await desk.alice.delete(path)).status_code == 204

    refused(await desk.alice.put(f"{path}/resumable/content?done=true", b"x"), 404, "notFound")
    refused(await metadata(desk.alice, file), 404, "notFound")
    assert await count(desk) == 2


@both_engines
async def test_a_file_that_is_there_gets_its_next_content_in_pieces(desk):
    path = f"{FILES}/{DEEP}"

    first = await desk.alice.put(f"{path}/resumable/content", b"new ")
    before = (await content(desk.alice, DEEP)).text
    last = await desk.alice.post(f"{path}/resumable?offset=4&done=true", b"text")

    assert (first.status_code, before, id_in(last)) == (204, CONTENT, DEEP)
    after = await content(desk.alice, DEEP)
    assert (after.text, after.headers["etag"]) == (
        "new text",
        (await metadata(desk.alice, DEEP)).json()["eTag"],
    )
    assert (await metadata(desk.alice, DEEP)).json()["parentID"] == BELOW


async def test_a_name_taken_meanwhile_refuses_the_end_until_it_is_free(desk):
    path, file = await begun(desk.alice)
    other = id_in(await upload(desk.alice, "film.mp4"))

    refused(await desk.alice.put(f"{path}/resumable/content?done=true", b"x"), 409, "conflict")
    await desk.alice.delete(f"{FILES}/{other}")
    done = await desk.alice.put(f"{path}/resumable/content?done=true", b"")

    assert done.status_code == 204
    assert (await content(desk.alice, file)).text == "x"


async def test_bytes_that_come_with_a_folder_are_passed_over(desk):
    about = '{"name":"sub","mimeType":"application/x.wd.dir"}'

    folder = id_in(await sent(desk.alice, f"--foo\n\n{about}\n--foo\n\nbytes\n--foo--"))

    assert (await metadata(desk.alice, folder)).json()["childCount"] == 0
    assert await count(desk, folder) == 0


@both_engines
async def test_pieces_end_with_the_permission_to_bring_them(desk):
    permission = await desk.alice.permit(FOLDER, desk.bob.subject, "user", "WriteFile")
    path, _ = await begun(desk.bob, parentID=FOLDER)
    assert (await desk.bob.put(f"{path}/resumable/content", b"one ")).status_code == 204
    taken = await desk.alice.delete(f"/{DEVICE}/sdk/v1/filePerms/{permission['id']}")
    assert taken.status_code == 204, taken.text

    refused(await desk.bob.put(f"{path}/resumable/content?offset=4", b"two"), 404, "notFound")

    assert await count(desk, FOLDER) == 1
