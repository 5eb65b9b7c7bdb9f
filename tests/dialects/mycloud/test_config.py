"""The map of services, from which clients learn where everything else is."""

import pytest

from tests.application import client_of, running, settings_in

ROOT = "https://shares.example.com"
NEEDED = {"auth0", "auth", "device", "share", "config", "appcatalog", "m2m", "ota"}


@pytest.fixture
async def http(tmp_path):
    """A client of the application, whose public address is ROOT."""
    async with running(settings_in(tmp_path, public_url=ROOT)) as app, client_of(app) as client:
        yield client


@pytest.mark.behaviour("mycloud", 1)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_map_names_every_service_whatever_the_host(http, version):
    answer = await http.get(f"/config/{version}/config?fwVersion=1", headers={"host": "config.mycloud.com"})

    said = answer.json()
    urls = said["data"]["componentMap"]["cloud.service.urls"]
    assert (answer.status_code, said["error"]) == (200, None)
    assert {f"service.{name}.url" for name in NEEDED} < set(urls)
    assert all(
        isinstance(url, str) and url.startswith(ROOT) and not url.endswith("/") for url in urls.values()
    )
    assert urls["service.share.url"] == f"{ROOT}/shares"
    assert urls["service.auth0.url"] == f"{ROOT}/authrouter"
    assert not any("%" in url for url in urls.values())


async def test_a_path_that_is_none_and_a_method_that_is_none_are_told_in_the_envelope(http):
    for answer, status, label in (
        (await http.get("/config/v3/config"), 404, "GENERAL_NOT_FOUND"),
        (await http.put("/config/v1/config"), 405, "GENERAL_METHOD_NOT_ALLOWED"),
    ):
        said = answer.json()
        assert (answer.status_code, said["data"], said["error"]["label"]) == (status, None, label)
        assert said["error"]["message"] == said["message"]
    assert (await http.put("/config/v1/config")).headers["allow"] == "GET, HEAD, OPTIONS"
