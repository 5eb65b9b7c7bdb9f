"""Requests made from the OpenAPI document: every answer is one that the document names, and none is our fault."""

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.dialects.cloudflare.said import DOCUMENT, PREFIX
from tests.dialects.exploring import CHECKS, explored, laws_of, operations, schema_of, tried
from tests.server import live_server

__all__ = ["live_server"]

ALICE = {"Authorization": "Bearer alice-edit-token-0123456789abcdef0123456789"}
ADMIN = {"Authorization": "Bearer admin-token-0123456789abcdef0123456789abcd"}

# What the example world holds, so that requests get past the first door.
KNOWN = {
    "account_id": ["023e105f4ecef8ad9ca31a8372d0c353"],
    "organization_id": ["9a7806061c88ada191ed06f989cc3dac"],
    "share_id": ["3fd85f74b32742f1bff64a85009dda07"],
    "recipient_id": ["3fd85f74b32742f1bff64a85009dda07"],
    "resource_id": ["023e105f4ecef8ad9ca31a8372d0c353", "0000000000000000000000000000000e"],
}


@pytest.fixture(scope="module")
def address(live_server):
    """The base URL of a server that holds the example world."""
    return f"{live_server().base_url}{PREFIX}"


@pytest.fixture
def prepare(address):
    """Puts what the example world holds into a request."""

    def put(case, data):
        for name in case.path_parameters or {}:
            if name in KNOWN and data.draw(st.integers(0, 4)):
                case.path_parameters[name] = data.draw(st.sampled_from(KNOWN[name]))
        headers = ADMIN if "organization_id" in (case.path_parameters or {}) else ALICE
        return {"base_url": address, "headers": headers}

    return put


(
    test_every_answer_is_documented,
    test_every_answer_is_documented_however_often_one_asks,
    test_the_document_is_valid_and_names_every_schema_it_uses,
) = laws_of(DOCUMENT, explored(DOCUMENT), 15, 1000, 21)


def walk(address, examples, steps):
    """Follow the document's links from call to call and check every answer."""

    class Walk(schema_of(DOCUMENT).as_state_machine()):
        def before_call(self, case):
            if "account_id" in (case.path_parameters or {}):
                case.path_parameters["account_id"] = KNOWN["account_id"][0]

        def get_call_kwargs(self, case):
            return {"base_url": address, "headers": ALICE}

        def validate_response(self, response, case, **_):
            case.validate_response(response, checks=CHECKS)

    Walk.run(
        settings=hypothesis.settings(tried(examples), stateful_step_count=steps),
    )


def test_every_answer_on_a_walk_along_the_links_is_documented(address):
    walk(address, 15, 8)


@pytest.mark.heavy
def test_every_answer_on_long_walks_is_documented(address):
    walk(address, 300, 30)


def test_every_example_of_a_request_and_an_answer_fits_its_schema():
    import jsonschema_rs

    for method, path in operations(DOCUMENT):
        operation = DOCUMENT["paths"][path][method]
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation["responses"].values()]
        contents += [answer.get("content", {}) for answer in DOCUMENT["components"]["responses"].values()]
        for content in contents:
            media = content.get("application/json", {})
            schema = {**media.get("schema", {}), "components": DOCUMENT["components"]}
            for example in media.get("examples", {}).values():
                jsonschema_rs.validator_for(schema, validate_formats=True).validate(example["value"])
