"""The bytes on a device: for whom, whole and in part, one file or many, and no way around."""

import asyncio
import io
import logging
import zipfile
from urllib.parse import quote, unquote

import pytest
import structlog

from polyshare import logs
from polyshare.dialects.base import Road
from polyshare.dialects.mycloud import DIALECT
from tests.application import client_of, running, settings_in
from tests.dialects.mycloud.desk import (
    BELOW,
    BESIDE,
    BOBS,
    BOBS_DEVICE,
    CONTENT,
    DEEP,
    DEVICE,
    FOLDER,
    Caller,
    a_desk,
    both_engines,
    good,
    refused,
)
from tests.dialects.mycloud.visiting import (
    content,
    id_in,
    metadata,
    opened,
    reader,
    upload,
    zipped,
)


def unpacked(answer):
    """What is in an archive, by path; folders have None."""
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return {name: None if name.endswith("/") else archive.read(name).decode() for name in archive.namelist()}


async def everything(caller, file=DEEP, folder=FOLDER):
    """The statuses of the three ways to a file."""
    asked = (await metadata(caller, file), await content(caller, file), await zipped(caller, folder))
    for answer in asked:
        if answer.status_code != 200:
            refused(answer, 404, "notFound")
    return [answer.status_code for answer in asked]


@pytest.mark.behaviour("mycloud", 10)
@both_engines
async def test_a_share_without_a_permission_opens_nothing(desk):
    record = await desk.alice.share(FOLDER)

    assert await everything(await reader(desk, record)) == [404, 404, 404]


async def test_a_permission_without_a_share_of_that_file_opens_nothing(desk):
    record = await desk.alice.share(BESIDE)
    await desk.alice.permit(FOLDER, record["authId"])

    assert await everything(await reader(desk, record)) == [404, 404, 404]


@pytest.mark.behaviour("mycloud", 11)
@both_engines
async def test_with_a_permission_a_share_opens_the_exact_bytes(desk):
    record = await desk.alice.share(FOLDER)
    holder = await reader(desk, record)
    await desk.alice.permit(FOLDER, record["authId"])

    for version in ("v2", "v3"):
        answer = await content(holder, DEEP, version=version)

        assert (answer.status_code, answer.text) == (200, CONTENT)
        assert answer.headers["content-length"] == str(len(CONTENT))
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-type"] == "text/plain"
    assert await everything(holder) == [200, 200, 200]


@pytest.mark.behaviour("mycloud", 12)
@both_engines
async def test_a_permission_that_is_taken_away_ends_the_old_token_and_comes_back_with_it(desk):
    share = await opened(desk)
    before = await everything(share.reader)

    await desk.alice.delete(f"/{DEVICE}/sdk/v1/filePerms/{share.permission['id']}")
    without = await everything(share.reader)
    await desk.alice.permit(FOLDER, share.record["authId"])

    assert (before, without) == ([200] * 3, [404] * 3)
    assert await everything(share.reader) == [200] * 3


@pytest.mark.behaviour("mycloud", 13)
@both_engines
async def test_a_folder_shared_opens_what_is_below_and_nothing_beside_or_above(desk):
    holder = (await opened(desk, BELOW)).reader

    assert unpacked(await zipped(holder, BELOW)) == {"inner/": None, "inner/report.txt": CONTENT}
    assert (await metadata(holder, BELOW)).json()["parentID"] == ""
    assert (await metadata(holder, DEEP)).json()["parentID"] == BELOW
    for file in (BESIDE, FOLDER, "root", BOBS):
        refused(await metadata(holder, file), 404, "notFound")
        refused(await content(holder, file), 404, "notFound")
        refused(await zipped(holder, BELOW, file), 404, "notFound")


