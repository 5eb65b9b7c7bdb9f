"""The admin API's calls for projects, products, allocations and refresh tokens."""

import pytest

from polyshare.domain.errors import UnknownCredential
from polyshare.engine.credentials import refreshing
from polyshare.engine.directory import enrolling, products
from tests.web.test_admin import api, problem

__all__ = ["api"]

SSD = "/products/example/ssd/example-ssd"
BARE = {"provider": "example", "category": "ssd", "name": "example-ssd"}


@pytest.fixture
async def stocked(api):
    """The API, where somebody keeps files."""
    assert (await api.put("/providers/example", json={"kind": "files"})).status_code == 200
    return api


async def test_projects_live_from_making_to_removal_with_members_in_parts(stocked):
    made = await stocked.post("/projects", json={"id": "proj-1", "name": "A project"})
    assert (made.status_code, made.json()["name"]) == (201, "A project")

    assert (await stocked.put("/projects/proj-1/members/plain", json={"part": "PI"})).status_code == 204
    assert (await stocked.put("/projects/proj-1/members/root", json={})).status_code == 204

    members = (await stocked.get("/projects/proj-1/members")).json()
    assert members == {
        "items": [
            {"member": "plain", "name": "Plain", "part": "PI"},
            {"member": "root", "name": "Root", "part": "USER"},
        ],
        "next": None,
    }
    problem(await stocked.put("/projects/proj-1/members/plain", json={"part": "OWNER"}), 422, "invalid")
    problem(await stocked.put("/projects/proj-1/members/nobody", json={}), 422, "invalid")
    assert (await stocked.delete("/projects/proj-1/members/root")).status_code == 204
    problem(await stocked.delete("/projects/proj-1/members/root"), 404, "not-found")
    assert (await stocked.delete("/projects/proj-1")).status_code == 204
    problem(await stocked.put("/projects/proj-1/members/root", json={}), 404, "not-found")
    assert (await stocked.get("/projects")).json()["items"] == []


async def test_products_are_put_listed_page_by_page_and_removed(stocked):
    put = await stocked.put(SSD, json={"description": "Fast", "free": True})

    assert put.status_code == 200, put.text
    told = BARE | {"description": "Fast", "free": True, "unit": "PER_UNIT", "price": 1, "priority": 0}
    assert put.json() == told | {"charge_type": "DIFFERENTIAL_QUOTA"}
    assert (await stocked.get(SSD)).json() == put.json()
    await stocked.put("/products/example/ssd/other", json={"unit": "CREDITS_PER_HOUR"})
    first = (await stocked.get("/products", params={"limit": 1})).json()
    rest = (await stocked.get("/products", params={"limit": 1, "after": first["next"]})).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["example-ssd", "other"]
    assert rest["next"] is None
    assert (await stocked.delete(SSD)).status_code == 204
    problem(await stocked.get(SSD), 404, "not-found")
    problem(await stocked.delete(SSD), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/products/nobody/ssd/x", {}, None),
        ("/products/polyshare/storage/storage", {}, None),
        ("/products/example/ssd/share", {}, None),
        (SSD, {"price": -1}, "/price"),
        (SSD, {"unit": "PER_SMILE"}, "/unit"),
        (SSD, {"description": "\x07"}, "/description"),
    ],
)
async def test_a_product_that_could_not_be_is_refused(stocked, path, body, where):
    told = problem(await stocked.put(path, json=body), 422, "invalid")

    assert where in (None, told.get("pointer"))
    assert (await stocked.get("/products")).json()["items"] == []


