"""The documentation pages."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import polyshare
from polyshare.web import docs, documents

CLOUDFLARE = Path(polyshare.__file__).parent / "dialects" / "cloudflare" / "openapi.json"


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched, self.links, self.anchors, self.styled = set(), set(), set(), set(), False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.anchors.add(given.get("id"))
        self.styled |= "style" in given or any(name.startswith("on") for name in given)
        if "src" in given or tag == "link":
            self.fetched.add(given.get("src") or given["href"])
        if tag == "a":
            self.links.add(given["href"])


def client_of(*apis):
    transport = httpx.ASGITransport(Starlette(routes=docs.routes(apis)))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.fixture
async def client():
    async with client_of(docs.Described("cloudflare", CLOUDFLARE)) as client:
        yield client


async def test_the_document_is_served_as_it_was_written(client):
    answer = await client.get("/docs/cloudflare/openapi.json")

    assert answer.json() == json.loads(CLOUDFLARE.read_text("utf-8"))


async def test_the_page_shows_every_call_and_every_shape(client):
    document = json.loads(CLOUDFLARE.read_text("utf-8"))

    seen = Seen((await client.get("/docs/cloudflare")).text)

    calls = {
        call["operationId"]
        for item in document["paths"].values()
        for name, call in item.items()
        if name in documents.METHODS
    }
    shapes = {f"schema-{name}" for name in document["components"]["schemas"]}
    assert calls | shapes <= seen.anchors
    assert {link[1:] for link in seen.links if link.startswith("#")} <= seen.anchors


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/cloudflare"])
async def test_pages_run_no_script_and_fetch_only_from_here(client, path):
    answer = await client.get(path)

    seen = Seen(answer.text)
    assert not seen.tags & {"script", "iframe", "object", "embed", "style"}
    assert not seen.styled
    assert seen.fetched == {"/docs/style.css", "/docs/icon.svg"}
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "http" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/docs/style.css", "/docs/icon.svg"])
async def test_what_pages_fetch_is_there_and_fetches_nothing_more(client, path):
    answer = await client.get(path)

    assert answer.status_code == 200
    assert not re.search(r"url\(|@import|href=", answer.text)


async def test_the_index_leads_to_every_document(client):
    seen = Seen((await client.get("/docs")).text)

    assert {"/docs/cloudflare", "/docs/cloudflare/openapi.json"} <= seen.links


async def test_an_unknown_document_is_not_found(client):
    assert (await client.get("/docs/nothing")).status_code == 404
    assert (await client.get("/docs/nothing/openapi.json")).status_code == 404


async def test_descriptions_can_bring_no_markup_of_their_own():
    bad = '<img src=x onerror=alert(1)> [a](javascript:alert(1)) `<b>` [b](https://example.com/"onclick="x)'
    document = {
        "info": {"title": bad, "version": "1", "description": bad},
        "paths": {"/x": {"get": {"summary": bad}}},
    }

    async with client_of(docs.Described("bad", document)) as client:
        seen = Seen((await client.get("/docs/bad")).text)

    assert not seen.tags & {"img", "b"}
    assert not seen.styled
    assert not [link for link in seen.links if link.startswith("javascript")]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minLength": 1, "maxLength": 255}, "1 to 255 characters"),
        ({"minItems": 1}, "at least 1 entries"),
        ({"maximum": 100, "default": 20}, "at most 100; default 20"),
        ({"enum": ["asc", "desc"]}, "one of asc, desc"),
        ({"type": "string"}, ""),
    ],
)
def test_bounds_are_said_in_words(schema, words):
    assert documents.rules_of(schema) == words


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/components/schemas/Share"}, '<a href="#schema-Share">Share</a>'),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "string or integer"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of string"),
        ({"const": "<"}, "<code>&#34;&lt;&#34;</code>"),
        ({}, "any"),
    ],
)
def test_types_are_said_in_words(schema, said):
    assert documents.kind_of(schema) == said
