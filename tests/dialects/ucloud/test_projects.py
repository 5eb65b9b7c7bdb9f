"""Projects, as far as clients need them to choose a workspace."""

import pytest

from polyshare.domain.projects import Part
from polyshare.engine.directory import projecting
from tests.dialects.ucloud.desk import PROJECT, a_desk, both_engines, good, refused

PROJECTS = "/api/projects/v2"


def project(number):
    """A project that Bob works in."""
    return {"id": f"proj-{number}", "title": f"Project {number}", "members": {"alice": "PI", "bob": "USER"}}


async def browse(caller, **query):
    """The first page of the caller's projects."""
    return good(await caller.get(f"{PROJECTS}/browse", **query))["items"]


@both_engines
async def test_people_see_the_projects_that_they_are_in_with_their_part(desk):
    [seen] = await browse(desk.alice, includeFavorite="true", itemsPerPage=250)

    assert seen == {
        "id": PROJECT,
        "createdAt": desk.clock.now // 1000,
        "modifiedAt": desk.clock.now // 1000,
        "specification": {"parent": None, "title": "A project", "canConsumeResources": True},
        "status": {
            "archived": False,
            "isFavorite": False,
            "members": [],
            "groups": [],
            "myRole": "PI",
            "path": "",
        },
    }
    assert [one["status"]["myRole"] for one in await browse(desk.bob)] == ["USER"]
    assert await browse(desk.carol) == []


@both_engines
async def test_one_is_shown_to_its_members_with_the_others_if_they_are_asked_for(desk):
    plain = good(await desk.bob.get(f"{PROJECTS}/retrieve", id=PROJECT))
    full = good(await desk.bob.get(f"{PROJECTS}/retrieve", id=PROJECT, includeMembers="true"))

    assert [plain] == await browse(desk.bob)
    assert full["status"].pop("members") == [
        {"username": "alice", "role": "PI", "email": ""},
        {"username": "bob", "role": "USER", "email": ""},
    ]
    plain["status"].pop("members")
    assert full == plain


@pytest.mark.parametrize(("query", "status"), [({"id": PROJECT}, 404), ({"id": "x"}, 404), ({}, 400)])
async def test_what_is_nobodys_or_anothers_is_not_there(desk, query, status):
    refused(await desk.carol.get(f"{PROJECTS}/retrieve", **query), status)


async def test_strangers_and_providers_see_none(desk):
    for path in ("browse", "retrieve"):
        refused(await desk.nobody.get(f"{PROJECTS}/{path}", id=PROJECT), 401)
        refused(await desk.provider().get(f"{PROJECTS}/{path}", id=PROJECT), 403)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_pages_hold_each_project_once(engine, tmp_path, request):
    url = f"sqlite://{tmp_path}/x.db" if engine == "sqlite" else request.getfixturevalue("postgres_url")
    world = {"projects": [project(number) for number in range(10, 31)]}
    async with a_desk(url, str(tmp_path / "files"), world=world) as desk:
        pages, query = [], {"itemsPerPage": 10}
        while True:
            page = good(await desk.bob.get(f"{PROJECTS}/browse", **query))
            pages.append([one["id"] for one in page["items"]])
            if page["next"] is None:
                break
            query = {"next": page["next"]}

        assert pages == [
            [f"proj-{number}" for number in range(10 + at, min(20 + at, 31))] for at in (0, 10, 20)
        ]
        assert [one["id"] for one in await browse(desk.bob, itemsToSkip=20)] == ["proj-30"]

        first = good(await desk.bob.get(f"{PROJECTS}/browse", itemsPerPage=10, consistency="REQUIRE"))["next"]
        assert len(good(await desk.bob.get(f"{PROJECTS}/browse", next=first))["items"]) == 10
        await desk.house.write(None, lambda work: projecting.put(work, "proj-10", "bob", Part.ADMIN))
        answer = await desk.user("bob").get(f"{PROJECTS}/browse", next=first)
        refused(answer, 400, "PAGINATION_CONSISTENCY_LOST")


@pytest.mark.parametrize("query", [{"next": "x"}, {"itemsPerPage": "x"}, {"itemsToSkip": -1}])
async def test_what_is_no_page_is_refused(desk, query):
    refused(await desk.bob.get(f"{PROJECTS}/browse", **query), 400)
