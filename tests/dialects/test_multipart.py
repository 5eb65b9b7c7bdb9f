"""Forms with files, read part by part while they arrive, in whatever pieces that happens."""

import base64
import contextlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyshare.dialects.base import multipart
from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody, ClientGone, TooLarge
from polyshare.engine.work import House
from polyshare.settings import Settings

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
NOTHING = object()
MOST = 1_000_000


def a_house() -> House:
    """What a call asks of its house: the settings alone."""
    return House(None, None, None, Settings(), None)  # type: ignore[arg-type]


HOUSE = a_house()


def a_part(content, name="primaryFile", *headers, file_name=NOTHING, disposition=None):
    named = "" if file_name is NOTHING else f'; filename="{file_name}"'
    lines = [disposition or f'Content-Disposition: form-data; name="{name}"{named}', *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def a_body(*parts, boundary=BOUNDARY):
    start = f"--{boundary}\r\n".encode()
    return b"".join(start + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def a_call(pieces, media=f"multipart/form-data; boundary={BOUNDARY}", *, gone=False):
    """A call whose body arrives in these pieces."""
    arriving = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    arriving.append({"type": "http.disconnect"} if gone else {"type": "http.request", "body": b""})
    messages = iter(arriving)

    async def receive():
        return next(messages)

    headers = [(b"content-type", media.encode())] if media else []
    return Call({"query_string": b"", "headers": headers}, HOUSE, receive)


async def read(call, limit=MOST):
    return [
        (part.name, part.file_name, part.mime, await part.whole(limit))
        async for part in multipart.parts(call, limit)
    ]


async def refused(body, error=BadBody, **how):
    with pytest.raises(error) as caught:
        await read(a_call([body], **how))
    return caught.value


JSON = a_part(b'{"parentID": "self"}', "jsonInputParameters")
FILE = a_part(b"hello\r\n--there", "primaryFile", "Content-Type: Text/Plain; charset=x", file_name="a.txt")
FIELDS = [
    ("jsonInputParameters", None, "", b'{"parentID": "self"}'),
    ("primaryFile", "a.txt", "text/plain", b"hello\r\n--there"),
]


async def test_parts_come_in_the_order_sent_with_what_they_say_of_themselves():
    assert await read(a_call([a_body(JSON, FILE)])) == FIELDS
    assert await read(a_call([a_body(FILE, JSON)])) == FIELDS[::-1]


@given(st.integers(1, 40), st.binary(max_size=200))
async def test_it_does_not_matter_in_which_pieces_a_form_arrives(size, content):
    body = a_body(JSON, a_part(content, file_name="x"))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert await read(a_call(pieces)) == [FIELDS[0], ("primaryFile", "x", "", content)]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("filename*=UTF-8''%e2%82%ac%20a.txt", "\u20ac a.txt"),
        ("filename*=utf-8'en'a%3Bb", "a;b"),
        ("filename=plain.txt; filename*=UTF-8''other.txt", "plain.txt"),
        ("filename*=UTF-8''other.txt; filename=plain.txt", "plain.txt"),
        ("filename*=latin-1''%fc", None),
        ("filename*0=a; filename*1=b", None),
    ],
)
async def test_a_name_that_an_older_client_escapes_counts_where_there_is_no_plain_one(options, name):
    part = a_part(b"x", disposition=f'Content-Disposition: form-data; name="primaryFile"; {options}')

    assert await read(a_call([a_body(part)])) == [("primaryFile", name, "", b"x")]


@pytest.mark.parametrize("escaped", ["%ff", "a%00b"])
async def test_an_escaped_name_that_is_no_text_is_refused(escaped):
    part = a_part(b"x", disposition=f"Content-Disposition: form-data; name=a; filename*=UTF-8''{escaped}")

    assert (await refused(a_body(part))).message


async def test_content_may_look_like_a_boundary():
    content = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n-\r\r\n".encode() * 3

    for size in (1, 7, 10_000):
        body = a_body(a_part(content))
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        assert (await read(a_call(pieces)))[0][3] == content


async def test_a_part_that_is_not_read_is_passed_over():
    call = a_call([a_body(FILE, JSON)])

    names = [part.name async for part in multipart.parts(call, MOST)]

    assert names == ["primaryFile", "jsonInputParameters"]


async def test_a_file_is_not_kept_in_memory():
    content, count = b"x" * 65_536, 400
    head, tail = a_body(a_part(b"@", file_name="big")).split(b"@")

    def pieces():
        yield head
        for _ in range(count):
            yield content
        yield tail

    async def messages():
        for piece in pieces():
            yield {"type": "http.request", "body": piece, "more_body": True}
        yield {"type": "http.request"}

    call = a_call([])
    arriving = messages()
    call._receive = arriving.__anext__
    size = 0
    tracemalloc.start()
    async for part in multipart.parts(call, 100_000_000):
        async for chunk in part.chunks():
            size += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == len(content) * count
    assert peak < 2_000_000


