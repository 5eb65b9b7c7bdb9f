"""One folder walks through all dialects: what is done in one shows in the others, as far as each can say it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from polyshare.dialects.base.road import Road
from polyshare.dialects.cloudflare import DIALECT as CLOUDFLARE
from polyshare.dialects.mycloud import DIALECT as MYCLOUD
from polyshare.dialects.oracle import DIALECT as ORACLE
from polyshare.dialects.ucloud import DIALECT as UCLOUD
from polyshare.domain.principals import Access, Actor
from polyshare.domain.views import Window
from polyshare.engine.credentials import minting, registering, verifying
from polyshare.engine.directory import enrolling
from polyshare.engine.tree import filing
from polyshare.engine.work import House, Work
from polyshare.engine.worlds import loading
from polyshare.store.tree import node_pages
from tests.dialects.mycloud import desk as mycloud
from tests.dialects.oracle import desk as oracle
from tests.dialects.ucloud import desk as ucloud
from tests.dialects.ucloud import filing as files
from tests.dialects.ucloud import sharing
from tests.house import Clock, a_house, database_url

__all__ = ["database_url"]

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ORACLES, CLOUDS = "F1321DC48E3B123D02DBEE88T0000000000100000001", "folder-id"
REPORT = "report-id"
WORLD: dict[str, Any] = ucloud.WORLD | {
    "accounts": [{"id": ACCOUNT, "name": "Account A"}],
    "users": [
        {
            "login": login,
            "name": login.capitalize(),
            "email": f"{login}@example.com",
            "accounts": {ACCOUNT: "edit"} if login == "alice" else {},
        }
        for login in ("alice", "bob", "carol", "dave")
    ],
    "tokens": [{"token": oracle.TOKEN.format(login), "user": login} for login in ("alice", "bob")],
    "clients": [{"id": "app", "secret": "secret-of-the-app"}],
    "drives": [
        {
            "id": ucloud.ALICES,
            "title": "Alice's drive",
            "owner": "alice",
            "device": mycloud.DEVICE,
            "product": ucloud.PRODUCT,
        },
        {"id": ucloud.BOBS, "title": "Bob's drive", "owner": "bob", "product": ucloud.PRODUCT},
    ],
    "folders": [
        {"path": ucloud.SOURCE, "oracle": ORACLES, "mycloud": CLOUDS},
        {"path": f"/{ucloud.ALICES}/work/beside"},
    ],
    "files": [{"path": f"{ucloud.SOURCE}/report.txt", "text": ucloud.CONTENT, "mycloud": REPORT}],
}
NOBODY: dict[str, Any] = {"ucloud": None, "mount": None, "oracle": None, "mycloud": None, "cloudflare": []}
ROLES = {"downloader": ["READ"], "contributor": ["READ", "EDIT"]}
VALUES = {"downloader": "ReadFile", "contributor": "WriteFile"}


class World:
    """One house with a door for each dialect, and Alice and Bob at all of them."""

    def __init__(self, house: House, clients: dict[str, httpx.AsyncClient], clock: Clock) -> None:
        self.house = house
        self.ucloud = ucloud.Desk(house, clients["ucloud"], clock)
        self.ucloud.sign_in()
        self.oracle = {who: oracle.Caller(clients["oracle"], who) for who in ("alice", "bob")}
        self.mycloud: dict[str, mycloud.Caller] = {}
        self._clients = clients

    async def sign_in(self) -> None:
        """Give both a token for My Cloud."""
        client = await self.house.read(None, lambda work: registering.show(work, "app"))
        for who in ("alice", "bob"):
            person = (await self.house.read(None, lambda work, who=who: enrolling.show(work, who))).id  # type: ignore[misc] # bound now
            tokens = await minting.user_tokens(self.house, person, client, "nas_read_write")
            subject = await self.house.read(
                None,
                lambda work, person=person: verifying.subject_of(work, person),  # type: ignore[misc] # bound now
            )
            self.mycloud[who] = mycloud.Caller(self._clients["mycloud"], tokens.access, subject)

    async def said(self) -> dict[str, Any]:
        """What each dialect says of Bob and the folder."""
        shares = await sharing.browse(self.ucloud.alice, filterIngoing="false")
        [state] = [share["status"]["state"] for share in shares] or [None]
        mounts = await files.drives(self.ucloud.bob, filterProductId="share")
        mount = None
        if mounts:
            [number] = mounts
            found = ucloud.good(await self.ucloud.bob.get(f"{files.DRIVES}/retrieve", id=number))
            mount = (found["specification"]["title"], found["permissions"]["myself"])
        answer = await self.oracle["alice"].get(f"/shares/{ORACLES}/items")
        roles = {}
        if answer.status_code == 200:
            roles = {one["user"]["loginName"]: one["role"] for one in answer.json()["items"]}
        value = None
        answer = await self.mycloud["alice"].get(
            f"/{mycloud.DEVICE}/sdk/v1/filePermsSearch/granting", fileID=CLOUDS
        )
        if answer.status_code == 200:
            bob = self.mycloud["bob"].subject
            values = [one["value"] for one in answer.json()["filePerms"] if one["entity"]["id"] == bob]
            [value] = values or [None]
        headers = {"authorization": f"Bearer {oracle.TOKEN.format('alice')}"}
        listed = await self._clients["cloudflare"].get(f"/accounts/{ACCOUNT}/shares", headers=headers)
        assert listed.status_code == 200, listed.text
        return {
            "ucloud": state,
            "mount": mount,
            "oracle": roles.get("bob"),
            "mycloud": value,
            "cloudflare": listed.json()["result"],
        }

    async def opens(self) -> dict[str, int]:
        """With what status each dialect answers Bob who asks for the folder."""
        mounts = await files.drives(self.ucloud.bob, filterProductId="share")
        path = f"/{next(iter(mounts))}" if mounts else ucloud.SOURCE
        clouds = await self.mycloud["bob"].get(f"/{mycloud.DEVICE}/sdk/v2/files/{CLOUDS}")
        return {
            "ucloud": await files.status(self.ucloud.bob, path),
            "oracle": (await self.oracle["bob"].get(f"/folders/{ORACLES}")).status_code,
            "mycloud": clouds.status_code,
        }

    async def names(self) -> dict[str, Any]:
        """How each dialect calls the folder, to Alice."""
        clouds = await self.mycloud["alice"].get(f"/{mycloud.DEVICE}/sdk/v2/files/{CLOUDS}")
        groups = await sharing.folders(self.ucloud.alice)
        return {
            "ucloud": [one["sourceFilePath"] for one in groups],
            "oracle": oracle.good(await self.oracle["alice"].get(f"/folders/{ORACLES}"))["name"],
            "mycloud": clouds.json()["name"],
        }

    async def inside(self) -> list[str]:
        """What lies in the folder, which all dialects must say alike."""
        [group] = await sharing.folders(self.ucloud.alice)
        found = sorted(await files.names(self.ucloud.alice, group["sourceFilePath"]))
        [mount] = await files.drives(self.ucloud.bob, filterProductId="share")
        assert sorted(await files.names(self.ucloud.bob, f"/{mount}")) == found
        items = oracle.good(await self.oracle["bob"].get(f"/folders/{ORACLES}/items"))["items"]
        assert sorted(one["name"] for one in items) == found
        listed = await self.mycloud["bob"].get(f"/{mycloud.DEVICE}/sdk/v2/filesSearch/parents", ids=CLOUDS)
        assert sorted(one["name"] for one in listed.json()["files"]) == found
        return found

    async def restore(self) -> None:
        """Take out of Alice's trash whatever went there last."""
        person = (await self.house.read(None, lambda work: enrolling.show(work, "alice"))).id
        alice = Actor(person, "alice", 1, Access.EDIT, narrowed=False, administrator=False)

        async def job(work: Work) -> None:
            found, _ = await node_pages.in_trash(work.rows, person, Window(limit=1))
            await filing.restore(work, await filing.in_trash(work, person, found[0].id))

        await self.house.write(alice, job)


