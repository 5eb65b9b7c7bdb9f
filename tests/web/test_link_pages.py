"""Pages for people with a link: what they show and give, what stands before them, and what strangers learn."""

import asyncio
import hashlib
import io
import re
import zipfile
from contextlib import aclosing

import pytest
from PIL import Image

from polyshare.domain.links import Audience, LinkTerms, Reader
from polyshare.domain.vendor_ids import Letter, spelled
from polyshare.engine.directory import naming
from polyshare.engine.links import counting
from polyshare.engine.memory.rationing import Ration
from polyshare.engine.tree import filing
from polyshare.store.tree import nodes
from tests.web.linking import DOWNLOAD, EDIT, PASSWORD, VIEW, Desk, a_picture, at

GONE = re.compile("does not exist, or it was taken back")


@pytest.fixture
async def desk(house, clock):
    """Ann's files on both engines."""
    async with aclosing(Opened(house, clock)) as made:
        yield await made.open()


@pytest.fixture
async def quick(sqlite_house, clock):
    """Ann's files on SQLite, for what does not depend on the engine."""
    async with aclosing(Opened(sqlite_house, clock)) as made:
        yield await made.open()


class Opened(Desk):
    """A desk that ends with the block."""

    async def aclose(self):
        await self.close()


# What a link shows


async def test_a_link_for_leaving_files_does_not_say_that_it_shows_any(quick):
    link = await quick.link(await quick.folder("inbox"), LinkTerms(Audience.ANYONE, EDIT, drops=True))

    answer = await quick.program().get(at(link, "zip"))

    assert answer.status_code == 403
    assert "for leaving files; it shows none" in answer.text


async def test_a_name_that_turns_its_letters_around_is_seen_through(quick):
    folder = await quick.folder("photos")
    file = await quick.file("l\u202egpj.exe", parent=folder)
    link = await quick.link(folder)
    browser = quick.browser()

    listed, shown = await browser.get(at(link)), await browser.get(at(link, file))

    for page in (listed, shown):
        assert "l\N{REPLACEMENT CHARACTER}gpj.exe" in page.text
        assert "\u202e" not in page.text


async def test_a_form_with_more_fields_than_any_of_ours_is_refused(quick):
    link = await quick.link(await quick.file("note.txt"), password=PASSWORD)
    form = "&".join(["a=1"] * 100_000) + f"&password={PASSWORD}"

    answer = await quick.browser().post(at(link), content=form)

    assert answer.status_code == 400
    assert "too many fields" in answer.text


async def test_a_folder_shows_what_is_in_it_and_by_whom_it_is_shared(desk):
    folder = await desk.folder("photos")
    await desk.file("<b>sea'.txt", b"12345", parent=folder)
    await desk.folder("more", folder)
    link = await desk.link(folder)

    page = await desk.browser().get(at(link))

    assert page.status_code == 200
    assert "<h1>photos</h1>" in page.text
    assert "Shared by <strong>Ann</strong>" in page.text
    assert "&lt;b&gt;sea&#39;.txt" in page.text
    assert "<b>sea" not in page.text
    assert "5 bytes" in page.text
    assert "2 entries" in page.text


async def test_what_lies_below_is_reached_and_shows_the_way_back_up(desk):
    top = await desk.folder("top")
    middle = await desk.folder("middle", top)
    bottom = await desk.folder("bottom", middle)
    file = await desk.file("deep.txt", b"deep words", parent=bottom)
    link = await desk.link(top)

    page = await desk.browser().get(at(link, file))

    assert "deep words" in page.text
    way = re.search(r'<nav class="way".*?</nav>', page.text, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)">([^<]+)', way) == [
        (at(link), "top"),
        (at(link, middle), "middle"),
        (at(link, bottom), "bottom"),
    ]


async def test_nothing_beside_or_above_the_shared_folder_is_reached(desk):
    folder = await desk.folder("shared")
    beside = await desk.folder("beside")
    secret = await desk.file("secret.txt", b"secret", parent=beside)
    link = await desk.link(folder)
    browser = desk.browser()

    for node in (desk.root, beside, secret, 2**62, folder + 1):
        for deed in ((), ("download",), ("view",), ("picture",), ("zip",)):
            answer = await browser.get(at(link, node, *deed))
            assert answer.status_code == 404
            assert GONE.search(answer.text)


