"""UCloud's web client against a live server: its calls, in its order, read as strictly as a browser would."""

import pytest

from tests.clients.webclient import Browser, Lost, Refused, SignedOut
from tests.clients.webclient_files import CHUNK, FilesPage, Uploader, breaking, losing
from tests.clients.webclient_pages import DrivesPage, Frame
from tests.clients.webclient_shares import SharesPages

WORLD = """
providers = [{ id = "example", kind = "files" }]
products = [{ id = "example-ssd", category = "example-ssd", provider = "example", description = "SSD", free = true }]

[[users]]
login = "alice"
name = "Alice Noë?>~"                          # in base64 as URLs have it, its signs are none of plain base64
email = "alice@example.com"
password = "alice-password"

[[users]]
login = "bob"
name = "Bob Stoß"
email = "bob@example.com"
password = "bob-password"

[[users]]
login = "carol"
name = "Carol"
email = "carol@example.com"
password = "carol-password"

[[projects]]
id = "a-project"
title = "A project"
members = { alice = "PI", bob = "USER" }

[[drives]]
id = 5123
title = "Übersicht"
owner = "alice"
product = { id = "example-ssd", category = "example-ssd", provider = "example" }
"""
FILM = bytes(range(256)) * 150_000  # three chunks, the last of them short


@pytest.fixture(scope="module")
def server(live_server, tmp_path_factory):
    world = tmp_path_factory.mktemp("world") / "world.toml"
    world.write_text(WORLD)
    return live_server(world=world)


def signed_in(server, login):
    browser = Browser(server.base_url)
    browser.sign_in(login, f"{login}-password")
    return browser


@pytest.fixture
def alice(server):
    return signed_in(server, "alice")


@pytest.fixture
def bob(server):
    return signed_in(server, "bob")


@pytest.fixture
def folder(request, alice):
    """A folder of Alice's own for one test."""
    page = FilesPage(alice)
    page.open("/5123")
    return page.create_folder(request.node.name)


# Signing in


def test_the_page_to_sign_in_begins_with_its_form_and_leads_nowhere_else(server):
    browser = Browser(server.base_url)

    assert browser.begins_with_a_form()
    assert browser.elsewhere() == []


def test_whoever_signs_in_is_known_by_what_the_browser_can_read_of_the_token(alice):
    assert alice.username == "alice"
    assert alice.claims["firstNames"] == "Alice"
    assert alice.claims["lastName"] == "Noë?>~"


def test_a_wrong_password_is_told_by_the_reason_that_the_page_shows(server):
    with pytest.raises(Refused) as refused:
        Browser(server.base_url).sign_in("alice", "wrong")

    assert refused.value.status == 401
    assert refused.value.why


def test_a_session_goes_on_by_its_cookie_until_it_is_left(alice):
    alice._stale = True
    DrivesPage(alice).open()

    alice.sign_out()

    with pytest.raises(SignedOut):
        DrivesPage(alice).open()


@pytest.mark.behaviour("ucloud", 37)
def test_nothing_that_the_frame_asks_for_is_missing(alice):
    Frame(alice).start()

    assert alice.unanswered == ["GET /auth/users/retrieveOptionalInfo"]
    assert [project["id"] for project in Frame(alice).projects()] == ["a-project"]


@pytest.mark.parametrize("path", ["/api/tasks", "/api/notifications", "/api/files"])
def test_a_web_socket_is_declined_at_once(alice, path):
    assert 400 <= alice.open_socket(path) < 500


# Drives and files


def test_drives_are_listed_made_renamed_opened_and_deleted(alice):
    page = DrivesPage(alice)
    [first] = [drive for drive in page.open() if drive.id == "5123"]

    made = page.create("Second", first.product)
    [second] = [drive for drive in page.open() if drive.id == made]
    page.rename(second, "Another")

    assert (first.title, first.created_by) == ("Übersicht", "alice")
    assert all(
        (page.can_open(first), page.can_open(second), page.can_rename(second), page.can_delete(second))
    )
    assert {"Übersicht", "Another"} <= {drive.title for drive in page.open()}
    page.delete(made)
    assert made not in {drive.id for drive in page.open()}


def test_a_folder_is_found_however_its_address_is_written(alice, folder):
    FilesPage(alice, path=folder).create_folder("inner")

    listed = {
        tuple(row.path for row in FilesPage(alice).open(path))
        for path in (folder, f"{folder}/", folder.removeprefix("/"), f"/{folder}//")
    }

    assert listed == {(f"{folder}/inner",)}
    assert FilesPage(alice).open("5123") == FilesPage(alice).open("/5123/")


