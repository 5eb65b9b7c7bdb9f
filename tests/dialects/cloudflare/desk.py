"""A desk at which tests talk HTTP to the whole application in this process, with a held clock and a stepped worker."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from polyshare.dialects.base import Road
from polyshare.dialects.cloudflare import DIALECT
from polyshare.domain.directory import NewCredential, NewPerson, NewPrincipal, PrincipalChange, Scope
from polyshare.domain.principals import Access, Kind, Status
from polyshare.engine.credentials import issuing
from polyshare.engine.directory import directing, enrolling, seating
from polyshare.engine.sharing import aligning, delivering
from polyshare.engine.work import House, Work
from polyshare.engine.worker import tidying
from tests.dialects.cloudflare.said import PREFIX, as_documented
from tests.house import Clock, a_house

ORGANIZATION = "9a7806061c88ada191ed06f989cc3dac"
OTHER_ORGANIZATION = "0000000000000000000000000000000e"
A = "023e105f4ecef8ad9ca31a8372d0c353"
B = "0000000000000000000000000000000b"
C = "0000000000000000000000000000000c"
D = "0000000000000000000000000000000d"
FOREIGN = "0000000000000000000000000000000f"
ELSEWHERE = "00000000000000000000000000000011"

TOKENS = {
    "alice": "alice-edit-token-0123456789abcdef0123456789",
    "alice reading": "alice-read-token-0123456789abcdef0123456789",
    "bob": "bob-token-0123456789abcdef0123456789abcdef",
    "carol": "carol-token-0123456789abcdef0123456789abcd",
    "frank": "frank-token-0123456789abcdef0123456789abcd",
    "admin": "admin-token-0123456789abcdef0123456789abcd",
    "inactive": "inactive-token-0123456789abcdef0123456789ab",
    "narrow": "narrow-token-0123456789abcdef0123456789abc",
    "expired": "expired-token-0123456789abcdef0123456789ab",
    "revoked": "revoked-token-0123456789abcdef0123456789ab",
}
KEY = {"X-Auth-Email": "alice@example.com", "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194"}

START = 1_767_323_045_678_901  # 2026-01-02T03:04:05.678901Z, microseconds
DAY_S = 86_400

SHARE_FIELDS = frozenset(
    [
        "id",
        "account_id",
        "account_name",
        "organization_id",
        "name",
        "status",
        "target_type",
        "kind",
        "created",
        "modified",
    ]
)
COUNTS = tuple(
    f"{status}_recipient_count" for status in ("associating", "associated", "disassociating", "disassociated")
)


def bearer(who: str) -> dict[str, str]:
    """The header that says who calls."""
    return {"Authorization": f"Bearer {TOKENS[who]}"}


def some_id(number: int) -> str:
    """An identifier of the vendor's shape."""
    return f"{number:032x}"


def a_resource(number: int = 1, kind: str = "custom-ruleset", **other: Any) -> dict[str, Any]:
    """A resource of account A as a request names it."""
    return {
        "resource_id": some_id(number),
        "resource_type": kind,
        "resource_account_id": A,
        "meta": {},
        **other,
    }


def a_recipient(account: str) -> dict[str, str]:
    """A recipient as a request names it."""
    return {"recipient_account_id": account}