@pytest.mark.parametrize(
    "rest",
    [
        "..",
        "%2e%2e",
        "..%2f..",
        "zz",
        "-1",
        "1/2/3",
        "ffffffffffffffffffff",
        "%00",
        "%ff",
        "1%0d%0aset-cookie:a",
        "download",
    ],
)
async def test_odd_addresses_behind_a_link_are_not_found(quick, rest):
    link = await quick.link(await quick.folder("shared"))

    answer = await quick.browser().get(f"{at(link)}/{rest}")

    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


async def test_long_folders_are_shown_page_by_page(quick):
    folder = await quick.folder("many")
    for number in range(205):
        await quick.folder(f"n{number:03}", folder)
    link = await quick.link(folder)
    browser = quick.browser()

    pages = [await browser.get(at(link), params={"page": page}) for page in (1, 2, 3, 4)]

    shown = [re.findall(r"<bdi>(n\d+)<", page.text) for page in pages]
    assert [len(names) for names in shown] == [100, 100, 5, 0]
    assert [name for names in shown for name in names] == [f"n{number:03}" for number in range(205)]
    assert 'rel="next"' in pages[0].text
    assert 'rel="prev"' not in pages[0].text
    assert 'rel="prev"' in pages[2].text
    assert 'rel="next"' not in pages[2].text
    assert "no such page" in pages[3].text
    assert (await browser.get(at(link), params={"page": "x"})).status_code == 200


async def test_the_newest_can_come_first(quick):
    folder = await quick.folder("many")
    for name in ("b.txt", "a.txt", "c.txt"):
        await quick.file(name, parent=folder)
        quick.clock.pass_s(10)
    link = await quick.link(folder)

    page = await quick.browser().get(at(link), params={"order": "newest"})

    assert re.findall(r"<bdi>(\w\.txt)<", page.text) == ["c.txt", "a.txt", "b.txt"]


async def test_every_page_keeps_to_itself(quick):
    folder = await quick.folder("photos")
    link = await quick.link(folder)
    coded = await quick.link(folder, name="coded", password=PASSWORD)
    browser = quick.browser()

    for address in (at(link), at(coded), "/l/unknown-unknown-unknown"):
        answer = await browser.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in answer.text
        assert "style=" not in answer.text
        assert not re.findall(r'(?:src|href|action|data)="(?!/|#)', answer.text)


async def test_the_style_sheet_is_served(quick):
    answer = await quick.browser().get("/l/style.css")

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in answer.text


# What a link gives


