"""The dialect in the test's own process, with people who may call, and short words for what they call."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from polyshare.dialects.base.road import Road
from polyshare.dialects.oracle import DIALECT
from polyshare.engine.work import House, Work
from polyshare.engine.worlds import loading
from polyshare.store.statements import statement
from tests.house import Clock, a_house

BASE = "/documents/api"
TOKEN = "token-of-{}-0123456789abcdef0123456789abcdef"
PASSWORD = "password of {}"

WORLD: dict[str, Any] = {
    "users": [
        {
            "login": login,
            "name": name,
            "email": f"{login.lower()}@example.com",
            "password": PASSWORD.format(login),
            "status": status,
            "administrator": login == "admin",
        }
        for login, name, status in (
            ("alice", "Alice Lee", "active"),
            ("bob", "Bob Stone", "active"),
            ("carol", "Carol", "active"),
            ("dave", "Dave", "active"),
            ("erin", "Erin", "active"),
            ("admin", "Administrator", "active"),
            ("idle", "Idle Person", "inactive"),
            ("gone", "Gone Person", "deleted"),
        )
    ],
    "groups": [
        {"name": "designers", "title": "Designers", "members": ["bob"]},
        {"name": "everyone", "title": "Everyone", "members": ["carol", "group:designers"]},
    ],
    "tokens": [
        {"token": TOKEN.format(login), "user": login}
        for login in ("alice", "bob", "carol", "dave", "erin", "admin")
    ],
}


def good(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The body of an answer that has that status and says that all is well."""
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    assert said["errorCode"] == "0"
    assert answer.headers["x-oracle-dms-ecid"]
    return said


def bad(answer: httpx.Response, status: int, code: str, key: str = "") -> dict[str, Any]:
    """The body of an error with that status and code, whose key has *key* in it."""
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    assert said["errorCode"] == code, said
    assert key in said["errorKey"], said
    assert said["title"] == said["errorMessage"] != ""
    assert answer.headers["x-oracle-dms-ecid"]
    return said


@dataclass
class Caller:
    """Somebody who calls one version of the API."""

    http: httpx.AsyncClient
    login: str
    version: str = "1.2"

    def of(self, version: str) -> "Caller":
        """The same one calling another version."""
        return Caller(self.http, self.login, version)

    @property
    def headers(self) -> dict[str, str]:
        """How this one logs in: by bearer token."""
        return {"authorization": f"Bearer {TOKEN.format(self.login)}"}

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call the API; a body that is no text goes as JSON."""
        headers = {**self.headers, **more.pop("headers", {})}
        if isinstance(body, str | bytes):
            more["content"] = body
        elif body is not None:
            more["json"] = body
        root = path if path.startswith("//") else f"{BASE}/{self.version}{path}"
        return await self.http.request(method, root.removeprefix("/"), headers=headers, **more)

    async def get(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """GET."""
        return await self.call("GET", path, body, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """POST."""
        return await self.call("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """PUT."""
        return await self.call("PUT", path, body, **more)

    async def delete(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """DELETE."""
        return await self.call("DELETE", path, body, **more)

    async def folder(self, name: str = "docs", into: str = "self") -> str:
        """Make a folder; its id."""
        made: str = good(await self.post(f"/folders/{into}", {"name": name}), 201)["id"]
        return made

    async def upload(
        self, into: str, name: str = "a.txt", content: bytes = b"hello", status: int = 201, **more: Any
    ) -> dict[str, Any]:
        """Upload a file."""
        return good(await self.try_upload(into, name, content, **more), status)

    async def try_upload(
        self, into: str, name: str = "a.txt", content: bytes = b"hello", **more: Any
    ) -> httpx.Response:
        """Ask for an upload."""
        parts = [
            ("jsonInputParameters", (None, f'{{"parentID":"{into}"}}')),
            ("primaryFile", (name, content, "text/plain")),
        ]
        return await self.call("POST", "/files/data", files=parts, **more)

    async def share(self, folder: str, user: str, role: str = "viewer", **more: Any) -> dict[str, Any]:
        """Share a folder."""
        return good(await self.post(f"/shares/{folder}", {"userID": user, "role": role, **more}))

    async def members(self, folder: str, **query: str) -> dict[str, str]:
        """The roles of a folder's members, by login or, for groups, display name."""
        listed = good(await self.get(f"/shares/{folder}/items", params=query))
        assert listed["count"] == str(len(listed["items"]))
        return {
            one["user"].get("loginName", one["user"]["displayName"]): one["role"] for one in listed["items"]
        }

    async def home(self, **query: str) -> list[str]:
        """The names in the home listing."""
        listed = good(await self.get("/folders/items", params=query))
        return [one["name"] for one in listed["items"]]


class Desk:
    """The application of one test, its clock, and everyone who may call."""

    def __init__(self, house: House, http: httpx.AsyncClient, clock: Clock) -> None:
        self.house = house
        self.http = http
        self.clock = clock
        for login in ("alice", "bob", "carol", "dave", "erin", "admin"):
            setattr(self, login, Caller(http, login))

    alice: Caller
    bob: Caller
    carol: Caller
    dave: Caller
    erin: Caller
    admin: Caller

    async def id_of(self, login: str) -> str:
        """The id of a user."""
        found = good(await self.alice.get("/users/items", params={"info": login}))
        return str(next(one["id"] for one in found["items"] if one["loginName"] == login))

    async def group(self, name: str) -> str:
        """The id of a group."""
        answer = await self.alice.get(f"//osn/social/api/v1/groups/{name}")
        assert answer.status_code == 200, answer.text
        id_: str = answer.json()["groupID"]
        return id_

    async def told(self) -> list[tuple[str, str, str, str]]:
        """The outbox: to whom (login), of what kind, which role, and the text."""

        async def look(work: Work) -> list[tuple[str, str, str, str]]:
            rows = await work.rows.all(OUTBOX)
            return [(row[0], row[1], row[2], row[3]) for row in rows]

        return await self.house.read(None, look)


OUTBOX = statement(
    "test.outbox",
    "select u.login, n.kind, n.role, n.text from notification n join person u on u.principal = n.person"
    " order by u.login, n.number",
)


@contextlib.asynccontextmanager
async def a_desk(
    database: str, files: str, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Desk]:
    """The dialect on *database*, with the tests' people in it and no worker."""
    clock = clock or Clock()
    async with a_house(database, clock, files=files, **settings) as house:
        await loading.load_world(house, WORLD)
        transport = httpx.ASGITransport(app=Road(DIALECT, house))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            yield Desk(house, http, clock)


@pytest.fixture
def database(request, tmp_path):
    """The address of a new, empty database; SQLite unless a test is parametrised otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite://{tmp_path / 'polyshare.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def desk(database, tmp_path):
    """The dialect with the tests' people and a clock that stands still."""
    async with a_desk(database, str(tmp_path / "files")) as opened:
        yield opened
