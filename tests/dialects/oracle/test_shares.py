"""Sharing folders: members come, change and go, in both versions and both formats."""

import asyncio

import pytest

from polyshare.engine.directory import seating
from polyshare.engine.worlds import loading
from tests.dialects.oracle.desk import bad, good

pytestmark = pytest.mark.anyio

KEY_SHARED, KEY_STRANGER = "!csFolderAlreadyShared", "!csUserHasNotBeenShared"


@pytest.mark.behaviour("oracle", 1)
async def test_sharing_answers_with_exactly_the_documented_fields(desk):
    alice = desk.alice.of("1.1")
    folder = await alice.folder()

    said = good(await alice.post(f"/shares/{folder}", {"userID": await desk.id_of("bob"), "role": "manager"}))

    assert said == {
        "errorCode": "0",
        "id": folder,
        "role": "manager",
        "type": "share",
        "user": {
            "displayName": "Bob Stone",
            "id": await desk.id_of("bob"),
            "loginName": "bob",
            "type": "user",
        },
    }


@pytest.mark.behaviour("oracle", 2)
async def test_the_newer_version_also_tells_what_came_of_each(desk):
    folder = await desk.alice.folder()

    said = await desk.alice.share(folder, "bob")

    assert list(said) == ["errorCode", "id", "role", "type", "user", "members"]
    assert said["members"] == [
        {
            "displayName": "Bob Stone",
            "id": "bob",
            "isSuccessful": "1",
            "provisioningStatus": "active",
            "type": "user",
        }
    ]
    assert said["user"]["loginName"] == "bob"


@pytest.mark.behaviour("oracle", 3)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_members_are_listed_without_the_owner(desk, version):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob", "downloader")

    listed = good(await desk.alice.of(version).get(f"/shares/{folder}/items"))

    assert (listed["count"], listed["id"], listed["type"]) == ("1", folder, "share")
    assert listed["ownedBy"]["loginName"] == "alice"
    [item] = listed["items"]
    assert (item["role"], item["type"], item["user"]["loginName"]) == ("downloader", "share", "bob")
    assert item["user"].get("provisioningStatus") == ("active" if version == "1.2" else None)