async def test_a_file_is_downloaded_whole_in_parts_and_not_again(desk):
    content = bytes(range(256)) * 1000
    file = await desk.file('we "quote"\u00e9.bin', content)
    link = await desk.link(file)
    browser = desk.browser()

    whole = await browser.get(at(link, file, "download"))
    part = await browser.get(at(link, file, "download"), headers={"range": "bytes=1000-1999"})
    past = await browser.get(at(link, file, "download"), headers={"range": "bytes=999999-"})
    same = await browser.get(at(link, file, "download"), headers={"if-none-match": whole.headers["etag"]})
    head = await browser.head(at(link, file, "download"))

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-length"] == head.headers["content-length"] == "256000"
    assert whole.headers["content-disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''" in whole.headers["content-disposition"]
    assert "sandbox" in whole.headers["content-security-policy"]
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["content-range"] == "bytes 1000-1999/256000"
    assert (past.status_code, same.status_code) == (416, 304)
    assert head.content == b""


async def test_all_is_given_as_one_archive_of_known_length(desk):
    folder = await desk.folder("photos")
    below = await desk.folder("more", folder)
    await desk.file("sea.txt", b"waves", parent=folder)
    await desk.file("sky.txt", b"clouds", parent=below)
    link = await desk.link(folder)
    browser = desk.browser()

    whole = await browser.get(at(link, "zip"))
    part = await browser.get(at(link, below, "zip"))
    head = await browser.head(at(link, "zip"))

    assert whole.headers["content-length"] == head.headers["content-length"] == str(len(whole.content))
    assert whole.headers["content-disposition"] == 'attachment; filename="photos.zip"'
    with zipfile.ZipFile(io.BytesIO(whole.content)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist() if not name.endswith("/")} == {
            "photos/sea.txt": b"waves",
            "photos/more/sky.txt": b"clouds",
        }
    with zipfile.ZipFile(io.BytesIO(part.content)) as found:
        assert [name for name in found.namelist() if not name.endswith("/")] == ["more/sky.txt"]


@pytest.mark.parametrize(
    ("name", "mime", "content"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        (
            "drawing.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        ),
        (
            "page.xhtml",
            "application/xhtml+xml",
            b"<html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>",
        ),
        ("code.js", "text/javascript", b"alert(1)"),
        ("odd.bin", "text/html; charset=utf-7", b"+ADw-script+AD4-"),
    ],
)
async def test_what_could_run_is_shown_as_its_text_and_given_only_to_be_saved(quick, name, mime, content):
    file = await quick.file(name, content, mime)
    link = await quick.link(file)
    browser = quick.browser()

    page = await browser.get(at(link))
    inline = await browser.get(at(link, file, "view"))
    saved = await browser.get(at(link, file, "download"))

    assert "<script" not in page.text
    assert "<svg xmlns" not in page.text
    assert inline.status_code == 404
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in saved.headers["content-security-policy"]
    assert saved.content == content


@pytest.mark.parametrize(
    ("name", "mime", "shown"),
    [
        ("sea.png", "", '<img src="{view}"'),
        ("sea.jpg", "image/jpeg", '<img src="{view}"'),
        ("song.mp3", "", '<audio class="preview" controls preload="metadata" src="{view}"'),
        ("film.mp4", "", '<video class="preview" controls preload="metadata" src="{view}"'),
        ("paper.pdf", "application/pdf", 'type="application/pdf" data="{view}"'),
    ],
)
async def test_pictures_sound_film_and_papers_are_shown_in_place(quick, name, mime, shown):
    content = a_picture()
    file = await quick.file(name, content, mime)
    link = await quick.link(file)
    browser = quick.browser()

    page = await browser.get(at(link))
    inline = await browser.get(at(link, file, "view"))

    assert shown.format(view=at(link, file, "view")) in page.text
    assert inline.content == content
    assert inline.headers["content-disposition"].startswith("inline")
    assert inline.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in inline.headers["content-security-policy"]
    assert inline.headers.get_list("content-disposition") == [inline.headers["content-disposition"]]


async def test_of_a_long_text_the_beginning_is_shown(quick):
    file = await quick.file("long.txt", "\u00e9".encode() * 100_000, "text/plain")
    link = await quick.link(file)

    page = await quick.browser().get(at(link))

    assert "This is the beginning" in page.text
    assert page.text.count("\u00e9") == 32 * 1024
    assert "\ufffd" not in page.text


async def test_a_new_version_is_given_at_the_same_address(desk):
    file = await desk.file("note.txt", b"first")
    link = await desk.link(file)
    before = await desk.browser().get(at(link, file, "download"))
    await desk.file("note.txt", b"second")

    after = await desk.browser().get(
        at(link, file, "download"), headers={"if-none-match": before.headers["etag"]}
    )

    assert (after.status_code, after.content) == (200, b"second")


async def test_what_goes_into_the_trash_is_gone_from_its_link(desk):
    folder = await desk.folder("photos")
    file = await desk.file("sea.txt", parent=folder)
    link = await desk.link(folder)

    async def trash(work):
        await filing.trash(work, await desk._owned(work, folder))

    await desk.write(trash)

    for address in (at(link), at(link, file), at(link, file, "download")):
        assert (await desk.browser().get(address)).status_code == 404


# Links that show without giving


async def test_a_link_for_looking_gives_no_original_bytes(desk):
    folder = await desk.folder("photos")
    picture = a_picture(
        3000, 2000, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0secret place", comment=b"a secret"
    )
    sea = await desk.file("sea.jpg", picture, parent=folder)
    note = await desk.file("note.txt", b"words", parent=folder)
    blob = await desk.file("data.bin", b"\0\1", parent=folder)
    link = await desk.link(folder, permissions=VIEW)
    browser, program = desk.browser(), desk.program()

    drawn = await browser.get(at(link, sea, "picture"))
    pages = {node: await browser.get(at(link, node)) for node in (sea, note, blob)}

    for deed in ("download", "view", "zip"):
        assert (await browser.get(at(link, sea, deed))).status_code == 403
    assert (await browser.get(at(link, "zip"))).status_code == 403
    assert (await program.get(at(link, blob))).status_code == 403
    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (1600, 1067))
        assert not shown.getexif()
        assert "comment" not in shown.info
    assert b"secret" not in drawn.content
    assert at(link, sea, "picture") in pages[sea].text
    assert "words" in pages[note].text
    assert "does not give it away" in pages[blob].text
    assert not any("download" in page.text for page in pages.values())
    same = await browser.get(at(link, sea, "picture"), headers={"if-none-match": drawn.headers["etag"]})
    assert same.status_code == 304


async def test_a_picture_waits_for_memory_before_its_file_is_read(quick):
    content = a_picture()
    link = await quick.link(await quick.file("sea.png", content), permissions=VIEW)
    pictures = quick.house.pictures = Ration(2 * len(content) - 1)
    await pictures.take(len(content))

    waiting = asyncio.create_task(quick.browser().get(at(link, link.node, "picture")))
    given_up = asyncio.create_task(quick.browser().get(at(link, link.node, "picture")))
    while pictures.waiting < 2:
        await asyncio.sleep(0)
    given_up.cancel()
    pictures.give_back(len(content))

    assert (await waiting).headers["content-type"] == "image/jpeg"
    await pictures.take(pictures.total)


async def test_a_picture_larger_than_all_memory_for_them_is_not_drawn(quick):
    content = a_picture()
    link = await quick.link(await quick.file("sea.png", content), permissions=VIEW)
    quick.house.pictures = Ration(len(content) - 1)

    answer = await quick.browser().get(at(link, link.node, "picture"))

    assert answer.status_code == 409
    assert "too large" in answer.text


async def test_a_picture_is_turned_as_its_camera_was_held(quick):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    link = await quick.link(
        await quick.file("sea.jpg", a_picture(3000, 1000, "JPEG", exif=exif)), permissions=VIEW
    )

    drawn = await quick.browser().get(at(link, link.node, "picture"))

    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert shown.size == (533, 1600)


@pytest.mark.parametrize(
    "content",
    [b"no picture", a_picture()[:60], a_picture(9000, 9000, mode="1")],
    ids=["words", "cut", "huge"],
)
async def test_what_is_no_picture_or_too_large_a_one_is_not_drawn(quick, content):
    file = await quick.file("sea.png", content, "image/png")
    link = await quick.link(file, permissions=VIEW)

    answer = await quick.browser().get(at(link, file, "picture"))

    assert answer.status_code == 409


async def test_what_is_clear_in_a_picture_stays_clear(quick):
    file = await quick.file("logo.png", a_picture(mode="RGBA"), "image/png")
    link = await quick.link(file, permissions=VIEW)

    drawn = await quick.browser().get(at(link, file, "picture"))

    assert drawn.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(drawn.content)) as shown:
        assert shown.mode == "RGBA"


