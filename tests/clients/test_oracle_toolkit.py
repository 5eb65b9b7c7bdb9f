"""The vendor's toolkit against a live server: its sequences of calls, by all three kinds of login."""

import pytest

from tests.clients import toolkit
from tests.clients.toolkit import Failed, Server, Toolkit

WORLD = """
clients = [{ id = "toolkit", secret = "toolkit-secret-0123" }]
groups = [{ name = "sales-team", title = "Sales Team", members = ["bob"] }]

[[users]]
login = "alice"
name = "Alice Lee"
password = "alice-password"

[[users]]
login = "bob"
name = "Bob Stone"
password = "bob-password"

[[users]]
login = "a+b@x.example"
name = "Plus"

[[users]]
login = "a"
name = "b@x.example"                           # what the one above is, if its plus is taken for a blank

[[tokens]]
token = "alice-token-0123456789abcdef0123456789abcdef"
user = "alice"
"""
LARGE = bytes(range(256)) * 1200  # more than one piece
LOGINS = {
    "by name and password": ("dev_ec", lambda _: toolkit.basic("alice", "alice-password")),
    "by saved token": ("pod_ec", lambda _: "Bearer alice-token-0123456789abcdef0123456789abcdef"),
    "by password grant": (
        "pod_ec",
        toolkit.by_password_grant(("toolkit", "toolkit-secret-0123"), "Alice", "alice-password"),
    ),
}


@pytest.fixture(scope="module")
def address(live_server, tmp_path_factory):
    world = tmp_path_factory.mktemp("world") / "world.toml"
    world.write_text(WORLD)
    return live_server(world=world).base_url


@pytest.fixture(params=LOGINS)
def alice(request, address):
    return Toolkit(Server(address, *LOGINS[request.param]))


@pytest.fixture
def bob(address):
    return Toolkit(Server(address, "dev_ec", lambda _: toolkit.basic("BOB", "bob-password")))


@pytest.fixture
def folder(request, alice):
    """A folder of Alice's own for this test."""
    top = f"Übersicht {request.node.callspec.id}"
    alice.create_folder(f"{top}/inner docs")
    yield f"{top}/inner docs"
    alice.delete_folder(top)


@pytest.mark.behaviour("oracle", 28)
def test_the_toolkit_shares_and_unshares_by_all_three_logins(alice, folder):
    for name in ("b.txt", "a.bin", "c.txt"):
        alice.upload_file(folder, name, LARGE)

    alice.share_folder(folder, "bob,a+b@x.example", "Sales-Team", "viewer")
    first = alice.members(folder)
    alice.share_folder(folder, "BOB", "sales-team", "manager")
    second = alice.members(folder)
    listed, content = alice.list_folder(folder), alice.download_file(folder, "a.bin")
    alice.unshare_folder(folder, "bob,a+b@x.example", "sales-team")

    assert first == {"bob": "viewer", "a+b@x.example": "viewer", "Sales Team": "viewer"}
    assert second == {"bob": "manager", "a+b@x.example": "viewer", "Sales Team": "manager"}
    assert listed == ["a.bin", "b.txt", "c.txt"]
    assert content == LARGE
    assert alice.members(folder) == {}


@pytest.mark.behaviour("oracle", 28)
def test_the_toolkit_shares_the_home_folder_as_a_slash(alice):
    alice.share_folder("/", "bob", "", "downloader")

    shared = alice.members("/")
    alice.unshare_folder("/", "bob", "")

    assert shared == {"bob": "downloader"}
    assert alice.members("/") == {}


@pytest.mark.behaviour("oracle", 28)
def test_who_the_folder_is_shared_with_goes_as_far_as_the_role(alice, bob, folder):
    top, _, inner = folder.partition("/")
    alice.upload_file(folder, "a.txt", b"first")
    alice.share_folder(folder, "bob", "", "viewer")

    with pytest.raises(Failed, match="failed to download file: Forbidden"):
        bob.download_file(inner, "a.txt")
    with pytest.raises(Failed, match=r"Forbidden: .*!csCloudItemInsufficientPrivileges.*ecid: \w"):
        bob.upload_file(inner, "b.txt", b"no")
    alice.share_folder(folder, "bob", "", "contributor")
    bob.upload_file(inner, "a.txt", b"second")

    assert alice.download_file(folder, "a.txt") == b"second"
    with pytest.raises(Failed, match=f"folder {top} does not exist"):
        bob.list_folder(folder)


@pytest.mark.behaviour("oracle", 28)
def test_a_member_who_is_one_by_a_folder_above_is_given_a_role_by_put(alice, folder):
    top = folder.partition("/")[0]
    alice.share_folder(top, "bob", "", "viewer")

    alice.share_folder(folder, "bob", "", "manager")

    assert alice.members(folder) == {"bob": "manager"}
    assert alice.members(top) == {"bob": "viewer"}


@pytest.mark.behaviour("oracle", 28)
def test_unsharing_with_a_stranger_asks_for_nothing_and_fails(alice, folder):
    alice.share_folder(folder, "bob", "", "viewer")

    with pytest.raises(Failed, match=r"no share with a\+b@x.example"):
        alice.unshare_folder(folder, "bob,a+b@x.example", "")

    assert alice.members(folder) == {}


@pytest.mark.behaviour("oracle", 28)
@pytest.mark.parametrize(("users", "groups"), [("nobody", ""), ("bo", ""), ("", "sales")])
def test_sharing_with_nobody_known_says_who_it_is(alice, users, groups):
    with pytest.raises(Failed, match=f"{users or groups} does not exist"):
        alice.share_folder("/", users, groups, "viewer")


@pytest.mark.behaviour("oracle", 28)
def test_a_public_link_whose_json_says_it_is_text_has_the_role_asked_for(alice, folder):
    made = alice.create_folder_link(folder, "downloader")

    assert (made["role"], made["assignedUsers"], made["type"]) == ("downloader", "@everybody", "publiclink")


@pytest.mark.parametrize(
    ("kind", "login"),
    [
        ("dev_ec", lambda _: toolkit.basic("alice", "wrong")),
        ("pod_ec", lambda _: "Bearer wrong"),
        ("pod_ec", toolkit.by_password_grant(("toolkit", "toolkit-secret-0123"), "alice", "wrong")),
        ("pod_ec", toolkit.by_password_grant(("toolkit", "wrong"), "alice", "alice-password")),
    ],
)
def test_a_bad_login_stops_before_anything_is_done(address, kind, login):
    stranger = Toolkit(Server(address, kind, login))

    with pytest.raises(Failed, match=r"failed to connect to the server: Unauthorized|failed to get a token"):
        stranger.create_folder("never")
