"""Drives that lie at their provider: it registers them, and sees its own."""

import pytest

from tests.dialects.ucloud.desk import PRODUCT, PROJECT, both_engines, good, refused
from tests.dialects.ucloud.keeping import DRIVES, kept, new_drive, registered
from tests.ucloud_provider import SYSTEM

__all__ = ["kept"]

MOUNT = {**PRODUCT, "id": "share"}


@both_engines
async def test_a_registered_drive_is_told_to_its_provider(kept):
    [drive] = await registered(
        kept.itself,
        {
            "spec": {"title": "my-collaboration", "product": MOUNT},
            "providerGeneratedId": "s-6342",
            "createdBy": SYSTEM,
            "project": None,
            "projectAllRead": False,
            "projectAllWrite": False,
        },
    )

    told = good(await kept.itself.get(f"{DRIVES}/retrieve", id=drive))

    assert told == {
        "id": drive,
        "specification": {"title": "my-collaboration", "product": MOUNT},
        "createdAt": kept.desk.clock() // 1000,
        "status": {"preferredDrive": False, "resolvedSupport": None, "resolvedProduct": None},
        "updates": [],
        "owner": {"createdBy": SYSTEM, "project": None},
        "permissions": {"myself": ["READ", "PROVIDER"], "others": None},
        "providerGeneratedId": "s-6342",
    }


async def test_drives_elsewhere_are_numbered_with_those_that_are_ours(kept):
    first, second = await registered(kept.itself, new_drive("a"), new_drive("b"))

    assert [int(first), int(second)] == [int(kept.drive) + 1, int(kept.drive) + 2]


async def test_a_drive_may_have_an_owner_a_project_or_nobody(kept):
    drives = await registered(
        kept.itself, new_drive(), new_drive(project=PROJECT), new_drive(createdBy=None), new_drive(project="")
    )

    owners = [good(await kept.itself.get(f"{DRIVES}/retrieve", id=one))["owner"] for one in drives]

    assert owners == [
        {"createdBy": "alice", "project": None},
        {"createdBy": SYSTEM, "project": PROJECT},
        {"createdBy": SYSTEM, "project": None},
        {"createdBy": "alice", "project": None},
    ]


@both_engines
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"spec": {"title": "x", "product": {**PRODUCT, "provider": "other"}}}, 403),
        ({"providerGeneratedId": "home-of-alice"}, 409),
        ({"providerGeneratedId": "new"}, 409),
        ({"providerGeneratedId": "a,b"}, 400),
        ({"providerGeneratedId": "x" * 256}, 400),
        ({"createdBy": "nobody-we-know"}, 400),
        ({"project": "no-such-project"}, 400),
        ({"projectAllRead": True}, 400),
        ({"spec": {"title": "", "product": PRODUCT}}, 400),
        ({"spec": {"title": "x"}}, 400),
        ({"spec": None}, 400),
    ],
)
async def test_one_drive_that_cannot_be_registered_keeps_all_out(kept, wrong, status):
    before = good(await kept.itself.get(f"{DRIVES}/browse"))["items"]

    answer = await kept.itself.bulk(f"{DRIVES}/register", new_drive("new"), {**new_drive("bad"), **wrong})

    refused(answer, status)
    assert good(await kept.itself.get(f"{DRIVES}/browse"))["items"] == before


async def test_two_providers_may_give_the_same_id(kept):
    other = kept.desk.provider("other")
    theirs = {"title": "x", "product": {**PRODUCT, "provider": "other"}}

    [drive] = await registered(other, new_drive("home-of-alice", spec=theirs))

    refused(await kept.itself.get(f"{DRIVES}/retrieve", id=drive), 404)
    assert good(await other.get(f"{DRIVES}/browse"))["items"][0]["id"] == drive


@pytest.mark.parametrize("drive", ["999999", "x", "-1", "9" * 30])
async def test_a_drive_that_is_not_there_is_not_found(kept, drive):
    refused(await kept.itself.get(f"{DRIVES}/retrieve", id=drive), 404)


async def test_only_providers_call_what_is_theirs(kept):
    for caller in (kept.desk.alice, kept.desk.bob):
        refused(await caller.bulk(f"{DRIVES}/register", new_drive()), 403)
        refused(await caller.get(f"{DRIVES}/browse"), 403)
        refused(await caller.get(f"{DRIVES}/retrieve", id=kept.drive), 403)
    refused(await kept.desk.nobody.get(f"{DRIVES}/browse"), 401)


@both_engines
async def test_drives_are_listed_page_by_page(kept):
    await registered(kept.itself, *(new_drive(f"d-{n}", f"Drive {n}") for n in range(29)))

    pages, following = [], {}
    while not pages or following:
        page = good(await kept.itself.get(f"{DRIVES}/browse", itemsPerPage=10, **following))
        pages.append([int(one["id"]) for one in page["items"]])
        following = {} if page["next"] is None else {"next": page["next"]}

    assert [len(page) for page in pages] == [10, 10, 10]
    walked = [drive for page in pages for drive in page]
    assert walked == sorted(set(walked))
    skipped = good(await kept.itself.get(f"{DRIVES}/browse", itemsPerPage=10, itemsToSkip=25))
    assert (len(skipped["items"]), skipped["next"]) == (5, None)


@both_engines
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filterIds": "{drive},77,x"}, ["Home"]),
        ({"filterProviderIds": "m-1,home-of-alice"}, ["Home", "Mount"]),
        ({"filterCreatedBy": "alice"}, ["Home"]),
        ({"filterCreatedBy": SYSTEM}, ["Mount"]),
        ({"filterProductId": "share"}, ["Mount"]),
        ({"hideProductId": "share"}, ["Home"]),
        ({"filterProvider": "other"}, []),
        ({"hideProvider": "example"}, []),
        ({"filterCreatedAfter": "{now}"}, ["Home", "Mount"]),
        ({"filterCreatedBefore": "{before}"}, []),
        ({"filterProductCategory": "example-ssd", "filterIds": "{drive}"}, ["Home"]),
    ],
)
async def test_drives_are_listed_by_what_is_asked(kept, query, found):
    await registered(
        kept.itself, {**new_drive("m-1", createdBy=SYSTEM), "spec": {"title": "Mount", "product": MOUNT}}
    )
    now = kept.desk.clock() // 1000
    asked = {name: text.format(drive=kept.drive, now=now, before=now - 1) for name, text in query.items()}

    told = good(await kept.itself.get(f"{DRIVES}/browse", **asked))

    assert [one["specification"]["title"] for one in told["items"]] == found


async def test_a_thousand_drives_cost_no_more_statements_than_two(kept):
    statements = []
    for number in (2, 1000):
        before = kept.desk.house.database.statements
        await registered(kept.itself, *(new_drive(f"{number}-{n}", createdBy="bob") for n in range(number)))
        statements.append(kept.desk.house.database.statements - before)

    assert statements[0] == statements[1]
