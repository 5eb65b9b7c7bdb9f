"""Files and folders, on one's own drives and on what others share."""

import pytest

from polyshare.domain.errors import Hidden, NotFound
from polyshare.domain.views import Window
from polyshare.engine.tree import access, filing, reaching
from polyshare.store.tree import node_pages
from tests.dialects.ucloud.desk import (
    ALICES,
    BOBS,
    CONTENT,
    PRODUCT,
    PROJECT,
    SOURCE,
    both_engines,
    good,
    refused,
)
from tests.dialects.ucloud.filing import (
    DRIVES,
    FILES,
    an_actor,
    approve,
    asked,
    begun,
    content,
    copy,
    decline,
    delete,
    drives,
    folder,
    move,
    names,
    shared,
    status,
    trash,
    upload,
)
from tests.dialects.ucloud.sharing import end, ids, one, permit, say, spec

REPORT = f"{SOURCE}/report.txt"
WORK = f"/{ALICES}/work"
COMPLETE = {"responses": [{"type": "complete"}]}
POLICIES = ("RENAME", "REJECT", "REPLACE", "MERGE_RENAME")


@both_engines
async def test_a_file_is_told_of_as_its_drive_is(desk):
    file = good(await desk.alice.get(f"{FILES}/retrieve", id=REPORT, includeSizes="true"))

    assert file == {
        "id": REPORT,
        "specification": {"collection": str(ALICES), "product": PRODUCT},
        "createdAt": desk.clock.now // 1000,
        "status": {
            "type": "FILE",
            "icon": None,
            "sizeInBytes": len(CONTENT),
            "sizeIncludingChildrenInBytes": len(CONTENT),
            "modifiedAt": desk.clock.now // 1000,
            "accessedAt": None,
            "unixMode": None,
            "unixOwner": None,
            "unixGroup": None,
            "metadata": None,
            "resolvedSupport": None,
            "resolvedProduct": None,
        },
        "owner": {"createdBy": "alice", "project": None},
        "permissions": {"myself": ["ADMIN", "READ", "EDIT"], "others": None},
        "updates": [],
    }


async def test_flags_tell_more(desk):
    flags = {"includeMetadata": "true", "includeOthers": "true", "includeProduct": "true"}
    plain = good(await desk.alice.get(f"{FILES}/retrieve", id=SOURCE, **flags))["status"]
    above = good(await desk.alice.get(f"{FILES}/retrieve", id=WORK, includeSizes="true"))["status"]
    whole = good(await desk.alice.get(f"{FILES}/retrieve", id=REPORT, includeSupport="true"))["status"]

    assert plain["metadata"] == {"metadata": {}, "templates": {}}
    assert plain["resolvedProduct"]["name"] == PRODUCT["id"]
    assert (plain["sizeInBytes"], plain["type"]) == (None, "DIRECTORY")
    assert (above["sizeInBytes"], above["sizeIncludingChildrenInBytes"]) == (None, len(CONTENT))
    assert whole["resolvedSupport"]["support"]["files"]["sharesSupported"] is True
    refused(
        await desk.alice.get(
            f"{FILES}/retrieve", id=SOURCE, includeUnixInfo="true", allowUnsupportedInclude="false"
        ),
        400,
        "FEATURE_NOT_SUPPORTED_BY_PROVIDER",
    )
    good(await desk.alice.get(f"{FILES}/retrieve", id=SOURCE, includeUnixInfo="true"))


async def test_what_can_not_be_browsed_says_why(desk):
    refused(await desk.alice.get(f"{FILES}/browse"), 400)
    refused(await desk.alice.get(f"{FILES}/browse", path=""), 400)
    refused(await desk.alice.get(f"{FILES}/retrieve"), 400)
    assert refused(await desk.alice.get(f"{FILES}/browse", path=REPORT), 400) == "Invalid file type"
    refused(await desk.alice.get(f"{FILES}/browse", path=f"{SOURCE}/none"), 404)
    refused(await desk.nobody.get(f"{FILES}/browse", path=SOURCE), 401)


