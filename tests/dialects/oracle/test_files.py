"""Folders and files: made, listed, searched, moved about, and what each role may do with them."""

import pytest

from tests.dialects.oracle.desk import bad, good

pytestmark = pytest.mark.anyio


async def test_a_folder_tells_everything_in_strings(desk):
    made = good(await desk.alice.post("/folders/self", {"name": "docs", "description": "mine"}), 201)

    assert good(await desk.alice.get(f"/folders/{made['id']}")) == made
    assert made["type"] == "folder"
    assert (made["parentID"], made["description"], made["childItemsCount"]) == ("self", "mine", "0")
    assert made["createdTime"] == made["modifiedTime"] == "2026-01-01T12:00:00Z"
    assert made["createdBy"] == made["modifiedBy"] == made["ownedBy"]
    assert made["ownedBy"]["loginName"] == "alice"
    assert all(isinstance(value, str | dict) for value in made.values())


async def test_a_name_in_use_gets_a_number(desk):
    await desk.alice.folder("docs")

    assert good(await desk.alice.post("/folders/self", {"name": "DOCS"}), 201)["name"] == "DOCS(2)"


async def test_the_home_listing_is_sorted_and_paged(desk):
    for name in ("b", "C", "a"):
        await desk.alice.folder(name)

    listed = good(await desk.alice.get("/folders/items", params={"limit": 2, "orderby": "name:desc"}))

    assert [one["name"] for one in listed["items"]] == ["C", "b"]
    assert {key: listed[key] for key in ("count", "totalResults", "hasMore", "limit", "offset")} == {
        "count": "2",
        "totalResults": "3",
        "hasMore": "1",
        "limit": "2",
        "offset": "0",
    }
    assert listed["ownerFolderID"] == "self"
    assert await desk.alice.home(offset="2") == ["C"]
    assert await desk.alice.home(filterName="c") == ["C"]
    for query in ({"limit": "0"}, {"limit": "x"}, {"offset": "-1"}, {"orderby": "taste"}):
        bad(await desk.alice.get("/folders/items", params=query), 400, "-32")


async def test_a_folders_listing_has_the_folder_itself(desk):
    folder = await desk.alice.folder("docs")
    await desk.alice.folder("inner", folder)
    await desk.alice.upload(folder, "a.txt")

    listed = good(await desk.alice.get(f"/folders/{folder}/items", params={"limit": "99999"}))

    assert (listed["id"], listed["name"], listed["type"]) == (folder, "docs", "folder")
    assert (listed["childItemsCount"], listed["limit"]) == ("2", "10000")
    assert {one["parentID"] for one in listed["items"]} == {folder}
    found = good(await desk.alice.get(f"/folders/{folder}/items", params={"filterName": "A.TXT"}))
    assert (found["count"], found["totalResults"], found["items"][0]["type"]) == ("1", "1", "file")
    empty = good(await desk.alice.get(f"/folders/{folder}/items", params={"filterName": "none"}))
    assert (empty["count"], empty["items"]) == ("0", [])


async def test_searching_finds_names_below(desk):
    folder = await desk.alice.folder("plans")
    await desk.alice.upload(folder, "budget 2026.txt")
    await desk.alice.share(folder, "bob")

    for caller, query in (
        (desk.alice, {"fulltext": "budget"}),
        (desk.bob, {"fulltext": "BUDGET 2026"}),
        (desk.bob, {"querytext": "name<contains>`budget`"}),
    ):
        found = good(await caller.get("/folders/search/items", params=query))
        assert [one["name"] for one in found["items"]] == ["budget 2026.txt"]
        assert (found["totalCount"], found["limit"]) == ("1", "20")
    assert (
        good(await desk.alice.of("1.1").get("/folders/search/items", params={"fulltext": "x"}))["limit"]
        == "50"
    )
    assert good(await desk.carol.get("/folders/search/items", params={"fulltext": "budget"}))["items"] == []
    bad(await desk.alice.get("/folders/search/items"), 400, "-32")


