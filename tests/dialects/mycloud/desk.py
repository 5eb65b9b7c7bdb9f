"""The dialect in the test's own process, with people who may call, their files, and short words for what they call."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from polyshare.dialects.base.road import Road
from polyshare.dialects.mycloud import DIALECT
from polyshare.engine.credentials import minting, registering, verifying
from polyshare.engine.directory import enrolling
from polyshare.engine.work import House
from polyshare.engine.worlds import loading
from tests.house import Clock, a_house

ROOT = "https://shares.example.com"
DEVICE = "5e4ff150-5a74-4809-b41d-fcd03da95de7"
BOBS_DEVICE = "6d6d1c3e-0b2f-4c58-9ad6-3b1f9a1f3c10"
ALICE = "auth0|582641749a46021f65565df0"
FOLDER, BELOW, DEEP, BESIDE, BOBS = "folder-id", "below-id", "deep-id", "beside-id", "bobs-id"
CONTENT = "Quarterly report\n"

WORLD: dict[str, Any] = {
    "users": [
        {"login": login, "name": login.capitalize(), "email": f"{login}@example.com", "aliases": aliases}
        for login, aliases in (("alice", {"mycloud": ALICE}), ("bob", {}), ("carol", {}))
    ],
    "clients": [{"id": "app", "secret": "secret-of-the-app"}],
    "drives": [
        {"id": 1, "device": DEVICE, "title": "Alice's drive", "owner": "alice"},
        {"id": 2, "device": BOBS_DEVICE, "title": "Bob's drive", "owner": "bob"},
    ],
    "folders": [{"path": "/1/work", "mycloud": FOLDER}, {"path": "/1/work/inner", "mycloud": BELOW}],
    "files": [
        {"path": "/1/work/inner/report.txt", "text": CONTENT, "mycloud": DEEP},
        {"path": "/1/beside.txt", "text": "beside", "mycloud": BESIDE},
        {"path": "/2/bobs.txt", "text": "bob's", "mycloud": BOBS},
    ],
}


def good(answer: httpx.Response, status: int = 200) -> Any:
    """The data of an answer of a cloud service that says that all is well."""
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said["error"] is None
    assert said["message"]
    assert answer.headers["access-control-allow-origin"] == "*"
    return said["data"]


def bad(answer: httpx.Response, status: int, label: str, sentence: str = "") -> str:
    """The message of an error in both envelopes, with that label and *sentence* in it."""
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said["data"] is None
    assert said["error"] == {"label": label, "message": said["message"]}
    assert said["message"].startswith(f"{status} ")
    assert sentence in said["message"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    return str(said["message"])


def refused(answer: httpx.Response, status: int, key: str) -> None:
    """An error as a device tells it."""
    assert answer.status_code == status, answer.text
    assert answer.json()["key"] == key
    assert answer.json()["message"]
    assert answer.headers["access-control-allow-origin"] == "*"


@dataclass
class Caller:
    """Somebody who calls, with a token or without."""

    http: httpx.AsyncClient
    token: str = field(repr=False)
    subject: str = ""

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call the API; a body that is no text goes as JSON."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        if isinstance(body, str | bytes):
            more["content"] = body
        elif body is not None:
            more["json"] = body
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """GET."""
        return await self.call("GET", path, params=query or None)

    async def post(self, path: str, body: Any) -> httpx.Response:
        """POST."""
        return await self.call("POST", path, body)

    async def put(self, path: str, body: Any) -> httpx.Response:
        """PUT."""
        return await self.call("PUT", path, body)

    async def delete(self, path: str) -> httpx.Response:
        """DELETE."""
        return await self.call("DELETE", path)

    def body(self, *files: str, **more: Any) -> dict[str, Any]:
        """The body of a share of one's own."""
        return {"deviceId": DEVICE, "fileIds": list(files or (FOLDER,)), "ownerId": self.subject, **more}

    async def share(self, *files: str, **more: Any) -> dict[str, Any]:
        """Make a share."""
        made: dict[str, Any] = good(await self.post("/shares/v1/shares", self.body(*files, **more)), 201)
        return made

    async def permit(
        self, file: str, named: str, kind: str = "cloudShare", value: str = "ReadFile"
    ) -> dict[str, Any]:
        """Give a permission on Alice's device."""
        body = {"fileID": file, "entity": {"id": named, "type": kind}, "value": value}
        answer = await self.post(f"/{DEVICE}/sdk/v1/filePerms", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        assert answer.headers["location"] == f"/sdk/v1/filePerms/{made['id']}"
        return made

    async def permissions(self, file: str, **query: str) -> list[tuple[str, str, str]]:
        """What stands on a file of Alice's: type, id and value of each."""
        answer = await self.get(f"/{DEVICE}/sdk/v1/filePermsSearch/granting", fileID=file, **query)
        assert answer.status_code == 200, answer.text
        found = answer.json()["filePerms"]
        assert all(one["fileID"] == file for one in found)
        return [(one["entity"]["type"], one["entity"]["id"], one["value"]) for one in found]


class Desk:
    """The application of one test, its clock, and everyone who may call."""

    alice: Caller
    bob: Caller
    carol: Caller

    def __init__(self, house: House, http: httpx.AsyncClient, clock: Clock) -> None:
        self.house = house
        self.http = http
        self.clock = clock
        self.nobody = Caller(http, "")

    async def sign_in(self) -> None:
        """Give everyone a token."""
        for login in ("alice", "bob", "carol"):
            setattr(self, login, await self.signed_in(login, "nas_read_write offline_access"))

    async def reading(self, login: str) -> Caller:
        """Somebody with a token that was given for reading."""
        return await self.signed_in(login, "nas_read_only")

    async def signed_in(self, login: str, scope: str) -> Caller:
        """Somebody with a token for that."""
        client = await self.house.read(None, lambda work: registering.show(work, "app"))
        person = await self.id_of(login)
        tokens = await minting.user_tokens(self.house, person, client, scope)
        return Caller(self.http, tokens.access, await self.subject_of(person))

    async def id_of(self, login: str) -> int:
        """Our own id of a user."""
        found = await self.house.read(None, lambda work: enrolling.show(work, login))
        return found.id

    async def subject_of(self, person: int) -> str:
        """A user's id as clients know it."""
        return await self.house.read(None, lambda work: verifying.subject_of(work, person))


@contextlib.asynccontextmanager
async def a_desk(
    database: str, files: str, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Desk]:
    """The dialect on *database*, with the tests' people and files in it and no worker."""
    clock = clock or Clock()
    async with a_house(database, clock, files=files, **{"public_url": ROOT, **settings}) as house:
        await loading.load_world(house, WORLD)
        transport = httpx.ASGITransport(app=Road(DIALECT, house))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            made = Desk(house, http, clock)
            await made.sign_in()
            yield made


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


both_engines = pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
