"""What a server had begun when it was killed, the next one finishes."""

import time

import httpx
import pytest

from tests.dialects.cloudflare.desk import A, B, a_recipient, a_resource, bearer, good
from tests.server import live_server

__all__ = ["live_server"]

SLOW = {"applied_delay_s": 2.0}  # long enough to be killed in the middle
SETTLED_S = 30.0  # longest wait for the background part


def talker(server):
    """A client of account A."""
    return httpx.Client(
        base_url=f"{server.base_url}/client/v4/accounts/{A}/shares", headers=bearer("alice"), trust_env=False
    )


def until(look, wanted):
    """Look at a real server until it says what is wanted."""
    deadline = time.monotonic() + SETTLED_S
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)


@pytest.mark.behaviour("cloudflare", 28)
def test_what_was_under_way_when_the_server_was_killed_is_completed(live_server):
    body = {"name": "Kept", "recipients": [a_recipient(B)], "resources": [a_resource(kind="trust-grant")]}
    first = live_server(**SLOW)
    with talker(first) as http:
        coming, going = good(http.post("", json=body), 201), good(http.post("", json=body), 201)
        assert good(http.delete(f"/{going['id']}"))["status"] == "deleting"
        statuses = [
            good(http.get(f"/{share['id']}/recipients"))[0]["association_status"] for share in (coming, going)
        ]
        first.kill()
    assert statuses == ["associating", "disassociating"]

    second = live_server(folder=first.folder, **SLOW)
    with talker(second) as http:
        until(lambda: good(http.get(f"/{coming['id']}/recipients"))[0]["association_status"], "associated")
        until(lambda: good(http.get(f"/{going['id']}"))["status"], "deleted")
        left = good(http.get(f"/{going['id']}/recipients"))
        kept = good(http.get(f"/{coming['id']}"))

    assert [each["association_status"] for each in left] == ["disassociated"]
    assert kept == coming
