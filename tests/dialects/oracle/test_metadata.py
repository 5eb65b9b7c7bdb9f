"""Collections of files, and metadata collections."""

from urllib.parse import quote

import pytest

from tests.dialects.oracle.desk import bad, good

pytestmark = pytest.mark.anyio


async def test_a_collection_is_made_shared_and_removed(desk):
    alice, bob = desk.alice.of("1.1"), desk.bob.of("1.1")
    made = good(await alice.post("/collections", {"name": "Images", "description": "all"}), 201)
    good(await alice.post(f"/shares/{made['id']}", {"userID": "bob", "role": "contributor"}))

    assert (made["type"], made["id"][0], made["childItemsCount"]) == ("collection", "F", "0")
    own = good(await alice.get("/collections/items"))
    assert (own["totalOwned"], own["totalShared"]) == ("1", "0")
    theirs = good(await bob.get("/collections/items"))
    assert (theirs["totalOwned"], theirs["totalShared"]) == ("0", "1")
    assert [one["name"] for one in theirs["items"]] == ["Images"]
    bad(await bob.delete(f"/collections/{made['id']}"), 403, "-20")
    good(await alice.delete(f"/collections/{made['id']}"))
    assert good(await bob.get("/collections/items"))["items"] == []
    assert (await alice.of("1.2").get("/collections/items")).status_code == 404


async def test_assets_come_and_go(desk):
    alice = desk.alice.of("1.1")
    collection = good(await alice.post("/collections", {"name": "Images"}), 201)["id"]
    one, two = [(await desk.alice.upload("self", name))["id"] for name in ("1.png", "2.png")]

    added = good(await alice.post(f"/collections/{collection}/files/{one}"))
    assert added == {"errorCode": "0", "id": collection, "itemID": one, "type": "collection"}
    bad(await alice.post(f"/collections/{collection}/files", {"idList": f"{one},{two}"}), 400, "-17")
    skipped = good(
        await alice.post(f"/collections/{collection}/files", {"idList": f"{one},{two}", "skipDuplicate": "1"})
    )
    assert skipped["count"] == "1"
    assert [bool(item["message"]) for item in skipped["items"]] == [True, False]
    assert good(await alice.get("/collections/items"))["items"][0]["childItemsCount"] == "2"
    good(await alice.delete(f"/collections/{collection}/files/{one}"))
    bad(await alice.delete(f"/collections/{collection}/files/{one}"), 404, "-16")
    good(await alice.delete(f"/collections/{collection}/files", {"idList": two}))
    assert good(await alice.get("/collections/items"))["items"][0]["childItemsCount"] == "0"


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_collection_lists_its_files_like_a_folder(desk):
    alice, bob = desk.alice.of("1.1"), desk.bob
    folder = await alice.folder()
    inner = await alice.folder("inner", folder)
    files = [(await alice.upload(folder, name))["id"] for name in ("c.txt", "a.txt", "b.txt")]
    files += [(await alice.upload(inner, "gone.txt"))["id"]]
    collection = good(await alice.post("/collections", {"name": "Images"}), 201)["id"]
    good(await alice.post(f"/collections/{collection}/files", {"idList": ",".join(files)}))
    good(await alice.post(f"/shares/{collection}", {"userID": "bob", "role": "viewer"}))
    good(await alice.delete(f"/folders/{inner}"))

    listed = good(await bob.get(f"/folders/{collection}/items", params={"limit": "2"}))
    second = good(await bob.get(f"/folders/{collection}/items", params={"limit": "2", "offset": "2"}))
    named = good(await bob.get(f"/folders/{collection}/items", params={"filterName": "B.TXT"}))
    backwards = good(await alice.get(f"/folders/{collection}/items", params={"orderby": "name:desc"}))

    assert (listed["type"], listed["id"], listed["name"]) == ("collection", collection, "Images")
    assert [one["name"] for one in listed["items"]] == ["a.txt", "b.txt"]
    assert (listed["childItemsCount"], listed["totalResults"], listed["hasMore"]) == ("3", "3", "1")
    assert {(one["parentID"], one["role"]) for one in listed["items"]} == {("self", "viewer")}
    assert ([one["name"] for one in second["items"]], second["hasMore"]) == (["c.txt"], "0")
    assert [one["id"] for one in named["items"]] == [files[2]]
    assert [one["name"] for one in backwards["items"]] == ["c.txt", "b.txt", "a.txt"]
    assert {one["parentID"] for one in backwards["items"]} == {folder}
    bad(await desk.carol.get(f"/folders/{collection}/items"), 403, "-20")


