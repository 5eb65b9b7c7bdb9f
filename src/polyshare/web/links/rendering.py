"""Link pages as HTML and as plain text, with the headers that keep them to themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from polyshare.dialects.base.answers import Answer
from polyshare.domain.nodes import without_turns

Headers = tuple[tuple[bytes, bytes], ...]

STATIC = Path(__file__).parents[1] / "static"
HTML, TEXT, CSS = b"text/html; charset=utf-8", b"text/plain; charset=utf-8", b"text/css; charset=utf-8"

# Everything comes from this very server, nothing runs, and nobody else may frame the page or learn its address.
POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; object-src 'self'; frame-src 'self';"
    b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DISCREET: Headers = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow, noarchive"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"accept, cookie, authorization"),
)
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def page(template: str, status: int = 200, headers: Headers = (), **values: Any) -> Answer:
    """A page for people."""
    body = _templates().get_template(template).render(**values).encode()
    return Answer(status, body, ((b"content-security-policy", POLICY), *DISCREET, *headers), HTML)


def plain(status: int, lines: Sequence[str], headers: Headers = ()) -> Answer:
    """The same for programs: lines of text."""
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    return Answer(status, body, (*DISCREET, *headers), TEXT)


def moved(address: str, headers: Headers = ()) -> Answer:
    """Go on to another address with GET."""
    return Answer(303, b"", ((b"location", address.encode()), *DISCREET, *headers), TEXT)


def style() -> Answer:
    """The style sheet of link pages."""
    kept = ((b"cache-control", b"public, max-age=3600"), (b"x-content-type-options", b"nosniff"))
    return Answer(200, _style(), kept, CSS)


@cache
def _style() -> bytes:
    return (STATIC / "links.css").read_bytes()


def size_text(size: int) -> str:
    """A number of bytes for people: `512 bytes`, `4.2 MB`."""
    if size == 1:
        return "1 byte"
    number, unit = float(size), 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{size} bytes" if unit == 0 else f"{number:.{0 if number >= 100 else 1}f} {_UNITS[unit]}"


def moment(at: int) -> datetime:
    """Microseconds as a moment."""
    return datetime.fromtimestamp(at // 1_000_000, UTC)


def day_text(at: int) -> str:
    """A moment as people write it: `1 January 2026`."""
    when = moment(at)
    return f"{when.day} {when:%B %Y}"


def time_text(at: int) -> str:
    """A moment with its time: `1 January 2026, 12:00 UTC`."""
    return f"{day_text(at)}, {moment(at):%H:%M} UTC"


def iso_text(at: int) -> str:
    """A moment for programs: `2026-01-01T12:00:00Z`."""
    return f"{moment(at):%Y-%m-%dT%H:%M:%SZ}"


def shown(name: str) -> str:
    """A name as it is written: letters that turn the order of others around, to make `exe.jpg` of something else, are seen."""
    return without_turns(name, "\N{REPLACEMENT CHARACTER}")


def count_text(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("polyshare.web", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every page looks for changes of all its files
    )
    environment.filters.update(size=size_text, day=day_text, time=time_text, iso=iso_text, shown=shown)
    environment.globals.update(count=count_text)
    return environment
