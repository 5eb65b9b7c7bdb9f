"""The admin API: who may use it, what its calls do, and what bad input gets."""

import asyncio
import json
from pathlib import Path

import httpx
import msgspec
import pytest

import polyshare.web
from polyshare.domain.directory import NewCredential, NewPerson, NewPrincipal, Scope
from polyshare.domain.errors import UnknownCredential
from polyshare.domain.principals import Access, Kind
from polyshare.engine.credentials import issuing
from polyshare.engine.credentials.admitting import identify
from polyshare.engine.directory import directing, enrolling
from polyshare.web import admin, admin_shapes

DOCUMENT = Path(polyshare.web.__file__).with_name("admin.openapi.json")
EDIT, READ, NARROW, PLAIN = (
    "edit-secret-0001",
    "read-secret-0001",
    "narrow-secret-0001",
    "plain-secret-0001",
)


async def made(house):
    """A client of the API, and tokens: EDIT, READ and NARROW of an administrator, PLAIN of somebody else."""

    async def job(work):
        await directing.add(work, NewPrincipal(Kind.ACCOUNT, "First", "first"))
        await enrolling.enroll(work, NewPerson("root", "Root", administrator=True))
        await enrolling.enroll(work, NewPerson("plain", "Plain"))
        await issuing.issue(work, NewCredential("token", "root"), EDIT)
        await issuing.issue(work, NewCredential("token", "root", access=Access.READ), READ)
        await issuing.issue(work, NewCredential("token", "root", scope=Scope({"first": Access.EDIT})), NARROW)
        await issuing.issue(work, NewCredential("token", "plain"), PLAIN)

    await directing.changing(house, None, job)
    transport = httpx.ASGITransport(admin.admin_app(house), raise_app_exceptions=True)
    return httpx.AsyncClient(
        transport=transport, base_url="http://test/admin/v1", headers={"authorization": f"Bearer {EDIT}"}
    )


@pytest.fixture
async def api(house):
    """The API on both engines, as its administrator."""
    async with await made(house) as client:
        yield client


@pytest.fixture
async def quick_api(sqlite_house):
    """The API on SQLite, for what does not depend on the engine."""
    async with await made(sqlite_house) as client:
        yield client


def problem(answer, status, slug):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["type"]) == (status, f"urn:polyshare:problem:{slug}")
    return told


async def test_organizations_and_accounts_live_from_making_to_removal(api):
    organization = (await api.post("/organizations", json={"name": "Org"})).json()
    account = await api.post(
        "/accounts", json={"id": "acc-1", "name": "One", "organization": organization["id"]}
    )
    assert account.status_code == 201
    assert (account.json()["id"], account.json()["organization"]) == ("acc-1", organization["id"])

    problem(await api.delete(f"/organizations/{organization['id']}"), 409, "wrong-state")
    changed = await api.patch(
        "/accounts/acc-1", json={"name": "Uno", "organization": "", "status": "inactive"}
    )
    assert (changed.json()["name"], changed.json()["organization"], changed.json()["status"]) == (
        "Uno",
        "",
        "inactive",
    )

    assert (await api.delete(f"/organizations/{organization['id']}")).status_code == 204
    assert (await api.delete("/accounts/acc-1")).status_code == 204
    assert [one["id"] for one in (await api.get("/accounts")).json()["items"]] == ["first"]
    removed = (await api.get("/accounts", params={"status": "deleted"})).json()["items"]
    assert [(one["id"], one["status"]) for one in removed] == [("acc-1", "deleted")]
    assert problem(await api.post("/accounts", json={"id": "acc-1", "name": "X"}), 409, "taken")[
        "detail"
    ].startswith("This id is in use")