def good(response: httpx.Response, status: int = 200) -> Any:
    """The result of an answer that must have succeeded, in the vendor's envelope."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    said = response.json()
    assert said["success"] is True
    assert said["errors"] == []
    assert said["messages"] == []
    assert ("result_info" in said) == isinstance(said["result"], list)
    return said["result"]


def refused(response: httpx.Response, status: int, code: int) -> dict[str, Any]:
    """The first error of an answer that must have failed with *status* and *code*."""
    assert response.status_code == status, f"{response.status_code}: {response.text}"
    said = response.json()
    assert said["success"] is False
    assert said["result"] is None
    assert said["messages"] == []
    assert "result_info" not in said
    first: dict[str, Any] = said["errors"][0]
    assert first["code"] == code, said["errors"]
    assert isinstance(first["message"], str)
    assert first["message"]
    return first


def pointed(response: httpx.Response, status: int, code: int) -> str:
    """Where the first error of a refused request points."""
    pointer: str = refused(response, status, code)["source"]["pointer"]
    return pointer


@dataclass(frozen=True)
class Party:
    """One caller acting for one account (or an organization); paths start below its `/shares`."""

    http: httpx.AsyncClient
    account: str
    headers: Mapping[str, str]
    root: str = "accounts"

    async def call(
        self,
        method: str,
        path: str = "",
        body: Any = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """Make one call and check its answer against the OpenAPI document."""
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
        url = f"{PREFIX}/{self.root}/{self.account}/shares{path}"
        stated = {"Content-Type": "application/json"} if content is not None else {}
        response = await self.http.request(
            method,
            url,
            content=content,
            params={name: _spelled(value) for name, value in query.items()},
            headers={**self.headers, **stated, **(headers or {})},
        )
        as_documented(
            method,
            response.request.url.raw_path.decode(),
            response.status_code,
            response.headers,
            response.content,
        )
        return response

    async def get(self, path: str = "", **query: Any) -> httpx.Response:
        """Read."""
        return await self.call("GET", path, **query)

    async def post(self, path: str = "", body: Any = None, **more: Any) -> httpx.Response:
        """Make something."""
        return await self.call("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Change something."""
        return await self.call("PUT", path, body, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        """End something."""
        return await self.call("DELETE", path, **more)

    async def share(
        self,
        name: str = "Baseline rules",
        to: Sequence[str] = (B,),
        resources: Sequence[dict[str, Any]] | None = None,
        **other: Any,
    ) -> dict[str, Any]:
        """Make a share that is taken."""
        body = {
            "name": name,
            "recipients": [a_recipient(account) for account in to] or [{}],
            "resources": list(resources)
            if resources is not None
            else [a_resource(resource_account_id=self.account)],
            **other,
        }
        made: dict[str, Any] = good(await self.post("", body), 201)
        return made

    async def seen(self, share: Mapping[str, Any], **query: Any) -> dict[str, Any]:
        """A share as it is now."""
        now: dict[str, Any] = good(await self.get(f"/{share['id']}", **query))
        return now

    async def whole(self, share: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that can be read about a share, for telling that nothing changed."""
        return {
            "share": await self.seen(share, include_resources=True, include_recipient_counts=True),
            "recipients": await self.recipients(share, include_resources=True),
            "resources": good(await self.get(f"/{share['id']}/resources")),
        }

    async def recipients(self, share: Mapping[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The recipients of a share."""
        listed: list[dict[str, Any]] = good(await self.get(f"/{share['id']}/recipients", **query))
        return listed

    async def statuses(self, share: Mapping[str, Any]) -> dict[str, str]:
        """How far each recipient account of a share is."""
        return {each["account_id"]: each["association_status"] for each in await self.recipients(share)}

    async def resources(self, share: Mapping[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The entries of a share."""
        listed: list[dict[str, Any]] = good(await self.get(f"/{share['id']}/resources", **query))
        return listed

    async def names(self, **query: Any) -> list[str]:
        """The names of the listed shares, in their order."""
        return [each["name"] for each in good(await self.get("", **query))]


def _spelled(value: Any) -> Any:
    """A query value as the official clients spell it; a list becomes a repeated key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


class Desk:
    """The application of one test, its clock, and everyone who may call."""

    def __init__(self, house: House, http: httpx.AsyncClient, clock: Clock) -> None:
        self.house = house
        self.http = http
        self.clock = clock
        self.alice = Party(http, A, bearer("alice"))
        self.bob = Party(http, B, bearer("bob"))
        self.carol = Party(http, C, bearer("carol"))
        self.frank = Party(http, FOREIGN, bearer("frank"))
        self.organization = Party(http, ORGANIZATION, bearer("admin"), root="organizations")

    def as_admin(self, account: str) -> Party:
        """The organization's administrator, acting for one of its accounts."""
        return Party(self.http, account, bearer("admin"))

    async def settle(self) -> None:
        """Let time pass and step the worker until nothing is left to carry out."""
        for _ in range(40):
            self.clock.pass_s(1)
            moved = await delivering.deliver_due(self.house)
            moved += await aligning.settle_shares(self.house)
            moved += await aligning.realign_next(self.house)
            if moved == 0:
                return
        raise AssertionError("the worker always finds something to do")

    async def sweep(self) -> None:
        """Let the worker remove what is past its time."""
        await tidying.tidy(self.house)

    async def found(self, account: str, name: str, organization: str = "") -> None:
        """Add an account."""

        async def job(work: Work) -> None:
            await directing.add(work, NewPrincipal(Kind.ACCOUNT, name, account, organization))

        await directing.changing(self.house, None, job)

    async def move(self, account: str, organization: str) -> None:
        """Let an account change its organization."""

        async def job(work: Work) -> None:
            await directing.change(work, Kind.ACCOUNT, account, PrincipalChange(organization=organization))

        await directing.changing(self.house, None, job)


@contextlib.asynccontextmanager
async def a_desk(database: str, **settings: Any) -> AsyncIterator[Desk]:
    """The dialect on *database*, with the tests' people in it and no worker but the test itself."""
    clock = Clock(START)
    async with a_house(database, clock, **settings) as house:
        await directing.changing(house, None, _people)
        transport = httpx.ASGITransport(app=Road(DIALECT, house))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            yield Desk(house, http, clock)


async def _people(work: Work) -> None:
    """Two organizations, six accounts, and people who act for them."""
    for public_id, name in (
        (ORGANIZATION, "Example Organization"),
        (OTHER_ORGANIZATION, "Other Organization"),
    ):
        await directing.add(work, NewPrincipal(Kind.ORGANIZATION, name, public_id))
    for public_id, name, organization in (
        (A, "Account A", ORGANIZATION),
        (B, "Account B", ORGANIZATION),
        (C, "Account C", ORGANIZATION),
        (D, "Account D", ORGANIZATION),
        (FOREIGN, "Foreign Account", ""),
        (ELSEWHERE, "Account of the other organization", OTHER_ORGANIZATION),
    ):
        await directing.add(work, NewPrincipal(Kind.ACCOUNT, name, public_id, organization))
    for login, account in (
        ("alice", A),
        ("bob", B),
        ("carol", C),
        ("frank", FOREIGN),
        ("admin", ""),
        ("inactive", A),
    ):
        status = Status.INACTIVE if login == "inactive" else Status.ACTIVE
        await enrolling.enroll(work, NewPerson(login, login.title(), f"{login}@example.com", status=status))
        if account:
            await seating.give_role(work, login, Kind.ACCOUNT, account, Access.EDIT)
    await seating.give_role(work, "admin", Kind.ORGANIZATION, ORGANIZATION, Access.EDIT)
    narrow = Scope(accounts={B: Access.READ})
    for name, new in {
        "alice": NewCredential("token", "alice"),
        "alice reading": NewCredential("token", "alice", access=Access.READ),
        "bob": NewCredential("token", "bob"),
        "carol": NewCredential("token", "carol"),
        "frank": NewCredential("token", "frank"),
        "admin": NewCredential("token", "admin"),
        "inactive": NewCredential("token", "inactive"),
        "narrow": NewCredential("token", "admin", scope=narrow),
        "expired": NewCredential("token", "alice", expires_at=START - 1),
        "revoked": NewCredential("token", "alice", revoked=True),
    }.items():
        await issuing.issue(work, new, TOKENS[name])
    await issuing.issue(work, NewCredential("key", "alice"), KEY["X-Auth-Key"])