# Links to leave files behind


async def test_a_link_for_leaving_files_takes_them_and_shows_nothing(desk):
    folder = await desk.folder("inbox")
    there = await desk.file("secret.txt", b"secret", parent=folder)
    link = await desk.link(folder, permissions=EDIT, drops=True)
    browser = desk.browser()
    content = bytes(range(256)) * 300

    page = await browser.get(at(link))
    left = await browser.post(
        at(link, "leave"),
        files=[("file", ("a.bin", content)), ("file", ("secret.txt", b"mine", "text/html"))],
    )
    thanks = await browser.get(left.headers["location"])

    assert "Leave files for Ann" in page.text
    assert "secret" not in page.text
    assert "inbox" not in page.text
    assert left.status_code == 303
    assert "2 files have arrived" in thanks.text
    for address in (at(link, there), at(link, there, "download"), at(link, folder, "zip"), at(link, "zip")):
        assert (await browser.get(address)).status_code in (403, 404)
    found = await desk.house.read(
        None, lambda work: nodes.by_path(work.rows, desk.root, ["inbox", "secret(2).txt"])
    )
    assert (found.size, found.mime, found.created_by) == (4, "text/plain", desk.ann)
    whole = await desk.link(await _named(desk, "inbox", "a.bin"))
    assert (await browser.get(at(whole, await _named(desk, "inbox", "a.bin"), "download"))).content == content


