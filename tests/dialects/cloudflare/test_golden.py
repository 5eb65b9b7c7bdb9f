"""Requests as the vendor or its clients write them, and the whole answers that they must get."""

import json
import re
from pathlib import Path

import pytest

from tests.dialects.cloudflare.said import as_documented

PAIRS = sorted((Path(__file__).parent / "golden").glob("*.json"))
NAME = re.compile(r"<(\w+)>")
SHAPES = {
    "created": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "modified": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
}
AN_ID = re.compile(r"[0-9a-f]{32}")


def settled(wanted, got, known):
    """The wanted answer with its `<names>` filled in from the one that came; a name means the same throughout."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return {key: settled(value, got.get(key), known) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [settled(one, other, known) for one, other in zip(wanted, got, strict=True)]
    name = NAME.fullmatch(wanted) if isinstance(wanted, str) else None
    if name is None:
        return wanted
    if isinstance(got, str) and SHAPES.get(name[1], AN_ID).fullmatch(got):
        return known.setdefault(name[1], got)
    return wanted


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.stem for pair in PAIRS])
async def test_the_answer_is_the_golden_one(desk, pair):
    known: dict[str, str] = {}
    told = json.loads(pair.read_text("utf-8"))
    assert told["source"].startswith("https://")

    for exchange in told["exchanges"]:
        asked = exchange["request"]
        path = NAME.sub(lambda name: known[name[1]], asked["path"])
        content = json.dumps(asked["body"]).encode() if "body" in asked else None
        response = await desk.http.request(asked["method"], path, content=content, headers=asked["headers"])

        as_documented(asked["method"], path, response.status_code, response.headers, response.content)
        got = response.json() if response.content else None
        assert response.status_code == exchange["answer"]["status"]
        assert got == settled(exchange["answer"]["body"], got, known)
