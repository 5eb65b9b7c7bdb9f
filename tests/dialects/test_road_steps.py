"""Calls in steps: bodies that are read while they arrive, bytes that are sent while they are read, and who is asked."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest

from polyshare.dialects.base import Dialect, Doing, Fault, Road, Route, refusals
from polyshare.dialects.base.accepting import prefers_xml
from polyshare.dialects.base.addresses import address_of
from polyshare.dialects.base.answers import Answer, Stream, encode
from polyshare.dialects.base.downloads import File, portion
from polyshare.domain import errors
from tests.dialects.test_road import RAISE, READ, Sent, admit, authenticate, refuse, there
from tests.house import a_house, clock

__all__ = ["clock"]

PIECE = b"0123456789" * 100
MOST = 100_000
SEEN: list[Any] = []  # what handlers of the made-up dialect saw


async def number(work):
    return (await work.rows.one(READ))[0]


async def raise_number(work):
    await work.rows.run(RAISE)
    return await number(work)


async def take_in(call, thing, _):
    """Count and hash what arrives, with a transaction before and one after."""
    before = await call.read(number)
    digest, size = hashlib.sha256(), 0
    async for chunk in call.chunks(MOST):
        digest.update(chunk)
        size += len(chunk)
    return {
        "size": size,
        "sha256": digest.hexdigest(),
        "rose": await call.write(raise_number) - before,
        "thing": thing,
    }


async def give_out(call, thing, _):
    """As many pieces as asked for; `thing` says what is wrong with them."""
    pieces = int(call.value("pieces") or 3)

    async def chunks():
        SEEN.append("opened")
        try:
            if thing == "away":
                raise errors.Unavailable("The bytes did not come.")
            for at in range(pieces):
                if thing == "breaks" and at == 2:
                    raise LookupError("no further")
                yield PIECE
                await asyncio.sleep(0)
            if thing == "longer":
                yield PIECE
        finally:
            SEEN.append("closed")

    lacks = 1 if thing == "shorter" else 0
    headers = ((b"content-type", b"text/plain"), (b"content-range", b"bytes 0-2999/5000"))
    return Stream(206, headers, (pieces + lacks) * len(PIECE), chunks)


async def give_portion(call, *_):
    file = File(3000, '"tag"', 0, "a.txt", "text/plain")
    found = portion(file, call.scope["method"], call.header)

    async def chunks():
        yield (PIECE * 3)[found.start : found.end]

    return Stream(found.status, found.headers, found.end - found.start, chunks)


async def see(call, *_):
    SEEN.append((hasattr(call, "work"), hasattr(call, "actor"), hasattr(call, "seat")))
    return {"address": call.address}


async def whole(call, *_):
    return Answer(203, b"<a/>", ((b"x-more", b"1"),), b"application/xml")


def given(call):
    SEEN.append("given")
    if call.body == b"bad":
        raise refusals.BadBody("Bad.")
    return call.body.decode()


async def echo(call, _, body):
    return {"body": body}


DIALECT = Dialect(
    name="in-steps",
    prefixes=("",),
    routes=(
        Route("POST", "/in/{thing}", take_in, Doing.STEPS, subject=there, status=201),
        Route("GET", "/out/{thing}", give_out, Doing.STEPS, subject=there),
        Route("HEAD", "/out/{thing}", give_out, Doing.STEPS, subject=there),
        Route("GET", "/portion", give_portion, Doing.STEPS),
        Route("HEAD", "/portion", give_portion, Doing.STEPS),
        Route("GET", "/read/{thing}", give_out, Doing.READ, subject=there),
        Route("GET", "/seen", see, Doing.STEPS),
        Route("GET", "/open", see, Doing.STEPS, is_open=True),
        Route("GET", "/whole", whole, Doing.READ),
        Route("PUT", "/whole", whole, Doing.WRITE),
        Route("GET", "/echo/{thing}", echo, Doing.READ, given, there, has_body=True),
        Route("DELETE", "/echo/{thing}", echo, Doing.STEPS, given, there, has_body=True),
    ),
    authenticate=authenticate,
    admit=admit,
    is_id=str.isalnum,
    errors={
        Exception: Fault(500, "fault"),
        errors.Unavailable: Fault(503, "later"),
        errors.NotFound: Fault(404, "no thing"),
        errors.Unauthenticated: Fault(401, "who"),
        errors.Braked: Fault(429, "slower"),
        refusals.AtTheDoor: Fault(400, "door"),
        refusals.NoRoute: Fault(404, "route"),
        refusals.NoMethod: Fault(405, "method"),
        refusals.TooLarge: Fault(413, "large"),
        refusals.TooSlow: Fault(408, "slow"),
    },
    answer=lambda call, result: Answer(call.route.status, encode(result)),
    refuse=refuse,
)


@pytest.fixture
async def house(tmp_path, clock):
    SEEN.clear()
    async with a_house(f"sqlite://{tmp_path}/road.db", clock, body_limit_bytes=1024, upload_idle_s=5) as made:
        yield made


@pytest.fixture
def road(house):
    return Road(DIALECT, house)


@pytest.fixture
async def http(road):
    transport = httpx.ASGITransport(road, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://r", headers={"x-who": "1"}) as client:
        yield client


def a_scope(path, method="GET", headers=(), query=b""):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"x-who", b"1"), *headers],
    }


def arriving(*pieces, more=False):
    last = len(pieces) - 1
    return [
        {"type": "http.request", "body": piece, "more_body": more or at < last}
        for at, piece in enumerate(pieces)
    ]


async def the_number(house):
    return await house.read(None, number)


# Bodies that arrive


async def test_a_body_is_read_while_it_arrives_with_transactions_before_and_after(http):
    async def pieces():
        for _ in range(20):
            yield PIECE

    response = await http.post("/in/a", content=pieces())

    assert response.status_code == 201
    assert response.json() == {
        "size": 20_000,
        "sha256": hashlib.sha256(PIECE * 20).hexdigest(),
        "rose": 1,
        "thing": "a",
    }


async def test_nothing_is_open_while_a_body_arrives(road, house):
    sent = Sent()
    waiting, go_on = asyncio.Event(), asyncio.Event()
    messages = arriving(b"a", b"b")

    async def slowly():
        if len(messages) == 1:
            waiting.set()
            await go_on.wait()
        return messages.pop(0)

    upload = asyncio.create_task(road(a_scope("/in/a", "POST"), slowly, sent.keep))
    await waiting.wait()
    await house.write(None, raise_number)  # would wait for ever if the upload held the writer
    go_on.set()
    await upload

    assert sent.messages[0]["status"] == 201


async def test_what_is_not_there_is_told_before_a_byte_is_read(road):
    sent = Sent()

    await road(a_scope("/in/gone", "POST"), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 404


@pytest.mark.parametrize("header", [(b"transfer-encoding", b"chunked"), (b"content-length", b"3000")])
async def test_what_is_left_of_a_short_body_is_taken_before_a_refusal(road, header):
    pieces = [{"type": "http.request", "body": PIECE, "more_body": at < 2} for at in range(3)]
    sent = Sent(pieces)

    await road(a_scope("/in/gone", "POST", [header]), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 404
    assert sent.arriving == []


async def test_of_a_body_without_end_only_so_much_is_taken_before_a_refusal(road):
    pieces = [{"type": "http.request", "body": PIECE * 100, "more_body": True} for _ in range(50)]
    sent = Sent(pieces)

    scope = a_scope("/in/gone", "POST", [(b"transfer-encoding", b"chunked")])
    await road(scope, sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 404
    assert len(sent.arriving) == 50 - 11  # a MiB


async def test_an_announced_length_over_the_limit_is_refused_unread(road):
    sent = Sent()

    await road(a_scope("/in/a", "POST", [(b"content-length", b"100001")]), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 413


async def test_a_body_without_a_length_is_refused_once_it_passes_the_limit(road, house):
    before = await the_number(house)
    sent = Sent(arriving(*[b"x" * 60_000] * 3))

    await road(a_scope("/in/a", "POST", [(b"transfer-encoding", b"chunked")]), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 413
    assert len(sent.arriving) == 1
    assert await the_number(house) == before


@pytest.mark.parametrize("announced", [b"1", b"3", b"99999"])
async def test_a_length_that_lies_is_refused(road, house, announced):
    before = await the_number(house)
    sent = Sent(arriving(b"a", b"b"))

    await road(a_scope("/in/a", "POST", [(b"content-length", announced)]), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 400
    assert await the_number(house) == before


async def test_a_length_that_is_none_is_not_believed(road):
    for announced in (b"many", b"-1", "٣".encode(), b""):
        sent = Sent(arriving(b"a", b"b"))
        await road(a_scope("/in/a", "POST", [(b"content-length", announced)]), sent.receive, sent.keep)
        assert sent.messages[0]["status"] == 201


async def test_a_client_that_vanishes_in_its_upload_is_forgotten(road, house):
    before = await the_number(house)
    sent = Sent([*arriving(b"a", more=True), {"type": "http.disconnect"}])

    await road(a_scope("/in/a", "POST"), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 400  # which nobody hears, but who broke off in the middle of a chunk
    assert await the_number(house) == before


async def test_a_client_that_sends_nothing_any_more_is_given_up(tmp_path, clock):
    async with a_house(f"sqlite://{tmp_path}/road.db", clock, upload_idle_s=0.01) as house:
        sent = Sent()

        await Road(DIALECT, house)(a_scope("/in/a", "POST"), sent.nothing, sent.keep)

    assert sent.messages[0]["status"] == 408


async def test_bodies_on_get_and_delete_are_read_and_wait_for_the_subject(http):
    for method in ("GET", "DELETE"):
        said = await http.request(method, "/echo/a", content=b"hello")
        assert said.json() == {"body": "hello"}
        assert (await http.request(method, "/echo/gone", content=b"bad")).status_code == 404
        assert (await http.request(method, "/echo/a", content=b"bad")).status_code == 400


# Bytes that go out


async def test_a_stream_is_sent_as_it_comes_with_its_length(road):
    sent = Sent()

    await road(a_scope("/out/a"), sent.nothing, sent.keep)

    start, *bodies = sent.messages
    assert start["status"] == 206
    assert dict(start["headers"]) == {
        b"content-type": b"text/plain",
        b"content-range": b"bytes 0-2999/5000",
        b"content-length": b"3000",
    }
    assert [message["body"] for message in bodies] == [PIECE, PIECE, PIECE, b""]
    assert [message.get("more_body", False) for message in bodies] == [True, True, True, False]
    assert SEEN == ["opened", "closed"]


async def test_a_stream_that_a_reading_call_returns_flows_too(http):
    response = await http.get("/read/a")

    assert (response.status_code, response.content) == (206, PIECE * 3)


async def test_head_gets_the_headers_of_a_stream_and_opens_no_source(http):
    response = await http.head("/out/away")

    assert (response.status_code, response.content) == (206, b"")
    assert response.headers["content-length"] == "3000"
    assert SEEN == []


async def test_an_empty_stream_is_an_empty_answer(http):
    response = await http.get("/out/a?pieces=0")

    assert (response.status_code, response.content) == (206, b"")
    assert response.headers["content-length"] == "0"


async def test_a_source_that_fails_at_once_is_told(http):
    response = await http.get("/out/away")

    assert (response.status_code, response.json()["code"]) == (503, "later")
    assert SEEN == ["opened", "closed"]


@pytest.mark.parametrize(
    ("thing", "error"), [("breaks", LookupError), ("shorter", RuntimeError), ("longer", RuntimeError)]
)
async def test_a_stream_that_goes_wrong_in_the_middle_is_broken_off(road, thing, error):
    sent = Sent()

    with pytest.raises(error):
        await road(a_scope(f"/out/{thing}"), sent.nothing, sent.keep)

    assert sent.messages[-1]["more_body"] is True
    assert SEEN == ["opened", "closed"]


async def test_a_stream_stops_when_nobody_listens_any_more(road):
    hung_up = Sent([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def broken_pipe(message):
        if message["type"] == "http.response.body":
            raise BrokenPipeError

    await road(a_scope("/out/a", query=b"pieces=10000"), hung_up.receive, hung_up.keep)
    await road(a_scope("/out/a", query=b"pieces=10000"), Sent().nothing, broken_pipe)

    assert len(hung_up.messages) < 10
    assert SEEN == ["opened", "closed"] * 2


async def test_a_portion_of_a_file_is_streamed_with_one_length(http):
    async def ask(method="GET", **headers):
        response = await http.request(method, "/portion", headers=headers)
        return response.status_code, response.headers.get_list("content-length"), response.content

    assert await ask() == (200, ["3000"], PIECE * 3)
    assert await ask(range="bytes=5-9") == (206, ["5"], b"56789")
    assert await ask("HEAD") == (200, ["3000"], b"")
    assert await ask(range="bytes=9000-") == (416, ["0"], b"")
    assert await ask(**{"if-none-match": '"tag"'}) == (304, [], b"")


async def test_an_answer_of_a_handler_goes_out_as_it_is(http):
    for response in (await http.get("/whole"), await http.put("/whole")):
        assert (response.status_code, response.content) == (203, b"<a/>")
        assert response.headers["content-type"] == "application/xml"
        assert response.headers["x-more"] == "1"


async def test_an_answer_in_another_format_comes_again_in_it(http):
    for _ in range(2):
        response = await http.put("/whole", headers={"idempotency-key": "k"})
        assert response.headers["content-type"] == "application/xml"
        assert response.headers["x-more"] == "1"


# Who is asked


async def test_a_call_in_steps_has_its_actor_and_seat_but_no_transaction(http):
    await http.get("/seen")

    assert SEEN == [(False, True, True)]


async def test_an_open_call_asks_nobody_who_he_is(road):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(road), base_url="http://r") as nobody:
        assert (await nobody.get("/open")).status_code == 200
        assert (await nobody.get("/seen")).status_code == 401
        assert (await nobody.post("/open")).status_code == 401

    assert SEEN == [(False, False, False)]


async def test_an_open_call_in_a_transaction_is_refused_at_start(house):
    route = Route("GET", "/open", see, Doing.READ, is_open=True)
    dialect = Dialect("x", ("",), (route,), authenticate, None, str.isalnum, {}, see, refuse)

    with pytest.raises(TypeError, match="STEPS"):
        Road(dialect, house)


async def test_a_credential_that_asks_too_often_is_told_to_wait(tmp_path, clock):
    async with a_house(f"sqlite://{tmp_path}/road.db", clock, requests_per_minute=3) as house:
        transport = httpx.ASGITransport(Road(DIALECT, house))
        async with httpx.AsyncClient(transport=transport, base_url="http://r") as http:

            async def ask(who="1"):
                return (await http.get("/whole", headers={"x-who": who})).status_code

            assert [await ask() for _ in range(5)] == [203, 203, 203, 429, 429]
            assert await ask("2") == 203
            clock.pass_s(19)
            assert await ask() == 429
            clock.pass_s(1)
            assert [await ask(), await ask()] == [203, 429]
            clock.pass_s(3600)
            assert [await ask() for _ in range(4)] == [203, 203, 203, 429]


# Where from, and in which format


async def test_an_address_is_the_clients_own(http):
    said = await http.get("/seen", headers={"x-forwarded-for": "198.51.100.1"})

    assert said.json() == {"address": "192.0.2.7"}


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "made up, 10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("unix", "198.51.100.1", "unix"),
    ],
)
def test_an_address_is_believed_from_trusted_proxies_only(client, forwarded, address):
    assert address_of({"client": (client, 1)}, forwarded, ("10.0.0.0/8",)) == address


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("application/XML", True),
        ("text/xml", True),
        ("application/json, application/xml", False),
        ("application/json;q=0.8, application/xml", True),
        ("application/json;q=0.8, application/xml;q=0.7, text/xml;Q=0.9", True),
        ("application/*", False),
        ("application/*, application/json;q=0", True),
        ("text/*", True),
        ("image/png", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/xml;q=0", False),
        ("application/xml;q=nan, application/json;q=0.9", True),
        ("application/xml;q=2;q=, ;;,,", True),
    ],
)
def test_the_format_of_an_answer_follows_what_is_accepted(accept, xml):
    assert prefers_xml(accept) is xml