async def _named(desk, *names):
    return (await desk.house.read(None, lambda work: nodes.by_path(work.rows, desk.root, names))).id


async def test_a_program_leaves_files_too(quick):
    link = await quick.link(await quick.folder("inbox"), permissions=EDIT, drops=True)

    told = await quick.program().get(at(link))
    left = await quick.program().post(at(link, "leave"), files={"file": ("../../a.txt", b"words")})

    assert f"{at(link)}/leave" in told.text
    assert (left.status_code, left.text) == (201, "1 file has arrived.\n")
    assert await _named(quick, "inbox", "a.txt")


async def test_who_may_contribute_sees_and_leaves_files(quick):
    folder = await quick.folder("both")
    below = await quick.folder("below", folder)
    link = await quick.link(folder, permissions=EDIT)
    browser = quick.browser()

    page = await browser.get(at(link, below))
    left = await browser.post(at(link, below, "leave"), files={"file": ("a.txt", b"words")})

    assert f'action="{at(link, below, "leave")}"' in page.text
    assert left.headers["location"] == f"{at(link, below)}?left=1"
    assert "a.txt" in (await browser.get(left.headers["location"])).text


@pytest.mark.parametrize("permissions", [VIEW, DOWNLOAD])
async def test_who_may_not_contribute_leaves_nothing(quick, permissions):
    folder = await quick.folder("shared")
    link = await quick.link(folder, permissions=permissions)

    left = await quick.browser().post(at(link, folder, "leave"), files={"file": ("a.txt", b"words")})

    assert left.status_code == 403
    assert (
        await quick.house.read(None, lambda work: nodes.by_path(work.rows, quick.root, ["shared", "a.txt"]))
        is None
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": {"a": "b"}}, 400),
        ({"files": {"file": ("", b"")}}, 400),
        ({"files": {"file": ("..", b"x")}}, 400),
        ({"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400),
        ({"files": {"file": ("a.txt", b"x" * 2000)}}, 413),
    ],
)
async def test_a_form_that_brings_no_usable_file_is_refused(quick, body, status):
    quick.house.settings = type(quick.house.settings)(
        **{name: getattr(quick.house.settings, name) for name in quick.house.settings.__struct_fields__}
        | {"file_limit_bytes": 1000}
    )
    link = await quick.link(await quick.folder("inbox"), permissions=EDIT, drops=True)

    answer = await quick.browser().post(at(link, "leave"), **body)

    assert answer.status_code == status


async def test_another_site_can_not_send_a_form_for_its_visitor(quick):
    folder = await quick.folder("inbox")
    link = await quick.link(folder, permissions=EDIT, drops=True)
    limited = await quick.link(folder, name="limited", uses=1)
    foreign = {"sec-fetch-site": "cross-site"}

    left = await quick.browser().post(at(link, "leave"), files={"file": ("a.txt", b"x")}, headers=foreign)
    used = await quick.browser().post(at(limited), headers=foreign)

    assert (left.status_code, used.status_code) == (403, 403)
    assert (await quick.as_it_is(limited)).uses_left == 1


# Passwords


async def test_a_password_opens_a_link_for_this_browser_and_for_a_while(desk):
    file = await desk.file("note.txt", b"very secret words")
    link = await desk.link(file, password=PASSWORD)
    browser, other = desk.browser(), desk.browser()

    asked = await browser.get(at(link))
    closed = await browser.get(at(link, file, "download"))
    wrong = await browser.post(at(link), data={"password": "wrong horse"})
    right = await browser.post(at(link), data={"password": PASSWORD})
    page = await browser.get(at(link))

    assert asked.status_code == 200
    assert 'type="password"' in asked.text
    for answer in (
        asked,
        closed,
        wrong,
        await other.get(at(link)),
        await other.get(at(link, file, "download")),
    ):
        assert "note" not in answer.text
        assert b"very secret" not in answer.content
        assert "Ann" not in answer.text
    assert wrong.status_code == 403
    assert "not the password" in wrong.text
    assert "set-cookie" not in wrong.headers
    assert (right.status_code, right.headers["location"]) == (303, at(link))
    cookie = right.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", f"Path={at(link)};"))
    assert PASSWORD not in cookie
    assert "very secret words" in page.text
    assert (await browser.get(at(link, file, "download"))).content == b"very secret words"
    desk.clock.pass_s(12 * 3600)
    assert 'type="password"' in (await browser.get(at(link))).text


async def test_a_new_password_shuts_out_who_knew_the_old_one(desk):
    file = await desk.file("note.txt")
    link = await desk.link(file, password=PASSWORD)
    browser = desk.browser()
    await browser.post(at(link), data={"password": PASSWORD})
    code = await desk.change_password(link, "another horse")

    shut = await browser.get(at(link))

    assert code
    assert 'type="password"' in shut.text


async def test_a_pass_opens_no_other_link(quick):
    file = await quick.file("note.txt")
    one = await quick.link(file, name="one", password=PASSWORD)
    two = await quick.link(file, name="two", password=PASSWORD)
    cookie = (
        (await quick.browser().post(at(one), data={"password": PASSWORD})).headers["set-cookie"].split(";")[0]
    )

    own = await quick.browser().get(at(one), headers={"cookie": cookie})
    other = await quick.browser().get(at(two), headers={"cookie": cookie})

    assert "some words" in own.text
    assert 'type="password"' in other.text


@pytest.mark.parametrize(
    "held", ["", ".", "1.x", "9" * 18 + ".x", "9" * 19 + ".x", "\u00b2.x", "x" * 5000, "99999999999999999.=="]
)
async def test_made_up_passes_open_nothing(quick, held):
    link = await quick.link(await quick.file("note.txt"), password=PASSWORD)

    answer = await quick.browser().get(at(link), headers={"cookie": f"polyshare-link={held}".encode()})

    assert 'type="password"' in answer.text


async def test_who_guesses_is_braked_and_who_knows_it_comes_in_from_elsewhere(desk):
    link = await desk.link(await desk.file("note.txt", b"words"), password=PASSWORD)
    guesser, knower = desk.browser(address="192.0.2.1"), desk.browser(address="192.0.2.2")

    tries = [await guesser.post(at(link), data={"password": f"wrong horse {n}"}) for n in range(40)]
    known = await knower.post(at(link), data={"password": PASSWORD})

    assert {answer.status_code for answer in tries} == {403, 429}
    assert tries[-1].status_code == 429
    assert int(tries[-1].headers["retry-after"]) >= 1
    assert "Too many tries" in tries[-1].text
    assert known.status_code == 303


async def test_a_program_sends_the_password_along(quick):
    link = await quick.link(await quick.file("note.txt", b"words"), password=PASSWORD)
    program = quick.program()

    asked = await program.get(at(link))
    wrong = await program.get(at(link), auth=("", "wrong horse"))
    right = await program.get(at(link), auth=("anybody", PASSWORD))
    posted = await program.post(at(link), data={"password": PASSWORD})

    assert asked.status_code == wrong.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert right.content == posted.content == b"words"


# Links that end


async def test_an_expired_link_says_so_to_who_has_its_address(desk):
    link = await desk.link(await desk.file("note.txt"), expires_at=desk.clock.now + 10_000_000)
    browser = desk.browser()
    before = await browser.get(at(link))
    desk.clock.pass_s(10)

    after = await browser.get(at(link))
    program = await desk.program().get(at(link))

    assert before.status_code == 200
    assert (after.status_code, program.status_code) == (410, 410)
    assert "has expired" in after.text
    assert "Ask Ann" in after.text
    assert "note" not in after.text


async def test_who_tries_short_addresses_can_not_tell_expired_from_unknown(quick):
    link = await quick.link(await quick.file("note.txt"), token="holidays", expires_at=quick.clock.now + 1)
    quick.clock.pass_s(1)
    browser = quick.browser()

    expired = await browser.get(at(link))
    unknown = await browser.get("/l/birthday")

    assert expired.status_code == unknown.status_code == 404
    assert expired.text == unknown.text
    assert expired.headers == unknown.headers


async def test_who_tries_many_short_addresses_has_to_wait_and_nobody_else(quick):
    link = await quick.link(await quick.file("note.txt", b"words"), token="holidays")
    drawn = await quick.link(await quick.file("other.txt", b"more words"))
    guesser, friend = quick.browser(address="192.0.2.1"), quick.browser(address="192.0.2.2")

    tries = [(await guesser.get(f"/l/holiday{n:03}")).status_code for n in range(70)]
    late = await guesser.get(at(link))

    assert tries == [404] * 60 + [429] * 10
    assert (late.status_code, int(late.headers["retry-after"]) >= 1) == (429, True)
    assert "words" in (await friend.get(at(link))).text
    assert "more words" in (await guesser.get(at(drawn))).text
    quick.clock.pass_s(2)
    assert "words" in (await guesser.get(at(link))).text


async def test_removed_links_look_as_if_they_had_never_been(desk):
    link = await desk.link(await desk.file("note.txt"))
    await desk.remove(link)
    browser = desk.browser()

    removed, unknown = await browser.get(at(link)), await browser.get("/l/AAAAAAAAAAAAAAAAAAAAAA")

    assert removed.status_code == unknown.status_code == 404
    assert removed.text == unknown.text


async def test_looking_uses_nothing_up_and_a_click_uses_one(desk):
    file = await desk.file("note.txt", b"words for three")
    link = await desk.link(file, uses=2)
    browser = desk.browser()

    looked = [await browser.get(at(link)), await browser.head(at(link)), await desk.program().get(at(link))]
    before = await desk.as_it_is(link)
    clicked = await browser.post(at(link))
    inside = [await browser.get(at(link)), await browser.get(at(link, file, "download"))]
    after = await desk.as_it_is(link)

    assert all("words for three" not in answer.text for answer in looked)
    assert "2 more times" in looked[0].text
    assert (before.uses_left, before.opened) == (2, 0)
    assert clicked.status_code == 303
    assert all("words for three" in answer.text for answer in inside)
    assert (after.uses_left, after.opened, after.opened_at) == (1, 1, desk.clock.now)


async def test_of_three_uses_exactly_three_are_let_in_at_once(desk):
    link = await desk.link(await desk.file("note.txt", b"words"), uses=3)
    browsers = [desk.browser() for _ in range(10)]

    answers = await asyncio.gather(*(browser.post(at(link)) for browser in browsers))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303] * 3 + [410] * 7
    inside = [await browser.get(at(link)) for browser in browsers]
    assert sum("words" in page.text for page in inside) == 3
    found = await desk.as_it_is(link)
    assert (found.uses_left, found.opened) == (0, 3)


