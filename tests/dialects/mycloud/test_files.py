"""What a device tells of its files: metadata, lists and names; and what changes them."""

import re

import pytest

from polyshare.domain.permissions import Permission
from polyshare.engine.tree import pointing
from tests.dialects.mycloud.desk import (
    BELOW,
    BESIDE,
    BOBS,
    BOBS_DEVICE,
    CONTENT,
    DEEP,
    DEVICE,
    FOLDER,
    bad,
    both_engines,
    refused,
)
from tests.dialects.mycloud.visiting import content, id_in, listed, metadata, opened, upload
from tests.engine.tree import share

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def names(caller, *folders, **query):
    """The names of what lies in folders, in the order listed."""
    return [one["name"] for one in (await listed(caller, *folders, **query))["files"]]


async def pages(caller, *folders, **query):
    """The names page by page, and how many requests it took."""
    token, found, asked = "", [], 0
    while True:
        page = await listed(caller, *folders, pageToken=token, **query)
        found += [one["name"] for one in page["files"]]
        asked += 1
        assert len(page["files"]) <= query["limit"]
        if not page["pageToken"]:
            return found, asked
        token = page["pageToken"]


@both_engines
async def test_a_file_is_told_of_with_every_field_that_clients_read(desk):
    said = (await metadata(desk.alice, DEEP)).json()

    assert TIME.fullmatch(said.pop("mTime"))
    assert TIME.fullmatch(said.pop("cTime"))
    assert re.fullmatch(r'"[0-9a-f]{64}"', said.pop("eTag"))
    assert said == {
        "id": DEEP,
        "parentID": BELOW,
        "name": "report.txt",
        "mimeType": "text/plain",
        "size": len(CONTENT),
        "extension": ".txt",
        "storageType": "local",
        "hidden": "none",
        "publiclyShared": False,
        "privatelyShared": False,
    }


@both_engines
async def test_a_folder_counts_its_children_and_has_no_size(desk):
    said = (await metadata(desk.alice, FOLDER)).json()

    assert (said["mimeType"], said["childCount"]) == ("application/x.wd.dir", 1)
    assert not {"size", "extension"} & set(said)


async def test_a_file_without_an_ending_has_no_extension(desk):
    for name in ("Makefile", ".profile"):
        file = id_in(await upload(desk.alice, name))

        assert "extension" not in (await metadata(desk.alice, file)).json()


async def test_only_the_fields_asked_for_are_told(desk):
    said = (await metadata(desk.alice, DEEP, fields="id, size,childCount,unknown")).json()
    whole = (await metadata(desk.alice, DEEP, fields="unknown")).json()

    assert said == {"id": DEEP, "size": len(CONTENT)}
    assert whole == (await metadata(desk.alice, DEEP)).json()


@both_engines
async def test_the_root_is_the_owners_top_folder(desk):
    said = (await metadata(desk.alice, "root")).json()

    assert (said["name"], said["parentID"], said["childCount"]) == ("Alice's drive", "", 2)
    assert (await metadata(desk.alice, said["id"])).json() == said
    assert await names(desk.alice, "root") == ["beside.txt", "work"]
    refused(await metadata(desk.alice, "root", BOBS_DEVICE), 404, "notFound")


@both_engines
async def test_the_root_of_anothers_device_holds_what_is_shared_there(desk):
    for file in (BELOW, BESIDE):
        await desk.alice.permit(file, desk.bob.subject, "user")

    said = (await metadata(desk.bob, "root")).json()
    found, asked = await pages(desk.bob, "root", limit=1, orderBy="name", order="desc")

    assert (said["id"], said["childCount"], said["parentID"]) == ("root", 2, "")
    assert (found, asked) == (["inner", "beside.txt"], 2)
    assert (await metadata(desk.bob, BELOW)).json()["parentID"] == ""
    assert await names(desk.bob, BELOW) == ["report.txt"]
    refused(await metadata(desk.bob, FOLDER), 404, "notFound")
    refused(await metadata(desk.carol, "root"), 404, "notFound")


async def test_who_may_only_look_in_other_words_sees_nothing_here(desk):
    bob = await desk.id_of("bob")
    for file in (DEEP, FOLDER):
        node = await desk.house.read(None, lambda work, file=file: pointing.node(work, file))
        await share(desk.house, node, bob, Permission.VIEW)

    bad(await desk.bob.get(f"/device/v1/device/{DEVICE}"), 404, "DEVICE_NOT_FOUND")
    for file in ("root", DEEP, FOLDER, BELOW):
        refused(await metadata(desk.bob, file), 404, "notFound")
        refused(await content(desk.bob, file), 404, "notFound")


