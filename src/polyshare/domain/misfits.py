"""What a decoder complains of in a value that has not the declared shape: what, and where, in words that people send."""

import re
from dataclasses import dataclass

_AT = re.compile(r" - at `(?:key in )?\$(.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_MISSING = re.compile(r"missing required field `(.+)`$", re.DOTALL)
_KINDS = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_WORDS = {
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
    "datetime": "a time",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One complaint; `where` are the keys and indexes that lead to it, and of a `missing` field its name, too."""

    what: str
    where: tuple[str | int, ...]
    missing: bool = False


def misfit(complaint: str) -> Misfit:
    """The complaint that a message of msgspec's validation makes."""
    where: list[str | int] = []
    at = _AT.search(complaint)
    if at is not None:
        complaint = complaint[: at.start()]
        where.extend(name or int(index) for name, index in _STEP.findall(at[1].replace("[...]", "")))
    if missing := _MISSING.search(complaint):
        return Misfit(complaint, (*where, missing[1]), missing=True)
    return Misfit(in_words(complaint), tuple(where))


def in_words(complaint: str) -> str:
    """A complaint without the names that Python has for kinds of values."""
    return _KINDS.sub(_named, complaint)


def _named(kinds: re.Match[str]) -> str:
    """What may be left out may be null as well, which helps nobody who gave something else."""
    names = kinds[1].split(" | ")
    names = [name for name in names if name != "null"] or names
    return " or ".join(_WORDS.get(name, f"`{name}`") for name in names)
