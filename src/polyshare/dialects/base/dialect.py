"""What a dialect declares to be on the road: its calls, who calls, and how it tells what came of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polyshare.dialects.base.answers import Answer, Flow
from polyshare.dialects.base.calls import Call, Route
from polyshare.domain.principals import Actor, Seat


@dataclass(frozen=True, slots=True)
class Fault:
    """How a dialect tells an error: HTTP status, its own code, and a message where the error's own won't do."""

    status: int
    code: int | str
    message: str | None = None


Telling = Fault | Callable[[Any], Fault]


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    One outside API.

    Attributes:
        prefixes: Under each of these all routes are served; may be empty text.
        authenticate: Who calls, by the call's headers; raises Unauthenticated.
        admit: The seat that the call's path names, read in the call's transaction; raises Denied. None: there are none.
        is_id: Whether an identifier in a path has a form that one can have.
        errors: How each error is told, looked up along its class order; must have Exception.
        answer: Wraps what a handler returned, unless that is an Answer or a Stream already.
        refuse: Wraps an error.
        headers: What every answer has among its headers, whatever it is; None: nothing.
        folds_slashes: Whether several slashes in a path are one.
    """

    name: str
    prefixes: tuple[str, ...]
    routes: tuple[Route, ...]
    authenticate: Callable[[Call], Awaitable[Actor]]
    admit: Callable[[Call], Awaitable[Seat]] | None
    is_id: Callable[[str], bool]
    errors: Mapping[type[Exception], Telling]
    answer: Callable[[Call, Any], Answer | Flow]
    refuse: Callable[[Call, Fault, Exception], Answer]
    headers: Callable[[Call], tuple[tuple[bytes, bytes], ...]] | None = None
    folds_slashes: bool = False


def told(errors: Mapping[type[Exception], Telling], error: Exception) -> Fault:
    """How *errors* tells *error*: by the entry nearest to its class."""
    for kind in type(error).__mro__:
        telling = errors.get(kind)
        if telling is not None:
            return telling if isinstance(telling, Fault) else telling(error)
    raise KeyError(type(error))  # only what is no Exception gets here
