"""A call makes a fixed number of statements, however much there is or is listed."""

import pytest

from tests.dialects.mycloud.desk import ALICE, DEVICE, FOLDER, both_engines

ALL = "/v1/shares"
SEARCH = f"/{DEVICE}/sdk/v1/filePermsSearch/granting"


async def every_call(desk, size):
    """Make every call of shares, devices and permissions with *size* files and readers; statements by call."""
    made = {}

    async def counted(name, calling, *expected):
        before = desk.house.database.statements
        answer = await calling
        made[name] = desk.house.database.statements - before
        assert answer.status_code in (expected or (200,)), answer.text
        return answer

    alice = desk.alice
    files = [FOLDER, *(f"file {number}" for number in range(size))]
    users = [desk.bob.subject, *(f"auth0|{number}" for number in range(size))]
    opened = await alice.share()
    await desk.nobody.get(f"{ALL}/{opened['shareId']}")  # makes the key of links' tokens
    await alice.get(ALL)  # from here on both callers are remembered
    await desk.bob.get(ALL)
    body = alice.body(*files, userIds=users)
    share = (await counted("create", alice.post(ALL, body), 201)).json()["data"]
    public = (await counted("create public", alice.post(ALL, alice.body()), 201)).json()["data"]
    at, entity = f"{ALL}/{share['shareId']}", share["authId"]
    await counted("show", desk.nobody.get(f"{ALL}/{public['shareId']}"))
    await desk.bob.get(at)
    await counted("show private", desk.bob.get(at))
    await counted("list", alice.get(ALL))
    await counted("list given", desk.bob.get(ALL, userId=desk.bob.subject))
    await counted("list filtered", alice.get(ALL, fileId=FOLDER, deviceId=DEVICE))
    await counted("change", alice.put(at, {"fileIds": files[::-1], "userIds": users[::-1]}))
    await counted("devices", alice.get(f"/device/v1/user/{ALICE}"))
    await counted("device", alice.get(f"/device/v1/device/{DEVICE}"))
    perms = f"/{DEVICE}/sdk/v1/filePerms"
    given = {"fileID": FOLDER, "entity": {"id": entity, "type": "cloudShare"}, "value": "ReadFile"}
    permission = (await counted("permit", alice.post(perms, given), 201)).json()
    await counted("permit again", alice.post(perms, given), 409)
    await counted("permissions", alice.get(SEARCH, fileID=FOLDER))
    await counted("forbid", alice.delete(f"{perms}/{permission['id']}"), 204)
    await counted("delete", alice.delete(at))
    return made


@both_engines
async def test_a_call_makes_as_many_statements_in_a_larger_world(desk):
    small = await every_call(desk, 2)
    for number in range(20):
        await desk.alice.share(f"file {number}", FOLDER, userIds=[desk.bob.subject])
        await desk.alice.permit(FOLDER, f"auth {number}")

    large = await every_call(desk, 20)

    assert large == small


@pytest.mark.parametrize("name", ["show", "show private", "list", "list given", "device", "permissions"])
async def test_a_read_makes_few_statements(desk, name):
    made = await every_call(desk, 2)

    assert made[name] <= 9
