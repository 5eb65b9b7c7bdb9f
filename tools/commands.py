"""Writes docs/commands.md from the commands' own help: `python -m tools.commands`."""

import io
from collections.abc import Iterator
from pathlib import Path

import click

from polyshare.cli import polyshare

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
WIDTH = 100
HEAD = """\
# Commands

This page is what `polyshare --help` and `polyshare COMMAND --help` print; `python -m tools.commands` writes it, and a test
holds it true. Settings that are not options here can be given in a settings file or the environment: [settings](settings.md).
"""


def page() -> str:
    """The whole page."""
    written = io.StringIO()
    written.write(HEAD)
    for path, text in helps(polyshare, "polyshare", None):
        level = "##" if path.count(" ") < 2 else "###"
        written.write(f"\n{level} `{path}`\n\n```text\n{text.rstrip()}\n```\n")
    return written.getvalue()


def helps(command: click.Command, path: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    """The command's help, then that of the commands beneath it: (path, text)."""
    context = command.make_context(
        path.rpartition(" ")[2],
        [],
        parent=parent,
        resilient_parsing=True,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
    )
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name  # noqa: S101 - it was listed
            if not found.hidden:
                yield from helps(found, f"{path} {name}", context)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