def test_files_are_renamed_moved_copied_trashed_and_looked_at(alice, folder):
    page, uploader = FilesPage(alice), Uploader(alice)
    uploader.upload(folder, "a.txt", b"first")
    page.open(folder)
    inner = page.create_folder("inner")

    renamed = page.rename(f"{folder}/a.txt", "b.txt")
    moved = page.move(renamed, f"{inner}/")
    page.open(inner)
    copied = page.copy_here(moved)

    assert page.can_write
    assert [row.name for row in page.open(inner)] == ["b(1).txt", "b.txt"]
    assert page.download(copied) == b"first"
    assert page.properties(copied)["status"]["sizeInBytes"] == 5
    page.trash(copied)
    page.press_delete(moved)
    assert page.open(inner) == []


def test_an_address_that_leads_to_a_file_is_opened_as_one(alice, folder):
    Uploader(alice).upload(folder, "a.txt", b"first")

    assert FilesPage(alice).opens_in_preview(f"{folder}/a.txt")


def test_a_projects_drives_are_those_of_the_workspace_that_is_chosen(alice):
    page = FilesPage(alice, project="a-project")

    with pytest.raises(Refused):
        FilesPage(alice, project="no-project").open("/5123")
    assert not page.can_share(page.open("/5123")[0])


# Uploads


def holds_the_film(browser, folder):
    page = FilesPage(browser)
    assert [(row.name, row.size) for row in page.open(folder)] == [("film.bin", len(FILM))]
    return page.download(f"{folder}/film.bin") == FILM


@pytest.mark.parametrize("failing", [losing, breaking])
def test_an_upload_that_broke_off_goes_on_from_the_last_chunk_that_was_answered(alice, folder, failing):
    uploader = Uploader(alice)
    uploader.wire = failing(uploader, at=CHUNK)
    with pytest.raises(Lost):
        uploader.upload(folder, "film.bin", FILM)
    assert FilesPage(alice).open(folder) == []
    assert uploader.resumable(folder) == [f"{folder}/film.bin"]

    uploader.upload(folder, "film.bin", FILM)

    assert holds_the_film(alice, folder)
    assert uploader.resumable(folder) == []


@pytest.mark.parametrize("policy", ["RENAME", "REPLACE"])
def test_a_last_chunk_whose_answer_was_lost_may_come_again(alice, folder, policy):
    if policy == "REPLACE":
        Uploader(alice).upload(folder, "film.bin", b"before")
    uploader = Uploader(alice)
    uploader.wire = losing(uploader, at=2 * CHUNK)
    with pytest.raises(Lost):
        uploader.upload(folder, "film.bin", FILM, policy)

    uploader.upload(folder, "film.bin", FILM, policy)

    assert holds_the_film(alice, folder)


def test_the_rest_of_a_file_is_no_file_where_the_newest_release_sends_it_to_a_session_of_its_own(
    alice, folder
):
    uploader = Uploader(alice, begins_anew=True)
    uploader.wire = losing(uploader, at=CHUNK)
    with pytest.raises(Lost):
        uploader.upload(folder, "film.bin", FILM)

    with pytest.raises(Refused, match="400"):
        uploader.upload(folder, "film.bin", FILM)

    assert FilesPage(alice).open(folder) == []
    uploader.clear(f"{folder}/film.bin")
    uploader.upload(folder, "film.bin", FILM)
    assert holds_the_film(alice, folder)


def test_a_folder_that_is_dropped_is_refused_with_a_reason(alice, folder):
    with pytest.raises(Refused) as refused:
        Uploader(alice).upload_folder(folder, "photos")

    assert refused.value.status == 400
    assert refused.value.why


def test_what_the_editor_saves_takes_the_place_of_what_was_there(alice, folder):
    uploader, path = Uploader(alice), f"{folder}/notes.md"
    uploader.save(path, " ")

    uploader.save(path, "# Notizen für später")

    assert [row.name for row in FilesPage(alice).open(folder)] == ["notes.md"]
    assert FilesPage(alice).download(path).decode() == "# Notizen für später"


# Shares


def row_of(browser, folder):
    [row] = [one for one in FilesPage(browser).open("/5123") if one.path == folder]
    return row


