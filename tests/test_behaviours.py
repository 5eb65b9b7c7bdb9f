"""Every behaviour that a dialect's page lists is held by a test, and every test's number is on the page."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "dialects").glob("*.md"))
MARK = re.compile(r'@?pytest\.mark\.behaviour\(\s*"(?P<dialect>\w+)",\s*(?P<number>\d+)\s*\)')
BEHAVIOUR = re.compile(r"^(\d+)\. \S", re.MULTILINE)


def listed(page):
    """The numbers in the page's list of behaviours."""
    _, found, section = page.read_text("utf-8").partition("\n## Behaviours\n")
    assert found, f"{page} has no section of behaviours"
    return [int(number) for number in BEHAVIOUR.findall(section.partition("\n## ")[0])]


def held(dialect):
    """The numbers that the tests of a dialect are marked with."""
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    marks = [mark for source in sources for mark in MARK.finditer(source)]
    return {int(mark["number"]) for mark in marks if mark["dialect"] == dialect}


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_listed_behaviour_is_held_by_a_test(page):
    numbers = listed(page)

    assert numbers == list(range(1, len(numbers) + 1))
    assert held(page.stem) == set(numbers)


def test_every_dialect_has_a_page():
    dialects = {path.parent.name for path in (ROOT / "src/polyshare/dialects").glob("*/__init__.py")} - {
        "base"
    }

    assert {page.stem for page in PAGES} == dialects


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_call_of_a_dialect_stands_in_its_table(page):
    document = json.loads((ROOT / f"src/polyshare/dialects/{page.stem}/openapi.json").read_text("utf-8"))
    calls = {
        (method.upper(), len(path.strip("/").split("/")), path.rstrip("}").split("/")[-1].partition("{")[0])
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }

    rows = re.findall(r"^\| `([A-Z]+) (/\S+)` \| (done|differs) \|", page.read_text("utf-8"), re.MULTILINE)
    table = {
        (
            method,
            len(path.strip("/").split("/")),
            "" if path.split("/")[-1].isupper() else path.split("/")[-1],
        )
        for method, path, _ in rows
    }

    assert table == calls
    assert len(rows) == sum(len(set(item) - {"parameters"}) for item in document["paths"].values())
