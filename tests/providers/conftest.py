"""Situations for providers: errands, endpoints, and webhooks that tell them."""

import re
import time
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network

import pytest
from structlog.testing import capture_logs

from polyshare.domain.errors import Unavailable
from polyshare.domain.permissions import Permission
from polyshare.domain.principals import Kind
from polyshare.domain.products import ProductRef
from polyshare.domain.remote_drives import RemoteDrive
from polyshare.providers.base import Entry, Errand
from polyshare.providers.outbound import Outbound
from polyshare.providers.outbound import endpoint as parsed
from polyshare.providers.signing import signing_key
from polyshare.providers.ucloud import UcloudProvider
from polyshare.providers.webhook import Webhook
from tests.providers.endpoint import SECRET, listening
from tests.ucloud_provider import NAME, key, providing


def now():
    """Microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


LOOPBACK = (ip_network("127.0.0.0/8"),)


def an_entry(item=11, **differs):
    plain = {
        "public_id": f"{item:032x}",
        "kind": "gateway-policy",
        "key": f"policy-{item}",
        "owner": "a" * 32,
        "meta": "{}",
        "revision": 1,
        "leaving": False,
    }
    return Entry(item, **{**plain, **differs})


def an_errand(*entries, **differs):
    plain = {
        "grant": 7,
        "public_id": f"{7:032x}",
        "share": "5" * 32,
        "share_name": "Policies",
        "owner": "a" * 32,
        "recipient": "b" * 32,
        "recipient_kind": Kind.ACCOUNT,
        "permissions": Permission.VIEW,
        "generation": 1,
        "entries": entries or (an_entry(11), an_entry(12)),
        "withdraw": False,
        "login": "bob",
        "mount": RemoteDrive(
            6412,
            "",
            None,
            "my-collaboration",
            ProductRef("share", "example-ssd", "example"),
            "s-6342",
            5_000_000,
        ),
        "first": True,
    }
    return Errand(**{**plain, **differs})


@contextmanager
def away(reason):
    """The errand was not carried out for a reason that the operator's log tells, and nobody who sees the share."""
    with capture_logs() as logs, pytest.raises(Unavailable) as caught:
        yield caught
    assert caught.value.message == "The provider could not be reached; it will be tried again."
    [told] = [line for line in logs if line["event"] == "provider.away"]
    assert re.search(reason, told["reason"])


@asynccontextmanager
async def telling(url, *secrets, let_past=LOOPBACK, timeout_s=20.0, clock=now, **more):
    """A webhook that tells the endpoint at *url*, closed at the end."""
    keys = tuple(map(signing_key, secrets or (SECRET,)))
    webhook = Webhook("gateway", Outbound(parsed(url), let_past, timeout_s, **more), keys, clock)
    try:
        yield webhook
    finally:
        await webhook.close()


@pytest.fixture
async def endpoint():
    async with listening() as one:
        yield one


@pytest.fixture
async def webhook(endpoint):
    async with telling(endpoint.url) as one:
        yield one


class Pauses(list[float]):
    """Seconds that somebody would have waited."""

    async def __call__(self, seconds):
        self.append(seconds)


@asynccontextmanager
async def calling(url, name=NAME, *, within_s=20.0, timeout_s=10.0, **more):
    """What calls the provider at *url*, closed at the end; `pauses` are those that it would have made."""
    pauses = Pauses()
    outbound = Outbound(parsed(url), LOOPBACK, timeout_s)
    made = UcloudProvider(name, outbound, key("core"), within_s, sleep=pauses, **more)
    made.pauses = pauses
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def program():
    """A provider's own program, which no core is behind."""
    async with providing(registers=False, reports=False) as one:
        one.folders["/5123/work/my-collaboration/report.txt"] = b"Quarterly report"
        yield one


@pytest.fixture
async def keeper(program):
    """What calls it."""
    async with calling(program.url) as one:
        yield one
