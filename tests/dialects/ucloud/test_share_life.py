"""The life of a share as its owner, its recipient and others see it."""

import pytest

from tests.dialects.ucloud.desk import ALICES, BOBS, PRODUCT, PROJECT, SOURCE, both_engines, good, refused
from tests.dialects.ucloud.sharing import (
    BASE,
    browse,
    end,
    folders,
    grow,
    ids,
    offer,
    one,
    permit,
    say,
    show,
    spec,
    state,
    told,
)

BESIDE = f"/{ALICES}/work/beside"
FILE = f"{SOURCE}/report.txt"
NOBODYS = "999999999"


# Offering


@pytest.mark.behaviour("ucloud", 4)
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (spec("alice"), 403),
        (spec("nobody"), 403),
        (spec("Bob"), 403),
        (spec(""), 403),
        (spec("_UCloud"), 403),
        (spec("_ucloud"), 403),
        (spec("#P_example"), 403),
        (spec("proj-1"), 403),
        (spec(path=f"/{BOBS}"), 403),
        (spec(path="/999999"), 403),
        (spec(path=f"/{2**63 - 1}/a"), 403),
        (spec(path=f"/{ALICES}/../.."), 403),
        (spec(path=f"/{ALICES}/../{BOBS}/x"), 403),
        (spec(path="work"), 403),
        (spec(path=""), 403),
        (spec(path="/home/alice"), 403),
        (spec(permissions=()), 403),
        (spec(permissions=("ADMIN",)), 400),
        (spec(permissions=("READ", "PROVIDER")), 400),
        (spec(path=f"/{ALICES}/nothing"), 400),
        (spec(path=f"{SOURCE}/nothing/below"), 400),
        (spec(path=FILE), 400),
        (spec(path=f"{FILE}/below"), 400),
        (spec(product={**PRODUCT, "id": "unknown"}), 402),
        (spec(product={**PRODUCT, "provider": "nobody"}), 402),
    ],
)
async def test_what_cannot_be_offered_is_refused(desk, asked, status):
    refused(await desk.alice.bulk(BASE, asked), status)

    assert await ids(desk.alice) == await ids(desk.bob) == []


@pytest.mark.behaviour("ucloud", 4)
async def test_of_several_faults_the_first_in_the_order_of_the_checks_is_told(desk):
    worst = spec("alice", "nowhere", ("ADMIN",))

    refused(await desk.alice.acting_in(PROJECT).bulk(BASE, worst | {"permissions": []}), 400)
    refused(await desk.alice.bulk(BASE, worst | {"permissions": []}), 403)
    refused(await desk.alice.bulk(BASE, worst), 400)
    refused(await desk.alice.bulk(BASE, worst | {"permissions": ["READ"]}), 403)


@pytest.mark.behaviour("ucloud", 4)
async def test_what_was_received_is_not_offered_on(desk):
    share = await one(desk.alice)
    good(await say(desk.bob, "approve", share))
    at = (await show(desk.bob, share))["status"]["shareAvailableAt"]

    refused(await desk.bob.bulk(BASE, spec("carol", at)), 403)
    refused(await desk.bob.bulk(BASE, spec("carol", f"{at}/below")), 403)
    refused(await desk.bob.bulk(BASE, spec("carol", SOURCE)), 403)


@both_engines
@pytest.mark.behaviour("ucloud", 5)
async def test_the_same_folder_is_offered_to_the_same_user_once(desk):
    share = await one(desk.alice)
    again = spec(path=f"//{ALICES}/./work//my-project/x/../my-collaboration/")

    refused(await desk.alice.bulk(BASE, spec()), 409)
    refused(await desk.alice.bulk(BASE, again), 409)
    good(await say(desk.bob, "approve", share))
    refused(await desk.alice.bulk(BASE, again), 409)
    more = await offer(
        desk.alice, spec("carol"), spec(path=BESIDE), spec(path=f"/{ALICES}/work"), spec(path=f"/{ALICES}")
    )

    assert set(await ids(desk.alice)) == {share, *more}


@pytest.mark.behaviour("ucloud", 5)
async def test_a_request_that_names_the_same_folder_and_user_twice_is_refused_whole(desk):
    refused(await desk.alice.bulk(BASE, spec(path=BESIDE), spec(), spec(path=SOURCE + "/")), 409)

    assert await ids(desk.alice) == []


@both_engines
@pytest.mark.behaviour("ucloud", 6)
async def test_what_was_rejected_can_be_offered_again_and_is_replaced(desk):
    first = await one(desk.alice)
    good(await say(desk.bob, "reject", first))

    second = await one(desk.alice, spec(permissions=("READ",)))

    assert second != first
    assert await ids(desk.alice) == await ids(desk.bob, filterRejected="false") == [second]
    assert await state(desk.bob, second) == "PENDING"
    refused(await desk.alice.get(f"{BASE}/retrieve", id=first), 404)


