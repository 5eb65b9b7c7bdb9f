"""What the OpenAPI document of the dialect says, asked of real answers."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

import polyshare

DOCUMENT = json.loads(
    (Path(polyshare.__file__).parent / "dialects/cloudflare/openapi.json").read_text("utf-8")
)
PREFIX = "/client/v4"


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        place: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        node = place
    return node


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template) for template in DOCUMENT["paths"]
    )


@cache
def _answer(template: str, method: str, status: int) -> dict[str, Any] | None:
    found = DOCUMENT["paths"][template][method]["responses"].get(str(status))
    return None if found is None else _resolved(found)


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}, validate_formats=True
    )


def as_documented(method: str, path: str, status: int, headers: Any, body: bytes) -> None:
    """Fail if a documented call was answered in a way that the document does not name."""
    path = path.removeprefix(PREFIX).partition("?")[0].rstrip("/")
    templates = [template for pattern, template in _templates() if pattern.fullmatch(path)]
    if not templates or method.lower() not in DOCUMENT["paths"][templates[0]]:
        return
    answer = _answer(templates[0], method.lower(), status)
    assert answer is not None, f"{method} {templates[0]} may not answer {status}: {body[:500]!r}"
    for name, header in answer.get("headers", {}).items():
        if header.get("required"):
            assert name in headers, f"{method} {path} answered {status} without {name}"
    if "content" not in answer:
        assert body == b"", f"{method} {path} answered {status} with a body"
        return
    assert headers["content-type"].partition(";")[0] == "application/json"
    schema = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    wrong = [
        f"{error.instance_path}: {error.message}"
        for error in _validator(schema).iter_errors(json.loads(body))
    ]
    assert not wrong, f"{method} {path} answered {status}, not a {schema}: {wrong[:3]}"