async def test_users_with_roles_groups_and_aliases(api):
    new = {
        "login": "dora",
        "name": "Dora",
        "email": "Dora@example.com",
        "password": "a-password",
        "aliases": {"x": "1"},
    }
    dora = (await api.post("/users", json=new)).json()
    assert (dora["has_password"], dora["aliases"], dora["administrator"]) == (True, {"x": "1"}, False)
    assert "a-password" not in json.dumps(dora)

    assert (await api.put("/users/dora/roles/accounts/first", json={"access": "edit"})).status_code == 204
    roles = (await api.get(f"/users/{dora['id']}/roles")).json()["items"]
    assert roles == [{"kind": "account", "id": "first", "name": "First", "access": "edit"}]
    assert (await api.delete("/users/dora/roles/accounts/first")).status_code == 204
    problem(await api.delete("/users/dora/roles/accounts/first"), 404, "not-found")

    await api.post("/groups", json={"id": "inner"})
    await api.post("/groups", json={"id": "outer", "name": "Outer"})
    assert (await api.put("/groups/inner/members/dora")).status_code == 204
    assert (await api.put("/groups/outer/members/group:inner")).status_code == 204
    problem(await api.put("/groups/inner/members/group:outer"), 422, "invalid")
    members = (await api.get("/groups/outer/members")).json()["items"]
    assert [(one["member"], one["kind"]) for one in members] == [("group:inner", "group")]
    assert (await api.delete("/groups/inner/members/dora")).status_code == 204
    assert (await api.get("/groups/inner/members")).json()["items"] == []

    changed = (await api.patch("/users/dora", json={"email": "", "administrator": True})).json()
    assert (changed["email"], changed["administrator"], changed["name"]) == ("", True, "Dora")
    assert (await api.delete("/users/dora")).status_code == 204
    assert (await api.get("/users/dora")).json()["status"] == "deleted"


@pytest.mark.parametrize(("path", "kind"), [("/tokens", "token"), ("/keys", "key")])
async def test_a_secret_is_told_once_and_works_until_it_is_revoked(house, api, path, kind):
    await api.patch("/users/plain", json={"email": "plain@example.com"})
    scope = {"accounts": {"first": "read"}, "organizations": {}}
    body = {
        "user": "plain",
        "name": "ci",
        "access": "read",
        "scope": scope,
        "expires_at": "2030-01-01T00:00:00Z",
    }

    issued = (await api.post(path, json=body)).json()

    actor = await identify(house, kind, issued["secret"], "PLAIN@example.com")
    assert (actor.login, actor.cap, actor.narrowed) == ("plain", Access.READ, True)
    shown = (await api.get(f"{path}/{issued['id']}")).json()
    assert "secret" not in shown
    assert (shown["scope"], shown["expires_at"]) == (scope, "2030-01-01T00:00:00Z")
    assert issued["secret"] not in (await api.get(path, params={"user": "plain"})).text

    widened = (await api.patch(f"{path}/{issued['id']}", json={"access": "edit"})).json()
    assert (widened["access"], widened["scope"]) == ("edit", scope)

    assert (await api.delete(f"{path}/{issued['id']}")).status_code == 204
    with pytest.raises(UnknownCredential):
        await identify(house, kind, issued["secret"], "plain@example.com")
    assert (await api.get(f"{path}/{issued['id']}")).json()["revoked_at"] is not None


