"""Drives whose files lie at their provider: they are listed, and what is in them is asked for there."""

from polyshare.dialects.ucloud.translate.drives import THE_HOUSE
from tests.dialects.ucloud.desk import PRODUCT, both_engines, good, refused
from tests.dialects.ucloud.filing import DRIVES, FILES, begun, copy, delete, drives, folder, move, trash
from tests.dialects.ucloud.keeping import kept, new_drive, registered
from tests.dialects.ucloud.sharing import one, permit, say, spec

__all__ = ["kept"]

UNSUPPORTED = "FEATURE_NOT_SUPPORTED_BY_PROVIDER"


async def approved(kept):
    """Bob has a folder of Alice's there; the share, and his mount."""
    share = await one(kept.desk.alice, spec(path=kept.source, permissions=["EDIT"]))
    good(await say(kept.desk.bob, "approve", share))
    [mount] = await drives(kept.desk.bob)
    return share, mount


@both_engines
async def test_a_drive_elsewhere_is_its_owners(kept):
    assert await drives(kept.desk.alice) == {kept.drive: "Home"}
    assert await drives(kept.desk.bob) == {}

    drive = good(await kept.desk.alice.get(f"{DRIVES}/retrieve", id=kept.drive))

    assert drive["owner"] == {"createdBy": "alice", "project": None}
    assert drive["permissions"]["myself"] == ["ADMIN", "READ", "EDIT"]
    assert drive["specification"]["product"] == PRODUCT
    assert drive["providerGeneratedId"] == "home-of-alice"
    refused(await kept.desk.bob.get(f"{DRIVES}/retrieve", id=kept.drive), 404)


@both_engines
async def test_a_mount_elsewhere_is_its_recipients_while_the_share_is_approved(kept):
    share, mount = await approved(kept)

    drive = good(await kept.desk.bob.get(f"{DRIVES}/retrieve", id=mount, includeOthers="true"))
    assert drive["owner"] == {"createdBy": THE_HOUSE, "project": None}
    assert drive["permissions"]["myself"] == ["READ", "EDIT"]
    assert drive["permissions"]["others"][0]["entity"]["username"] == "bob"
    assert drive["specification"]["product"]["id"] == "share"
    refused(await kept.desk.alice.get(f"{DRIVES}/retrieve", id=mount), 404)
    good(await permit(kept.desk.alice, share, "READ"))
    assert good(await kept.desk.bob.get(f"{DRIVES}/retrieve", id=mount))["permissions"]["myself"] == ["READ"]
    good(await say(kept.desk.bob, "reject", share))
    assert await drives(kept.desk.bob) == {}


@both_engines
async def test_drives_elsewhere_are_found_whatever_the_case_of_their_titles(kept):
    [drive] = await registered(kept.itself, new_drive("fields", "ÄCKER an der Straße"))

    for words in ("äcker", "STRASSE"):
        found = good(await kept.desk.alice.post(f"{DRIVES}/search", {"query": words}))
        assert [one["id"] for one in found["items"]] == [drive]


async def test_files_elsewhere_are_not_served_here(kept):
    _, mount = await approved(kept)

    for caller, path in ((kept.desk.alice, kept.source), (kept.desk.bob, f"/{mount}")):
        for answer in (
            await caller.get(f"{FILES}/browse", path=path),
            await caller.get(f"{FILES}/retrieve", id=path),
            await caller.post(f"{FILES}/search", {"query": "x", "flags": {"path": path}}),
            await folder(caller, f"{path}/x"),
            await move(caller, f"{path}/report.txt", f"{path}/x"),
            await copy(caller, f"{path}/report.txt", f"{path}/x"),
            await trash(caller, f"{path}/report.txt"),
            await delete(caller, f"{path}/report.txt"),
            await begun(caller, f"{path}/x"),
            await caller.bulk(f"{FILES}/download", {"id": f"{path}/report.txt"}),
        ):
            refused(answer, 400, UNSUPPORTED)
    refused(await kept.desk.carol.get(f"{FILES}/browse", path=kept.source), 404)
    assert kept.untouched


async def test_drives_elsewhere_are_made_and_changed_there(kept):
    _, mount = await approved(kept)

    refused(await kept.desk.alice.bulk(DRIVES, {"title": "New", "product": PRODUCT}), 400, UNSUPPORTED)
    for caller, drive in ((kept.desk.alice, kept.drive), (kept.desk.bob, mount)):
        refused(await caller.bulk(f"{DRIVES}/rename", {"id": drive, "newTitle": "x"}), 400, UNSUPPORTED)
        refused(await caller.delete(DRIVES, {"items": [{"id": drive}]}), 400, UNSUPPORTED)
        acl = {"id": drive, "added": [], "deleted": []}
        refused(await caller.bulk(f"{DRIVES}/updateAcl", acl), 400, UNSUPPORTED)
        refused(await caller.bulk(f"{FILES}/emptyTrash", {"id": f"/{drive}/Trash"}), 400, UNSUPPORTED)
    assert kept.untouched