async def test_a_path_that_is_looked_at_may_begin_without_its_slash(desk):
    for path, found in ((SOURCE[1:], [REPORT]), (f"{ALICES}", [WORK]), (f"{ALICES}/", [WORK])):
        page = good(await desk.alice.get(f"{FILES}/browse", path=path))
        assert [one["id"] for one in page["items"]] == found
    assert good(await desk.alice.get(f"{FILES}/retrieve", id=REPORT[1:]))["id"] == REPORT
    refused(await desk.alice.get(f"{FILES}/retrieve", id="work"), 404)
    refused(await move(desk.alice, REPORT[1:], f"{WORK}/report.txt"), 404)


@pytest.mark.behaviour("ucloud", 9)
@both_engines
async def test_a_folder_that_waits_for_approval_is_nowhere(desk):
    share, mount = await asked(desk)

    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    for path in (mount, f"{mount}/report.txt", SOURCE, REPORT):
        refused(await desk.bob.get(f"{FILES}/retrieve", id=path), 404)
        refused(await desk.bob.get(f"{FILES}/browse", path=path), 404)
    await approve(desk, share)
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive", mount[1:]: "my-collaboration"}
    assert await names(desk.bob, mount) == ["report.txt"]


@pytest.mark.behaviour("ucloud", 11)
@both_engines
async def test_what_may_be_read_is_read_and_every_write_refused(desk):
    mount = await shared(desk, SOURCE, "bob", "READ")

    assert await names(desk.bob, mount) == ["report.txt"]
    assert await content(desk, desk.bob, f"{mount}/report.txt") == CONTENT.encode()
    for answer in (
        await folder(desk.bob, f"{mount}/new"),
        await folder(desk.bob, f"{mount}/one/two"),
        await move(desk.bob, f"{mount}/report.txt", f"{mount}/other.txt"),
        await move(desk.bob, f"{mount}/report.txt", f"/{BOBS}/mine.txt"),
        await copy(desk.bob, f"{mount}/report.txt", f"{mount}/other.txt"),
        await trash(desk.bob, f"{mount}/report.txt"),
        await trash(desk.bob, mount),
        await delete(desk.bob, f"{mount}/report.txt"),
        await begun(desk.bob, f"{mount}/up.txt"),
        await begun(desk.bob, f"{mount}/report.txt", "REPLACE"),
    ):
        refused(answer, 403)
    assert good(await copy(desk.bob, f"{mount}/report.txt", f"/{BOBS}/mine.txt")) == COMPLETE
    assert await names(desk.alice, SOURCE) == ["report.txt"]


@pytest.mark.behaviour("ucloud", 11)
@pytest.mark.behaviour("ucloud", 12)
@both_engines
async def test_who_may_edit_changes_the_source_and_reads_it_too(desk):
    mount = await shared(desk, SOURCE, "bob", "EDIT")

    assert good(await folder(desk.bob, f"{mount}/new")) == COMPLETE
    await upload(desk, desk.bob, f"{mount}/new/up.txt", b"by bob")
    good(await move(desk.bob, f"{mount}/report.txt", f"{mount}/new/moved.txt"))

    assert await names(desk.alice, f"{SOURCE}/new") == ["moved.txt", "up.txt"]
    assert await content(desk, desk.alice, f"{SOURCE}/new/up.txt") == b"by bob"
    assert await content(desk, desk.bob, f"{mount}/new/moved.txt") == CONTENT.encode()
    good(await trash(desk.bob, f"{mount}/new"))
    assert await names(desk.alice, SOURCE) == await names(desk.bob, mount) == []
    file = good(await desk.bob.get(f"{FILES}/retrieve", id=mount, includeOthers="true"))
    assert file["id"] == mount
    assert file["permissions"]["myself"] == ["READ", "EDIT"]
    assert file["permissions"]["others"][0]["entity"] == {"type": "user", "username": "bob"}
    assert file["owner"] == {"createdBy": "_ucloud", "project": None}
    assert file["specification"]["product"] == PRODUCT | {"id": "share"}


