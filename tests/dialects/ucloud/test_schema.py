"""Requests made from the OpenAPI document: every answer is one that the document names, and none is our fault."""

import json
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import strategies as st

import polyshare.dialects.ucloud
from polyshare.dialects.ucloud import DIALECT
from tests.dialects.exploring import MODES, assert_valid, explore, operations
from tests.dialects.ucloud.desk import PRODUCT, SOURCE, claims_of, signed
from tests.server import live_server

__all__ = ["live_server"]

DOCUMENT = json.loads(Path(polyshare.dialects.ucloud.__file__).with_name("openapi.json").read_text("utf-8"))
OPERATIONS = operations(DOCUMENT)
EXPLORED = [
    pytest.param(operation, mode, id=f"{name}-{'-'.join(operation)}")
    for name, mode in MODES.items()
    for operation in OPERATIONS
]


def microseconds():
    """What time it is."""
    return int(time.time() * 1_000_000)


class Known:
    """A server and what it holds, so that requests get past the first door; what a request removed is made anew."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.http = httpx.Client(base_url=base_url, trust_env=False)

    def headers(self, login):
        """Who calls."""
        return {"Authorization": f"Bearer {signed(claims_of(microseconds, login))}"}

    def share(self):
        """A share of Alice's with Bob."""
        headers = self.headers("alice")
        query = {"filterIngoing": "false"}
        there = self.http.get("/api/shares/browse", params=query, headers=headers).raise_for_status().json()
        if there["items"]:
            return there["items"][0]["id"]
        body = {"items": [self.spec()]}
        made = self.http.post("/api/shares", json=body, headers=headers).raise_for_status().json()
        return made["responses"][0]["id"]

    def right(self, path):
        """What an item of a call can name."""
        if path.startswith("/api/files/collections"):
            return {"id": "5123", "newTitle": "Alice's drive", "title": "New", "product": PRODUCT}
        if path.startswith("/api/files"):
            file = f"{SOURCE}/report.txt"
            chunked = ["CHUNKED"]
            return {
                "id": f"{SOURCE}/new",
                "oldId": file,
                "newId": f"{SOURCE}/copy.txt",
                "supportedProtocols": chunked,
            }
        return self.spec() | {"id": self.share()}

    def spec(self):
        """What can be offered."""
        return {"sharedWith": "bob", "sourceFilePath": SOURCE, "permissions": ["EDIT"], "product": PRODUCT}


@pytest.fixture(scope="module")
def known(live_server):
    """A server that holds the example world."""
    known = Known(live_server().base_url)
    yield known
    known.http.close()


@pytest.fixture
def prepare(known):
    """Puts what the server holds into a request."""

    def put(case, data):
        if case.path.startswith("/api/shares") and "id" in (case.query or {}) and data.draw(st.booleans()):
            case.query["id"] = known.share()
        if "Project" in (case.headers or {}) and data.draw(st.integers(0, 4)):
            case.headers["Project"] = data.draw(st.sampled_from(["", "proj-1"]))
        items = case.body.get("items") if isinstance(case.body, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                right = known.right(case.path) if data.draw(st.booleans()) else {}
                item.update({name: value for name, value in right.items() if name in item})
        for name in {"path", "id"} & set(case.query or {}):
            if case.path.startswith("/api/files") and data.draw(st.booleans()):
                case.query[name] = known.right(case.path)["id"]
        who = known.headers(data.draw(st.sampled_from(["alice", "bob", "carol"])))
        return {"base_url": known.base_url, "headers": who}

    return put


@pytest.mark.parametrize(("operation", "mode"), EXPLORED)
def test_every_answer_is_documented(prepare, operation, mode):
    explore(DOCUMENT, operation, mode, 10, prepare)


@pytest.mark.heavy
@pytest.mark.parametrize(("operation", "mode"), EXPLORED)
def test_every_answer_is_documented_however_often_one_asks(prepare, operation, mode):
    explore(DOCUMENT, operation, mode, 500, prepare)


def test_the_document_is_valid_and_names_every_schema_it_uses():
    assert_valid(DOCUMENT, 13)


def test_every_call_of_shares_is_described():
    served = {(route.method.lower(), route.template) for route in DIALECT.routes}

    assert {one for one in served if one[1].startswith("/api/shares")} >= set(OPERATIONS)
    assert set(OPERATIONS) <= served
