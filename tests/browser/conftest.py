"""A server with links on it, and Debian's Chromium, which looks at their pages."""

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from polyshare.domain.links import Audience, LinkTerms
from polyshare.domain.permissions import Permission
from polyshare.opening import opened
from tests.application import settings_in
from tests.server import live_server
from tests.web.linking import PASSWORD, PLAIN, Desk, a_picture

__all__ = ["live_server"]

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "build" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DROP = LinkTerms(Audience.ANYONE, Permission.EDIT, drops=True)
LOOK = LinkTerms(Audience.ANYONE, Permission.VIEW)


def _chromium():
    """Where Chromium is; a run in CI fails without it, any other says what it leaves out."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        missing = "no Chromium on this machine: the pages are not looked at; `python3 dev.py test --system` installs it"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def _a_paper():
    """The bytes of a PDF with one empty page."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>",
    ]
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj%sendobj\n" % (number, part)
    at = len(made)
    made += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(made + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % at)


def invitation(link):
    """The address of a link that joins."""
    return f"/app/shares/invite/{link.token}"


async def _fill(folder):
    """Ann's files in a database in *folder*, Bob, and links on them by what they show; their addresses by name."""
    async with opened(settings_in(folder), guard_library=False) as home:
        desk = await Desk(home.house, home.house.clock).open()
        album = await desk.folder("Summer at the sea")
        await desk.file("sea.png", a_picture(640, 360), parent=album)
        note = await desk.file(
            "packing list.txt", b"towels\nbooks\n<script>alert(1)</script>\n", parent=album
        )
        await desk.file("page.html", b"<script>document.title = 'ran'</script>", parent=album)
        await desk.file(
            "song.wav",
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0",
            parent=album,
        )
        await desk.file("map.pdf", _a_paper(), parent=album)
        inner = await desk.folder("Second week", album)
        for number in range(130):
            await desk.folder(f"day {number:03}", inner)
        inbox = await desk.folder("Inbox")
        links = {
            "album": await desk.link(album),
            "coded": await desk.link(note, password=PASSWORD),
            "expired": await desk.link(note, name="expired", expires_at=1),
            "limited": await desk.link(note, name="limited", uses=1),
            "look": await desk.link(album, LOOK, name="look"),
            "drop": await desk.link(inbox, DROP),
            "plain": await desk.link(note, PLAIN, name="plain"),
        }
        await desk.person("bob", "Bob", PASSWORD)
        pages = {name: f"/l/{link.token}" for name, link in links.items()}
        return pages | {"invitation": invitation(await desk.invitation("Summer at the sea", Permission.EDIT))}


@pytest.fixture(scope="module")
def chromium():
    """A running browser."""
    path = _chromium()
    SHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(chromium, live_server, tmp_path_factory):
    """A server's address, and those of its links by what they show."""
    folder = tmp_path_factory.mktemp("site")
    with ThreadPoolExecutor(1) as pool:  # playwright keeps a loop of its own in this thread
        links = pool.submit(lambda: asyncio.run(_fill(folder))).result()
    server = live_server(folder=folder, world=None)
    return server.base_url, links


@pytest.fixture
def page(chromium, site):
    """A fresh window whose complaints fail the test; scripts may run, so that none does is the pages' own doing."""
    context = chromium.new_context(base_url=site[0], locale="en-GB", accept_downloads=True)
    context.set_default_timeout(20_000)
    opened_page = context.new_page()
    complaints = []
    opened_page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    opened_page.on("pageerror", lambda error: complaints.append(str(error)))
    opened_page.on(
        "dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss())
    )
    opened_page.complaints = complaints
    yield opened_page
    context.close()