def given(role: str, title: str = "my-collaboration") -> dict[str, Any]:
    """What all say once Bob has that role."""
    return {
        "ucloud": "APPROVED",
        "mount": (title, ROLES[role]),
        "oracle": role,
        "mycloud": VALUES[role],
        "cloudflare": [],
    }


OPEN = {"ucloud": 200, "oracle": 200, "mycloud": 200}
SHUT = {"ucloud": 404, "oracle": 403, "mycloud": 404}


@contextlib.asynccontextmanager
async def a_world(database: str, folder: str) -> AsyncIterator[World]:
    """The house, its doors and its people."""
    clock = Clock()
    async with a_house(database, clock, files=folder, public_url=ucloud.ROOT) as house:
        await loading.load_world(house, WORLD)
        async with contextlib.AsyncExitStack() as stack:
            clients = {}
            for dialect in (CLOUDFLARE, MYCLOUD, ORACLE, UCLOUD):
                transport = httpx.ASGITransport(app=Road(dialect, house))
                client = httpx.AsyncClient(transport=transport, base_url="http://world")
                clients[dialect.name] = await stack.enter_async_context(client)
            made = World(house, clients, clock)
            await made.sign_in()
            yield made


@pytest.fixture
async def world(database_url, tmp_path):
    """One world on each engine."""
    async with a_world(database_url, str(tmp_path / "files")) as made:
        yield made


