"""The documentation pages: each dialect's OpenAPI document, and a page rendered from it that needs no script."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from polyshare import __version__

STATIC = Path(__file__).with_name("static")
METHODS = ("get", "post", "put", "patch", "delete")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}

OR, AND = Markup(" or "), Markup(" and ")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """One API's OpenAPI document, as a file of JSON or a mapping, and the pages made from it."""

    name: str
    source: Path | Document

    @property
    def title(self) -> str:
        """The API's name for people."""
        return str(self.document["info"]["title"])

    @cached_property
    def document(self) -> Document:
        """The document itself."""
        if isinstance(self.source, Path):
            found: Document = json.loads(self.source.read_text("utf-8"))
            return found
        return self.source

    @cached_property
    def as_json(self) -> bytes:
        """The document as it is served."""
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def page(self) -> str:
        """The document as a page for people."""
        return (
            _templates()
            .get_template("api.html")
            .render(api=self, doc=self.document, groups=groups(self.document))
        )


def routes(apis: tuple[Described, ...]) -> list[Route]:
    """`/`, `/docs`, a page and a document for each of *apis*, and the style sheet."""
    by_name = {api.name: api for api in apis}

    def described(request: Request) -> Described:
        try:
            return by_name[request.path_params["name"]]
        except KeyError:
            raise HTTPException(404, "There is no such document; /docs lists them.") from None

    async def front(_request: Request) -> Response:
        return page("front.html", apis=apis)

    async def index(_request: Request) -> Response:
        return page("docs.html", apis=apis)

    async def api(request: Request) -> Response:
        return HTMLResponse(described(request).page, headers=HEADERS)

    async def document(request: Request) -> Response:
        return Response(described(request).as_json, media_type="application/json", headers=HEADERS)

    return [
        Route("/", front),
        Route("/docs", index),
        Route("/docs/style.css", style),
        Route("/docs/icon.svg", icon),
        Route("/docs/{name}", api),
        Route("/docs/{name}/openapi.json", document),
    ]


async def style(_request: Request) -> Response:
    """The style sheet of all pages."""
    return Response((STATIC / "style.css").read_bytes(), media_type="text/css", headers=HEADERS)


async def icon(_request: Request) -> Response:
    """The icon of all pages."""
    return Response((STATIC / "icon.svg").read_bytes(), media_type="image/svg+xml", headers=HEADERS)


def page(template: str, status: int = 200, **values: Any) -> Response:
    """One of our pages, with the headers that let it fetch nothing from elsewhere."""
    return HTMLResponse(_templates().get_template(template).render(**values), status, headers=HEADERS)


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


_SPANS = re.compile(
    r"`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<url>https?://[^)\s]+)\)|\*\*(?P<bold>[^*]+)\*\*"
)


def prose(text: str | None) -> Markup:
    """Paragraphs, lists, `code`, **bold** and links of a description as HTML; everything else is escaped."""
    made = []
    for block in re.split(r"\n\s*\n", (text or "").strip()):
        lines = block.splitlines()
        if lines and all(line.lstrip().startswith(("- ", "* ")) or line.startswith("  ") for line in lines):
            items = re.split(r"\n\s*[-*] ", "\n" + block)[1:]
            made.append(
                Markup("<ul>{}</ul>").format(
                    Markup().join(Markup("<li>{}</li>").format(_spans(i)) for i in items)
                )
            )
        elif block:
            made.append(Markup("<p>{}</p>").format(_spans(block)))
    return Markup("\n").join(made)


def _spans(text: str) -> Markup:
    made, at = Markup(), 0
    for match in _SPANS.finditer(text):
        made += escape(text[at : match.start()])
        if match["code"]:
            made += Markup("<code>{}</code>").format(match["code"])
        elif match["bold"]:
            made += Markup("<strong>{}</strong>").format(match["bold"])
        else:
            made += Markup('<a href="{}" rel="noreferrer">{}</a>').format(match["url"], match["text"])
        at = match.end()
    return made + escape(text[at:])


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("polyshare.web", "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(prose=prose, kind=kind_of, rules=rules_of, fields=rows_of)
    environment.globals.update(
        schema_of=schema_of, examples_of=examples_of, resolved=resolved, version=__version__
    )
    return environment
