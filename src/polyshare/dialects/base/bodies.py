"""From the bytes of a body to a wire shape, with an error that points at what is wrong."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct, inspect

from polyshare.dialects.base.calls import LARGEST, Call
from polyshare.dialects.base.refusals import BadBody

T = TypeVar("T")

Whole = Annotated[int, Meta(ge=-LARGEST - 1, le=LARGEST)]  # an integer of a body: no more than a column holds

_AT = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_SPELLED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_EXPECTED = re.compile(r"Expected `([a-z]+)(?: \| null)?`, got `([a-z]+)`$")
_PEOPLE_SAY = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_MISSING = re.compile(r"missing required field `(.+)`$", re.DOTALL)


class Body(Generic[T]):
    """
    Reads bodies of one wire shape, whatever media type they claim to be.

    U+0000 is refused wherever a shape has text; in luggage (a field of type `Raw`) too, even though it is kept unread.
    """

    __slots__ = ("_decode",)

    def __init__(self, shape: Any) -> None:
        """
        Make the reader of *shape* once, at import.

        Raises:
            TypeError: The shape has an integer without bounds; `Whole` has those of a column.
        """
        demand_bounds(inspect.type_info(shape), set())
        self._decode = msgspec.json.Decoder(shape).decode

    def __call__(self, call: Call) -> T:
        """
        The body of *call* in this shape.

        Raises:
            BadBody: It is no JSON, no UTF-8, or not of this shape.
        """
        body = call.body
        if not body:
            raise BadBody("The request body is empty; it must be JSON.")
        try:
            body.decode()  # what a shape skips, and luggage, is not looked at otherwise
            value: T = self._decode(body)
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
        return value


def named(where: tuple[str | int, ...]) -> str:
    """A place in a body as people write it, such as `resources[0].meta`; empty for the body itself."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return text.removeprefix(".")


def demand_bounds(node: Any, seen: set[int]) -> None:
    """Have every integer of a shape bounded; raises TypeError."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, inspect.IntType) and (node.ge is None or node.le is None):
        raise TypeError("a body's integers have bounds: use Whole, or narrower ones")
    for name in getattr(node, "__struct_fields__", ()):
        inner = getattr(node, name)
        for one in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(one, inspect.Type | inspect.Field):
                demand_bounds(one, seen)


def misshapen(message: str) -> BadBody:
    """The refusal that a message of msgspec's validation means."""
    where: list[str | int] = []
    at = _AT.search(message)
    if at is not None:
        message = message[: at.start()]
        where.extend(name or int(index) for name, index in _STEP.findall(at[1].replace("[...]", "")))
    missing = _MISSING.search(message)
    if missing is not None:
        where.append(missing[1])
        return BadBody(f"{named(tuple(where))} is required.", *where)
    what = named(tuple(where)) or "The request body"
    kinds = _EXPECTED.match(message)
    if kinds is not None and set(kinds.groups()) <= _PEOPLE_SAY.keys():
        wanted, got = map(_PEOPLE_SAY.__getitem__, kinds.groups())
        return BadBody(f"{what} must be {wanted}, not {got}.", *where)
    return BadBody(f"{what}: {message}.", *where)


def refuse_nul(value: Any, where: tuple[str | int, ...]) -> None:
    """Only looked for when the body spells one; an escaped backslash before `u0000` spells none."""
    inside: Iterable[tuple[str | int, Any]] = ()
    found = False
    match value:
        case str():
            found = "\0" in value
        case Raw():
            found = _SPELLED_NUL.search(bytes(value)) is not None
        case Struct():
            names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            inside = ((theirs, getattr(value, ours)) for ours, theirs in names)
        case dict():
            found = any("\0" in key for key in value)
            inside = value.items()
        case list():
            inside = enumerate(value)
    if found:
        raise BadBody(f"{named(where)} holds U+0000, which is not allowed.", *where)
    for step, inner in inside:
        refuse_nul(inner, (*where, step))
