"""Requests made from the OpenAPI document: every answer is one that the document names, and none is our fault."""

import copy
import os
import random
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.dialects.cloudflare.said import DOCUMENT, PREFIX
from tests.server import live_server

__all__ = ["live_server"]

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SEED = int(os.environ.get("POLYSHARE_TEST_SEED") or random.randrange(2**32))
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
OPERATIONS = [
    (method, path) for path, item in DOCUMENT["paths"].items() for method in item if method != "parameters"
]


@pytest.fixture(scope="module")
def address(live_server):
    """The base URL of a server that holds the example world."""
    return f"{live_server().base_url}{PREFIX}"


def tried(examples):
    """Few examples as a gate, many on request; failures print what repeats them."""
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def explore(address, method, path, mode, examples):
    """Make requests of one call and check every answer."""
    print(f"POLYSHARE_TEST_SEED={SEED}")
    operation = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))[path][method]

    @hypothesis.seed(SEED)
    @tried(examples)
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def run(case, data):
        for name in case.path_parameters or {}:
            if name in KNOWN and data.draw(st.integers(0, 4)):
                case.path_parameters[name] = data.draw(st.sampled_from(KNOWN[name]))
        headers = ADMIN if "organization_id" in (case.path_parameters or {}) else ALICE
        case.call_and_validate(base_url=address, headers=headers, checks=CHECKS)

    run()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_answer_is_documented(address, method, path, mode):
    explore(address, method, path, mode, 15)


@pytest.mark.heavy
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_every_answer_is_documented_however_often_one_asks(address, method, path, mode):
    explore(address, method, path, mode, 1000)


def walk(address, examples, steps):
    """Follow the document's links from call to call and check every answer."""
    print(f"POLYSHARE_TEST_SEED={SEED}")
    schema = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))

    class Walk(schema.as_state_machine()):
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


def test_the_document_is_valid_and_names_every_schema_it_uses():
    schema = schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT))

    schema.validate()

    assert len(list(schema.get_all_operations())) == len(OPERATIONS) == 21


def test_every_example_of_a_request_and_an_answer_fits_its_schema():
    import jsonschema_rs

    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation["responses"].values()]
        contents += [answer.get("content", {}) for answer in DOCUMENT["components"]["responses"].values()]
        for content in contents:
            media = content.get("application/json", {})
            schema = {**media.get("schema", {}), "components": DOCUMENT["components"]}
            for example in media.get("examples", {}).values():
                jsonschema_rs.validator_for(schema, validate_formats=True).validate(example["value"])
