"""Nobody who may configure an endpoint makes the server call inner addresses for them."""

from ipaddress import ip_address, ip_network

import pytest

from polyshare.domain.errors import Invalid
from polyshare.providers.base import Outcome
from polyshare.providers.guard import may_call, networks
from tests.providers.conftest import LOOPBACK, an_errand, away, telling
from tests.providers.endpoint import http

INNER = [
    "0.0.0.0",  # noqa: S104 - not listened on but refused
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OUTER = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_may_not_be_called(address):
    assert not may_call(ip_address(address))


@pytest.mark.parametrize("address", OUTER)
def test_a_public_address_may_be_called(address):
    assert may_call(ip_address(address))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.0.0/16"),
        ("::ffff:10.1.2.3", "10.1.0.0/16"),
        ("64:ff9b::a01:203", "10.1.0.0/16"),
        ("fd00::5", "fd00::/64"),
        ("168.63.129.16", "168.63.129.16/32"),
    ],
)
def test_a_network_that_was_let_past_may_be_called(address, network):
    assert may_call(ip_address(address), [ip_network(network)])


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.2.0.1", "10.1.0.0/16"), ("2002:7f00:1::", "127.0.0.0/8"), ("::1", "127.0.0.0/8")],
)
def test_letting_one_network_past_opens_no_other(address, network):
    assert not may_call(ip_address(address), [ip_network(network)])


@pytest.mark.parametrize("text", ["10.0.0.1/8", "loopback", "10.0.0.0/33", ""])
def test_a_network_that_is_none_is_refused_with_its_place(text):
    with pytest.raises(Invalid) as refused:
        networks(["10.0.0.0/8", text])

    assert refused.value.where == (1,)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ],
)
async def test_a_loopback_host_is_not_called_however_it_is_spelled(endpoint, host):
    async with telling(f"http://{host}:{endpoint.port}/", let_past=()) as webhook:
        with away("outside the public internet"):
            await webhook.deliver(an_errand())

    assert endpoint.connections == 0


async def test_a_name_whose_address_is_inner_is_not_called_and_only_the_log_tells_it(endpoint):
    async def resolver(host, port):
        return ["127.0.0.1"]

    async with telling(
        f"http://hooks.example.com:{endpoint.port}/", let_past=(), resolver=resolver
    ) as webhook:
        with away(r"outside the public internet.*\(hooks\.example\.com is 127\.0\.0\.1\)"):
            await webhook.deliver(an_errand())

    assert endpoint.connections == 0


async def test_one_inner_address_among_several_is_enough_to_refuse(endpoint):
    async def resolver(host, port):
        return ["127.0.0.1", "169.254.169.254"]

    async with telling(f"http://hooks.example.com:{endpoint.port}/", resolver=resolver) as webhook:
        with away("outside the public internet"):
            await webhook.deliver(an_errand())

    assert endpoint.connections == 0


async def test_a_name_that_points_elsewhere_a_moment_later_is_called_where_it_was_checked(endpoint):
    turns = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def resolver(host, port):
        return next(turns)

    async with telling(f"http://hooks.example.com:{endpoint.port}/", resolver=resolver) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()

    assert list(turns) == [["169.254.169.254"]]  # it was asked once


async def test_each_new_connection_is_checked_again(endpoint):
    turns = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def resolver(host, port):
        return next(turns)

    endpoint.answer = http(200, connection="close")
    async with telling(f"http://hooks.example.com:{endpoint.port}/", resolver=resolver) as webhook:
        await webhook.deliver(an_errand())
        with away("outside the public internet"):
            await webhook.deliver(an_errand())

    assert endpoint.connections == 1


async def test_the_next_address_is_tried_when_one_does_not_answer(endpoint):
    async def resolver(host, port):
        return ["127.0.0.2", "127.0.0.1"]

    async with telling(f"http://hooks.example.com:{endpoint.port}/", resolver=resolver) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()


@pytest.mark.parametrize("found", [[], OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_without_an_address_is_not_reached(found):
    async def resolver(host, port):
        if isinstance(found, Exception):
            raise found
        return found

    async with telling("http://hooks.example.com/", let_past=LOOPBACK, resolver=resolver) as webhook:
        with away("could not be reached"):
            await webhook.deliver(an_errand())
