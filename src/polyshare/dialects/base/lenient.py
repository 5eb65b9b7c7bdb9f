"""Bodies of vendors whose clients send what they like: JSON or XML by its looks, names in any case, numbers for texts."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

from polyshare.dialects.base import markup
from polyshare.dialects.base.bodies import demand_bounds, misshapen, refuse_nul
from polyshare.dialects.base.calls import Call, parsed_pairs
from polyshare.dialects.base.refusals import BadBody

T = TypeVar("T")

Fit = Callable[[Any], Any]

_BOM = b"\xef\xbb\xbf"


class Lenient(Generic[T]):
    """
    Reads what was given in one shape: fields of the body, and of the query for those that may stand there.

    The body is XML if its first byte that is not blank is `<`, JSON if that is `{`, and may be absent; the media type
    that it claims is not asked. Names of fields are taken exactly, else without regard to case; null is as if it were not
    there; numbers and booleans do for texts, texts for numbers and booleans, and one thing does for a list of one.
    """

    __slots__ = ("_fields", "_fit", "_query", "_shape")

    def __init__(self, shape: Any, query: tuple[str, ...] = ()) -> None:
        """
        Make the reader of *shape*, a struct, once, at import.

        Args:
            query: Fields that are taken from the query if they are there, else from the body.

        Raises:
            TypeError: The shape has an integer without bounds, or lacks a field named in *query*.
        """
        node = inspect.type_info(shape)
        demand_bounds(node, set())
        if not isinstance(node, inspect.StructType):
            raise TypeError("what is given has named fields: use a struct")
        self._fields = {field.encode_name: _fit(field.type) for field in node.fields}
        if unknown := set(query) - set(self._fields):
            raise TypeError(f"the shape has no field {', '.join(sorted(unknown))}")
        self._fit = _fit(node)
        self._query = query
        self._shape = shape

    def __call__(self, call: Call) -> T:
        """
        What was given with *call*.

        Raises:
            BadBody: The body is neither JSON nor XML, no UTF-8, nested too deeply, or not of this shape.
            BadQuery: A parameter holds U+0000 or is not UTF-8.
        """
        given = self._fit(read(call.body))
        for name in self._query:
            value = in_query(call, name)
            if value is not None:
                given[name] = self._fields[name](value)
        try:
            shaped: T = msgspec.convert(given, self._shape, strict=False)
        except msgspec.ValidationError as error:
            raise misshapen(str(error)) from None
        refuse_nul(shaped, ())
        return shaped


def read(body: bytes) -> dict[str, Any]:
    """
    The fields of a body of JSON or XML; none if it is empty.

    Raises:
        BadBody: It is neither, or nested too deeply.
    """
    body = body.removeprefix(_BOM).strip(b" \t\r\n")
    if body.startswith(b"<"):
        return markup.read(body)
    if not body:
        return {}
    try:
        body.decode()
        fields = msgspec.json.decode(body)
    except UnicodeDecodeError:
        raise BadBody("The request body is not UTF-8.") from None
    except msgspec.DecodeError as error:
        if not body.startswith(b"{"):
            raise BadBody("The request body is neither JSON nor XML; it must begin with { or <.") from None
        raise BadBody(f"The request body is not JSON: {error}") from None
    except RecursionError:
        raise BadBody("The request body is nested too deeply.") from None
    if not isinstance(fields, dict):
        raise BadBody("The request body must be an object with named fields.")
    return fields


def in_query(call: Call, name: str) -> str | None:
    """A query parameter by its exact name, else without regard to case; None if it was not sent; raises BadQuery."""
    value = call.value(name)
    if value is not None or not call.scope["query_string"]:
        return value
    folded = name.lower()
    for key in parsed_pairs(call.scope["query_string"]):
        if key.lower() == folded:
            return call.value(key)
    return None


def form(call: Call) -> dict[str, str]:
    """
    The fields of a body of `application/x-www-form-urlencoded`, the last of each name.

    Raises:
        BadBody: A field is not UTF-8 or holds U+0000.
    """
    fields = {name: values[-1] for name, values in parsed_pairs(call.body.strip()).items()}
    for name, value in fields.items():
        if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in name + value):
            raise BadBody(f"{name!a} is not UTF-8 or holds U+0000.")
    return fields


def _fit(node: Any) -> Fit:
    """Brings a value nearer to a type; what can't be brought there is left for the check of the shape to name."""
    match node:
        case inspect.StructType():
            return _fit_struct(node)
        case inspect.StrType():
            return _fit_text
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return _fit_list(_fit(item))
        case inspect.IntType() | inspect.FloatType() | inspect.BoolType():
            return _fit_number
        case inspect.UnionType(types=types):
            known = [_fit(one) for one in types if not isinstance(one, inspect.NoneType)]
            return known[0] if len(known) == 1 else _as_it_is
        case _:
            return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _fit_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _fit_number(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _fit_list(fit: Fit) -> Fit:
    def fit_list(value: Any) -> Any:
        if (
            isinstance(value, Mapping) and len(value) == 1
        ):  # XML: a list's element around its members' elements
            [value] = value.values()
        if value == "":
            return []
        return [fit(one) for one in value] if isinstance(value, list) else [fit(value)]

    return fit_list


def _fit_struct(node: inspect.StructType) -> Fit:
    fits: dict[str, Fit] = {}
    by_folded = {field.encode_name.lower(): field.encode_name for field in node.fields}

    def fit_struct(value: Any) -> Any:
        if not fits:  # a shape may hold itself, so its fields are looked at when the first value comes
            fits.update({field.encode_name: _fit(field.type) for field in node.fields})
        if value == "":  # XML: an element without fields
            return {}
        if not isinstance(value, dict):
            return value
        fitted = {}
        for name, inner in value.items():
            wanted = name if name in fits else by_folded.get(name.lower())
            if wanted is None or inner is None or (wanted != name and value.get(wanted) is not None):
                continue
            fitted[wanted] = fits[wanted](inner)
        return fitted

    return fit_struct
