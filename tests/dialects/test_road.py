"""The road from HTTP to the engine, walked by a made-up dialect on a real database."""

import asyncio
import json
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import structlog
from msgspec import Meta, Raw, Struct, defstruct

from polyshare.dialects.base import Dialect, Doing, Fault, Road, Route, refusals
from polyshare.dialects.base.answers import STRETCH, Answer, Flow, Listed, encode
from polyshare.dialects.base.bodies import Body, Whole
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.routing import Table
from polyshare.domain import errors
from polyshare.domain.principals import Access, Actor, Kind, Principal, Seat, Status
from polyshare.store.process import answered
from polyshare.store.statements import statement
from tests.house import a_house, clock, database_url, house

__all__ = ["clock", "database_url", "house"]

# The made-up dialect keeps one number, in a row that every database has.
RAISE = statement("test.raise", "update epoch set number = number + 1")
READ = statement("test.read", "select number from epoch")

SEAT = Seat(Principal(1, Kind.ACCOUNT, "a", "A", Status.ACTIVE, None), None, Access.EDIT)


class Thing(Struct):
    """A body of the made-up dialect."""

    name: str
    parts: list["Thing"] = []
    tags: dict[str, str] = {}
    luggage: Raw = Raw()


async def authenticate(call):
    who = call.header(b"x-who")
    if who is None:
        raise errors.NoCredential("Who are you?")
    return Actor(int(who), who, int(who), Access.EDIT, False, False)


async def admit(_):
    return SEAT


async def there(call):
    if call.path["thing"] == "gone":
        raise errors.NotFound("thing")
    return call.path["thing"]


async def number(call, _, __):
    row = await call.work.rows.one(READ)
    return {"number": row[0], "tag": call.values("tag")}


async def raise_number(call, thing, body):
    await call.work.rows.run(RAISE)
    if thing == "broken":
        raise errors.WrongState("Not now.")
    row = await call.work.rows.one(READ)
    return {"number": row[0], "name": body.name, "luggage": body.luggage}


async def drop(call, _, __):
    await call.work.rows.run(RAISE)


async def fail(call, *_):
    if call.path["thing"] == "unavailable":
        raise errors.Unavailable("The database did not answer.")
    raise LookupError("secret detail")


async def everything(call, *_):
    """A list as long as `length` says, read from the database stretch by stretch."""
    length, breaks_at = int(call.value("length")), int(call.value("breaks_at") or 10**9)
    await call.work.rows.one(READ)
    if call.window.skip >= breaks_at:
        raise LookupError("no further")
    # by number, or after the last row where the query says so
    begin = call.window.after[0] + 1 if call.window.after else call.window.skip
    rows = list(range(begin, min(length, begin + STRETCH)))
    return Listed(rows, length, (rows[-1], 0) if rows and call.value("after") else None)


def answer(call, result):
    if result is None:
        return Answer(call.route.status)
    if isinstance(result, Listed) and result.total > len(result.rows):
        return Flow(200, b'{"rows":[', result.rows, lambda sent: b'],"sent":%d}' % sent, result.last)
    if isinstance(result, Listed):
        return Answer(200, encode({"rows": result.rows, "sent": result.total}))
    return Answer(
        call.route.status, encode(result), ((b"x-made", b"yes"),) if call.route.status == 201 else ()
    )


def refuse(_, fault, error):
    pointer = getattr(error, "where", None) or getattr(error, "parameter", None)
    return Answer(fault.status, encode({"code": fault.code, "message": str(error), "at": pointer}))