async def test_folders_and_files_are_renamed_moved_and_copied(desk):
    one, two = await desk.alice.folder("one"), await desk.alice.folder("two")
    file = await desk.alice.upload(one, "a.txt")

    renamed = good(await desk.alice.put(f"/files/{file['id']}", {"name": "b.txt"}))
    copied = good(await desk.alice.post(f"/files/{file['id']}/copy", {"destinationID": two}))
    tree = good(await desk.alice.post(f"/folders/{one}/copy", {"destinationID": two}))
    good(await desk.alice.post(f"/files/{file['id']}/move", {"destinationID": two}))
    good(await desk.alice.put(f"/folders/{one}", {"name": "three", "description": "d"}))

    assert (renamed["name"], renamed["id"]) == ("b.txt", file["id"])
    assert copied["version"] == "1"
    assert copied["id"] != file["id"]
    listed = good(await desk.alice.get(f"/folders/{two}/items"))["items"]
    assert [item["name"] for item in listed] == ["b(2).txt", "b.txt", "one"]
    assert [item["name"] for item in good(await desk.alice.get(f"/folders/{tree['id']}/items"))["items"]] == [
        "b.txt"
    ]
    assert good(await desk.alice.get(f"/folders/{one}"))["name"] == "three"
    taken = await desk.alice.put(f"/folders/{one}", {"name": "TWO"})
    assert bad(taken, 400, "-17", "!csItemAlreadyExists")["name"] == "TWO"


async def test_what_was_deleted_is_not_there_and_opens_to_nobody(desk):
    folder = await desk.alice.folder()
    file = await desk.alice.upload(folder)
    await desk.alice.share(folder, "bob")

    said = good(await desk.alice.delete(f"/folders/{folder}", {"anything": "here"}))

    assert said == {"errorCode": "0", "id": folder, "type": "folder"}
    for caller in (desk.alice, desk.bob):
        bad(await caller.get(f"/folders/{folder}"), 404, "-16")
        bad(await caller.get(f"/files/{file['id']}"), 404, "-16")
        assert await caller.home() == []


async def test_uploading_again_makes_a_version(desk):
    first = await desk.alice.upload("self", "a.txt", b"one")
    second = await desk.alice.upload("self", "A.TXT", b"three")

    assert (first["version"], second["version"], second["id"]) == ("1", "2", first["id"])
    assert (second["size"], second["mimeType"], second["parentID"]) == ("5", "text/plain", "self")
    data = f"/files/{first['id']}/data"
    assert (await desk.alice.get(data)).content == b"three"
    assert (await desk.alice.get(f"{data}/", params={"version": "1"})).content == b"one"
    bad(await desk.alice.get(data, params={"version": "7"}), 404, "-16")


async def test_a_download_is_never_run_by_a_browser(desk):
    file = await desk.alice.upload("self", 'ü".html', b"<script>")

    answer = await desk.alice.get(f"/files/{file['id']}/data")

    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "8"
    part = await desk.alice.get(f"/files/{file['id']}/data", headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"scr")
    assert (await desk.alice.call("HEAD", f"/files/{file['id']}/data")).headers["content-length"] == "8"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"range": "bytes=5-"}, 416), ({"if-match": '"another"'}, 412)],
)
async def test_bytes_that_are_not_there_are_refused_like_everything_else(desk, headers, status):
    file = await desk.alice.upload("self", content=b"hello")
    xml = {"accept": "application/xml"}

    answer = await desk.alice.get(f"/files/{file['id']}/data", headers=headers)
    in_xml = await desk.alice.get(f"/files/{file['id']}/data", headers=headers | xml)

    assert bad(answer, status, "-32")["id"] == file["id"]
    assert in_xml.text.partition("\n")[2].startswith("<error>")
    assert answer.headers.get("content-range") == ("bytes */5" if status == 416 else None)


async def test_the_parts_of_an_upload_come_in_either_order_and_in_base64(desk):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="primaryFile"; filename="C:\\\\dir\\\\b.bin"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n"
        b'--x\r\nContent-Disposition: form-data; name="jsonInputParameters"\r\n\r\n{"parentid":"self"}\r\n--x--\r\n'
    )

    async def chunked():
        yield body[:50]
        yield body[50:]

    answer = await desk.http.post(
        "/documents/api/1.2/files/data/",
        content=chunked(),
        headers={**desk.alice.headers, "content-type": "multipart/form-data; boundary=x"},
    )

    made = good(answer, 201)
    assert (made["name"], made["size"]) == ("b.bin", "5")