@both_engines
@pytest.mark.behaviour("ucloud", 7)
@pytest.mark.behaviour("ucloud", 33)
async def test_one_item_that_cannot_be_leaves_no_trace_of_the_others(desk):
    refused(await desk.alice.bulk(BASE, spec(), spec("carol"), spec("nobody")), 403)

    assert await ids(desk.alice) == await ids(desk.bob) == await ids(desk.carol) == []
    assert await told(desk, "bob") == await told(desk, "carol") == []


@pytest.mark.behaviour("ucloud", 8)
@pytest.mark.parametrize("count", [0, 1001])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/approve"), ("POST", "/reject"), ("POST", ""), ("DELETE", "")]
)
async def test_a_request_has_at_least_one_item_and_at_most_a_thousand(desk, method, path, count):
    item = {"id": "1"} | spec()

    refused(await desk.alice.call(method, BASE + path, {"items": [item] * count}), 400)


@both_engines
@pytest.mark.behaviour("ucloud", 8)
async def test_a_thousand_folders_are_offered_approved_and_deleted_at_once(desk):
    paths = [f"/{ALICES}/many/{number:04}" for number in range(1000)]
    await grow(desk, *paths)

    shares = await offer(desk.alice, *(spec(path=path) for path in paths))
    good(await say(desk.bob, "approve", *shares))
    listed = await browse(desk.bob, itemsPerPage=250)
    gone = good(await end(desk.alice, *shares))

    assert len(set(shares)) == 1000
    assert [share["specification"]["sourceFilePath"] for share in listed] == paths[:250]
    assert {share["status"]["state"] for share in listed} == {"APPROVED"}
    assert gone == {"responses": [{}] * 1000}
    assert await ids(desk.bob) == await folders(desk.alice) == []


async def test_permissions_are_kept_as_sent_once_each(desk):
    share = await one(desk.alice, spec(permissions=("EDIT", "READ", "EDIT")))

    assert (await show(desk.bob, share))["specification"]["permissions"] == ["EDIT", "READ"]


async def test_a_path_is_told_in_normal_form(desk):
    share = await one(desk.alice, spec(path=f"/{ALICES}//work/./beside/"))

    assert (await show(desk.alice, share))["specification"]["sourceFilePath"] == BESIDE


@pytest.mark.behaviour("ucloud", 33)
async def test_only_the_recipient_is_told_and_once_for_each_share(desk):
    await offer(desk.alice, spec(), spec("carol"), spec(path=BESIDE))

    assert await told(desk, "bob") == [("request", "my-collaboration"), ("request", "beside")]
    assert await told(desk, "carol") == [("request", "my-collaboration")]
    assert await told(desk, "alice") == []


@pytest.mark.behaviour("ucloud", 33)
async def test_nobody_is_told_of_answers(desk):
    first, second = await offer(desk.alice, spec(), spec(path=BESIDE))
    before = await told(desk, "bob")
    good(await say(desk.bob, "approve", first))
    good(await say(desk.bob, "reject", second))
    good(await end(desk.bob, first))

    assert await told(desk, "bob") == before
    assert await told(desk, "alice") == []


# Answering


@pytest.mark.behaviour("ucloud", 9)
async def test_while_an_answer_is_awaited_nobody_is_told_where_the_files_are(desk):
    share = await one(desk.alice)

    for caller in (desk.alice, desk.bob):
        assert (await show(caller, share))["status"]["shareAvailableAt"] is None
        assert (await show(caller, share))["status"]["state"] == "PENDING"


@both_engines
@pytest.mark.behaviour("ucloud", 10)
@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_only_the_recipient_answers_and_strangers_learn_nothing(desk, verb):
    share = await one(desk.alice)

    refused(await say(desk.alice, verb, share), 403)
    unseen = refused(await say(desk.carol, verb, share), 403)

    assert unseen == refused(await say(desk.carol, verb, NOBODYS), 403)
    assert unseen == refused(await say(desk.carol, verb, "no number"), 403)
    assert await state(desk.bob, share) == "PENDING"


@both_engines
@pytest.mark.behaviour("ucloud", 13)
async def test_to_approve_twice_is_to_approve_once_and_to_approve_what_was_rejected_is_refused(desk):
    first, second = await offer(desk.alice, spec(), spec(path=BESIDE))
    good(await say(desk.bob, "approve", first))
    good(await say(desk.bob, "approve", first))
    good(await say(desk.bob, "reject", second))
    good(await say(desk.bob, "reject", second))
    refused(await say(desk.bob, "approve", second), 403)

    assert await state(desk.bob, first) == "APPROVED"
    assert await state(desk.bob, second) == "REJECTED"


