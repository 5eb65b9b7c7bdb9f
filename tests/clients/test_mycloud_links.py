"""An owner's program and a downloader against a live server: from the map of services to the bytes, and no further."""

import httpx
import pytest

from tests.clients.downloader import Downloader, Failed, Owner, call, unpacked

WORLD = """
clients = [{ id = "app", secret = "secret-of-the-app" }]

[[users]]
login = "alice"
name = "Alice Lee"
email = "alice@example.com"
password = "alice-password"
aliases = { mycloud = "auth0|582641749a46021f65565df0" }

[[users]]
login = "bob"
name = "Bob Stone"
email = "bob@example.com"
password = "bob-password"
"""
PHOTO = bytes(range(256)) * 1024
TREE = {"Ferien 2024/a.jpg": PHOTO, 'Ferien 2024/inner/ü "q".txt': b"deep", "Ferien 2024/empty.bin": b""}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = tmp_path_factory.mktemp("world") / "world.toml"
    made.write_text(WORLD)
    return made


@pytest.fixture(scope="module")
def server(live_server, world):
    return live_server(world=world)


@pytest.fixture(params=["json", "form"])
def alice(request, server):
    return signed_in(server, "alice", form=request.param == "form")


@pytest.fixture
def downloader(server):
    """Waits for nothing; what it would have waited is in `waited`."""
    waited: list[float] = []
    made = Downloader(server.base_url, waited.append)
    made.waited = waited
    return made


def signed_in(server, login, **how):
    """Somebody's program, with tokens and a device."""
    owner = Owner(f"{server.base_url}/config/v1/config", ("app", "secret-of-the-app"), **how)
    owner.sign_in(f"{login}@example.com", f"{login}-password")
    return owner


def a_tree(owner):
    """A folder of pictures with one below it; its id."""
    top = owner.upload("Ferien 2024", None)
    inner = owner.upload("inner", None, top)
    owner.upload("a.jpg", PHOTO, top)
    owner.upload("empty.bin", b"", top)
    owner.upload('ü "q".txt', b"deep", inner)
    return top


def share_id(link):
    return link.rpartition("/")[2]


@pytest.mark.behaviour("mycloud", 1)
@pytest.mark.behaviour("mycloud", 11)
def test_what_an_owner_shares_a_downloader_gets_byte_for_byte(alice, downloader, tmp_path):
    top = a_tree(alice)
    name = next(iter(alice.names(top)))
    late = alice.upload_in_pieces(f"{tmp_path.name}.bin", PHOTO, b"tail")

    link = alice.share(top, late)
    folder, file = downloader.download(link, tmp_path)

    assert name == "a.jpg"
    assert {path.partition("/")[2]: data for path, data in unpacked(tmp_path / f"{folder}.zip").items()} == {
        path.partition("/")[2]: data for path, data in TREE.items()
    }
    assert (tmp_path / file).read_bytes() == PHOTO + b"tail"
    assert downloader.waited == []


@pytest.mark.behaviour("mycloud", 10)
@pytest.mark.behaviour("mycloud", 12)
def test_a_downloader_gives_up_at_once_on_what_was_taken_back(alice, downloader, tmp_path):
    file = alice.upload("once.txt", b"once")
    link = alice.share(file)
    entity = call("GET", f"{downloader.gateway}/shares/v1/shares/{share_id(link)}").json()["data"]["authId"]
    first = downloader.download(link, tmp_path)

    repeated = alice.permit(file, entity)
    alice.forbid(file, entity)
    with pytest.raises(Failed, match=r"404 .*/sdk/v2/files/"):
        downloader.download(link, tmp_path)
    alice.permit(file, entity)
    again = downloader.download(link, tmp_path)
    alice.send("DELETE", f"{alice.urls['service.share.url']}/v1/shares/{share_id(link)}")
    with pytest.raises(Failed, match=r"404 .*/shares/v1/shares/"):
        downloader.download(link, tmp_path)

    assert (len(first), repeated, again) == (1, 409, first)
    assert downloader.waited == []


@pytest.mark.behaviour("mycloud", 9)
def test_a_private_link_is_for_who_is_named_and_tells_a_downloader_nothing(
    server, alice, downloader, tmp_path
):
    bob = signed_in(server, "bob")
    link = alice.share(alice.upload("private.txt", b"private"), users=(bob.subject,))

    with pytest.raises(Failed, match="401"):
        downloader.download(link, tmp_path)
    seen = bob.send("GET", f"{bob.urls['service.share.url']}/v1/shares/{share_id(link)}")

    assert seen.json()["data"]["fileIds"]
    assert list(tmp_path.iterdir()) == []


def test_a_program_whose_token_has_ended_goes_on_with_another(alice):
    file = alice.upload("kept.txt", b"kept")
    alice.forget_access()

    answer = alice.send("GET", f"{alice.proxy}/sdk/v3/files/{file}/content", headers={"Range": "bytes=1-2"})

    assert (answer.status, answer.content) == (206, b"ep")
    assert "kept.txt" in list(alice.names())


@pytest.mark.behaviour("mycloud", 14)
def test_no_token_that_a_downloader_put_into_an_address_is_logged(live_server, world, tmp_path):
    server = live_server(world=world, access_log_sample=1, log_level="debug")
    alice, downloader = signed_in(server, "alice"), Downloader(server.base_url, pytest.fail)
    downloader.download(alice.share(alice.upload("logged.txt", b"logged")), tmp_path)

    assert server.stop() == 0

    [asked] = [url for url in downloader.asked if "access_token=" in url]
    _, claims, signature = asked.rpartition("access_token=")[2].split(".")
    assert "/content" in server.log
    assert claims not in server.log
    assert signature not in server.log


def test_a_program_that_comes_by_the_vendors_host_name_is_led_here(server):
    answer = httpx.get(
        f"{server.base_url}/config/v1/config",
        headers={"Host": "config.mycloud.com"},
        params={"configurationId": "x", "deviceId": "y"},
        trust_env=False,
    )

    urls = answer.json()["data"]["componentMap"]["cloud.service.urls"].values()
    assert all(url.startswith(server.base_url) for url in urls)
    assert not any(url.endswith("/") or "%" in url for url in urls)
