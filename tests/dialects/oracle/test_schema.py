"""Requests made from the OpenAPI document: every answer is one that the document names, and none is our fault."""

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import strategies as st

import polyshare.dialects.oracle
from tests.dialects.exploring import explored, laws_of
from tests.server import live_server

__all__ = ["live_server"]

DOCUMENT = json.loads(Path(polyshare.dialects.oracle.__file__).with_name("openapi.json").read_text("utf-8"))
ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
CLIENT = {"Authorization": "Basic ZGVtby1jbGllbnQ6ZGVtby1jbGllbnQtc2VjcmV0"}
FOLDER = "F1321DC48E3B123D02DBEE88T0000000000100000001"
COLLECTION = "FB0D96BA354156E495F5475B45B3E9DD649055F5640B"
PEOPLE = ["bob", "U7ECC74059E0FEDFEC66BF5AT00000000001", "carol"]
WITHOUT_INPUT = {("get", "/system/api/v1/release/version")}  # nothing about a request of this can be wrong
EXPLORED = explored(DOCUMENT, WITHOUT_INPUT)


class Known:
    """A server and what it holds, so that requests get past the first door; what a request removed is made anew."""

    def __init__(self, base_url):
        self.base_url = base_url
        self.http = httpx.Client(base_url=f"{base_url}/documents/api/1.1", headers=ALICE, trust_env=False)

    def of(self, name):
        """An id of that kind; None: this kind is left as it was drawn."""
        match name:
            case "version":
                return "1.2"
            case "folder":
                return self.folder()
            case "file":
                return self.file()
            case "link":
                return self.link()
            case "collection":
                return self.made("/collections", {"name": "Images"})
            case "metadata":
                self.http.post("/metadata/Personal.Address", json={"fields": "street,city"})
                return "Personal.Address"
            case "group":
                return "designers"
        return None

    def made(self, path, body, name="id"):
        """Make something; its id."""
        answer = self.http.post(path, json=body)
        answer.raise_for_status()
        return answer.json()[name]

    def folder(self):
        return self.made("/folders/self", {"name": "tried"})

    def file(self):
        parts = {
            "jsonInputParameters": (None, '{"parentID":"self"}'),
            "primaryFile": ("tried.txt", b"tried", "text/plain"),
        }
        answer = self.http.post("/files/data", files=parts)
        answer.raise_for_status()
        return answer.json()["id"]

    def link(self):
        body = {"assignedUsers": "@everybody"}
        return self.made(f"/publiclinks/folder/{self.folder()}", body, "linkID")


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
        for name in case.path_parameters or {}:
            if data.draw(st.integers(0, 4)):
                case.path_parameters[name] = known.of(name)
        if isinstance(case.body, dict) and "userID" in case.body and data.draw(st.booleans()):
            case.body["userID"] = data.draw(st.sampled_from(PEOPLE))
        headers = CLIENT if case.path.startswith("/oauth2") else ALICE
        return {"base_url": known.base_url, "headers": headers}

    return put


(
    test_every_answer_is_documented,
    test_every_answer_is_documented_however_often_one_asks,
    test_the_document_is_valid_and_names_every_schema_it_uses,
) = laws_of(DOCUMENT, EXPLORED, 10, 500, 66)
