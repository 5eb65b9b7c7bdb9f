"""Permissions on files: to whom, by whom, and what is found of them."""

import pytest

from tests.dialects.mycloud.desk import (
    BELOW,
    BESIDE,
    BOBS,
    BOBS_DEVICE,
    DEVICE,
    FOLDER,
    both_engines,
    refused,
)

PERMS = f"/{DEVICE}/sdk/v1/filePerms"
SEARCH = f"/{DEVICE}/sdk/v1/filePermsSearch/granting"


def body(file=FOLDER, named="some-auth-id", kind="cloudShare", value="ReadFile"):
    """The body of a permission."""
    return {"fileID": file, "entity": {"id": named, "type": kind}, "value": value}


@pytest.mark.behaviour("mycloud", 11)
@both_engines
async def test_a_permission_is_given_once_and_found(desk):
    made = await desk.alice.permit(FOLDER, "some-auth-id")

    refused(await desk.alice.post(PERMS, body()), 409, "conflict")
    assert made == {
        "id": made["id"],
        "fileID": FOLDER,
        "entity": {"id": "some-auth-id", "type": "cloudShare"},
        "value": "ReadFile",
    }
    found = await desk.alice.get(SEARCH, fileID=FOLDER, entityID="some-auth-id", entityType="cloudShare")
    assert found.json() == {"filePerms": [made]}


@pytest.mark.behaviour("mycloud", 12)
@both_engines
async def test_a_permission_that_was_taken_away_can_be_given_again(desk):
    made = await desk.alice.permit(FOLDER, "some-auth-id")

    answer = await desk.alice.delete(f"{PERMS}/{made['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    refused(await desk.alice.delete(f"{PERMS}/{made['id']}"), 404, "notFound")
    assert await desk.alice.permissions(FOLDER) == []
    await desk.alice.permit(FOLDER, "some-auth-id")


@both_engines
async def test_permissions_are_told_apart_by_whom_they_are_for(desk):
    bob = desk.bob.subject
    for named, kind, value in (
        ("one", "cloudShare", "ReadFile"),
        ("two", "cloudShare", "ReadFile"),
        ("anybody", "user", "ReadFile"),
        ("somebody", "user", "ReadFile"),
        (bob, "user", "ReadFile"),
    ):
        await desk.alice.permit(FOLDER, named, kind, value)

    everything = await desk.alice.permissions(FOLDER)

    assert len(everything) == 5
    assert await desk.alice.permissions(FOLDER, entityType="cloudShare", entityID="one") == [
        ("cloudShare", "one", "ReadFile")
    ]
    assert len(await desk.alice.permissions(FOLDER, entityType="cloudShare")) == 2
    assert len(await desk.alice.permissions(FOLDER, entityType="user")) == 3
    assert await desk.alice.permissions(FOLDER, entityType="user", entityID=bob) == [
        ("user", bob, "ReadFile")
    ]
    assert await desk.alice.permissions(FOLDER, userID="anybody") == [("user", "anybody", "ReadFile")]
    assert await desk.alice.permissions(FOLDER, userID=desk.carol.subject) == []
    assert await desk.alice.permissions(BELOW) == []


@both_engines
async def test_a_users_permission_grows_and_goes_as_a_whole(desk):
    bob = desk.bob.subject
    await desk.alice.permit(FOLDER, bob, "user")
    refused(await desk.alice.post(PERMS, body(named=bob, kind="user")), 409, "conflict")

    made = await desk.alice.permit(FOLDER, bob, "user", "WriteFilePerms")

    assert await desk.alice.permissions(FOLDER) == [("user", bob, "WriteFilePerms")]
    inner = await desk.bob.permit(BELOW, "some-auth-id")
    refused(await desk.carol.delete(f"{PERMS}/{made['id']}"), 404, "notFound")
    assert (await desk.alice.delete(f"{PERMS}/{made['id']}")).status_code == 204
    assert await desk.alice.permissions(FOLDER) == []
    refused(await desk.bob.delete(f"{PERMS}/{inner['id']}"), 404, "notFound")


@both_engines
async def test_who_does_not_manage_a_file_learns_nothing_of_it(desk):
    await desk.alice.permit(FOLDER, desk.bob.subject, "user")
    made = await desk.alice.permit(FOLDER, "some-auth-id")

    for caller in (desk.bob, desk.carol):
        for file in (FOLDER, BELOW, BESIDE, "unknown"):
            refused(await caller.post(PERMS, body(file)), 404, "notFound")
            refused(await caller.get(SEARCH, fileID=file), 404, "notFound")
        refused(await caller.delete(f"{PERMS}/{made['id']}"), 404, "notFound")
    refused(await desk.nobody.post(PERMS, body()), 401, "unauthenticated")


async def test_the_root_of_ones_own_device_is_permitted_as_it_is_shown(desk):
    shown = (await desk.alice.get(f"/{DEVICE}/sdk/v2/files/root")).json()["id"]
    made = await desk.alice.permit("root", "somebody", "user")

    assert (made["fileID"], await desk.alice.permissions("root")) == (
        "root",
        [("user", "somebody", "ReadFile")],
    )
    assert await desk.alice.permissions(shown) == [("user", "somebody", "ReadFile")]
    assert (await desk.bob.get(f"/{DEVICE}/sdk/v2/files/{BESIDE}")).status_code == 200
    for caller in (desk.bob, desk.carol):
        refused(await caller.post(PERMS, body("root")), 404, "notFound")
        refused(await caller.get(SEARCH, fileID="root"), 404, "notFound")


async def test_a_file_is_found_on_its_own_device_only(desk):
    made = await desk.alice.permit(FOLDER, "some-auth-id")

    for device in (BOBS_DEVICE, "unknown", "%00"):
        refused(await desk.alice.post(f"/{device}/sdk/v1/filePerms", body()), 404, "notFound")
        refused(
            await desk.alice.get(f"/{device}/sdk/v1/filePermsSearch/granting", fileID=FOLDER), 404, "notFound"
        )
        refused(await desk.alice.delete(f"/{device}/sdk/v1/filePerms/{made['id']}"), 404, "notFound")
    refused(await desk.alice.post(PERMS, body(BOBS)), 404, "notFound")


@pytest.mark.parametrize(
    "wrong",
    [
        body(value="WriteFile"),
        body(value="ReadFilePerms", named="auth0|x", kind="user"),
        body(value="FileOwner", named="auth0|x", kind="user"),
        body(kind="group"),
        body(named=""),
        body(named="x" * 256),
        body(named="auth0|unknown", kind="user"),
        body(named="anybody", kind="user", value="WriteFile"),
        {**body(), "entity": "x"},
        {**body(), "entity": None},
        {**body(), "fileID": 1},
        {"value": "ReadFile"},
        "nonsense",
        [],
    ],
)
async def test_a_permission_that_is_none_is_refused(desk, wrong):
    refused(await desk.alice.post(PERMS, wrong), 400, "invalidArgument")
    assert await desk.alice.permissions(FOLDER) == []


async def test_a_search_without_a_file_or_for_an_unknown_sort_is_refused(desk):
    refused(await desk.alice.get(SEARCH), 400, "invalidArgument")
    refused(await desk.alice.get(SEARCH, fileID=FOLDER, entityType="group"), 400, "invalidArgument")


async def test_a_token_that_was_given_for_reading_permits_nothing(desk):
    reading = await desk.reading("alice")

    refused(await reading.post(PERMS, body()), 403, "unauthorized")
    assert await reading.permissions(FOLDER) == []
