"""A served installation reads and writes bytes after its world, with bytes of its own, was loaded."""

import httpx
import pytest

from tests import weed
from tests.server import WORLD, start

BASE = "/documents/api/1.2"
FOLDER = "F1321DC48E3B123D02DBEE88T0000000000100000001"


@pytest.fixture
def served(tmp_path, place):
    """A server whose bytes are kept in *place*."""
    access_key, secret_key = weed.KEYS
    server = start(
        tmp_path, world=WORLD, files=place, files_access_key=access_key, files_secret_key=secret_key
    )
    yield server.wait()
    server.kill()


def test_bytes_of_the_world_are_read_and_new_ones_are_kept(served):
    with httpx.Client(
        base_url=f"{served.base_url}{BASE}", auth=("alice", "alice-password"), timeout=30, trust_env=False
    ) as alice:
        report = alice.get(f"/folders/{FOLDER}/items").json()["items"][0]
        parts = {
            "jsonInputParameters": (None, f'{{"parentID":"{FOLDER}"}}'),
            "primaryFile": ("new.txt", b"new", "text/plain"),
        }
        kept = alice.post("/files/data", files=parts).json()

        assert alice.get(f"/files/{report['id']}/data").content == b"Quarterly report\n"
        assert alice.get(f"/files/{kept['id']}/data").content == b"new"