async def test_lists_are_read_page_by_page(api):
    for at in range(5):
        await api.post("/accounts", json={"id": f"acc-{at}", "name": "A"})

    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await api.get("/accounts", params={"limit": 2, **after})).json()
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}

    assert seen == ["acc-0", "acc-1", "acc-2", "acc-3", "acc-4", "first"]
    users = (await api.get("/users", params={"limit": 1})).json()
    assert [one["login"] for one in users["items"]] == ["plain"]
    more = (await api.get("/users", params={"limit": 1, "after": users["next"]})).json()
    assert ([one["login"] for one in more["items"]], more["next"]) == (["root"], None)
    tokens = (await api.get("/tokens", params={"limit": 3})).json()
    rest = (await api.get("/tokens", params={"limit": 3, "after": tokens["next"]})).json()
    assert (len(tokens["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)


async def test_providers_are_put_and_removed_and_their_secrets_stay_inside(api):
    hook = {
        "kind": "webhook",
        "settings": {
            "url": "https://hooks.example.com/in",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        },
        "resource_types": ["custom-ruleset"],
    }

    put = await api.put("/providers/hook", json=hook)

    assert put.status_code == 200, put.text
    assert put.json()["resource_types"] == ["custom-ruleset"]
    assert "whsec" not in put.text
    other = {"kind": "applied", "resource_types": ["custom-ruleset"]}
    assert "provider hook" in problem(await api.put("/providers/other", json=other), 409, "taken")["detail"]
    assert (
        problem(await api.put("/providers/x", json={"kind": "pigeon"}), 422, "invalid")["pointer"] == "/kind"
    )
    assert (await api.delete("/providers/hook")).status_code == 204
    assert (await api.get("/providers")).json() == {"items": [], "next": None}
    problem(await api.delete("/providers/hook"), 404, "not-found")


async def test_a_provider_carries_kinds_of_resource_that_a_dialect_knows(sqlite_house, quick_api):
    sqlite_house.kinds = frozenset({"gateway-policy", "custom-ruleset"})
    given = {"kind": "applied", "resource_types": ["custom-ruleset", "gateway-polcy"]}

    told = problem(await quick_api.put("/providers/gate", json=given), 422, "invalid")

    assert told["pointer"] == "/resource_types/1"
    assert "did you mean gateway-policy?" in told["detail"]


async def test_only_administrators_with_a_whole_token_come_in(quick_api):
    problem(await quick_api.get("/users", headers={"authorization": ""}), 401, "malformed-credential")
    del quick_api.headers["authorization"]
    answer = await quick_api.get("/users")
    problem(answer, 401, "no-credential")
    assert answer.headers["www-authenticate"] == "Bearer"

    for secret, status, slug in (
        ("nobody's", 401, "unknown-credential"),
        (PLAIN, 403, "denied"),
        (NARROW, 403, "denied"),
    ):
        problem(await quick_api.get("/users", headers={"authorization": f"Bearer {secret}"}), status, slug)


async def test_the_last_active_administrator_cannot_be_taken_out_of_use(quick_api):
    problem(await quick_api.delete("/users/root"), 409, "wrong-state")
    problem(await quick_api.patch("/users/root", json={"status": "inactive"}), 409, "wrong-state")
    problem(await quick_api.patch("/users/root", json={"administrator": False}), 409, "wrong-state")

    assert (await quick_api.get("/users/root")).json()["administrator"] is True


async def test_a_token_that_may_only_read_changes_nothing(quick_api):
    quick_api.headers["authorization"] = f"Bearer {READ}"

    assert (await quick_api.get("/users")).status_code == 200
    problem(await quick_api.post("/accounts", json={"name": "A"}), 403, "read-only")
    assert len((await quick_api.get("/accounts")).json()["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "pointer"),
    [
        ("POST", "/accounts", b"{", 422, None),
        ("POST", "/accounts", b"\xff", 422, None),
        ("POST", "/accounts", b'"text"', 422, None),
        ("POST", "/accounts", b"{}", 422, "/name"),
        ("POST", "/accounts", b'{"name": 3}', 422, "/name"),
        ("POST", "/accounts", b'{"name": "\\u0000"}', 422, "/name"),
        ("POST", "/accounts", b'{"name": "A", "id": "a b"}', 422, "/id"),
        ("POST", "/accounts", b'{"name": "A", "id": "a.b"}', 422, "/id"),
        ("POST", "/organizations", b'{"name": "A", "id": "123456789012345678901234567890123"}', 422, "/id"),
        ("POST", "/accounts", b'{"name": "A", "nome": "B"}', 422, None),
        ("POST", "/accounts", b'{"name": "A", "organization": "none"}', 422, "/organization"),
        ("POST", "/users", b'{"login": "a b", "name": "A"}', 422, "/login"),
        ("POST", "/users", b'{"login": "root", "name": "A"}', 409, None),
        ("POST", "/users", b'{"login": "a", "name": "A", "email": "a"}', 422, "/email"),
        ("POST", "/users", b'{"login": "a", "name": "A", "password": ""}', 422, "/password"),
        ("POST", "/tokens", b'{"user": "nobody"}', 422, "/user"),
        ("POST", "/tokens", b'{"user": "root", "expires_at": "2030-01-01T00:00:00"}', 422, "/expires_at"),
        ("POST", "/tokens", b'{"user": "root", "expires_at": "2025-12-31T00:00:00Z"}', 422, "/expires_at"),
        (
            "POST",
            "/tokens",
            b'{"user": "root", "scope": {"accounts": {"none": "read"}}}',
            422,
            "/accounts/none",
        ),
        ("PUT", "/users/root/roles/accounts/none", b'{"access": "read"}', 404, None),
        ("PUT", "/users/root/roles/accounts/first", b'{"access": "write"}', 422, "/access"),
        ("GET", "/users/%00", b"", 404, None),
        ("GET", "/accounts?limit=0", b"", 422, None),
        ("GET", "/accounts?limit=999999999999999999999", b"", 422, None),
        ("GET", "/accounts?limit=0000019999999", b"", 422, None),
        ("GET", "/accounts?limit=000001" + "9" * 30, b"", 422, None),
        ("GET", "/accounts?after=%C3%A4", b"", 422, None),
        ("GET", "/accounts?after=AA", b"", 422, None),
        ("GET", "/tokens?after=eHh4", b"", 422, None),
        ("GET", "/users?status=asleep", b"", 422, None),
        ("GET", "/tokens?user=nobody", b"", 404, None),
        ("GET", "/nothing", b"", 404, None),
        ("GET", "/accounts/first/", b"", 404, None),
        ("PUT", "/accounts", b"", 405, None),
        ("POST", "/accounts", b" " * 1_048_577, 413, None),
    ],
)
async def test_bad_input_gets_a_problem(quick_api, method, path, body, status, pointer):
    answer = await quick_api.request(method, path, content=body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("pointer") == pointer
    assert answer.json()["detail"]


async def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(sqlite_house, quick_api):
    sqlite_house.settings = msgspec.structs.replace(sqlite_house.settings, body_timeout_s=0.05)

    async def slow():
        yield b'{"name": '
        await asyncio.Event().wait()

    problem(await quick_api.post("/accounts", content=slow()), 408, "too-slow")


def test_the_document_and_the_calls_agree():
    document = json.loads(DOCUMENT.read_text("utf-8"))
    told = {
        (method.upper(), path)
        for path, calls in document["paths"].items()
        for method in calls
        if method in ("get", "post", "put", "patch", "delete")
    }

    assert told == {(rule.method, rule.path) for rule in admin.RULES}
    for rule in admin.RULES:
        call = document["paths"][rule.path][rule.method.lower()]
        assert str(rule.status) in call["responses"], rule
        assert ({"408", "413"} <= call["responses"].keys()) is (rule.body is not None), rule
        given = (
            call.get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema", {})
            .get("$ref")
        )
        assert given == (None if rule.body is None else f"#/components/schemas/{rule.body.__name__}")


def test_the_document_tells_every_field():
    schemas = json.loads(DOCUMENT.read_text("utf-8"))["components"]["schemas"]
    told = {name: set(schema["properties"]) for name, schema in schemas.items() if "properties" in schema}
    structs = [
        each
        for each in vars(admin_shapes).values()
        if isinstance(each, type)
        and issubclass(each, msgspec.Struct)
        and each.__module__.startswith(admin_shapes.__name__)
    ]

    expected = {each.__name__: set(each.__struct_fields__) for each in structs if each.__struct_fields__}
    assert told == expected