@pytest.mark.behaviour("oracle", 4)
async def test_sharing_twice_is_refused_and_changes_nothing(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob", "viewer")

    again = await desk.alice.post(f"/shares/{folder}", {"userID": "bob", "role": "manager"})

    assert bad(again, 400, "-17")["errorKey"].startswith(KEY_SHARED)
    assert await desk.alice.members(folder) == {"bob": "viewer"}


@pytest.mark.behaviour("oracle", 5)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_roles_are_changed_and_only_known_ones_taken(desk, version):
    alice = desk.alice.of(version)
    folder = await alice.folder()
    await alice.share(folder, "bob", "viewer")

    for _ in range(2):
        changed = good(await alice.put(f"/shares/{folder}/role", {"userID": "bob", "role": "Contributor"}))
        assert (changed["role"], changed["user"]["loginName"]) == ("contributor", "bob")
        assert ("members" in changed) == (version == "1.2")
    for role in ("owner", "boss", ""):
        bad(await alice.put(f"/shares/{folder}/role", {"userID": "bob", "role": role}), 400, "-32")
    assert await alice.members(folder) == {"bob": "contributor"}


@pytest.mark.behaviour("oracle", 6)
async def test_strangers_are_neither_changed_nor_revoked(desk):
    folder = await desk.alice.folder()

    changed = await desk.alice.put(f"/shares/{folder}/role", {"userID": "bob", "role": "viewer"})
    revoked = await desk.alice.delete(f"/shares/{folder}/user", params={"userID": "bob"})

    for answer in (changed, revoked):
        assert bad(answer, 400, "-16")["errorKey"].startswith(KEY_STRANGER)


@pytest.mark.behaviour("oracle", 5)
async def test_who_has_access_from_above_is_given_a_share_of_its_own_by_a_change(desk):
    outer = await desk.alice.folder("outer")
    inner = await desk.alice.folder("inner", outer)
    await desk.alice.share(outer, "bob", "viewer")

    good(await desk.alice.put(f"/shares/{inner}/role", {"userID": "bob", "role": "manager"}))

    assert await desk.alice.members(inner, currentOnly="true") == {"bob": "manager"}


@pytest.mark.behaviour("oracle", 7)
async def test_a_list_names_people_by_id_or_login_and_groups_by_id(desk):
    folder = await desk.alice.folder()
    bob, group = await desk.id_of("bob"), await desk.group("designers")

    said = await desk.alice.share(folder, f"{bob}, CAROL ,{group.lower()}")

    assert [(one["id"], one["type"], one["isSuccessful"]) for one in said["members"]] == [
        (bob, "user", "1"),
        ("CAROL", "user", "1"),
        (group.lower(), "group", "1"),
    ]
    assert "provisioningStatus" not in said["members"][2]
    assert await desk.alice.members(folder) == {"bob": "viewer", "carol": "viewer", "Designers": "viewer"}


async def test_one_who_is_named_twice_counts_once_by_the_first_spelling(desk):
    folder = await desk.alice.folder()
    bob = await desk.id_of("bob")

    said = await desk.alice.share(folder, f"bob,{bob},BOB,,")

    assert [one["id"] for one in said["members"]] == ["bob"]


@pytest.mark.behaviour("oracle", 8)
async def test_one_bad_name_in_a_list_does_not_stop_the_others(desk):
    folder = await desk.alice.folder()

    said = await desk.alice.share(folder, "nobody,bob,gone,alice")

    assert [(one["id"], one["isSuccessful"]) for one in said["members"]] == [
        ("nobody", "0"),
        ("bob", "1"),
        ("gone", "0"),
        ("alice", "0"),
    ]
    assert (said["members"][0]["displayName"], said["members"][0]["type"]) == ("nobody", "user")
    assert said["user"]["loginName"] == "bob"
    assert await desk.alice.members(folder) == {"bob": "viewer"}


@pytest.mark.behaviour("oracle", 8)
async def test_a_list_of_bad_names_alone_is_an_error_with_all_of_them(desk):
    folder = await desk.alice.folder()

    answer = await desk.alice.post(f"/shares/{folder}", {"userID": "nobody,alice", "role": "viewer"})

    said = bad(answer, 400, "-16", "!csUserNotFound")
    assert [one["isSuccessful"] for one in said["members"]] == ["0", "0"]


@pytest.mark.behaviour("oracle", 9)
async def test_a_thousand_ids_are_taken_and_one_more_is_not(desk):
    folder = await desk.alice.folder()

    many = await desk.alice.share(folder, ",".join(["bob", *(f"x{n}" for n in range(999))]))
    more = await desk.alice.post(
        f"/shares/{folder}", {"userID": ",".join(["carol"] * 1001), "role": "viewer"}
    )
    old = await desk.alice.of("1.1").post(f"/shares/{folder}", {"userID": "carol,dave", "role": "viewer"})

    assert len(many["members"]) == 1000
    bad(more, 400, "-32")
    bad(old, 400, "-32")
    assert await desk.alice.members(folder) == {"bob": "viewer"}


@pytest.mark.behaviour("oracle", 10)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("place", ["query", "body", "plain text"])
async def test_revoking_takes_its_parameters_from_query_or_body(desk, version, place):
    alice = desk.alice.of(version)
    folder = await alice.folder()
    await alice.share(folder, "bob")
    given = {"userID": "bob", "message": "bye"}

    if place == "query":
        answer = await alice.delete(f"/shares/{folder}/user", params=given)
    elif place == "body":
        answer = await alice.delete(f"/shares/{folder}/user", given)
    else:
        answer = await alice.delete(
            f"/shares/{folder}/user", '{"userid":"bob"}', headers={"content-type": "text/plain"}
        )

    said = good(answer)
    assert set(said) == {"errorCode", "id", "type"} | ({"members", "user"} if version == "1.2" else set())
    assert await alice.members(folder) == {}


@pytest.mark.behaviour("oracle", 11)
async def test_leaving_takes_only_oneself_away(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob,carol")

    assert good(await desk.bob.delete(f"/shares/{folder}/myuser")) == {
        "errorCode": "0",
        "id": folder,
        "type": "share",
    }
    bad(await desk.alice.delete(f"/shares/{folder}/myuser"), 400, "-16", KEY_STRANGER)
    bad(await desk.dave.delete(f"/shares/{folder}/myuser"), 403, "-20")
    assert await desk.alice.members(folder) == {"carol": "viewer"}


@pytest.mark.behaviour("oracle", 12)
async def test_unsharing_ends_all_shares_of_this_folder_and_no_others(desk):
    outer = await desk.alice.folder("outer")
    folder = await desk.alice.folder("folder", outer)
    inner = await desk.alice.folder("inner", folder)
    for place, who in ((outer, "dave"), (folder, "bob,carol"), (inner, "erin")):
        await desk.alice.share(place, who)

    for _ in range(2):
        said = good(await desk.alice.delete(f"/shares/{folder}", params={"message": "closed"}))
        assert said == {"errorCode": "0", "id": folder, "type": "share"}

    assert await desk.alice.members(folder) == {"dave": "viewer"}
    assert await desk.alice.members(inner, currentOnly="1") == {"erin": "viewer"}


@pytest.mark.behaviour("oracle", 13)
async def test_members_from_above_are_listed_unless_only_current_ones_are_asked_for(desk):
    outer = await desk.alice.folder("outer")
    inner = await desk.alice.folder("inner", outer)
    await desk.alice.share(outer, "bob", "manager")
    await desk.alice.share(inner, "bob", "viewer")
    await desk.alice.share(outer, "carol", "viewer")

    async def listed(body=None, **query):
        said = good(await desk.alice.get(f"/shares/{inner}/items", body, params=query))
        return {one["user"]["loginName"]: one["role"] for one in said["items"]}

    assert await listed() == await listed({"currentOnly": False}) == {"bob": "manager", "carol": "viewer"}
    assert await listed({"currentOnly": True}) == await listed(currentOnly="1") == {"bob": "viewer"}
    bad(await desk.alice.get(f"/shares/{inner}/items", params={"currentOnly": "maybe"}), 400, "-32")


@pytest.mark.behaviour("oracle", 17)
async def test_access_reaches_below_at_once_and_the_higher_role_wins(desk):
    outer = await desk.alice.folder("outer")
    inner = await desk.alice.folder("inner", outer)
    await desk.alice.share(inner, "bob", "viewer")

    await desk.alice.share(outer, "bob", "contributor")
    assert good(await desk.bob.get(f"/folders/{inner}"))["role"] == "contributor"
    good(await desk.alice.put(f"/shares/{outer}/role", {"userID": "bob", "role": "viewer"}))
    assert good(await desk.bob.get(f"/folders/{inner}"))["role"] == "viewer"


@pytest.mark.behaviour("oracle", 18)
async def test_a_group_lets_its_members_in_and_theirs(desk):
    folder = await desk.alice.folder()
    group = await desk.group("everyone")

    await desk.alice.share(folder, group, "downloader")

    for member in (desk.bob, desk.carol):
        assert good(await member.get(f"/folders/{folder}"))["role"] == "downloader"
    assert await desk.alice.members(folder) == {"Everyone": "downloader"}
    good(await desk.alice.delete(f"/shares/{folder}/user", {"userID": group}))
    bad(await desk.bob.get(f"/folders/{folder}"), 403, "-20")


@pytest.mark.behaviour("oracle", 18)
async def test_who_joins_a_group_later_comes_in_and_who_leaves_it_goes_out(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, await desk.group("designers"), "downloader")
    bad(await desk.dave.get(f"/folders/{folder}"), 403, "-20")

    await desk.house.write(None, lambda work: seating.join(work, "designers", "dave"))

    assert good(await desk.dave.get(f"/folders/{folder}"))["role"] == "downloader"
    assert await desk.dave.home() == await desk.bob.home() == ["docs"]
    await desk.house.write(None, lambda work: seating.leave(work, "designers", "bob"))
    bad(await desk.bob.get(f"/folders/{folder}"), 403, "-20")
    assert (await desk.bob.home(), await desk.dave.home()) == ([], ["docs"])


@pytest.mark.behaviour("oracle", 19)
async def test_what_was_revoked_is_gone_from_the_home_listing(desk):
    folder = await desk.alice.folder("plans")
    await desk.alice.share(folder, "bob")
    assert await desk.bob.home() == ["plans"]

    good(await desk.alice.delete(f"/shares/{folder}/user", {"userID": "bob"}))

    assert await desk.bob.home() == []
    bad(await desk.bob.get(f"/folders/{folder}"), 403, "-20")
    bad(await desk.bob.get(f"/shares/{folder}/items"), 403, "-20")


@pytest.mark.behaviour("oracle", 20)
async def test_what_may_not_be_seen_is_told_from_what_is_not_there(desk):
    folder = await desk.alice.folder()
    unknown = folder[:5] + ("0" if folder[5] != "0" else "1") + folder[6:]

    hidden = bad(await desk.bob.get(f"/shares/{folder}/items"), 403, "-20")
    missing = bad(await desk.bob.get(f"/shares/{unknown}/items"), 404, "-16", "!csItemNotFound")

    assert hidden["errorKey"].endswith(
        f"!csCloudItemInsufficientPrivileges,Bob Stone,fFolderGUID:{folder},LIST_MEMBERS"
    )
    assert missing["id"] == unknown
    for said in (hidden, missing):
        assert set(said) == {
            "errorCode",
            "errorKey",
            "errorMessage",
            "errorType",
            "id",
            "title",
            "type",
        }
        assert all(isinstance(value, str) and value for value in said.values())


@pytest.mark.behaviour("oracle", 21)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_self_stands_for_the_home_folder_in_all_six_operations(desk, version):
    alice = desk.alice.of(version)
    answers = [
        good(await alice.post("/shares/self", {"userID": "bob", "role": "viewer"})),
        good(await alice.put("/shares/self/role", {"userID": "bob", "role": "manager"})),
        good(await alice.get("/shares/self/items")),
        good(await alice.delete("/shares/SELF/user", {"userID": "bob"})),
        good(await alice.delete("/shares/self")),
    ]

    assert {said["id"] for said in answers} == {"self"}
    left = bad(await alice.delete("/shares/self/myuser"), 400, "-16", KEY_STRANGER)
    assert left["id"] == "self"


async def test_a_shared_home_bears_its_owners_name_for_others(desk):
    await desk.alice.folder("plans")
    await desk.alice.share("self", "bob")

    [home] = good(await desk.bob.get("/folders/items"))["items"]

    assert (home["name"], home["parentID"]) == ("Alice Lee", "self")
    [inside] = good(await desk.bob.get(f"/folders/{home['id']}/items"))["items"]
    assert (inside["name"], inside["parentID"]) == ("plans", home["id"])
    [own] = good(await desk.alice.get("/folders/items"))["items"]
    assert own["parentID"] == "self"


@pytest.mark.behaviour("oracle", 23)
@pytest.mark.parametrize(
    "body", [{"role": "viewer"}, {"userID": "bob"}, {"userID": " , ", "role": "viewer"}, {}]
)
async def test_what_must_be_given_is_demanded(desk, body):
    folder = await desk.alice.folder()

    bad(await desk.alice.post(f"/shares/{folder}", body), 400, "-32", "!csInvalidParameter")


@pytest.mark.behaviour("oracle", 24)
async def test_the_owner_is_never_a_member(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob", "manager")

    for answer in (
        await desk.bob.post(f"/shares/{folder}", {"userID": "alice", "role": "viewer"}),
        await desk.bob.put(f"/shares/{folder}/role", {"userID": "alice", "role": "viewer"}),
        await desk.bob.delete(f"/shares/{folder}/user", {"userID": "alice"}),
    ):
        bad(answer, 400, "-1", "!csOwnerCannotBeMember")
    assert await desk.alice.members(folder) == {"bob": "manager"}


@pytest.mark.behaviour("oracle", 25)
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_parallel_shares_of_one_person_have_exactly_one_success(desk):
    folder = await desk.alice.folder()

    answers = await asyncio.gather(
        *(desk.alice.post(f"/shares/{folder}", {"userID": "bob", "role": "viewer"}) for _ in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 19]
    assert await desk.alice.members(folder) == {"bob": "viewer"}


@pytest.mark.behaviour("oracle", 25)
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_parallel_shares_with_many_people_all_survive(desk):
    crowd = [f"user{number:02}" for number in range(20)]
    await loading.load_world(desk.house, {"users": [{"login": login, "name": login} for login in crowd]})
    folder = await desk.alice.folder()

    answers = await asyncio.gather(
        *(desk.alice.post(f"/shares/{folder}", {"userID": login, "role": "viewer"}) for login in crowd)
    )

    assert {answer.status_code for answer in answers} == {200}
    assert await desk.alice.members(folder) == dict.fromkeys(crowd, "viewer")


@pytest.mark.behaviour("oracle", 26)
async def test_messages_reach_each_person_concerned_once(desk):
    folder = await desk.alice.folder()
    group = await desk.group("everyone")

    await desk.alice.share(folder, "dave,nobody", "viewer", message="look")
    await desk.alice.share(folder, group, "viewer", message="all of you")
    good(await desk.alice.put(f"/shares/{folder}/role", {"userID": "dave", "role": "viewer"}))
    good(await desk.alice.put(f"/shares/{folder}/role", {"userID": "dave", "role": "manager"}))
    good(await desk.alice.delete(f"/shares/{folder}/user", {"userID": "dave", "message": "bye"}))
    too_long = await desk.alice.post(
        f"/shares/{folder}", {"userID": "erin", "role": "viewer", "message": "x" * 4001}
    )

    bad(too_long, 400, "-32")
    assert await desk.told() == [
        ("bob", "share", "viewer", "all of you"),
        ("carol", "share", "viewer", "all of you"),
        ("dave", "share", "viewer", "look"),
        ("dave", "role", "manager", ""),
        ("dave", "revoke", "", "bye"),
    ]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
async def test_other_methods_are_refused_with_those_that_there_are(desk, method):
    folder = await desk.alice.folder()

    answer = await desk.alice.call(method, f"/shares/{folder}")

    bad(answer, 405, "-32")
    assert answer.headers["allow"] == "DELETE, POST"


async def test_the_catalog_lists_the_six_operations(desk):
    said = good(await desk.alice.get("/metadata-catalog/shares"))

    assert len({link["rel"] for link in said["links"]} - {"self", "describedBy"}) == 6


async def test_another_version_is_not_there(desk):
    bad(await desk.alice.of("1.3").get("/shares/self/items"), 404, "-16")
