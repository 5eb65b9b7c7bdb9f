"""How bytes come and go: in chunks and by ranges, by addresses that end with access."""

import asyncio
import base64
import hashlib
import logging
import tracemalloc

import pytest
import structlog

from polyshare import logs
from polyshare.engine.credentials.tickets import FETCHING_US
from tests.application import client_of, running, settings_in
from tests.dialects.ucloud.desk import ALICES, CONTENT, ROOT, SOURCE, a_desk, both_engines, good, refused
from tests.dialects.ucloud.filing import (
    CHUNK,
    FILES,
    address,
    approve,
    asked,
    begun,
    chunk,
    content,
    decline,
    move,
    names,
    session,
    shared,
    trash,
    upload,
)
from tests.dialects.ucloud.sharing import permit

REPORT = f"{SOURCE}/report.txt"
UNSUPPORTED = "FEATURE_NOT_SUPPORTED_BY_PROVIDER"


@both_engines
async def test_a_file_comes_in_chunks_and_is_there_once_it_is_whole(desk):
    found = await session(desk.alice, f"{SOURCE}/film.mp4")

    assert found["endpoint"] == f"{ROOT}/ucloud/example/chunked/upload"
    assert found["protocol"] == "CHUNKED"
    assert good(await chunk(desk, found, b"one ", 0, 9)) == {}
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    assert good(await chunk(desk, found, b"two ", 4, 9)) == {}
    assert good(await chunk(desk, found, b"3", -1, 9)) == {}

    assert await content(desk, desk.alice, f"{SOURCE}/film.mp4") == b"one two 3"
    refused(await chunk(desk, found, b"more", -1, 13), 404)


async def test_a_chunk_that_is_sent_again_counts_once(desk):
    found = await session(desk.alice, f"{SOURCE}/film.mp4")
    good(await chunk(desk, found, b"one ", 0, 12))
    good(await chunk(desk, found, b"lost", 4, 12))

    good(await chunk(desk, found, b"two ", 4, 12))
    refused(await chunk(desk, found, b"gap", 9, 12), 400)
    good(await chunk(desk, found, b"last", 8, 12))

    assert await content(desk, desk.alice, f"{SOURCE}/film.mp4") == b"one two last"


async def test_the_last_chunk_may_come_again_when_its_answer_was_lost(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    found = await session(desk.bob, f"{mount}/film.mp4")
    good(await chunk(desk, found, b"one ", 0, 8))
    good(await chunk(desk, found, b"two ", 4, 8))

    assert good(await chunk(desk, found, b"two ", 4, 8)) == {}
    refused(await chunk(desk, found, b"two ", 4, 9), 404)

    assert await content(desk, desk.alice, f"{SOURCE}/film.mp4") == b"one two "
    await decline(desk, share)
    refused(await chunk(desk, found, b"two ", 4, 8), 404)


@both_engines
async def test_the_last_chunk_of_a_version_may_come_again_too(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    found = await session(desk.bob, f"{mount}/report.txt", "REPLACE")
    good(await chunk(desk, found, b"one ", 0, 8))
    good(await chunk(desk, found, b"two ", 4, 8))

    assert good(await chunk(desk, found, b"two ", 4, 8)) == {}
    refused(await chunk(desk, found, b"two ", 4, 9), 404)
    refused(await chunk(desk, found, b"more", -1, None), 404)

    await upload(desk, desk.alice, REPORT, b"newer", "REPLACE")
    assert good(await chunk(desk, found, b"two ", 4, 8)) == {}
    assert await content(desk, desk.alice, REPORT) == b"newer"
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    await decline(desk, share)
    refused(await chunk(desk, found, b"two ", 4, 8), 404)


@both_engines
async def test_an_empty_file_is_one_call_without_bytes(desk):
    for name, total in (("said.txt", 0), ("unsaid.txt", None)):
        found = await session(desk.alice, f"{SOURCE}/{name}")
        good(await chunk(desk, found, b"", 0, total))

        assert await content(desk, desk.alice, f"{SOURCE}/{name}") == b""


async def test_a_file_whose_size_nobody_said_is_as_long_as_what_came(desk):
    found = await session(desk.alice, f"{SOURCE}/log.txt")

    good(await chunk(desk, found, b"one ", 0))
    assert await content(desk, desk.alice, f"{SOURCE}/log.txt") == b"one "
    good(await chunk(desk, found, b"two", -1))
    assert await content(desk, desk.alice, f"{SOURCE}/log.txt") == b"one two"
    good(await chunk(desk, found, b"TWO", 4))
    assert await content(desk, desk.alice, f"{SOURCE}/log.txt") == b"one TWO"
    good(await chunk(desk, found, b"", -1))
    refused(await chunk(desk, found, b"x", -1), 404)
    assert await names(desk.alice, SOURCE) == ["log.txt", "report.txt"]
    assert await content(desk, desk.alice, f"{SOURCE}/log.txt") == b"one TWO"


async def test_an_upload_goes_on_after_a_day_less_a_minute_and_then_no_more(desk):
    found = await session(desk.alice, f"{SOURCE}/slow.bin")
    good(await chunk(desk, found, b"a", 0, 3))
    desk.clock.pass_s(24 * 3600 - 60)
    good(await chunk(desk, found, b"b", 1, 3))
    desk.clock.pass_s(24 * 3600 + 1)

    refused(await chunk(desk, found, b"c", 2, 3), 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"chunked-upload-token": None},
        {"chunked-upload-offset": None},
        {"chunked-upload-offset": "x"},
        {"chunked-upload-offset": "-2"},
        {"chunked-upload-offset": "9" * 20},
        {"chunked-upload-total-size": "-1"},
        {"chunked-upload-total-size": "1.5"},
    ],
)
async def test_a_chunk_says_what_it_is_or_is_refused(desk, headers):
    found = await session(desk.alice, f"{SOURCE}/x")
    sent = {
        "chunked-upload-token": found["token"],
        "chunked-upload-offset": "0",
        "chunked-upload-total-size": "1",
    } | headers
    sent = {name: value for name, value in sent.items() if value is not None}

    refused(await desk.nobody.call("POST", found["endpoint"], b"x", headers=sent), 400)

    assert await names(desk.alice, SOURCE) == ["report.txt"]