async def test_a_used_up_link_says_so_and_who_is_in_can_go_on(quick):
    link = await quick.link(await quick.file("note.txt", b"words"), uses=1, password=PASSWORD)
    inside, late = quick.browser(), quick.browser()

    wrong = await inside.post(at(link), data={"password": "wrong horse"})
    await inside.post(at(link), data={"password": PASSWORD})

    assert wrong.status_code == 403
    assert "words" in (await inside.get(at(link))).text
    shut = await late.get(at(link))
    assert (shut.status_code, "used up" in shut.text) == (410, True)
    assert (await quick.program().post(at(link), data={"password": PASSWORD})).status_code == 410


async def test_a_program_uses_one_by_posting_and_gets_the_file(quick):
    link = await quick.link(await quick.file("note.txt", b"words"), uses=1)

    got = await quick.program().post(at(link))
    again = await quick.program().post(at(link))

    assert (got.status_code, got.content) == (200, b"words")
    assert again.status_code == 410


# For whom a link is


async def test_a_link_for_people_who_sign_in_asks_for_that(quick):
    bob = await quick.person("bob")
    file = await quick.file("note.txt", b"words")
    everybody = await quick.link(file, name="all", audience=Audience.SIGNED_IN)
    listed = await quick.link(file, name="bob", audience=Audience.LISTED, readers=(Reader(bob, "bob"),))

    for link in (everybody, listed):
        page = await quick.browser().get(at(link))
        assert page.status_code == 403
        assert f'href="/sign-in?next={at(link)}"' in page.text
        assert "note" not in page.text
        assert "words" not in page.text


