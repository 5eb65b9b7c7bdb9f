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

REPORT = f"{SOURCE}/report.txt"
UPLOAD = "/ucloud/example/chunked/upload"
UPLOADING = {"type": "FILE", "supportedProtocols": ["CHUNKED"]}

HERE = Path(polyshare.dialects.ucloud.__file__).parent


DOCUMENT = json.loads((HERE / "openapi.json").read_text("utf-8"))
OPERATIONS = operations(DOCUMENT)


def takes_input(method, path):
    """Whether anything about a request can be wrong."""
    described = DOCUMENT["paths"][path][method]
    return bool(described.get("parameters") or "requestBody" in described)


EXPLORED = [
    pytest.param(operation, mode, id=f"{name}-{'-'.join(operation)}")
    for name, mode in MODES.items()
    for operation in OPERATIONS
    if name == "right" or takes_input(*operation)
]


def microseconds():
    """What time it is."""
    return int(time.time() * 1_000_000)


class Known:
    """A server and what it holds, so that requests get past the first door; what a request removed is made anew."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.http = httpx.Client(base_url=base_url, trust_env=False)

    def headers(self, path, login):
        """Who calls; below `control` and where a provider says what it sells, the provider does."""
        own = "/control/" in path or path in ("/api/products/v2", "/api/accounting/v2/reportUsage")
        claims = {"role": "PROVIDER"} if own else {}
        subject = "#P_example" if claims else login
        return {"Authorization": f"Bearer {signed(claims_of(microseconds, subject, **claims))}"}

    def call(self, method, path, **more):
        """Call as Alice; what is answered."""
        headers = self.headers(path, "alice")
        return self.http.request(method, path, headers=headers, **more).raise_for_status().json()

    def share(self):
        """A share of Alice's with Bob."""
        there = self.call("GET", "/api/shares/browse", params={"filterIngoing": "false"})["items"]
        if there:
            return there[0]["id"]
        return self.call("POST", "/api/shares", json={"items": [spec()]})["responses"][0]["id"]

    def link(self):
        """A link of Alice's that makes recipients; its token."""
        return self.call("POST", "/api/shares/links", json={"path": SOURCE})["token"]

    def drive(self):
        """A drive of Alice's that may go."""
        made = {"items": [{"title": "Tried", "product": PRODUCT}]}
        return self.call("POST", "/api/files/collections", json=made)["responses"][0]["id"]

    def upload(self, path=f"{SOURCE}/tried"):
        """The token of an upload that has begun."""
        asked = {"items": [{"id": path, "conflictPolicy": "RENAME", **UPLOADING}]}
        return self.call("POST", "/api/files/upload", json=asked)["responses"][0]["token"]

    def report(self):
        """A file of Alice's, which is made anew where it was moved away."""
        params = {"id": REPORT}
        headers = self.headers("/", "alice")
        if self.http.get("/api/files/retrieve", params=params, headers=headers).status_code != 200:
            whole = {"Chunked-Upload-Token": self.upload(REPORT), "Chunked-Upload-Offset": "0"}
            self.http.post(UPLOAD, headers=whole).raise_for_status()
        return REPORT

    def download(self):
        """The token of a download."""
        made = self.call("POST", "/api/files/download", json={"items": [{"id": self.report()}]})
        return made["responses"][0]["endpoint"].partition("token=")[2]

    def named(self, path):
        """An id of what a call is about."""
        if path.startswith("/api/files/collections"):
            return self.drive()
        return self.report() if path.startswith("/api/files") else self.share()

    def right(self, name, path):
        """A value that a parameter or a property of a call may have; None: whatever was drawn."""
        known = {
            "id": lambda: self.named(path),
            "oldId": self.report,
            "newId": lambda: f"{SOURCE}/tried",
            "path": lambda: SOURCE,
            "token": self.download if path.endswith("/download") else self.link,
            "Chunked-Upload-Token": self.upload,
            "provider": lambda: "example",
            **{given: lambda value=value: value for given, value in spec().items()},
        }
        return known[name]() if name in known else None


def spec():
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
        for holder in (case.path_parameters, case.query, case.headers, case.body, *_items(case.body)):
            for name in list(holder) if isinstance(holder, dict) else ():
                if data.draw(st.booleans()):
                    holder[name] = known.right(name, case.path) or holder[name]
        if "Project" in (case.headers or {}) and data.draw(st.integers(0, 4)):
            case.headers["Project"] = data.draw(st.sampled_from(["", "proj-1"]))
        who = known.headers(case.path, data.draw(st.sampled_from(["alice", "bob", "carol"])))
        return {"base_url": known.base_url, "headers": who}

    return put


def _items(body):
    items = body.get("items") if isinstance(body, dict) else None
    return items if isinstance(items, list) else ()


@pytest.mark.parametrize(("operation", "mode"), EXPLORED)
def test_every_answer_is_documented(prepare, operation, mode):
    explore(DOCUMENT, operation, mode, 10, prepare)


@pytest.mark.heavy
@pytest.mark.parametrize(("operation", "mode"), EXPLORED)
def test_every_answer_is_documented_however_often_one_asks(prepare, operation, mode):
    explore(DOCUMENT, operation, mode, 500, prepare)


def test_the_document_is_valid_and_names_every_schema_it_uses():
    assert_valid(DOCUMENT, len(OPERATIONS))


def test_every_call_is_described_and_every_description_is_of_a_call():
    served = {(route.method.lower(), route.template) for route in DIALECT.routes}

    assert set(OPERATIONS) == served