async def test_a_folder_is_the_same_to_all_from_offer_to_end(world):
    alice, bob = world.ucloud.alice, world.ucloud.bob
    assert await world.said() == NOBODY

    share = await sharing.one(alice)
    assert await world.said() == NOBODY | {"ucloud": "PENDING"}
    assert await world.opens() == SHUT

    ucloud.good(await sharing.say(bob, "approve", share))
    assert await world.said() == given("contributor")
    assert await world.opens() == OPEN

    await world.oracle["bob"].upload(ORACLES, "by oracle.txt", b"from Oracle")
    [mount] = await files.drives(bob, filterProductId="share")
    await files.upload(world.ucloud, bob, f"/{mount}/by ucloud.txt", b"from UCloud")
    body = '--x\r\n\r\n{"name":"by cloud.txt","parentID":"folder-id"}\r\n--x\r\n\r\nfrom My Cloud\r\n--x--'
    sent = await world.mycloud["bob"].call(
        "POST",
        f"/{mycloud.DEVICE}/sdk/v2/files",
        body,
        headers={"content-type": "multipart/related; boundary=x"},
    )
    assert sent.status_code == 201, sent.text
    assert await world.inside() == ["by cloud.txt", "by oracle.txt", "by ucloud.txt", "report.txt"]
    for name in ("by oracle.txt", "by cloud.txt"):
        assert (await files.content(world.ucloud, bob, f"/{mount}/{name}")).startswith(b"from ")

    oracle.good(
        await world.oracle["alice"].put(f"/shares/{ORACLES}/role", {"userID": "bob", "role": "downloader"})
    )
    assert await world.said() == given("downloader")
    ucloud.refused(await files.folder(bob, f"/{mount}/new"), 403)
    assert (await world.oracle["bob"].try_upload(ORACLES, "late.txt")).status_code == 403
    assert await files.content(world.ucloud, bob, f"/{mount}/report.txt") == ucloud.CONTENT.encode()

    ucloud.good(await sharing.permit(alice, share, "READ", "EDIT"))
    assert await world.said() == given("contributor")
    assert await world.names() == {
        "ucloud": [ucloud.SOURCE],
        "oracle": "my-collaboration",
        "mycloud": "my-collaboration",
    }


async def approved(world):
    """Bob has the folder."""
    share = await sharing.one(world.ucloud.alice)
    ucloud.good(await sharing.say(world.ucloud.bob, "approve", share))
    return share