async def test_an_upload_that_is_refused_names_its_folder(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob", "viewer")

    said = bad(await desk.bob.try_upload(folder), 403, "-20")

    assert said["id"] == folder
    assert (
        said["errorKey"] == "!csUnableToUploadFile!csCloudItemInsufficientPrivileges,"
        f"Bob Stone,fFolderGUID:{folder},UPLOAD_FILE"
    )


@pytest.mark.parametrize(
    ("parts", "status", "code"),
    [
        ([("primaryFile", ("a", b"x"))], 400, "-32"),
        ([("jsonInputParameters", (None, '{"parentID":"self"}'))], 400, "-32"),
        ([("jsonInputParameters", (None, '{"parentID":"F123"}')), ("primaryFile", ("a", b"x"))], 404, "-16"),
        ([("jsonInputParameters", (None, "{")), ("primaryFile", ("a", b"x"))], 400, "-32"),
        ([("jsonInputParameters", (None, '{"parentID":"self"}')), ("primaryFile", ("..", b"x"))], 400, "-32"),
    ],
)
async def test_an_upload_that_lacks_something_leaves_nothing(desk, parts, status, code):
    bad(await desk.alice.call("POST", "/files/data", files=parts), status, code)

    assert await desk.alice.home() == []


async def test_an_id_of_the_wrong_kind_is_not_there(desk):
    folder = await desk.alice.folder()
    file = await desk.alice.upload(folder)

    bad(await desk.alice.get(f"/folders/{file['id']}"), 404, "-16")
    bad(await desk.alice.get(f"/files/{folder}"), 404, "-16")
    bad(await desk.alice.get(f"/shares/{file['id']}/items"), 404, "-16")
    assert good(await desk.alice.get(f"/folders/{folder.lower()}"))["id"] == folder


ROLES = ["viewer", "downloader", "contributor", "manager"]


@pytest.mark.behaviour("oracle", 14)
@pytest.mark.behaviour("oracle", 15)
@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_do_what_it_may_and_no_more(desk, role):
    folder = await desk.alice.folder("shared")
    inner = await desk.alice.folder("inner", folder)
    file = (await desk.alice.upload(folder, "a.txt"))["id"]
    elsewhere = await desk.bob.folder("mine")
    await desk.alice.share(folder, "bob", role)
    bob, rank = desk.bob, ROLES.index(role)

    async def allowed(least, asked, status=200):
        answer = await asked
        if rank >= ROLES.index(least):
            assert answer.status_code == status, answer.text
        else:
            bad(answer, 403, "-20", "!csCloudItemInsufficientPrivileges,Bob Stone")

    await allowed("viewer", bob.get(f"/folders/{folder}/items"))
    await allowed("viewer", bob.get(f"/files/{file}"))
    await allowed("viewer", bob.get(f"/shares/{folder}/items"))
    await allowed("downloader", bob.get(f"/files/{file}/data"))
    await allowed("downloader", bob.post(f"/files/{file}/copy", {"destinationID": elsewhere}))
    await allowed("contributor", bob.try_upload(folder, "b.txt"), 201)
    await allowed("contributor", bob.try_upload(folder, "a.txt"), 201)
    await allowed("contributor", bob.post(f"/folders/{folder}", {"name": "new"}), 201)
    await allowed("contributor", bob.put(f"/files/{file}", {"name": "c.txt"}))
    await allowed("contributor", bob.put(f"/folders/{inner}", {"name": "deep"}))
    await allowed("contributor", bob.post(f"/files/{file}/move", {"destinationID": inner}))
    await allowed("contributor", bob.delete(f"/files/{file}"))
    await allowed("contributor", bob.delete(f"/folders/{inner}"))
    await allowed("manager", bob.put(f"/folders/{folder}", {"name": "renamed"}))
    await allowed("manager", bob.post(f"/shares/{folder}", {"userID": "carol", "role": "viewer"}))
    await allowed("manager", bob.put(f"/shares/{folder}/role", {"userID": "carol", "role": "downloader"}))
    await allowed("manager", bob.delete(f"/shares/{folder}/user", {"userID": "carol"}))
    await allowed("manager", bob.post(f"/publiclinks/folder/{folder}", {"assignedUsers": "@everybody"}))
    await allowed("manager", bob.get(f"/publiclinks/folder/{folder}"))
    bad(await bob.delete(f"/folders/{folder}"), 403, "-20")
    if rank < ROLES.index("manager"):
        bad(await bob.delete(f"/shares/{folder}"), 403, "-20")
    good(await bob.delete(f"/shares/{folder}/myuser"))


@pytest.mark.behaviour("oracle", 16)
async def test_what_is_uploaded_into_a_shared_folder_belongs_to_its_owner(desk):
    folder = await desk.alice.folder()
    await desk.alice.share(folder, "bob", "contributor")

    file = await desk.bob.upload(folder)

    assert file["createdBy"]["loginName"] == "bob"
    assert file["ownedBy"]["loginName"] == "alice"
