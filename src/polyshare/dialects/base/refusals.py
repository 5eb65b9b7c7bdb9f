"""
What the road itself refuses before a request reaches the engine; every dialect answers these in its own words.

    PolyshareError
    └── AtTheDoor
        ├── NoRoute           no call has this path
        ├── NoMethod          the path is one, but not with this method
        ├── MalformedId       an identifier in the path has a form that none has
        ├── BadHeader
        ├── BadQuery
        ├── BadBody
        ├── TooLarge          the body is over the limit
        └── TooSlow           the body did not arrive in time
"""

from polyshare.domain.errors import PolyshareError


class AtTheDoor(PolyshareError):
    """The request can't be read as a call."""

    slug = "at-the-door"


class NoRoute(AtTheDoor):
    """No call has this path."""

    slug = "no-route"

    def __init__(self) -> None:
        super().__init__("No route for that URI")


class NoMethod(AtTheDoor):
    """The path is one of ours, but not with this method; `allowed` are those that it has."""

    slug = "no-method"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"Method {method} not available for that URI.")
        self.allowed = allowed


class MalformedId(AtTheDoor):
    """An identifier in the path has a form that none has."""

    slug = "malformed-id"

    def __init__(self, path: str) -> None:
        path = path.encode(
            "utf-8", "replace"
        ).decode()  # what could not be decoded could not be sent back either
        super().__init__(f"Could not route to {path}, perhaps your object identifier is invalid?")
        self.path = path


class BadHeader(AtTheDoor):
    """A header has a value that it can't have."""

    slug = "bad-header"

    def __init__(self, header: str, message: str) -> None:
        super().__init__(message)
        self.header = header


class BadQuery(AtTheDoor):
    """A query parameter has a value that it can't have."""

    slug = "bad-query"

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class BadBody(AtTheDoor):
    """The body is no JSON, or of the wrong shape; `where` leads to the culprit, outermost first."""

    slug = "bad-body"

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message)
        self.where = where


class TooLarge(AtTheDoor):
    """The body is over the limit."""

    slug = "too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is over {limit} bytes.")
        self.limit = limit


class TooSlow(AtTheDoor):
    """The body did not arrive in time, or nothing more of it for a time."""

    slug = "too-slow"

    def __init__(self, most_s: float, *, idle: bool = False) -> None:
        super().__init__(
            f"Nothing of the request body arrived for {most_s:g} seconds."
            if idle
            else f"The request body did not arrive within {most_s:g} seconds."
        )


class ClientGone(Exception):
    """The body broke off before its end; mostly its client has gone, but one that sent chunks which are none still listens."""