@pytest.mark.behaviour("mycloud", 13)
@pytest.mark.parametrize(
    "path",
    [
        f"/{DEVICE}/sdk/v2/files/{DEEP}/../{BESIDE}/content",
        f"/{DEVICE}/sdk/v2/files/{BELOW}%2F..%2F{BESIDE}/content",
        f"/{DEVICE}/sdk/v2/files/{BELOW}%2Freport.txt/content",
        f"/{DEVICE}/sdk/v2/files/%2e%2e/content",
        f"/{DEVICE}/sdk/v2/files/{DEEP}%00/content",
        f"/{DEVICE}/sdk/v2/files/{DEEP.upper()}/content",
        f"/{DEVICE}/sdk/v2/files/%20{DEEP}/content",
        f"/{DEVICE}/sdk/v2/files/%ff/content",
        f"/{DEVICE}/sdk/v2/files/{'x' * 3000}/content",
        f"/{BOBS_DEVICE}/sdk/v2/files/{DEEP}/content",
        f"/{BOBS_DEVICE}/sdk/v2/files/{DEEP}",
        f"/{BOBS_DEVICE}/sdk/v1/filesZip?ids={BELOW}",
        f"/{DEVICE.upper()}/sdk/v2/files/{DEEP}/content",
        f"/x/sdk/v2/files/{DEEP}/content",
        f"/%00/sdk/v2/files/{DEEP}/content",
        f"/{DEVICE}/sdk/v1/filesZip?ids={BELOW},..%2F",
        f"/{DEVICE}/sdk/v1/filesZip?ids=/etc/passwd",
    ],
)
async def test_no_path_and_no_id_leads_out(desk, path):
    holder = (await opened(desk, BELOW)).reader

    refused(await holder.get(path), 404, "notFound")
    if DEVICE not in path:
        refused(await desk.alice.get(path), 404, "notFound")


@pytest.mark.behaviour("mycloud", 14)
async def test_a_token_in_the_query_is_as_good_as_one_in_the_header_which_goes_first(desk):
    holder = (await opened(desk)).reader
    token, other = {"access_token": holder.token}, Caller(desk.http, "nonsense")

    by_query = await content(desk.nobody, DEEP, params=token)
    archive = await zipped(desk.nobody, FOLDER, params=token)

    assert by_query.content == (await content(holder, DEEP)).content
    assert unpacked(archive) == unpacked(await zipped(holder, FOLDER))
    assert (await metadata(desk.nobody, DEEP, **token)).json() == (await metadata(holder, DEEP)).json()
    refused(await content(other, DEEP, params=token), 401, "unauthenticated")
    for query in ({}, {"access_token": ""}, {"access_token": "nonsense"}):
        refused(await content(desk.nobody, DEEP, params=query), 401, "unauthenticated")


@pytest.mark.behaviour("mycloud", 15)
async def test_the_token_of_a_share_changes_nothing_and_every_one_works(desk):
    share = await opened(desk)
    holder, another = share.reader, await reader(desk, share.record)
    before = (await metadata(desk.alice, FOLDER)).json()
    file = f"/{DEVICE}/sdk/v2/files/{DEEP}"

    for answer in (
        await holder.call("PATCH", file, {"name": "mine.txt"}),
        await holder.post(f"{file}/patch", {"name": "mine.txt"}),
        await holder.delete(file),
        await upload(holder, "new.txt", parent=FOLDER),
        await holder.post(f"/{DEVICE}/sdk/v2/files/resumable", {"name": "new.txt", "parentID": FOLDER}),
        await holder.call("PUT", f"{file}/resumable/content", b"x"),
        await holder.post(f"{file}/resumable", b"x"),
        await holder.delete(f"/cache{file}/content"),
    ):
        assert answer.status_code in (401, 403, 404), answer.text
    assert (await metadata(desk.alice, FOLDER)).json() == before
    assert holder.token != another.token
    assert [await everything(each) for each in (holder, another)] == [[200] * 3] * 2


