"""Answers for a file's bytes: parts, conditions, and headers that no name gets out of."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyshare.dialects.base.downloads import (
    UNSATISFIABLE,
    File,
    byte_range,
    disposition,
    download_headers,
    media_type,
    portion,
)
from polyshare.domain.media import guessed
from polyshare.domain.nodes import without_turns

MODIFIED = 1_767_268_800_250_000  # 2026-01-01T12:00:00.25Z
DATE = "Thu, 01 Jan 2026 12:00:00 GMT"
EARLIER = "Thu, 01 Jan 2026 11:59:59 GMT"
ETAG = '"abc"'
FILE = File(1000, ETAG, MODIFIED, "report.pdf", "application/pdf")


def answered(method="GET", file=FILE, **headers):
    """The portion for these headers, with its own headers as a dict of text."""
    sent = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    found = portion(file, method, sent.get)
    return found, {name.decode(): value.decode() for name, value in found.headers}


def test_a_plain_get_is_the_whole_file_with_its_tag_and_date():
    found, headers = answered()

    assert (found.status, found.start, found.end) == (200, 0, 1000)
    assert headers["etag"] == ETAG
    assert headers["last-modified"] == DATE
    assert headers["content-length"] == "1000"
    assert headers["accept-ranges"] == "bytes"
    assert "content-range" not in headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=990-", 990, 1000),
        ("bytes=990-5000", 990, 1000),
        ("bytes=-10", 990, 1000),
        ("bytes=-5000", 0, 1000),
        ("Bytes= 1-2", 1, 3),
    ],
)
def test_a_range_is_the_bytes_it_names(asked, start, end):
    found, headers = answered(range=asked)

    assert (found.status, found.start, found.end) == (206, start, end)
    assert headers["content-range"] == f"bytes {start}-{end - 1}/1000"
    assert headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_without_a_byte_of_the_file_is_416(asked):
    found, headers = answered(range=asked)

    assert (found.status, found.start, found.end) == (416, 0, 0)
    assert headers["content-range"] == "bytes */1000"


SENSELESS = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-4",
    "items=0-1",
    "bytes=0-1,5-6",
    "bytes=0-1x",
]


@pytest.mark.parametrize("asked", [*SENSELESS, "0-1", f"bytes={'9' * 40}-"])
def test_a_range_that_is_none_or_several_gets_the_whole_file(asked):
    found, _ = answered(range=asked)

    assert (found.status, found.start, found.end) == (200, 0, 1000)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_ranges_agree_with_slices(size, first, last):
    expected = UNSATISFIABLE if first >= size else (first, min(last + 1, size))

    assert byte_range(f"bytes={first}-{last}", size) == (expected if first <= last else None)


@given(st.integers(0, 30), st.integers(0, 40))
def test_the_last_bytes_agree_with_slices(size, last):
    content = bytes(range(size))
    found = byte_range(f"bytes=-{last}", size)

    assert found is not None
    assert content[slice(*found)] == (content[-last:] if last and size else b"")
    assert (found == UNSATISFIABLE) == (not last or not size)


def test_an_empty_file_is_answered_whole_and_has_no_range():
    empty = File(0, ETAG, MODIFIED, "a", "text/plain")

    assert answered(file=empty)[1]["content-length"] == "0"
    assert answered(file=empty, range="bytes=0-")[0].status == 416


def test_a_head_has_the_headers_of_the_whole_file_and_no_body():
    found, headers = answered("HEAD", range="bytes=0-9")

    assert (found.status, found.start == found.end, headers["content-length"]) == (200, True, "1000")


@pytest.mark.parametrize(
    ("tag", "status"),
    [(ETAG, 304), (f"W/{ETAG}", 304), (f'"x", {ETAG}', 304), ("*", 304), ('"x"', 200), ("abc", 200)],
)
def test_if_none_match_spares_what_the_client_has(tag, status):
    found, headers = answered(if_none_match=tag)

    assert found.status == status
    assert headers["etag"] == ETAG
    assert ("content-disposition" in headers) == (status == 200)
    assert (found.start < found.end) == (status == 200)


@pytest.mark.parametrize(("since", "status"), [(DATE, 304), (EARLIER, 200), ("yesterday", 200), ("", 200)])
def test_if_modified_since_goes_by_the_second(since, status):
    assert answered(if_modified_since=since)[0].status == status


def test_a_tag_that_differs_outweighs_a_date():
    assert answered(if_none_match='"x"', if_modified_since=DATE)[0].status == 200


@pytest.mark.parametrize(("tag", "status"), [(ETAG, 200), ("*", 200), ('"x"', 412), (f"W/{ETAG}", 412)])
def test_if_match_demands_this_very_content(tag, status):
    assert answered(if_match=tag)[0].status == status


@pytest.mark.parametrize(("since", "status"), [(DATE, 200), (EARLIER, 412)])
def test_if_unmodified_since_demands_that_nothing_changed(since, status):
    assert answered(if_unmodified_since=since)[0].status == status


@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 206), ('"x"', 200), (f"W/{ETAG}", 200), (DATE, 206), (EARLIER, 200), ("nonsense", 200)],
)
def test_a_range_counts_only_for_the_content_that_it_was_meant_for(condition, status):
    assert answered(range="bytes=0-9", if_range=condition)[0].status == status


def test_a_range_beyond_other_content_is_not_refused():
    assert answered(range="bytes=5000-", if_range='"x"')[0].status == 200


NAMES = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60)


@given(NAMES)
def test_no_name_gets_out_of_its_header(name):
    value = disposition(name)

    assert re.fullmatch(
        rb"""attachment; filename="[^"\\\x00-\x1f\x7f-\xff%]*"(; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]*)?""",
        value,
    )


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_every_name_comes_back_from_its_header(name):
    value = disposition(name).decode()

    _, extended, spelled = value.partition("filename*=UTF-8''")
    assert (unquote(spelled) if extended else value[len('attachment; filename="') : -1]) == without_turns(
        name
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("Übung.txt", "attachment; filename=\"_bung.txt\"; filename*=UTF-8''%C3%9Cbung.txt"),
        ("l\u202egpj.exe", 'attachment; filename="l_gpj.exe"'),
        ('a"\r\nX: y', "attachment; filename=\"a___X: y\"; filename*=UTF-8''a%22%0D%0AX%3A%20y"),
    ],
)
def test_names_are_spelled_for_old_and_new_clients(name, value):
    assert disposition(name).decode() == value


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml"])
def test_what_a_browser_could_run_is_saved_and_never_run(mime):
    headers = dict(download_headers("page", mime))

    assert headers[b"content-type"] == mime.encode()
    assert headers[b"content-disposition"].startswith(b"attachment")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"sandbox" in headers[b"content-security-policy"]


@pytest.mark.parametrize("mime", ["", "text", "text/html\r\nX: y", "text/ü", "a/b; x=y", "text/plain\n"])
def test_what_is_no_media_type_is_sent_as_binary(mime):
    assert media_type(mime) == b"application/octet-stream"


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.TXT", "text/plain"),
        ("a.tar.gz", "application/gzip"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a", "application/octet-stream"),
        (".txt", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_a_media_type_goes_by_the_ending(name, mime):
    assert guessed(name) == mime