DIALECT = Dialect(
    name="made-up",
    prefixes=("", "/v9"),
    routes=(
        Route("GET", "/things", number, Doing.READ),
        Route("GET", "/everything", everything, Doing.READ),
        Route(
            "POST",
            "/things/{thing}",
            raise_number,
            Doing.WRITE,
            Body(Thing),
            there,
            has_body=True,
            status=201,
        ),
        Route("DELETE", "/things/{thing}", drop, Doing.WRITE, None, there, status=204),
        Route("GET", "/things/{thing}/fail", fail, Doing.READ),
    ),
    authenticate=authenticate,
    admit=admit,
    is_id=lambda text: text.isascii() and text.isalnum(),
    errors={
        Exception: Fault(500, "fault"),
        errors.Unavailable: Fault(503, "later"),
        errors.NotFound: Fault(404, "no thing"),
        errors.WrongState: Fault(400, "state"),
        errors.KeyReused: Fault(409, "key"),
        errors.Unauthenticated: Fault(401, "who"),
        refusals.AtTheDoor: Fault(400, "door"),
        refusals.NoRoute: Fault(404, "route"),
        refusals.NoMethod: Fault(405, "method"),
        refusals.TooLarge: Fault(413, "large"),
        refusals.TooSlow: Fault(408, "slow"),
    },
    answer=answer,
    refuse=refuse,
)

ME = {"x-who": "1"}


def a_client(house, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Road(DIALECT, house))
    return httpx.AsyncClient(transport=transport, base_url="http://road", headers={**ME, **headers})


@pytest.fixture
async def lone_house(tmp_path, clock):
    """A house on SQLite, for what does not depend on the engine."""
    async with a_house(f"sqlite://{tmp_path}/road.db", clock, body_limit_bytes=1024) as made:
        yield made


@pytest.fixture
async def client(lone_house):
    async with a_client(lone_house) as http:
        yield http


@pytest.fixture
async def both(house):
    """A client of a house on each engine."""
    async with a_client(house) as http:
        yield http


async def the_number(http) -> int:
    return int((await http.get("/things")).json()["number"])


def code(response) -> tuple[int, Any]:
    return response.status_code, response.json()["code"]


# Routing


def a_table(*templates, prefixes=("",)):
    routes = [Route("GET", template, number, Doing.READ) for template in templates]
    find = Table(prefixes, routes, str.isalnum).find

    def found(path, method="GET", raw=None):
        route, ids = find({"path": path, "method": method, "raw_path": raw or path.encode()})
        return route.template, ids

    return found


def test_a_literal_segment_goes_before_a_named_one():
    find = a_table("/things/{thing}", "/things/mine")

    assert find("/things/mine") == ("/things/mine", {})
    assert find("/things/other") == ("/things/{thing}", {"thing": "other"})


def test_a_literal_that_leads_nowhere_gives_way_to_a_named_one():
    find = a_table("/things/mine", "/{kind}/mine/{part}", "/{kind}/{thing}/parts")

    assert find("/things/mine/parts") == ("/{kind}/mine/{part}", {"kind": "things", "part": "parts"})
    assert find("/things/yours/parts") == ("/{kind}/{thing}/parts", {"kind": "things", "thing": "yours"})


def test_a_trailing_slash_makes_no_difference():
    find = a_table("/things", "/things/{thing}")

    assert find("/things/") == ("/things", {})
    assert find("/things/1/") == ("/things/{thing}", {"thing": "1"})


def test_every_prefix_serves_every_route_and_a_lookalike_serves_none():
    find = a_table("/things", prefixes=("/v9", "/v9/more"))

    assert find("/v9/things") == ("/things", {})
    assert find("/v9/more/things/") == ("/things", {})
    for path in ("/things", "/v99/things", "/v9things", "/v9", "/", ""):
        with pytest.raises(refusals.NoRoute):
            find(path)


def test_an_escaped_slash_parts_nothing():
    find = a_table("/things/{thing}")

    with pytest.raises(refusals.MalformedId):
        find("/things/a/b", raw=b"/things/a%2Fb")


@pytest.mark.parametrize("raw", [b"/things/%00", b"/things/%ff", b"/things/%ED%A0%80", b"/things//"])
def test_an_identifier_that_none_can_be_is_malformed(raw):
    with pytest.raises(refusals.MalformedId) as caught:
        a_table("/things/{thing}")(raw.decode("latin-1"), raw=raw)

    caught.value.message.encode()


def test_a_method_that_a_path_lacks_is_told_from_an_unknown_path():
    find = a_table("/things/{thing}")

    with pytest.raises(refusals.NoMethod) as caught:
        find("/things/!", "PATCH")
    assert caught.value.allowed == ("GET",)
    with pytest.raises(refusals.NoRoute):
        find("/things", "PATCH")


