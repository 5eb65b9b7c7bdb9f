"""Bodies of two parts, in whatever pieces they arrive and however sloppily they are written."""

import base64
import json
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyshare.dialects.base.calls import Call
from polyshare.dialects.base.refusals import BadBody, ClientGone, TooLarge
from polyshare.dialects.base.related import related
from polyshare.engine.work import House
from polyshare.settings import Settings

B = "foo_bar"
HOUSE = House(None, None, None, Settings(), None)  # type: ignore[arg-type] # a call asks for its settings alone
MOST = 10_000_000
ABOUT = b'{"name": "a.txt", "parentID": "root"}'


def a_call(pieces, media=f"multipart/related; boundary={B}", *, gone=False):
    """A call whose body arrives in these pieces."""
    arriving = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    arriving.append({"type": "http.disconnect"} if gone else {"type": "http.request", "body": b""})
    messages = iter(arriving)

    async def receive():
        return next(messages)

    headers = [(b"content-type", media.encode())] if media else []
    return Call({"query_string": b"", "headers": headers}, HOUSE, receive)


async def read(*pieces, about_limit=1000, limit=MOST, **how):
    """The first part, and type and bytes of the second one, if it is there."""
    found = await related(a_call(pieces, **how), about_limit, limit)
    if found.content is None:
        return found.about, None, None
    return found.about, found.content.mime, b"".join([chunk async for chunk in found.content.chunks()])


def cut(body, sizes):
    """A body in pieces of these sizes, over and over."""
    pieces, at, turn = [], 0, 0
    while at < len(body):
        size = sizes[turn % len(sizes)]
        pieces.append(body[at : at + size])
        at, turn = at + size, turn + 1
    return pieces


def a_body(content, end=b"\r\n", *, before=b"", headers=True, after=b"\r\n", boundary=B):
    mark = f"--{boundary}".encode()
    heads = (b"Content-Type: application/json", b"Content-Type: image/png") if headers else (b"", b"")
    heads = [head + end + end if head else end for head in heads]
    return b"".join(
        [before, mark, end, heads[0], ABOUT, end, mark, end, heads[1], content, end, mark, b"--", after]
    )


async def test_what_a_standard_client_sends_is_read():
    assert await read(a_body(b"hello\r\n")) == (ABOUT, "image/png", b"hello\r\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", [b"", b"\n", b"\r\n", b"\r\n\r\n"])
@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("after", [b"", b"\n", b"\r\n", b"\r\nsome words\r\n", b"  "])
async def test_line_ends_blank_lines_and_headers_are_as_they_come(end, before, headers, after):
    body = a_body(b"\x89PNG\r\n\x1a\n", end, before=before, headers=headers, after=after)

    about, mime, content = await read(body)

    assert (about, mime, content) == (ABOUT, "image/png" if headers else "", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_parts_without_headers_and_without_the_blank_line_are_taken_as_they_stand(end):
    body = end.join([f"--{B}", '{"name": "x"}', f"--{B}", "Note: no header", "", "text", f"--{B}--"])

    about, mime, content = await read(body.encode())

    assert json.loads(about) == {"name": "x"}
    assert (mime, content) == ("", end.join(["Note: no header", "", "text"]).encode())


@pytest.mark.parametrize(
    "body",
    [
        f"--{B}\r\n\r\n{{}}\r\n--{B}--\r\n",
        f"--{B}\r\n\r\n{{}}\r\n--{B}--",
        f"--{B}\n\n{{}}\n--{B}\n",
        f"--{B}\n{{}}\n--{B}",
        f"\n--{B}\nContent-Type: application/json\n\n{{}}\n--{B}--\n",
    ],
)
async def test_the_second_part_may_be_missing(body):
    assert await read(body.encode()) == (b"{}", None, None)


@pytest.mark.parametrize(
    "part",
    ["\r\n\r\n", "\r\n", "Content-Type: Text/Plain; charset=x\r\n\r\n\r\n", "Content-Type: text/plain\r\n"],
)
async def test_a_second_part_may_be_empty(part):
    _, _, content = await read(f"--{B}\r\n\r\n{{}}\r\n--{B}\r\n{part}--{B}--".encode())

    assert content == b""


async def test_what_only_begins_like_the_boundary_is_content():
    content = f"\n--{B}x\n--{B} y\r\n--{B}-\n--{B}--z\n--fo\n--{B}{' ' * 100}\n".encode()

    assert await read(a_body(content)) == (ABOUT, "image/png", content)


async def test_where_lines_end_in_lf_a_cr_before_the_boundary_is_content():
    assert (await read(a_body(b"x\r", b"\n")))[2] == b"x\r"


async def test_where_lines_end_in_crlf_one_that_ends_in_lf_is_understood_too():
    body = a_body(b"x").replace(b"x\r\n--", b"x\n--")

    assert (await read(body))[2] == b"x"


async def test_base64_is_decoded():
    content = bytes(range(256)) * 3
    body = a_body(base64.encodebytes(content), headers=False).replace(
        f"{B}\r\n\r\n".encode(), f"{B}\r\nContent-Transfer-Encoding: BASE64\r\n\r\n".encode()
    )

    found = await related(a_call(cut(body, [7])), 1000, MOST)

    assert b"".join([chunk async for chunk in found.content.chunks()]) == content


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (a_body(b"x"), ""),
        (a_body(b"x"), "application/json"),
        (a_body(b"x"), "multipart/related"),
        (a_body(b"x"), f"multipart/related; boundary={'x' * 201}"),
        (a_body(b"x", boundary="other"), f"multipart/related; boundary={B}"),
        (b"", f"multipart/related; boundary={B}"),
        (b"x" * 10_000 + a_body(b"x"), f"multipart/related; boundary={B}"),
        (a_body(b"x")[:-12], f"multipart/related; boundary={B}"),
        (f"--{B}\r\n\r\n{{}}".encode(), f"multipart/related; boundary={B}"),
        (
            a_body(b"x").replace(b"Content-Type: image", b"X-A: y\r\n" * 20 + b"X: "),
            f"multipart/related; boundary={B}",
        ),
        (
            a_body(b"x").replace(b"Content-Type: image", b"Content-Transfer-Encoding: uu\r\nX:"),
            f"multipart/related; boundary={B}",
        ),
    ],
)
async def test_what_is_no_such_body_is_refused(body, media):
    with pytest.raises(BadBody):
        await read(body, media=media)