@pytest.mark.behaviour("ucloud", 18)
@both_engines
async def test_other_permissions_count_at_once_up_and_down(desk):
    share, mount = await asked(desk, SOURCE, "bob", "READ")
    await approve(desk, share)
    refused(await folder(desk.bob, f"{mount}/early"), 403)

    good(await permit(desk.alice, share, "EDIT"))
    good(await folder(desk.bob, f"{mount}/made"))
    good(await permit(desk.alice, share, "READ"))

    refused(await folder(desk.bob, f"{mount}/late"), 403)
    assert await names(desk.bob, mount) == ["made", "report.txt"]


@pytest.mark.behaviour("ucloud", 18)
@both_engines
async def test_other_permissions_open_nothing_before_approval_and_count_from_then_on(desk):
    share, mount = await asked(desk, SOURCE, "bob", "READ")

    good(await permit(desk.alice, share, "READ", "EDIT"))
    before = await status(desk.bob, mount), await drives(desk.bob)
    await approve(desk, share)

    assert before == (404, {str(BOBS): "Bob's drive"})
    good(await folder(desk.bob, f"{mount}/made"))


@pytest.mark.behaviour("ucloud", 16)
@pytest.mark.parametrize("who", ["alice", "bob"])
@both_engines
async def test_a_deleted_share_takes_its_mount_along_and_leaves_the_source(desk, who):
    share, mount = await asked(desk)
    await approve(desk, share)

    good(await end(getattr(desk, who), share))

    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    assert [await status(desk.bob, path) for path in (mount, f"{mount}/report.txt")] == [404, 404]
    assert await content(desk, desk.alice, f"{SOURCE}/report.txt") == CONTENT.encode()


async def test_the_root_of_a_mount_stays_what_and_where_it_is(desk):
    mount = await shared(desk)

    for answer in (
        await trash(desk.bob, mount),
        await delete(desk.bob, mount),
        await move(desk.bob, mount, f"/{BOBS}/mine"),
        await move(desk.bob, mount, f"{mount}/below"),
    ):
        assert answer.status_code in (400, 403), answer.text
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    refused(await trash(desk.alice, f"/{ALICES}"), 400)
    refused(await move(desk.alice, f"/{ALICES}", f"/{ALICES}/below"), 400)


async def test_a_mount_gives_what_its_grant_gives_whatever_else_somebody_holds(desk):
    outer = await shared(desk, WORK, "bob", "READ", "EDIT")
    inner = await shared(desk, SOURCE, "bob", "READ")

    refused(await folder(desk.bob, f"{inner}/new"), 403)
    good(await folder(desk.bob, f"{outer}/my-project/my-collaboration/new"))
    refused(await desk.bob.get(f"{FILES}/browse", path=SOURCE), 404)


async def test_a_mount_is_for_nobody_else(desk):
    mount = await shared(desk)

    for caller in (desk.alice, desk.carol):
        refused(await caller.get(f"{FILES}/browse", path=mount), 404)
        refused(await folder(caller, f"{mount}/x"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/{mount}/../{alices}/work",
        "/{mount}/..",
        "/{mount}/../..",
        "/{mount}/./../{bobs}x",
        "/{mount}\\..",
        "../{mount}",
        "{mount}/..",
        "{mount}/../{alices}/work",
        "/",
        "",
        "/x",
        "/-1",
        "/99999999999999999999",
        "/{mount}/a\x7f",
    ],
)
async def test_no_path_climbs_out_of_a_mount(desk, path):
    mount = await shared(desk)
    path = path.format(mount=mount[1:], alices=ALICES, bobs=BOBS)

    for answer in (
        await desk.bob.get(f"{FILES}/retrieve", id=path),
        await desk.bob.get(f"{FILES}/browse", path=path),
        await trash(desk.bob, path),
        await move(desk.bob, f"{mount}/report.txt", f"{path}/x.txt"),
        await begun(desk.bob, f"{path}/x.txt"),
        await folder(desk.bob, f"{path}/x/y"),
    ):
        assert answer.status_code in (400, 404), answer.text
    assert await names(desk.bob, mount) == ["report.txt"]
    assert await names(desk.alice, WORK) == ["beside", "my-project"]