def is_told_and_approves(browser, share, name):
    """The path of the mount."""
    frame, pages = Frame(browser), SharesPages(browser)
    told = [one for one in frame.start() if not one.read]
    pending = next(one for one in pages.received() if one.id == share)

    assert [one.type for one in told] == ["SHARE_REQUEST"]
    assert (pending.name, pending.by, pending.state, pending.at) == (name, "alice", "PENDING", None)
    frame.mark_as_read(told)
    assert all(one.read for one in frame.tray())
    pages.approve(share)
    return next(one for one in pages.received() if one.id == share).at


def finds_and_reads(browser, mount, name):
    drives, page = DrivesPage(browser), FilesPage(browser)
    shown = next(drive for drive in drives.open() if f"/{drive.id}" == mount)

    assert (shown.is_share, shown.title, drives.can_open(shown)) == (True, name, True)
    assert not drives.can_delete(shown)
    assert [one.name for one in page.open(mount)] == ["film.bin"]
    assert page.rows[0].is_read_only
    assert not page.can_write
    assert page.download(f"{mount}/film.bin") == FILM


def may_edit(browser, mount):
    page = FilesPage(browser)
    page.open(mount)

    assert page.can_write
    assert not page.rows[0].is_read_only
    Uploader(browser).upload(mount, "answer.txt", b"from Bob")


def is_let_in_by_link(carol, alice, folder):
    """The path of the mount; the link is open no more."""
    owner, guest = SharesPages(alice), SharesPages(carol)
    link = owner.create_link(folder)
    owner.change_link(link, folder, edit=True)
    mount = guest.follow(link)

    assert owner.links(folder) == [(link, True)]
    assert owner.follow(link) == folder
    assert guest.follow(link) == mount
    may_edit(carol, mount)
    owner.delete_link(link, folder)
    with pytest.raises(Refused):
        guest.follow(link)
    return mount


@pytest.mark.behaviour("ucloud", 37)
def test_a_folder_is_shared_approved_used_changed_linked_and_taken_back(server, alice, bob, folder):
    shares, carol = SharesPages(alice), signed_in(server, "carol")
    Uploader(alice).upload(folder, "film.bin", FILM)
    row = row_of(alice, folder)

    share = shares.share("bob", folder, row.product)
    bobs = is_told_and_approves(bob, share, row.name)
    finds_and_reads(bob, bobs, row.name)
    [group] = [one for one in shares.outgoing() if one.path == folder]
    assert (group.title, group.is_gone) == (f"/Übersicht/{row.name}", False)
    assert group.shares == ((share, "bob", "APPROVED", False),)
    shares.permit(share, edit=True)
    may_edit(bob, bobs)
    assert shares.properties(share)["specification"]["permissions"] == ["READ", "EDIT"]
    carols = is_let_in_by_link(carol, alice, folder)

    [group] = [one for one in shares.outgoing() if one.path == folder]
    shares.remove(*(one for one, *_ in group.shares))
    assert {login for _, login, *_ in group.shares} == {"bob", "carol"}
    assert folder not in {one.path for one in shares.outgoing()}
    for browser, mount in ((bob, bobs), (carol, carols)):
        assert share not in {one.id for one in SharesPages(browser).received()}
        with pytest.raises(Refused, match="404"):
            FilesPage(browser).open(mount)


def test_a_share_that_is_declined_or_left_is_gone_for_its_recipient_and_told_to_its_owner(alice, bob, folder):
    shares, received, product = SharesPages(alice), SharesPages(bob), row_of(alice, folder).product

    share = shares.share("bob", folder, product)
    received.reject(share)
    again = shares.share("bob", folder, product)
    received.approve(again)
    received.reject(again)

    assert {share, again}.isdisjoint(one.id for one in received.received())
    [group] = [one for one in shares.outgoing() if one.path == folder]
    assert group.shares == ((again, "bob", "REJECTED", False),)


def test_shares_are_filtered_as_the_page_does_and_an_empty_filter_is_none(alice, bob, folder):
    share = SharesPages(alice).share("bob", folder, row_of(alice, folder).product)

    today = {"filterCreatedAfter": "1000", "filterCreatedBefore": ""}
    found = SharesPages(bob).received(
        filterCreatedBy="alice", sortBy="createdAt", sortDirection="descending", **today
    )

    assert share in {one.id for one in found}
    assert SharesPages(bob).received(filterCreatedBy="carol") == []