async def test_several_are_approved_all_or_none_and_each_once(desk):
    first, second = await offer(desk.alice, spec(), spec(path=BESIDE))
    hers = await one(desk.alice, spec("carol"))

    refused(await say(desk.bob, "approve", first, hers), 403)
    assert await state(desk.bob, first) == "PENDING"
    good(await say(desk.bob, "approve", first, second, first))

    assert {await state(desk.bob, share) for share in (first, second)} == {"APPROVED"}


@both_engines
@pytest.mark.behaviour("ucloud", 15)
@pytest.mark.parametrize("approved", [False, True])
async def test_what_was_rejected_or_left_stays_for_its_owner_to_see(desk, approved):
    share = await one(desk.alice)
    if approved:
        good(await say(desk.bob, "approve", share))
    good(await say(desk.bob, "reject", share))

    assert await ids(desk.bob) == []
    [seen] = await browse(desk.bob, filterRejected="false")
    assert seen["status"] == {
        "shareAvailableAt": None,
        "state": "REJECTED",
        "resolvedSupport": None,
        "resolvedProduct": None,
    }
    assert [one["status"]["state"] for one in await browse(desk.alice)] == ["REJECTED"]
    assert await ids(desk.alice, filterRejected="true") == []
    [folder] = await folders(desk.alice)
    assert [preview["state"] for preview in folder["sharePreview"]] == ["REJECTED"]


@pytest.mark.behaviour("ucloud", 21)
async def test_answers_are_among_the_updates(desk):
    share = await one(desk.alice)
    desk.clock.pass_s(60)
    good(await say(desk.bob, "approve", share))
    at = (await show(desk.bob, share))["status"]["shareAvailableAt"]
    approved_ms = desk.clock() // 1000
    desk.clock.pass_s(60)
    good(await say(desk.bob, "reject", share))

    for caller in (desk.alice, desk.bob):
        assert (await show(caller, share, includeUpdates="true"))["updates"] == [
            {"timestamp": approved_ms, "status": None, "newState": "APPROVED", "shareAvailableAt": at},
            {
                "timestamp": approved_ms + 60_000,
                "status": None,
                "newState": "REJECTED",
                "shareAvailableAt": None,
            },
        ]
        assert (await show(caller, share))["updates"] == []


# Ending


@both_engines
@pytest.mark.behaviour("ucloud", 16)
@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("answer", [None, "approve", "reject"])
async def test_owner_and_recipient_end_a_share_in_any_state(desk, who, answer):
    share = await one(desk.alice)
    if answer is not None:
        good(await say(desk.bob, answer, share))
    caller = getattr(desk, who)

    assert good(await end(caller, share, share)) == {"responses": [{}, {}]}

    for each in (desk.alice, desk.bob):
        assert await ids(each, filterRejected="false") == []
        refused(await each.get(f"{BASE}/retrieve", id=share), 404)
        refused(await end(each, share), 403)
    assert await folders(desk.alice) == []
    assert await one(desk.alice) != share


@pytest.mark.behaviour("ucloud", 16)
async def test_strangers_end_nothing_and_one_of_several_ends_none(desk):
    first, second = await offer(desk.alice, spec(), spec("carol"))

    unseen = refused(await end(desk.carol, first), 403)
    assert unseen == refused(await end(desk.carol, NOBODYS), 403)
    refused(await end(desk.bob, first, second), 403)

    assert await ids(desk.alice) == [first, second]


# Permissions


@both_engines
@pytest.mark.behaviour("ucloud", 18)
@pytest.mark.parametrize("path", ["permissions", "updatePermissions"])
@pytest.mark.parametrize("answer", [None, "approve"])
async def test_its_owner_replaces_what_a_share_gives(desk, path, answer):
    share = await one(desk.alice, spec(permissions=("READ",)))
    if answer is not None:
        good(await say(desk.bob, answer, share))
    before = await state(desk.bob, share)

    for permissions in (["READ", "EDIT"], ["EDIT"], ["READ"]):
        good(await desk.alice.bulk(f"{BASE}/{path}", {"id": share, "permissions": permissions}))
        assert (await show(desk.bob, share))["specification"]["permissions"] == permissions
        assert await state(desk.bob, share) == before
    [folder] = await folders(desk.alice)
    assert folder["sharePreview"][0]["permissions"] == ["READ"]


@both_engines
@pytest.mark.behaviour("ucloud", 18)
async def test_permissions_that_cannot_be_given_or_changed_are_refused(desk):
    share = await one(desk.alice)

    refused(await permit(desk.alice, share), 400)
    refused(await permit(desk.alice, share, "READ", "ADMIN"), 400)
    refused(await permit(desk.alice, share, "PROVIDER"), 400)
    refused(await permit(desk.bob, share, "READ"), 403)
    unseen = refused(await permit(desk.carol, share, "READ"), 403)
    assert unseen == refused(await permit(desk.alice, NOBODYS, "READ"), 403)
    assert (await show(desk.bob, share))["specification"]["permissions"] == ["EDIT"]

    good(await say(desk.bob, "reject", share))
    refused(await permit(desk.alice, share, "READ"), 400)