async def test_letters_that_no_path_can_have_are_refused(desk):
    for text in ('"/5123/a\\u0000b"', '"/5123/\\ud800"'):
        body = '{"items":[{"id":' + text + ',"conflictPolicy":"REJECT"}]}'
        refused(await desk.alice.post(f"{FILES}/folder", body), 400)
    refused(await desk.alice.get(f"{FILES}/retrieve?id=/5123/a%00b"), 400)
    refused(await desk.alice.get(f"{FILES}/retrieve?id=/5123/%ff"), 400)


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        "%41",
        "æøå",
        "日本語",
        "😀",
        "a+b&c=d",
        "'\"<>",
        "-",
        "...",
        ".hidden",
        "a%2Fb",
        "{x}",
        "x" * 255,
    ],
)
@both_engines
async def test_odd_names_are_names(desk, name):
    good(await folder(desk.alice, f"{WORK}/{name}"))
    await upload(desk, desk.alice, f"{WORK}/{name}/{name}", b"x")

    assert name in await names(desk.alice, WORK)
    assert await content(desk, desk.alice, f"{WORK}/{name}/{name}") == b"x"
    good(await move(desk.alice, f"{WORK}/{name}", f"{WORK}/plain"))
    assert await names(desk.alice, f"{WORK}/plain") == [name]


async def test_a_name_is_the_same_in_whatever_form_of_unicode_it_comes(desk):
    good(await folder(desk.alice, f"{WORK}/cafe\u0301"))

    assert await status(desk.alice, f"{WORK}/caf\u00e9") == 200
    assert await status(desk.alice, f"{WORK}/cafe\u0301") == 200
    refused(await folder(desk.alice, f"{WORK}/caf\u00e9"), 409)
    good(await folder(desk.alice, f"{WORK}/CAF\u00c9"))


async def test_folders_above_a_new_one_are_made(desk):
    good(await folder(desk.alice, f"{WORK}/one/two/three"))
    await upload(desk, desk.alice, f"{WORK}/one/four/five.txt", b"5")

    assert await names(desk.alice, f"{WORK}/one") == ["four", "two"]
    refused(await folder(desk.alice, f"{REPORT}/below"), 400)
    refused(await folder(desk.alice, f"/{ALICES}"), 400)


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_folder_whose_name_is_in_use_is_made_as_asked(desk, policy):
    answer = await folder(desk.alice, SOURCE, policy)

    expected = {
        "RENAME": ["my-collaboration", "my-collaboration(1)"],
        "REJECT": ["my-collaboration"],
        "REPLACE": ["my-collaboration"],
        "MERGE_RENAME": ["my-collaboration"],
    }[policy]
    assert answer.status_code == (409 if policy == "REJECT" else 200)
    assert await names(desk.alice, f"{WORK}/my-project") == expected
    assert await names(desk.alice, SOURCE) == ([] if policy == "REPLACE" else ["report.txt"])


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("verb", [move, copy])
@both_engines
async def test_a_file_whose_name_is_in_use_goes_there_as_asked(desk, verb, policy):
    await upload(desk, desk.alice, f"{WORK}/report.txt", b"newer")

    answer = await verb(desk.alice, f"{WORK}/report.txt", REPORT, policy)

    if policy == "REJECT":
        refused(answer, 409)
        assert await content(desk, desk.alice, REPORT) == CONTENT.encode()
        return
    assert good(answer) == COMPLETE
    both = policy != "REPLACE"
    assert await names(desk.alice, SOURCE) == (["report(1).txt", "report.txt"] if both else ["report.txt"])
    there = f"{SOURCE}/report(1).txt" if both else REPORT
    assert await content(desk, desk.alice, there) == b"newer"
    assert await status(desk.alice, f"{WORK}/report.txt") == (404 if verb is move else 200)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("verb", [move, copy])
