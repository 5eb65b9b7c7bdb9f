"""`polyshare links`: what its commands make, print and refuse."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from polyshare import cli
from polyshare.engine.tree import filing
from polyshare.opening import opened
from polyshare.store.sqlite import file as sqlite_file
from tests.application import client_of, running, settings_in
from tests.engine.tree import Tree, a_person

KEPT = "57c81860-0f2b-4a5d-8e5c-4b8a3b6f9d01"


@pytest.fixture
def polyshare(tmp_path, monkeypatch):
    """Run a command line on a database in which Ann has the drive 1 with the folder `photos`; gives what was printed."""
    monkeypatch.setenv("POLYSHARE_DATABASE", f"sqlite://{tmp_path}/polyshare.db")
    monkeypatch.setenv("POLYSHARE_PUBLIC_URL", "https://share.example.com")
    monkeypatch.delenv("POLYSHARE_SETTINGS", raising=False)
    monkeypatch.setattr(sqlite_file, "check_library", lambda: None)
    monkeypatch.setattr("polyshare.store.sqlite.database.check_library", lambda: None)

    async def prepare():
        async with opened(settings_in(tmp_path)) as home:
            ann = await a_person(home.house, "ann")
            await a_person(home.house, "bob")
            drive = await home.house.write(None, lambda work: filing.home(work, ann))
            await Tree(home.house, ann).folder(drive.root, "photos")

    asyncio.run(prepare())

    def run(*words, code=0, stdin=None):
        result = CliRunner().invoke(cli.polyshare, ["links", *words], input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        return result.stdout if code == 0 else result.stderr

    return run


async def answers_of(folder, *paths):
    """What a server answers at these paths: the page of a browser, as bytes, or JSON."""
    async with (
        running(settings_in(folder, public_url="https://share.example.com")) as app,
        client_of(app) as http,
    ):
        return [
            await http.get(path, headers={"accept": "text/html" if "action" in path else "*/*"})
            for path in paths
        ]


def listed(polyshare):
    return json.loads(polyshare("list", "--user", "ann", "--json"))


def test_a_link_is_made_listed_changed_and_taken_away(polyshare):
    address = polyshare(
        "add", "/1/photos", "--gives", "view", "--uses", "3", "--expires", "2030-12-31"
    ).strip()
    [made] = listed(polyshare)
    polyshare("change", made["id"], "--gives", "drop", "--expires", "never", "--uses", "0", "--name", "inbox")
    changed = json.loads(polyshare("show", made["id"], "--json"))
    table = polyshare("list", "--user", "ann")
    polyshare("remove", made["id"])

    assert address.startswith("https://share.example.com/l/")
    assert made["url"] == address
    assert (made["gives"], made["uses_left"], made["expires_at"]) == ("view", 3, "2030-12-31T00:00:00Z")
    assert (changed["gives"], changed["uses_left"], changed["expires_at"]) == ("drop", None, None)
    assert changed["name"] == "inbox"
    assert "photos" in table
    assert listed(polyshare) == []


def test_a_links_password_is_read_and_can_be_taken_away(polyshare):
    polyshare("add", "/1/photos", "--password-stdin", stdin="correct horse\n")
    [coded] = listed(polyshare)
    polyshare("change", coded["id"], "--no-password")

    assert coded["password"]
    assert not listed(polyshare)[0]["password"]
    assert "8 to 50 characters" in polyshare("add", "/1/photos", "--password-stdin", stdin="short\n", code=1)


def test_a_link_can_be_for_some_people_and_then_for_anyone(polyshare):
    polyshare("add", "/1/photos", "--reader", "bob")
    [made] = listed(polyshare)
    polyshare("change", made["id"], "--anyone")

    assert (made["audience"], made["readers"]) == ("listed", ["bob"])
    assert (listed(polyshare)[0]["audience"], listed(polyshare)[0]["readers"]) == ("anyone", [])
    assert "Nobody is known as 'eve'" in polyshare(
        "add", "/1/photos", "--name", "2", "--reader", "eve", code=1
    )


def test_what_is_not_there_is_told_in_a_line(polyshare):
    assert "nothing at '/1/films'" in polyshare("add", "/1/films", code=1)
    assert "Link not found" in polyshare("show", "unknown", code=1)
    assert "Link not found" in polyshare("remove", "unknown", code=1)


def test_a_my_cloud_share_is_kept_by_its_old_ids(polyshare, tmp_path):
    address = polyshare("add", "/1/photos", "--share-id", KEPT, "--auth-id", "old-auth-id").strip()

    page, share = asyncio.run(answers_of(tmp_path, f"/action/share/{KEPT}", f"/shares/v1/shares/{KEPT}"))

    assert address == f"https://share.example.com/action/share/{KEPT}"
    assert page.status_code == 200
    assert "photos" in page.text
    assert share.json()["data"]["shareId"] == KEPT
    assert share.json()["data"]["authId"] == "old-auth-id"
    assert share.json()["data"]["url"] == address


def test_what_a_kept_share_can_not_be_is_told_before_anything_is_done(polyshare):
    assert "--share-id" in polyshare("add", "/1/photos", "/1", code=2)
    assert "--share-id" in polyshare("add", "/1/photos", "--auth-id", "old-auth-id", code=2)
    assert "--gives" in polyshare("add", "/1/photos", "--share-id", KEPT, "--gives", "view", code=2)
    assert "--name" in polyshare("add", "/1/photos", "--share-id", KEPT, "--name", "old", code=2)
    assert "64 letters" in polyshare("add", "/1/photos", "--share-id", "a b", code=1)
    assert "Nobody is known as 'eve'" in polyshare(
        "add", "/1/photos", "--share-id", KEPT, "--reader", "eve", code=1
    )

    polyshare("add", "/1/photos", "--share-id", KEPT)

    assert "this id" in polyshare("add", "/1/photos", "--share-id", KEPT, code=1)
