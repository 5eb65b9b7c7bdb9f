"""A server that is killed while a provider is asked leaves nothing half-done: the worker finishes or undoes it after the start."""

import asyncio
import time

import httpx
import pytest

from polyshare.engine.sharing import delivering, drafting
from polyshare.engine.worlds import loading
from polyshare.opening import now_us
from tests.dialects.ucloud.desk import WORLD as PEOPLE
from tests.dialects.ucloud.desk import claims_of, good, signed
from tests.dialects.ucloud.keeping import SHARES, new_drive, registered, world
from tests.dialects.ucloud.sharing import BASE, end, ids, one, say, spec, state
from tests.durability.server import Server
from tests.house import Clock, a_house, database_url
from tests.ucloud_provider import ACL, CREATE, DELETE, over_http, providing

__all__ = ["database_url"]

PATIENCE_S = 60.0
LATER_US = 3600 * 1_000_000


class Caller:
    """Somebody who calls a live server, with a token that holds for ten minutes."""

    def __init__(self, http, subject, **claims):
        self.http = http
        self.token = signed(claims_of(now_us, subject, **claims))

    async def call(self, method, path, body=None, query=None):
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.http.request(method, path, headers=headers, json=body, params=query)

    async def get(self, path, **query):
        return await self.call("GET", path, query=query or None)

    async def post(self, path, body=None):
        return await self.call("POST", path, body)

    async def delete(self, path, body=None):
        return await self.call("DELETE", path, body)

    async def bulk(self, path, *items):
        return await self.post(path, {"items": list(items)})


class Scene:
    """A server in processes of its own, a provider here, Alice with a drive at the provider, and Bob."""

    def __init__(self, server, program, http):
        self.server, self.program = server, program
        self.alice, self.bob = Caller(http, "alice"), Caller(http, "bob")
        self.itself = Caller(http, "#P_example", role="PROVIDER", principalType="provider")
        self.source = ""

    async def start(self):
        await asyncio.to_thread(self.server.start)

    async def kill_in(self, name, moment, doing):
        """Kill the server while the provider is asked this, and let what was called come to nothing."""

        async def kill(heard):
            if heard.name == name:
                setattr(self.program, moment, None)
                await asyncio.to_thread(self.server.kill)

        setattr(self.program, moment, kill)
        with pytest.raises(httpx.TransportError):
            await doing
        assert getattr(self.program, moment) is None

    async def later(self):
        """What the worker does once the requests that a dead server left are given up, in another process."""
        async with a_house(self.server.database, Clock(now_us() + LATER_US)) as house:
            while await drafting.see_to(house) + await delivering.deliver_due(house):
                house.clock.pass_s(600)

    async def comes_true(self, said):
        """Wait for what the server's own worker brings about."""
        deadline = time.monotonic() + PATIENCE_S
        while not said():
            assert time.monotonic() < deadline, "the worker does not come round to it"
            await asyncio.sleep(0.05)

    @property
    def opens(self):
        """Who may use which drive at the provider."""
        return {login for _, login, _ in self.program.opens()}


@pytest.fixture
async def scene(database_url, tmp_path):
    server = Server(
        database_url, tmp_path, files=tmp_path / "files", poll_interval_s=0.2, retry_first_s=0.1, claim_s=3
    )
    async with providing() as program, httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        async with a_house(server.database, Clock(now_us())) as house:
            await loading.load_world(house, PEOPLE | world(program.url))
        program.core = over_http(http)
        made = Scene(server, program, http)
        await made.start()
        try:
            [drive] = await registered(made.itself, new_drive("home", "Home"))
            made.source = f"/{drive}/work"
            program.folders[f"{made.source}/report.txt"] = b"Quarterly report"
            yield made
        finally:
            server.kill()
            assert program.folders == {f"{made.source}/report.txt": b"Quarterly report"}


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_share_whose_server_was_killed_while_it_began_leaves_nothing(scene, moment):
    await scene.kill_in(CREATE, moment, scene.alice.bulk(BASE, spec(path=scene.source)))

    await scene.later()

    assert scene.program.shares == {}
    await scene.start()
    assert (await ids(scene.alice), await ids(scene.bob)) == ([], [])
    assert good(await scene.itself.get(f"{SHARES}/browse"))["items"] == []
    share = await one(scene.alice, spec(path=scene.source))
    assert set(scene.program.shares) == {share}


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_share_whose_server_was_killed_while_it_ended_is_ended(scene, moment):
    share = await one(scene.alice, spec(path=scene.source))
    good(await say(scene.bob, "approve", share))
    await scene.comes_true(lambda: scene.opens == {"bob"})

    await scene.kill_in(DELETE, moment, end(scene.alice, share))
    await scene.later()

    await scene.start()
    assert (await ids(scene.alice), await ids(scene.bob)) == ([], [])
    assert scene.opens == set()
    assert scene.program.shares == {}


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_access_whose_server_was_killed_while_it_was_opened_is_opened(scene, moment):
    share = await one(scene.alice, spec(path=scene.source))
    killed = asyncio.Event()

    async def kill(heard):
        if heard.name == ACL:
            setattr(scene.program, moment, None)
            await asyncio.to_thread(scene.server.kill)
            killed.set()

    setattr(scene.program, moment, kill)
    good(await say(scene.bob, "approve", share))
    async with asyncio.timeout(PATIENCE_S):
        await killed.wait()
    await scene.start()

    await scene.comes_true(lambda: len(scene.program.calls(ACL)) > 1 and scene.opens == {"bob"})
    assert await state(scene.bob, share) == "APPROVED"
    [access] = scene.program.access.values()
    assert access == {"bob": ["READ", "EDIT"]}
