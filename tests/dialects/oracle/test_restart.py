"""Everything is there after the process was replaced by another."""

import pytest

from tests.dialects.oracle.desk import a_desk, good

pytestmark = pytest.mark.anyio


@pytest.mark.behaviour("oracle", 29)
@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_restart_loses_nothing(database, tmp_path):
    files = str(tmp_path / "files")
    async with a_desk(database, files) as desk:
        folder = await desk.alice.folder("plans")
        file = await desk.alice.upload(folder, "a.txt", b"kept")
        await desk.alice.share(folder, "bob", "downloader", message="look")
        link = good(await desk.alice.post(f"/publiclinks/folder/{folder}", {"assignedUsers": "@everybody"}))
        told = await desk.told()

    async with a_desk(database, files) as desk:
        assert await desk.alice.members(folder) == {"bob": "downloader"}
        assert (await desk.bob.get(f"/files/{file['id']}/data")).content == b"kept"
        assert good(await desk.alice.get(f"/publiclinks/{link['linkID']}")) == link
        assert await desk.told() == told != []
