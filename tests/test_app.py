"""The application as a whole: ids of requests, who answers which path, who is let in, starting and stopping."""

import re

import apsw
import pytest

from tests.application import StartRefused, client_of, running, settings_in
from tests.house import clock
from tests.web.linking import Desk

__all__ = ["clock"]


@pytest.fixture
async def app(tmp_path):
    async with running(settings_in(tmp_path)) as app:
        yield app


@pytest.fixture
async def client(app):
    async with client_of(app) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/livez", "/nowhere", "/client/v4/nowhere", "/accounts/x/shares", "/admin/v1/nowhere"]
)
async def test_every_answer_bears_a_request_id_of_its_own(client, path):
    first, second = [(await client.get(path)).headers["x-request-id"] for _ in range(2)]

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


async def test_a_sane_request_id_is_taken_over(client):
    answer = await client.get("/livez", headers={"x-request-id": "edge-7f/3:1"})

    assert answer.headers.get_list("x-request-id") == ["edge-7f/3:1"]


@pytest.mark.parametrize("given", ["", "a" * 129, "two words", 'quote"', "line\tbreak"])
async def test_a_request_id_that_could_harm_a_log_is_replaced(client, given):
    answer = await client.get("/livez", headers={"x-request-id": given})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize(
    "path", ["/client/v4/accounts/x/shares", "/accounts/x/shares", "/organizations/x/shares"]
)
async def test_paths_of_a_dialect_get_its_own_envelope(client, path):
    answer = await client.get(path)

    assert answer.json()["success"] is False
    assert answer.json()["errors"][0]["code"] >= 1000


@pytest.mark.parametrize("path", ["/api/shares/browse", "//api//shares/browse/", "///api/shares//browse"])
async def test_where_several_slashes_are_one_a_path_may_begin_with_them(client, path):
    answer = await client.get(f"http://test{path}")

    assert answer.status_code == 401
    assert answer.json()["statusCode"] == 401


async def test_elsewhere_a_path_that_begins_with_several_slashes_is_nobodys(client):
    assert (await client.get("http://test//shares/v1/shares")).status_code == 404


@pytest.mark.parametrize("path", ["/clientele", "/accountsx", "/client/v5/accounts", "/%2e%2e/accounts"])
async def test_a_path_that_only_begins_like_a_prefix_is_nobodys(client, path):
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_an_unknown_path_is_a_page_for_browsers(client):
    answer = await client.get("/nowhere", headers={"accept": "text/html,application/xhtml+xml"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-request-id"] in answer.text


async def test_our_pages_refuse_other_methods(client):
    answer = await client.post("/livez")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_plain_http_beyond_loopback_is_for_trusted_proxies_only(tmp_path):
    settings = settings_in(tmp_path, host="::", trusted_proxies=("10.1.0.0/16",))

    async with running(settings) as app:
        seen = {}
        for address in (
            "10.1.2.3",
            "::ffff:10.1.2.3",
            "127.0.0.1",
            "10.2.0.1",
            "::ffff:10.2.0.1",
            "2001:db8::1",
            "x",
        ):
            async with client_of(app, address) as client:
                seen[address] = (await client.get("/client/v4/accounts/x/shares")).status_code == 403

    assert [address for address, refused in seen.items() if refused] == [
        "10.2.0.1",
        "::ffff:10.2.0.1",
        "2001:db8::1",
        "x",
    ]


async def test_a_database_of_a_newer_release_is_refused(tmp_path):
    settings = settings_in(tmp_path)
    async with running(settings):
        pass
    rows = apsw.Connection(str(tmp_path / "polyshare.db"))
    rows.execute("insert into schema_migration select max(number) + 1, 'later', 'x', 0 from schema_migration")
    rows.close()

    with pytest.raises(StartRefused, match=r"newer release .*later.*; start that release"):
        async with running(settings):
            pass


async def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "polyshare.db").write_text("This is a text.\n" * 100)

    with pytest.raises(StartRefused, match="is not a SQLite database"):
        async with running(settings_in(tmp_path)):
            pass


async def test_a_stopped_process_gives_its_number_back(tmp_path):
    settings = settings_in(tmp_path)
    async with running(settings):
        while_running = held_numbers(tmp_path)

    assert (while_running, held_numbers(tmp_path)) == (1, 0)


def held_numbers(folder):
    rows = apsw.Connection(str(folder / "polyshare.db"))
    [[count]] = rows.execute("select count(*) from process_lease where holder is not null").fetchall()
    rows.close()
    return count


async def test_a_links_address_opens_its_page_and_reaches_no_log(tmp_path, capfd):
    async with running(settings_in(tmp_path, access_log_sample=1.0)) as app, client_of(app) as client:
        page = await client.get("/l/a-secret-address-of-a-link/zip", headers={"accept": "text/html"})
        styled = await client.get("/l/style.css")
        await client.get("/app/shares/invite/a-secret-address-of-a-link")
        for mistyped in ("/L/", "//l//", "/Action/share/", "/action//share/", "/App//shares/Invite/"):
            await client.get(f"http://test{mistyped}a-secret-address-of-a-link")

    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert styled.status_code == 200
    log = capfd.readouterr().err
    assert "/l/{link}" in log
    assert "/app/shares/invite/{link}" in log
    assert "a-secret-address" not in log


async def test_openings_of_links_are_written_before_the_server_ends(tmp_path, clock):
    settings = settings_in(tmp_path, poll_interval_s=3600)
    async with running(settings) as app, client_of(app) as client:
        desk = await Desk(app.house, clock).open()
        link = await desk.link(await desk.file("note.txt"))
        await client.get(f"/l/{link.token}")
    async with running(settings) as app:
        found = await Desk(app.house, clock).as_it_is(link)

    assert found.opened == 1
