"""Link pages as a person meets them: opened, looked at, downloaded, asked for a password; for every eye and hand."""

import hashlib
import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.sync_api import expect

from tests.browser.conftest import SHOTS
from tests.web.linking import PASSWORD

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1200, "height": 800}


def looked_at(page, name):
    """Take a picture of the page, narrow in light and wide in dark; axe finds nothing, and nothing sticks out."""
    for scheme, shape, size in (("light", "phone", PHONE), ("dark", "desktop", DESKTOP)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        page.screenshot(path=SHOTS / f"{name}-{shape}-{scheme}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{name} is {wide} wide on a {shape}"
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.complaints == []


def test_a_folder_is_opened_looked_at_and_gone_through(page, site):
    page.goto(site[1]["album"])

    expect(page.get_by_role("heading", name="Summer at the sea")).to_be_visible()
    expect(page.get_by_text("Shared by Ann")).to_be_visible()
    looked_at(page, "folder")
    page.get_by_role("link", name="Second week (folder)").click()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    looked_at(page, "pages")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("day 129")).to_be_visible()
    page.get_by_role("link", name="Summer at the sea").click()
    expect(page.get_by_role("heading", name="Summer at the sea")).to_be_visible()


def test_a_picture_is_previewed_and_downloaded(page, site):
    page.goto(site[1]["album"])
    page.get_by_role("link", name="sea.png", exact=True).click()

    picture = page.get_by_role("img", name="Preview of sea.png")
    expect(picture).to_be_visible()
    assert picture.evaluate(
        "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    ) == [640, 360]
    looked_at(page, "picture")
    with page.expect_download() as saving:
        page.get_by_role("link", name=re.compile("^Download")).click()
    assert saving.value.suggested_filename == "sea.png"
    assert saving.value.path().read_bytes().startswith(b"\x89PNG")


def test_text_is_previewed_as_text_and_nothing_in_it_runs(page, site):
    page.goto(site[1]["album"])
    page.get_by_role("link", name="packing list.txt", exact=True).click()

    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    looked_at(page, "text")
    page.go_back()
    page.get_by_role("link", name="page.html", exact=True).click()
    expect(page.get_by_text("document.title = 'ran'")).to_be_visible()
    assert page.title() == "page.html · Polyshare"
    assert page.complaints == []


def test_sound_has_a_player(page, site):
    page.goto(site[1]["album"])
    page.get_by_role("link", name="song.wav", exact=True).click()

    expect(page.locator("audio")).to_be_visible()
    looked_at(page, "sound")


def test_a_paper_is_shown_or_can_be_opened_by_itself(page, site):
    page.goto(site[1]["album"])
    with page.expect_response(re.compile("/view$")) as asked:
        page.get_by_role("link", name="map.pdf", exact=True).click()

    assert asked.value.headers["content-type"] == "application/pdf"
    expect(page.locator("object[type='application/pdf']")).to_be_visible()
    looked_at(page, "paper")


def test_everything_is_downloaded_as_one_archive(page, site):
    page.goto(site[1]["album"])

    with page.expect_download() as saving:
        page.get_by_role("link", name=re.compile("^Download all as zip")).click()

    assert saving.value.suggested_filename == "Summer at the sea.zip"
    assert saving.value.path().read_bytes()[:2] == b"PK"


def test_a_password_is_asked_for_refused_and_taken(page, site):
    page.goto(site[1]["coded"])
    expect(page.get_by_label("Password")).to_be_focused()
    looked_at(page, "password")

    page.keyboard.type("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the password of this link.")
    page.complaints.clear()  # the browser notes the 403
    looked_at(page, "password-wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()

    expect(page.get_by_role("heading", name="packing list.txt")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="packing list.txt")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "heading"), [("expired", "This link has expired"), ("unknown", "There is nothing here")]
)
def test_a_link_that_opens_nothing_says_so_kindly(page, site, name, heading):
    page.goto(site[1].get(name, "/l/an-address-that-nobody-gave-out"))

    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.complaints.clear()  # the browser notes the status
    looked_at(page, name)


def test_one_use_opens_it_once_and_this_browser_may_go_on(page, site, chromium):
    page.goto(site[1]["limited"])
    looked_at(page, "limited")
    page.get_by_role("button", name="Open now").click()
    expect(page.get_by_role("heading", name="packing list.txt")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="packing list.txt")).to_be_visible()

    other = chromium.new_page(base_url=site[0])
    other.goto(site[1]["limited"])

    expect(other.get_by_role("heading", name="This link is used up")).to_be_visible()
    other.close()


def test_a_link_for_looking_shows_a_picture_drawn_anew(page, site):
    page.goto(site[1]["look"])
    assert page.get_by_role("link", name=re.compile("Download")).count() == 0
    page.get_by_role("link", name="sea.png", exact=True).click()

    picture = page.get_by_role("img", name="Preview of sea.png")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640
    assert picture.get_attribute("src").endswith("/picture")
    looked_at(page, "look")


def test_files_are_left_by_a_plain_form(page, site, tmp_path):
    file = tmp_path / "from outside.txt"
    file.write_bytes(hashlib.sha256(b"x").digest())
    page.goto(site[1]["drop"])
    looked_at(page, "drop")

    page.get_by_label("Choose one or more files").set_input_files(file)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("status")).to_have_text("1 file has arrived. Thank you.")
    assert page.get_by_text("from outside").count() == 0


def test_a_keyboard_is_enough(page, site):
    page.goto(site[1]["album"])

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=re.compile("^Download all"))).to_be_focused()


def test_pages_work_without_scripts(chromium, site):
    context = chromium.new_context(base_url=site[0], java_script_enabled=False)
    page = context.new_page()
    page.goto(site[1]["coded"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()

    expect(page.get_by_role("heading", name="packing list.txt")).to_be_visible()
    context.close()


def test_an_invitation_is_signed_in_for_read_and_accepted(page, site):
    page.goto(site[1]["invitation"])
    expect(page.get_by_role("heading", name="Sign in to see this invitation")).to_be_visible()
    page.complaints.clear()  # the browser notes the 403
    looked_at(page, "invitation-stranger")

    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Login or e-mail address").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ann invites you to Summer at the sea")).to_be_visible()
    expect(page.get_by_text("add, change and remove files there")).to_be_visible()
    looked_at(page, "invitation")
    for _ in range(2):  # past the link that skips to the content
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Accept")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("You have this folder now.")
    expect(page.get_by_text(re.compile("^/[0-9]+$"))).to_be_visible()
    looked_at(page, "invitation-accepted")


@pytest.mark.parametrize("token", ["x", "an-address-that-nobody-gave-out-0"])
def test_an_invitation_that_is_none_is_told_to_who_is_signed_in(page, site, token):
    page.goto("/sign-in")
    page.get_by_label("Login or e-mail address").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/app/shares/invite/{token}")

    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    page.complaints.clear()  # the browser notes the 404
    looked_at(page, "invitation-unknown")