async def test_a_chunk_has_no_more_bytes_than_one_may_have(desk):
    found = await session(desk.alice, f"{SOURCE}/x")

    refused(await chunk(desk, found, b"x" * (CHUNK + 1), 0, CHUNK + 1), 413)
    refused(await chunk(desk, found, b"xyz", 0, 2), 400)
    good(await chunk(desk, found, b"xy", 0, 2))

    assert await content(desk, desk.alice, f"{SOURCE}/x") == b"xy"


async def test_a_file_over_the_limit_is_refused(tmp_path):
    async with a_desk(f"sqlite://{tmp_path}/x.db", str(tmp_path / "files"), file_limit_bytes=1000) as desk:
        found = await session(desk.alice, f"{SOURCE}/x")
        good(await chunk(desk, found, b"x" * 600, 0, 1200))
        refused(await chunk(desk, found, b"x" * 600, 600, 1200), 413)


async def test_who_brings_bytes_is_told_by_the_token_and_nothing_else(desk):
    found = await session(desk.alice, f"{SOURCE}/x")
    headers = {
        "chunked-upload-token": found["token"],
        "chunked-upload-offset": "0",
        "chunked-upload-total-size": "1",
        "ucloud-username": base64.b64encode(b"bob").decode(),
    }

    good(await desk.bob.call("POST", found["endpoint"], b"x", headers=headers))

    assert await names(desk.alice, SOURCE) == ["report.txt", "x"]


@pytest.mark.parametrize("wrong", ["", "x", "1.2.3.4.5", "9" * 300, "1.1.0.0.AAAA"])
async def test_a_token_that_nobody_gave_opens_nothing(desk, wrong):
    refused(
        await chunk(desk, {"endpoint": "/ucloud/example/chunked/upload", "token": wrong}, b"x", 0, 1),
        404 if wrong else 400,
    )
    refused(await desk.nobody.get("/ucloud/example/download", token=wrong), 404)


async def test_tokens_are_good_for_what_they_were_given_for(desk):
    uploading_to = await session(desk.alice, f"{SOURCE}/x")
    fetching = (await address(desk.alice, REPORT)).partition("token=")[2]

    refused(await chunk(desk, {**uploading_to, "token": fetching}, b"x", 0, 1), 404)
    refused(await desk.nobody.get("/ucloud/example/download", token=uploading_to["token"]), 404)
    number, rest = fetching.split(".", 1)
    refused(await desk.nobody.get("/ucloud/example/download", token=f"{int(number) + 1}.{rest}"), 404)
    refused(await desk.nobody.get("/ucloud/example/download"), 404)


async def test_an_address_to_fetch_a_file_is_good_for_an_hour(desk):
    found = await address(desk.alice, REPORT)
    assert found.startswith(f"{ROOT}/ucloud/example/download?token=")
    desk.clock.now += FETCHING_US - 1
    assert (await desk.nobody.call("GET", found)).status_code == 200

    desk.clock.now += 1

    refused(await desk.nobody.call("GET", found), 404)