async def test_who_is_signed_in_opens_the_links_that_are_for_them(desk):
    ann_file = await desk.file("note.txt", b"words")
    bob, eve = await desk.person("bob"), await desk.person("eve")
    everybody = await desk.link(ann_file, name="all", audience=Audience.SIGNED_IN)
    listed = await desk.link(ann_file, name="bob", audience=Audience.LISTED, readers=(Reader(bob, "bob"),))
    as_bob, as_eve = await desk.signed_in(bob), await desk.signed_in(eve)

    opened = [await browser.get(at(everybody)) for browser in (as_bob, as_eve)]

    assert all("words" in page.text for page in opened)
    assert "words" in (await as_bob.get(at(listed))).text
    assert (await as_bob.get(at(listed, ann_file, "download"))).content == b"words"
    other = await as_eve.get(at(listed))
    assert other.status_code == 404
    assert GONE.search(other.text)


async def test_a_session_that_is_none_asks_to_sign_in(quick):
    link = await quick.link(await quick.file("note.txt", b"words"), audience=Audience.SIGNED_IN)

    page = await quick.browser().get(at(link), headers={"cookie": "polyshare-session=made-up"})

    assert page.status_code == 403
    assert "Sign in" in page.text


# Programs


async def test_a_program_gets_the_file_itself_or_a_plain_list(desk):
    folder = await desk.folder("photos")
    content = bytes(range(256)) * 10
    file = await desk.file("sea.bin", content, parent=folder)
    below = await desk.folder("more", folder)
    one, many = await desk.link(file), await desk.link(folder)
    program = desk.program()

    bytes_, listed = await program.get(at(one)), await program.get(at(many))

    assert hashlib.sha256(bytes_.content).digest() == hashlib.sha256(content).digest()
    assert bytes_.headers["content-disposition"] == 'attachment; filename="sea.bin"'
    assert listed.headers["content-type"] == "text/plain; charset=utf-8"
    assert listed.text.splitlines() == [
        "# photos, shared by Ann: 2 entries, 2560 bytes",
        f"0\t2026-01-01T12:00:00Z\thttp://127.0.0.1:8300{at(many, below)}\tmore/",
        f"2560\t2026-01-01T12:00:00Z\thttp://127.0.0.1:8300{at(many, file, 'download')}\tsea.bin",
    ]
    assert (await program.get(at(one), headers={"range": "bytes=0-9"})).content == content[:10]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(quick, method):
    link = await quick.link(await quick.file("note.txt"))

    answer = await quick.browser().request(method, at(link))

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_a_deed_by_the_wrong_method_is_refused(quick):
    folder = await quick.folder("shared")
    link = await quick.link(folder)

    assert (await quick.browser().post(at(link, folder, "zip"))).status_code == 405
    assert (await quick.browser().get(at(link, folder, "leave"))).status_code == 405