async def test_a_role_on_a_collection_is_a_role_on_its_files(desk):
    alice = desk.alice.of("1.1")
    collection = good(await alice.post("/collections", {"name": "Images"}), 201)["id"]
    file = (await desk.alice.upload("self", "1.png"))["id"]
    good(
        await alice.post(
            f"/shares/{collection}", {"userID": await desk.group("everyone"), "role": "downloader"}
        )
    )
    bad(await desk.bob.get(f"/files/{file}"), 403, "-20")

    good(await alice.post(f"/collections/{collection}/files/{file}"))

    assert good(await desk.bob.get(f"/files/{file}"))["role"] == "downloader"
    assert (await desk.bob.get(f"/files/{file}/data")).content == b"hello"
    bad(await desk.bob.put(f"/files/{file}", {"name": "x"}), 403, "-20")
    good(await alice.delete(f"/collections/{collection}"))
    bad(await desk.bob.get(f"/files/{file}"), 403, "-20")


async def test_nobody_gains_a_file_by_putting_it_into_a_collection(desk):
    folder = await desk.alice.folder()
    file = (await desk.alice.upload(folder))["id"]
    await desk.alice.share(folder, "bob", "viewer")
    bob = desk.bob.of("1.1")
    collection = good(await bob.post("/collections", {"name": "Mine"}), 201)["id"]

    bad(await bob.post(f"/collections/{collection}/files/{file}"), 403, "-20")
    bad(await bob.post(f"/collections/{collection}/files/{folder}"), 400, "-32")


@pytest.fixture
async def address(desk):
    """A metadata collection for everybody."""
    good(await desk.admin.post("/metadata/Address", {"fields": "Street,City, State"}))
    return "Address"


async def test_administrators_define_collections_for_everybody(desk, address):
    bad(await desk.alice.post("/metadata/Other", {"fields": "A"}), 403, "-20")
    bad(await desk.admin.post("/metadata/ADDRESS", {"fields": "A"}), 400, "-17")

    said = good(await desk.alice.get("/metadata/address"))

    assert said == {
        "errorCode": "0",
        "isEnabled": "1",
        "type": "collection",
        "items": [
            {"type": "field", "fieldName": name, "fieldType": "string", "isEnabled": "1"}
            for name in ("Street", "City", "State")
        ],
    }
    bad(await desk.alice.get("/metadata/none"), 404, "-16")


async def test_personal_collections_are_their_makers_alone(desk, address):
    for caller in (desk.alice, desk.bob):
        good(
            await caller.post(
                "/metadata/Personal.Mine", {"fieldsArray": [{"fieldName": "A", "fieldType": "number"}]}
            )
        )
    good(await desk.alice.put("/metadata/Personal.Mine", {"addFields": "B", "settings": "disable"}))

    listed = good(await desk.alice.get("/metadata", {"retrieveFields": 1}))["metadataCollections"]
    assert list(listed) == ["Address", "Personal.Mine"] or list(listed) == ["Personal.Mine", "Address"]
    assert [field["fieldName"] for field in listed["Personal.Mine"]["items"]] == ["A", "B"]
    assert listed["Personal.Mine"]["isEnabled"] == "0"
    theirs = good(await desk.bob.get("/metadata"))["metadataCollections"]
    assert theirs["Personal.Mine"] == {"isEnabled": "1", "type": "collection"}


