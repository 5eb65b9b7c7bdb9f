"""The calls that the vendor's toolkit makes for its share commands, in its order and with all its odd forms."""

import base64
import json

import pytest

from polyshare.engine import loading
from tests.dialects.oracle.desk import PASSWORD, TOKEN

pytestmark = pytest.mark.anyio

API = "/documents/api/1.2"
CLIENT = ("toolkit", "toolkit-secret-0123")


class Toolkit:
    """Calls as the toolkit does, and checks what it checks."""

    def __init__(self, desk, authorization):
        self.http = desk.http
        self.headers = {"authorization": authorization, "x-oracle-ocm-app-key": "toolkit"}

    async def raw(self, method, path, **more):
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def call(self, method, path, **more):
        answer = await self.raw(method, f"{API}{path}", **more)
        assert 200 <= answer.status_code < 300, answer.text
        said = answer.json()
        assert said["errorCode"] == "0"
        return said

    async def folder_at(self, path):
        parent = "self"
        for at, name in enumerate(path):
            listing = "/folders/items" if at == 0 else f"/folders/{parent}/items"
            said = await self.call("GET", f"{listing}?limit=9999&filterName={name}")
            parent = next(
                one["id"] for one in said["items"] if one["name"] == name and one["type"] == "folder"
            )
        return parent

    async def principals(self, users, groups):
        found = {}
        for name in groups:
            answer = await self.raw("GET", f"/osn/social/api/v1/groups/{name}")
            assert answer.json()["name"].lower() == name.lower()
            found[name] = answer.json()["groupID"]
        for name in users:  # the name is not escaped
            said = await self.call("GET", f"/users/items?info={name}")
            found[name] = next(one["id"] for one in said["items"] if one["loginName"].lower() == name.lower())
        return found

    async def members(self, folder):
        said = await self.call("GET", f"/shares/{folder}/items")
        return {one["user"]["id"]: one["role"] for one in said["items"]}

    async def share(self, folder, users, groups, role):
        found, there = await self.principals(users, groups), await self.members(folder)
        for id_ in found.values():
            method, path = ("PUT", "/role") if id_ in there else ("POST", "")
            body = json.dumps({"userID": id_, "role": role})
            said = await self.call(
                method,
                f"/shares/{folder}{path}",
                content=body,
                headers={"content-type": "text/plain;charset=UTF-8"},
            )
            assert said["user"]["id"] == id_
            assert said["role"] == role
        return found

    async def unshare(self, folder, users, groups):
        found, there = await self.principals(users, groups), await self.members(folder)
        for id_ in found.values():
            assert id_ in there
            said = await self.call("DELETE", f"/shares/{folder}/user", content=json.dumps({"userID": id_}))
            assert said["user"]["id"] == id_

    async def upload(self, folder, name, content):
        body = (
            f'--x\r\nContent-Disposition: form-data; name="jsonInputParameters"\r\n\r\n{{"parentID":"{folder}"}}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="primaryFile"; filename="{name}"\r\n\r\n{content}\r\n--x--\r\n'
        ).encode()

        async def pieces():
            for at in range(0, len(body), 40):
                yield body[at : at + 40]

        headers = {"content-type": "multipart/form-data; boundary=x"}
        return await self.call("POST", "/files/data/", content=pieces(), headers=headers)


async def logins(desk):
    """How the toolkit logs in to its three kinds of server."""
    basic = base64.b64encode(f"alice:{PASSWORD.format('alice')}".encode()).decode()
    answer = await desk.http.post(
        "/oauth2/v1/token",
        data={
            "grant_type": "password",
            "username": "alice",
            "password": PASSWORD.format("alice"),
            "scope": "s",
        },
        auth=CLIENT,
    )
    return [f"Basic {basic}", f"Bearer {TOKEN.format('alice')}", f"Bearer {answer.json()['access_token']}"]


@pytest.mark.behaviour("oracle", 28)
async def test_the_toolkit_shares_and_unshares_by_all_three_logins(desk):
    await loading.load_world(
        desk.house,
        {
            "clients": [{"id": CLIENT[0], "secret": CLIENT[1]}],
            "users": [{"login": "a+b@x.example", "name": "Plus"}],
        },
    )

    for number, authorization in enumerate(await logins(desk)):
        toolkit = Toolkit(desk, authorization)
        for service in ("SCS_GET_TENANT_CONFIG", "GET_USER_INFO"):
            answer = await toolkit.raw("GET", f"/documents/integration?IdcService={service}&IsJson=1")
            assert answer.json()["LocalData"]["StatusCode"] == "0"
        name = f"docs{number}"
        made = await toolkit.call("POST", "/folders/self", content=json.dumps({"name": name}))
        inner = await toolkit.call("POST", f"/folders/{made['id']}", content=json.dumps({"name": "inner"}))
        folder = await toolkit.folder_at([name, "inner"])
        assert folder == inner["id"]
        file = await toolkit.upload(folder, "a.txt", "content")

        found = await toolkit.share(folder, ["bob", "a+b@x.example"], ["designers"], "viewer")
        assert await toolkit.members(folder) == dict.fromkeys(found.values(), "viewer")
        await toolkit.share(folder, ["BOB"], ["Designers"], "manager")
        assert sorted((await toolkit.members(folder)).values()) == ["manager", "manager", "viewer"]
        data = await toolkit.raw("GET", f"{API}/files/{file['id']}/data/")
        assert (data.status_code, data.content) == (200, b"content")
        await toolkit.unshare(folder, ["bob", "a+b@x.example"], ["designers"])

        assert await toolkit.members(folder) == {}
        assert (await toolkit.raw("GET", "/system/api/v1/release/version")).status_code == 404