async def test_limits_hold():
    with pytest.raises(TooLarge):
        await read(a_body(b"x"), about_limit=len(ABOUT) - 1)
    with pytest.raises(TooLarge):
        await read(a_body(b"x" * 1000), limit=1000)


async def test_a_client_that_hangs_up_is_noticed():
    with pytest.raises(ClientGone):
        await read(a_body(b"x" * 1000)[:500], gone=True)


async def test_memory_stays_flat_however_long_the_content_is():
    body = a_body(b"-" * 30_000_000)
    found = await related(a_call(cut(body, [65_536])), 1000, 40_000_000)

    tracemalloc.start()
    size = sum([len(chunk) async for chunk in found.content.chunks()])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == 30_000_000
    assert most < 1_000_000


contents = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r", b"\n", b"--", B.encode(), b"-", b"x", b" ", f"\n--{B}".encode()])).map(
        b"".join
    ),
)


def _is_delimited(content, end):
    """Whether a content holds a whole line that is the boundary's, at its beginning too."""
    lines = (b"\n" + content + end).replace(b"\r\n", b"\n").split(b"\n")
    marks = (f"--{B}".encode(), f"--{B}--".encode())
    return any(line.rstrip(b" \t\r") in marks for line in lines[1:])


@given(
    contents,
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"", b"\n", b"\r\n"]),
    st.booleans(),
    st.sampled_from([b"", b"\n", b"\r\n"]),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
@example(b"\r", b"\n", b"", True, b"", [1])
@example(b"\r\n", b"\r\n", b"", False, b"", [1])
@example(f"\n--{B}x".encode(), b"\n", b"", True, b"", [1])
async def test_whatever_the_content_it_arrives_as_it_was_sent(content, end, before, headers, after, sizes):
    if _is_delimited(content, end):
        content = content.replace(b"foo", b"bar")
    body = a_body(content, end, before=before, headers=headers, after=after)

    found = await read(*cut(body, sizes))

    assert found == (ABOUT, "image/png" if headers else "", content)


@given(
    st.lists(
        st.sampled_from(
            [f"--{B}", f"--{B}--", "\r\n", "\n", "Content-Type: x/y", "{}", ": ", "\r", " ", "--", "x" * 50]
        ),
        max_size=30,
    ),
    st.lists(st.integers(1, 20), min_size=1, max_size=4),
)
async def test_any_body_at_all_is_read_or_refused(words, sizes):
    body = "".join(words).encode()

    try:
        about, _, content = await read(*cut(body, sizes))
    except BadBody:
        return

    assert len(about) + len(content or b"") <= len(body)


@given(st.binary(max_size=400))
async def test_how_a_body_is_cut_makes_no_difference(noise):
    body = a_body(noise)[:-2] + noise
    outcomes = []
    for sizes in ([1], [len(body)], [3, 50]):
        try:
            outcomes.append(await read(*cut(body, sizes)))
        except BadBody:
            outcomes.append(None)

    assert outcomes[0] == outcomes[1] == outcomes[2]
