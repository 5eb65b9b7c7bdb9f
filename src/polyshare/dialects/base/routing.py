"""The compiled table of a dialect's calls: a tree by path segments, looked through once per request."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from polyshare.dialects.base.refusals import MalformedId, NoMethod, NoRoute


class Routable(Protocol):
    """What the table has to know of a call: its method, and its path such as `/accounts/{account}/shares`."""

    @property
    def method(self) -> str:
        """In capitals."""

    @property
    def template(self) -> str:
        """Below the dialect's prefix, with names in braces."""


R = TypeVar("R", bound=Routable)


def can_be_an_id(text: str) -> bool:
    """Whether any id could be this text, for dialects that look up what an id means and guess nothing from its form."""
    return text != "" and "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


class _Node:
    """One place in the tree: where each literal segment leads, where any other does, and the calls that end here."""

    __slots__ = ("any_other", "calls", "literal")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any_other: _Node | None = None
        self.calls: dict[str, tuple[Any, tuple[str, ...]]] = {}


class Table:
    """
    Finds the call that a method and a path mean; a trailing slash makes no difference.

    A literal segment goes before a named one; where it leads nowhere, the named one is tried too.
    """

    def __init__(
        self,
        prefixes: Iterable[str],
        routes: Iterable[Routable],
        is_id: Callable[[str], bool],
        *,
        folds_slashes: bool = False,
    ) -> None:
        """*folds_slashes*: several slashes in a path are one."""
        self._is_id = is_id
        self._folds_slashes = folds_slashes
        self._root = _Node()
        self._forks = False  # whether somewhere both a literal and a named segment lead on
        routes = tuple(routes)
        for prefix in prefixes:
            for route in routes:
                self._add(prefix.rstrip("/") + route.template, route)

    def _add(self, path: str, route: Routable) -> None:
        node, names = self._root, []
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.any_other = node.any_other or _Node()
                following = node.any_other
            else:
                following = node.literal.setdefault(segment, _Node())
            self._forks = self._forks or (node.any_other is not None and bool(node.literal))
            node = following
        if route.method in node.calls:
            raise ValueError(f"{route.method} {path} is in the table twice")
        node.calls[route.method] = (route, tuple(names))

    def find(self, scope: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
        """
        The call that an ASGI *scope* means, and the identifiers in its path by name.

        Raises:
            NoRoute, NoMethod, MalformedId: In this order.
        """
        path: str = scope["path"]
        segments = _segments(scope, path)
        if self._folds_slashes and "//" in path:
            segments = ["", *filter(None, segments)]
        elif not segments[-1]:
            segments.pop()
        values: list[str] = []
        node = _find(self._root, segments, 1, values) if self._forks else self._straight(segments, values)
        if node is None or not node.calls:
            raise NoRoute
        found = node.calls.get(scope["method"])
        if found is None:
            raise NoMethod(scope["method"], tuple(sorted(node.calls)))
        route, names = found
        is_id = self._is_id
        for value in values:
            if not is_id(value):
                raise MalformedId(path)
        return route, dict(zip(names, values, strict=True))

    def _straight(self, segments: list[str], values: list[str]) -> _Node | None:
        """The quick way where no node leads on in two ways."""
        node: _Node | None = self._root
        for at in range(1, len(segments)):
            if node is None:
                return None
            segment = segments[at]
            following = node.literal.get(segment)
            if following is None:
                following = node.any_other
                values.append(segment)
            node = following
        return node


def _segments(scope: Mapping[str, Any], path: str) -> list[str]:
    """The path in its parts; an escaped slash is part of a segment and parts nothing."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%" not in raw:
        return path.split("/")
    parts = raw.partition(b"?")[0].split(b"/")
    return [unquote_to_bytes(part).decode("utf-8", "surrogateescape") for part in parts]


def _find(node: _Node, segments: list[str], at: int, values: list[str]) -> _Node | None:
    if at >= len(segments):
        return node if node.calls else None
    segment = segments[at]
    following = node.literal.get(segment)
    if following is not None:
        found = _find(following, segments, at + 1, values)
        if found is not None:
            return found
    following = node.any_other
    if following is None:
        return None
    values.append(segment)
    found = _find(following, segments, at + 1, values)
    if found is None:
        values.pop()
    return found
