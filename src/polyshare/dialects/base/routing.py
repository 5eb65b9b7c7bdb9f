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
        self, prefixes: Iterable[str], routes: Iterable[Routable], is_id: Callable[[str], bool]
    ) -> None:
        # the longest prefix first, so that the empty one does not swallow the others
        self._prefixes = tuple(sorted((prefix.rstrip("/") for prefix in prefixes), key=len, reverse=True))
        self._is_id = is_id
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Routable) -> None:
        node, names = self._root, []
        for segment in route.template.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.any_other = node.any_other or _Node()
                node = node.any_other
            else:
                node = node.literal.setdefault(segment, _Node())
        if route.method in node.calls:
            raise ValueError(f"{route.method} {route.template} is in the table twice")
        node.calls[route.method] = (route, tuple(names))

    def find(self, scope: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
        """
        The call that an ASGI *scope* means, and the identifiers in its path by name.

        Raises:
            NoRoute, NoMethod, MalformedId: In this order.
        """
        path: str = scope["path"]
        for prefix in self._prefixes:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("/", ""):
                break
        else:
            raise NoRoute
        segments = _segments(scope, path)[prefix.count("/") + 1 :]
        if segments and not segments[-1]:
            segments.pop()
        values: list[str] = []
        node = _find(self._root, segments, 0, values)
        if node is None:
            raise NoRoute
        found = node.calls.get(scope["method"])
        if found is None:
            raise NoMethod(scope["method"], tuple(sorted(node.calls)))
        for value in values:
            if not self._is_id(value):
                raise MalformedId(path)
        route, names = found
        return route, dict(zip(names, values, strict=True))


def _segments(scope: Mapping[str, Any], path: str) -> list[str]:
    """The path in its parts; an escaped slash is part of a segment and parts nothing."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%" not in raw:
        return path.split("/")
    parts = raw.partition(b"?")[0].split(b"/")
    return [unquote_to_bytes(part).decode("utf-8", "surrogateescape") for part in parts]


def _find(node: _Node, segments: list[str], at: int, values: list[str]) -> _Node | None:
    if at == len(segments):
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
