"""Requests made from the OpenAPI document of one's own links: every answer is one that the document names."""

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import strategies as st

import polyshare.web
from tests.dialects.exploring import explored, laws_of
from tests.server import live_server

__all__ = ["live_server"]

DOCUMENT = json.loads(Path(polyshare.web.__file__).with_name("me.openapi.json").read_text("utf-8"))
ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
PATH = "work/my-project/my-collaboration/report.txt"
EXPLORED = explored(DOCUMENT)


@pytest.fixture(scope="module")
def http(live_server):
    """Alice at a server that holds the example world."""
    base_url = f"{live_server().base_url}/me/v1"
    with httpx.Client(base_url=base_url, headers=ALICE, trust_env=False) as client:
        yield client


@pytest.fixture
def prepare(http):
    """Puts what the server holds into a request; what a request removed is made anew."""
    made = iter(range(1_000_000))

    def put(case, data):
        if "id" in (case.path_parameters or {}) and data.draw(st.integers(0, 4)):
            answer = http.post("/links", json={"path": PATH, "name": f"tried {next(made)}"})
            case.path_parameters["id"] = answer.raise_for_status().json()["id"]
        if isinstance(case.body, dict):
            for name, value in {"path": PATH, "readers": ["bob"], "password": "a password"}.items():
                if name in case.body and data.draw(st.booleans()):
                    case.body[name] = value
        return {"base_url": str(http.base_url), "headers": ALICE}

    return put


(
    test_every_answer_is_documented,
    test_every_answer_is_documented_however_often_one_asks,
    test_the_document_is_valid_and_names_every_schema_it_uses,
) = laws_of(DOCUMENT, EXPLORED, 15, 500, 5)
