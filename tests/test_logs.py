"""Log lines: what they hold, and what they never hold."""

import contextlib
import json
import logging

import pytest
import structlog

from polyshare import logs


@pytest.fixture
def lines(capsys):
    """A function that returns what has been logged, once logging is set up as the server does."""
    before = logging.root.handlers[:], logging.root.level
    logs.configure("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()


def test_a_line_has_time_level_event_and_the_request_it_belongs_to(lines):
    token = logs.request_id.set("a-request")
    structlog.get_logger().warning("something.happened", count=3)
    logs.request_id.reset(token)
    logging.getLogger("elsewhere").info("Something %s", "else")

    first, second = lines()

    assert first.pop("time").endswith("Z")
    assert first == {"level": "warning", "event": "something.happened", "request_id": "a-request", "count": 3}
    assert second.pop("time").endswith("Z")
    assert second == {"level": "info", "event": "Something else", "logger": "elsewhere"}


def test_less_than_the_level_is_not_written(lines):
    structlog.get_logger().debug("small talk")
    logging.getLogger("elsewhere").debug("small talk")

    assert lines() == []


def test_the_same_refusal_again_and_again_is_one_line_in_a_while_that_tells_how_many_it_stands_for(lines):
    now = [0.0]
    folding = logs.Folding(lambda: now[0])
    told = []
    for at, reason in ((0, "full"), (1, "full"), (2, "away"), (9.9, "full"), (10, "full"), (11, "full")):
        now[0] = at
        with contextlib.suppress(structlog.DropEvent):
            told.append((at, dict(folding(None, "warning", {"event": "request.refused", "reason": reason}))))

    assert told == [
        (0, {"event": "request.refused", "reason": "full"}),
        (2, {"event": "request.refused", "reason": "away"}),
        (10, {"event": "request.refused", "reason": "full", "folded": 2}),
    ]


def test_other_lines_are_not_folded(lines):
    for _ in range(2):
        structlog.get_logger().warning("refused", reason="full")
        structlog.get_logger().warning("said")
        structlog.get_logger().error("broke", reason="full")
        structlog.get_logger().warning("broke", reason="full", exc_info=ValueError("x"))

    assert [line["event"] for line in lines()] == [
        "refused",
        "said",
        "broke",
        "broke",
        "said",
        "broke",
        "broke",
    ]


def test_reasons_without_end_are_not_all_remembered():
    folding = logs.Folding(lambda: 0.0)
    for number in range(logs.MOST_FOLDED + 1):
        folding(None, "warning", {"event": "refused", "reason": str(number)})

    assert folding(None, "warning", {"event": "refused", "reason": "0"})
    with pytest.raises(structlog.DropEvent):
        folding(None, "warning", {"event": "refused", "reason": str(logs.MOST_FOLDED)})


def test_an_exception_stays_on_its_line(lines):
    structlog.get_logger().error("broke", exc_info=ValueError("two\nlines"))

    [line] = lines()
    assert line["level"] == "error"
    assert "ValueError: two\nlines" in line["exception"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer a-secret", "Authorization: Bearer …"),
        ("{'authorization': 'basic a-secret'}", "{'authorization': 'basic …'}"),
        ("X-Auth-Key: a-secret, next", "X-Auth-Key: …, next"),
        ("(b'x-auth-email', 'x-auth-key': 'a-secret')", "'x-auth-key': '…'"),
        ("postgresql://user:a-secret@host:5432/name", "postgresql://user:…@host:5432/name"),
        ("to postgresql://user:a/secret@host/name now", "to postgresql://user:…@host/name now"),
        ("postgresql://host/name?password=a-secret&user=me", "postgresql://host/name?password=…&user=…"),
        ("Listening at: http://127.0.0.1:8300", "http://127.0.0.1:8300"),
    ],
)
def test_credentials_in_a_message_are_blotted_out(lines, text, kept):
    logging.getLogger("elsewhere").warning(text)
    structlog.get_logger().warning("quoted", text=text)

    first, second = lines()
    assert "a-secret" not in str([first, second])
    assert kept in first["event"]
    assert kept in second["text"]


@pytest.mark.parametrize("name", ["authorization", "Token", "password", "secret", "headers"])
def test_fields_that_are_named_like_secrets_are_blotted_out(lines, name):
    structlog.get_logger().warning("quoted", **{name: "a-secret"})

    assert lines()[0][name] == "…"
