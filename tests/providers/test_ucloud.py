"""What is said to a provider of UCloud's, and what is made of its answers."""

import asyncio
import time

import pytest

from polyshare.domain.delivery import Consent
from polyshare.domain.errors import ProviderAway, ProviderRefused
from polyshare.domain.folder_shares import FolderShare, Update
from polyshare.domain.permissions import Permission
from polyshare.domain.products import Product, ProductRef
from polyshare.providers.base import Asked, Outcome
from polyshare.providers.outbound import Outbound
from polyshare.providers.outbound import endpoint as parsed
from polyshare.providers.ucloud import BATCH, PAUSE_S, RETRIES, UcloudProvider
from tests.providers.conftest import an_entry, an_errand, calling
from tests.ucloud_provider import (
    ACL,
    CREATE,
    CUT,
    DELETE,
    DRIVE_PRODUCTS,
    GARBAGE,
    HANG,
    INIT,
    INIT_DRIVES,
    PRODUCT,
    PRODUCTS,
    READY,
    VERIFY,
    Failing,
    key,
    providing,
)

REF = ProductRef("example-ssd", "example-ssd", "example")
PATH = "/5123/work/my-collaboration"


def a_share(share=6342, **differs):
    plain = {
        "id": share,
        "grant": share + 1,
        "owner_id": 1,
        "owner": "alice",
        "recipient_id": 2,
        "recipient": "bob",
        "node": None,
        "path": PATH,
        "product": REF,
        "permissions": Permission.EDIT,
        "asked": '["EDIT"]',
        "consent": Consent.AWAITED,
        "location": None,
        "provider_ref": "",
        "created_at": 1_635_151_675_465_000,
        "begun": False,
    }
    return FolderShare(**{**plain, **differs})


def asking(*shares, by="alice", **more):
    return Asked(shares or (a_share(),), by, **more)