async def test_of_two_lists_for_one_share_the_last_counts(desk):
    share = await one(desk.alice)
    changes = [{"id": share, "permissions": ["READ"]}, {"id": share, "permissions": ["READ", "EDIT"]}]

    good(await desk.alice.bulk(f"{BASE}/permissions", *changes))

    assert (await show(desk.alice, share))["specification"]["permissions"] == ["READ", "EDIT"]


# Who sees it


@both_engines
@pytest.mark.behaviour("ucloud", 20)
async def test_owner_and_recipient_see_a_share_and_nobody_else(desk):
    share = await one(desk.alice)

    assert (await show(desk.alice, share))["permissions"]["myself"] == ["ADMIN", "READ", "EDIT"]
    assert (await show(desk.bob, share))["permissions"]["myself"] == ["READ"]
    unseen = refused(await desk.carol.get(f"{BASE}/retrieve", id=share), 404)
    for text in (NOBODYS, "no number", "-1", str(2**63), "9" * 400):
        assert unseen == refused(await desk.carol.get(f"{BASE}/retrieve", id=text), 404)
    refused(await desk.alice.get(f"{BASE}/retrieve"), 400)
    refused(await desk.alice.get(f"{BASE}/retrieve", id=""), 400)
    refused(await desk.alice.get(f"{BASE}/retrieve", id=share, filterIngoing="true"), 404)
    refused(await desk.bob.get(f"{BASE}/retrieve", id=share, filterCreatedBy="bob"), 404)
    assert (await show(desk.bob, share, filterIngoing="true", filterCreatedBy="alice"))["id"] == share


@pytest.mark.behaviour("ucloud", 20)
async def test_a_rejected_share_is_shown_unless_the_flags_say_otherwise(desk):
    share = await one(desk.alice)
    good(await say(desk.bob, "reject", share))

    assert await state(desk.bob, share) == "REJECTED"
    refused(await desk.bob.get(f"{BASE}/retrieve", id=share, filterRejected="true"), 404)


@pytest.mark.behaviour("ucloud", 19)
async def test_who_sees_a_share_cannot_be_edited(desk):
    share = await one(desk.alice)
    carol = {"entity": {"type": "user", "username": "carol"}, "permissions": ["READ"]}
    change = {"id": share, "added": [carol], "deleted": [{"type": "user", "username": "bob"}]}

    for caller in (desk.alice, desk.bob, desk.carol):
        refused(await caller.bulk(f"{BASE}/updateAcl", change), 400)

    others = (await show(desk.alice, share, includeOthers="true"))["permissions"]["others"]
    assert others == [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ"]}]


@pytest.mark.behaviour("ucloud", 19)
@pytest.mark.parametrize("body", [None, {}, {"anything": [1]}])
async def test_to_announce_oneself_always_works(desk, body):
    assert good(await desk.alice.post(f"{BASE}/init", body)) == {}
    assert good(await desk.alice.acting_in(PROJECT).post(f"{BASE}/init", body)) == {}


# Workspaces


@both_engines
@pytest.mark.behaviour("ucloud", 34)
async def test_what_is_shared_lies_in_personal_workspaces_only(desk):
    share = await one(desk.alice)
    acting, answering = desk.alice.acting_in(PROJECT), desk.bob.acting_in(PROJECT)

    refused(await acting.bulk(BASE, spec("carol")), 400)
    assert await browse(acting) == await folders(acting) == await browse(answering) == []
    assert good(await acting.post(f"{BASE}/search", {"query": ""}))["items"] == []
    assert (await show(acting, share))["id"] == share
    good(await permit(acting, share, "READ"))
    good(await say(answering, "approve", share))
    good(await say(answering, "reject", share))
    good(await end(acting, share))


@pytest.mark.behaviour("ucloud", 34)
async def test_a_project_that_one_is_not_in_is_refused_everywhere(desk):
    share = await one(desk.alice, spec("carol"))
    for project in (PROJECT, "unknown", "\x7f"):
        stranger = desk.carol.acting_in(project)
        for call in ("browse", "browseOutgoing", f"retrieve?id={share}", "retrieveProducts"):
            refused(await stranger.get(f"{BASE}/{call}"), 403)
        refused(await say(stranger, "approve", share), 403)
        refused(await end(stranger, share), 403)
        refused(await stranger.post(f"{BASE}/init"), 403)

    assert good(await desk.carol.acting_in("").get(f"{BASE}/browse"))["items"] != []