@pytest.mark.behaviour("mycloud", 16)
@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ("bytes=0-3", 206, slice(0, 4), "bytes 0-3/17"),
        ("bytes=10-", 206, slice(10, 17), "bytes 10-16/17"),
        ("bytes=-4", 206, slice(13, 17), "bytes 13-16/17"),
        ("bytes=10-9999", 206, slice(10, 17), "bytes 10-16/17"),
        ("bytes=0-", 206, slice(0, 17), "bytes 0-16/17"),
        ("bytes=17-", 416, slice(0, 0), "bytes */17"),
        ("bytes=-0", 416, slice(0, 0), "bytes */17"),
        ("lines=1-2", 200, slice(0, 17), None),
    ],
)
async def test_a_range_gets_that_part_of_a_file(desk, asked, status, part, said):
    holder = (await opened(desk)).reader

    answer = await content(holder, DEEP, headers={"range": asked})

    assert answer.status_code == status
    assert answer.text == CONTENT[part]
    assert answer.headers.get("content-range") == said
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.behaviour("mycloud", 16)
async def test_what_a_client_has_already_is_not_sent_again(desk):
    holder = (await opened(desk)).reader
    etag = (await content(holder, DEEP)).headers["etag"]

    same = await content(holder, DEEP, headers={"if-none-match": etag})
    other = await content(holder, DEEP, headers={"if-none-match": '"other"'})
    matching = await content(holder, DEEP, headers={"if-match": etag})
    failed = await content(holder, DEEP, headers={"if-match": '"other"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert [each.status_code for each in (other, matching, failed)] == [200, 200, 412]
    assert (await metadata(holder, DEEP)).json()["eTag"] == etag


@pytest.mark.behaviour("mycloud", 16)
@pytest.mark.parametrize("name", ['a "quoted" name.txt', "grün 日本.txt", "semi;colon=%41.txt", "plain.txt"])
async def test_a_download_is_saved_under_its_name_and_never_shown(desk, name):
    file = id_in(await upload(desk.alice, name.replace('"', '\\"'), b"<script>", FOLDER))
    holder = (await opened(desk)).reader

    answer = await content(holder, file, params={"download": "true", "access_token": "x"})

    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    if name != "plain.txt":
        assert unquote(disposition.partition("filename*=UTF-8''")[2]) == name
    assert disposition.isascii()
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_file_of_active_content_is_never_shown_even_where_nobody_asks_to_save_it(desk):
    file = id_in(await upload(desk.alice, "page.html", b"<script>alert(1)</script>"))

    answer = await content(desk.alice, file)

    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


async def test_what_asks_for_a_thumbnail_gets_the_original(desk):
    sizes = {"size": "custom", "width": 100, "height": 100, "minWidth": 10}

    assert (await content(desk.alice, DEEP, params=sizes)).text == CONTENT


async def test_a_folder_has_no_content_and_an_archive_needs_ids(desk):
    refused(await content(desk.alice, FOLDER), 400, "invalidArgument")
    refused(await desk.alice.get(f"/{DEVICE}/sdk/v1/filesZip"), 400, "invalidArgument")
    refused(await zipped(desk.alice, *(f"id{n}" for n in range(1001))), 400, "invalidArgument")


async def test_head_tells_the_same_without_the_bytes(desk):
    path = f"/{DEVICE}/sdk/v2/files/{DEEP}/content"

    whole, head = await desk.alice.get(path), await desk.alice.call("HEAD", path)
    archive = await desk.alice.call("HEAD", f"/{DEVICE}/sdk/v1/filesZip?ids={FOLDER}")

    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)
    assert int(archive.headers["content-length"]) == len((await zipped(desk.alice, FOLDER)).content)


@both_engines
async def test_an_archive_of_several_things_has_each_at_its_top(desk):
    other = id_in(await upload(desk.alice, "report.txt", b"another", FOLDER))
    share = await opened(desk, DEEP, BESIDE, other)

    answer = await zipped(share.reader, DEEP, BESIDE, other, DEEP)

    assert unpacked(answer) == {"report.txt": CONTENT, "report (1).txt": "another", "beside.txt": "beside"}
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="files.zip"'
    named = await zipped(desk.alice, FOLDER)
    assert named.headers["content-disposition"] == 'attachment; filename="work.zip"'


@pytest.mark.behaviour("mycloud", 21)
@both_engines
async def test_a_share_that_is_deleted_leaves_its_tokens_with_nothing(desk):
    share = await opened(desk)
    before = await everything(share.reader)

    good(await desk.alice.delete(f"/shares/v1/shares/{share.record['shareId']}"))

    assert (before, await everything(share.reader)) == ([200] * 3, [404] * 3)


@pytest.mark.behaviour("mycloud", 22)
@both_engines
async def test_a_share_that_turns_private_shuts_strangers_out_at_once_and_not_its_readers(desk):
    share = await opened(desk)
    named = await reader(desk, share.record, desk.bob)
    before = [await everything(each) for each in (share.reader, named)]

    path = f"/shares/v1/shares/{share.record['shareId']}"
    good(await desk.alice.put(path, {"userIds": [desk.bob.subject]}))
    private = [await everything(each) for each in (share.reader, named)]
    good(await desk.alice.put(path, {"userIds": []}))

    assert (before, private) == ([[200] * 3] * 2, [[404] * 3, [200] * 3])
    assert await everything(share.reader) == [200] * 3


@pytest.mark.behaviour("mycloud", 25)
@both_engines
async def test_a_share_of_what_is_not_ones_own_opens_nothing(desk):
    record = await desk.bob.share(FOLDER, DEEP)
    elsewhere = good(await desk.bob.post("/shares/v1/shares", desk.bob.body(DEEP) | {"deviceId": "xyz"}), 201)
    await desk.alice.permit(FOLDER, "anybody", "user")

    for each in (record, elsewhere):
        found = good(await desk.nobody.get(f"/shares/v1/shares/{each['shareId']}"))
        holder = Caller(desk.http, found["shareToken"])
        if each is elsewhere:
            assert not {"device", "network"} & set(found)
            refused(await metadata(holder, DEEP, "xyz"), 404, "notFound")
        refused(await zipped(holder, FOLDER, device=BOBS_DEVICE), 404, "notFound")


@pytest.mark.behaviour("mycloud", 25)
@both_engines
async def test_a_share_stops_opening_when_its_owner_loses_the_file(desk):
    held = await desk.alice.permit(FOLDER, desk.bob.subject, "user", "WriteFilePerms")
    record = await desk.bob.share(FOLDER)
    await desk.bob.permit(FOLDER, record["authId"])
    holder = await reader(desk, record)
    before = await everything(holder)

    assert (await desk.alice.delete(f"/{DEVICE}/sdk/v1/filePerms/{held['id']}")).status_code == 204
    without = [await everything(each) for each in (holder, await reader(desk, record))]
    await desk.alice.permit(FOLDER, desk.bob.subject, "user", "ReadFile")

    assert (before, without) == ([200] * 3, [[404] * 3] * 2)
    assert await everything(holder) == [200] * 3


@both_engines
async def test_a_file_that_comes_after_the_share_that_names_it_opens_with_its_permission(desk):
    begun = await desk.alice.post(f"/{DEVICE}/sdk/v2/files/resumable", {"name": "late.txt"})
    file = id_in(begun)
    record, another = await desk.alice.share(file), await desk.alice.share(file, deviceId=BOBS_DEVICE)
    pieces = f"/{DEVICE}/sdk/v2/files/{file}/resumable/content?done=true"
    assert (await desk.alice.call("PUT", pieces, b"late")).status_code == 204
    holder, elsewhere = await reader(desk, record), await reader(desk, another)
    before = await content(holder, file)

    for each in (record, another):
        await desk.alice.permit(file, each["authId"])

    refused(before, 404, "notFound")
    assert (await content(holder, file)).text == "late"
    refused(await content(elsewhere, file), 404, "notFound")
    refused(await content(elsewhere, file, BOBS_DEVICE), 404, "notFound")


@both_engines
async def test_a_permission_of_anothers_does_not_make_a_share_open_more_than_its_owner_reaches(desk):
    file = id_in(await desk.alice.post(f"/{DEVICE}/sdk/v2/files/resumable", {"name": "late.txt"}))
    record = good(await desk.bob.post("/shares/v1/shares", desk.bob.body(file)), 201)
    pieces = f"/{DEVICE}/sdk/v2/files/{file}/resumable/content?done=true"
    assert (await desk.alice.call("PUT", pieces, b"late")).status_code == 204
    holder = await reader(desk, record)

    await desk.alice.permit(file, record["authId"])
    before = await content(holder, file)
    await desk.alice.permit(file, desk.bob.subject, "user")

    refused(before, 404, "notFound")
    assert (await content(holder, file)).text == "late"


@both_engines
async def test_what_anybody_may_read_every_token_reads_and_what_somebody_may_only_users(desk):
    holder = (await opened(desk, BESIDE)).reader
    for named, bobs in (("somebody", 200), ("anybody", 200)):
        made = await desk.alice.permit(FOLDER, named, "user")

        assert (await content(desk.bob, DEEP)).status_code == bobs
        refused(await content(holder, DEEP), 404, "notFound")
        await desk.alice.delete(f"/{DEVICE}/sdk/v1/filePerms/{made['id']}")
    refused(await content(desk.bob, DEEP), 404, "notFound")


async def test_a_deleted_file_is_gone_and_a_renamed_one_stays(desk):
    holder = (await opened(desk)).reader
    file = f"/{DEVICE}/sdk/v2/files/{DEEP}"

    assert (await desk.alice.call("PATCH", file, {"name": "renamed.txt"})).status_code == 204
    renamed = await content(holder, DEEP)
    assert (await desk.alice.delete(file)).status_code == 204

    assert (renamed.text, renamed.headers["content-disposition"]) == (
        CONTENT,
        'attachment; filename="renamed.txt"',
    )
    refused(await content(holder, DEEP), 404, "notFound")


async def test_a_token_for_reading_reads(desk):
    alice = await desk.reading("alice")

    assert await everything(alice) == [200] * 3
    refused(await upload(alice, "a.txt"), 403, "unauthorized")


@pytest.mark.parametrize("on", [True, False])
async def test_the_cache_gives_our_own_bytes_and_fetches_nothing(tmp_path, on):
    async with a_desk(f"sqlite://{tmp_path}/x.db", str(tmp_path / "files"), cache_route=on) as desk:
        holder = (await opened(desk)).reader
        path = f"/cache/{DEVICE}/sdk/v2/files/{DEEP}/content"
        prefix = quote("http://127.0.0.1:1/", safe="")

        answer = await holder.get(f"{path}?prefix={prefix}")
        part = await holder.call("GET", path, headers={"range": "bytes=0-3"})
        dropped = await desk.alice.delete(path)
        refused(await holder.get(f"/cache/{DEVICE}/sdk/v2/files/{BESIDE}/content"), 404, "notFound")

        if on:
            assert (answer.status_code, answer.text) == (200, CONTENT)
            assert (part.status_code, part.text) == (206, CONTENT[:4])
            assert (dropped.status_code, (await content(holder, DEEP)).text) == (204, CONTENT)
        else:
            assert [each.status_code for each in (answer, part, dropped)] == [404] * 3


@pytest.mark.behaviour("mycloud", 14)
async def test_a_token_in_the_query_shows_in_no_log(desk, tmp_path, capsys):
    before = logging.root.handlers[:], logging.root.level
    logs.configure("info")
    token, path = desk.alice.token, f"/{DEVICE}/sdk/v2/files/{DEEP}/content"
    async for each in desk.house.files.everything():
        await desk.house.files.delete(each.key)

    failed = await desk.nobody.get(path, access_token=token)
    async with running(settings_in(tmp_path / "app", access_log_sample=1.0)) as app, client_of(app) as http:
        answered = await http.get(path, params={"access_token": token})

    said = capsys.readouterr().err
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()
    refused(failed, 503, "unavailable")
    refused(answered, 401, "unauthenticated")
    assert said.count(path) == 2
    assert '"door":"mycloud"' in said
    assert token not in said
    assert "access_token" not in said


@pytest.mark.parametrize("archived", [False, True])
async def test_taking_a_permission_away_while_bytes_flow_ends_the_next_request_not_this_one(desk, archived):
    data = bytes(range(256)) * 12_000
    file = id_in(await upload(desk.alice, "long.bin", data, FOLDER))
    share = await opened(desk)
    path = f"/{DEVICE}/sdk/v1/filesZip" if archived else f"/{DEVICE}/sdk/v2/files/{file}/content"
    statuses, received = [], bytearray()

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif not received:
            await desk.alice.delete(f"/{DEVICE}/sdk/v1/filePerms/{share.permission['id']}")
        received.extend(message.get("body", b""))

    await Road(DIALECT, desk.house)(_request(path, share.reader.token, f"ids={FOLDER}"), _waiting, send)

    assert statuses == [200]
    assert bytes(received) == data or zipfile.ZipFile(io.BytesIO(received)).read("work/long.bin") == data
    refused(await share.reader.get(path, ids=FOLDER), 404, "notFound")


def _request(path, token, query):
    """A GET as a server hands it to an application."""
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }


async def _waiting():
    """A client that stays on the line and says nothing."""
    await asyncio.Event().wait()
