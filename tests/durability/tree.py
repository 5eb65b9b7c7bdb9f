"""Clients that fill shared folders, and a ledger of every version of every file and of everybody's role."""

import asyncio
import contextlib
import hashlib
import itertools
from typing import Any

import httpx

from polyshare.store.statements import statement
from tests.dialects.oracle.desk import Caller, good
from tests.durability import crowd
from tests.durability.crowd import same

OTHERS = ("bob", "carol", "dave", "erin")
ROLES = ("viewer", "downloader", "contributor", "manager")
SIZES = (0, 1, 500, 40_000, 300_000, 1_000_000)
HALF = 4_000_000
"""Bytes that come of an upload that stops halfway; no whole file has as many."""

LAWS = {
    "a folder's totals are those of what lies in it": statement(
        "test.folders",
        """
        select f.id, f.size, f.children, sum(c.size), count(c.id) from node f
        left join node c on c.parent = f.id and c.trashed_at is null where f.kind = 'folder'
        group by f.id, f.size, f.children having f.size <> coalesce(sum(c.size), 0) or f.children <> count(c.id)
        """,
    ),
    "a file has the bytes of its version, which are whole and stay": statement(
        "test.files",
        """
        select n.id, n.version from node n where n.kind = 'file' and not exists (
          select 1 from version v join blob b on b.id = v.blob where v.node = n.id and v.number = n.version
          and v.size = n.size and b.size = v.size and b.sha256 <> '' and b.collect_at is null)
        """,
    ),
}


class Folder:
    """
    A folder with another in it, both with files, as their client knows them.

    Attributes:
        members: By login, the roles that each may have; None: none.
        files: By place and name, the versions that a file may have: digests, oldest first; none: it is not there.
    """

    def __init__(self, name, outer, inner):
        self.name = name
        self.places = (outer, inner)
        self.members: dict[str, set[Any]] = {login: {None} for login in OTHERS}
        self.files: dict[tuple[str, str], set[tuple[str, ...]]] = {}


class Filer(crowd.Client):
    """Makes folders, uploads files and versions, puts files into the trash, and shares."""

    def __init__(self, url, name, dice):
        super().__init__(url, name, dice)
        self.unmade: str | None = None
        self.cut_off = 0
        self._numbers = itertools.count()

    async def work(self):
        """As all clients; counts the uploads that it did not get through with."""
        await super().work()
        self.cut_off += sum(len(states) > 1 for folder in self.known for states in folder.files.values())

    async def again(self, http):
        """A folder whose answer was lost is made again, under a number if it is there, so it is never looked for."""
        if self.unmade is not None:
            await self._make(http, self.unmade)

    async def one(self, http):
        """Make a folder, or change something in one."""
        if not self.known or (len(self.known) < 4 and self.dice.random() < 0.1):
            await self._make(http, f"{self.name}-{next(self._numbers)}")
            return
        action = self.dice.choice(
            [self._add, self._add, self._version, self._version, self._trash, *[self._role] * 3]
        )
        await action(Caller(http, "alice"), self.dice.choice(self.known))

    async def _make(self, http, name):
        self.unmade = name
        alice = Caller(http, "alice")
        outer = await alice.folder(name)
        inner = await alice.folder("inner", outer)
        self.unmade = None
        self.acknowledged += 2
        self.known.append(Folder(name, outer, inner))

    async def _add(self, alice, folder):
        place, name = self.dice.choice(folder.places), f"file {next(self._numbers)}.bin"
        await self._put(alice, place, name, folder.files.setdefault((place, name), {()}))

    async def _version(self, alice, folder):
        live = [(key, states) for key, states in folder.files.items() if states != {()}]
        if not live:
            await self._add(alice, folder)
            return
        (place, name), states = self.dice.choice(live)
        await self._put(alice, place, name, states)

    async def _put(self, alice, place, name, states):
        [before] = states
        content = self.dice.randbytes(self.dice.choice(SIZES))
        after = (*before, digest(content))
        states.add(after)
        made = await alice.upload(place, name, content)
        assert (made["name"], made["version"], made["size"]) == (name, str(len(after)), str(len(content)))
        self.settle(states, after)

    async def _trash(self, alice, folder):
        live = [(key, states) for key, states in folder.files.items() if states != {()}]
        if len(live) < 4:
            await self._add(alice, folder)
            return
        (place, name), states = self.dice.choice(live)
        [found] = [one for one in await listed(alice, place) if one["name"] == name]
        states.add(())
        good(await alice.delete(f"/files/{found['id']}"))
        self.settle(states, ())

    async def _role(self, alice, folder):
        login = self.dice.choice(OTHERS)
        states, place = folder.members[login], f"/shares/{folder.places[0]}"
        [before] = states
        after = self.dice.choice([role for role in (*ROLES, None) if role != before])
        states.add(after)
        if after is None:
            good(await alice.delete(f"{place}/user", params={"userID": login}))
        elif before is None:
            await alice.share(folder.places[0], login, after)
        else:
            good(await alice.put(f"{place}/role", {"userID": login, "role": after}))
        self.settle(states, after)

    async def look(self, http, known):
        """Hold a folder's members, files and totals to what is known of them."""
        alice = Caller(http, "alice")
        found = await alice.members(known.places[0])
        for login, states in known.members.items():
            same(known.name, f"role of {login}", states, found.get(login))
            answer = await Caller(http, login).get(f"/folders/{known.places[0]}")
            assert (answer.json().get("role") if answer.status_code == 200 else None) == found.get(login)
        for place in known.places:
            items = await listed(alice, place)
            folder = good(await alice.get(f"/folders/{place}"))
            assert (folder["size"], folder["childItemsCount"]) == (
                str(sum(int(one["size"]) for one in items)),
                str(len(items)),
            ), known.name
            files = {one["name"]: one for one in items if one["type"] == "file"}
            of_place = {name: states for (where, name), states in known.files.items() if where == place}
            assert files.keys() <= of_place.keys(), f"{known.name} has {files.keys() - of_place.keys()}"
            for name, states in of_place.items():
                same(known.name, name, states, await versions(alice, files.get(name)))