@given(st.binary(max_size=300), st.integers(1, 50), st.sampled_from(["", "\r\n", "\n", " "]), st.booleans())
async def test_base64_is_decoded_wherever_its_lines_and_pieces_break(content, size, breaks, padded):
    text = base64.b64encode(content).decode()
    text = text if padded else text.rstrip("=")
    lines = breaks.join(text[at : at + 5] for at in range(0, len(text), 5)).encode()
    body = a_body(a_part(lines, "primaryFile", "Content-Transfer-Encoding: BASE64"), JSON)
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert [part[3] for part in await read(a_call(pieces))] == [content, FIELDS[0][3]]


@pytest.mark.parametrize("text", [b"a", b"!!!!", b"aGk=aGk=", b"aGk=\r\naGk=", b"aG=k", b"=", b"aGk=a"])
async def test_base64_that_is_none_is_refused(text):
    await refused(a_body(a_part(text, "primaryFile", "Content-Transfer-Encoding: base64")))


@pytest.mark.parametrize("encoding", ["binary", "8BIT", "7bit", " "])
async def test_an_encoding_that_changes_nothing_is_taken(encoding):
    part = a_part(b"aGk=", "primaryFile", f"Content-Transfer-Encoding: {encoding}")

    assert (await read(a_call([a_body(part)])))[0][3] == b"aGk="


@pytest.mark.parametrize(
    ("sent", "name"),
    [("grüße.txt", "grüße.txt"), (r"a\"b.txt", 'a"b.txt'), ("", ""), ("a/../b;c=d.txt", "a/../b;c=d.txt")],
)
async def test_a_file_name_comes_as_it_was_meant(sent, name):
    assert (await read(a_call([a_body(a_part(b"", file_name=sent))])))[0][1] == name


@pytest.mark.parametrize(
    "media",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/mixed; boundary={BOUNDARY}",
        f"multipart/form-data; boundary={'x' * 2000}",
    ],
)
async def test_a_body_that_does_not_say_it_is_a_form_is_refused(media):
    await refused(a_body(JSON), media=media)


@pytest.mark.parametrize(
    "media",
    [f'multipart/form-data; boundary="{BOUNDARY}"', f"Multipart/Form-Data;charset=x;BOUNDARY={BOUNDARY}"],
)
async def test_a_form_may_say_so_in_other_spellings(media):
    assert await read(a_call([a_body(JSON)], media)) == FIELDS[:1]


WHOLE = a_body(JSON, FILE)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="half"),
        pytest.param(WHOLE[:-6], id="without its end"),
        pytest.param(b"before" + WHOLE, id="something before it"),
        pytest.param(a_body(JSON, boundary="another"), id="another boundary"),
        pytest.param(WHOLE.replace(b"\r\n", b"\n"), id="other line breaks"),
        pytest.param(a_body(b"no header at all"), id="no headers"),
        pytest.param(a_body(b"\r\ncontent"), id="empty headers"),
        pytest.param(a_body(a_part(b"", disposition="Content-Type: text/plain")), id="no disposition"),
        pytest.param(a_body(a_part(b"", disposition="Content-Disposition: form-data")), id="no name"),
        pytest.param(
            a_body(a_part(b"", disposition='Content-Disposition: file; name="a"')), id="no form-data"
        ),
        pytest.param(a_body(a_part(b"", "a", "Content-Transfer-Encoding: gzip")), id="another encoding"),
        pytest.param(a_body(a_part(b"", "a", "Bad Header: x")), id="a bad header"),
        pytest.param(a_body(a_part(b"", "a", "X: " + "x" * 9000)), id="a long header"),
        pytest.param(a_body(a_part(b"", "x" * 9000)), id="a long name"),
        pytest.param(a_body(a_part(b"", "a", *(f"X-{at}: x" for at in range(20)))), id="many headers"),
        pytest.param(a_body(*[JSON] * 101), id="many parts"),
        pytest.param(a_body(a_part(b"", "a\0b")), id="U+0000 in a name"),
        pytest.param(a_body(a_part(b"", "@").replace(b"@", b"\xff")), id="a name that is no UTF-8"),
    ],
)
async def test_a_broken_form_is_refused(body):
    assert (await refused(body)).message


async def test_a_form_over_the_limit_is_refused_while_it_arrives():
    call = a_call([a_body(a_part(b"x" * 1000)), b"never read"])

    with pytest.raises(TooLarge):
        await read(call, 999)


async def test_a_part_over_its_own_limit_is_refused():
    async for part in multipart.parts(a_call([a_body(a_part(b"x" * 1000))]), MOST):
        with pytest.raises(TooLarge):
            await part.whole(999)
        break


async def test_a_client_that_vanishes_in_a_file_is_told_from_an_end():
    body = a_body(JSON, FILE)

    with pytest.raises(ClientGone):
        await read(a_call([body[:-20]], gone=True))


async def test_a_body_is_read_to_its_end_and_what_follows_a_form_is_passed_over():
    body = a_body(JSON, FILE)

    assert await read(a_call([body, b"more", b"and more"])) == FIELDS
    with pytest.raises(ClientGone):
        await read(a_call([body, b"more"], gone=True))


@given(st.binary(max_size=120))
async def test_no_bytes_break_the_reader_of_forms(tail):
    body = f"--{BOUNDARY}\r\n".encode() + tail

    with contextlib.suppress(BadBody):
        await read(a_call([body]))
