"""What tests of the byte store share: each of them runs on a folder and on a real S3 server."""

import secrets

import pytest

from polyshare.files.opening import open_bytes
from tests import weed
from tests.house import clock, sqlite_house

__all__ = ["clock", "sqlite_house"]


@pytest.fixture(scope="session")
def s3_endpoint(run_folder):
    """The run's S3 server, started by the first test that asks; fails if there is none."""
    return weed.endpoint(run_folder)


@pytest.fixture
def s3_place(s3_endpoint):
    """A place of the test's own in a bucket."""
    return f"s3://{weed.BUCKET}/{secrets.token_hex(8)}?endpoint={s3_endpoint}"


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    """A place for bytes: a test that asks for it runs on both kinds."""
    return str(tmp_path / "files") if request.param == "folder" else request.getfixturevalue("s3_place")


@pytest.fixture
async def store(place):
    """An empty byte store of each kind."""
    opened = open_bytes(place, weed.KEYS if place.startswith("s3:") else None)
    yield opened
    await opened.close()