async def test_values_are_set_read_inherited_and_taken_away(desk, address):
    folder = await desk.alice.folder()
    inner = await desk.alice.folder("inner", folder)
    file = (await desk.alice.upload(inner))["id"]

    said = good(await desk.alice.post(f"/folders/{folder}/metadata/{address}"))
    assert said == {"errorCode": "0", "idList": folder, "type": "folder"}
    good(
        await desk.alice.post(
            f"/folders/{folder}/metadata", {"collection": "Address", "City": "Bonn", "State": 7}
        )
    )
    good(await desk.alice.post(f"/files/{file}/metadata", {"Address.City": "Köln"}))

    async def values(path, **query):
        return good(await desk.alice.get(f"{path}/metadata", params=query))["metadata"]

    assert await values(f"/folders/{folder}") == {"Address": {"City": "Bonn", "State": "7"}}
    assert await values(f"/folders/{inner}") == {"Address": {"City": "Bonn", "State": "7"}}
    assert await values(f"/files/{file}") == {"Address": {"City": "Köln", "State": "7"}}
    assert await values(f"/files/{file}", directAssigned="1") == {}
    fields = good(await desk.alice.get(f"/files/{file}/metadataFields"))["metadataFields"]
    assert (fields["Address"]["isInherited"], len(fields["Address"]["items"])) == ("1", 3)
    good(
        await desk.alice.delete(f"/files/{file}/metadata", params={"collection": "Address", "fields": "city"})
    )
    assert await values(f"/files/{file}") == {"Address": {"City": "Bonn", "State": "7"}}
    for body in ({"Address.None": "x"}, {"Other.City": "x"}, {"City": "x"}, {}):
        bad(await desk.alice.post(f"/files/{file}/metadata", body), 400, "-32")
    good(await desk.alice.delete(f"/folders/{folder}/metadata/{address}"))
    assert await values(f"/folders/{folder}") == {}


@pytest.mark.parametrize("role", ["viewer", "downloader", "contributor", "manager"])
async def test_contributors_read_and_set_values_and_only_owners_assign(desk, address, role):
    folder = await desk.alice.folder()
    good(await desk.alice.post(f"/folders/{folder}/metadata/{address}"))
    await desk.alice.share(folder, "bob", role)
    may_write = role in ("contributor", "manager")

    for answer in (
        await desk.bob.post(f"/folders/{folder}/metadata", {"Address.City": "Bonn"}),
        await desk.bob.get(f"/folders/{folder}/metadata"),
        await desk.bob.get(f"/folders/{folder}/metadataFields"),
    ):
        assert answer.status_code == (200 if may_write else 403), answer.text
    reset = await desk.bob.delete(
        f"/folders/{folder}/metadata", params={"collection": "Address", "fields": "City"}
    )
    assert reset.status_code == (200 if role == "manager" else 403)
    bad(await desk.bob.post(f"/folders/{folder}/metadata/{address}"), 403, "-20")
    bad(await desk.bob.delete(f"/folders/{folder}/metadata/{address}"), 403, "-20")


async def test_fields_are_switched_off_and_typed(desk):
    fields = [
        {"fieldName": "Due", "fieldType": "date"},
        {"fieldName": "Count", "fieldType": "number", "defaultValue": 5},
        {"fieldName": "Done", "fieldType": "boolean"},
    ]
    good(await desk.admin.post("/metadata/Task", {"fieldsArray": fields}))
    folder = await desk.alice.folder()
    good(await desk.alice.post(f"/folders/{folder}/metadata/Task"))

    for name, value in (("Due", "today"), ("Count", "many"), ("Done", "yes")):
        bad(await desk.alice.post(f"/folders/{folder}/metadata", {f"Task.{name}": value}), 400, "-32")
    good(
        await desk.alice.post(
            f"/folders/{folder}/metadata", {"Task.Due": "2026-01-01T00:00:00", "Task.Done": "1"}
        )
    )
    good(await desk.admin.put("/metadata/Task/field", {"fields": "Done", "settings": "disable"}))
    bad(await desk.alice.post(f"/folders/{folder}/metadata", {"Task.Done": "0"}), 400, "-32")
    shown = good(await desk.alice.get(f"/folders/{folder}/metadata"))["metadata"]
    assert shown == {"Task": {"Due": "2026-01-01T00:00:00", "Count": "5"}}
    good(await desk.admin.delete("/metadata/Task"))
    assert good(await desk.alice.get(f"/folders/{folder}/metadata"))["metadata"] == {}


@pytest.mark.parametrize("name", ["a.b", "x<y", "NULL", "Personal.", " x", "y" * 241])
async def test_names_that_the_vendor_forbids_are_refused(desk, name):
    answer = await desk.admin.post(f"/metadata/{quote(name)}", {"fields": "A"})

    bad(answer, 400, "-32")