async def test_a_name_and_a_place_are_the_same_to_all(world):
    await approved(world)

    renamed = await world.mycloud["alice"].call(
        "PATCH", f"/{mycloud.DEVICE}/sdk/v2/files/{CLOUDS}", {"name": "renamed"}
    )
    assert renamed.status_code == 204, renamed.text
    assert await world.names() == {
        "ucloud": [f"/{ucloud.ALICES}/work/my-project/renamed"],
        "oracle": "renamed",
        "mycloud": "renamed",
    }
    assert await world.said() == given("contributor", "renamed")

    source, target = f"/{ucloud.ALICES}/work/my-project/renamed", f"/{ucloud.ALICES}/work/beside/moved"
    ucloud.good(await files.move(world.ucloud.alice, source, target))
    assert await world.names() == {"ucloud": [target], "oracle": "moved", "mycloud": "moved"}

    oracle.good(await world.oracle["alice"].put(f"/folders/{ORACLES}", {"name": "last"}))
    assert await world.names() == {
        "ucloud": [f"/{ucloud.ALICES}/work/beside/last"],
        "oracle": "last",
        "mycloud": "last",
    }
    assert await world.said() == given("contributor", "last")
    assert await world.opens() == OPEN
    assert await world.inside() == ["report.txt"]


async def test_what_sleeps_in_the_trash_wakes_for_all(world):
    await approved(world)

    oracle.good(await world.oracle["alice"].delete(f"/folders/{ORACLES}"))
    assert await world.said() == NOBODY
    assert set((await world.opens()).values()) <= {403, 404}

    await world.restore()
    assert await world.said() == given("contributor")
    assert await world.opens() == OPEN


async def test_what_ucloud_trashes_ends_for_all(world):
    await approved(world)

    ucloud.good(await files.trash(world.ucloud.alice, f"/{ucloud.ALICES}/work"))
    await world.restore()

    assert await world.said() == NOBODY
    assert await world.opens() == SHUT
    assert await files.names(world.ucloud.alice, ucloud.SOURCE) == ["report.txt"]


async def test_what_oracle_takes_back_is_gone_from_all(world):
    share = await approved(world)

    oracle.good(await world.oracle["alice"].delete(f"/shares/{ORACLES}/user", params={"userID": "bob"}))

    assert await world.said() == NOBODY
    assert await world.opens() == SHUT
    ucloud.refused(await world.ucloud.alice.get("/api/shares/retrieve", id=share), 404)


async def test_who_leaves_in_ucloud_has_left_everywhere(world):
    share = await approved(world)

    ucloud.good(await sharing.say(world.ucloud.bob, "reject", share))

    assert await world.said() == NOBODY | {"ucloud": "REJECTED"}
    assert await world.opens() == SHUT


async def test_what_oracle_gives_is_approved_in_ucloud_as_far_as_it_can_say_it(world):
    await world.oracle["alice"].share(ORACLES, "bob", "viewer")
    assert await world.said() == NOBODY | {"oracle": "viewer"}

    oracle.good(
        await world.oracle["alice"].put(f"/shares/{ORACLES}/role", {"userID": "bob", "role": "downloader"})
    )
    assert await world.said() == given("downloader")
    [share] = await sharing.ids(world.ucloud.alice, filterIngoing="false")

    ucloud.good(await sharing.end(world.ucloud.bob, share))
    assert await world.said() == NOBODY
    assert await world.opens() == SHUT


async def test_a_drive_that_goes_in_ucloud_goes_for_all(world):
    await approved(world)

    ucloud.good(await world.ucloud.alice.delete(files.DRIVES, {"items": [{"id": str(ucloud.ALICES)}]}))

    assert await world.said() == NOBODY
    assert set((await world.opens()).values()) <= {403, 404}
    device = await world.mycloud["alice"].get(f"/device/v1/device/{mycloud.DEVICE}")
    assert device.status_code == 404
    home = oracle.good(await world.oracle["alice"].get("/folders/items"))
    assert home["items"] == []
