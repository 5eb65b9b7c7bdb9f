"""Which of two formats an answer gets: what the header Accept likes better, JSON in doubt."""

from functools import lru_cache

_JSON = {"application/json": 2, "application/*": 1, "*/*": 0}
_XML = {"application/xml": 2, "text/xml": 2, "application/*": 1, "text/*": 1, "*/*": 0}


@lru_cache(maxsize=1024)
def prefers_xml(accept: str | None) -> bool:
    """
    Whether the header *accept* likes XML better than JSON.

    A tie, wildcards alone, no header, or one that names neither mean JSON: nobody is ever told that nothing suits.
    """
    if not accept or len(accept) > 4096:
        return False
    ranges = [_parsed(part) for part in accept.lower().split(",")]
    return _quality(ranges, _XML) > _quality(ranges, _JSON)


def _quality(ranges: list[tuple[str, float]], ours: dict[str, int]) -> float:
    """The quality of a format: that of the closest range that takes it in; of several as close, the highest."""
    found = max(((ours[media], quality) for media, quality in ranges if media in ours), default=(0, 0.0))
    return found[1]


def _parsed(part: str) -> tuple[str, float]:
    media, *parameters = (word.strip() for word in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, _q(value.strip())
    return media, 1.0


def _q(text: str) -> float:
    """A quality; one that is none counts as if it were not there."""
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if 0 <= value <= 1 else 1.0