async def test_a_folder_goes_where_one_is_already_as_asked(desk, verb, policy):
    other = f"{WORK}/beside/my-collaboration"
    good(await folder(desk.alice, other))
    await upload(desk, desk.alice, f"{other}/report.txt", b"other")
    await upload(desk, desk.alice, f"{other}/more.txt", b"more")

    answer = await verb(desk.alice, other, SOURCE, policy)

    assert answer.status_code == (409 if policy == "REJECT" else 200), answer.text
    expected = {
        "RENAME": ["report.txt"],
        "REJECT": ["report.txt"],
        "REPLACE": ["more.txt", "report.txt"],
        "MERGE_RENAME": ["more.txt", "report(1).txt", "report.txt"],
    }[policy]
    assert await names(desk.alice, SOURCE) == expected
    if policy == "RENAME":
        assert await names(desk.alice, f"{SOURCE}(1)") == ["more.txt", "report.txt"]


@pytest.mark.parametrize("policy", POLICIES)
async def test_an_upload_whose_name_is_in_use_goes_there_as_asked(desk, policy):
    if policy == "REJECT":
        refused(await begun(desk.alice, REPORT, policy), 409)
        return

    await upload(desk, desk.alice, REPORT, b"newer", policy)

    both = policy != "REPLACE"
    assert await names(desk.alice, SOURCE) == (["report(1).txt", "report.txt"] if both else ["report.txt"])
    there = f"{SOURCE}/report(1).txt" if both else REPORT
    assert await content(desk, desk.alice, there) == b"newer"


async def test_a_policy_that_nobody_knows_or_none_is_refused(desk):
    refused(await folder(desk.alice, f"{WORK}/x", "OVERWRITE"), 400)
    refused(await desk.alice.bulk(f"{FILES}/folder", {"id": f"{WORK}/x"}), 400)
    refused(await desk.alice.bulk(f"{FILES}/move", {"oldId": REPORT}), 400)


async def test_a_file_is_copied_beside_itself(desk):
    good(await copy(desk.alice, REPORT, REPORT, "RENAME"))
    good(await copy(desk.alice, REPORT, REPORT, "REPLACE"))

    assert await names(desk.alice, SOURCE) == ["report(1).txt", "report(2).txt", "report.txt"]


async def test_what_moves_to_a_drive_of_ones_own_changes_hands(desk):
    mount = await shared(desk)

    good(await move(desk.bob, f"{mount}/report.txt", f"/{BOBS}/mine.txt"))

    assert await names(desk.alice, SOURCE) == []
    assert await content(desk, desk.bob, f"/{BOBS}/mine.txt") == CONTENT.encode()
    good(await move(desk.bob, f"/{BOBS}/mine.txt", f"{mount}/back.txt"))
    assert await content(desk, desk.alice, f"{SOURCE}/back.txt") == CONTENT.encode()


async def test_what_moves_needs_both_ends_open_for_changes(desk):
    reading, writing = await shared(desk, SOURCE, "bob", "READ"), await shared(desk, f"{WORK}/beside", "bob")
    await upload(desk, desk.bob, f"{writing}/mine.txt", b"mine")

    refused(await move(desk.bob, f"{reading}/report.txt", f"{writing}/x.txt"), 403)
    refused(await move(desk.bob, f"{writing}/mine.txt", f"{reading}/x.txt"), 403)
    good(await copy(desk.bob, f"{reading}/report.txt", f"{writing}/x.txt"))
    assert await names(desk.alice, f"{WORK}/beside") == ["mine.txt", "x.txt"]


@both_engines
async def test_one_item_that_fails_leaves_no_trace_of_the_others(desk):
    answer = await desk.alice.bulk(
        f"{FILES}/move",
        {"oldId": REPORT, "newId": f"{SOURCE}/moved.txt", "conflictPolicy": "REJECT"},
        {"oldId": f"{SOURCE}/none", "newId": f"{SOURCE}/x", "conflictPolicy": "REJECT"},
    )

    refused(answer, 404)
    refused(await trash(desk.alice, REPORT, f"{SOURCE}/none"), 404)
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    refused(await trash(desk.alice), 400)


