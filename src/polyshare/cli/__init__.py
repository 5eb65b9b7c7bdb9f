"""The command `polyshare`."""

import contextlib
import importlib
import os
import sys

import click

from polyshare import __version__

EPILOG = """\b
Where things lie:
  settings   a TOML file named by --settings or POLYSHARE_SETTINGS; else the
             environment (POLYSHARE_HOST, POLYSHARE_DATABASE, …); else defaults
  database   --database, or polyshare.db in the user's data directory
             (~/.local/share/polyshare; macOS: ~/Library/Application Support/polyshare)
  log        standard error, one JSON object a line

\b
Exit codes:
  0    done
  1    it did not work: one line on standard error says why
  2    the command line or a setting can't be used as given

\b
A first hour:
  polyshare serve                               makes an administrator, prints its token
  polyshare organizations add "Example"         prints the organization's id
  polyshare accounts add "A" --organization ID  an account in it; another one to share with
  polyshare users act admin --organization ID=edit
  polyshare tokens add admin                    a token for the software that shares
  polyshare load FILE                           or all of this at once, from a world file
"""

# where each command lives; loaded only when it is asked for, so that --help and --version are quick
PLACES = {
    "serve": "polyshare.cli.serving:serve",
    "worker": "polyshare.cli.serving:worker",
    "load": "polyshare.cli.keeping:load",
    "import": "polyshare.cli.bringing:import_",
    "export": "polyshare.cli.bringing:export",
    "trash": "polyshare.cli.trash:trash",
    "migrate": "polyshare.cli.keeping:migrate",
    "backup": "polyshare.cli.keeping:backup",
    "doctor": "polyshare.cli.doctor:doctor",
}


class Commands(click.Group):
    """Our own commands, and those of the directory after them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which help shows them."""
        return [*PLACES, *sorted(self._directory())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in PLACES:
            return self._directory().get(cmd_name)
        module, _, name = PLACES[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found

    @staticmethod
    def _directory() -> dict[str, click.Command]:
        from polyshare.cli.directory import COMMANDS  # only when it is asked for

        return {str(command.name): command for command in COMMANDS}


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="polyshare", message="%(prog)s %(version)s")
def polyshare() -> None:
    """
    Polyshare: a self-hosted share server.

    One engine decides who shares what with whom. Software written for another vendor's sharing API works with it after
    only its base URL was changed.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        polyshare.main(prog_name="polyshare")
    except SystemExit as leaving:
        leave(leaving)


def leave(leaving: SystemExit) -> None:
    """
    Leave with the code of *leaving*, without taking the interpreter apart where a bucket was used.

    The threads of the library that speaks S3 may still be letting go of an answer that we have; they abort the process
    when they meet an interpreter that is going (PyO3/pyo3-async-runtimes, issue 40): a copy that was done would end as
    one that failed.
    """
    if "obstore" in sys.modules and (leaving.code is None or isinstance(leaving.code, int)):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(leaving.code or 0)
    raise leaving