# Oracle's address


async def test_an_address_in_oracles_form_opens_the_same_page(desk):
    folder = await desk.folder("photos")
    file = await desk.file("sea.txt", b"waves", parent=folder)
    link = await desk.link(folder)
    tail, secret = await desk.house.read(None, naming.tail_and_link_secret)
    base = f"/documents/link/{naming.shown_link(link.id, secret)}"
    browser = desk.browser()

    page = await browser.get(base)
    named = await browser.get(f"{base}/fileview/{spelled(Letter.FILE, file, tail)}")
    inside = await browser.get(named.headers["location"])

    assert "<h1>photos</h1>" in page.text
    assert named.status_code == 303
    assert "waves" in inside.text
    assert (await browser.get(base[:-1] + ("1" if base.endswith("0") else "0"))).status_code == 404
    assert (
        await browser.get(f"{base}/folder/{spelled(Letter.FOLDER, desk.root, tail)}/x")
    ).status_code == 303
    assert (await browser.get(f"{base}/{desk.root:x}")).status_code == 404


# Counting


async def test_openings_are_counted_in_memory_and_written_together(desk):
    file = await desk.file("note.txt")
    link = await desk.link(file)
    for _ in range(3):
        await desk.browser().get(at(link))
        desk.clock.pass_s(5)
    await desk.browser().head(at(link))
    await desk.browser().get(at(link, file, "download"))
    before = await desk.as_it_is(link)

    await counting.flush(desk.house)
    await counting.flush(desk.house)

    after = await desk.as_it_is(link)
    assert (before.opened, before.opened_at) == (0, None)
    assert (after.opened, after.opened_at) == (3, desk.clock.now - 5_000_000)