@pytest.mark.behaviour("mycloud", 17)
@both_engines
@pytest.mark.parametrize("order", ["name", "mTime", "cTime", "strange"])
async def test_paging_visits_each_child_once(desk, order):
    expected = ["beside.txt", "work"]
    for number in range(5):
        desk.clock.pass_s(10)
        expected.append(f"{number} file.txt")
        id_in(await upload(desk.alice, expected[-1]))

    up, asked = await pages(desk.alice, "root", limit=1, orderBy=order)
    down, _ = await pages(desk.alice, "root", limit=3, orderBy=order, order="desc")

    assert sorted(up) == sorted(down) == sorted(expected)
    assert asked == len(expected)
    assert down == up[::-1]
    if order in ("name", "strange"):
        assert up == sorted(expected)


@pytest.mark.behaviour("mycloud", 17)
async def test_both_keys_of_a_list_are_always_there(desk):
    whole = await listed(desk.alice, FOLDER, fields="id")
    nothing = await listed(desk.alice, DEEP)

    assert whole == {"pageToken": "", "files": [{"id": BELOW}]}
    assert nothing == {"pageToken": "", "files": []}
    assert "childCount" not in (await listed(desk.alice, BELOW))["files"][0]
    assert "childCount" in (await listed(desk.alice, FOLDER))["files"][0]


async def test_several_folders_are_listed_one_after_the_other(desk):
    both = await names(desk.alice, FOLDER, "root", BELOW)

    assert both == ["inner", "beside.txt", "work", "report.txt"]
    for limit in (1, 2, 3, 4):
        assert (await pages(desk.alice, FOLDER, "root", BELOW, limit=limit))[0] == both


async def test_a_list_of_a_folder_that_is_not_there_is_none(desk):
    holder = (await opened(desk, BELOW)).reader
    path = f"/{DEVICE}/sdk/v2/filesSearch/parents"

    assert await names(holder, BELOW) == ["report.txt"]
    for ids in (f"{BELOW},{FOLDER}", "root", "unknown"):
        refused(await holder.get(path, ids=ids), 404, "notFound")