async def test_a_share_is_told_with_all_that_can_be_told(keeper, program):
    product = Product(REF, "Example storage", True, "PER_UNIT", "DIFFERENTIAL_QUOTA", 1)
    update = Update(1_635_151_675_999_000, Consent.AWAITED, "Making it ready", "/6412")
    share = a_share(updates=(update,), provider_ref="own-7")

    await keeper.prepare(asking(share, products={REF: product}))

    [told] = program.calls(CREATE)[0].body["items"]
    support = told["status"].pop("resolvedSupport")
    resolved = told["status"].pop("resolvedProduct")
    assert told == {
        "id": "6342",
        "specification": {
            "sharedWith": "bob",
            "sourceFilePath": PATH,
            "permissions": ["EDIT"],
            "product": PRODUCT,
        },
        "createdAt": 1635151675465,
        "status": {"shareAvailableAt": None, "state": "PENDING"},
        "updates": [
            {
                "timestamp": 1635151675999,
                "status": "Making it ready",
                "newState": "PENDING",
                "shareAvailableAt": "/6412",
            }
        ],
        "owner": {"createdBy": "alice", "project": None},
        "permissions": {
            "myself": ["READ", "PROVIDER"],
            "others": [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ"]}],
        },
        "providerGeneratedId": "own-7",
    }
    assert support == {
        "product": resolved,
        "support": {"type": "UCLOUD_MANAGED_COLLECTION", "product": PRODUCT},
    }
    assert (resolved["name"], resolved["category"]["name"], resolved["freeToUse"]) == (
        "example-ssd",
        "example-ssd",
        True,
    )


async def test_permissions_that_nobody_spelled_are_spelled_from_what_counts(keeper, program):
    given = [Permission.EDIT | Permission.VIEW, Permission.DOWNLOAD, Permission.MANAGE]

    await keeper.prepare(asking(*(a_share(at, permissions=one, asked=None) for at, one in enumerate(given))))

    told = [one["specification"]["permissions"] for one in program.calls(CREATE)[0].body["items"]]
    assert told == [["READ", "EDIT"], ["READ"], ["READ", "EDIT"]]


async def test_its_own_ids_come_back_in_order(keeper, program):
    ids = {"1": {"id": "one"}, "2": None, "3": {"id": ""}, "4": {}, "5": {"id": None}}
    program.made_ids = ids.get

    refs = await keeper.prepare(asking(*map(a_share, range(1, 6))))

    assert list(refs) == ["one", "", "", "", ""]


@pytest.mark.parametrize("ref", ["a,b", "a\u0000", "x" * 256])
async def test_an_id_that_cannot_be_kept_makes_no_sense(keeper, program, ref):
    program.made_ids = lambda _: {"id": ref}

    with pytest.raises(ProviderAway):
        await keeper.prepare(asking())


async def test_more_ids_than_shares_make_no_sense(keeper, program):
    program.name = "example"

    async def two(_):
        return 200, {"responses": [{"id": "1"}, {"id": "2"}]}

    program._create = two

    with pytest.raises(ProviderAway):
        await keeper.prepare(asking())


async def test_who_causes_a_call_and_who_makes_it_are_told(keeper, program):
    await keeper.prepare(asking(by="ålice"))
    await keeper.prepare(asking(by=""))

    first, second = program.calls(CREATE)
    assert first.by == "ålice"
    assert "ucloud-username" not in second.headers
    assert first.headers["content-type"].startswith("application/json")


async def test_one_token_does_for_minutes(program):
    seconds = [time.time() - 3000]
    async with calling(program.url, clock=lambda: seconds[0]) as keeper:

        async def tokens(*after):
            seen = []
            for passed in after:
                seconds[0] += passed
                with pytest.raises(ProviderAway):
                    await keeper.prepare(
                        asking()
                    )  # to the program, whose clock is right, they are out of date
                seen.append(program.heard[-1].headers["authorization"])
            return seen

        first, second, third = await tokens(0, 400, 60)

    assert first == second != third


async def test_many_shares_go_in_several_calls(keeper, program):
    refs = await keeper.prepare(asking(*map(a_share, range(2 * BATCH + 1))))

    assert [len(call.ids) for call in program.calls(CREATE)] == [BATCH, BATCH, 1]
    assert len(refs) == 2 * BATCH + 1


async def told_nothing(method, path, body):
    """A core that says yes to all."""
    return 200, {}


async def test_forgetting_and_verifying_name_the_shares(keeper, program):
    await keeper.forget(asking(a_share(1), a_share(2)))
    await keeper.verify(asking(a_share(1), by=""))

    assert program.calls(DELETE)[0].ids == ["1", "2"]
    assert program.calls(VERIFY)[0].ids == ["1"]


async def test_a_user_is_announced(keeper, program):
    await keeper.greet("alice")

    assert program.calls(INIT)[0].body == {"principal": {"createdBy": "alice", "project": None}}
    assert program.calls(INIT)[0].by == "alice"


@pytest.mark.parametrize("project", [None, "proj-1"])
async def test_drives_are_asked_for(keeper, program, project):
    program.core = told_nothing

    await keeper.furnish("alice", project)

    assert program.calls(INIT_DRIVES)[0].body == {"principal": {"createdBy": "alice", "project": project}}
    assert program.calls(INIT_DRIVES)[0].by == "alice"


@pytest.mark.parametrize("status", [449, 503])
async def test_a_provider_that_is_not_ready_is_made_so(keeper, program, status):
    program.fail(CREATE, Failing(status), Failing(status))

    assert await keeper.prepare(asking()) == [""]

    assert [heard.name for heard in program.heard] == [CREATE, READY, CREATE, READY, CREATE]
    assert program.calls(READY)[0].body == {"username": "alice"}
    assert keeper.pauses == [PAUSE_S] * 2


async def test_a_provider_that_never_gets_ready_is_given_up(keeper, program):
    program.wrong = lambda heard: Failing(503, "Still not") if heard.name == CREATE else CUT

    with pytest.raises(ProviderRefused, match="Still not") as refused:
        await keeper.prepare(asking())

    assert refused.value.status == 503
    assert program.counted() == {CREATE: RETRIES + 1, READY: RETRIES}


async def test_a_provider_that_needs_a_moment_gets_it(keeper, program):
    program.fail(CREATE, Failing(503, retry_after="1"), Failing(503, retry_after="0"))

    assert await keeper.prepare(asking()) == [""]

    assert keeper.pauses == [1.0, PAUSE_S]


async def test_nobody_waits_for_a_provider_that_needs_longer(keeper, program):
    program.fail(CREATE, Failing(503, retry_after="30"))

    with pytest.raises(ProviderRefused) as refused:
        await keeper.prepare(asking())

    assert (refused.value.retry_after_s, keeper.pauses) == (30.0, [])
    assert program.counted() == {CREATE: 1}


async def test_nobody_is_made_ready_for_what_no_user_caused(keeper, program):
    program.fail(VERIFY, Failing(449))

    with pytest.raises(ProviderRefused):
        await keeper.verify(asking(by=""))

    assert program.counted() == {VERIFY: 1}


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 500, 502])
async def test_what_it_says_of_a_refusal_is_passed_on(keeper, program, status):
    program.fail(CREATE, Failing(status, "No such\nfolder", "NO_FOLDER"))

    with pytest.raises(ProviderRefused) as refused:
        await keeper.prepare(asking())

    assert (refused.value.message, refused.value.status, refused.value.code) == (
        "No such folder",
        status,
        "NO_FOLDER",
    )
    assert len(program.heard) == 1