async def test_allocations_say_who_may_use_what_is_not_free(house, stocked):
    await stocked.put(SSD, json={})
    await stocked.post("/projects", json={"id": "proj-1", "name": "A project"})
    plain = (await stocked.get("/users/plain")).json()["id"]

    async def usable():
        async def job(work):
            person = await enrolling.show(work, "plain")
            return {one.ref.name: one.balance for one in await products.usable(work, person.id)}

        return await house.read(None, job)

    assert await usable() == {"storage": None}
    assert (await stocked.put(f"{SSD}/users/{plain}", json={"balance": 1000})).status_code == 204
    assert (await stocked.put(f"{SSD}/projects/proj-1", json={"balance": 5})).status_code == 204

    assert await usable() == {"example-ssd": 1000}
    told = (await stocked.get(f"{SSD}/allocations")).json()["items"]
    assert told == [
        BARE | {"user": None, "project": "proj-1", "balance": 5},
        BARE | {"user": "plain", "project": None, "balance": 1000},
    ]
    problem(await stocked.delete(SSD), 409, "wrong-state")
    problem(await stocked.put(f"{SSD}/users/nobody", json={"balance": 1}), 422, "invalid")
    problem(await stocked.put(f"{SSD}/users/plain", json={"balance": -1}), 422, "invalid")
    assert (await stocked.delete(f"{SSD}/users/plain")).status_code == 204
    problem(await stocked.delete(f"{SSD}/users/plain"), 404, "not-found")
    assert await usable() == {"storage": None}


@pytest.mark.parametrize("whose", [{"user": "plain"}, {"provider": "example"}])
async def test_a_refresh_token_is_told_once_and_works_until_it_is_revoked(house, stocked, whose):
    [(key, name)] = whose.items()

    issued = await stocked.post("/refresh-tokens", json=whose)

    assert issued.status_code == 201, issued.text
    secret, ident = issued.json()["secret"], issued.json()["id"]
    found = await house.read(None, lambda work: refreshing.holder(work, secret))
    assert name in (found.provider, found.person and found.person.login)
    listed = await stocked.get("/refresh-tokens", params=whose)
    assert [(one["id"], one[key]) for one in listed.json()["items"]] == [(ident, name)]
    assert secret not in listed.text
    assert "secret" not in (await stocked.get(f"/refresh-tokens/{ident}")).json()
    other = {"provider": "other"} if key == "user" else {"user": "root"}
    assert (await stocked.get("/refresh-tokens", params=other)).json()["items"] == []
    assert (await stocked.delete(f"/refresh-tokens/{ident}")).status_code == 204
    assert (await stocked.get(f"/refresh-tokens/{ident}")).json()["revoked_at"] is not None
    with pytest.raises(UnknownCredential):
        await house.read(None, lambda work: refreshing.holder(work, secret))


async def test_a_refresh_token_of_a_user_may_have_an_end(stocked):
    end = "2099-12-31T12:00:00Z"

    issued = await stocked.post("/refresh-tokens", json={"user": "plain", "expires_at": end})

    assert (issued.status_code, issued.json()["expires_at"]) == (201, end)
    for body in (
        {"user": "plain", "expires_at": "2001-01-01T00:00:00Z"},
        {"user": "plain", "expires_at": end, "name": "browser"},
        {"provider": "example", "expires_at": end},
    ):
        problem(await stocked.post("/refresh-tokens", json=body), 422, "invalid")


async def test_a_refresh_token_is_somebodys(stocked):
    for body in ({}, {"user": "plain", "provider": "example"}, {"user": "nobody"}, {"provider": "nobody"}):
        problem(await stocked.post("/refresh-tokens", json=body), 422, "invalid")
    both = {"user": "plain", "provider": "example"}
    problem(await stocked.get("/refresh-tokens", params=both), 422, "invalid")
    problem(await stocked.get("/refresh-tokens/nothing"), 404, "not-found")


async def test_a_providers_refresh_token_is_taken_out_of_its_settings(house, stocked):
    secret = "example-refresh-token-0123456789"
    put = await stocked.put(
        "/providers/example", json={"kind": "files", "settings": {"refresh_token": secret}}
    )

    assert secret not in put.text
    found = await house.read(None, lambda work: refreshing.holder(work, secret))
    assert found.provider == "example"
    again = await stocked.put(
        "/providers/example", json={"kind": "files", "settings": {"refresh_token": secret}}
    )
    assert again.json() == put.json()
    assert len((await stocked.get("/refresh-tokens")).json()["items"]) == 1
    taken = {"kind": "files", "settings": {"refresh_token": secret}}
    problem(await stocked.put("/providers/another", json=taken), 422, "invalid")
