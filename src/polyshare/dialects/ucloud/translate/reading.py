"""
Bodies and queries as UCloud's clients send them: whatever media type they claim, with what nobody knows left out.

Source: UCloud developer guide, "API conventions"; what its text leaves open follows its server.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, inspect

from polyshare.dialects.base.bodies import demand_bounds, misshapen, refuse_nul
from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.base.refusals import BadBody, BadQuery

T = TypeVar("T")

MOST_ITEMS = 1000
NO_ID = -1
"""Stands for an id that is no number: nothing has it."""

_TRUE, _FALSE = frozenset({"true", "t", "1"}), frozenset({"false", "f", "0"})


class Body(Generic[T]):
    """
    Reads a body of JSON in one shape: null is as if it were not there, and numbers and booleans may stand in quotes.

    Properties that the shape has not are left out, at every level.
    """

    __slots__ = ("_needed", "_shape")

    def __init__(self, shape: Any, *, needed: bool = True) -> None:
        """*needed*: whether there must be a body; without one that need not be there, the shape is read from `{}`."""
        demand_bounds(inspect.type_info(shape), set())
        self._shape = shape
        self._needed = needed

    def __call__(self, call: Call) -> T:
        """
        The body of *call* in this shape.

        Raises:
            BadBody: It is missing, no JSON, no UTF-8, or not of this shape.
        """
        return self.read(call.body)

    def read(self, body: bytes) -> T:
        """`__call__` for a body that was read already."""
        if not body.strip():
            if self._needed:
                raise BadBody("The request needs a body of JSON.")
            body = b"{}"
        try:
            body.decode()
            value = msgspec.convert(_without_nulls(msgspec.json.decode(body)), self._shape, strict=False)
        except UnicodeDecodeError:
            raise BadBody("The request body is not UTF-8.") from None
        except msgspec.ValidationError as error:
            raise misshapen(str(error)) from None
        except msgspec.DecodeError as error:
            raise BadBody(f"The request body is not JSON: {error}") from None
        except RecursionError:
            raise BadBody("The request body is nested too deeply.") from None
        if b"\\u0000" in body:
            refuse_nul(value, ())
        found: T = value
        return found


class Bulk(Generic[T]):
    """Reads `{"items": […]}` of one shape, 1 to MOST_ITEMS of them."""

    __slots__ = ("_body",)

    def __init__(self, shape: Any) -> None:
        self._body: Body[Any] = Body(msgspec.defstruct(f"BulkOf{shape.__name__}", [("items", list[shape])]))

    def __call__(self, call: Call) -> Sequence[T]:
        """
        The items of *call*'s body.

        Raises:
            BadBody: As `Body`, or there are none, or too many.
        """
        items: Sequence[T] = self._body(call).items
        if not 1 <= len(items) <= MOST_ITEMS:
            raise BadBody(f"A request has 1 to {MOST_ITEMS} items; this one has {len(items)}.", "items")
        return items


class Query(Generic[T]):
    """
    Reads a query in one shape, whose fields are parameters; of several values the first counts, an empty one is none.

    Booleans are true, t, 1, false, f or 0 in any case; words are taken exactly, else without regard to case.
    """

    __slots__ = ("_fits", "_shape")

    def __init__(self, shape: Any) -> None:
        node = inspect.type_info(shape)
        demand_bounds(node, set())
        if not isinstance(node, inspect.StructType):
            raise TypeError("a query has named parameters: use a struct")
        self._shape = shape
        self._fits = {field.encode_name: _fit(field.type) for field in node.fields}

    def __call__(self, call: Call) -> T:
        """
        The query of *call*.

        Raises:
            BadQuery: A parameter that is needed is missing, or a value is none that it can have.
        """
        given = {}
        for name, fit in self._fits.items():
            values = call.values(name) if call.scope["query_string"] else []
            if values and values[0]:
                try:
                    given[name] = fit(values[0])
                except ValueError as error:
                    raise BadQuery(name, f"{name}: {error}") from None
        try:
            value: T = msgspec.convert(given, self._shape)
        except msgspec.ValidationError as error:
            fault = misshapen(str(error))
            name = str(fault.where[0]) if fault.where else ""
            raise BadQuery(name, fault.message) from None
        return value


def _fit(node: Any) -> Callable[[str], Any]:
    match node:
        case inspect.BoolType():
            return _truth
        case inspect.IntType():
            return _whole
        case inspect.LiteralType(values=values):
            return _one_of({str(value).lower(): value for value in values})
        case inspect.EnumType(cls=kind):
            return _one_of({str(one.value).lower(): one.value for one in kind})
        case inspect.UnionType(types=types):
            known = [one for one in types if not isinstance(one, inspect.NoneType)]
            return _fit(known[0])
        case _:
            return str


def _truth(text: str) -> bool:
    folded = text.lower()
    if folded not in _TRUE | _FALSE:
        raise ValueError("use true or false")
    return folded in _TRUE


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and abs(int(text)) <= LARGEST):
        raise ValueError("use a whole number")
    return int(text)


def _one_of(words: Mapping[str, Any]) -> Callable[[str], Any]:
    def chosen(text: str) -> Any:
        if text.lower() not in words:
            raise ValueError(f"use {' or '.join(str(word) for word in words.values())}")
        return words[text.lower()]

    return chosen


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def number(text: str) -> int | None:
    """The id that a decimal number in a string is; None for what can be none, which then matches nothing."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    found = int(text)
    return found if found <= LARGEST else None


def id_from(text: str) -> int:
    """What an id names; NO_ID where it is no number."""
    found = number(text)
    return NO_ID if found is None else found


def present(value: Any) -> bool:
    """Whether an optional property was sent."""
    return value is not UNSET and value is not None


__all__ = ["NO_ID", "Body", "Bulk", "Query", "Struct", "id_from", "number", "present"]
