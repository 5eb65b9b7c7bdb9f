"""Reading OpenAPI documents: their calls, and their schemas in words that a page can show."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

METHODS = ("get", "post", "put", "patch", "delete")
OR, AND = Markup(" or "), Markup(" and ")

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of an API as its page shows it."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    parameters: tuple[Document, ...]
    body: Document | None
    answers: tuple[tuple[str, Document], ...]


def groups(document: Document) -> list[tuple[str, str, list[Operation]]]:
    """The document's calls by tag, in the order in which the document names them: (tag, description, calls)."""
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    found: dict[str, list[Operation]] = {tag: [] for tag in described}
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                operation = _operation(document, method, path, item)
                found.setdefault((item[method].get("tags") or ["Calls"])[0], []).append(operation)
    return [(tag, described.get(tag, ""), calls) for tag, calls in found.items() if calls]


def _operation(document: Document, method: str, path: str, item: Document) -> Operation:
    one = item[method]
    parameters = tuple(
        resolved(document, each) for each in (*item.get("parameters", ()), *one.get("parameters", ()))
    )
    answers = tuple(
        (str(status), resolved(document, each)) for status, each in one.get("responses", {}).items()
    )
    body = resolved(document, one["requestBody"]) if "requestBody" in one else None
    anchor = one.get("operationId") or re.sub(r"\W+", "-", f"{method}-{path}").strip("-")
    return Operation(
        method.upper(),
        path,
        anchor,
        one.get("summary", ""),
        one.get("description", ""),
        parameters,
        body,
        answers,
    )


def resolved(document: Document, value: Document) -> Document:
    """*value*, or what its `$ref` leads to within *document*."""
    while "$ref" in value:
        target: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def schema_of(content: Document | None) -> Document | None:
    """The JSON schema in a body's or an answer's `content`."""
    media: Document = next(iter((content or {}).get("content", {}).values()), {})
    schema: Document | None = media.get("schema")
    return schema


def examples_of(content: Document | None) -> Iterator[tuple[str, str]]:
    """The examples in a body's or an answer's `content`: (title, JSON text)."""
    for media in (content or {}).get("content", {}).values():
        if "example" in media:
            yield "Example", _pretty(media["example"])
        for name, example in media.get("examples", {}).items():
            if "value" in example:
                yield example.get("summary", name), _pretty(example["value"])


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def kind_of(schema: Document) -> Markup:
    """A schema's type in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "const" in schema:
        return Markup("<code>{}</code>").format(_pretty(schema["const"]))
    for word, joint in (("oneOf", OR), ("anyOf", OR), ("allOf", AND)):
        if word in schema:
            return joint.join(kind_of(each) for each in schema[word])
    kinds = schema.get("type", "object" if "properties" in schema else "any")
    if kinds == "array":
        return Markup("list of {}").format(kind_of(schema.get("items", {})))
    if kinds == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("object of {}").format(kind_of(schema["additionalProperties"]))
    return escape(" or ".join(kinds) if isinstance(kinds, list) else kinds)


def rules_of(schema: Document) -> str:
    """The bounds of a schema in words, such as `1 to 255 characters`."""
    words = []
    for low, high, unit in (
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "entries"),
        ("minimum", "maximum", ""),
    ):
        if low in schema and high in schema:
            words.append(f"{schema[low]} to {schema[high]} {unit}".strip())
        elif low in schema:
            words.append(f"at least {schema[low]} {unit}".strip())
        elif high in schema:
            words.append(f"at most {schema[high]} {unit}".strip())
    if "enum" in schema:
        words.append("one of " + ", ".join(map(str, schema["enum"])))
    if "default" in schema:
        words.append(f"default {json.dumps(schema['default'])}")
    return "; ".join(words)


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a schema as a table shows it; `name` is a path such as `recipients[].account_id`."""

    name: str
    schema: Document
    required: bool


def rows_of(schema: Document, prefix: str = "") -> Iterator[Row]:
    """The fields of a schema, those of nested objects after their parent; named schemas are left as links."""
    for part in schema.get("allOf", ()):
        if "$ref" not in part:
            yield from rows_of(part, prefix)
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        yield Row(prefix + name, inner, name in required)
        yield from rows_of(inner, f"{prefix}{name}.")
        if isinstance(inner.get("items"), Mapping):
            yield from rows_of(inner["items"], f"{prefix}{name}[].")