def test_two_calls_of_one_method_and_path_are_refused():
    with pytest.raises(ValueError, match="twice"):
        a_table("/things/{one}", "/things/{other}")


# What is wrong is told in order


async def test_the_credential_is_asked_for_before_the_route(lone_house):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Road(DIALECT, lone_house)), base_url="http://r"
    ) as http:
        assert code(await http.get("/nowhere")) == (401, "who")


async def test_what_is_not_there_is_told_before_a_bad_body(client):
    assert code(await client.post("/things/gone", content=b"{")) == (404, "no thing")
    assert code(await client.post("/things/gone", content=b"x" * 5000)) == (404, "no thing")
    assert code(await client.post("/things/a", content=b"{")) == (400, "door")


async def test_a_bad_body_is_told_before_the_state(client):
    assert code(await client.post("/things/broken", content=b"{}")) == (400, "door")
    assert code(await client.post("/things/broken", json={"name": "x"})) == (400, "state")


async def test_a_refused_write_leaves_nothing_behind(both):
    before = await the_number(both)

    assert code(await both.post("/things/broken", json={"name": "x"})) == (400, "state")

    assert await the_number(both) == before


async def test_head_and_options_are_methods_that_a_path_lacks(client):
    head = await client.head("/things")

    assert head.status_code == 405
    assert head.content == b""
    assert int(head.headers["content-length"]) > 0
    assert code(await client.options("/things")) == (405, "method")


async def test_an_answer_without_a_body_says_no_type_and_no_length(client):
    gone = await client.delete("/things/a")

    assert gone.status_code == 204
    assert gone.content == b""
    assert dict(gone.headers) == {}


async def test_every_answer_says_its_exact_type_and_length(client):
    for response in (await client.get("/things"), await client.get("/nowhere")):
        assert response.headers["content-type"] == "application/json"
        assert int(response.headers["content-length"]) == len(response.content)


# Faults of ours


async def test_whatever_goes_wrong_is_told_without_detail_and_logged_with_its_request_id(lone_house):
    sent = Sent()
    with structlog.testing.capture_logs() as logs:
        await Road(DIALECT, lone_house)(
            a_scope("/things/a/fail") | {"polyshare.request_id": "r-1"}, sent.nothing, sent.keep
        )

    assert sent.messages[0]["status"] == 500
    assert [(line["log_level"], line["request_id"], line["path"]) for line in logs] == [
        ("error", "r-1", "/things/a/fail")
    ]
    assert isinstance(logs[0]["exc_info"], LookupError)


async def test_what_we_depend_on_may_be_away_for_a_while(client):
    assert code(await client.get("/things/unavailable/fail")) == (503, "later")


# Bodies

BROKEN = {
    "nothing": b"",
    "no JSON": b"{name: 1}",
    "half of it": b'{"name": "x"',
    "two of them": b'{"name": "x"} {}',
    "a number that is none": b'{"name": "x", "luggage": {"a": 01}}',
    "no UTF-8": b'{"name": "\xff"}',
    "no UTF-8 in luggage": b'{"name": "x", "luggage": {"a": "\xff"}}',
    "no UTF-8 in what is ignored": b'{"name": "x", "other": "\xff"}',
    "raw U+0000": b'{"name": "\x00"}',
    "another character set": '{"name": "x"}'.encode("utf-16"),
    "a surrogate alone": b'{"name": "\\ud800"}',
    "a surrogate alone in luggage": b'{"name": "x", "luggage": {"a": "\\udc00"}}',
    "a bad escape": b'{"name": "x", "luggage": {"a": "\\x"}}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "an array": b"[]",
    "null": b"null",
}


@pytest.mark.parametrize("content", [pytest.param(content, id=what) for what, content in BROKEN.items()])
async def test_a_broken_body_is_refused(client, content):
    before = await the_number(client)

    assert code(await client.post("/things/a", content=content)) == (400, "door")

    assert await the_number(client) == before


