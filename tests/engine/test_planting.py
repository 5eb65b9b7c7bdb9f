"""A world file's drives, folders, files, members and collections are there after it was loaded, and stay as they are."""

import pytest

from polyshare.domain.errors import NotFound
from polyshare.engine.content import bringing, storing
from polyshare.engine.directory import naming, notifying
from polyshare.engine.sharing import membering
from polyshare.engine.worlds import loading
from polyshare.engine.worlds.world import WrongWorld
from polyshare.store.content import versions
from polyshare.store.directory import principals
from polyshare.store.tree import drives

pytestmark = pytest.mark.anyio

FOLDER = "F1321DC48E3B123D02DBEE88T0000000000100000001"
COLLECTION = "FB0D96BA354156E495F5475B45B3E9DD649055F5640B"


def world(**more):
    return {
        "users": [{"login": "alice", "name": "Alice"}, {"login": "bob", "name": "Bob"}],
        "groups": [{"name": "designers", "members": ["bob"]}],
        "drives": [{"id": 5123, "title": "Alice's drive", "owner": "alice"}],
        "folders": [{"path": "/5123/work/plans", "oracle": FOLDER}],
        "files": [
            {"path": "/5123/work/plans/a.txt", "text": "hello\n"},
            {"path": "/5123/new/b.bin", "base64": "aGVs bG8=", "mycloud": "b-file"},
        ],
        "members": [{"path": "/5123/work/plans", "group": "designers", "role": "viewer"}],
        "collections": [{"id": COLLECTION, "name": "Images", "owner": "alice"}],
        **more,
    }


async def content(house, path):
    reach = await house.read(None, lambda work: bringing.found(work, path))
    download = await house.read(None, lambda work: storing.open_version(work, reach))
    return b"".join([chunk async for chunk in storing.read(house, download)])


async def members(house, path):
    async def look(work):
        reach = await bringing.found(work, path)
        seen = await membering.list_members(work, reach, current_only=True)
        return {one.principal.public_id: int(one.permissions) for one in seen.members}

    return await house.read(None, look)


async def test_the_tree_is_laid_out_once(house):
    first = await loading.load_world(house, world())
    again = await loading.load_world(house, world())

    assert again.changes == []
    assert {
        line
        for line in first.changes
        if line.split()[0] in ("drive", "folder", "file", "member", "collection")
    } == {
        "drive 5123: added",
        "folder /5123/work/plans: added",
        "file /5123/work/plans/a.txt: added",
        "file /5123/new/b.bin: added",
        "member group:designers of /5123/work/plans: added",
        f"collection {COLLECTION}: added",
    }
    assert await content(house, "/5123/work/plans/a.txt") == b"hello\n"
    assert await content(house, "/5123/new/b.bin") == b"hello"
    assert await members(house, "/5123/work/plans") == {"designers": 1}
    folder = await house.read(None, lambda work: bringing.found(work, "/5123/work/plans"))
    assert await house.read(None, lambda work: naming.node(work, FOLDER)) == folder.node.id
    assert folder.node.size == 6


async def test_content_is_written_again_only_when_that_is_asked_for(house):
    await loading.load_world(house, world())
    changed = world(files=[{"path": "/5123/work/plans/a.txt", "text": "other"}])

    assert (await loading.load_world(house, changed)).changes == []
    assert await content(house, "/5123/work/plans/a.txt") == b"hello\n"
    report = await loading.load_world(house, changed, overwrite=True)
    assert report.changes == ["file /5123/work/plans/a.txt: changed"]
    assert await content(house, "/5123/work/plans/a.txt") == b"other"
    assert (await loading.load_world(house, changed, overwrite=True)).changes == []

    async def numbers(work):
        reach = await bringing.found(work, "/5123/work/plans/a.txt")
        return [one.number for one in await versions.page(work.rows, reach.node.id, 2**62, 10)]

    assert await house.read(None, numbers) == [2, 1]


async def test_a_members_role_is_brought_in_line(house):
    await loading.load_world(house, world())
    entry = {"path": "/5123/work/plans", "group": "designers", "role": "contributor"}

    report = await loading.load_world(house, world(members=[entry]))

    assert report.changes == ["member group:designers of /5123/work/plans: changed"]
    assert await members(house, "/5123/work/plans") == {"designers": 7}


async def test_members_who_are_laid_out_are_told_nothing(house):
    await loading.load_world(house, world())
    entry = {"path": "/5123/work/plans", "group": "designers", "role": "contributor"}

    await loading.load_world(house, world(members=[entry]))

    async def outbox(work):
        person = await principals.person(work.rows, "bob")
        return await notifying.page(work, person.id)

    assert await members(house, "/5123/work/plans") == {"designers": 7}
    assert await house.read(None, outbox) == []


async def test_a_drives_title_is_brought_in_line(house):
    await loading.load_world(house, world())
    renamed = world(drives=[{"id": 5123, "title": "Alice's new drive", "owner": "alice"}])

    report = await loading.load_world(house, renamed)

    async def titles(work):
        drive = await drives.one(work.rows, 5123)
        return drive.title, (await bringing.found(work, "/5123")).node.name

    assert report.changes == ["drive 5123: changed"]
    assert await house.read(None, titles) == ("Alice's new drive", "Alice's new drive")
    assert (await loading.load_world(house, renamed)).changes == []


async def test_a_dry_run_plants_nothing(house):
    report = await loading.load_world(house, world(), dry_run=True)

    assert "file /5123/new/b.bin: added" in report.changes
    with pytest.raises(NotFound):
        await house.read(None, lambda work: bringing.found(work, "/5123"))


@pytest.mark.parametrize(
    ("section", "entry", "key"),
    [
        ("drives", {"id": 7, "title": "x", "owner": "nobody"}, "owner"),
        ("drives", {"id": 5123, "title": "x", "owner": "bob"}, "owner"),
        ("drives", {"id": 5123, "title": "a/b", "owner": "alice"}, "title"),
        ("folders", {"path": "/99/x"}, "path"),
        ("folders", {"path": "/5123/.."}, "path"),
        ("files", {"path": "/5123/a", "base64": "?"}, "base64"),
        ("files", {"path": "/5123/a", "source": "no-such-file"}, "source"),
        ("members", {"path": "/5123/none", "user": "bob", "role": "viewer"}, "path"),
        ("members", {"path": "/5123", "user": "alice", "role": "viewer"}, "user"),
        ("members", {"path": "/5123", "group": "none", "role": "viewer"}, "group"),
        ("collections", {"id": FOLDER, "name": "x", "owner": "alice"}, "id"),
    ],
)
async def test_what_can_not_be_planted_is_named(house, section, entry, key):
    await loading.load_world(house, world())

    with pytest.raises(WrongWorld, match=rf"\[\[{section}\]\] number 1, key {key}"):
        await loading.load_world(house, {section: [entry]})
