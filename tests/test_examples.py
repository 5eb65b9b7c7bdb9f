"""The examples run against a live server, and what the README shows of them is what runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import base_url, live_server

__all__ = ["base_url", "live_server"]

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"


def shown(name):
    """The part of an example that documents show."""
    text = (EXAMPLES / name).read_text("utf-8")
    return text.partition("# --- shown in the README\n")[2].partition("# --- up to here\n")[0]


@pytest.mark.parametrize(
    "words", [["sh", "first_share.sh"], [sys.executable, "first_share.py"]], ids=["curl", "python"]
)
def test_a_first_share_is_made_arrives_and_is_withdrawn(base_url, tmp_path, words):
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "http"))
    }

    done = subprocess.run(
        [words[0], str(EXAMPLES / words[1])],
        env={**plain, "BASE": base_url},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"made [0-9a-f]{32}\nthe recipient is associated\nwithdrawn: deleting\n", done.stdout)


@pytest.mark.parametrize("name", ["first_share.sh", "first_share.py"])
def test_the_readme_shows_what_runs(name):
    assert len(shown(name)) > 100
    assert shown(name) in (ROOT / "README.md").read_text("utf-8")


def test_every_link_within_the_documents_leads_somewhere():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]

    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8"))
        if not _is_there(page, target)
    ]

    assert broken == []


def _is_there(page, target):
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.exists():
        return False
    if not anchor:
        return True
    text = found.read_text("utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    return f'<a id="{anchor}"></a>' in text or anchor in headings