async def test_a_body_nested_beyond_reason_is_refused(house):
    nest = b"[" * 100_000

    async with a_client(house) as http:
        response = await http.post(
            "/things/a", content=b'{"name": "x", "other": ' + nest + b"]" * 100_000 + b"}"
        )

    assert code(response) == (400, "door")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{"name": 1}', ["name"]),
        ("{}", ["name"]),
        ('{"name": "x", "parts": [{"name": "y"}, {}]}', ["parts", 1, "name"]),
        ('{"name": "x", "parts": [{"name": "y", "parts": {}}]}', ["parts", 0, "parts"]),
        ('{"name": "\\u0000"}', ["name"]),
        ('{"name": "x", "parts": [{"name": "\\u0000"}]}', ["parts", 0, "name"]),
        ('{"name": "x", "tags": {"a": "\\u0000"}}', ["tags", "a"]),
        ('{"name": "x", "tags": {"\\u0000": "a"}}', ["tags"]),
        ('{"name": "x", "tags": {"a": 1}}', ["tags"]),
        ('{"name": "x", "luggage": {"a": "\\u0000"}}', ["luggage"]),
        ('{"name": "x", "luggage": {"a": "\\\\\\u0000"}}', ["luggage"]),
    ],
)
async def test_a_bad_body_is_pointed_at(client, content, where):
    response = await client.post("/things/a", content=content)

    assert code(response) == (400, "door")
    assert response.json()["at"] == where


async def test_an_escaped_backslash_before_u0000_is_no_u0000(client):
    content = rb'{"name": "\\u0000", "luggage": {"a": "\\u0000 \\\\u0000"}}'

    response = await client.post("/things/a", content=content)

    assert response.status_code == 201
    assert response.json()["name"] == r"\u0000"


async def test_luggage_travels_as_raw_text(client):
    luggage = b'{"b": 1, "a": 123456789012345678901234567890,  "a": 1.50, "\\u00e9": null}'

    response = await client.post("/things/a", content=b'{"name": "x", "luggage": ' + luggage + b"}")

    assert luggage in response.content


class Counted(Struct):
    """A body with a number."""

    number: Whole
    nested: list["Counted"] = []


def test_an_integer_that_no_column_holds_is_refused():
    def number(text):
        call = Call({"query_string": b"", "headers": []}, None)
        call.body = b'{"number": 1, "nested": [{"number": %b}]}' % text.encode()
        return Body(Counted)(call).nested[0].number

    assert number(str(2**63 - 1)) == 2**63 - 1
    assert number(str(-(2**63))) == -(2**63)
    for text in (2**63, -(2**63) - 1, 10**40):
        with pytest.raises(refusals.BadBody) as caught:
            number(str(text))
        assert caught.value.where == ("nested", 0, "number")


@pytest.mark.parametrize("kind", [int, list[int], dict[str, int | None], Annotated[int, Meta(ge=0)]])
def test_a_shape_whose_integers_have_no_bounds_is_refused_at_import(kind):
    with pytest.raises(TypeError, match="Whole"):
        Body(defstruct("Unbounded", [("inner", kind)]))


async def test_a_body_is_json_whatever_type_it_claims(client):
    for claimed in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = await client.post("/things/a", content=b'{"name": "x"}', headers={"content-type": claimed})
        assert response.status_code == 201