@pytest.mark.parametrize("fault", [GARBAGE, CUT, Failing(302), Failing(401)])
@pytest.mark.parametrize("doing", ["prepare", "forget", "verify"])
async def test_an_answer_that_makes_no_sense_is_none(keeper, program, fault, doing):
    program.wrong = lambda _: fault

    with pytest.raises(ProviderAway) as away:
        await getattr(keeper, doing)(asking())

    assert "127.0.0.1" not in away.value.message


async def test_a_refusal_without_words_still_says_something(keeper, program):
    program.fail(CREATE, Failing(400, ""))

    with pytest.raises(ProviderRefused, match="no reason"):
        await keeper.prepare(asking())


async def test_a_slow_provider_is_given_up(program):
    program.fail(CREATE, HANG)
    async with calling(program.url, timeout_s=0.05) as keeper:
        with pytest.raises(ProviderAway):
            await keeper.prepare(asking())


async def test_all_its_calls_together_have_an_end(program):
    program.fail(CREATE, HANG)
    async with calling(program.url, within_s=0.05) as keeper:
        with pytest.raises(ProviderAway):
            await keeper.prepare(asking())


async def test_a_provider_that_nobody_runs_is_away():
    async with providing() as program:
        url = program.url
    async with calling(url) as keeper:
        with pytest.raises(ProviderAway):
            await keeper.supported()


async def test_no_inner_address_is_called_that_was_not_let_past(program):
    outbound = Outbound(parsed(program.url), (), 5.0)
    keeper = UcloudProvider("example", outbound, key("core"))

    with pytest.raises(ProviderAway):
        await keeper.prepare(asking())

    assert program.heard == []
    await keeper.close()


async def test_fifty_at_a_time_are_all_answered(keeper, program):
    answers = await asyncio.gather(*(keeper.prepare(asking(a_share(share))) for share in range(50)))

    assert answers == [[""]] * 50
    assert set(program.shares) == set(map(str, range(50)))


async def test_products_count_that_either_call_declares(keeper, program):
    program.products = [
        {**PRODUCT, "id": "both"},
        {**PRODUCT, "id": "share"},
        {**PRODUCT, "provider": "other"},
    ]
    program.drive_products = {"both": True, "drive": True, "none": False}

    found = await keeper.supported()

    assert [one.name for one in found] == ["both", "share", "drive"]


@pytest.mark.parametrize(("failing", "left"), [(PRODUCTS, ["drive"]), (DRIVE_PRODUCTS, ["example-ssd"])])
async def test_one_of_the_two_calls_about_products_may_fail(keeper, program, failing, left):
    program.drive_products = {"drive": True}
    program.fail(failing, Failing(500))

    assert [one.name for one in await keeper.supported()] == left


