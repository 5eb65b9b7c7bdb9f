"""Reading a world file, with errors that lead to the line to mend."""

import contextlib
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from polyshare.domain.errors import PolyshareError, Taken, Unavailable
from polyshare.domain.misfits import in_words
from polyshare.engine.directory.directing import explained
from polyshare.engine.worlds.shapes import ONE_OF, SECTIONS
from polyshare.engine.worlds.shapes.base import Shape


class WrongWorld(PolyshareError):
    """A world file that can't be loaded; the message is one line: the file, the place in it, and what would be right."""

    slug = "wrong-world"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a world file something stands."""

    file: str
    section: str
    number: int

    def wrong(self, message: str, *where: str | int) -> WrongWorld:
        """The error that leads here; `where` are the keys below the entry."""
        key = f", key {'.'.join(map(str, where))}" if where else ""
        return WrongWorld(f"{self.file}: [[{self.section}]] number {self.number}{key}: {message}")

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Have errors lead here."""
        try:
            yield
        except (WrongWorld, Unavailable):
            raise
        except PolyshareError as error:
            message = explained(error) if isinstance(error, Taken) else error.message
            raise self.wrong(message, *getattr(error, "where", ())) from error


@dataclass(frozen=True, slots=True)
class World:
    """A world file that was read: the entries of each section, in order."""

    file: str
    folder: Path
    sections: Mapping[str, Sequence[Any]]

    def entries(self, section: str) -> Iterator[tuple[Place, Any]]:
        """Each entry of a section with its place, counted from 1."""
        for number, entry in enumerate(self.sections.get(section, ()), 1):
            yield Place(self.file, section, number), entry


def read_world(path: Path) -> World:
    """
    Read a world file.

    Raises:
        WrongWorld: It can't be read, or says something that no world file says.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WrongWorld(f"{path}: {error.strerror}; name a world file that can be read") from error
    except ValueError as error:
        raise WrongWorld(f"{path}: not TOML: {error}") from error
    return world_of(found, path)


def world_of(found: Mapping[str, Any], path: Path) -> World:
    """
    The world that a file's content describes; *path* is what errors name and where other files are looked for.

    Raises:
        WrongWorld: It says something that no world file says.
    """
    sections: dict[str, Sequence[Any]] = {}
    for name, entries in found.items():
        if name not in SECTIONS:
            raise WrongWorld(f"{path}: [[{name}]]: there is no such section; {_nearest(name, SECTIONS)}")
        if not isinstance(entries, list):
            raise WrongWorld(f"{path}: [{name}]: write it with double brackets: [[{name}]]")
        sections[name] = [
            _entry(Place(str(path), name, number), entry, SECTIONS[name])
            for number, entry in enumerate(entries, 1)
        ]
    return World(str(path), path.parent, sections)


def _entry(place: Place, entry: Any, shape: type[Shape]) -> Shape:
    """One entry in its shape."""
    try:
        made = msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        raise _explained(place, str(error), shape) from error
    choices = ONE_OF.get(place.section)
    if choices and sum(key in entry for key in choices) != 1:
        raise place.wrong(f"give exactly one of these keys: {', '.join(choices)}")
    return made


_AT = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<path>[^`]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`", re.DOTALL)


def _explained(place: Place, message: str, shape: type[Shape]) -> WrongWorld:
    """What the decoder complains about, with what would be right."""
    match = _AT.fullmatch(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    where = (path,) if path else ()
    if unknown := _UNKNOWN.fullmatch(what):
        known = () if path else shape.__struct_fields__
        return place.wrong(f"there is no such key; {_nearest(unknown['key'], known)}", *where, unknown["key"])
    if missing := _MISSING.fullmatch(what):
        return place.wrong("is missing", *where, missing["key"])
    choices = (
        []
        if "enum value" not in what
        else list(_choices(get_type_hints(shape).get(re.split(r"[.\[]", path)[0])))
    )
    right = f"; use {' or '.join(choices)}" if choices else ""
    what = in_words(what)
    return place.wrong(what[:1].lower() + what[1:] + right, *where)


def _choices(kind: Any) -> Iterator[str]:
    """The words that a type allows, wherever in it they stand."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from (one.value for one in kind)
    elif get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from _choices(part)


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"use {', '.join(known)}" if known else "leave it out"