async def test_a_body_may_come_in_pieces_and_up_to_the_limit(lone_house):
    body = b'{"name": "' + b"x" * (1024 - 12) + b'"}'
    sent = Sent(
        [
            {"type": "http.request", "body": body[at : at + 100], "more_body": at + 100 < 1024}
            for at in range(0, 1024, 100)
        ]
    )

    await Road(DIALECT, lone_house)(a_scope("/things/a", "POST"), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 201


async def test_a_body_over_the_limit_is_refused_wherever_it_is_noticed(lone_house):
    unread = Sent()
    endless = Sent([{"type": "http.request", "body": b"x" * 1000, "more_body": True}] * 3)

    for sent, announced in ((unread, [(b"content-length", b"1025")]), (endless, [])):
        await Road(DIALECT, lone_house)(a_scope("/things/a", "POST", announced), sent.receive, sent.keep)
        assert sent.messages[0]["status"] == 413
    assert len(endless.arriving) == 1


async def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(lone_house):
    lone_house.settings = msgspec.structs.replace(lone_house.settings, body_timeout_s=0.05)
    sent = Sent([{"type": "http.request", "body": b'{"name": ', "more_body": True}])

    async def receive():
        return await sent.receive() if sent.arriving else await sent.nothing()

    await Road(DIALECT, lone_house)(a_scope("/things/a", "POST"), receive, sent.keep)

    assert sent.messages[0]["status"] == 408


# Queries


async def test_a_repeated_parameter_keeps_its_values_in_order(client):
    assert (await client.get("/things?tag=b&tag=a%3D%26&tag=&x")).json()["tag"] == ["b", "a=&", ""]


@pytest.mark.parametrize("query", ["tag=%00", "tag=%FF", "tag=a&tag=%ED%A0%80"])
async def test_a_parameter_that_is_no_text_is_refused(client, query):
    response = await client.get(f"/things?{query}")

    assert code(response) == (400, "door")
    assert response.json()["at"] == "tag"


# A client that hangs up


class Sent:
    """What a server would say to the application, and what it hears from it."""

    def __init__(self, arriving=()):
        self.arriving = list(arriving)
        self.messages = []

    async def receive(self):
        return self.arriving.pop(0)

    async def nothing(self):
        await asyncio.Event().wait()

    async def keep(self, message):
        self.messages.append(message)


def a_scope(path, method="GET", headers=(), query=b""):
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"x-who", b"1"), *headers],
    }


async def test_a_client_that_hangs_up_in_its_body_is_forgotten(lone_house, client):
    before = await the_number(client)
    sent = Sent(
        [{"type": "http.request", "body": b'{"name": "x"}', "more_body": True}, {"type": "http.disconnect"}]
    )

    await Road(DIALECT, lone_house)(a_scope("/things/a", "POST"), sent.receive, sent.keep)

    assert sent.messages[0]["status"] == 400  # which nobody hears
    assert await the_number(client) == before


async def test_a_client_that_hangs_up_before_its_answer_harms_nobody(lone_house):
    async def broken_pipe(_):
        raise BrokenPipeError

    await Road(DIALECT, lone_house)(a_scope("/things"), Sent().nothing, broken_pipe)
    await Road(DIALECT, lone_house)(a_scope("/everything", query=b"length=5000"), Sent().nothing, broken_pipe)


# Lists that flow


@pytest.mark.parametrize("length", [0, STRETCH, STRETCH + 1, 2 * STRETCH, 2 * STRETCH + 7])
@pytest.mark.parametrize("how", ["", "&after=1"])
async def test_a_whole_list_has_every_row_once_and_its_count_at_the_end(client, length, how):
    said = (await client.get(f"/everything?length={length}{how}")).json()

    assert said == {"rows": list(range(length)), "sent": length}


async def test_a_long_list_is_read_and_sent_in_stretches(lone_house):
    sent, before = Sent(), lone_house.database.statements

    await Road(DIALECT, lone_house)(a_scope("/everything", query=b"length=2600"), sent.nothing, sent.keep)

    start, *bodies = sent.messages
    assert dict(start["headers"]) == {b"content-type": b"application/json"}
    assert len(bodies) == 6
    assert lone_house.database.statements - before == 6
    assert [message.get("more_body", False) for message in bodies] == [True] * 5 + [False]
    assert json.loads(b"".join(message["body"] for message in bodies))["sent"] == 2600


async def test_a_long_list_that_breaks_in_the_middle_is_broken_off(lone_house):
    sent = Sent()

    with pytest.raises(LookupError):
        await Road(DIALECT, lone_house)(
            a_scope("/everything", query=b"length=2600&breaks_at=1000"), sent.nothing, sent.keep
        )

    assert sent.messages[-1]["more_body"] is True