async def test_the_drive_is_opened_to_the_recipient(keeper, program):
    outcome = await keeper.deliver(an_errand(permissions=Permission.EDIT))

    assert outcome == Outcome()
    [item] = program.calls(ACL)[0].body["items"]
    assert item == {
        "resource": {
            "id": "6412",
            "specification": {
                "title": "my-collaboration",
                "product": {"id": "share", "category": "example-ssd", "provider": "example"},
            },
            "createdAt": 5000,
            "status": {"preferredDrive": False, "resolvedSupport": None, "resolvedProduct": None},
            "updates": [],
            "owner": {"createdBy": "_ucloud", "project": None},
            "permissions": {
                "myself": ["READ", "PROVIDER"],
                "others": [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ", "EDIT"]}],
            },
            "providerGeneratedId": "s-6342",
        },
        "added": [{"entity": {"type": "user", "username": "bob"}, "permissions": ["READ", "EDIT"]}],
        "deleted": [],
    }
    assert program.calls(ACL)[0].by == "bob"


@pytest.mark.parametrize("believes", [False, True])
async def test_what_was_open_is_taken_away_before_it_is_opened_anew(keeper, program, believes):
    program.believes = believes
    await keeper.deliver(an_errand(permissions=Permission.EDIT))
    await keeper.deliver(an_errand(permissions=Permission.DOWNLOAD, first=False))

    bob = {"type": "user", "username": "bob"}
    reads = [{"entity": bob, "permissions": ["READ"]}]
    assert [
        (item["resource"]["permissions"]["others"], item["deleted"], item["added"])
        for item in program.calls(ACL)[1].body["items"]
    ] == [([], [bob], []), (reads, [], reads)]
    assert program.access == {"6412": {"bob": ["READ"]}}


@pytest.mark.parametrize("status", [429, 503])
async def test_how_long_it_asks_to_be_left_alone_is_known_of_a_change_of_access(keeper, program, status):
    program.wrong = lambda heard: Failing(status, retry_after="120") if heard.name == ACL else None

    outcome = await keeper.deliver(an_errand())

    assert outcome.retry_after_s == 120.0
    assert program.counted()[ACL] == 1


@pytest.mark.parametrize("believes", [False, True])
async def test_a_drive_is_closed_to_the_recipient(keeper, program, believes):
    program.believes = believes
    await keeper.deliver(an_errand())

    assert await keeper.withdraw(an_errand(withdraw=True)) == Outcome()

    [item] = program.calls(ACL)[1].body["items"]
    assert (item["added"], item["deleted"]) == ([], [{"type": "user", "username": "bob"}])
    assert program.access == {"6412": {}}


async def test_nothing_is_closed_that_was_never_shown(keeper, program):
    assert await keeper.withdraw(an_errand(mount=None, withdraw=True)) == Outcome()

    assert program.heard == []


async def test_what_is_not_shown_yet_is_opened_later(keeper, program):
    with pytest.raises(Exception, match="tried again"):
        await keeper.deliver(an_errand(mount=None))

    assert program.heard == []


@pytest.mark.parametrize("doing", ["deliver", "withdraw"])
async def test_a_refused_change_of_access_is_asked_for_again(keeper, program, doing):
    program.fail(ACL, Failing(403, "Not on my disks"))

    outcome = await getattr(keeper, doing)(an_errand(withdraw=doing == "withdraw"))

    assert [(one.message, one.final) for one in outcome.refusals] == [("Not on my disks", False)] * 2


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("leaving", [True, False])
async def test_a_drive_that_is_not_there_any_more_is_closed(keeper, program, status, leaving):
    """Whether the share has ended or its recipient rejected it."""
    program.fail(ACL, Failing(status, "No such drive"))

    outcome = await keeper.withdraw(an_errand(an_entry(11, leaving=leaving), withdraw=True))

    assert outcome == Outcome()


async def test_a_drive_that_is_not_there_is_open_to_nobody(keeper, program):
    program.fail(ACL, Failing(404, "No such drive"))

    outcome = await keeper.deliver(an_errand(an_entry(11)))

    assert [one.message for one in outcome.refusals] == ["No such drive"]


async def test_a_name_that_needs_quoting_is_quoted(program):
    program.name = "ex%20ample"
    async with calling(program.url, "ex ample") as keeper:
        await keeper.prepare(asking())

    assert program.counted() == {CREATE: 1}


async def test_a_path_of_its_own_comes_first(program):
    program.name = "example"
    async with calling(f"{program.url}/behind/") as keeper:
        with pytest.raises(ProviderRefused):
            await keeper.prepare(asking())

    assert program.heard[0].path == "/behind/ucloud/example/shares"
