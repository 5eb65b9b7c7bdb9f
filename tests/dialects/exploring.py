"""Exploring a dialect by its OpenAPI document: requests made from it, and whether it names every answer they get."""

import copy
import os
import random
from collections.abc import Callable, Collection, Mapping, Sequence
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

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SEED = int(os.environ.get("POLYSHARE_TEST_SEED") or random.randrange(2**32))
URI_TOO_LONG, LONGEST_URI = 414, 65_000
MODES = {"right": GenerationMode.POSITIVE, "wrong": GenerationMode.NEGATIVE}

Document = Mapping[str, Any]
Prepare = Callable[[Any, Any], Mapping[str, Any]]
"""Puts what the server knows into a drawn case; gives the address and the headers to call it with."""


def operations(document: Document) -> list[tuple[str, str]]:
    """The calls that a document describes, as (method, path)."""
    return [
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    ]


def schema_of(document: Document) -> Any:
    """The document as schemathesis reads it, which writes into what it is given."""
    return schemathesis.openapi.from_dict(copy.deepcopy(dict(document)))


def tried(examples: int) -> hypothesis.settings:
    """Few examples as a gate, many on request; failures print what repeats them."""
    return hypothesis.settings(
        max_examples=examples,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def explore(
    document: Document, operation: tuple[str, str], mode: GenerationMode, examples: int, prepare: Prepare
) -> None:
    """Make requests of one call, right or wrong ones, and check every answer."""
    print(f"POLYSHARE_TEST_SEED={SEED}")
    method, path = operation
    described = schema_of(document)[path][method]

    @hypothesis.seed(SEED)
    @tried(examples)
    @hypothesis.given(case=described.as_strategy(generation_mode=mode), data=st.data())
    def run(case: Any, data: Any) -> None:
        asked = prepare(case, data)
        answer = case.call(**asked)
        # An address that no server reads has been refused before anything of ours ran.
        hypothesis.assume(answer.status_code != URI_TOO_LONG or len(answer.request.url) <= LONGEST_URI)
        case.validate_response(
            answer, checks=CHECKS, headers=asked.get("headers"), transport_kwargs=dict(asked)
        )

    run()


def explored(document: Document, without_input: Collection[tuple[str, str]] = ()) -> list[Any]:
    """Each call with right requests and with wrong ones, but for those about which nothing can be wrong."""
    return [
        pytest.param(operation, mode, id=f"{name}-{'-'.join(operation)}")
        for name, mode in MODES.items()
        for operation in operations(document)
        if name == "right" or operation not in without_input
    ]


def laws_of(
    document: Document, cases: Sequence[Any], examples: int, many: int, calls: int
) -> tuple[Callable[..., None], Callable[..., None], Callable[[], None]]:
    """
    The tests that hold for every document: each answer is one that it names, however often one asks, and it is valid.

    The module that names them has a fixture `prepare`, which gives a `Prepare`.

    Args:
        cases: From `explored`.
        examples: Requests of each case; *many* where there is time.
        calls: How many the document describes.
    """

    @pytest.mark.parametrize(("operation", "mode"), cases)
    def every_answer_is_documented(
        prepare: Prepare, operation: tuple[str, str], mode: GenerationMode
    ) -> None:
        explore(document, operation, mode, examples, prepare)

    @pytest.mark.heavy
    @pytest.mark.parametrize(("operation", "mode"), cases)
    def however_often_one_asks(prepare: Prepare, operation: tuple[str, str], mode: GenerationMode) -> None:
        explore(document, operation, mode, many, prepare)

    def document_is_valid() -> None:
        assert_valid(document, calls)

    return every_answer_is_documented, however_often_one_asks, document_is_valid


def assert_valid(document: Document, calls: int) -> None:
    """Fail unless a document is valid, names every schema that it uses, and describes so many calls."""
    schema = schema_of(document)

    schema.validate()

    assert len(list(schema.get_all_operations())) == len(operations(document)) == calls
