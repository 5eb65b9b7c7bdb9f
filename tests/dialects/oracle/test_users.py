"""Finding people and groups, and what clients call beside the Documents API."""

import pytest

from polyshare.engine.worlds import loading
from tests.dialects.oracle.desk import PASSWORD, bad, good

pytestmark = pytest.mark.anyio


async def found(caller, info, **query):
    said = good(await caller.get("/users/items", params={"info": info, **query}))
    return [one["loginName"] for one in said.get("items", [])]


@pytest.mark.behaviour("oracle", 27)
async def test_people_are_found_by_words_of_their_names(desk):
    said = good(await desk.alice.get("/users/items", params={"info": "STONE bo"}))

    bob = await desk.id_of("bob")
    assert said == {
        "count": "1",
        "errorCode": "0",
        "items": [{"displayName": "Bob Stone", "id": bob, "loginName": "bob", "type": "user"}],
    }
    assert await found(desk.alice.of("1.1"), "lee") == ["alice"]
    assert await found(desk.alice, "idle@example") == ["idle"]
    assert await found(desk.alice, "gone") == []


@pytest.mark.behaviour("oracle", 27)
async def test_nobody_found_is_an_answer_without_items(desk):
    said = good(await desk.alice.get("/users/items", params={"info": "nobody at all"}))

    assert said == {"count": "0", "errorCode": "0"}
    for path in ("/users/items", "/users/items?info=", "/users/items?info=%20", "/users/search/items"):
        bad(await desk.alice.get(path), 400, "-32")


@pytest.mark.behaviour("oracle", 27)
async def test_an_exact_login_is_never_pushed_out_of_the_list(desk):
    crowd = [{"login": f"annabel{n:02}", "name": f"A ann {n:02}"} for n in range(60)]
    await loading.load_world(desk.house, {"users": [*crowd, {"login": "ann", "name": "Zoe"}]})

    names = await found(desk.alice, "ANN")

    assert names[0] == "ann"
    assert len(names) == 50


@pytest.mark.behaviour("oracle", 27)
async def test_a_plus_that_nobody_escaped_is_a_plus_too(desk):
    await loading.load_world(desk.house, {"users": [{"login": "a+b@x.example", "name": "Plus"}]})

    for query in ("info=a+b@x.example", "info=a%2Bb@x.example", "query=a+b"):
        said = good(await desk.alice.get(f"/users/items?{query}"))
        assert said["items"][0]["loginName"] == "a+b@x.example"
    assert await found(desk.alice, "lee alice") == ["alice"]


async def test_letters_beyond_ascii_are_found_in_any_case(desk):
    await loading.load_world(desk.house, {"users": [{"login": "asa", "name": "Åsa Öberg"}]})

    for words in ("åsa", "ÅSA", "öberg", "ÖBERG åsa"):
        assert await found(desk.alice, words) == ["asa"]


async def test_an_address_is_found_exactly(desk):
    said = good(await desk.alice.get("/users/search/items", params={"email": "BOB@example.com"}))

    assert [one["loginName"] for one in said["items"]] == ["bob"]
    assert (
        good(await desk.alice.get("/users/search/items", params={"email": "ob@example.com"}))["count"] == "0"
    )


async def test_groups_are_found_by_name_and_by_id(desk):
    answer = await desk.alice.get("//osn/social/api/v1/groups/DESIGNERS")
    said = answer.json()

    assert said["name"].casefold() == "designers"
    assert said["id"] == said["groupID"]
    assert said["groupID"][0] == "G"
    assert (await desk.alice.get(f"//osn/social/api/v1/groups/{said['groupID']}")).json()["groupID"] == said[
        "groupID"
    ]
    assert (await desk.alice.get("//osn/social/api/v1/groups/nobody")).status_code == 404
    listed = (await desk.alice.get("//osn/social/api/v1/groups?count=1&offset=0")).json()
    assert (listed["count"], listed["hasMore"], len(listed["items"])) == (1, True, 1)
    people = (await desk.alice.get("//osn/social/api/v1/people?links=none&limit=100")).json()
    assert people["hasMore"] is False
    assert {"alice", "bob"} <= {one["name"] for one in people["items"]}


async def test_the_services_that_clients_ask_for_their_login_answer(desk):
    async def local(service):
        answer = await desk.alice.get(f"//documents/integration?IdcService={service}&IsJson=1")
        assert answer.status_code == 200
        return answer.json()["LocalData"]

    assert await local("SCS_GET_TENANT_CONFIG") == {"StatusCode": "0"}
    assert await local("GET_USER_INFO") == {"StatusCode": "0", "dUser": "alice"}
    assert (await local("DELETE_EVERYTHING"))["StatusCode"] == "-32"
    assert (await desk.http.get("/documents/integration?IdcService=GET_USER_INFO")).status_code == 401
    assert (await desk.http.get("/system/api/v1/release/version")).status_code == 404


async def test_a_client_gets_a_token_for_a_login_and_password(desk):
    await loading.load_world(desk.house, {"clients": [{"id": "toolkit", "secret": "toolkit-secret-0123"}]})
    form = {
        "grant_type": "password",
        "username": "alice",
        "password": PASSWORD.format("alice"),
        "scope": "all",
    }

    async def asked(auth=("toolkit", "toolkit-secret-0123"), **other):
        return await desk.http.post("/oauth2/v1/token", data={**form, **other}, auth=auth)

    answer = await asked()
    granted = answer.json()
    assert (answer.status_code, granted["token_type"]) == (200, "Bearer")
    assert granted["expires_in"] > 0
    headers = {"authorization": f"Bearer {granted['access_token']}"}
    good(await desk.http.get("/documents/api/1.1/folders/items", headers=headers))
    assert (await asked(auth=("toolkit", "wrong"))).json() == {"error": "invalid_client"}
    assert (await asked(password="wrong")).json() == {"error": "invalid_grant"}
    assert (await asked(grant_type="magic")).json() == {"error": "unsupported_grant_type"}
    assert (await asked(username="")).json()["error"] == "invalid_request"
    assert (await asked(password="\0")).json()["error"] == "invalid_request"
