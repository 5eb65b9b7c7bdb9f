"""Collects the fragments of changelog.d into CHANGELOG.md; without --release it only shows what would go in."""

import argparse
import datetime
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from polyshare import __version__

ROOT = Path(__file__).resolve().parent.parent
FRAGMENTS = ROOT / "changelog.d"
CHANGELOG = ROOT / "CHANGELOG.md"
MARK = "<!-- releases below, newest first -->"
KINDS = ("added", "changed", "fixed", "removed", "security")
NAME = re.compile(rf"(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<kind>{'|'.join(KINDS)})\.md")
SHAPE = f"<slug>.<{'|'.join(KINDS)}>.md, the slug in lower case with hyphens"


class BadFragment(Exception):
    """A fragment that cannot be collected; the text names it and says what would be right."""


class Fragment(NamedTuple):
    """One thing that users will notice."""

    path: Path
    kind: str
    text: str


def fragments(folder: Path = FRAGMENTS) -> list[Fragment]:
    """
    The fragments of *folder*, in the order of their names; its README is none.

    Raises:
        BadFragment: A name is not of the right shape, or a file says nothing, or more than one paragraph.
    """
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == "README.md":
            continue
        name = NAME.fullmatch(path.name)
        if not name:
            raise BadFragment(f"{path.name}: the name must be {SHAPE}")
        text = " ".join(path.read_text("utf-8").split("\n")).strip()
        if not text or re.search(r"\n\s*\n", path.read_text("utf-8").strip()):
            raise BadFragment(f"{path.name}: must hold one paragraph, of one or two sentences")
        found.append(Fragment(path, name["kind"], re.sub(r"\s+", " ", text)))
    return found


def section(version: str, day: datetime.date, entries: Iterable[Fragment]) -> str:
    """The changelog's section for one release: the kinds in their fixed order, each entry a bullet."""
    entries = list(entries)
    lines = [f"## {version} ({day.isoformat()})", ""]
    for kind in KINDS:
        texts = [entry.text for entry in entries if entry.kind == kind]
        if texts:
            lines += [f"### {kind.capitalize()}", "", *(f"- {text}" for text in texts), ""]
    return "\n".join(lines)


def release(changelog: Path, version: str, day: datetime.date, entries: list[Fragment]) -> None:
    """
    Write a release's section beneath the mark of *changelog* and remove the fragments that went into it.

    Raises:
        BadFragment: The changelog has no mark, or has that release already.
    """
    text = changelog.read_text("utf-8")
    if text.count(MARK) != 1:
        raise BadFragment(f"{changelog.name}: must have one line {MARK!r}")
    if f"\n## {version} (" in text:
        raise BadFragment(
            f"{changelog.name}: has {version} already; raise __version__ in src/polyshare/__init__.py"
        )
    before, _, after = text.partition(MARK)
    parts = [before + MARK, section(version, day, entries).strip(), after.strip()]
    changelog.write_text("\n\n".join(part for part in parts if part) + "\n", "utf-8")
    for entry in entries:
        entry.path.unlink()


def main() -> int:
    """Show or write the next release's section."""
    parser = argparse.ArgumentParser(prog="dev.py changelog", description=__doc__)
    parser.add_argument(
        "--release", action="store_true", help="write it into CHANGELOG.md, remove the fragments"
    )
    options = parser.parse_args()
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        entries = fragments()
        if options.release:
            release(CHANGELOG, __version__, today, entries)
        else:
            print(section(__version__, today, entries))
    except BadFragment as reason:
        print(f"dev.py changelog: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