@both_engines
async def test_a_file_is_fetched_whole_and_in_part(desk):
    found = await address(desk.alice, REPORT)

    async def get(method="GET", **headers):
        return await desk.nobody.call(
            method, found, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    whole = await get()
    assert whole.text == CONTENT
    assert whole.headers["content-type"].startswith("text/plain")
    assert whole.headers["content-disposition"] == 'attachment; filename="report.txt"'
    assert whole.headers["etag"] == f'"{hashlib.sha256(CONTENT.encode()).hexdigest()}"'
    part = await get(range="bytes=4-8")
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, CONTENT[4:9], "bytes 4-8/17")
    assert (await get(range="bytes=-3")).text == CONTENT[-3:]
    assert (await get(range="bytes=99-")).status_code == 416
    assert (await get(if_none_match=whole.headers["etag"])).status_code == 304
    assert (await get(if_match='"other"')).status_code == 412
    head = await get("HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "17")


async def test_what_is_no_file_is_not_fetched(desk):
    for path, status in ((SOURCE, 400), (f"{SOURCE}/none", 404), ("x", 404)):
        refused(await desk.alice.bulk(f"{FILES}/download", {"id": path}), status)
    refused(await desk.bob.bulk(f"{FILES}/download", {"id": REPORT}), 404)
    refused(await desk.nobody.bulk(f"{FILES}/download", {"id": REPORT}), 401)


async def test_an_upload_speaks_chunks_and_is_of_a_file(desk):
    refused(await begun(desk.alice, f"{SOURCE}/x", supportedProtocols=["WEBSOCKET_V1"]), 400, UNSUPPORTED)
    refused(await begun(desk.alice, f"{SOURCE}/x", type="FOLDER"), 400, UNSUPPORTED)
    refused(await begun(desk.alice, f"{SOURCE}/x", supportedProtocols=None), 400)
    good(await begun(desk.alice, f"{SOURCE}/x", supportedProtocols=["WEBSOCKET_V1", "CHUNKED"]))
    refused(await begun(desk.bob, f"{SOURCE}/x"), 404)
    refused(await begun(desk.alice, f"/{ALICES}"), 400)
    refused(await begun(desk.nobody, f"{SOURCE}/x"), 401)


async def test_a_token_in_the_query_shows_in_no_log(desk, tmp_path, capsys):
    before = logging.root.handlers[:], logging.root.level
    logs.configure("info")
    found = await address(desk.alice, REPORT)
    path, _, token = found.removeprefix(ROOT).partition("?token=")
    async for each in desk.house.files.everything():
        await desk.house.files.delete(each.key)

    failed = await desk.nobody.call("GET", found)
    async with running(settings_in(tmp_path / "app", access_log_sample=1.0)) as app, client_of(app) as http:
        answered = await http.get(path, params={"token": token})

    said = capsys.readouterr().err
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()
    refused(failed, 503)
    refused(answered, 404)
    assert said.count(path) == 2
    assert '"door":"ucloud"' in said
    assert token not in said
    assert "token=" not in said


@pytest.mark.behaviour("ucloud", 11)
@both_engines
async def test_addresses_end_with_the_share_that_they_came_by(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    found = await session(desk.bob, f"{mount}/up.bin")
    good(await chunk(desk, found, b"one", 0, 6))
    fetching = await address(desk.bob, f"{mount}/report.txt")
    assert (await desk.nobody.call("GET", fetching)).status_code == 200

    await decline(desk, share)

    refused(await chunk(desk, found, b"two", 3, 6), 404)
    refused(await desk.nobody.call("GET", fetching), 404)
    assert await names(desk.alice, SOURCE) == ["report.txt"]


async def test_an_upload_ends_with_the_permission_to_write(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    found = await session(desk.bob, f"{mount}/up.bin")
    good(await chunk(desk, found, b"one", 0, 6))
    good(await permit(desk.alice, share, "READ"))

    refused(await chunk(desk, found, b"two", 3, 6), 403)
    assert await content(desk, desk.bob, f"{mount}/report.txt") == CONTENT.encode()


async def test_addresses_come_by_one_grant_whatever_else_somebody_holds(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    await shared(desk, f"/{ALICES}/work", "bob")
    fetching = await address(desk.bob, f"{mount}/report.txt")
    found = await session(desk.bob, f"{mount}/up.bin")

    await decline(desk, share)

    refused(await desk.nobody.call("GET", fetching), 404)
    refused(await chunk(desk, found, b"x", 0, 1), 404)


async def test_addresses_follow_a_file_and_end_when_it_goes(desk):
    fetching = await address(desk.alice, REPORT)
    found = await session(desk.alice, f"{SOURCE}/up.bin")
    good(await move(desk.alice, SOURCE, f"/{ALICES}/elsewhere"))

    assert (await desk.nobody.call("GET", fetching)).text == CONTENT
    good(await chunk(desk, found, b"x", 0, 1))
    assert await names(desk.alice, f"/{ALICES}/elsewhere") == ["report.txt", "up.bin"]
    later = await session(desk.alice, f"/{ALICES}/elsewhere/late.bin")
    good(await trash(desk.alice, f"/{ALICES}/elsewhere"))
    refused(await desk.nobody.call("GET", fetching), 404)
    refused(await chunk(desk, later, b"x", 0, 1), 404)


@both_engines
async def test_many_upload_into_one_folder_at_once(desk):
    mount = await shared(desk)
    callers = [(desk.alice, SOURCE), (desk.bob, mount)] * 8

    async def one(number, caller, path):
        await upload(desk, caller, f"{path}/same.txt", b"%d" % number, "RENAME")
        await upload(desk, caller, f"{path}/{number}.txt", b"%d" % number)

    await asyncio.gather(*(one(number, *caller) for number, caller in enumerate(callers)))

    found = await names(desk.alice, SOURCE)
    assert len(found) == 1 + 2 * len(callers)
    assert found == await names(desk.bob, mount)
    said = {await content(desk, desk.alice, f"{SOURCE}/{name}") for name in found if name.startswith("same")}
    assert said == {b"%d" % number for number in range(len(callers))}
    folder_ = good(await desk.alice.get(f"{FILES}/retrieve", id=SOURCE, includeSizes="true"))
    sizes = [len(await content(desk, desk.alice, f"{SOURCE}/{name}")) for name in found]
    assert folder_["status"]["sizeIncludingChildrenInBytes"] == sum(sizes)


async def test_many_chunks_of_one_file_at_once_never_mix(desk):
    found = await session(desk.alice, f"{SOURCE}/x")

    answers = await asyncio.gather(*(chunk(desk, found, b"%d" % n * 10, 0, 20) for n in range(5)))
    assert {answer.status_code for answer in answers} <= {200, 400}
    good(await chunk(desk, found, b"y" * 10, 10, 20))

    whole = await content(desk, desk.alice, f"{SOURCE}/x")
    assert whole[10:] == b"y" * 10
    assert len(set(whole[:10])) == 1


async def large(desk, chunks, size):
    """Upload a file of that many chunks; how much memory it took at most, and its digest."""
    digest, piece = hashlib.sha256(), bytes(range(256)) * (size // 256 + 1)

    async def slowly(content):
        for at in range(0, len(content), 65_536):
            yield content[at : at + 65_536]

    found = await session(desk.alice, f"{SOURCE}/large.bin")
    contents = [piece[number : number + size] for number in range(chunks)]
    for one in contents:
        digest.update(one)
    tracemalloc.start()
    try:
        for number, one in enumerate(contents):
            headers = {
                "chunked-upload-token": found["token"],
                "chunked-upload-offset": str(number * size),
                "chunked-upload-total-size": str(chunks * size),
            }
            good(await desk.http.post(found["endpoint"], content=slowly(one), headers=headers))
        return tracemalloc.get_traced_memory()[1], digest.hexdigest()
    finally:
        tracemalloc.stop()


async def stored_digest(desk):
    """The digest that a large file was kept under."""
    return (await desk.nobody.call("HEAD", await address(desk.alice, f"{SOURCE}/large.bin"))).headers["etag"]


async def test_a_long_file_is_never_in_memory_as_a_whole(desk):
    most, digest = await large(desk, 4, 2_000_000)

    assert most < 4_000_000
    assert await stored_digest(desk) == f'"{digest}"'


@pytest.mark.heavy
async def test_a_file_of_64_million_bytes_is_never_in_memory_as_a_whole(desk):
    most, digest = await large(desk, 2, CHUNK)

    assert most < 8_000_000
    assert await stored_digest(desk) == f'"{digest}"'
    found = await address(desk.alice, f"{SOURCE}/large.bin")
    part = await desk.nobody.call("GET", found, headers={"range": f"bytes={CHUNK - 1}-{CHUNK}"})
    assert (part.status_code, len(part.content)) == (206, 2)


async def test_an_upload_and_an_address_outlive_a_restart(tmp_path):
    database, kept = f"sqlite://{tmp_path}/x.db", str(tmp_path / "files")
    async with a_desk(database, kept) as desk:
        found, fetching = await session(desk.alice, f"{SOURCE}/x"), await address(desk.alice, REPORT)
        good(await chunk(desk, found, b"one ", 0, 7))

    async with a_desk(database, kept) as desk:
        good(await chunk(desk, found, b"two", 4, 7))
        assert await content(desk, desk.alice, f"{SOURCE}/x") == b"one two"
        assert (await desk.nobody.call("GET", fetching)).text == CONTENT
