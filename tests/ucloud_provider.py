"""
A UCloud provider for tests: a real HTTP server on loopback that keeps folders, shares them on drives that it registers, and can misbehave.

It calls the core back before it answers `create`, as providers do: it registers the drive that shows the folder, and says
where that is. Who may use which drive, and what lies in the folders, is kept here, for tests to compare.

Source: UCloud developer guide, "Provider APIs", "Shares", "Drives".
"""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

NAME = "example"
PRODUCT = {"id": "example-ssd", "category": "example-ssd", "provider": NAME}
SYSTEM = "_ucloud"
GARBAGE, CUT, LOST, HANG = "garbage", "cut", "lost", "hang"
"""
What it may do instead of an answer: send no JSON, break off, break off with all done, or say nothing until the test is over.
"""

Core = Callable[[str, str, Any], Awaitable[tuple[int, Any]]]
"""Calls the core: method, path and body; what it answered."""


@cache
def key(whose: str) -> RSAKey:
    """A key pair of the run's own, one for each name: making one takes long."""
    return RSAKey.generate_key(2048, parameters={"kid": whose})


def pem(whose: str, *, private: bool) -> str:
    """A key as PEM."""
    return key(whose).as_pem(private=private).decode()


def settings(url: str, **more: Any) -> dict[str, Any]:
    """What the core is told of the provider at *url*."""
    return {
        "url": url,
        "private_key": pem("core", private=True),
        "public_key": pem("provider", private=False),
        "networks": ["127.0.0.0/8"],
        **more,
    }


def token(name: str = NAME, whose: str = "provider", now: float | None = None, **claims: Any) -> str:
    """A token that a provider makes for itself."""
    now = int(time.time() if now is None else now)
    said = {
        "sub": f"#P_{name}",
        "role": "PROVIDER",
        "principalType": "provider",
        "iss": "cloud.sdu.dk",
        "aud": ["all:write"],
        "extendedByChain": [],
        "iat": now,
        "exp": now + 600,
        **claims,
    }
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, said, key(whose))


def over_http(http: httpx.AsyncClient, bearer: Callable[[], str] = token) -> Core:
    """Calls the core through a client."""

    async def call(method: str, path: str, body: Any) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {bearer()}"}
        sent = {"params": body} if method == "GET" else {"json": body}
        answer = await http.request(method, path, headers=headers, **sent)
        return answer.status_code, answer.json()

    return call


@dataclass(frozen=True)
class Heard:
    """A call that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any

    @property
    def by(self) -> str:
        """Login of whom it is done for."""
        return base64.b64decode(self.headers.get("ucloud-username", "")).decode()

    @property
    def name(self) -> str:
        """Method and path below what is the provider's own."""
        return f"{self.method} {self.path}"

    @property
    def ids(self) -> list[str]:
        """The resources that it is about."""
        return [(one.get("resource") or one)["id"] for one in self.body["items"]]


@dataclass(frozen=True)
class Failing:
    """An error that it answers with."""

    status: int
    why: str = "Not today"
    code: str | None = None
    retry_after: str = ""


Fault = Failing | str | None

CREATE, DELETE, ACL = "POST /shares", "DELETE /shares", "POST /files/collections/updateAcl"
INIT, READY = "POST /shares/init", "POST /integration/init"
VERIFY, PRODUCTS = "POST /shares/verify", "GET /shares/retrieveProducts"
DRIVE_PRODUCTS = "GET /files/collections/retrieveProducts"
INIT_DRIVES = "POST /files/collections/init"
DELETE_DRIVES = "DELETE /files/collections"


