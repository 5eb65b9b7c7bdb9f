"""The documentation pages: each dialect's OpenAPI document, and a page rendered from it that needs no script."""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from polyshare import __version__
from polyshare.web.documents import (
    Document,
    examples_of,
    groups,
    kind_of,
    resolved,
    rows_of,
    rules_of,
    schema_of,
)
from polyshare.web.prose import prose

STATIC = Path(__file__).with_name("static")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


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


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("polyshare.web", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(prose=prose, kind=kind_of, rules=rules_of, fields=rows_of)
    environment.globals.update(
        schema_of=schema_of, examples_of=examples_of, resolved=resolved, version=__version__
    )
    return environment
