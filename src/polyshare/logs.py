"""Log lines: one JSON object each on standard error, with time, level, event and request id, and never a secret."""

import logging
import logging.config
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from polyshare.settings import without_passwords

# Set for each request by app.py; a context variable, so that whatever logs on the way need not carry it.
request_id: ContextVar[str | None] = ContextVar("polyshare_request_id", default=None)

FOLD_S = 10.0
MOST_FOLDED = 100
"""Kinds of lines that are folded at a time."""

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_SECRET_KEYS = frozenset(
    {
        "authorization",
        "x-auth-key",
        "x-auth-email",
        "cookie",
        "set-cookie",
        "token",
        "key",
        "secret",
        "password",
        "headers",
    }
)
# Credentials that a library's own message might quote: bearer and basic headers; URLs are looked after by the settings.
_CREDENTIALS = re.compile(
    r"(?i)(\b(?:bearer|basic)\s+|x-auth-(?:key|email)['\"]?\s*[:=,]\s*b?['\"]?)(?!x-auth-)[^\s'\",]+"
)
_encode = msgspec.json.Encoder(enc_hook=str).encode

Line = MutableMapping[str, Any]


def configure(level: str = "info") -> None:
    """
    Route our own log and the standard library's to standard error as JSON lines.

    Args:
        level: "debug", "info", "warning" or "error"; less than that is not written.
    """
    structlog.configure(
        processors=[Folding(), _stamp, structlog.processors.format_exc_info, _redact, _render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: Lines(),
        cache_logger_on_first_use=False,
    )
    logging.config.dictConfig(standard(level))


def standard(level: str) -> dict[str, Any]:
    """What the servers are given, so that their lines look like ours: a configuration for `logging.config`."""
    quiet = {"level": "WARNING", "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "polyshare.logs.JsonLines"}},
        "handlers": {"json": {"()": "polyshare.logs.StandardError", "formatter": "json"}},
        "root": {"level": level.upper(), "handlers": ["json"]},
        "loggers": {
            "_granian": {"level": level.upper(), "handlers": [], "propagate": True},
            "uvicorn": {"level": level.upper(), "handlers": [], "propagate": True},
            "uvicorn.error": {"level": level.upper(), "handlers": [], "propagate": True},
            # Their access logs write whole query strings; ours is in app.py.
            "uvicorn.access": quiet,
            "granian.access": quiet,
            "httpx": quiet,
            "httpcore": quiet,
            "asyncio": quiet,
            # What a form lacks is told to who sent it; in the log everybody could write lines.
            "python_multipart": {"level": "ERROR", "handlers": [], "propagate": True},
        },
    }


class Folding:
    """
    Lets a warning with the same event and reason through once in `FOLD_S`; the next one after that tells how many it stands for.

    When a disk is full or a database away, every request is refused for the same reason: a line for each would bury all
    others, and fill what is left of the disk.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def __call__(self, _logger: object, level: str, line: Line) -> Line:
        """A line as it goes on; raises DropEvent for one that is folded."""
        if level != "warning" or "reason" not in line or line.get("exc_info"):
            return line
        kind, now = (str(line["event"]), str(line["reason"])), self._clock()
        at, folded = self._told.pop(kind, (now - FOLD_S, 0))
        if now - at < FOLD_S:
            self._told[kind] = at, folded + 1
            raise structlog.DropEvent
        while len(self._told) >= MOST_FOLDED:
            del self._told[next(iter(self._told))]
        self._told[kind] = now, 0
        if folded:
            line["folded"] = folded
        return line


class Lines:
    """Writes each line whole, so that lines of several threads and processes do not mix."""

    def msg(self, line: str) -> None:
        """Write one line to what is standard error now."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


class StandardError(logging.Handler):
    """Hands the standard library's records to the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        Lines().msg(self.format(record))


class JsonLines(logging.Formatter):
    """Formats a standard library record as a line like ours."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object."""
        line: Line = {"event": record.getMessage(), "logger": record.name.lstrip("_")}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _render(None, "", _redact(None, "", _stamp(None, record.levelname.lower(), line)))


def without_secrets(text: str) -> str:
    """*text* with everything blotted out that looks like a credential."""
    return without_passwords(_CREDENTIALS.sub(r"\1…", text))


def _stamp(_logger: object, level: str, line: Line) -> Line:
    stamped: Line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": "error" if level == "exception" else level,
        "event": line.pop("event", ""),
    }
    if (current := request_id.get()) is not None:
        stamped["request_id"] = current
    stamped.update(line)
    return stamped


def _redact(_logger: object, _level: str, line: Line) -> Line:
    for name, value in line.items():
        if name.lower() in _SECRET_KEYS:
            line[name] = "…"
        elif isinstance(value, str):
            line[name] = without_secrets(value)
    return line


def _render(_logger: object, _level: str, line: Line) -> str:
    return _encode(line).decode()