class Halfway(crowd.Client):
    """Uploads files to the home folder, and stops halfway in each until the server is gone."""

    async def resume(self, http):
        """The upload of the time before is not there, nor is a part of it."""
        await self.again(http)

    async def again(self, http):
        """Nothing of any of the files is to be seen."""
        home = good(await Caller(http, "alice").get("/folders/items", params={"limit": "10000"}))
        assert [one["name"] for one in home["items"] if one["type"] == "file"] == []

    async def one(self, http):
        """Send half of an upload, and wait for an answer that never comes."""
        parts = [
            ("jsonInputParameters", (None, '{"parentID":"self"}')),
            ("primaryFile", ("half.bin", self.dice.randbytes(2 * HALF))),
        ]
        headers = Caller(http, "alice").headers
        request = http.build_request("POST", "/documents/api/1.2/files/data", files=parts, headers=headers)
        body = await request.aread()
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        reader, writer = await asyncio.open_connection(request.url.host, request.url.port)
        with contextlib.closing(writer), contextlib.suppress(ConnectionError):
            writer.write(f"POST {request.url.path} HTTP/1.1\r\n{head}\r\n".encode() + body[: len(body) // 2])
            answer = await reader.read()
            assert answer == b"", f"half an upload was answered: {answer[:500]!r}"
        raise httpx.ReadError("the server is gone")

    async def look(self, http, known):
        """It keeps nothing, so nothing is known."""


async def listed(caller, folder):
    """Everything that lies in a folder."""
    said = good(await caller.get(f"/folders/{folder}/items", params={"limit": "10000"}))
    assert said["hasMore"] == "0"
    return said["items"]


async def versions(caller, file):
    """Digests of all versions of a file as they are downloaded, oldest first; none if it is not there."""
    if file is None:
        return ()
    found = []
    for number in range(1, int(file["version"]) + 1):
        answer: httpx.Response = await caller.get(
            f"/files/{file['id']}/data", params={"version": str(number)}
        )
        assert answer.status_code == 200, answer.text
        found.append(digest(answer.content))
    assert len(answer.content) == int(file["size"])
    return tuple(found)


def digest(content):
    """What tells bytes from all others."""
    return hashlib.sha256(content).hexdigest()