@pytest.mark.parametrize(
    "query",
    [
        {"ids": ""},
        {"limit": "0"},
        {"limit": "many"},
        {"limit": "-1"},
        {"pageToken": "nonsense"},
        {"pageToken": "WzAsImEiLDFd", "orderBy": "mTime"},
        {"pageToken": "Wy0xLCJhIiwxXQ"},
        {"pageToken": "WzAsIlx1MDAwMCIsMV0"},
        {"pageToken": "é"},
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(desk, query):
    answer = await desk.alice.get(f"/{DEVICE}/sdk/v2/filesSearch/parents", **{"ids": "root"} | query)

    refused(answer, 400, "invalidArgument")


async def test_a_page_never_has_more_than_a_thousand(desk):
    assert len(await names(desk.alice, "root", limit=100_000)) == 2


@both_engines
async def test_a_child_is_found_by_its_very_name(desk):
    path = f"/{DEVICE}/sdk/v2/filesSearch/parentAndName"

    found = await desk.alice.get(path, parentID=BELOW, name="report.txt")

    assert found.json() == (await metadata(desk.alice, DEEP)).json()
    assert (await desk.alice.get(path, name="work", fields="id")).json() == {"id": FOLDER}
    refused(await desk.alice.get(path, parentID=BELOW, name="Report.txt"), 404, "notFound")
    refused(await desk.alice.get(path, parentID=BELOW), 400, "invalidArgument")
    refused(await desk.bob.get(path, parentID=BELOW, name="report.txt"), 404, "notFound")
    await desk.alice.permit(BESIDE, desk.bob.subject, "user")
    assert (await desk.bob.get(path, name="beside.txt", fields="id")).json() == {"id": BESIDE}


@both_engines
async def test_the_owner_is_told_by_which_sort_of_share_a_file_is_open(desk):
    await desk.alice.share(BESIDE)
    share = await opened(desk, FOLDER)
    await opened(desk, BELOW, userIds=[desk.bob.subject], by=desk.bob)

    async def told(caller, file):
        said = (await metadata(caller, file, fields="publiclyShared,privatelyShared")).json()
        return said["publiclyShared"], said["privatelyShared"]

    assert await told(desk.alice, DEEP) == (True, True)
    assert await told(desk.alice, FOLDER) == (True, False)
    assert await told(desk.alice, BESIDE) == (False, False)
    assert await told(share.reader, DEEP) == (False, False)


@both_engines
async def test_a_file_gets_another_name_another_folder_or_both(desk):
    file = f"/{DEVICE}/sdk/v2/files/{DEEP}"

    first = await desk.alice.call("PATCH", file, {"name": "one.txt"})
    second = await desk.alice.post(f"{file}/patch", {"parentID": "root"})
    third = await desk.alice.post(f"{file}/patch", {"parentID": FOLDER, "name": "three.txt"})
    nothing = await desk.alice.post(f"{file}/patch", {})

    assert [each.status_code for each in (first, second, third, nothing)] == [204] * 4
    said = (await metadata(desk.alice, DEEP)).json()
    assert (said["name"], said["parentID"]) == ("three.txt", FOLDER)
    assert (await content(desk.alice, DEEP)).text == CONTENT


async def test_a_name_in_use_is_refused_or_numbered_as_asked(desk):
    file = f"/{DEVICE}/sdk/v2/files/{DEEP}"
    other = id_in(await upload(desk.alice, "report.txt"))

    refused(await desk.alice.call("PATCH", file, {"parentID": "root"}), 409, "conflict")
    refused(
        await desk.alice.call("PATCH", f"/{DEVICE}/sdk/v2/files/{other}", {"name": "work"}), 409, "conflict"
    )
    assert (await metadata(desk.alice, DEEP)).json()["parentID"] == BELOW
    moved = await desk.alice.call("PATCH", f"{file}?resolveNameConflict=true", {"parentID": "root"})

    assert moved.status_code == 204
    assert (await metadata(desk.alice, DEEP)).json()["name"] == "report(2).txt"
    both = await desk.alice.call("PATCH", f"/{DEVICE}/sdk/v2/files/{other}", {"parentID": BELOW, "name": "x"})
    assert both.status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        ({"name": ""}, 400, "invalidArgument"),
        ({"name": "../up"}, 400, "invalidArgument"),
        ({"name": 1}, 400, "invalidArgument"),
        ({"name": "a\0"}, 400, "invalidArgument"),
        ("no json", 400, "invalidArgument"),
        ({"parentID": BOBS}, 404, "notFound"),
        ({"parentID": DEEP}, 400, "invalidArgument"),
        ({"parentID": "unknown", "name": "x"}, 404, "notFound"),
    ],
)
async def test_a_change_that_can_not_be_changes_nothing(desk, body, status, key):
    before = (await metadata(desk.alice, DEEP)).json()

    refused(await desk.alice.call("PATCH", f"/{DEVICE}/sdk/v2/files/{DEEP}", body), status, key)

    assert (await metadata(desk.alice, DEEP)).json() == before


@both_engines
async def test_who_may_read_changes_nothing_and_who_may_write_does(desk):
    file = f"/{DEVICE}/sdk/v2/files/{DEEP}"
    await desk.alice.permit(BELOW, desk.bob.subject, "user")

    refused(await desk.bob.call("PATCH", file, {"name": "bobs.txt"}), 404, "notFound")
    refused(await desk.bob.delete(file), 404, "notFound")
    await desk.alice.permit(BELOW, desk.bob.subject, "user", "WriteFile")
    renamed = await desk.bob.call("PATCH", file, {"name": "bobs.txt"})

    assert renamed.status_code == 204
    assert (await desk.bob.delete(file)).status_code == 204
    refused(await metadata(desk.alice, DEEP), 404, "notFound")
    refused(await desk.bob.delete(file), 404, "notFound")


async def test_the_top_of_a_device_is_not_deleted(desk):
    refused(await desk.alice.delete(f"/{DEVICE}/sdk/v2/files/root"), 400, "invalidArgument")


@both_engines
async def test_what_is_asked_costs_the_same_however_deep_it_lies_and_however_much_lies_beside(desk):
    holder = (await opened(desk, FOLDER)).reader
    deep = FOLDER
    for number in range(8):
        deep = id_in(
            await desk.alice.post(
                f"/{DEVICE}/sdk/v2/files",
                {"name": f"{number}", "parentID": deep, "mimeType": "application/x.wd.dir"},
            )
        )
        id_in(await upload(desk.alice, "beside.txt", parent=deep))
    bottom = id_in(await upload(desk.alice, "bottom.txt", parent=deep))

    async def costs(file, folder):
        found = []
        for caller in (holder, desk.alice):
            for ask in (metadata(caller, file), content(caller, file), listed(caller, folder)):
                before = desk.house.database.statements
                await ask
                found.append(desk.house.database.statements - before)
        return found

    assert await costs(DEEP, BELOW) == await costs(bottom, deep)
