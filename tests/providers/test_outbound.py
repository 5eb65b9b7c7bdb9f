"""Calls that leave the house end in time and stay within bounds, whatever the other side does."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from polyshare.domain.errors import Invalid
from polyshare.providers.base import Outcome
from polyshare.providers.outbound import CONNECTIONS, Answer
from polyshare.providers.outbound import endpoint as parsed
from tests.providers.conftest import LOOPBACK, an_errand, away, telling
from tests.providers.endpoint import http, listening

CERTIFICATE = Path(__file__).with_name("hooks.example.com.pem")


async def on_loopback(host, port):
    return ["127.0.0.1"]


NOON_S = 1_795_953_600.0  # Sun, 29 Nov 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 500, 999_999_999.0),
        ("Sun, 29 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        ("Sun, 99 Nov 2026 12:01:30 GMT", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(said, wait_s, status):
    assert Answer(status, {"retry-after": said}, b"").retry_after_s(NOON_S) == wait_s


@pytest.mark.parametrize("status", [200, 301, 404, 500])
def test_only_who_is_too_busy_says_how_long_to_wait(status):
    assert Answer(status, {"retry-after": "120"}, b"").retry_after_s(NOON_S) is None
    assert Answer(503, {}, b"").retry_after_s(NOON_S) is None


async def test_an_endpoint_that_never_answers_is_given_up_in_time(endpoint):
    async def silence(writer):
        await endpoint.ending.wait()

    endpoint.answer = silence
    async with telling(endpoint.url, timeout_s=0.2) as webhook:
        with away(r"within 0\.2 s"):
            await webhook.deliver(an_errand())


async def test_an_endpoint_that_trickles_its_answer_is_given_up_in_time(endpoint):
    async def trickle(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)  # the endpoint's own slowness, not a wait of the test

    endpoint.answer = trickle
    async with telling(endpoint.url, timeout_s=0.3) as webhook:
        with away(r"within 0\.3 s"):
            await webhook.deliver(an_errand())


async def test_an_endless_answer_is_cut_off(endpoint, webhook):
    async def flood(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
            await writer.drain()

    endpoint.answer = flood

    with away("too long"):
        await webhook.deliver(an_errand())


async def test_an_answer_just_within_the_bound_is_read(endpoint, webhook):
    endpoint.answer = http(200, b"{}" + b" " * (64 * 1024 - 2))

    assert await webhook.deliver(an_errand()) == Outcome()


async def test_a_long_error_page_does_not_hide_its_status(endpoint, webhook):
    endpoint.answer = http(500, b"x" * 200_000)

    with away("answered 500"):
        await webhook.deliver(an_errand())


async def test_endless_headers_are_cut_off(endpoint, webhook):
    async def flood(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-more: " + b"x" * 8000 + b"\r\n")
            await writer.drain()

    endpoint.answer = flood

    with away("broke off"):
        await webhook.deliver(an_errand())


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}", b"SSH-2.0-Open\r\n\r\n"]
)
async def test_a_connection_that_breaks_off_is_tried_again(endpoint, webhook, start):
    async def hang_up(writer):
        writer.write(start)
        await writer.drain()

    endpoint.answer = hang_up

    with away("broke off"):
        await webhook.deliver(an_errand())


async def test_an_endpoint_where_nobody_listens_is_not_reached():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # bound but not listening: nobody else gets the port
        async with telling(f"http://127.0.0.1:{bound.getsockname()[1]}/") as webhook:
            with away("could not be reached"):
                await webhook.deliver(an_errand())


async def test_a_proxy_from_the_environment_is_not_asked(endpoint, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with telling(endpoint.url) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()


async def test_one_connection_serves_calls_that_follow_each_other(endpoint, webhook):
    for _ in range(3):
        await webhook.deliver(an_errand())

    assert endpoint.connections == 1


async def test_calls_beyond_the_bound_wait_for_their_turn(endpoint):
    released = asyncio.Event()

    async def late(writer):
        await released.wait()
        writer.write(http(200, connection="close"))
        await writer.drain()

    endpoint.answer = late
    async with telling(endpoint.url) as webhook:
        calls = [asyncio.create_task(webhook.deliver(an_errand())) for _ in range(CONNECTIONS + 5)]
        await endpoint.has_heard(CONNECTIONS)
        assert endpoint.connections == CONNECTIONS
        released.set()

        assert await asyncio.gather(*calls) == [Outcome()] * (CONNECTIONS + 5)


async def test_a_call_that_gets_no_turn_is_tried_again_and_says_so(endpoint):
    async def silence(writer):
        await endpoint.ending.wait()

    endpoint.answer = silence
    async with telling(endpoint.url, wait_s=0) as webhook:
        calls = [asyncio.create_task(webhook.deliver(an_errand())) for _ in range(CONNECTIONS)]
        await endpoint.has_heard(CONNECTIONS)

        with away("did not get its turn"):
            await webhook.deliver(an_errand())

        for call in calls:
            call.cancel()
        await asyncio.wait(calls)


async def test_closing_waits_for_the_call_under_way(endpoint, webhook):
    released = asyncio.Event()

    async def late(writer):
        await released.wait()
        writer.write(http(200))
        await writer.drain()

    endpoint.answer = late
    call = asyncio.create_task(webhook.deliver(an_errand()))
    await endpoint.has_heard(1)

    closing = asyncio.create_task(webhook.close())
    await asyncio.sleep(0)
    assert not closing.done()
    released.set()

    assert await call == Outcome()
    await closing


async def test_after_closing_no_call_is_taken(endpoint, webhook):
    await webhook.close()

    with away("closed"):
        await webhook.deliver(an_errand())

    assert endpoint.heard == []


async def test_a_call_that_is_cancelled_does_not_keep_closing_waiting(endpoint, webhook):
    async def silence(writer):
        await endpoint.ending.wait()

    endpoint.answer = silence
    call = asyncio.create_task(webhook.deliver(an_errand()))
    await endpoint.has_heard(1)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    await asyncio.wait_for(webhook.close(), 5)


@pytest.fixture
def trusting():
    return ssl.create_default_context(cafile=CERTIFICATE)


@pytest.fixture
async def secure_endpoint():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    async with listening(tls) as one:
        yield one


async def test_a_certificate_is_checked_against_the_name_though_the_address_is_called(
    secure_endpoint, trusting
):
    url = f"https://hooks.example.com:{secure_endpoint.port}/"

    async with telling(url, resolver=on_loopback, tls=trusting) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()


async def test_a_certificate_of_another_name_is_refused(secure_endpoint, trusting):
    url = f"https://other.example.com:{secure_endpoint.port}/"

    async with telling(url, resolver=on_loopback, tls=trusting) as webhook:
        with away("could not be reached"):
            await webhook.deliver(an_errand())

    assert secure_endpoint.heard == []


async def test_a_certificate_that_nobody_trusts_is_refused(secure_endpoint):
    url = f"https://hooks.example.com:{secure_endpoint.port}/"

    async with telling(url, resolver=on_loopback) as webhook:
        with away("could not be reached"):
            await webhook.deliver(an_errand())

    assert secure_endpoint.heard == []


async def test_a_certificate_authority_of_the_operators_own_is_trusted(secure_endpoint, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    url = f"https://hooks.example.com:{secure_endpoint.port}/"

    async with telling(url, resolver=on_loopback) as webhook:
        assert await webhook.deliver(an_errand()) == Outcome()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "/hooks",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///hooks",
        "https://user@hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:port/",
        "https://hooks.example.com:70000/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nx: y",
        "https://\thooks.example.com/",
        "https://bücher.example/",
        "https://[::1/",
    ],
)
def test_a_url_that_is_not_plain_http_is_refused(url):
    with pytest.raises(Invalid) as refused:
        parsed(url)

    assert "secret" not in refused.value.message


def test_the_ports_of_the_schemes_are_known():
    assert parsed("https://hooks.example.com").port == 443
    assert parsed("http://hooks.example.com?x=1").target == "/?x=1"


async def test_an_endpoint_may_be_named_by_an_ipv6_address(endpoint):
    asked = []

    async def resolver(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    async with telling(f"http://[fd00::5]:{endpoint.port}/", let_past=LOOPBACK, resolver=resolver) as webhook:
        await webhook.deliver(an_errand())

    assert asked == ["fd00::5"]
    assert endpoint.heard[0].headers["host"] == f"[fd00::5]:{endpoint.port}"
