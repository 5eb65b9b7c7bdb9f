"""Requests made from the admin API's OpenAPI document: every answer is one that the document names, none is our fault."""

import json
from pathlib import Path

import pytest
from hypothesis import strategies as st

import polyshare.web
from tests.dialects.exploring import MODES, explore, operations
from tests.server import base_url, live_server

__all__ = ["base_url", "live_server"]

DOCUMENT = json.loads(Path(polyshare.web.__file__).with_name("admin.openapi.json").read_text("utf-8"))
ADMIN = {"Authorization": "Bearer admin-token-0123456789abcdef0123456789abcd"}

# What the example world holds, by the collection that a path begins with; nothing that the caller itself needs.
KNOWN = {
    "organizations": "9a7806061c88ada191ed06f989cc3dac",
    "accounts": "0000000000000000000000000000000b",
    "groups": "designers",
    "users": "bob",
    "providers": "gateway",
}


@pytest.fixture
def prepare(base_url):
    """Puts what the example world holds into a request."""

    def put(case, data):
        collection = case.path.split("/")[1]
        if "id" in (case.path_parameters or {}) and collection in KNOWN and data.draw(st.booleans()):
            case.path_parameters["id"] = KNOWN[collection]
        return {"base_url": f"{base_url}/admin/v1", "headers": ADMIN}

    return put


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_documented(prepare, mode):
    for operation in operations(DOCUMENT):
        explore(DOCUMENT, operation, MODES[mode], 8, prepare)