@both_engines
async def test_several_go_in_one_request_whatever_that_does_to_those_before(desk):
    mount = await shared(desk)
    for name in "abcdef":
        good(await folder(desk.alice, f"{SOURCE}/{name}"))

    moved = [
        {"oldId": f"{mount}/{name}", "newId": f"/{BOBS}/{name}", "conflictPolicy": "REJECT"} for name in "ab"
    ]
    good(await desk.bob.bulk(f"{FILES}/move", *moved))
    good(await trash(desk.bob, f"{mount}/c", f"{mount}/d"))
    good(await delete(desk.alice, f"{SOURCE}/e", f"{SOURCE}/f"))

    assert await names(desk.bob, f"/{BOBS}") == ["a", "b"]
    assert await names(desk.alice, SOURCE) == ["report.txt"]


@both_engines
async def test_a_folder_costs_no_more_because_others_were_made_before_it(desk):
    async def cost(count, under):
        items = [{"id": f"{SOURCE}/{under}/{at}", "conflictPolicy": "REJECT"} for at in range(count)]
        before = desk.house.database.statements
        good(await desk.alice.bulk(f"{FILES}/folder", *items))
        return desk.house.database.statements - before

    await cost(1, "first")  # from here on everybody is remembered
    one, eleven, many = await cost(1, "one"), await cost(11, "eleven"), await cost(21, "many")

    assert many - eleven == eleven - one


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_paths_of_shares_and_mounts_follow_their_folder(desk):
    mount = await shared(desk)

    good(await move(desk.alice, SOURCE, f"{WORK}/my-project/renamed"))
    assert (await drives(desk.bob))[mount[1:]] == "renamed"
    good(await move(desk.alice, f"{WORK}/my-project", f"/{ALICES}/elsewhere"))

    assert await names(desk.bob, mount) == ["report.txt"]
    assert await content(desk, desk.bob, f"{mount}/report.txt") == CONTENT.encode()


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_what_is_trashed_ends_its_shares_and_those_below(desk):
    outer, inner = await shared(desk, WORK, "carol"), await shared(desk)

    good(await trash(desk.alice, f"{WORK}/my-project"))

    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    refused(await desk.bob.get(f"{FILES}/browse", path=inner), 404)
    assert await names(desk.carol, outer) == ["beside"]
    await restore(desk, "my-project")
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_what_moves_into_a_drive_of_a_project_is_shared_no_longer_by_any_api(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    waiting = await one(desk.alice, spec("dave"))
    made = await desk.alice.acting_in(PROJECT).bulk(DRIVES, {"title": "Ours", "product": PRODUCT})
    [drive] = [drive["id"] for drive in good(made)["responses"]]

    good(await move(desk.alice, SOURCE, f"/{drive}/there"))

    refused(await desk.bob.get(f"{FILES}/browse", path=mount), 404)
    assert await reaches(desk, "bob", f"/{drive}/there") is False
    good(await move(desk.alice, f"/{drive}/there", SOURCE))
    assert await ids(desk.alice, filterRejected="false") == []
    refused(await say(desk.bob, "reject", share), 403)
    refused(await say(desk.dave, "approve", waiting), 403)
    assert await names(desk.alice, SOURCE) == ["report.txt"]
    await shared(desk)


async def reaches(desk, login, path):
    """Whether somebody sees what lies at a path of Alice's, by whatever way."""
    alice = await an_actor(desk, "alice")
    person = await desk.id_of(login)

    async def look(work):
        node = (await reaching.at(work, alice.id, path)).reach.node.id
        try:
            await access.reach(work, person, node)
        except (Hidden, NotFound):
            return False
        return True

    return await desk.house.read(alice, look)


async def restore(desk, name):
    """Take what has this name out of Alice's trash."""
    alice = await an_actor(desk, "alice")

    async def job(work):
        found, _ = await node_pages.in_trash(work.rows, alice.id, Window())
        [node] = [one.id for one in found if one.name == name]
        await filing.restore(work, await filing.in_trash(work, alice.id, node))

    await desk.house.write(alice, job)


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_what_is_trashed_through_a_mount_ends_nested_shares_at_the_source(desk):
    outer, inner = await shared(desk, WORK, "carol"), await shared(desk)

    good(await trash(desk.carol, f"{outer}/my-project/my-collaboration"))

    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    refused(await desk.bob.get(f"{FILES}/browse", path=inner), 404)
    assert await names(desk.alice, f"{WORK}/my-project") == []
    assert await names(desk.carol, outer) == ["beside", "my-project"]


@pytest.mark.behaviour("ucloud", 31)
@both_engines
async def test_what_sleeps_in_the_trash_by_another_api_is_nowhere_until_it_is_restored(desk):
    mount = await shared(desk)
    alice = await an_actor(desk, "alice")

    async def job(work):
        await filing.trash(work, (await reaching.at(work, alice.id, f"{WORK}/my-project")).reach)

    await desk.house.write(alice, job)
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    refused(await desk.bob.get(f"{FILES}/browse", path=mount), 404)
    await restore(desk, "my-project")
    assert mount[1:] in await drives(desk.bob)
    assert await names(desk.bob, mount) == ["report.txt"]


async def test_what_is_deleted_is_gone_for_good_with_its_shares(desk):
    mount = await shared(desk)

    assert good(await delete(desk.alice, SOURCE)) == COMPLETE

    assert await names(desk.alice, f"{WORK}/my-project") == []
    refused(await desk.bob.get(f"{FILES}/browse", path=mount), 404)
    refused(await delete(desk.alice, SOURCE), 404)


async def test_emptying_the_trash_is_for_who_has_the_drive(desk):
    mount = await shared(desk)
    good(await trash(desk.alice, REPORT))

    refused(
        await desk.bob.bulk(f"{FILES}/emptyTrash", {"id": f"{mount}/Trash"}),
        400,
        "FEATURE_NOT_SUPPORTED_BY_PROVIDER",
    )
    refused(await desk.bob.bulk(f"{FILES}/emptyTrash", {"id": f"/{ALICES}/Trash"}), 404)
    assert good(await desk.alice.bulk(f"{FILES}/emptyTrash", {"id": f"/{ALICES}/Trash"})) == COMPLETE
    with pytest.raises(ValueError, match="unpack"):
        await restore(desk, "report.txt")


@pytest.mark.behaviour("ucloud", 15)
async def test_who_leaves_has_nothing_at_once(desk):
    share, mount = await asked(desk)
    await approve(desk, share)
    assert await names(desk.bob, mount) == ["report.txt"]

    await decline(desk, share)

    refused(await desk.bob.get(f"{FILES}/browse", path=mount), 404)
    assert await drives(desk.bob) == {str(BOBS): "Bob's drive"}
    assert await names(desk.alice, SOURCE) == ["report.txt"]


@both_engines
async def test_a_folder_is_walked_by_pages_of_every_size(desk):
    for number in range(60):
        desk.clock.pass_s(1)
        good(await folder(desk.alice, f"{WORK}/beside/{number:03}"))

    async def walked(**query):
        found, token = [], None
        while True:
            more = {} if token is None else {"next": token}
            page = good(await desk.alice.get(f"{FILES}/browse", path=f"{WORK}/beside", **query, **more))
            assert page["items"]
            found += [one["id"].rpartition("/")[2] for one in page["items"]]
            token = page["next"]
            if token is None:
                return found

    expected = [f"{number:03}" for number in range(60)]
    for size in ("10", "25", "50", "100"):
        assert await walked(itemsPerPage=size) == expected
    assert await walked(itemsPerPage="10", sortBy="CREATED_AT", sortDirection="descending") == expected[::-1]
    assert await walked(itemsPerPage="10", sortBy="MODIFIED_AT") == expected
    assert sorted(await walked(itemsPerPage="10", sortBy="SIZE")) == expected
    assert await walked(itemsPerPage="10", sortBy="unknown", consistency="REQUIRE") == expected
    assert (await walked(itemsToSkip="58")) == expected[58:]


async def test_hidden_files_are_left_out_if_asked(desk):
    for name in (".hidden", "seen"):
        good(await folder(desk.alice, f"{WORK}/beside/{name}"))

    assert await names(desk.alice, f"{WORK}/beside", filterHiddenFiles="true") == ["seen"]
    assert await names(desk.alice, f"{WORK}/beside") == [".hidden", "seen"]


async def test_pages_that_must_fit_together_fail_after_a_change(desk):
    for number in range(12):
        good(await folder(desk.alice, f"{WORK}/beside/{number}"))
    query = {"path": f"{WORK}/beside", "itemsPerPage": "10", "consistency": "REQUIRE"}
    token = good(await desk.alice.get(f"{FILES}/browse", **query))["next"]
    good(await folder(desk.alice, f"{WORK}/beside/new"))

    refused(await desk.alice.get(f"{FILES}/browse", next=token), 400, "PAGINATION_CONSISTENCY_LOST")
    refused(await desk.alice.get(f"{FILES}/browse", path=WORK, next="x"), 400)


@both_engines
async def test_a_page_makes_as_many_statements_for_250_files_as_for_one(desk):
    mount = await shared(desk, WORK, "bob")
    good(await folder(desk.alice, f"{WORK}/beside/one"))

    async def cost(caller, path):
        before = desk.house.database.statements
        found = await names(caller, path, includeSizes="true", includeProduct="true")
        return desk.house.database.statements - before, len(found)

    paths = (desk.alice, f"{WORK}/beside"), (desk.bob, f"{mount}/beside")
    [await cost(*one) for one in paths]  # from here on both callers are remembered
    few = [await cost(*one) for one in paths]
    items = [{"id": f"{WORK}/beside/{n}", "conflictPolicy": "REJECT"} for n in range(259)]
    good(await desk.alice.bulk(f"{FILES}/folder", *items))
    many = [await cost(*one) for one in paths]

    assert [count for _, count in many] == [250, 250]
    assert [cost for cost, _ in many] == [cost for cost, _ in few]
    assert max(cost for cost, _ in few) <= 6


async def test_files_are_found_by_words_below_a_folder(desk):
    mount = await shared(desk)
    body = {"query": "report", "flags": {"path": f"/{ALICES}"}, "itemsPerPage": 50}

    found = good(await desk.alice.post(f"{FILES}/search", body))
    seen = good(await desk.bob.post(f"{FILES}/search", body | {"flags": {"path": mount}}))

    assert [one["id"] for one in found["items"]] == [REPORT]
    assert [one["id"] for one in seen["items"]] == [f"{mount}/report.txt"]
    assert found["next"] is None
    refused(await desk.bob.post(f"{FILES}/search", body), 404)
    refused(await desk.alice.post(f"{FILES}/search", {"query": "x"}), 400)
    refused(await desk.alice.post(f"{FILES}/search", {"flags": {"path": mount}}), 400)


async def test_what_was_found_is_read_page_by_page(desk):
    for number in range(13):
        good(await folder(desk.alice, f"{WORK}/beside/found {number:02}"))
    body = {"query": "FOUND", "flags": {"path": WORK}, "itemsPerPage": 10}

    first = good(await desk.alice.post(f"{FILES}/search", body))
    second = good(await desk.alice.post(f"{FILES}/search", body | {"next": first["next"]}))

    ids = [one["id"].rpartition("/")[2] for one in first["items"] + second["items"]]
    assert ids == [f"found {number:02}" for number in range(13)]
    assert second["next"] is None


async def test_access_of_single_files_is_not_edited(desk):
    item = {"id": REPORT, "added": [], "deleted": []}

    refused(await desk.alice.bulk(f"{FILES}/updateAcl", item), 400, "FEATURE_NOT_SUPPORTED_BY_PROVIDER")
    assert good(await desk.alice.post(f"{FILES}/init", {})) == {}
    assert good(await desk.alice.post(f"{FILES}/init")) == {}


async def test_a_copied_folder_brings_no_shares_along(desk):
    mount = await shared(desk)

    good(await copy(desk.alice, SOURCE, f"{WORK}/copy"))

    assert await names(desk.alice, f"{WORK}/copy") == ["report.txt"]
    assert set(await drives(desk.bob)) == {str(BOBS), mount[1:]}
