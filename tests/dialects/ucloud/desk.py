"""The dialect in the test's own process, with people, a provider, drives and a project, and short words for what they call."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from polyshare.dialects.base.road import Road
from polyshare.dialects.ucloud import DIALECT
from polyshare.engine.directory import enrolling
from polyshare.engine.work import House
from polyshare.engine.worlds import loading
from tests.house import Clock, a_house

ROOT = "https://shares.example.com"
ISSUER = "cloud.sdu.dk"
SECRET = "a-shared-secret-of-at-least-sixty-four-characters-for-hs512-signatures!!"
MEDIA = "content-type: application/json; charset=utf-8"
"""The content type that the guide's own example sends."""
ALICES, BOBS = 5123, 5124
PRODUCT = {"id": "example-ssd", "category": "example-ssd", "provider": "example"}
SOURCE = f"/{ALICES}/work/my-project/my-collaboration"
CONTENT = "Quarterly report\n"
PROJECT = "proj-1"

WORLD: dict[str, Any] = {
    "users": [
        {"login": login, "name": login.capitalize(), "email": f"{login}@example.com"}
        for login in ("alice", "bob", "carol", "dave")
    ],
    "projects": [{"id": PROJECT, "title": "A project", "members": {"alice": "PI", "bob": "USER"}}],
    "providers": [{"id": "example", "kind": "files"}, {"id": "other", "kind": "files"}],
    "products": [{**PRODUCT, "description": "Example storage", "free": True}],
    "drives": [
        {"id": ALICES, "title": "Alice's drive", "owner": "alice", "product": PRODUCT},
        {"id": BOBS, "title": "Bob's drive", "owner": "bob", "product": PRODUCT},
    ],
    "folders": [{"path": SOURCE}, {"path": f"/{ALICES}/work/beside"}],
    "files": [{"path": f"{SOURCE}/report.txt", "text": CONTENT}],
    "jwt": [{"dialect": "ucloud", "issuer": ISSUER, "algorithm": "HS512", "secret": SECRET}],
}


def good(answer: httpx.Response) -> Any:
    """What an answer says that says that all is well."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


def refused(answer: httpx.Response, status: int, code: str | None = None) -> str:
    """Why the answer says no, in the body that every refusal has."""
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert said == {"why": said["why"], "errorCode": code, "statusCode": status}
    assert said["why"]
    return str(said["why"])


def claims_of(clock: Clock, subject: str, **changes: Any) -> dict[str, Any]:
    """The claims of a good access token; None takes one away."""
    now_s = clock() // 1_000_000
    claims = {
        "sub": subject,
        "role": "USER",
        "aud": ["all:write"],
        "iss": ISSUER,
        "iat": now_s,
        "exp": now_s + 600,
        "extendedByChain": [],
        "principalType": "password",
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: Any, secret: str = SECRET, algorithm: str = "HS512", **header: Any) -> str:
    """A token of these claims, under a shared secret."""
    head = {"typ": "JWT", "alg": algorithm, **header}
    text = claims if isinstance(claims, str) else json.dumps(claims)
    return jws.serialize_compact(head, text, OctKey.import_key(secret), algorithms=[algorithm])


@dataclass
class Caller:
    """Somebody who calls, with a token or without."""

    http: httpx.AsyncClient
    token: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict)

    def acting_in(self, project: str) -> "Caller":
        """The same one, with that project active."""
        return Caller(self.http, self.token, {**self.headers, "project": project})

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call the API; a body that is no text goes as JSON, as the type of media that the guide sends."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"content-type": MEDIA, **self.headers, **more.pop("headers", {})}
        content = body if isinstance(body, str | bytes | None) else json.dumps(body)
        return await self.http.request(method, path, headers=headers, content=content, **more)

    async def get(self, path: str, /, **query: Any) -> httpx.Response:
        """GET."""
        return await self.call("GET", path, params=query or None)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST."""
        return await self.call("POST", path, body)

    async def delete(self, path: str, body: Any = None) -> httpx.Response:
        """DELETE, which has a body here."""
        return await self.call("DELETE", path, body)

    async def bulk(self, path: str, *items: Any) -> httpx.Response:
        """POST of several items."""
        return await self.post(path, {"type": "bulk", "items": list(items)})


class Desk:
    """The application of one test, its clock, and everyone who may call."""

    alice: Caller
    bob: Caller
    carol: Caller
    dave: Caller

    def __init__(self, house: House, http: httpx.AsyncClient, clock: Clock) -> None:
        self.house = house
        self.http = http
        self.clock = clock
        self.nobody = Caller(http, "")

    def sign_in(self) -> None:
        """Give everyone a token that holds for ten minutes."""
        for login in ("alice", "bob", "carol", "dave"):
            setattr(self, login, self.user(login))

    def user(self, login: str, /, **claims: Any) -> Caller:
        """A user with a token; *claims* are what it says otherwise."""
        return self.with_token(signed(claims_of(self.clock, login, **claims)))

    def provider(self, name: str = "example", /, **claims: Any) -> Caller:
        """A provider with a token."""
        return self.user(f"#P_{name}", **({"role": "PROVIDER", "principalType": "provider"} | claims))

    def service(self, name: str = "_UCloud", /, **claims: Any) -> Caller:
        """A service with a token."""
        return self.user(name, **({"role": "SERVICE", "principalType": "service"} | claims))

    def with_token(self, token: str) -> Caller:
        """Whoever comes with that."""
        return Caller(self.http, token)

    async def id_of(self, login: str) -> int:
        """Our own id of a user."""
        found = await self.house.read(None, lambda work: enrolling.show(work, login))
        return found.id


@contextlib.asynccontextmanager
async def a_desk(
    database: str,
    files: str,
    clock: Clock | None = None,
    world: dict[str, Any] | None = None,
    application: Any = None,
    **settings: Any,
) -> AsyncIterator[Desk]:
    """
    The dialect on *database*, with the tests' world in it and no worker.

    Args:
        world: Further entries by section, or others for a section of the tests' world.
        application: Makes an ASGI application of a house; None: the dialect alone.
    """
    clock = clock or Clock()
    async with a_house(database, clock, files=files, **{"public_url": ROOT, **settings}) as house:
        await loading.load_world(house, WORLD | (world or {}))
        app = Road(DIALECT, house) if application is None else application(house)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            made = Desk(house, http, clock)
            made.sign_in()
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
