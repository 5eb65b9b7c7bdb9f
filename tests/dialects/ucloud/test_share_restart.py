"""Shares are there after the process was replaced by another."""

import pytest

from tests.dialects.ucloud.desk import ALICES, a_desk, both_engines, good, refused
from tests.dialects.ucloud.filing import drives, folder
from tests.dialects.ucloud.sharing import browse, end, folders, offer, permit, say, spec, told

EVERYTHING = {
    "filterRejected": "false",
    "includeUpdates": "true",
    "includeOthers": "true",
    "includeSupport": "true",
}


@both_engines
@pytest.mark.behaviour("ucloud", 35)
async def test_a_restart_loses_nothing(database, tmp_path):
    files = str(tmp_path / "files")
    async with a_desk(database, files) as desk:
        pending, approved, rejected, gone = await offer(
            desk.alice,
            spec(),
            spec(path=f"/{ALICES}/work/beside"),
            spec(path=f"/{ALICES}/work", permissions=("READ",)),
            spec(path=f"/{ALICES}"),
        )
        good(await say(desk.bob, "approve", approved))
        good(await say(desk.bob, "reject", rejected))
        good(await permit(desk.alice, approved, "EDIT", "READ"))
        good(await end(desk.alice, gone))
        before = await browse(desk.bob, **EVERYTHING), await browse(desk.alice, **EVERYTHING)
        grouped, heard = await folders(desk.alice), await told(desk, "bob")
        had = await drives(desk.bob)
        [mount] = [one["status"]["shareAvailableAt"] for one in before[0] if one["id"] == approved]

    async with a_desk(database, files) as desk:
        assert (await browse(desk.bob, **EVERYTHING), await browse(desk.alice, **EVERYTHING)) == before
        assert await folders(desk.alice) == grouped
        assert await told(desk, "bob") == heard
        assert len(before[0]) == 3
        assert await drives(desk.bob) == had
        assert len(had) == 2
        good(await folder(desk.bob, f"{mount}/made"))
        good(await say(desk.bob, "approve", pending))
        refused(await say(desk.bob, "approve", rejected), 403)
        good(await end(desk.bob, approved))