async def test_a_long_list_stops_when_nobody_listens_any_more(lone_house):
    sent = Sent([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def slowly(message):
        await sent.keep(message)
        for _ in range(5):
            await asyncio.sleep(0)  # let the other tasks run, as a server does when it writes

    await Road(DIALECT, lone_house)(a_scope("/everything", query=b"length=100000"), sent.receive, slowly)

    assert len(sent.messages) < 5


# Idempotency keys


def keyed(key="k-1", **headers):
    return {"idempotency-key": key, **headers}


async def test_a_request_that_comes_again_under_its_key_gets_its_answer_again(both):
    first = await both.post("/things/a", json={"name": "x"}, headers=keyed())
    after = await the_number(both)

    again = await both.post("/things/a", json={"name": "x"}, headers=keyed())

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["x-made"] == "yes"
    assert await the_number(both) == after


async def test_an_answer_without_a_body_comes_again_too(both):
    await both.delete("/things/a", headers=keyed())
    after = await the_number(both)

    again = await both.delete("/things/a", headers=keyed())

    assert (again.status_code, again.content) == (204, b"")
    assert await the_number(both) == after


async def test_a_key_with_another_body_is_refused(both):
    await both.post("/things/a", json={"name": "x"}, headers=keyed())

    assert code(await both.post("/things/a", json={"name": "y"}, headers=keyed())) == (409, "key")


async def test_a_key_belongs_to_its_credential_method_path_and_query(both):
    await both.post("/things/a", json={"name": "x"}, headers=keyed())
    before = await the_number(both)

    await both.post("/things/b", json={"name": "x"}, headers=keyed())
    await both.post("/things/a?q=1", json={"name": "x"}, headers=keyed())
    await both.post("/things/a", json={"name": "x"}, headers=keyed(**{"x-who": "2"}))
    await both.delete("/things/a", headers=keyed())

    assert await the_number(both) == before + 4


async def test_a_key_holds_for_every_spelling_of_its_call(both):
    await both.post("/things/a", json={"name": "x"}, headers=keyed())
    before = await the_number(both)

    for spelling in ("/v9/things/a", "/things/a/", "/v9/things/%61"):
        await both.post(spelling, json={"name": "x"}, headers=keyed())

    assert await the_number(both) == before


async def test_a_refusal_is_not_kept(both):
    assert code(await both.post("/things/broken", json={"name": "x"}, headers=keyed())) == (400, "state")
    assert code(await both.post("/things/broken", json={"name": "y"}, headers=keyed())) == (400, "state")


async def test_a_key_is_forgotten_after_its_hours(both, house, clock):
    await both.post("/things/a", json={"name": "x"}, headers=keyed())
    before = await the_number(both)

    clock.pass_s(house.settings.idempotency_hours * 3600)
    await both.post("/things/a", json={"name": "x"}, headers=keyed())
    assert await the_number(both) == before
    clock.pass_s(1)
    await both.post("/things/a", json={"name": "y"}, headers=keyed())
    assert await the_number(both) == before + 1
    await both.post("/things/a", json={"name": "y"}, headers=keyed())
    assert await the_number(both) == before + 1


async def test_of_many_at_once_under_one_key_one_is_carried_out(both):
    before = await the_number(both)

    said = await asyncio.gather(
        *(both.post("/things/a", json={"name": "x"}, headers=keyed()) for _ in range(10))
    )

    assert {(response.status_code, response.content) for response in said} == {(201, said[0].content)}
    assert await the_number(both) == before + 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
async def test_a_key_that_none_can_be_is_refused(client, key):
    before = await the_number(client)

    response = await client.post(
        "/things/a", json={"name": "x"}, headers=[(b"idempotency-key", key.encode("latin-1"))]
    )

    assert code(response) == (400, "door")
    assert await the_number(client) == before


async def test_old_answers_are_purged_oldest_first(both, house, clock):
    for key in ("first", "second", "third"):
        await both.post("/things/a", json={"name": "x"}, headers=keyed(key))
        clock.pass_s(60)

    async def purge(rows):
        return await answered.purge(rows, clock.now - 150_000_000, 10), await answered.purge(
            rows, clock.now, 1
        )

    assert await house.database.write(purge) == (1, 1)
    before = await the_number(both)
    await both.post("/things/a", json={"name": "x"}, headers=keyed("third"))
    assert await the_number(both) == before
    await both.post("/things/a", json={"name": "x"}, headers=keyed("second"))
    assert await the_number(both) == before + 1
