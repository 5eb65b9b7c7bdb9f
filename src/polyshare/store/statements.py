"""Named SQL statements, written once in the subset that both engines share and turned into each one's spelling at import."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec

KINDS = ("sqlite", "postgres")

BY_ID = "id{postgres:  + 0}"
"""
An id to order by what an index finds under another key, few rows as a rule: PostgreSQL, which is told to sort nothing as long
as it can walk an index instead, would else walk the whole table by its ids and leave out what is not meant.
"""

_QUOTED = r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | ::"""
_BRACES = re.compile(
    rf"(?P<kept>{_QUOTED}) | \{{(?P<kind>\w+):[ ]?(?P<text>[^{{}}]*)\}} | (?P<stray>[{{}}])", re.VERBOSE
)
_PARAMETERS = re.compile(
    rf"(?P<kept>{_QUOTED}) | (?:\b(?P<not>not\s+)?\bin\s+:(?P<set>[a-z_]\w*)\[\]) | :(?P<name>[a-z_]\w*)(?P<list>\[\])?",
    re.VERBOSE | re.IGNORECASE,
)
_SETS = {
    ("sqlite", False): "in (select value from json_each({}))",
    ("sqlite", True): "not in (select value from json_each({}))",
    ("postgres", False): "= any({})",
    ("postgres", True): "<> all({})",
}


def text_for(kind: str, text: str) -> str:
    """
    Keep of *text* what is for the engine *kind*: `{sqlite: …}` and `{postgres: …}` stay or go, quoted text is left alone.

    Raises:
        ValueError: A brace that opens no known engine, or is not closed.
    """

    def chosen(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return match["kept"]
        if match["stray"] is not None or match["kind"] not in KINDS:
            raise ValueError(
                f"unexpected brace at {match[0]!r}; write {{sqlite: …}} or {{postgres: …}}, not nested"
            )
        return match["text"] if match["kind"] == kind else ""

    return _BRACES.sub(chosen, text)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """
    One named SQL statement, ready for both engines; made by `statement()`, compared by identity.

    `parameters` are the names that a call gives, no more and no fewer; those in `lists` take a list or tuple.
    """

    name: str
    sqlite: str
    postgres: str
    parameters: frozenset[str]
    lists: frozenset[str]
    for_sqlite: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    for_postgres: Callable[[Mapping[str, Any]], tuple[Any, ...]]

    def misfit(self, values: Mapping[str, Any]) -> TypeError:
        """The error that says which parameter is missing or unknown."""
        given = set(values)
        if missing := sorted(self.parameters - given):
            return TypeError(f"statement {self.name!r} misses parameter {', '.join(map(repr, missing))}")
        unknown = ", ".join(map(repr, sorted(given - self.parameters)))
        return TypeError(
            f"statement {self.name!r} has no parameter {unknown}; it has {sorted(self.parameters)}"
        )


def statement(name: str, text: str) -> Statement:
    """
    Make a statement from *text* with `:name` parameters; done once, at import.

    A name may repeat. `in :ids[]` and `not in :ids[]` take a whole list as one parameter; `:ids[]` elsewhere is that
    list as JSON text on SQLite and as an array on PostgreSQL. `{sqlite: …}` and `{postgres: …}` are kept for that engine.

    Raises:
        ValueError: The text can't be understood, or a name is used as a list and as a single value.
    """
    sides = {}
    try:
        for kind in KINDS:
            sides[kind] = _numbered(kind, text_for(kind, text).strip())
    except ValueError as error:
        raise ValueError(f"statement {name!r}: {error}") from error
    lists = {name for _, _, lists in sides.values() for name in lists}
    names = {name for _, order, _ in sides.values() for name in order}
    for _, order, own in sides.values():
        if mixed := (lists - own) & set(order):
            raise ValueError(f"statement {name!r}: {sorted(mixed)} is used as a list and as a single value")
    (sqlite, sqlite_order, _), (postgres, postgres_order, _) = sides["sqlite"], sides["postgres"]
    return Statement(
        name,
        sqlite,
        postgres,
        frozenset(names),
        frozenset(lists),
        _encoded(_picker(sqlite_order), [at for at, one in enumerate(sqlite_order) if one in lists]),
        _picker(postgres_order),
    )


def _numbered(kind: str, text: str) -> tuple[str, list[str], set[str]]:
    """The text with numbered parameters, their names in order, and which of them are lists."""
    order: list[str] = []
    lists: set[str] = set()
    single: set[str] = set()

    def numbered(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return match["kept"]
        name = match["set"] or match["name"]
        (lists if match["set"] or match["list"] else single).add(name)
        if name not in order:
            order.append(name)
        number = f"{'?' if kind == 'sqlite' else '$'}{order.index(name) + 1}"
        return _SETS[kind, match["not"] is not None].format(number) if match["set"] else number

    text = _PARAMETERS.sub(numbered, text)
    if mixed := lists & single:
        raise ValueError(f"{sorted(mixed)} is used as a list and as a single value")
    return text, order, lists


def _picker(order: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A function that takes the named values out of a mapping, in order."""
    if not order:
        return lambda _: ()
    if len(order) == 1:
        only = order[0]
        return lambda values: (values[only],)
    return itemgetter(*order)


def _encoded(
    picker: Callable[[Mapping[str, Any]], tuple[Any, ...]], lists: Sequence[int]
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The same picker with the values at the positions *lists* as JSON text."""
    if not lists:
        return picker

    def encoded(values: Mapping[str, Any]) -> tuple[Any, ...]:
        picked = list(picker(values))
        for at in lists:
            picked[at] = msgspec.json.encode(picked[at]).decode()
        return tuple(picked)

    return encoded


@lru_cache(maxsize=1024)
def composed(name: str, template: str, fragments: tuple[str, ...] = ()) -> Statement:
    """
    A statement whose condition is put together from *fragments*, made once for each shape.

    Template and fragments are text from code, never from users: choose fragments from a whitelist. The word `{filters}`
    in the template becomes ` and (fragment)` for each one; a call gives exactly the parameters of the fragments chosen.

        composed("shares of an account", "select id from listing where viewer = :viewer {filters} limit :limit", (BY_NAME,))
    """
    if template.count("{filters}") != 1:
        raise ValueError(f"statement {name!r}: the template needs {{filters}} exactly once")
    return statement(
        name, template.replace("{filters}", "".join(f" and ({fragment})" for fragment in fragments))
    )
