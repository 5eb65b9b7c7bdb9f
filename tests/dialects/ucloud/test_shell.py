"""Empty answers for the frame of the web client: what is answered, to whom, and that nothing else is."""

import pytest

from polyshare.dialects.ucloud.routes import shell
from tests.dialects.ucloud.desk import a_desk, good, refused

EMPTY = {"itemsPerPage": 50, "items": [], "next": None}
EMPTY_OLD = {"itemsInTotal": 0, "itemsPerPage": 50, "pageNumber": 0, "items": []}


@pytest.mark.parametrize("path", shell.PAGES)
async def test_lists_of_services_that_are_not_here_are_empty(desk, path):
    assert good(await desk.bob.get(path, filterActive="true")) == EMPTY
    assert good(await desk.bob.get(f"{path}/", itemsPerPage=250)) == EMPTY | {"itemsPerPage": 250}
    refused(await desk.nobody.get(path), 401)


@pytest.mark.parametrize("path", shell.OLD_PAGES)
async def test_news_are_empty_for_everybody(desk, path):
    assert good(await desk.nobody.get(path, filter="", withHidden="false", page=0)) == EMPTY_OLD
    assert good(await desk.bob.get(path, itemsPerPage=10)) == EMPTY_OLD | {"itemsPerPage": 10}


async def test_the_landing_page_has_all_its_lists(desk):
    page = good(await desk.bob.get("/api/hpc/apps/retrieveLandingPage"))

    assert page == {
        name: []
        for name in (
            "carrousel",
            "topPicks",
            "categories",
            "newApplications",
            "recentlyUpdated",
            "availableProviders",
            "curator",
        )
    }


async def test_what_else_the_frame_asks_for_has_its_shape(desk):
    told = {path: good(await desk.bob.get(path)) for path in shell.SAID if "LandingPage" not in path}

    assert told == {
        "/api/avatar/find": {},
        "/api/features/retrieveEnabled": [],
        "/api/gifts/available": {"gifts": []},
        "/api/hpc/apps/retrieveStars": {"items": []},
        "/api/jobs/retrieveProducts": {"productsByProvider": {}},
        "/api/news/listCategories": [],
        "/api/sla": {"version": 0, "text": ""},
        "/auth/2fa/status": {"connected": False},
    }
    assert good(await desk.bob.post("/api/avatar/bulk", {"usernames": ["alice"]})) == {"avatars": {}}


async def test_the_page_to_sign_in_asks_before_anybody_is_known(desk):
    plain = {"type": 0, "primaryLogoUrl": "", "secondaryLogoUrls": []}
    for caller in (desk.nobody, desk.bob):
        assert good(await caller.get("/api/branding/retrieve")) == {"deploymentName": "", "loginPage": plain}
        assert good(await caller.get("/auth/browseIdentityProviders")) == {"responses": []}


@pytest.mark.parametrize("path", shell.INITS)
async def test_what_is_made_ready_is_nothing(desk, path):
    assert good(await desk.bob.post(path, {})) == good(await desk.bob.post(path)) == {}
    refused(await desk.nobody.post(path, {}), 401)


@pytest.mark.parametrize(
    "path", ["/auth/2fa/status", "/api/avatar/find", "/api/hpc/apps/retrieveLandingPage"]
)
async def test_strangers_and_providers_are_told_nothing(desk, path):
    refused(await desk.nobody.get(path), 401)
    refused(await desk.provider().get(path), 403)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/jobs"),
        ("POST", "/api/jobs/browse"),
        ("GET", "/api/jobs/brows"),
        ("DELETE", "/api/files/metadata"),
        ("POST", "/api/shares/aprove"),
        ("GET", "/api"),
        ("GET", "/auth"),
    ],
)
async def test_no_other_call_is_taken_for_a_success(desk, method, path):
    refused(await desk.bob.call(method, path, {} if method == "POST" else None), 404)


async def test_it_can_be_switched_off(tmp_path):
    async with a_desk(f"sqlite://{tmp_path}/x.db", str(tmp_path / "files"), ucloud_shell=False) as desk:
        for path in (*shell.PAGES, *shell.OLD_PAGES, *shell.SAID, *shell.SAID_TO_ALL):
            refused(await desk.bob.get(path), 404)
        for path in ("/api/avatar/bulk", *shell.INITS):
            refused(await desk.bob.post(path, {}), 404)