@dataclass
class Program:
    """
    One provider.

    Attributes:
        folders: What it keeps: content of files by their paths; a path that ends in a slash is an empty folder.
        shares: What the core had it prepare, by id.
        mounts, sources: The drive that shows a share, and the folder that it shows, by the share; kept for good.
        access: Who may use which drive: permissions by drive and login.
        faults: What goes wrong next, by `Heard.name`: for each call the first is taken.
        wrong: What goes wrong beyond that, decided at each call.
        before, after: Awaited with each call, before anything is done about it and before it is answered.
        registers, reports: Whether it makes a drive in `create`, and says where it is.
        products: Those that it declares for shares.
        drive_products: Those of its drives, and whether their files can be shared; None: it does not know the call.
        ready: Users whom it is ready for; None: for all.
        believes: Whether it keeps the list of a drive as it is sent with a change, from which it strikes who is to go, and
            does not add to it, as the vendor's newer program does.
        made_ids: What it answers to `create` for a share.
    """

    core: Core | None = None
    name: str = NAME
    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    folders: dict[str, bytes] = field(default_factory=dict)
    shares: dict[str, Any] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    access: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    wrong: Callable[[Heard], Fault] = field(default=lambda _: None)
    before: Callable[[Heard], Awaitable[None]] | None = None
    after: Callable[[Heard], Awaitable[None]] | None = None
    registers: bool = True
    reports: bool = True
    ready: set[str] | None = None
    products: list[Any] = field(default_factory=lambda: [PRODUCT])
    drive_products: dict[str, bool] | None = None
    believes: bool = False
    made_ids: Callable[[str], Any] = field(default=lambda _: {"id": ""})
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    forgotten: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def calls(self, name: str) -> list[Heard]:
        """What it was asked by this name."""
        return [one for one in self.heard if one.name == name]

    def counted(self) -> Counter[str]:
        """How often it was asked what."""
        return Counter(one.name for one in self.heard)

    def fail(self, name: str, *faults: Fault) -> None:
        """Let the next calls of this name go wrong; None: that one goes well."""
        self.faults.setdefault(name, []).extend(faults)

    def mount_of(self, share: str) -> str | None:
        """The drive that shows a share."""
        return self.mounts.get(share)

    def opens(self) -> set[tuple[str, str, tuple[str, ...]]]:
        """Who may use which drive, and how."""
        return {
            (drive, login, tuple(permissions))
            for drive, users in self.access.items()
            for login, permissions in users.items()
        }

    # -- answering

    async def _answered(self, heard: Heard) -> tuple[int, Any] | Failing | str:
        fault = self._fault(heard)
        if self.before is not None:
            await self.before(heard)
        if isinstance(fault, Failing):
            return fault
        if fault is not None and fault != LOST:
            return fault
        answer = await self._done(heard)
        if self.after is not None:
            await self.after(heard)
        return CUT if fault == LOST else answer

    async def _done(self, heard: Heard) -> tuple[int, Any]:
        if not _believed(heard):
            return 401, {"why": "Bad token"}
        if heard.by and self.ready is not None and heard.name != READY and heard.by not in self.ready:
            return 449, {"why": "Retry with integration"}
        doing = {
            CREATE: self._create,
            DELETE: self._delete,
            ACL: self._update_acl,
            INIT: self._nothing,
            INIT_DRIVES: self._init_drives,
            VERIFY: self._verify,
            READY: self._integrate,
            PRODUCTS: self._products,
            DRIVE_PRODUCTS: self._drive_products,
            DELETE_DRIVES: self._delete_drives,
        }.get(heard.name)
        if doing is None:
            return 404, {"why": "Not found"}
        return await doing(heard)

    def _fault(self, heard: Heard) -> Fault:
        waiting = self.faults.get(heard.name)
        return waiting.pop(0) if waiting else self.wrong(heard)

    async def _create(self, heard: Heard) -> tuple[int, Any]:
        made = []
        for share in heard.body["items"]:
            path = share["specification"]["sourceFilePath"]
            if not any(kept.startswith(f"{path}/") for kept in self.folders):
                return 400, {"why": "The folder does not exist or is no folder"}
            self.shares[share["id"]] = share
            self.sources[share["id"]] = path
            if self.registers and share["id"] not in self.mounts:
                await self.register(share)
            if self.reports and share["id"] in self.mounts:
                await self.report(share["id"])
            made.append(self.made_ids(share["id"]))
        return 200, {"responses": made}

    async def register(self, share: Any) -> None:
        """Make the drive that shows a share."""
        spec = share["specification"]
        drive = {
            "title": spec["sourceFilePath"].rpartition("/")[2],
            "product": {**spec["product"], "id": "share"},
        }
        status, answer = await self.call(
            "POST",
            "/api/files/collections/control/register",
            {
                "items": [
                    {
                        "spec": drive,
                        "providerGeneratedId": f"s-{share['id']}",
                        "createdBy": SYSTEM,
                        "project": None,
                        "projectAllRead": False,
                        "projectAllWrite": False,
                    }
                ]
            },
        )
        assert status == 200, answer
        self.mounts[share["id"]] = answer["responses"][0]["id"]

    async def report(self, share: str, **more: Any) -> tuple[int, Any]:
        """Say where a share is to be found."""
        update = {"shareAvailableAt": f"/{self.mounts[share]}", "timestamp": 0, "status": None, **more}
        return await self.call(
            "POST", "/api/shares/control/update", {"items": [{"id": share, "update": update}]}
        )

    async def call(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Call the core."""
        assert self.core is not None, "this test gave its provider no core to call"
        return await self.core(method, path, body)

    async def _delete(self, heard: Heard) -> tuple[int, Any]:
        for share in heard.ids:
            self.shares.pop(share, None)
            self.forgotten.add(share)
        return 200, {"responses": [{} for _ in heard.ids]}

    async def _delete_drives(self, heard: Heard) -> tuple[int, Any]:
        """Removes what a drive shows: on one that shows a share, the very folder that was shared."""
        for drive in heard.ids:
            shown = [share for share, mount in self.mounts.items() if mount == drive]
            gone = [self.sources[share] for share in shown] or [f"/{drive}"]
            self.folders = {
                path: content
                for path, content in self.folders.items()
                if not any(path.startswith(f"{source}/") for source in gone)
            }
        return 200, {"responses": [{} for _ in heard.ids]}

    async def _update_acl(self, heard: Heard) -> tuple[int, Any]:
        for item in heard.body["items"]:
            users = self.access.setdefault(item["resource"]["id"], {})
            if self.believes:
                sent = item["resource"]["permissions"]["others"]
                users.clear()
                users.update({one["entity"]["username"]: one["permissions"] for one in sent})
            for entity in item["deleted"]:
                users.pop(entity["username"], None)
            for entry in () if self.believes else item["added"]:
                users[entry["entity"]["username"]] = entry["permissions"]
        return 200, {"responses": [{} for _ in heard.body["items"]]}

    async def _verify(self, heard: Heard) -> tuple[int, Any]:
        return 200, {}

    async def _integrate(self, heard: Heard) -> tuple[int, Any]:
        if self.ready is not None:
            self.ready.add(heard.body["username"])
        return 200, {}

    async def _init_drives(self, heard: Heard) -> tuple[int, Any]:
        owner = heard.body["principal"]
        ref = f"h-{owner['createdBy']}" if owner["project"] is None else f"p-{owner['project']}"
        item = {"spec": {"title": "Home", "product": PRODUCT}, "providerGeneratedId": ref, **owner}
        # A drive that is there already is refused, and this program does not look.
        await self.call("POST", "/api/files/collections/control/register", {"items": [item]})
        return 200, {}

    async def _nothing(self, heard: Heard) -> tuple[int, Any]:
        return 200, {}

    async def _products(self, heard: Heard) -> tuple[int, Any]:
        support = [{"type": "UCLOUD_MANAGED_COLLECTION", "product": one} for one in self.products]
        return 200, {"responses": support}

    async def _drive_products(self, heard: Heard) -> tuple[int, Any]:
        if self.drive_products is None:
            return 404, {"why": "Not found"}
        support = [
            {"product": {**PRODUCT, "id": name}, "files": {"sharesSupported": shares}, "stats": {}}
            for name, shares in self.drive_products.items()
        ]
        return 200, {"responses": support}

    # -- HTTP

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as long as it lasts."""
        try:
            # A core that is gone while it is called back gets no answer either.
            with suppress(asyncio.IncompleteReadError, ConnectionError, httpx.TransportError):
                while await self._exchange(reader, writer):
                    pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.lower(): text.strip() for name, _, text in (one.partition(":") for one in head[1:] if one)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        own = path.removeprefix(f"/ucloud/{self.name}")
        heard = Heard(method, own, headers, json.loads(body) if body else None)
        self.heard.append(heard)
        answer = await self._answered(heard)
        if answer == CUT:
            return False
        if answer == HANG:
            await self.ending.wait()
            return False
        writer.write(_written(answer))
        await writer.drain()
        return True


def _written(answer: tuple[int, Any] | Failing | str) -> bytes:
    """An answer as it is sent."""
    more = b""
    if isinstance(answer, Failing):
        status, body = answer.status, json.dumps({"why": answer.why, "errorCode": answer.code}).encode()
        more = f"retry-after: {answer.retry_after}\r\n".encode() if answer.retry_after else b""
    elif isinstance(answer, str):
        status, body = 200, b"<html>No JSON"
    else:
        status, body = answer[0], json.dumps(answer[1]).encode()
    return b"HTTP/1.1 %d Whatever\r\n%bcontent-length: %d\r\n\r\n" % (status, more, len(body)) + body


def _believed(heard: Heard) -> bool:
    """Whether a call comes from the core, by the pair of keys that is there for this provider."""
    text = heard.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(text, key("core"), algorithms=["RS256"]).claims
    except (JoseError, ValueError):
        return False
    now = time.time()
    return bool(
        claims["sub"] == "_UCloud"
        and claims["role"] == "SERVICE"
        and claims["iss"] == "cloud.sdu.dk"
        and claims["principalType"] == "service"
        and claims["aud"] == ["all:write"]
        and claims["iat"] <= now + 1
        and now < claims["exp"] <= claims["iat"] + 600
    )


@asynccontextmanager
async def providing(core: Core | None = None, port: int = 0, **attributes: Any) -> AsyncIterator[Program]:
    """A provider that listens; a port of its own choice unless one is given."""
    program = Program(core, **attributes)
    tasks: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(program.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    program.port = server.sockets[0].getsockname()[1]
    try:
        yield program
    finally:
        program.ending.set()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
